//! Who is told of what, and by which channels.

use entente_ids::{OrganizationId, UserId};

use super::facts::{Fact, Facts};
use super::kind::Kind;
use super::link::LinkTarget;
use super::occurrence::{AccountNews, Answer, CredentialTurn, Holder, Occurrence, Pair, Sending, Turn};

/// A way to tell somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// The list in the app.
    InApp,
    /// A mail.
    Mail,
}

/// What somebody must be allowed to do, to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duty {
    /// Managing the members of the organization.
    Members,
    /// Acting on invitations to partnerships.
    PartnershipInvitations,
    /// Managing the keys that files are encrypted to.
    EncryptionKeys,
}

/// Who is told in one organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readers {
    /// An address that may have no account yet; it can only be mailed.
    Address(String),
    /// All active members.
    Everybody,
    /// A person, at the address that they are to be written to.
    Person(UserId, String),
    /// The active members who have the duty.
    Holders(Duty),
    /// The same without one, whom the news is about.
    OtherHolders(Duty, UserId),
}

/// The people in one organization that something is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audience {
    /// The organization in which they are told.
    pub organization: OrganizationId,
    /// Who.
    pub readers: Readers,
    /// How.
    pub channels: &'static [Channel],
}

/// All that is to be told alike of one occurrence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What kind of news it is.
    pub kind: Kind,
    /// What it is about, as an id.
    pub resource: String,
    /// What is known already to fill the text in with.
    pub facts: Facts,
    /// The link that the mails carry.
    pub link: Option<LinkTarget>,
    /// Who is told.
    pub audiences: Vec<Audience>,
}

const IN_APP: &[Channel] = &[Channel::InApp];
const BOTH: &[Channel] = &[Channel::InApp, Channel::Mail];

/// Who is to be told of an occurrence, and what.
pub fn plans(occurrence: &Occurrence) -> Vec<Plan> {
    let plan = match occurrence {
        Occurrence::Account(holder, news) => return of_account(holder, news),
        Occurrence::MemberInvited {
            organization,
            member,
            email,
        } => Plan {
            kind: Kind::MemberInvited,
            resource: member.to_string(),
            facts: Facts::default(),
            link: Some(LinkTarget::Member {
                organization: *organization,
                member: *member,
            }),
            audiences: vec![Audience {
                organization: *organization,
                readers: Readers::Address(email.clone()),
                channels: &[Channel::Mail],
            }],
        },
        Occurrence::MemberJoined {
            organization,
            member,
            user,
            person,
        } => Plan {
            kind: Kind::MemberJoined,
            resource: member.to_string(),
            facts: Facts::default().with(Fact::Person, person),
            link: None,
            audiences: vec![Audience {
                organization: *organization,
                readers: Readers::OtherHolders(Duty::Members, *user),
                channels: IN_APP,
            }],
        },
        Occurrence::BreakGlass {
            organization,
            member,
            person,
            reason,
        } => Plan {
            kind: Kind::BreakGlassGranted,
            resource: member.to_string(),
            facts: Facts::default()
                .with(Fact::Person, person)
                .with(Fact::Reason, reason),
            link: None,
            audiences: vec![Audience {
                organization: *organization,
                readers: Readers::Everybody,
                channels: BOTH,
            }],
        },
        Occurrence::Credential {
            user,
            email,
            organization,
            turn,
        } => {
            let (kind, facts) = credential(*turn);
            Plan {
                kind,
                resource: user.to_string(),
                facts,
                link: None,
                audiences: organization
                    .map(|organization| Audience {
                        organization,
                        readers: Readers::Person(*user, email.clone()),
                        channels: &[Channel::Mail],
                    })
                    .into_iter()
                    .collect(),
            }
        }
        Occurrence::EncryptionKeyExpiring {
            organization,
            key,
            name,
            end,
        } => Plan {
            kind: Kind::EncryptionKeyExpiring,
            resource: key.to_string(),
            facts: Facts::default()
                .with(Fact::Key, name)
                .with(Fact::End, &end.to_string()),
            link: None,
            audiences: vec![Audience {
                organization: *organization,
                readers: Readers::Holders(Duty::EncryptionKeys),
                channels: BOTH,
            }],
        },
        Occurrence::InvitationSent(id, pair, sending) => Plan {
            link: Some(LinkTarget::PartnershipInvitation(*id)),
            ..between(
                pair,
                sent(*sending),
                id.to_string(),
                vec![holders(pair.partner.id, BOTH)],
            )
        },
        Occurrence::InvitationWithdrawn(id, pair) => between(
            pair,
            Kind::InvitationWithdrawn,
            id.to_string(),
            vec![holders(pair.partner.id, IN_APP)],
        ),
        Occurrence::InvitationAnswered(id, pair, answer) => between(
            pair,
            answered(*answer),
            id.to_string(),
            vec![holders(pair.client.id, BOTH)],
        ),
        Occurrence::Partnership(id, pair, turn) => {
            let audiences = told_of(*turn, pair);
            between(pair, turned(*turn), id.to_string(), audiences)
        }
    };
    vec![plan]
}

