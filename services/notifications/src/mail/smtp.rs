//! Mail to a server, by SMTP.

use std::path::Path;
use std::time::Duration;
use std::{fmt, fs};

use anyhow::{Context as _, anyhow, ensure};
use async_trait::async_trait;
use entente_runtime::config::{ExposeSecret, SecretString};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use super::{Mail, MailError, Mailer};

/// What one answer of the server may take.
const ANSWER: Duration = Duration::from_secs(10);
/// What the whole of one mail may take. The row of its delivery stays locked meanwhile, so it ends before Postgres
/// would end that.
const WHOLE: Duration = Duration::from_secs(30);

const NO_URL: &str = "ENTENTE_NOTIFICATIONS_SMTP_URL is no URL of a mail server: write smtps://user:password@host:465, \
                      or smtp://user:password@host:587?tls=required";

/// How a certificate begins in PEM.
const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// Sends over a pool of connections.
#[derive(Clone)]
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

impl SmtpMailer {
    /// Sends through the server at this URL: `smtps://user:password@host:port`, `smtp://…?tls=required` for STARTTLS,
    /// or `smtp://…` without TLS. Its certificate must be vouched for by a public authority, or by one in the file.
    ///
    /// # Errors
    /// When it is no such URL; the message doesn't repeat it, as it may hold a password. When the file has no
    /// certificates, or the URL asks for no TLS that they could be for.
    pub fn new(url: &SecretString, authorities: Option<&Path>) -> anyhow::Result<Self> {
        let url = url.expose_secret();
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(|_| anyhow!(NO_URL))?;
        if let Some(file) = authorities {
            builder = builder.tls(tls(url, file)?);
        }
        Ok(Self {
            transport: builder.timeout(Some(ANSWER)).build(),
        })
    }
}

/// The TLS that the URL asks for, trusting those in the file too.
fn tls(url: &str, authorities: &Path) -> anyhow::Result<Tls> {
    let url: http::Uri = url.parse().map_err(|_| anyhow!(NO_URL))?;
    let host = url.host().context(NO_URL)?;
    let parameters = TlsParameters::builder(host.to_owned())
        .add_root_certificate(read(authorities)?)
        .build()
        .with_context(|| unusable(authorities))?;
    let asked = url.query().and_then(|query| query.strip_prefix("tls="));
    match (url.scheme_str(), asked) {
        (Some("smtps"), _) => Ok(Tls::Wrapper(parameters)),
        (_, Some("required")) => Ok(Tls::Required(parameters)),
        (_, Some("opportunistic")) => Ok(Tls::Opportunistic(parameters)),
        (_, _) => Err(anyhow!(
            "ENTENTE_NOTIFICATIONS_SMTP_AUTHORITIES is set, but ENTENTE_NOTIFICATIONS_SMTP_URL asks for no TLS: write \
             smtps:// or ?tls=required, or leave the file away"
        )),
    }
}

fn read(authorities: &Path) -> anyhow::Result<Certificate> {
    let pem = fs::read(authorities).with_context(|| unusable(authorities))?;
    // None in it would be taken as well, and nobody be trusted.
    ensure!(
        pem.windows(BEGIN.len()).any(|text| text == BEGIN),
        unusable(authorities)
    );
    Certificate::from_pem(&pem).with_context(|| unusable(authorities))
}

fn unusable(authorities: &Path) -> String {
    format!(
        "ENTENTE_NOTIFICATIONS_SMTP_AUTHORITIES names {}, which is no file of certificates: give one in PEM",
        authorities.display()
    )
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
