//! The folder that mails are written to.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Mutex;

use mail_parser::MessageParser;

use super::eventually;

/// A mail.
#[derive(Debug, Clone)]
pub struct Mail {
    pub id: String,
    pub to: String,
    pub subject: String,
    pub text: String,
}

/// Everybody's mails.
#[derive(Debug)]
pub struct Mailbox {
    folder: PathBuf,
    opened: Mutex<BTreeSet<String>>,
}

impl Mailbox {
    pub fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            opened: Mutex::default(),
        }
    }

    /// All mails, the oldest first.
    pub fn all(&self) -> Vec<Mail> {
        let Ok(entries) = std::fs::read_dir(&self.folder) else {
            return Vec::new();
        };
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| {
            let hidden = path
                .file_name()
                .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
            !hidden && path.extension().is_some_and(|extension| extension == "eml")
        });
        paths.sort();
        paths
            .iter()
            .map(|path| read(&std::fs::read(path).unwrap()))
            .collect()
    }

    /// Waits for a mail to an address with this subject that was not opened here before, and opens it.
    pub async fn open(&self, to: &str, subject: &str) -> Mail {
        eventually(&format!("the mail {subject:?} to {to}"), async || {
            let mails = self.all();
            let mut opened = self.opened.lock().unwrap();
            let wanted =
                |mail: &&Mail| mail.to == to && mail.subject == subject && !opened.contains(&mail.id);
            match mails.iter().find(wanted).cloned() {
                Some(mail) => {
                    opened.insert(mail.id.clone());
                    Ok(mail)
                }
                None => Err(mails
                    .into_iter()
                    .map(|mail| (mail.to, mail.subject))
                    .collect::<Vec<_>>()),
            }
        })
        .await
    }
}

impl Mail {
    /// The token of the link in it that leads to this page.
    pub fn link_token(&self, page: &str) -> String {
        let (_, rest) = self
            .text
            .split_once(&format!("/{page}/"))
            .unwrap_or_else(|| panic!("no link: {self:#?}"));
        rest.chars().take_while(|c| !c.is_whitespace()).collect()
    }
}

fn read(bytes: &[u8]) -> Mail {
    let mail = MessageParser::default().parse(bytes).unwrap();
    Mail {
        id: mail.message_id().unwrap().to_owned(),
        to: mail.to().unwrap().first().unwrap().address().unwrap().to_owned(),
        subject: mail.subject().unwrap().to_owned(),
        text: mail.body_text(0).unwrap().into_owned(),
    }
}
