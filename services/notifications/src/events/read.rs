//! From the message of an event to what happened.

use entente_contracts::identity::events::v1::{
    AccountChanged, CredentialChanged, EncryptionKeyChanged, MemberChanged,
};
use entente_contracts::identity::v1::Member;
use entente_contracts::partners::events::v1::{PartnershipChanged, PartnershipInvitationChanged};
use entente_contracts::partners::v1::{Mandate, MandateAccess, Partnership, PartnershipInvitation};
use entente_ids::{Id, Kind as IdKind};
use jiff::Timestamp;
use prost::Message;

use crate::domain::kind::Kind;
use crate::domain::occurrence::{
    AccountNews, Answer, CredentialTurn, Holder, Occurrence, Pair, Party, Sending, Turn,
};

/// A message that doesn't say what its type promises.
#[derive(Debug, thiserror::Error)]
#[error("the event can't be read ({0}): skip it, or mend its producer and send it again")]
pub struct Unreadable(String);

/// Reads what happened.
///
/// # Errors
/// [`Unreadable`].
pub fn read(kind: Kind, payload: &[u8]) -> Result<Occurrence, Unreadable> {
    Ok(match kind {
        Kind::MemberInvited => {
            let member = member(payload)?;
            Occurrence::MemberInvited {
                organization: id("member.organization", &member.organization)?,
                member: id("member.id", &member.id)?,
                email: member.email,
            }
        }
        Kind::MemberJoined => {
            let member = member(payload)?;
            Occurrence::MemberJoined {
                organization: id("member.organization", &member.organization)?,
                member: id("member.id", &member.id)?,
                user: id("member.user", &member.user)?,
                person: name_of(member),
            }
        }
        Kind::BreakGlassGranted => {
            let MemberChanged { member, reason } = decode(payload)?;
            let member = member.ok_or_else(|| missing("member"))?;
            Occurrence::BreakGlass {
                organization: id("member.organization", &member.organization)?,
                member: id("member.id", &member.id)?,
                person: name_of(member),
                reason,
            }
        }
        Kind::SecondFactorEnrolled => credential(payload, |_| CredentialTurn::Enrolled)?,
        Kind::SecondFactorDisabled => credential(payload, |_| CredentialTurn::Disabled)?,
        Kind::RecoveryCodeUsed => credential(payload, CredentialTurn::RecoveryCodeUsed)?,
        Kind::RecoveryCodesReplaced => credential(payload, |_| CredentialTurn::RecoveryCodesReplaced)?,
        Kind::ProviderLinked => credential(payload, |_| CredentialTurn::ProviderLinked)?,
        Kind::ProviderUnlinked => credential(payload, |_| CredentialTurn::ProviderUnlinked)?,
        Kind::EncryptionKeyExpiring => expiring(payload)?,
        Kind::InvitationCreated => sent(payload, Sending::First)?,
        Kind::InvitationResent => sent(payload, Sending::Again)?,
        Kind::InvitationWithdrawn => {
            let (invitation, pair) = invitation(payload)?;
            Occurrence::InvitationWithdrawn(id("invitation.id", &invitation.id)?, pair)
        }
        Kind::InvitationAccepted => answered(payload, Answer::Accepted)?,
        Kind::InvitationRefused => answered(payload, Answer::Refused)?,
        Kind::InvitationExpired => answered(payload, Answer::Lapsed)?,
        Kind::PasswordResetRequested => account(payload, |_| Ok(AccountNews::ResetRequested))?,
        Kind::PasswordChanged => account(payload, |_| Ok(AccountNews::PasswordChanged))?,
        Kind::EmailChangeRequested => account(payload, |news| {
            Ok(AccountNews::AddressWanted(present(
                "other_email",
                &news.other_email,
            )?))
        })?,
        Kind::EmailChanged => account(payload, |news| {
            Ok(AccountNews::AddressChanged(present(
                "other_email",
                &news.other_email,
            )?))
        })?,
        Kind::NewPlace => account(payload, |news| {
            let origin = news.origin.as_ref().ok_or_else(|| missing("origin"))?;
            Ok(AccountNews::NewPlace {
                place: known(&origin.address),
                program: known(&origin.user_agent),
            })
        })?,
        Kind::PartnershipStarted => partnership(payload, started)?,
        Kind::PartnershipConsented => partnership(payload, consented)?,
        Kind::PartnershipEnded => partnership(payload, |_| Turn::Ended)?,
        Kind::EmailChangeNoted | Kind::PartnershipStartedUnconsented | Kind::PartnershipNarrowed => {
            return Err(Unreadable("no event has its type".to_owned()));
        }
    })
}

fn expiring(payload: &[u8]) -> Result<Occurrence, Unreadable> {
    let key = decode::<EncryptionKeyChanged>(payload)?
        .encryption_key
        .ok_or_else(|| missing("encryption_key"))?;
    let end = key
        .expire_time
        .and_then(|time| Timestamp::new(time.seconds, time.nanos).ok());
    let end = end.ok_or_else(|| missing("encryption_key.expire_time"))?;
    Ok(Occurrence::EncryptionKeyExpiring {
        organization: id("encryption_key.organization", &key.organization)?,
        key: id("encryption_key.id", &key.id)?,
        name: key.display_name,
        end,
    })
}

