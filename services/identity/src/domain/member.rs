//! Members: the places of people in organizations, and who may change them.

use entente_ids::{GroupId, MemberId, OrganizationId, UserId};
use jiff::{SignedDuration, Timestamp};

use super::decision::{Rights, SecondFactorPolicy};
use super::email::EmailAddress;
use super::link::Link;
use super::responsible::Responsible;
use super::role::{BuiltInRole, RoleRef};

/// For how long the link of an invitation can be used (domain row 15).
pub const INVITATION_LIFETIME: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Where a member stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum MemberState {
    /// Invited, not accepted.
    Pending,
    /// In.
    Active,
    /// Kept out until enabled again.
    Disabled,
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
    /// By what the member stands in the order of names, as the store made it.
    pub sort_key: String,
    /// The role; none where it was deleted.
    pub role: Option<RoleRef>,
    /// Whether this person can bind the organization to a partner.
    pub legal_representative: bool,
    /// The groups that the member is in.
    pub groups: Vec<GroupId>,
    /// Whether a second factor is asked of the person here.
    pub second_factor: SecondFactorPolicy,
    /// Who in the operator's house looks after this person, where it isn't who looks after the organization.
    pub responsible: Option<Responsible>,
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
            sort_key: String::new(),
            role: standing.role,
            legal_representative: standing.legal_representative,
            groups: Vec::new(),
            second_factor: SecondFactorPolicy::Inherit,
            responsible: None,
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

    /// In another state.
    #[must_use]
    pub fn in_state(&self, state: MemberState, now: Timestamp) -> Self {
        Self {
            state,
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
    #[error(
        "you can't give, change or take away what you don't hold yourself: ask a member who holds all of it"
    )]
    ExceedsOwn,
    /// Reserved for external users.
    #[error("the role partner is reserved for external users: choose another one")]
    RoleReserved,
    /// Not in this kind of organization.
    #[error("there is no such role in this organization: choose one that ListRoles shows")]
    RoleUnknown,
    /// Ownership and legal representation are an owner's to say.
    #[error(
        "only an owner gives or takes away the role owner, and names legal representatives: ask an owner of the \
         organization"
    )]
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
    /// There is no invitation to send again or to take back.
    #[error("the invitation was answered or withdrawn: look at the member, or invite the person again")]
    InvitationClosed,
    /// Who isn't in can't be kept out.
    #[error("the person hasn't joined yet: withdraw the invitation instead")]
    Pending,
    /// Partners don't loosen what the operator requires.
    #[error("the operator requires a second factor here: choose always or inherit")]
    SecondFactorRequired,
    /// Whoever finds a session open doesn't do without what its owner must show.
    #[error(
        "nobody resets their own credentials: change the password, use a recovery code, or ask another administrator"
    )]
    OwnCredential,
    /// What protects another organization isn't this one's to give up.
    #[error(
        "the person is a member of other organizations too, which the second factor protects: ask them to use a recovery code"
    )]
    Elsewhere,
    /// The link is for somebody else.
    #[error("the invitation is for another address: sign out, or ask for an invitation to yours")]
    WrongAddress,
}

/// What a member is to have or to lose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The role; none for who has lost it.
    pub role: Option<RoleRef>,
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

/// Who acts: what they hold as active members of that same organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Authority {
    /// All that they hold there, to pass on: more than they may do while a ceiling of the operator bounds them.
    pub rights: Rights,
    /// Whether they own the organization, as a person with the role owner of their own.
    pub owner: bool,
}

/// What is given, changed or taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stake {
    /// The most that it can come to let somebody do, whatever the operator allows at the moment.
    pub rights: Rights,
    /// Whether the role owner is in it. It is more than its rights, which others can have too.
    pub owner: bool,
    /// Whether it lets them bind the organization.
    pub legal_representative: bool,
}

