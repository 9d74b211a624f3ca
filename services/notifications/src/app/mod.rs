//! The use cases: a file each. Each owns its transaction.

pub mod count_unread_notifications;
pub mod dispatch_intent;
pub mod list_notifications;
pub mod mark_all_notifications_read;
pub mod mark_notification_read;
pub mod send_delivery;
pub mod sweep;

use std::fmt;
use std::sync::Arc;

use anyhow::Context as _;
use entente_ids::{OrganizationId, UserId};
use entente_service::Context;
use jiff::Timestamp;
use lettre::message::Mailbox;
use tokio::sync::Notify;

use crate::config::{Config, PublicUrl};
use crate::directory::{Directory, Reader};
use crate::domain::locale::Locale;
use crate::mail::{FileMailer, Mailer, SmtpMailer};
use crate::text::Texts;

/// What the use cases work with.
pub struct App {
    /// Database, clock and randomness.
    pub context: Context,
    /// The other services.
    pub directory: Directory,
    /// The texts.
    pub texts: Texts,
    /// The way that mail leaves by.
    pub mailer: Arc<dyn Mailer>,
    /// Who mails are from.
    pub from: Mailbox,
    /// What links begin with.
    pub public_url: PublicUrl,
    /// Says that deliveries were added.
    pub deliveries: Notify,
}

/// What came of the attempt at something that was due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worked {
    /// It was worked on, well or not.
    On,
    /// Another one has it, or had it in between.
    Passed,
}

impl App {
    /// Puts together what the use cases work with.
    ///
    /// # Errors
    /// When a setting is missing or wrong; the message says which, and what to do.
    pub fn new(context: Context, config: Config) -> anyhow::Result<Self> {
        Ok(Self {
            directory: Directory::new(&context.peers)?,
            texts: Texts::new()?,
            mailer: mailer(&config)?,
            from: config.mail_from,
            public_url: config.public_url,
            deliveries: Notify::new(),
            context,
        })
    }

    /// How somebody is written to who reads in the app. While it can't be found out that is in English and UTC: better so
    /// than not at all.
    pub(crate) async fn locale_of(&self, organization: OrganizationId, user: UserId) -> Locale {
        let locale = self.directory.locale(organization, Reader::Person(user)).await;
        locale.unwrap_or_else(|error| {
            tracing::warn!(%error, "the language of a reader isn't known");
            Locale::default()
        })
    }

    /// The time, as exactly as the database keeps it.
    fn now(&self) -> Timestamp {
        self.context.now()
    }
}

fn mailer(config: &Config) -> anyhow::Result<Arc<dyn Mailer>> {
    if let Some(url) = &config.smtp_url {
        return Ok(Arc::new(SmtpMailer::new(
            url,
            config.smtp_authorities.as_deref(),
        )?));
    }
    let folder = config.mail_folder.clone();
    let folder = folder.context("set ENTENTE_NOTIFICATIONS_MAIL_FOLDER or ENTENTE_NOTIFICATIONS_SMTP_URL")?;
    Ok(Arc::new(FileMailer::new(folder)?))
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("texts", &self.texts)
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}
