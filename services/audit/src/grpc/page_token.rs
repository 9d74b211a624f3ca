//! Where a list goes on: opaque to the caller, and good for the same list only.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entente_ids::{EventId, OrganizationId};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::domain::search::{Filter, Position};

/// Tells lists apart.
pub type Fingerprint = [u8; 8];

/// The fingerprint of the list of this organization's events with this filter.
pub fn fingerprint(organization: OrganizationId, filter: &Filter) -> Fingerprint {
    let Filter {
        kind,
        actor,
        resource,
        start,
        end,
    } = filter;
    let text = format!("{organization} {:?}", (kind, actor, resource, start, end));
    let mut fingerprint = Fingerprint::default();
    fingerprint
        .iter_mut()
        .zip(Sha256::digest(text))
        .for_each(|(to, from)| *to = from);
    fingerprint
}

/// Writes a token.
pub fn write(position: &Position, fingerprint: Fingerprint) -> String {
    let mut bytes = fingerprint.to_vec();
    bytes.extend(position.time.as_microsecond().to_be_bytes());
    bytes.extend(position.id.uuid().as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads a token, if it is one of this list.
pub fn read(token: &str, fingerprint: Fingerprint) -> Option<Position> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let bytes = bytes.strip_prefix(fingerprint.as_slice())?;
    let (time, id) = bytes.split_first_chunk::<8>()?;
    let time = Timestamp::from_microsecond(i64::from_be_bytes(*time)).ok()?;
    Some(Position {
        time,
        id: EventId::from_uuid(Uuid::from_slice(id).ok()?),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn organization(random: u8) -> OrganizationId {
        OrganizationId::new(Timestamp::UNIX_EPOCH, [random; 10])
    }

    fn position() -> Position {
        Position {
            time: "2024-05-01T10:00:00.123456Z".parse().unwrap(),
            id: EventId::new(Timestamp::UNIX_EPOCH, [9; 10]),
        }
    }

    #[test]
    fn a_token_reads_back_as_it_was_written() {
        let list = fingerprint(organization(1), &Filter::default());
        assert_eq!(read(&write(&position(), list), list), Some(position()));
    }

    #[test]
    fn a_token_of_another_list_is_none() {
        let list = fingerprint(organization(1), &Filter::default());
        let filter = Filter {
            actor: Some("usr_1".into()),
            ..Filter::default()
        };
        for other in [
            fingerprint(organization(2), &Filter::default()),
            fingerprint(organization(1), &filter),
        ] {
            assert_eq!(read(&write(&position(), other), list), None);
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,80}") {
            prop_assert_eq!(read(&text, fingerprint(organization(1), &Filter::default())), None);
        }
    }
}
