//! What a text is filled in with. All of it was written by people, so none of it is trusted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

/// What a name is the name of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Fact {
    /// The organization in which the reader is told, or is invited to.
    Organization,
    /// The client of a partnership.
    Client,
    /// The partner of a partnership.
    Partner,
    /// Who did something, or to whom something was done.
    Person,
    /// Why something was done.
    Reason,
    /// The e-mail address that an account is to have, or has now.
    Address,
    /// The network address from which somebody signed in.
    Place,
    /// The program by which somebody signed in, as it says.
    Program,
    /// How many recovery codes are left, as digits.
    CodesLeft,
    /// The name of an encryption key.
    Key,
    /// When something ends, as RFC 3339 has it; the reader is told it in their language and zone. Stored under the name that
    /// it had while it was a day alone (UTC, ISO 8601), which is told as it stands.
    #[serde(rename = "day")]
    End,
}

/// The names that a text is filled in with, each one line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Facts(BTreeMap<Fact, String>);

impl Facts {
    /// The same with a name, as one line.
    #[must_use]
    pub fn with(mut self, fact: Fact, name: &str) -> Self {
        self.0.insert(fact, one_line(name));
        self
    }

    /// These and others; where both have a name, the other one stands.
    #[must_use]
    pub fn joined(mut self, others: &Self) -> Self {
        self.0.extend(others.0.clone());
        self
    }

    /// The names, by what they are used as in the texts.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(fact, name)| (fact.into(), name.as_str()))
    }

    /// A name.
    pub fn get(&self, fact: Fact) -> Option<&str> {
        self.0.get(&fact).map(String::as_str)
    }
}

/// A text as one line that shows what it says: no line breaks, which would begin a header or a paragraph of somebody
/// else's making, and nothing that turns the direction of the text around.
pub fn one_line(text: &str) -> String {
    let visible: String = text
        .chars()
        .map(|c| if breaks(c) { ' ' } else { c })
        .filter(|c| !turns(*c))
        .collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The lines of a longer text, each as [`one_line`].
pub fn lines(text: &str) -> Vec<String> {
    text.lines().map(one_line).collect()
}

fn breaks(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// The controls of the bidirectional algorithm (UAX #9).
fn turns(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_with_line_breaks_is_one_line() {
        let facts = Facts::default().with(Fact::Client, "Berger\r\nBcc: all@example.com\u{2028}\u{202e}AS");
        assert_eq!(facts.get(Fact::Client), Some("Berger Bcc: all@example.com AS"));
    }

    #[test]
    fn facts_read_back_from_json() {
        let facts = Facts::default()
            .with(Fact::Client, "Berger SA")
            .with(Fact::Partner, "Älpina");
        let json = serde_json::to_value(&facts).unwrap();
        assert_eq!(
            json,
            serde_json::json!({"client": "Berger SA", "partner": "Älpina"})
        );
        assert_eq!(serde_json::from_value::<Facts>(json).unwrap(), facts);
    }

    proptest! {
        #[test]
        fn no_text_breaks_a_line(text: String) {
            prop_assert!(!one_line(&text).chars().any(|c| breaks(c) || turns(c)));
        }
    }
}