/// Checks that an actor may bring about `after` (an invitation has no `before`, a removal no `after`). Who is no member
/// of the organization has no authority there.
///
/// # Errors
/// [`MemberRefusal::ExceedsOwn`] or [`MemberRefusal::OwnerRequired`].
pub fn check_authority(
    actor: Option<Authority>,
    before: Option<Stake>,
    after: Option<Stake>,
) -> Result<(), MemberRefusal> {
    let actor = actor.ok_or(MemberRefusal::ExceedsOwn)?;
    let stakes = || before.into_iter().chain(after);
    if !stakes().all(|stake| stake.rights.is_given_by(actor.rights)) {
        return Err(MemberRefusal::ExceedsOwn);
    }
    let binds = |stake: Option<Stake>| stake.is_some_and(|stake| stake.legal_representative);
    let owners_to_say = stakes().any(|stake| stake.owner) || binds(before) != binds(after);
    if owners_to_say && !actor.owner {
        return Err(MemberRefusal::OwnerRequired);
    }
    Ok(())
}

/// Checks that a role can be given to somebody.
///
/// # Errors
/// [`MemberRefusal::RoleReserved`].
pub fn check_assignable(role: RoleRef) -> Result<(), MemberRefusal> {
    if role == RoleRef::BuiltIn(BuiltInRole::Partner) {
        return Err(MemberRefusal::RoleReserved);
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
    let stays_owner = after.is_some_and(|standing| standing.role == Some(RoleRef::OWNER));
    if before.role == Some(RoleRef::OWNER) && !stays_owner && others.owners == 0 {
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

    use super::*;
    use crate::domain::decision::{Action, Permission, PermissionSet, Resource};

    fn rights() -> impl Strategy<Value = Rights> {
        let set = || {
            prop::collection::vec((1..4, prop::sample::select(Action::ALL.to_vec())), 0..6).prop_map(|held| {
                held.into_iter()
                    .filter_map(|(number, action)| {
                        let resource = Resource::new(number)?;
                        Some(Permission { resource, action })
                    })
                    .collect::<PermissionSet>()
            })
        };
        (set(), set(), set()).prop_map(|(home, clients, referred)| Rights {
            home,
            clients,
            referred,
        })
    }

    fn stake() -> impl Strategy<Value = Stake> {
        (rights(), any::<bool>(), any::<bool>()).prop_map(|(rights, owner, legal_representative)| Stake {
            rights,
            owner,
            legal_representative,
        })
    }

    fn actor() -> impl Strategy<Value = Authority> {
        (rights(), any::<bool>()).prop_map(|(rights, owner)| Authority { rights, owner })
    }

    proptest! {
        #[test]
        fn nobody_passes_on_or_takes_away_more_than_they_hold(
            actor in prop::option::of(actor()),
            before in prop::option::of(stake()),
            after in prop::option::of(stake()),
        ) {
            if check_authority(actor, before, after).is_ok() {
                let held = actor.unwrap().rights;
                for stake in before.into_iter().chain(after) {
                    prop_assert!(stake.rights.home.iter().all(|permission| held.home.contains(permission)));
                    prop_assert!(stake.rights.clients.iter().all(|permission| held.clients.contains(permission)));
                    prop_assert!(stake.rights.referred.iter().all(|permission| held.clients.contains(permission)));
                }
            }
        }

        #[test]
        fn ownership_is_touched_only_by_an_owner(
            actor in actor(), before in prop::option::of(stake()), after in prop::option::of(stake()),
        ) {
            let touched = [before, after].into_iter().flatten().any(|stake| stake.owner);
            if touched && check_authority(Some(actor), before, after).is_ok() {
                prop_assert!(actor.owner);
            }
        }

        #[test]
        fn legal_representation_changes_only_by_an_owner(
            actor in actor(), before in stake(), after in stake(),
        ) {
            let changes = before.legal_representative != after.legal_representative;
            if changes && check_authority(Some(actor), Some(before), Some(after)).is_ok() {
                prop_assert!(actor.owner);
            }
        }
    }

    const OWNER: Standing = Standing {
        role: Some(RoleRef::OWNER),
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
