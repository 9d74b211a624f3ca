//! Members: the places of people in organizations, and who may change them.

use entente_ids::{MemberId, OrganizationId, UserId};
use jiff::{SignedDuration, Timestamp};

use super::email::EmailAddress;
use super::link::Link;

/// For how long the link of an invitation can be used (domain row 15).
pub const INVITATION_LIFETIME: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A built-in role. Each holds at least what the ones before it hold.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[strum(serialize_all = "snake_case")]
pub enum Role {
    /// Reads.
    Viewer,
    /// Does the daily work.
    Member,
    /// Sets the organization up.
    Admin,
    /// Everything, billing included.
    Owner,
}

impl Role {
    /// The word for it, in the contract and as it is stored.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Where a member stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum MemberState {
    /// Invited, not accepted.
    Pending,
    /// In.
    Active,
    /// Out; comes back only by a new invitation.
    Removed,
}

impl MemberState {
    /// The word for it, as it is stored.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A person's place in one organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its id.
    pub id: MemberId,
    /// The organization.
    pub organization: OrganizationId,
    /// The person, once the invitation is accepted.
    pub user: Option<UserId>,
    /// The address that was invited.
    pub email: EmailAddress,
    /// The person's name, once the invitation is accepted.
    pub display_name: Option<String>,
    /// The role.
    pub role: Role,
    /// Whether this person can bind the organization to a partner.
    pub legal_representative: bool,
    /// Where the member stands.
    pub state: MemberState,
    /// The invitation's link that lives; those before it are dead.
    pub generation: u32,
    /// Until when that link can be used.
    pub invitation_expires_at: Timestamp,
    /// Rises with every change.
    pub version: i64,
    /// When the member was invited.
    pub created_at: Timestamp,
    /// When the member was last changed.
    pub updated_at: Timestamp,
}

impl Member {
    /// A person who is invited and hasn't answered.
    pub fn invite(
        id: MemberId,
        organization: OrganizationId,
        email: EmailAddress,
        standing: Standing,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            organization,
            user: None,
            email,
            display_name: None,
            role: standing.role,
            legal_representative: standing.legal_representative,
            state: MemberState::Pending,
            generation: 1,
            invitation_expires_at: now + INVITATION_LIFETIME,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    /// The same person, invited with a new link; the ones before it are dead.
    #[must_use]
    pub fn invite_again(&self, standing: Standing, now: Timestamp) -> Self {
        Self {
            role: standing.role,
            legal_representative: standing.legal_representative,
            generation: self.generation.saturating_add(1),
            invitation_expires_at: now + INVITATION_LIFETIME,
            ..self.clone()
        }
        .changed(now)
    }

    /// With the next version.
    #[must_use]
    pub fn changed(self, now: Timestamp) -> Self {
        Self {
            version: self.version.saturating_add(1),
            updated_at: now,
            ..self
        }
    }

    /// Whether the person is in.
    pub fn is_active(&self) -> bool {
        self.state == MemberState::Active
    }

    /// Whether the invitation can still be accepted.
    pub fn is_invited(&self, now: Timestamp) -> bool {
        self.state == MemberState::Pending && now < self.invitation_expires_at
    }

    /// The link that lives, while there is one.
    pub fn link(&self, now: Timestamp) -> Option<Link> {
        self.is_invited(now).then_some(Link {
            target: self.id,
            generation: self.generation,
        })
    }
}

/// Why a member can't be made, changed or removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MemberRefusal {
    /// Nobody can grant, change or take away more than they hold.
    #[error("you can't give or change the role {}: ask a member who holds it", .0.as_str())]
    ExceedsOwn(Role),
    /// Legal representation is an owner's to say.
    #[error("only an owner names legal representatives: ask an owner of the organization")]
    OwnerRequired,
    /// There would be no owner left.
    #[error("the organization would have no owner left: make another active member an owner first")]
    LastOwner,
    /// There would be nobody left to bind the organization.
    #[error("the organization would have no legal representative left: name another active member first")]
    LastLegalRepresentative,
    /// History doesn't change.
    #[error("the member was removed: invite the person again")]
    Removed,
}

/// What a member is to have or to lose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The role.
    pub role: Role,
    /// Whether the person can bind the organization.
    pub legal_representative: bool,
}

