//! Names who in the operator's house looks after an organization, or after one of its people.

use entente_access::Access;
use entente_contracts::identity::v1::{SetResponsiblePartyRequest, SetResponsiblePartyResponse};
use entente_idempotency::Once;
use entente_ids::{MemberId, OrganizationId};
use entente_service::Actor;

use super::below::{self, Above};
use super::{App, check_etag};
use crate::domain::member::{Member, MemberRefusal, MemberState};
use crate::domain::organization::Organization;
use crate::domain::responsible::Responsible;
use crate::error::Error;
use crate::grpc::convert;
use crate::store::{member, organization};

/// Whom to name.
#[derive(Debug, Clone)]
pub struct SetResponsibleParty {
    /// Who says so.
    pub operator: OrganizationId,
    /// For which organization.
    pub organization: OrganizationId,
    /// For which of its members; none means the whole organization.
    pub member: Option<MemberId>,
    /// What the caller last saw; empty means whatever is there.
    pub etag: String,
    /// Who; none means nobody.
    pub responsible: Option<Responsible>,
}

/// Names them.
///
/// # Errors
/// [`Error::NotFound`], [`Error::StaleEtag`], [`Error::Field`] for somebody from outside, [`Error::Member`], or a failure
/// beneath.
pub async fn run(
    app: &App,
    access: &Access,
    command: SetResponsibleParty,
    once: Once<'_, SetResponsiblePartyRequest>,
) -> Result<SetResponsiblePartyResponse, Error> {
    let now = app.now();
    let actor = Actor::from(access);
    let mut tx = app
        .database()
        .tenant("identity.set_responsible_party", command.operator.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return Ok(answer);
    }
    let operator = Above::lock_operator(app, &mut tx, access, command.operator).await?;
    below::check_responsible(&mut tx, command.operator, command.responsible).await?;
    let place = operator.enter(&mut tx, command.organization).await?;
    let (place, person) = match command.member {
        None => {
            check_etag(&command.etag, place.version)?;
            let after = Organization {
                responsible: command.responsible,
                ..place.clone()
            };
            if after == place {
                (place, None)
            } else {
                let after = after.changed(now);
                organization::update(&mut tx, &after).await?;
                app.announcer
                    .organization(
                        &mut tx,
                        "organization.responsible_set",
                        &actor,
                        Some(&place),
                        &after,
                    )
                    .await?;
                (after, None)
            }
        }
        Some(id) => {
            let before = member::find(&mut tx, place.id, id)
                .await?
                .ok_or(Error::NotFound("member"))?;
            check_etag(&command.etag, before.version)?;
            if before.state == MemberState::Removed {
                return Err(MemberRefusal::Removed.into());
            }
            let after = Member {
                responsible: command.responsible,
                ..before.clone()
            };
            if after == before {
                (place, Some(before))
            } else {
                let after = after.changed(now);
                member::update(&mut tx, &after).await?;
                app.announcer
                    .member(&mut tx, "member.responsible_set", &actor, Some(&before), &after)
                    .await?;
                (place, Some(after))
            }
        }
    };
    organization::enter(&mut tx, command.operator).await?;
    let answer = SetResponsiblePartyResponse {
        organization: Some(convert::organization(&place)),
        member: person.as_ref().map(convert::member),
    };
    once.remember(&mut tx, &answer).await?;
    tx.commit().await?;
    app.announcer.wake();
    Ok(answer)
}
