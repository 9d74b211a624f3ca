//! What was heard, as far as anybody is told of it.

use entente_ids::{
    EncryptionKeyId, MemberId, OrganizationId, PartnershipId, PartnershipInvitationId, UserId,
};
use jiff::Timestamp;

/// An organization and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// The organization.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
}

/// Two organizations that have, or are about to have, a partnership.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// Who entrusts something.
    pub client: Party,
    /// Whom it is entrusted to.
    pub partner: Party,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Occurrence {
    /// An address was invited into an organization.
    MemberInvited {
        /// The organization.
        organization: OrganizationId,
        /// The pending member.
        member: MemberId,
        /// The address.
        email: String,
    },
    /// Somebody has joined an organization.
    MemberJoined {
        /// The organization.
        organization: OrganizationId,
        /// The member.
        member: MemberId,
        /// Who.
        user: UserId,
        /// Their name.
        person: String,
    },
    /// An encryption key is about to expire.
    EncryptionKeyExpiring {
        /// The organization.
        organization: OrganizationId,
        /// The key.
        key: EncryptionKeyId,
        /// Its name.
        name: String,
        /// When it expires.
        end: Timestamp,
    },
    /// The operator has made somebody an owner.
    BreakGlass {
        /// The organization.
        organization: OrganizationId,
        /// The new owner's place.
        member: MemberId,
        /// The new owner: their name, or their address while they have none.
        person: String,
        /// Why, in the operator's words.
        reason: String,
    },
    /// Something happened to what opens somebody's account, which they are to know even if they did it themselves.
    Credential {
        /// Whose.
        user: UserId,
        /// Their address.
        email: String,
        /// The organization that they act in; none where they are told by another event.
        organization: Option<OrganizationId>,
        /// What happened.
        turn: CredentialTurn,
    },
    /// An invitation waits for the partner's answer.
    InvitationSent(PartnershipInvitationId, Pair, Sending),
    /// The client has taken its invitation back.
    InvitationWithdrawn(PartnershipInvitationId, Pair),
    /// The invitation came to its end on the partner's side.
    InvitationAnswered(PartnershipInvitationId, Pair, Answer),
    /// The partnership is in force, the client has consented to it, or it is over.
    Partnership(PartnershipId, Pair, Turn),
    /// Something that concerns the account of a person.
    Account(Holder, AccountNews),
}

/// The person whose account it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The person.
    pub user: UserId,
    /// The address of the account.
    pub email: String,
    /// Where the person is told.
    pub organizations: Vec<OrganizationId>,
}

/// What happened to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountNews {
    /// Somebody asked to reset its password.
    ResetRequested,
    /// It has a new password.
    PasswordChanged,
    /// It is to have this address.
    AddressWanted(String),
    /// It had this address, and has another.
    AddressChanged(String),
    /// It was signed in to from there.
    NewPlace {
        /// The network address.
        place: String,
        /// The program.
        program: String,
    },
}

/// A turn in the life of what opens an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialTurn {
    /// A second factor was enrolled.
    Enrolled,
    /// It was given up.
    Disabled,
    /// A recovery code was used, and so many are left.
    RecoveryCodeUsed(i32),
    /// There are new recovery codes.
    RecoveryCodesReplaced,
    /// The identity provider opens it from now on.
    ProviderLinked,
    /// The link with the identity provider was given up.
    ProviderUnlinked,
}

/// Which time an invitation was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// The first.
    First,
    /// A later one: the links before are dead.
    Again,
}

/// What the partner did with an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It accepted.
    Accepted,
    /// It refused.
    Refused,
    /// It did nothing in time.
    Lapsed,
}

/// A turn in the life of a partnership.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It began.
    Started,
    /// It began with a client that the partner created, which has yet to consent.
    StartedUnconsented,
    /// The client keeps it as it is.
    Kept,
    /// The client narrows it.
    Narrowed,
    /// It is over.
    Ended,
}
