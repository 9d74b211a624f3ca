//! Where a list goes on: opaque to the caller, and good for the same list only.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entente_ids::NotificationId;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::store::notification::{Filter, Part, Position};

/// So many bytes of the list's hash stand before the position.
const SEAL: usize = 8;

/// Writes a token.
pub(super) fn write(position: Position, filter: &Filter) -> String {
    let mut bytes = seal(filter);
    bytes.extend(position.occurred_at.as_microsecond().to_be_bytes());
    bytes.extend(position.id.uuid().as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads a token, if it is one of this list.
pub(super) fn read(token: &str, filter: &Filter) -> Option<Position> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let bytes = bytes.strip_prefix(seal(filter).as_slice())?;
    let (time, id) = bytes.split_first_chunk::<8>()?;
    Some(Position {
        occurred_at: Timestamp::from_microsecond(i64::from_be_bytes(*time)).ok()?,
        id: NotificationId::from_uuid(Uuid::from_slice(id).ok()?),
    })
}

fn seal(filter: &Filter) -> Vec<u8> {
    let part = match filter.part {
        Part::All => "all",
        Part::Unread => "unread",
    };
    let hash = Sha256::digest(format!("{} {} {part}", filter.organization, filter.user));
    hash.iter().take(SEAL).copied().collect()
}

#[cfg(test)]
mod tests {
    use entente_ids::{OrganizationId, UserId};
    use proptest::prelude::*;

    use super::*;

    fn filter(user: u8, part: Part) -> Filter {
        let now = Timestamp::UNIX_EPOCH;
        Filter {
            organization: OrganizationId::new(now, [1; 10]),
            user: UserId::new(now, [user; 10]),
            part,
        }
    }

    #[test]
    fn a_token_is_good_for_its_own_list_only() {
        let occurred_at = "2024-05-01T10:00:00.123456Z".parse().unwrap();
        let position = Position {
            occurred_at,
            id: NotificationId::new(occurred_at, [9; 10]),
        };
        let token = write(position, &filter(1, Part::All));
        assert_eq!(read(&token, &filter(1, Part::All)), Some(position));
        assert_eq!(read(&token, &filter(1, Part::Unread)), None);
        assert_eq!(read(&token, &filter(2, Part::All)), None);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,80}") {
            prop_assert_eq!(read(&text, &filter(1, Part::All)), None);
        }
    }
}
