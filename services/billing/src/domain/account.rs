//! An organization's billing account.

use entente_ids::OrganizationId;
use jiff::Timestamp;
use secrecy::SecretString;

use super::fields::{Card, CountryCode, Line, Lines, NewCard};

/// The names of what an account needs to be set up, as the contract has them, in the order in which they are told.
pub const REQUIRED: [&str; 5] = ["legal_name", "email", "address", "country_code", "payment_method"];

/// Who is billed, and how they pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The organization; it has one account.
    pub organization: OrganizationId,
    /// The name that invoices are made out to.
    pub legal_name: Option<Line>,
    /// The address that invoices are mailed to. The contract has checked its form.
    pub email: Option<Line>,
    /// Street, postal code and town.
    pub address: Option<Lines>,
    /// The country.
    pub country_code: Option<CountryCode>,
    /// How the organization pays.
    pub payment_method: Option<Card>,
    /// Rises with every change.
    pub version: i64,
    /// What identity is to know of the gate.
    pub gate: Gate,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// How far the news of the gate has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gate {
    /// Rises each time that something else is missing.
    pub version: i64,
    /// Whether identity has taken this version.
    pub is_pushed: bool,
}

/// A new value for one field; none takes the value away.
#[derive(Debug, Clone)]
pub enum Edit {
    /// Of `legal_name`.
    LegalName(Option<Line>),
    /// Of `email`.
    Email(Option<Line>),
    /// Of `address`.
    Address(Option<Lines>),
    /// Of `country_code`.
    CountryCode(Option<CountryCode>),
    /// Of `payment_method`.
    PaymentMethod(Option<NewCard>),
}

/// What becomes of the provider's token, which an account doesn't hold.
#[derive(Debug, Clone)]
pub enum Token {
    /// It stays.
    Kept,
    /// It goes, with the card.
    Removed,
    /// It is replaced, with the card.
    Set(SecretString),
}

impl Account {
    /// A new account: it misses everything.
    pub fn open(organization: OrganizationId, now: Timestamp) -> Self {
        Self {
            organization,
            legal_name: None,
            email: None,
            address: None,
            country_code: None,
            payment_method: None,
            version: 1,
            gate: Gate {
                version: 1,
                is_pushed: false,
            },
            created_at: now,
            updated_at: now,
        }
    }

    /// What must be set before billing is set up (domain row 39); nothing when it is, and the gate is open then.
    pub fn missing(&self) -> Vec<&'static str> {
        let is_set = [
            self.legal_name.is_some(),
            self.email.is_some(),
            self.address.is_some(),
            self.country_code.is_some(),
            self.payment_method.is_some(),
        ];
        REQUIRED
            .into_iter()
            .zip(is_set)
            .filter(|(_, is_set)| !is_set)
            .map(|(name, _)| name)
            .collect()
    }

    /// The account after some edits and what becomes of the token; none when they change nothing. A card is always
    /// taken as a new one, since its token can't be compared.
    pub fn edited(&self, edits: Vec<Edit>, now: Timestamp) -> Option<(Self, Token)> {
        let (mut after, mut token) = (self.clone(), Token::Kept);
        for edit in edits {
            match edit {
                Edit::LegalName(name) => after.legal_name = name,
                Edit::Email(email) => after.email = email,
                Edit::Address(address) => after.address = address,
                Edit::CountryCode(country) => after.country_code = country,
                Edit::PaymentMethod(None) => {
                    after.payment_method = None;
                    token = Token::Removed;
                }
                Edit::PaymentMethod(Some(new)) => {
                    after.payment_method = Some(new.card);
                    token = Token::Set(new.token);
                }
            }
        }
        if after == *self && !matches!(token, Token::Set(_)) {
            return None;
        }
        after.version = after.version.saturating_add(1);
        after.updated_at = now;
        if after.missing() != self.missing() {
            after.gate = Gate {
                version: after.gate.version.saturating_add(1),
                is_pushed: false,
            };
        }
        Some((after, token))
    }
}

#[cfg(test)]
mod tests {
    use super::super::fields::LastFour;
    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_700_000_000, 0);
    const LATER: Timestamp = Timestamp::constant(1_700_000_060, 0);

    fn opened() -> Account {
        Account::open(OrganizationId::new(NOW, [7; 10]), NOW)
    }

    fn card(token: &str) -> NewCard {
        let brand = Line::parse("visa").unwrap().unwrap();
        NewCard {
            card: Card {
                brand,
                last_four: LastFour::parse("4242").unwrap(),
            },
            token: token.into(),
        }
    }

    fn all() -> Vec<Edit> {
        vec![
            Edit::LegalName(Line::parse("Alpina AG").unwrap()),
            Edit::Email(Line::parse("billing@alpina.example").unwrap()),
            Edit::Address(Lines::parse("Seestrasse 1").unwrap()),
            Edit::CountryCode(CountryCode::parse("CH").unwrap()),
            Edit::PaymentMethod(Some(card("tok_1"))),
        ]
    }

    fn set_up() -> Account {
        let (mut account, _) = opened().edited(all(), NOW).unwrap();
        account.gate.is_pushed = true;
        account
    }

    #[test]
    fn a_new_account_misses_everything() {
        assert_eq!(opened().missing(), REQUIRED);
    }

    #[test]
    fn an_account_with_everything_misses_nothing() {
        assert!(set_up().missing().is_empty());
    }

    #[test]
    fn each_field_is_missing_by_its_own_name() {
        for (edit, name) in all().into_iter().zip(REQUIRED) {
            let (account, _) = opened().edited(vec![edit], NOW).unwrap();
            let expected: Vec<_> = REQUIRED.into_iter().filter(|other| *other != name).collect();
            assert_eq!(account.missing(), expected);
        }
    }

    #[test]
    fn what_is_taken_away_is_missing_again_and_moves_the_gate() {
        let before = set_up();
        let (after, token) = before.edited(vec![Edit::PaymentMethod(None)], LATER).unwrap();
        assert_eq!(after.missing(), ["payment_method"]);
        assert_eq!(
            after.gate,
            Gate {
                version: before.gate.version + 1,
                is_pushed: false
            }
        );
        assert!(matches!(token, Token::Removed));
    }

    #[test]
    fn a_change_that_fills_no_gap_leaves_the_gate() {
        let before = set_up();
        let (after, _) = before
            .edited(vec![Edit::LegalName(Line::parse("Alpina SA").unwrap())], LATER)
            .unwrap();
        assert_eq!(
            (after.version, after.updated_at, after.gate),
            (before.version + 1, LATER, before.gate)
        );
    }

    #[test]
    fn edits_that_change_nothing_are_no_change() {
        let before = set_up();
        assert!(
            before
                .edited(vec![Edit::LegalName(before.legal_name.clone())], LATER)
                .is_none()
        );
        assert!(opened().edited(vec![Edit::PaymentMethod(None)], LATER).is_none());
    }

    #[test]
    fn the_same_card_with_a_new_token_is_a_change() {
        let (after, token) = set_up()
            .edited(vec![Edit::PaymentMethod(Some(card("tok_2")))], LATER)
            .unwrap();
        assert!(matches!(token, Token::Set(_)));
        assert_eq!(after.version, set_up().version + 1);
    }
}
