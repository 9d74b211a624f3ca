//! Mail: how it is written, and the ways that it leaves by.

mod file;
mod message;
mod smtp;

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

pub use file::FileMailer;
pub use message::{Envelope, InvalidAddress, compose};
pub use smtp::SmtpMailer;

/// A mail to one recipient, ready to go.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The delivery that it is for; the same when it is sent again.
    pub delivery: Uuid,
    /// When it was decided to send it.
    pub created_at: Timestamp,
    /// The message with its envelope.
    pub message: lettre::Message,
}

/// Why a mail was not sent.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// It may pass: the server is away, busy or set up wrongly.
    #[error("{0}; look at the mail server and its settings, it is tried again")]
    Passing(String),
    /// It will not: the server refuses this recipient or this mail.
    #[error("{0}; look at the address")]
    Refused(String),
}

/// A way for mail to leave by.
#[async_trait]
pub trait Mailer: Send + Sync + 'static {
    /// Sends a mail. When it returns, the other side has it for good.
    ///
    /// # Errors
    /// [`MailError`]; one that passes may have been sent all the same.
    async fn send(&self, mail: &Mail) -> Result<(), MailError>;
}
