//! The folder that mails are written to on one machine, and the links in them.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, bail};
use mail_parser::MessageParser;

/// What a mailed link leads to, as its address begins.
pub(super) const JOIN: &str = "/join/";
/// As [`JOIN`], for an invitation between organizations.
pub(super) const INVITATION: &str = "/invitations/";

const PATIENCE: Duration = Duration::from_secs(60);
const INTERVAL: Duration = Duration::from_millis(20);

/// Where the mails lie.
pub(super) struct Mailbox {
    folder: PathBuf,
}

impl Mailbox {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Waits for the mail to an address that has a link of this kind and the text, and gives the link's token.
    pub(super) async fn token(&self, email: &str, kind: &str, text: &str) -> Result<String> {
        let mut waited = Duration::ZERO;
        loop {
            if let Some(token) = self.find(email, kind, text)? {
                return Ok(token);
            }
            if waited > PATIENCE {
                bail!(
                    "no mail with a link to {email} came to {} within a minute: see the log of `entente up`",
                    self.folder.display()
                );
            }
            tokio::time::sleep(INTERVAL).await;
            waited += INTERVAL;
        }
    }

    /// The newest such mail's token: names of mails begin with their time.
    fn find(&self, email: &str, kind: &str, text: &str) -> Result<Option<String>> {
        let Ok(entries) = std::fs::read_dir(&self.folder) else {
            return Ok(None);
        };
        let mut paths: Vec<_> = entries
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "eml"));
        paths.sort();
        for path in paths.iter().rev() {
            let Ok(bytes) = std::fs::read(path) else { continue };
            if let Some(token) = token_in(&bytes, email, kind, text) {
                return Ok(Some(token));
            }
        }
        Ok(None)
    }
}

fn token_in(mail: &[u8], email: &str, kind: &str, text: &str) -> Option<String> {
    let message = MessageParser::default().parse(mail)?;
    let to = message.to()?.first()?.address()?;
    if !to.eq_ignore_ascii_case(email) {
        return None;
    }
    let body = message.body_text(0)?;
    if !body.contains(text) {
        return None;
    }
    let (_, rest) = body.split_once(kind)?;
    let token: String = rest
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        .collect();
    (!token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &[u8] = b"From: entente@localhost\r\nTo: lea@alpina.example\r\nSubject: x\r\n\
        Content-Transfer-Encoding: quoted-printable\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
        Join Alpina: http://127.0.0.1:8080/join/ab=\r\nc-_9\r\nThanks.\r\n";

    #[test]
    fn the_token_of_a_folded_link_is_found() {
        assert_eq!(
            token_in(MAIL, "LEA@alpina.example", JOIN, "Alpina").as_deref(),
            Some("abc-_9")
        );
    }

    #[test]
    fn the_mail_of_somebody_else_is_passed_over() {
        assert_eq!(token_in(MAIL, "noah@alpina.example", JOIN, ""), None);
        assert_eq!(token_in(MAIL, "lea@alpina.example", INVITATION, ""), None);
    }
}
