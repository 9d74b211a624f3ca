//! Says whether a second factor is asked of one member.

use entente_access::Access;
use entente_contracts::identity::v1::{SetMemberSecondFactorRequest, SetMemberSecondFactorResponse};

use super::acting::Acting;
use super::{App, OneMember};
use crate::domain::decision::SecondFactorPolicy;
use crate::domain::member::{Member, MemberRefusal, MemberState};
use crate::error::Error;
use crate::grpc::convert::sign_in_policy;
use entente_idempotency::Once;

/// Sets the policy, in force before the answer.
///
/// # Errors
/// [`Error::NotFound`], [`Error::StaleEtag`], [`Error::Member`], or a failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    command: OneMember,
    policy: SecondFactorPolicy,
    once: Once<'_, SetMemberSecondFactorRequest>,
) -> Result<SetMemberSecondFactorResponse, Error> {
    let mut tx = app
        .database()
        .tenant("identity.set_member_second_factor", command.organization.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return app.again(tx, answer).await;
    }
    let mut acting = Acting::begin(app, &mut tx, access, command.organization).await?;
    let before = acting.find(&mut tx, command.id, &command.etag).await?;
    if before.state == MemberState::Removed {
        return Err(MemberRefusal::Removed.into());
    }
    let required = acting.organization.controls.second_factor_required;
    if required && policy == SecondFactorPolicy::Never {
        return Err(MemberRefusal::SecondFactorRequired.into());
    }
    acting.check_above(&before)?;
    let answer = |member: &Member| SetMemberSecondFactorResponse {
        second_factor: sign_in_policy::second_factor(member.second_factor).into(),
        etag: member.version.to_string(),
    };
    if before.second_factor == policy {
        return app.unchanged(tx, &once, answer(&before)).await;
    }
    let after = Member {
        second_factor: policy,
        ..before.clone()
    }
    .changed(acting.now());
    let done = acting
        .store(&mut tx, "member.second_factor_set", before, after, Vec::new())
        .await?;
    let answer = answer(&done.after);
    once.remember(&mut tx, &answer).await?;
    app.commit(tx, &done.changes, acting.now()).await?;
    Ok(answer)
}
