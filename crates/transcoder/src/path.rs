//! The path of a request, cut into segments and decoded once.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::refusal::Refusal;

/// A request's path. A `:` in its last segment may or may not begin a verb: only the routes can tell, so both
/// readings are kept.
pub(crate) struct RequestPath {
    pub(crate) plain: Vec<String>,
    pub(crate) with_verb: Option<(Vec<String>, String)>,
}

impl RequestPath {
    pub(crate) fn parse(path: &str) -> Result<Self, Refusal> {
        let path = path.strip_prefix('/').unwrap_or(path);
        if path.is_empty() {
            return Ok(Self {
                plain: Vec::new(),
                with_verb: None,
            });
        }
        let plain = path.split('/').map(decode).collect::<Result<Vec<_>, _>>()?;
        let last = path.rsplit('/').next().unwrap_or_default();
        let Some((stem, verb)) = last.rsplit_once(':') else {
            return Ok(Self {
                plain,
                with_verb: None,
            });
        };
        let mut stemmed = plain.clone();
        stemmed.pop();
        stemmed.push(decode(stem)?);
        let with_verb = Some((stemmed, decode(verb)?));
        Ok(Self { plain, with_verb })
    }
}

fn decode(segment: &str) -> Result<String, Refusal> {
    match percent_decode(segment) {
        Ok(text) => Ok(text.into_owned()),
        Err(problem) => Err(Refusal::malformed(format!("the path {problem}"))),
    }
}

/// Decodes `%XX` and refuses what isn't whole or doesn't give UTF-8.
pub(crate) fn percent_decode(text: &str) -> Result<Cow<'_, str>, &'static str> {
    let whole = text
        .split('%')
        .skip(1)
        .all(|after| after.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2);
    if !whole {
        return Err("has a `%` without two hexadecimal digits; write a percent sign as %25");
    }
    percent_decode_str(text)
        .decode_utf8()
        .map_err(|_| "is not UTF-8 once decoded; encode text as UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percent_sign_needs_two_digits() {
        for text in ["%", "%1", "a%", "%zz", "%1g", "%%20", "%é"] {
            assert!(percent_decode(text).is_err(), "{text} was accepted");
        }
        assert_eq!(percent_decode("a%20b%2Fc%C3%A9").unwrap(), "a b/cé");
    }

    #[test]
    fn bytes_that_are_no_utf8_are_refused() {
        assert!(percent_decode("%ff").is_err());
        assert!(percent_decode("%c3%28").is_err());
    }

    #[test]
    fn a_colon_is_kept_both_ways() {
        let path = RequestPath::parse("/v1/a:b:c").unwrap();
        assert_eq!(path.plain, ["v1", "a:b:c"]);
        assert_eq!(
            path.with_verb,
            Some((vec!["v1".to_owned(), "a:b".to_owned()], "c".to_owned()))
        );
    }
}
