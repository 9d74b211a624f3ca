//! Path templates of `google.api.http`: literals, `*`, `**`, `{field=segments}` and a `:verb` at the end.

use std::ops::Range;

/// What one segment of a path must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Segment {
    Literal(String),
    /// `*`: one segment that isn't empty.
    One,
    /// `**`: all segments that follow, also none.
    Rest,
}

/// A field of the request that a part of the path fills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Variable {
    /// The dotted path of the field.
    pub(crate) field: String,
    /// The template's segments that it covers.
    pub(crate) covers: Range<usize>,
}

/// A parsed path template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    pub(crate) segments: Vec<Segment>,
    pub(crate) variables: Vec<Variable>,
    pub(crate) verb: Option<String>,
}

impl Template {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let Some(rest) = text.strip_prefix('/') else {
            return Err("must start with `/`".to_owned());
        };
        let (rest, verb) = split_verb(rest)?;
        let mut template = Self {
            segments: Vec::new(),
            variables: Vec::new(),
            verb,
        };
        if rest.is_empty() {
            return Ok(template);
        }
        for part in split_outside_braces(rest)? {
            template.push(part)?;
        }
        template.check()?;
        Ok(template)
    }

    fn push(&mut self, part: &str) -> Result<(), String> {
        let Some(inner) = part.strip_prefix('{') else {
            self.segments.push(segment(part)?);
            return Ok(());
        };
        let Some(inner) = inner.strip_suffix('}') else {
            return Err(format!("`{part}` must end with `}}`"));
        };
        let (field, pattern) = inner.split_once('=').unwrap_or((inner, "*"));
        if !is_field_path(field) {
            return Err(format!("`{field}` is not the path of a field"));
        }
        if self.variables.iter().any(|known| known.field == field) {
            return Err(format!("`{field}` stands in it twice"));
        }
        let start = self.segments.len();
        for piece in pattern.split('/') {
            self.segments.push(segment(piece)?);
        }
        self.variables.push(Variable {
            field: field.to_owned(),
            covers: start..self.segments.len(),
        });
        Ok(())
    }

    fn check(&self) -> Result<(), String> {
        let before_last = self.segments.len().saturating_sub(1);
        if self
            .segments
            .iter()
            .take(before_last)
            .any(|segment| *segment == Segment::Rest)
        {
            return Err("`**` must be the last segment".to_owned());
        }
        Ok(())
    }

    /// Whether a value of this variable can hold more than one path segment.
    pub(crate) fn spans_segments(&self, variable: &Variable) -> bool {
        variable.covers.len() > 1 || self.covered(variable).any(|segment| *segment == Segment::Rest)
    }

    /// The segments that a variable covers.
    pub(crate) fn covered(&self, variable: &Variable) -> impl Iterator<Item = &Segment> {
        self.segments
            .iter()
            .skip(variable.covers.start)
            .take(variable.covers.len())
    }

    /// What a variable stands for, from the segments of a path that matched. Where it spans several segments, a `/`
    /// inside one of them stays `%2F`, so that the segments can still be told apart.
    pub(crate) fn value(&self, variable: &Variable, path: &[String]) -> String {
        let matched = path.iter().skip(variable.covers.start);
        if !self.spans_segments(variable) {
            return matched.take(1).cloned().collect();
        }
        let open_ended = self.covered(variable).any(|segment| *segment == Segment::Rest);
        let count = if open_ended {
            usize::MAX
        } else {
            variable.covers.len()
        };
        matched
            .take(count)
            .map(|segment| segment.replace('/', "%2F"))
            .collect::<Vec<_>>()
            .join("/")
    }
}

/// Takes the verb off the end. A `:` inside braces, or in a segment before the last, isn't one.
fn split_verb(text: &str) -> Result<(&str, Option<String>), String> {
    let Some((path, verb)) = text.rsplit_once(':') else {
        return Ok((text, None));
    };
    if verb.contains(['/', '}']) {
        return Ok((text, None));
    }
    if verb.is_empty() || verb.contains(['{', '*']) {
        return Err(format!("`:{verb}` is not a verb"));
    }
    Ok((path, Some(verb.to_owned())))
}

fn split_outside_braces(text: &str) -> Result<Vec<&str>, String> {
    let mut depth = 0_u32;
    let mut unbalanced = false;
    let parts = text
        .split(|character| {
            match character {
                '{' => depth += 1,
                '}' if depth > 0 => depth -= 1,
                '}' => unbalanced = true,
                '/' => return depth == 0,
                _ => {}
            }
            unbalanced |= depth > 1;
            false
        })
        .collect();
    if unbalanced || depth != 0 {
        return Err("its braces must pair, one level deep".to_owned());
    }
    Ok(parts)
}

fn segment(text: &str) -> Result<Segment, String> {
    match text {
        "" => Err("has an empty segment".to_owned()),
        "*" => Ok(Segment::One),
        "**" => Ok(Segment::Rest),
        literal if literal.contains(['{', '}', '*', '=', '?', '#', '%']) => {
            Err(format!("`{literal}` is neither a literal nor a variable"))
        }
        literal => Ok(Segment::Literal(literal.to_owned())),
    }
}

fn is_field_path(text: &str) -> bool {
    text.split('.').all(|part| {
        part.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && part
                .chars()
                .all(|character| character.is_ascii_alphanumeric() || character == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_gives_segments_variables_and_verb() {
        let template = Template::parse("/v1/{book.name=shelves/*/books/*}/pages/{page}:read").unwrap();
        assert_eq!(template.verb.as_deref(), Some("read"));
        assert_eq!(template.segments.len(), 7);
        assert_eq!(
            template.variables[0],
            Variable {
                field: "book.name".to_owned(),
                covers: 1..5
            }
        );
        assert_eq!(
            template.variables[1],
            Variable {
                field: "page".to_owned(),
                covers: 6..7
            }
        );
    }

    #[test]
    fn a_malformed_template_is_refused() {
        for text in [
            "",
            "v1",
            "/v1//a",
            "/v1/{",
            "/v1/}",
            "/v1/{a",
            "/v1/a}",
            "/v1/{a={b}}",
            "/v1/{a=}",
            "/v1/{}",
            "/v1/{1}",
            "/v1/{a}/{a}",
            "/v1/**/a",
            "/v1/{a=**}/b",
            "/v1/a*",
            "/v1/a:",
            "/v1/{a.}",
            "/v1/a%20b",
            "/v1/",
            "/{a}b",
        ] {
            assert!(Template::parse(text).is_err(), "{text} was accepted");
        }
    }

    #[test]
    fn the_root_is_a_template() {
        assert!(Template::parse("/").unwrap().segments.is_empty());
    }
}
