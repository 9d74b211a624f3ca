//! Pages of a list: a token says after which row the next page begins, and for which list it was given.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::error::Error;

const DEFAULT_SIZE: i64 = 50;
const SEAL: usize = 8;
/// Parts a row's key, of which no part contains it: the database takes no NUL.
const BETWEEN: &str = "\0";

/// Which page of a list: how long it is, and the key of the row before it in `N` parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<const N: usize> {
    size: i64,
    after: Option<[String; N]>,
    seal: [u8; SEAL],
}

impl<const N: usize> Page<N> {
    /// Reads what a request asks for. `list` names the list with all that filters it, so that a token of another one
    /// isn't taken.
    ///
    /// # Errors
    /// [`Error::Fields`] naming `page_token`.
    pub fn read(page_size: i32, page_token: &str, list: &[&str]) -> Result<Self, Error> {
        let seal = seal(list);
        let size = if page_size > 0 {
            i64::from(page_size)
        } else {
            DEFAULT_SIZE
        };
        if page_token.is_empty() {
            return Ok(Self {
                size,
                after: None,
                seal,
            });
        }
        let after = key(page_token, seal).ok_or_else(wrong)?;
        Ok(Self {
            size,
            after: Some(after),
            seal,
        })
    }

    /// The key of the row before the page; none for the first page.
    pub fn after(&self) -> Option<&[String; N]> {
        self.after.as_ref()
    }

    /// How many rows to read: one more than the page has, to know whether there is another page.
    pub fn limit(&self) -> i64 {
        self.size + 1
    }

    /// Cuts what was read to the page, and gives the token of the next one: empty on the last.
    pub fn cut<T>(&self, mut rows: Vec<T>, key: impl FnOnce(&T) -> [String; N]) -> (Vec<T>, String) {
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        if rows.len() <= size {
            return (rows, String::new());
        }
        rows.truncate(size);
        let token = rows
            .last()
            .map(key)
            .map(|key| self.token(&key))
            .unwrap_or_default();
        (rows, token)
    }

    fn token(&self, key: &[String; N]) -> String {
        let mut bytes = self.seal.to_vec();
        bytes.extend_from_slice(key.join(BETWEEN).as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

/// A page token that can't be used.
pub fn wrong() -> Error {
    Error::field(
        "page_token",
        "is not of this list: give the next_page_token of the page before, and its filter",
    )
}

fn key<const N: usize>(token: &str, seal: [u8; SEAL]) -> Option<[String; N]> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let key = bytes.strip_prefix(&seal)?;
    let parts: Vec<String> = std::str::from_utf8(key)
        .ok()?
        .split(BETWEEN)
        .map(str::to_owned)
        .collect();
    parts.try_into().ok()
}

fn seal(list: &[&str]) -> [u8; SEAL] {
    let mut hash = Sha256::new();
    for part in list {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hash.finalize().first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A list as the database would give it: sorted, without the key and what is before it.
    fn read_all(keys: &[(String, String)], size: i32) -> Vec<(String, String)> {
        let (mut seen, mut token) = (Vec::new(), String::new());
        loop {
            let page = Page::<2>::read(size, &token, &["List", "org_1"]).unwrap();
            let after = page.after().map(|[a, b]| (a.clone(), b.clone()));
            let limit = usize::try_from(page.limit()).unwrap();
            let rows: Vec<_> = keys
                .iter()
                .filter(|key| after.as_ref().is_none_or(|after| *key > after))
                .take(limit)
                .collect();
            let (rows, next) = page.cut(rows, |(a, b)| [a.clone(), b.clone()]);
            assert!(rows.len() <= usize::try_from(size).unwrap() && next.len() <= 1024);
            seen.extend(rows.into_iter().cloned());
            if next.is_empty() {
                return seen;
            }
            token = next;
        }
    }

    proptest! {
        #[test]
        fn the_pages_of_a_list_are_the_list(
            keys in prop::collection::btree_set(("[^\0]{0,60}", "[^\0]{0,120}"), 0..30),
            size in 1..12_i32,
        ) {
            let keys: Vec<_> = keys.into_iter().collect();
            prop_assert_eq!(read_all(&keys, size), keys);
        }

        #[test]
        fn no_text_is_a_token_by_chance(text in ".{1,100}") {
            prop_assert!(Page::<2>::read(0, &text, &["List"]).is_err());
        }
    }

    #[test]
    fn a_token_of_another_list_or_filter_is_refused() {
        let page = Page::<1>::read(1, "", &["List", "org_1", "pending"]).unwrap();
        let (_, token) = page.cut(vec!["a", "b"], |row| [(*row).to_owned()]);
        assert!(Page::<1>::read(1, &token, &["List", "org_1", "pending"]).is_ok());
        assert!(Page::<1>::read(1, &token, &["List", "org_1", ""]).is_err());
        assert!(Page::<1>::read(1, &token, &["List", "org_2", "pending"]).is_err());
        assert!(Page::<2>::read(1, &token, &["List", "org_1", "pending"]).is_err());
    }

    #[test]
    fn a_page_is_of_fifty_unless_it_is_said() {
        assert_eq!(Page::<1>::read(0, "", &[]).unwrap().limit(), 51);
        assert_eq!(Page::<1>::read(7, "", &[]).unwrap().limit(), 8);
    }
}
