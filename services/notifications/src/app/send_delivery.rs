//! Writes one mail and sends it.
//!
//! The row stays locked until what came of it is noted. A process that dies after the sending and before the note sends
//! the mail again, with the same Message-ID: that can't be ruled out, since mail servers know no transactions.

use std::time::Duration;

use entente_runtime::telemetry::names;
use jiff::Timestamp;
use uuid::Uuid;

use super::{App, Worked};
use crate::domain::retry;
use crate::error::Error;
use crate::mail::{Envelope, MailError, compose};
use crate::store::delivery::{self, Delivery};
use crate::text::{Letter, Link};

/// The row is locked while the other services are asked for the link.
const LINK: Duration = Duration::from_secs(10);

/// What came of an attempt.
enum Attempt {
    Sent,
    /// The link is dead, so the mail would lead nowhere.
    Obsolete,
    /// It will never be taken.
    Refused(String),
    Failed(String),
}

/// Sends one mail, if it is still due.
///
/// # Errors
/// A failure of the database: the mail may have been sent, and is sent again.
pub async fn run(app: &App, id: Uuid) -> Result<Worked, Error> {
    let mut tx = app.context.database.system("notifications.send_delivery").await?;
    let Some(mail) = delivery::claim(&mut tx, id, app.now()).await? else {
        return Ok(Worked::Passed);
    };
    let attempt = attempt(app, &mail).await;
    let (now, event) = (app.now(), mail.event.as_str());
    let outcome = match attempt {
        Attempt::Sent => {
            delivery::sent(&mut tx, id, now).await?;
            "sent"
        }
        Attempt::Obsolete => {
            delivery::obsolete(&mut tx, id).await?;
            "obsolete"
        }
        Attempt::Refused(error) => {
            tracing::warn!(error, event, delivery = %id, "a mail was refused for good");
            delivery::failed(&mut tx, id, &error, None).await?;
            "refused"
        }
        Attempt::Failed(error) => {
            let next = retry::next_mail(mail.attempts.saturating_add(1), mail.created_at, now);
            delivery::failed(&mut tx, id, &error, next).await?;
            postponed(&error, &mail, next)
        }
    };
    tx.commit().await?;
    metrics::counter!(names::DELIVERIES, "outcome" => outcome).increment(1);
    Ok(Worked::On)
}

fn postponed(error: &str, mail: &Delivery, next: Option<Timestamp>) -> &'static str {
    let event = mail.event.as_str();
    if next.is_none() {
        tracing::error!(error, event, delivery = %mail.id, "a mail was given up after three days");
        return "given_up";
    }
    tracing::warn!(error, event, delivery = %mail.id, "a mail was not sent, it is tried again");
    "postponed"
}

async fn attempt(app: &App, delivery: &Delivery) -> Attempt {
    let mut facts = delivery.facts.clone();
    let mut live = None;
    if let Some(target) = delivery.link {
        let asked = tokio::time::timeout(LINK, app.directory.link(target)).await;
        let link = match asked {
            Ok(Ok(Some(link))) if link.may_go_to(&delivery.recipient) => link,
            Ok(Ok(Some(_) | None)) => return Attempt::Obsolete,
            Ok(Err(error)) => return Attempt::Failed(error.to_string()),
            Err(_) => {
                return Attempt::Failed(
                    "the link was not to be had in time, it is asked for again".to_owned(),
                );
            }
        };
        facts = facts.joined(&link.facts);
        live = Some((app.public_url.page(target.page(), &link.token), link));
    }
    let link = live.as_ref().map(|(url, link)| Link {
        url,
        until: link.until,
        word: &link.word,
    });
    let texts = app.texts.of(delivery.locale.language);
    let letter = Letter::new(texts, delivery.kind, &facts, &delivery.locale.zone, link);
    let envelope = Envelope {
        from: &app.from,
        to: &delivery.recipient,
        event: &delivery.event,
        delivery: delivery.id,
        created_at: delivery.created_at,
    };
    let mail = match compose(&envelope, letter) {
        Ok(mail) => mail,
        Err(error) => return Attempt::Refused(error.to_string()),
    };
    match app.mailer.send(&mail).await {
        Ok(()) => Attempt::Sent,
        Err(error @ MailError::Refused(_)) => Attempt::Refused(error.to_string()),
        Err(error @ MailError::Passing(_)) => Attempt::Failed(error.to_string()),
    }
}
