//! Mailed links: of member invitations, and of accounts.

use entente_access::links::Purpose;
use entente_ids::{MemberId, MemberKind, UserId, UserKind};
use jiff::{SignedDuration, Timestamp};

use super::email::EmailAddress;

/// What the token in a mailed link stands for. A renewed invitation has a new generation.
pub type Link = entente_access::links::Link<MemberId>;

/// To let an invited member in.
#[derive(Debug)]
pub enum MemberInvitation {}

impl Purpose for MemberInvitation {
    const NAME: &'static str = "entente member invitation 1";
    type Target = MemberKind;
}

/// To let somebody choose a new password.
#[derive(Debug)]
pub enum PasswordReset {}

impl Purpose for PasswordReset {
    const NAME: &'static str = "entente password reset 1";
    type Target = UserKind;
}

/// To let somebody take another address.
#[derive(Debug)]
pub enum EmailChange {}

impl Purpose for EmailChange {
    const NAME: &'static str = "entente email change 1";
    type Target = UserKind;
}

/// For how long a mailed link of an account can be used.
pub const ACCOUNT_LINK_LIFETIME: SignedDuration = SignedDuration::from_hours(1);

/// What a mailed link of an account is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum AccountPurpose {
    /// To choose a new password.
    PasswordReset,
    /// To confirm another address.
    EmailChange,
}

impl AccountPurpose {
    /// The word for it, as it is stored.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// What the token in a mailed link of an account stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountLink {
    /// What it is for.
    pub purpose: AccountPurpose,
    /// The person.
    pub user: UserId,
    /// Which of the person's links for that.
    pub generation: u32,
}

/// The last link of an account for one purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastLink {
    /// Which one it is.
    pub generation: u32,
    /// Until when it can be used; none once it was used or called off.
    pub expires_at: Option<Timestamp>,
    /// The address that is to be, where that is what it is for.
    pub email: Option<EmailAddress>,
}

impl LastLink {
    /// Until when it can be used, while it can.
    pub fn lives_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.expires_at.filter(|end| now < *end)
    }

    /// The link to mail now. One that was mailed a moment ago is mailed again as it is, so that who asks without end
    /// in somebody's name doesn't kill the link in their hands.
    #[must_use]
    pub fn next(before: Option<Self>, email: Option<EmailAddress>, now: Timestamp) -> Self {
        let generation = before.as_ref().map_or(0, |before| before.generation);
        let fresh = now + ACCOUNT_LINK_LIFETIME / 2;
        before
            .filter(|before| before.email == email && before.expires_at.is_some_and(|end| fresh < end))
            .unwrap_or(Self {
                generation: generation.saturating_add(1),
                expires_at: Some(now + ACCOUNT_LINK_LIFETIME),
                email,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_700_000_000, 0);

    #[test]
    fn a_fresh_link_is_mailed_again_and_an_older_one_replaced() {
        let first = LastLink::next(None, None, NOW);
        assert_eq!(
            (first.generation, first.expires_at),
            (1, Some(NOW + ACCOUNT_LINK_LIFETIME))
        );
        let soon = NOW + SignedDuration::from_mins(29);
        assert_eq!(LastLink::next(Some(first.clone()), None, soon), first);
        let later = NOW + SignedDuration::from_mins(30);
        assert_eq!(LastLink::next(Some(first), None, later).generation, 2);
    }

    #[test]
    fn a_link_that_was_used_never_comes_back() {
        let used = LastLink {
            generation: 4,
            expires_at: None,
            email: None,
        };
        assert_eq!(used.lives_until(NOW), None);
        assert_eq!(LastLink::next(Some(used), None, NOW).generation, 5);
    }

    #[test]
    fn a_link_for_another_address_is_another_link() {
        let to = |text| Some(EmailAddress::new(text));
        let first = LastLink::next(None, to("eva@alpina.example"), NOW);
        let other = LastLink::next(Some(first), to("eva@belvedere.example"), NOW);
        assert_eq!(other.generation, 2);
    }
}
