//! A folder of mails, as a reader finds them.

use std::path::Path;

use mail_parser::MessageParser;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    pub file: String,
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    pub id: String,
}

impl Mail {
    /// The one line that is a link to this page.
    pub fn link(&self, page: &str) -> String {
        let beginning = format!("http://127.0.0.1:8080/{page}/");
        let links: Vec<&str> = self
            .text
            .lines()
            .filter(|line| line.starts_with(&beginning))
            .collect();
        assert_eq!(links.len(), 1, "{}", self.text);
        links[0].to_owned()
    }
}

/// The mails in a folder, by name.
pub fn mails(folder: &Path) -> Vec<Mail> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = entries
        .filter(|path| path.extension().is_some_and(|end| end == "eml"))
        // One that is just being written is empty.
        .filter(|path| path.metadata().is_ok_and(|file| file.len() > 0))
        .collect();
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> Mail {
    let bytes = std::fs::read(path).unwrap();
    let message = MessageParser::default().parse(&bytes).unwrap();
    let to = message.to().unwrap();
    assert_eq!(to.iter().count(), 1, "{to:?}");
    assert_eq!(
        message.header_raw("Auto-Submitted").map(str::trim),
        Some("auto-generated")
    );
    Mail {
        file: path.file_name().unwrap().to_str().unwrap().to_owned(),
        to: to.first().unwrap().address().unwrap().to_owned(),
        subject: message.subject().unwrap().to_owned(),
        text: message.body_text(0).unwrap().replace("\r\n", "\n"),
        html: message.body_html(0).unwrap().into_owned(),
        id: message.message_id().unwrap().to_owned(),
    }
}
