//! Page tokens: where a list goes on. They fit only the list that they came from.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::error::Error;
use crate::store::member_list::{OrderBy, Place};

const DEFAULT_SIZE: usize = 50;
const MARK: usize = 8;

/// One list with its filter: pages of another one don't belong to it.
pub(super) struct List([u8; MARK]);

impl List {
    /// The list of this name with these parameters.
    pub(super) fn new(parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        let mut mark = [0; MARK];
        mark.iter_mut()
            .zip(hash.finalize())
            .for_each(|(to, from)| *to = from);
        Self(mark)
    }

    /// The token that goes on after this key.
    pub(super) fn token(&self, key: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode([&self.0, key].concat())
    }

    /// The key after which the page begins; none for the first.
    pub(super) fn key(&self, token: &str) -> Result<Option<Vec<u8>>, Error> {
        if token.is_empty() {
            return Ok(None);
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).ok();
        let key = bytes
            .as_deref()
            .and_then(|bytes| bytes.strip_prefix(&self.0))
            .map(<[u8]>::to_vec);
        key.map(Some).ok_or_else(foreign)
    }

    /// The text after which the page begins.
    pub(super) fn text_key(&self, token: &str) -> Result<String, Error> {
        String::from_utf8(self.key(token)?.unwrap_or_default()).map_err(|_| foreign())
    }
}

/// The key of a place in a list of members.
pub(super) fn of_place(place: &Place) -> Vec<u8> {
    match place {
        Place::Time(time, id) => [id.as_bytes(), time.as_microsecond().to_be_bytes().as_slice()].concat(),
        Place::Text(text, id) => [id.as_bytes(), text.as_bytes()].concat(),
    }
}

/// The place of a key in a list of this order.
pub(super) fn place(order: OrderBy, key: &[u8]) -> Result<Place, Error> {
    read_place(order, key).ok_or_else(foreign)
}

fn read_place(order: OrderBy, key: &[u8]) -> Option<Place> {
    let (id, rest) = key.split_first_chunk::<16>()?;
    let id = Uuid::from_bytes(*id);
    match order {
        OrderBy::CreateTime => {
            let time = i64::from_be_bytes(rest.try_into().ok()?);
            Some(Place::Time(Timestamp::from_microsecond(time).ok()?, id))
        }
        OrderBy::DisplayName | OrderBy::Email => {
            Some(Place::Text(String::from_utf8(rest.to_vec()).ok()?, id))
        }
    }
}

fn foreign() -> Error {
    Error::field(
        "page_token",
        "is not from this list: repeat the list with the same filter, or begin anew",
    )
}

/// How many items a page has.
pub(super) fn size(asked: i32) -> usize {
    usize::try_from(asked)
        .ok()
        .filter(|size| *size > 0)
        .unwrap_or(DEFAULT_SIZE)
}

/// Cuts what was read to the page, and tells whether more follows: one more than the page holds was asked for.
pub(super) fn cut<T>(mut items: Vec<T>, size: usize) -> (Vec<T>, bool) {
    let more = items.len() > size;
    items.truncate(size);
    (items, more)
}

/// How many items to ask for.
pub(super) fn limit(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_leads_back_to_its_key() {
        let list = List::new(&["members", "org_1", "owner"]);
        let time = Timestamp::constant(1_700_000_000, 123_456_000);
        for (order, there) in [
            (OrderBy::CreateTime, Place::Time(time, Uuid::from_u128(7))),
            (
                OrderBy::DisplayName,
                Place::Text("zoé".to_owned(), Uuid::from_u128(7)),
            ),
        ] {
            let key = list.key(&list.token(&of_place(&there))).unwrap().unwrap();
            assert_eq!(place(order, &key).unwrap(), there);
        }
        assert_eq!(list.key("").unwrap(), None);
    }

    #[test]
    fn a_token_of_another_list_is_refused() {
        let token = List::new(&["members", "org_1", "owner"]).token(b"key");
        for other in [
            ["members", "org_2", "owner"],
            ["members", "org_1", ""],
            ["members", "org_1owner", ""],
        ] {
            assert!(List::new(&other).key(&token).is_err(), "{other:?}");
        }
    }

    #[test]
    fn a_garbled_token_is_refused() {
        let list = List::new(&["members"]);
        for token in ["?", "AA", "é", &list.token(b"short")] {
            let read = list
                .key(token)
                .and_then(|key| place(OrderBy::CreateTime, &key.unwrap_or_default()));
            assert!(read.is_err(), "{token}");
        }
    }
}
