//! docs/errors.md is where every problem's `type` leads: it has each reason that a call can fail with, and no other.
//!
//! The reasons stand where they are answered, beside their code: in each service's exhaustive match of its errors. They
//! are read from there, so that there is no second list that could be forgotten.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use entente_runtime::status::code_name;
use tonic::Code;

/// What was found in the code: each reason with the gRPC codes that it comes with.
type Reasons = BTreeMap<String, BTreeSet<&'static str>>;

/// The calls that make a failure of parts which stand elsewhere in the same file, or in a list that is public.
const MADE_OF_PARTS: [&str; 2] = ["code, reason,", "self.code(), self.as_str(),"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The Rust files below a folder.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The code of every crate and service, without its tests, and with one space wherever there is any.
fn code() -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    for group in ["crates", "services"] {
        for member in fs::read_dir(root().join(group)).unwrap() {
            sources(&member.unwrap().path().join("src"), &mut files);
        }
    }
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let tested = text.split("#[cfg(test)]\nmod ").next().unwrap();
        let words: Vec<&str> = tested.split_whitespace().collect();
        (path, words.join(" "))
    };
    files.into_iter().map(read).collect()
}

/// `Code::NotFound, "NOT_FOUND"` at the beginning of the text.
fn literal(text: &str) -> Option<(&'static str, String)> {
    let (code, rest) = text.trim_start().strip_prefix("Code::")?.split_once(',')?;
    let reason = quoted(rest)?;
    let known = (0..17)
        .map(Code::from_i32)
        .find(|known| format!("{known:?}") == code);
    Some((code_name(known?), reason))
}

/// A text of capitals in quotes, at the beginning.
fn quoted(text: &str) -> Option<String> {
    let (reason, _) = text.trim_start().strip_prefix('"')?.split_once('"')?;
    let capitals = |letter: char| letter.is_ascii_uppercase() || letter == '_';
    (!reason.is_empty() && reason.chars().all(capitals)).then(|| reason.to_owned())
}

/// All reasons in the code.
fn answered() -> Reasons {
    let mut reasons = Reasons::new();
    for (path, text) in code() {
        for (start, _) in text.match_indices("Code::") {
            if let Some((code, reason)) = literal(&text[start..]) {
                reasons.entry(reason).or_default().insert(code);
            }
        }
        for (_, details) in text
            .match_indices("with_error_info(")
            .map(|(at, call)| (at, &text[at + call.len()..]))
        {
            let reason = quoted(details)
                .unwrap_or_else(|| panic!("{}: write the reason as a literal", path.display()));
            reasons.entry(reason).or_default();
        }
        for made in text.split("Failure::new(").skip(1).map(str::trim_start) {
            let parts = MADE_OF_PARTS.iter().any(|parts| made.starts_with(parts));
            assert!(
                parts || literal(made).is_some(),
                "{}: write code and reason as literals side by side, so that this test sees them: {made:.60}",
                path.display()
            );
        }
    }
    for reason in entente_access::Reason::ALL {
        let codes = reasons.entry(reason.as_str().to_owned()).or_default();
        codes.insert(code_name(reason.code()));
    }
    for reason in entente_transcoder::Reason::ALL {
        reasons.entry(reason.as_str().to_owned()).or_default();
    }
    reasons
}

/// Each section of the page and the code that it names, such as `NOT_FOUND, HTTP 404.`
fn documented() -> Vec<(String, String)> {
    let page = fs::read_to_string(root().join("docs/errors.md")).unwrap();
    page.split("\n## ")
        .skip(1)
        .map(|section| {
            let (reason, text) = section.split_once('\n').unwrap();
            let (code, _) = text.split_once(", HTTP ").expect(reason);
            (reason.to_owned(), code.to_owned())
        })
        .collect()
}

#[test]
fn every_reason_has_a_section_and_every_section_a_reason() {
    let answered: BTreeSet<String> = answered().into_keys().collect();
    let documented: BTreeSet<String> = documented().into_iter().map(|(reason, _)| reason).collect();
    assert!(
        answered.len() > 40,
        "the reasons in the code were not found: {answered:?}"
    );

    let missing: Vec<_> = answered.difference(&documented).collect();
    let stale: Vec<_> = documented.difference(&answered).collect();

    assert!(
        missing.is_empty(),
        "docs/errors.md lacks a section for {missing:?}"
    );
    assert!(
        stale.is_empty(),
        "docs/errors.md has sections that no call fails with any more: {stale:?}"
    );
}

#[test]
fn a_reason_has_one_section_and_the_code_that_it_names() {
    let answered = answered();
    let mut seen = BTreeSet::new();
    for (reason, code) in documented() {
        assert!(seen.insert(reason.clone()), "docs/errors.md has {reason} twice");
        for answered in answered.get(&reason).into_iter().flatten() {
            assert_eq!(code, *answered, "docs/errors.md names another code for {reason}");
        }
    }
}
