//! Mail to a server, by SMTP.

use std::fmt;
use std::time::Duration;

use anyhow::anyhow;
use async_trait::async_trait;
use entente_runtime::config::{ExposeSecret, SecretString};
use lettre::transport::smtp::Error;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use super::{Mail, MailError, Mailer};

/// What one answer of the server may take.
const ANSWER: Duration = Duration::from_secs(10);
/// What the whole of one mail may take. The row of its delivery stays locked meanwhile, so it ends before Postgres
/// would end that.
const WHOLE: Duration = Duration::from_secs(30);

/// Sends over a pool of connections.
#[derive(Clone)]
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

impl SmtpMailer {
    /// Sends through the server at this URL: `smtps://user:password@host:port`, `smtp://…?tls=required` for STARTTLS,
    /// or `smtp://…` without TLS.
    ///
    /// # Errors
    /// When it is no such URL; the message doesn't repeat it, as it may hold a password.
    pub fn new(url: &SecretString) -> anyhow::Result<Self> {
        let wrong = |_| {
            anyhow!(
                "ENTENTE_NOTIFICATIONS_SMTP_URL is no URL of a mail server: write smtps://user:password@host:465, or \
                 smtp://user:password@host:587?tls=required"
            )
        };
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret()).map_err(wrong)?;
        Ok(Self {
            transport: builder.timeout(Some(ANSWER)).build(),
        })
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let sending = self.transport.send(mail.message.clone());
        match tokio::time::timeout(WHOLE, sending).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) if refuses_the_mail(&error) => Err(MailError::Refused(error.to_string())),
            Ok(Err(error)) => Err(MailError::Passing(error.to_string())),
            Err(_) => Err(MailError::Passing("the mail server took too long".to_owned())),
        }
    }
}

impl fmt::Debug for SmtpMailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SmtpMailer")
    }
}

/// Whether the server will never take this mail, as opposed to our way of talking to it: wrong credentials or a
/// command that it doesn't know are for the operator to mend, and the mail waits for that (RFC 5321, 4.2.3).
fn refuses_the_mail(error: &Error) -> bool {
    let code = error.status().map(u16::from);
    matches!(code, Some(501 | 541 | 550..=556))
}
