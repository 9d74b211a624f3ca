//! What orders the rows of a list.

use entente_ids::{Id, Kind};
use jiff::Timestamp;
use uuid::Uuid;

/// What orders the rows of a list, each row by another value.
pub trait Key: Sized {
    /// Adds the key to the bytes of a token.
    fn write(&self, token: &mut Vec<u8>);

    /// Takes the key off the front of a token's bytes; none where it doesn't stand there.
    fn read(token: &mut &[u8]) -> Option<Self>;
}

/// A text ends in NUL: the database takes none within.
impl Key for String {
    fn write(&self, token: &mut Vec<u8>) {
        token.extend_from_slice(self.as_bytes());
        token.push(0);
    }

    fn read(token: &mut &[u8]) -> Option<Self> {
        let mut parts = token.splitn(2, |byte| *byte == 0);
        let (text, rest) = (parts.next()?, parts.next()?);
        *token = rest;
        Self::from_utf8(text.to_vec()).ok()
    }
}

/// To the microsecond, as the database keeps it.
impl Key for Timestamp {
    fn write(&self, token: &mut Vec<u8>) {
        token.extend_from_slice(&self.as_microsecond().to_be_bytes());
    }

    fn read(token: &mut &[u8]) -> Option<Self> {
        Self::from_microsecond(i64::from_be_bytes(take(token)?)).ok()
    }
}

/// For lists of more than one kind of thing; otherwise give the [`Id`].
impl Key for Uuid {
    fn write(&self, token: &mut Vec<u8>) {
        token.extend_from_slice(self.as_bytes());
    }

    fn read(token: &mut &[u8]) -> Option<Self> {
        Some(Self::from_bytes(take(token)?))
    }
}

impl<K: Kind> Key for Id<K> {
    fn write(&self, token: &mut Vec<u8>) {
        self.uuid().write(token);
    }

    fn read(token: &mut &[u8]) -> Option<Self> {
        Uuid::read(token).map(Self::from_uuid)
    }
}

impl<A: Key, B: Key> Key for (A, B) {
    fn write(&self, token: &mut Vec<u8>) {
        self.0.write(token);
        self.1.write(token);
    }

    fn read(token: &mut &[u8]) -> Option<Self> {
        Some((A::read(token)?, B::read(token)?))
    }
}

fn take<const N: usize>(token: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = token.split_first_chunk()?;
    *token = rest;
    Some(*taken)
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use entente_ids::EventId;

    use super::*;

    #[track_caller]
    fn reads_back<K: Key + PartialEq + Debug>(key: K) {
        let mut bytes = Vec::new();
        key.write(&mut bytes);
        bytes.push(7);
        let mut token = bytes.as_slice();
        assert_eq!(K::read(&mut token), Some(key));
        assert_eq!(token, [7]);
    }

    fn instant() -> Timestamp {
        "1969-05-01T10:00:00.123456Z".parse().unwrap()
    }

    #[test]
    fn a_text_reads_back() {
        for text in ["", "Énergie", "a b"] {
            reads_back(text.to_owned());
        }
    }

    #[test]
    fn a_time_with_an_id_reads_back() {
        reads_back((instant(), EventId::new(Timestamp::UNIX_EPOCH, [9; 10])));
    }

    #[test]
    fn a_uuid_reads_back() {
        reads_back(Uuid::from_u128(7));
    }

    #[test]
    fn two_texts_read_back_apart() {
        reads_back(("a".to_owned(), "b".to_owned()));
        reads_back(("ab".to_owned(), String::new()));
    }

    #[test]
    fn what_is_cut_off_is_no_key() {
        let mut bytes = Vec::new();
        (instant(), "text".to_owned()).write(&mut bytes);
        for length in 0..bytes.len() {
            assert_eq!(
                <(Timestamp, String)>::read(&mut &bytes[..length]),
                None,
                "{length}"
            );
        }
    }
}