impl Standing {
    /// What a member holds.
    pub fn of(member: &Member) -> Self {
        Self {
            role: member.role,
            legal_representative: member.legal_representative,
        }
    }
}

/// Who acts: the standing that they hold as active members of that same organization; none when they aren't.
pub type Actor = Option<Standing>;

/// Checks that an actor may bring about the standing `after` (an invitation has no `before`, a removal no `after`).
///
/// # Errors
/// [`MemberRefusal::ExceedsOwn`] or [`MemberRefusal::OwnerRequired`].
pub fn check_authority(
    actor: Actor,
    before: Option<Standing>,
    after: Option<Standing>,
) -> Result<(), MemberRefusal> {
    let held = actor.map(|standing| standing.role);
    let roles = before.into_iter().chain(after).map(|standing| standing.role);
    if let Some(role) = roles.max().filter(|role| held.is_none_or(|held| held < *role)) {
        return Err(MemberRefusal::ExceedsOwn(role));
    }
    let binds = |standing: Option<Standing>| standing.is_some_and(|standing| standing.legal_representative);
    if binds(before) != binds(after) && held != Some(Role::Owner) {
        return Err(MemberRefusal::OwnerRequired);
    }
    Ok(())
}

/// How many other members hold what a member is about to lose. Where the member is active only active ones count; an
/// invitation can be replaced by another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Others {
    /// Other owners.
    pub owners: i64,
    /// Other legal representatives.
    pub legal_representatives: i64,
}

/// Checks that the organization keeps an owner and a legal representative (domain row 5).
///
/// # Errors
/// [`MemberRefusal::LastOwner`] or [`MemberRefusal::LastLegalRepresentative`].
pub fn check_remaining(
    before: Standing,
    after: Option<Standing>,
    others: Others,
) -> Result<(), MemberRefusal> {
    let stays_owner = after.is_some_and(|standing| standing.role == Role::Owner);
    if before.role == Role::Owner && !stays_owner && others.owners == 0 {
        return Err(MemberRefusal::LastOwner);
    }
    let stays_binding = after.is_some_and(|standing| standing.legal_representative);
    if before.legal_representative && !stays_binding && others.legal_representatives == 0 {
        return Err(MemberRefusal::LastLegalRepresentative);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use strum::VariantArray as _;

    use super::*;

    fn standing() -> impl Strategy<Value = Standing> {
        (proptest::sample::select(Role::VARIANTS), any::<bool>()).prop_map(|(role, legal_representative)| {
            Standing {
                role,
                legal_representative,
            }
        })
    }

    proptest! {
        #[test]
        fn nobody_passes_on_more_than_they_hold(
            actor in proptest::option::of(standing()),
            before in proptest::option::of(standing()),
            after in standing(),
        ) {
            if check_authority(actor, before, Some(after)).is_ok() {
                let held = actor.map(|actor| actor.role);
                prop_assert!(held >= Some(after.role));
                prop_assert!(held >= before.map(|before| before.role));
            }
        }

        #[test]
        fn legal_representation_changes_only_by_an_owner(
            actor in proptest::option::of(standing()),
            before in standing(),
            after in standing(),
        ) {
            let changes = before.legal_representative != after.legal_representative;
            if changes && check_authority(actor, Some(before), Some(after)).is_ok() {
                prop_assert_eq!(actor.map(|actor| actor.role), Some(Role::Owner));
            }
        }
    }

    const OWNER: Standing = Standing {
        role: Role::Owner,
        legal_representative: true,
    };
    const NOBODY: Others = Others {
        owners: 0,
        legal_representatives: 0,
    };

    #[test]
    fn the_last_owner_stays() {
        assert_eq!(
            check_remaining(OWNER, None, NOBODY),
            Err(MemberRefusal::LastOwner)
        );
    }

    #[test]
    fn the_last_legal_representative_stays() {
        let after = Standing {
            legal_representative: false,
            ..OWNER
        };
        assert_eq!(
            check_remaining(OWNER, Some(after), NOBODY),
            Err(MemberRefusal::LastLegalRepresentative)
        );
    }

    #[test]
    fn with_others_left_anybody_can_go() {
        assert_eq!(
            check_remaining(
                OWNER,
                None,
                Others {
                    owners: 1,
                    legal_representatives: 1
                }
            ),
            Ok(())
        );
    }
}