/// What concerns a person's own account is told to them by mail, whatever else they see: it may be somebody else who
/// reads the app.
fn of_account(holder: &Holder, news: &AccountNews) -> Vec<Plan> {
    let facts = Facts::default;
    match news {
        AccountNews::ResetRequested => vec![Plan {
            link: Some(LinkTarget::PasswordReset(holder.user)),
            ..account_plan(
                Kind::PasswordResetRequested,
                holder,
                facts(),
                mailed(holder, &holder.email),
            )
        }],
        AccountNews::PasswordChanged => {
            let audiences = everywhere(holder, &holder.email);
            vec![account_plan(Kind::PasswordChanged, holder, facts(), audiences)]
        }
        AccountNews::AddressWanted(new) => {
            let facts = facts().with(Fact::Address, new);
            let noted = everywhere(holder, &holder.email);
            vec![
                Plan {
                    link: Some(LinkTarget::EmailChange(holder.user)),
                    ..account_plan(
                        Kind::EmailChangeRequested,
                        holder,
                        facts.clone(),
                        mailed(holder, new),
                    )
                },
                account_plan(Kind::EmailChangeNoted, holder, facts, noted),
            ]
        }
        AccountNews::AddressChanged(former) => {
            let facts = facts().with(Fact::Address, &holder.email);
            let audiences = everywhere(holder, former);
            vec![account_plan(Kind::EmailChanged, holder, facts, audiences)]
        }
        AccountNews::NewPlace { place, program } => {
            let facts = facts().with(Fact::Place, place).with(Fact::Program, program);
            let audiences = everywhere(holder, &holder.email);
            vec![account_plan(Kind::NewPlace, holder, facts, audiences)]
        }
    }
}

fn account_plan(kind: Kind, holder: &Holder, facts: Facts, audiences: Vec<Audience>) -> Plan {
    Plan {
        kind,
        resource: holder.user.to_string(),
        facts,
        link: None,
        audiences,
    }
}

/// A mail with a link, which is told nowhere else.
fn mailed(holder: &Holder, address: &str) -> Vec<Audience> {
    let organization = holder.organizations.first();
    let audience = organization.map(|organization| Audience {
        organization: *organization,
        readers: Readers::Person(holder.user, address.to_owned()),
        channels: &[Channel::Mail],
    });
    audience.into_iter().collect()
}

/// In the app of every organization that the person is in, and by one mail.
fn everywhere(holder: &Holder, address: &str) -> Vec<Audience> {
    let organizations = holder.organizations.iter();
    organizations
        .map(|organization| Audience {
            organization: *organization,
            readers: Readers::Person(holder.user, address.to_owned()),
            channels: BOTH,
        })
        .collect()
}

fn between(pair: &Pair, kind: Kind, resource: String, audiences: Vec<Audience>) -> Plan {
    let facts = Facts::default()
        .with(Fact::Client, &pair.client.name)
        .with(Fact::Partner, &pair.partner.name);
    Plan {
        kind,
        resource,
        facts,
        link: None,
        audiences,
    }
}

fn holders(organization: OrganizationId, channels: &'static [Channel]) -> Audience {
    Audience {
        organization,
        readers: Readers::Holders(Duty::PartnershipInvitations),
        channels,
    }
}

fn credential(turn: CredentialTurn) -> (Kind, Facts) {
    match turn {
        CredentialTurn::Enrolled => (Kind::SecondFactorEnrolled, Facts::default()),
        CredentialTurn::Disabled => (Kind::SecondFactorDisabled, Facts::default()),
        CredentialTurn::RecoveryCodesReplaced => (Kind::RecoveryCodesReplaced, Facts::default()),
        CredentialTurn::ProviderLinked => (Kind::ProviderLinked, Facts::default()),
        CredentialTurn::ProviderUnlinked => (Kind::ProviderUnlinked, Facts::default()),
        CredentialTurn::RecoveryCodeUsed(left) => (
            Kind::RecoveryCodeUsed,
            Facts::default().with(Fact::CodesLeft, &left.to_string()),
        ),
    }
}

fn sent(sending: Sending) -> Kind {
    match sending {
        Sending::First => Kind::InvitationCreated,
        Sending::Again => Kind::InvitationResent,
    }
}

fn answered(answer: Answer) -> Kind {
    match answer {
        Answer::Accepted => Kind::InvitationAccepted,
        Answer::Refused => Kind::InvitationRefused,
        Answer::Lapsed => Kind::InvitationExpired,
    }
}

/// A consent is the client's own, so its people see it, and the partner is written to.
fn told_of(turn: Turn, pair: &Pair) -> Vec<Audience> {
    let client = match turn {
        Turn::Started | Turn::StartedUnconsented | Turn::Ended => BOTH,
        Turn::Kept | Turn::Narrowed => IN_APP,
    };
    vec![holders(pair.client.id, client), holders(pair.partner.id, BOTH)]
}

fn turned(turn: Turn) -> Kind {
    match turn {
        Turn::Started => Kind::PartnershipStarted,
        Turn::StartedUnconsented => Kind::PartnershipStartedUnconsented,
        Turn::Kept => Kind::PartnershipConsented,
        Turn::Narrowed => Kind::PartnershipNarrowed,
        Turn::Ended => Kind::PartnershipEnded,
    }
}
