//! The settings of notifications.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use entente_runtime::config::SecretString;
use lettre::message::Mailbox;

/// What can be set.
#[derive(clap::Args, Clone, Debug)]
#[group(skip)]
pub struct Config {
    /// The folder that mails are written to while no mail server is set [default: mails in the data folder]
    #[arg(
        id = "notifications-mail-folder",
        long = "notifications-mail-folder",
        env = "ENTENTE_NOTIFICATIONS_MAIL_FOLDER",
        value_name = "FOLDER"
    )]
    pub mail_folder: Option<PathBuf>,

    /// The mail server: smtps://user:password@host:465, or smtp://user:password@host:587?tls=required for STARTTLS
    #[arg(
        id = "notifications-smtp-url",
        long = "notifications-smtp-url",
        env = "ENTENTE_NOTIFICATIONS_SMTP_URL",
        value_name = "URL"
    )]
    pub smtp_url: Option<SecretString>,

    /// The certificates (PEM) of those who vouch for the mail server, besides the public ones: for a server of one's own
    #[arg(
        id = "notifications-smtp-authorities",
        long = "notifications-smtp-authorities",
        env = "ENTENTE_NOTIFICATIONS_SMTP_AUTHORITIES",
        value_name = "FILE"
    )]
    pub smtp_authorities: Option<PathBuf>,

    /// Who mails are from
    #[arg(
        id = "notifications-mail-from",
        long = "notifications-mail-from",
        env = "ENTENTE_NOTIFICATIONS_MAIL_FROM",
        value_name = "ADDRESS",
        default_value = "Entente <entente@localhost>"
    )]
    pub mail_from: Mailbox,

    /// Where people reach the gateway: what the links in mails begin with
    #[arg(
        id = "notifications-public-url",
        long = "notifications-public-url",
        env = "ENTENTE_NOTIFICATIONS_PUBLIC_URL",
        value_name = "URL",
        default_value = "http://127.0.0.1:8080"
    )]
    pub public_url: PublicUrl,

    /// How often mails that are over, and the events they came of, are swept once they are 30 days old
    #[arg(
        id = "notifications-sweep-interval",
        long = "notifications-sweep-interval",
        env = "ENTENTE_NOTIFICATIONS_SWEEP_INTERVAL",
        value_name = "TIME",
        default_value = "1h",
        value_parser = entente_runtime::config::duration
    )]
    pub sweep_interval: Duration,
}

/// The address that links begin with, without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(String);

/// An address that no link can begin with.
#[derive(Debug, thiserror::Error)]
#[error("links can't begin with it: give an address such as https://entente.example.com")]
pub struct InvalidPublicUrl;

impl PublicUrl {
    /// The address of a page below it. The parts are taken as they are.
    pub fn page(&self, name: &str, token: &str) -> String {
        format!("{}/{name}/{token}", self.0)
    }
}

impl FromStr for PublicUrl {
    type Err = InvalidPublicUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url: http::Uri = text.parse().map_err(|_| InvalidPublicUrl)?;
        let scheme = url
            .scheme_str()
            .is_some_and(|scheme| scheme == "http" || scheme == "https");
        if !scheme || url.host().is_none_or(str::is_empty) || text.contains(['?', '#']) {
            return Err(InvalidPublicUrl);
        }
        Ok(Self(text.trim_end_matches('/').to_owned()))
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_begins_with_the_public_address() {
        let url: PublicUrl = "https://entente.example.com/app/".parse().unwrap();
        assert_eq!(url.page("join", "t"), "https://entente.example.com/app/join/t");
    }

    #[test]
    fn what_no_browser_opens_is_no_public_address() {
        for text in [
            "",
            "entente.example.com",
            "/app",
            "ftp://a",
            "https://",
            "http://a/?b=c",
            "http://a/#b",
        ] {
            assert!(text.parse::<PublicUrl>().is_err(), "{text}");
        }
    }
}
