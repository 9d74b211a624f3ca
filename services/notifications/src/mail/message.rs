//! A letter as an Internet message (RFC 5322).

use lettre::Message;
use lettre::address::Address;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use sha2::{Digest as _, Sha256};

use super::Mail;
use crate::text::Letter;
use jiff::Timestamp;
use uuid::Uuid;

/// What stands on the envelope of a letter.
#[derive(Debug, Clone, Copy)]
pub struct Envelope<'a> {
    /// Who sends.
    pub from: &'a Mailbox,
    /// The one address that it goes to.
    pub to: &'a str,
    /// The event that it tells of.
    pub event: &'a str,
    /// The delivery that it is for.
    pub delivery: Uuid,
    /// When it was decided to send it.
    pub created_at: Timestamp,
}

/// An address that no mail can go to.
#[derive(Debug, thiserror::Error)]
#[error("not an address that mail can be sent to ({0})")]
pub struct InvalidAddress(String);

/// Puts a letter into its envelope. The same delivery always gives the same message, byte for byte.
///
/// # Errors
/// [`InvalidAddress`].
pub fn compose(envelope: &Envelope<'_>, letter: Letter) -> Result<Mail, InvalidAddress> {
    let invalid = |error: &dyn std::error::Error| InvalidAddress(error.to_string());
    let to: Address = envelope
        .to
        .parse()
        .map_err(|error: lettre::address::AddressError| invalid(&error))?;
    let parts = MultiPart::alternative()
        .boundary(format!("entente-{}", envelope.delivery.simple()))
        .singlepart(SinglePart::plain(letter.text))
        .singlepart(SinglePart::html(letter.html));
    let message = Message::builder()
        .from(envelope.from.clone())
        .to(Mailbox::new(None, to))
        .date(envelope.created_at.into())
        .message_id(Some(message_id(envelope)))
        .subject(letter.subject)
        // RFC 3834: nobody's holiday notice answers it.
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ))
        .multipart(parts)
        .map_err(|error| invalid(&error))?;
    Ok(Mail {
        delivery: envelope.delivery,
        created_at: envelope.created_at,
        message,
    })
}

/// Stable, so that a mail that was sent twice shows once in what drops duplicates.
fn message_id(envelope: &Envelope<'_>) -> String {
    let hash = Sha256::digest(envelope.to.as_bytes());
    let recipient: String = hash.iter().take(10).map(|byte| format!("{byte:02x}")).collect();
    format!(
        "<{}.{recipient}@{}>",
        envelope.event,
        envelope.from.email.domain()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_700_000_000, 0);

    fn composed(to: &str, subject: &str) -> Result<String, InvalidAddress> {
        let from: Mailbox = "Entente <entente@example.com>".parse().unwrap();
        let envelope = Envelope {
            from: &from,
            to,
            event: "evt_1",
            delivery: Uuid::from_u128(1),
            created_at: NOW,
        };
        let letter = Letter {
            subject: subject.into(),
            text: "a\nb\n".into(),
            html: "<p>a</p>".into(),
        };
        compose(&envelope, letter).map(|mail| String::from_utf8(mail.message.formatted()).unwrap())
    }

    #[test]
    fn the_same_delivery_gives_the_same_bytes() {
        let mail = composed("lea@example.com", "x").unwrap();
        assert_eq!(mail, composed("lea@example.com", "x").unwrap());
        assert!(
            mail.contains("Message-ID: <evt_1.") && mail.contains("@example.com>\r\n"),
            "{mail}"
        );
        assert!(mail.contains("Auto-Submitted: auto-generated\r\n"), "{mail}");
        assert!(mail.contains("Date: Tue, 14 Nov 2023 22:13:20"), "{mail}");
    }

    #[test]
    fn no_subject_begins_another_header() {
        let mail = composed("lea@example.com", "x\r\nBcc: all@example.com").unwrap();
        assert!(!mail.lines().any(|line| line.starts_with("Bcc")), "{mail}");
    }

    #[test]
    fn an_address_is_one_address() {
        for to in [
            "",
            "a",
            "a@b@c",
            "a@example.com, b@example.com",
            "a@example.com\r\nBcc: b@example.com",
        ] {
            assert!(composed(to, "x").is_err(), "{to}");
        }
    }
}
