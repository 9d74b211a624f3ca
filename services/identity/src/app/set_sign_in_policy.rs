//! Says whether an organization asks its own people for a second factor.

use entente_access::Access;
use entente_contracts::identity::v1::{SetSignInPolicyRequest, SetSignInPolicyResponse};
use entente_idempotency::Once;
use entente_ids::OrganizationId;
use entente_service::Actor;

use super::{App, check_etag, organization_change};
use crate::domain::decision::{Controls, SecondFactorPolicy};
use crate::domain::member::MemberRefusal;
use crate::domain::organization::Organization;
use crate::error::Error;
use crate::grpc::convert::sign_in_policy;
use crate::store::organization;

/// What to set.
#[derive(Debug, Clone)]
pub struct SetSignInPolicy {
    /// Where.
    pub organization: OrganizationId,
    /// What the caller last saw; empty means whatever is there.
    pub etag: String,
    /// What the organization says.
    pub second_factor: SecondFactorPolicy,
}

/// Sets it, in force before the answer.
///
/// # Errors
/// [`Error::NotFound`], [`Error::StaleEtag`], [`Error::Member`] for what the operator requires, or a failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    command: SetSignInPolicy,
    once: Once<'_, SetSignInPolicyRequest>,
) -> Result<SetSignInPolicyResponse, Error> {
    let now = app.now();
    let mut tx = app
        .database()
        .tenant("identity.set_sign_in_policy", command.organization.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return app.again(tx, answer).await;
    }
    let before = app
        .lock_organization(&mut tx, access, command.organization)
        .await?;
    check_etag(&command.etag, before.version)?;
    if before.controls.second_factor_required && command.second_factor == SecondFactorPolicy::Never {
        return Err(MemberRefusal::SecondFactorRequired.into());
    }
    let answer = |organization: &Organization| SetSignInPolicyResponse {
        policy: Some(sign_in_policy::policy(organization)),
    };
    if before.controls.second_factor == command.second_factor {
        return app.unchanged(tx, &once, answer(&before)).await;
    }
    let after = Organization {
        controls: Controls {
            second_factor: command.second_factor,
            ..before.controls.clone()
        },
        ..before.clone()
    }
    .changed(now);
    organization::update(&mut tx, &after).await?;
    let actor = Actor::from(access);
    app.announcer
        .organization(
            &mut tx,
            "organization.sign_in_policy_set",
            &actor,
            Some(&before),
            &after,
        )
        .await?;
    let answer = answer(&after);
    once.remember(&mut tx, &answer).await?;
    app.commit(tx, &[organization_change(&after)], now).await?;
    Ok(answer)
}
