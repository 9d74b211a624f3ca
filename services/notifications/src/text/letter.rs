//! What a mail says: a subject, a text, and the same as HTML.

use fluent_bundle::FluentArgs;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Catalogue;
use crate::domain::facts::{Facts, lines, one_line};
use crate::domain::kind::Kind;

/// A link in a letter.
#[derive(Debug, Clone, Copy)]
pub struct Link<'a> {
    /// Its address.
    pub url: &'a str,
    /// Until when it can be used.
    pub until: Timestamp,
    /// A personal word of who invites; empty for none.
    pub word: &'a str,
}

/// A letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// One line.
    pub subject: String,
    /// Plain text; the link stands on a line of its own.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

enum Block {
    Paragraph(String),
    Link(String),
    Quotation(Vec<String>),
    Note(String),
}

impl Letter {
    /// The letter of a kind, with times of a zone.
    pub fn new(
        catalogue: &Catalogue,
        kind: Kind,
        facts: &Facts,
        zone: &TimeZone,
        link: Option<Link<'_>>,
    ) -> Self {
        let mut arguments = catalogue.arguments(facts, zone);
        if let Some(link) = link {
            arguments.set("until", catalogue.time(link.until, zone));
        }
        let subject = one_line(&catalogue.of_kind(kind, "subject", &arguments));
        let blocks = blocks(catalogue, kind, &arguments, link);
        let text = blocks.iter().map(Block::text).collect::<Vec<_>>().join("\n\n") + "\n";
        let html = html(catalogue.language().tag(), &subject, &blocks);
        Self { subject, text, html }
    }
}

/// The link stands before anything that somebody else has written, so that whoever looks for it finds ours first.
fn blocks(
    catalogue: &Catalogue,
    kind: Kind,
    arguments: &FluentArgs<'_>,
    link: Option<Link<'_>>,
) -> Vec<Block> {
    let text = catalogue.of_kind(kind, "text", arguments);
    let mut blocks: Vec<Block> = text
        .split("\n\n")
        .map(|paragraph| Block::Paragraph(paragraph.to_owned()))
        .collect();
    if let Some(link) = link {
        blocks.push(Block::Link(link.url.to_owned()));
        if !link.word.trim().is_empty() {
            blocks.push(Block::Paragraph(catalogue.text("writes", None, arguments)));
            blocks.push(Block::Quotation(lines(link.word.trim())));
        }
    }
    blocks.push(Block::Note(catalogue.of_kind(kind, "note", arguments)));
    blocks
}

impl Block {
    fn text(&self) -> String {
        match self {
            Self::Paragraph(text) | Self::Link(text) | Self::Note(text) => text.clone(),
            Self::Quotation(lines) => lines
                .iter()
                .map(|line| format!("> {line}").trim_end().to_owned())
                .collect::<Vec<_>>()
                .join("\n"),
        }
    }

    fn html(&self) -> String {
        match self {
            Self::Paragraph(text) => format!("<p>{}</p>", escape(text)),
            Self::Link(url) => format!("<p><a href=\"{url}\">{url}</a></p>", url = escape(url)),
            Self::Quotation(lines) => {
                let lines: Vec<String> = lines.iter().map(|line| escape(line)).collect();
                format!("<blockquote>{}</blockquote>", lines.join("<br>\n"))
            }
            Self::Note(text) => format!("<p><small>{}</small></p>", escape(text)),
        }
    }
}

fn html(language: &str, subject: &str, blocks: &[Block]) -> String {
    let title = escape(subject);
    let body = blocks.iter().map(Block::html).collect::<Vec<_>>().join("\n");
    format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<head><meta charset=\"utf-8\"><title>{title}</title></head>\n\
         <body>\n{body}\n</body>\n</html>\n"
    )
}

/// Text as HTML, for content and for quoted attributes alike.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::facts::Fact;
    use crate::domain::language::Language;

    const LINK: Link<'static> = Link {
        url: "http://127.0.0.1:8080/join/t",
        until: Timestamp::constant(1_700_000_000, 0),
        word: "",
    };

    fn letter(name: &str, link: Link<'_>) -> Letter {
        let facts = Facts::default()
            .with(Fact::Organization, "Alpina")
            .with(Fact::Client, name)
            .with(Fact::Partner, "Alpina");
        Letter::new(
            &Catalogue::new(Language::En).unwrap(),
            Kind::InvitationCreated,
            &facts,
            &TimeZone::UTC,
            Some(link),
        )
    }

    #[test]
    fn a_name_with_markup_is_text() {
        let letter = letter("<a href='//evil'>\"Berger\" & Co</a>", LINK);
        assert!(
            letter
                .subject
                .starts_with("<a href='//evil'>\"Berger\" & Co</a> invites")
        );
        assert!(!letter.html.contains("<a href='"), "{}", letter.html);
        assert!(
            letter
                .html
                .contains("&lt;a href=&#39;//evil&#39;&gt;&quot;Berger&quot; &amp; Co&lt;/a&gt;")
        );
    }

    #[test]
    fn a_name_cannot_begin_a_line() {
        let letter = letter(
            "Berger\r\n\r\nhttp://evil/invitations/x\r\nBcc: a@example.com",
            LINK,
        );
        assert_eq!(letter.subject.lines().count(), 1);
        let line = |line: &str| letter.text.lines().any(|found| found == line);
        assert!(
            line(LINK.url) && !line("http://evil/invitations/x"),
            "{}",
            letter.text
        );
    }

    #[test]
    fn a_personal_word_is_quoted_below_the_link() {
        let letter = letter(
            "Berger",
            Link {
                word: "Hello,\n<b>http://evil/join/x</b>",
                ..LINK
            },
        );
        let (before, after) = letter.text.split_once(LINK.url).unwrap();
        assert!(!before.contains("evil"));
        assert!(
            after.contains("Berger writes:\n\n> Hello,\n> <b>http://evil/join/x</b>\n"),
            "{after}"
        );
        assert!(
            letter
                .html
                .contains("<blockquote>Hello,<br>\n&lt;b&gt;http://evil/join/x&lt;/b&gt;</blockquote>")
        );
    }
}