fn name_of(member: Member) -> String {
    if member.display_name.is_empty() {
        member.email
    } else {
        member.display_name
    }
}

fn account(
    payload: &[u8],
    news: impl FnOnce(&AccountChanged) -> Result<AccountNews, Unreadable>,
) -> Result<Occurrence, Unreadable> {
    let message = decode::<AccountChanged>(payload)?;
    let news = news(&message)?;
    let profile = message.profile.ok_or_else(|| missing("profile"))?;
    let organizations = message.organizations.iter();
    let holder = Holder {
        user: id("profile.user", &profile.user)?,
        email: present("profile.email", &profile.email)?,
        organizations: organizations
            .map(|organization| id("organizations", organization))
            .collect::<Result<_, _>>()?,
    };
    Ok(Occurrence::Account(holder, news))
}

fn present(field: &str, text: &str) -> Result<String, Unreadable> {
    Some(text.to_owned())
        .filter(|text| !text.is_empty())
        .ok_or_else(|| missing(field))
}

/// What isn't known shows as such.
fn known(text: &str) -> String {
    if text.is_empty() { "?" } else { text }.to_owned()
}

fn credential(payload: &[u8], turn: fn(i32) -> CredentialTurn) -> Result<Occurrence, Unreadable> {
    let message: CredentialChanged = decode(payload)?;
    Ok(Occurrence::Credential {
        user: id("user", &message.user)?,
        organization: Some(&message.organization)
            .filter(|organization| !organization.is_empty())
            .map(|organization| id("organization", organization))
            .transpose()?,
        email: message.email,
        turn: turn(message.recovery_codes_left),
    })
}

fn member(payload: &[u8]) -> Result<Member, Unreadable> {
    decode::<MemberChanged>(payload)?
        .member
        .ok_or_else(|| missing("member"))
}

fn sent(payload: &[u8], sending: Sending) -> Result<Occurrence, Unreadable> {
    let (invitation, pair) = invitation(payload)?;
    Ok(Occurrence::InvitationSent(
        id("invitation.id", &invitation.id)?,
        pair,
        sending,
    ))
}

fn answered(payload: &[u8], answer: Answer) -> Result<Occurrence, Unreadable> {
    let (invitation, pair) = invitation(payload)?;
    Ok(Occurrence::InvitationAnswered(
        id("invitation.id", &invitation.id)?,
        pair,
        answer,
    ))
}

fn invitation(payload: &[u8]) -> Result<(PartnershipInvitation, Pair), Unreadable> {
    let message = decode::<PartnershipInvitationChanged>(payload)?;
    let invitation = message.invitation.ok_or_else(|| missing("invitation"))?;
    let pair = Pair {
        client: party("invitation.client", &invitation.client, &invitation.client_name)?,
        partner: party(
            "invitation.partner",
            &invitation.partner,
            &invitation.partner_name,
        )?,
    };
    Ok((invitation, pair))
}

fn partnership(payload: &[u8], turn: fn(&Partnership) -> Turn) -> Result<Occurrence, Unreadable> {
    let message = decode::<PartnershipChanged>(payload)?;
    let partnership = message.partnership.ok_or_else(|| missing("partnership"))?;
    let turn = turn(&partnership);
    let pair = Pair {
        client: party(
            "partnership.client",
            &partnership.client,
            &partnership.client_name,
        )?,
        partner: party(
            "partnership.partner",
            &partnership.partner,
            &partnership.partner_name,
        )?,
    };
    Ok(Occurrence::Partnership(
        id("partnership.id", &partnership.id)?,
        pair,
        turn,
    ))
}

fn started(partnership: &Partnership) -> Turn {
    match partnership.consent_time {
        Some(_) => Turn::Started,
        None => Turn::StartedUnconsented,
    }
}

/// What was consented to before was all of the client, so that less is narrower.
fn consented(partnership: &Partnership) -> Turn {
    let access = partnership.mandate.as_ref().map(Mandate::access);
    match access.unwrap_or_default() {
        MandateAccess::Limited => Turn::Narrowed,
        MandateAccess::Complete | MandateAccess::Unspecified => Turn::Kept,
    }
}

fn party(field: &str, organization: &str, name: &str) -> Result<Party, Unreadable> {
    Ok(Party {
        id: id(field, organization)?,
        name: name.to_owned(),
    })
}

fn decode<M: Message + Default>(payload: &[u8]) -> Result<M, Unreadable> {
    M::decode(payload).map_err(|error| Unreadable(error.to_string()))
}

fn id<K: IdKind>(field: &str, text: &str) -> Result<Id<K>, Unreadable> {
    text.parse()
        .map_err(|error| Unreadable(format!("{field} {error}")))
}

fn missing(field: &str) -> Unreadable {
    Unreadable(format!("{field} is missing"))
}
