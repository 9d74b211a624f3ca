//! The tokens of the links that are mailed to people about their accounts.

use entente_access::keys::Secret;
use entente_access::links::{Link, LinkKey};

use crate::domain::link::{AccountLink, AccountPurpose, EmailChange, PasswordReset};

/// Makes the tokens, and knows them again: for each purpose by a key of its own.
#[derive(Clone, Debug)]
pub struct AccountLinks {
    password_reset: LinkKey<PasswordReset>,
    email_change: LinkKey<EmailChange>,
}

impl AccountLinks {
    /// The keys that this secret makes.
    pub fn new(secret: &Secret) -> Self {
        Self {
            password_reset: LinkKey::new(secret),
            email_change: LinkKey::new(secret),
        }
    }

    /// The token of a link.
    pub fn token(&self, link: AccountLink) -> String {
        let target = Link {
            target: link.user,
            generation: link.generation,
        };
        match link.purpose {
            AccountPurpose::PasswordReset => self.password_reset.token(target),
            AccountPurpose::EmailChange => self.email_change.token(target),
        }
    }

    /// What a token stands for; none if it wasn't made with these keys for this purpose. Whether the link still lives is
    /// the account's to say.
    pub fn link(&self, purpose: AccountPurpose, token: &str) -> Option<AccountLink> {
        let link = match purpose {
            AccountPurpose::PasswordReset => self.password_reset.link(token),
            AccountPurpose::EmailChange => self.email_change.link(token),
        };
        link.map(|link| AccountLink {
            purpose,
            user: link.target,
            generation: link.generation,
        })
    }
}

#[cfg(test)]
mod tests {
    use entente_ids::UserId;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_token_for_one_purpose_is_nothing_for_another() {
        let links = AccountLinks::new(&[7; 32]);
        let link = AccountLink {
            purpose: AccountPurpose::PasswordReset,
            user: UserId::from_uuid(Uuid::from_u128(1)),
            generation: 3,
        };
        let token = links.token(link);
        assert_eq!(links.link(AccountPurpose::PasswordReset, &token), Some(link));
        assert_eq!(links.link(AccountPurpose::EmailChange, &token), None);
    }
}
