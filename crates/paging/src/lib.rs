//! Pages of a list: a token says after which row the next page begins, and for which list it was given.
//!
//! ```
//! # use entente_paging::Page;
//! # let (page_size, page_token, organization) = (1, "", "org_1");
//! let page: Page<String> = Page::read(page_size, page_token, &["ListProducts", organization])?;
//! assert_eq!((page.after(), page.limit()), (None, 2));
//! // What the database has after that row, in its order, and one row more than the page shows:
//! let (rows, next_page_token) = page.cut(vec!["solar", "wind"], |row| (*row).to_owned());
//! assert_eq!(rows, ["solar"]);
//! let next: Page<String> = Page::read(page_size, &next_page_token, &["ListProducts", organization])?;
//! assert_eq!(next.after().map(String::as_str), Some("solar"));
//! # Ok::<(), entente_paging::ForeignToken>(())
//! ```

mod key;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entente_runtime::status::Failure;
use sha2::{Digest as _, Sha256};
use tonic::Status;

pub use key::Key;

/// How many rows a page has where the caller doesn't say.
const USUAL: u16 = 50;
/// The contract's bound.
const MOST: u16 = 200;
const SEAL: usize = 8;

/// Which page of a list: how long it is, and the key of the row before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<K> {
    size: u16,
    after: Option<K>,
    seal: [u8; SEAL],
}

/// A page token that is none, or was given for another list or filter. The caller gets INVALID_ARGUMENT that names
/// `page_token`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not of this list: give the next_page_token of the page before, and its filter")]
pub struct ForeignToken;

impl From<ForeignToken> for Status {
    fn from(error: ForeignToken) -> Self {
        Failure::field("page_token", &error.to_string()).into()
    }
}

impl<K: Key> Page<K> {
    /// Reads what a request asks for: at most `page_size` rows, 50 where it is zero, and never more than 200. `list` names
    /// the list with all that filters it, so that a token of another one isn't taken.
    ///
    /// # Errors
    /// [`ForeignToken`].
    pub fn read(page_size: i32, page_token: &str, list: &[&str]) -> Result<Self, ForeignToken> {
        let seal = seal(list);
        let size = match page_size {
            ..=0 => USUAL,
            asked => u16::try_from(asked).unwrap_or(MOST).min(MOST),
        };
        let after = match page_token {
            "" => None,
            token => Some(key(token, seal).ok_or(ForeignToken)?),
        };
        Ok(Self { size, after, seal })
    }

    /// The key of the row before the page; none for the first page.
    pub fn after(&self) -> Option<&K> {
        self.after.as_ref()
    }

    /// How many rows to read: one more than the page has, to know whether there is another page.
    pub fn limit(&self) -> i64 {
        i64::from(self.size) + 1
    }

    /// Cuts what was read to the page, and gives the token of the next one: empty on the last.
    pub fn cut<T>(&self, mut rows: Vec<T>, key: impl FnOnce(&T) -> K) -> (Vec<T>, String) {
        let size = usize::from(self.size);
        if rows.len() <= size {
            return (rows, String::new());
        }
        rows.truncate(size);
        let token = rows.last().map(|last| self.token(&key(last)));
        (rows, token.unwrap_or_default())
    }

    fn token(&self, key: &K) -> String {
        let mut bytes = self.seal.to_vec();
        key.write(&mut bytes);
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

fn key<K: Key>(token: &str, seal: [u8; SEAL]) -> Option<K> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let mut rest = bytes.strip_prefix(&seal)?;
    let key = K::read(&mut rest)?;
    rest.is_empty().then_some(key)
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

    type Names = (String, String);

    /// A list as the database would give it: sorted, without the key and what is before it.
    fn read_all(keys: &[Names], size: i32) -> Vec<Names> {
        let (mut seen, mut token) = (Vec::new(), String::new());
        loop {
            let page = Page::<Names>::read(size, &token, &["List", "org_1"]).unwrap();
            let limit = usize::try_from(page.limit()).unwrap();
            let rows: Vec<_> = keys
                .iter()
                .filter(|key| page.after().is_none_or(|after| *key > after))
                .take(limit)
                .collect();
            let (rows, next) = page.cut(rows, |key| (*key).clone());
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
            prop_assert_eq!(Page::<String>::read(0, &text, &["List"]), Err(ForeignToken));
        }
    }

    #[test]
    fn a_token_of_another_list_or_filter_is_refused() {
        let list = ["members", "org_1", "owner"];
        let page = Page::<String>::read(1, "", &list).unwrap();
        let (_, token) = page.cut(vec!["a", "b"], |row| (*row).to_owned());
        assert!(Page::<String>::read(1, &token, &list).is_ok());
        for other in [
            ["members", "org_2", "owner"],
            ["members", "org_1", ""],
            ["members", "org_1owner", ""],
        ] {
            let refused = Page::<String>::read(1, &token, &other);
            assert_eq!(refused, Err(ForeignToken), "{other:?}");
        }
    }

    #[test]
    fn a_token_with_another_kind_of_key_is_refused() {
        let page = Page::<String>::read(1, "", &[]).unwrap();
        let (_, token) = page.cut(vec!["a", "b"], |row| (*row).to_owned());
        assert_eq!(Page::<Names>::read(1, &token, &[]), Err(ForeignToken));
    }

    #[test]
    fn a_page_is_of_fifty_unless_it_is_said_and_never_over_two_hundred() {
        let limit = |size| Page::<String>::read(size, "", &[]).unwrap().limit();
        assert_eq!([0, 7, 200, 201, i32::MAX].map(limit), [51, 8, 201, 201, 201]);
    }
}
