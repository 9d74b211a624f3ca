//! Works out who is to be told of an event: adds the notifications and the mails, in one transaction.
//!
//! The row stays locked while the other services are asked, so that a process which dies there leaves it to the next one
//! at once. Whatever is done twice is done once: rows are unique per event and reader.

use std::collections::HashSet;

use entente_ids::{NotificationId, OrganizationId};
use entente_runtime::telemetry;
use jiff::Timestamp;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{App, Worked};
use crate::directory::{Contact, Contacts, Reader, Unanswered};
use crate::domain::audience::{Audience, Channel, Plan, Readers, plans};
use crate::domain::facts::{Fact, Facts};
use crate::domain::kind::Kind;
use crate::domain::link::LinkTarget;
use crate::domain::locale::Locale;
use crate::domain::notification::Notification;
use crate::domain::retry;
use crate::error::Error;
use crate::events::read;
use crate::store::delivery::{self, Cause, Delivery};
use crate::store::intent::{self, Intent};
use crate::store::notification;

/// Works out one event.
///
/// # Errors
/// A failure of the database; then nothing was done. That another service gave no answer is noted, and it is asked again.
pub async fn run(app: &App, event: &str) -> Result<Worked, Error> {
    let now = app.now();
    let mut tx = app
        .context
        .database
        .system("notifications.dispatch_intent")
        .await?;
    let Some(intent) = intent::claim(&mut tx, event, now).await? else {
        return Ok(Worked::Passed);
    };
    match told(app, &intent).await {
        Ok(told) => {
            add(app, &mut tx, &intent, &told, now).await?;
            intent::resolve(&mut tx, event, now).await?;
        }
        Err(error) => {
            tracing::warn!(%error, event, "it isn't known yet who is to be told, it is tried again");
            let due = retry::next_question(intent.attempts.saturating_add(1), now);
            intent::postpone(&mut tx, event, &error.to_string(), due).await?;
        }
    }
    tx.commit().await?;
    app.deliveries.notify_one();
    Ok(Worked::On)
}

/// All that is told of one event.
#[derive(Default)]
struct Told {
    notifications: Vec<Notification>,
    letters: Vec<Letter>,
}

struct Letter {
    kind: Kind,
    link: Option<LinkTarget>,
    organization: OrganizationId,
    recipient: String,
    locale: Locale,
    facts: Facts,
}

async fn told(app: &App, intent: &Intent) -> Result<Told, Error> {
    // It was read before it was noted.
    let occurrence = read(intent.kind, &intent.payload).map_err(|_| Error::Corrupt("intent.payload"))?;
    let mut told = Told::default();
    for plan in plans(&occurrence) {
        for audience in &plan.audiences {
            let contacts = contacts(app, audience).await?;
            let facts = plan.facts.clone();
            let facts = if contacts.organization.is_empty() {
                facts
            } else {
                facts.with(Fact::Organization, &contacts.organization)
            };
            if let Readers::Address(recipient) = &audience.readers {
                let reader = Reader::Address(recipient);
                let locale = app.directory.locale(audience.organization, reader).await?;
                told.letters
                    .push(letter(&plan, audience, recipient.clone(), locale, facts.clone()));
            }
            // A link lets somebody act, so it goes to whom it is for alone.
            if plan.link.is_none() && audience.channels.contains(&Channel::Mail) {
                let copied = contacts.copied.into_iter();
                told.letters
                    .extend(copied.map(|one| letter(&plan, audience, one.email, one.locale, facts.clone())));
            }
            for contact in contacts.people {
                // Whom nobody but an invitation knows gets no link either.
                if contact.user.is_none() && plan.link.is_some() {
                    continue;
                }
                told.tell(app, intent, &plan, audience, contact, &facts);
            }
        }
    }
    Ok(told)
}

fn letter(plan: &Plan, audience: &Audience, recipient: String, locale: Locale, facts: Facts) -> Letter {
    Letter {
        kind: plan.kind,
        link: plan.link,
        organization: audience.organization,
        recipient,
        locale,
        facts,
    }
}

async fn contacts(app: &App, audience: &Audience) -> Result<Contacts, Unanswered> {
    match &audience.readers {
        Readers::Address(_) => Ok(Contacts::default()),
        Readers::Everybody => app.directory.everybody(audience.organization).await,
        Readers::Person(user, email) => Ok(Contacts {
            organization: String::new(),
            people: vec![Contact {
                user: Some(*user),
                email: email.clone(),
                locale: app
                    .directory
                    .locale(audience.organization, Reader::Person(*user))
                    .await?,
            }],
            ..Contacts::default()
        }),
        Readers::Holders(duty) => app.directory.contacts(audience.organization, *duty).await,
        Readers::OtherHolders(duty, but) => {
            let mut contacts = app.directory.contacts(audience.organization, *duty).await?;
            contacts.people.retain(|contact| contact.user != Some(*but));
            Ok(contacts)
        }
    }
}

impl Told {
    fn tell(
        &mut self,
        app: &App,
        intent: &Intent,
        plan: &Plan,
        audience: &Audience,
        contact: Contact,
        facts: &Facts,
    ) {
        for channel in audience.channels {
            match channel {
                Channel::InApp => {
                    let told = contact.user.map(|user| Notification {
                        id: NotificationId::new(intent.occurred_at, app.context.random_bytes()),
                        organization: audience.organization,
                        user,
                        kind: plan.kind,
                        facts: facts.clone(),
                        resource: plan.resource.clone(),
                        occurred_at: intent.occurred_at,
                        read_at: None,
                    });
                    self.notifications.extend(told);
                }
                Channel::Mail => {
                    let (recipient, locale) = (contact.email.clone(), contact.locale.clone());
                    self.letters
                        .push(letter(plan, audience, recipient, locale, facts.clone()));
                }
            }
        }
    }
}

async fn add(
    app: &App,
    conn: &mut PgConnection,
    intent: &Intent,
    told: &Told,
    now: Timestamp,
) -> Result<(), Error> {
    for notification in &told.notifications {
        notification::add(conn, &intent.event, notification).await?;
    }
    let traceparent = telemetry::traceparent().or_else(|| intent.traceparent.clone());
    let request_id = entente_runtime::context::request_id();
    let cause = Cause {
        request_id: request_id.as_deref(),
        traceparent: traceparent.as_deref(),
    };
    // Who is told in two organizations gets one mail, as the database would see to as well.
    let mut written = HashSet::new();
    for letter in &told.letters {
        if !written.insert(&letter.recipient) {
            continue;
        }
        let delivery = Delivery {
            id: delivery_id(app, now),
            event: intent.event.clone(),
            organization: letter.organization,
            recipient: letter.recipient.clone(),
            kind: letter.kind,
            facts: letter.facts.clone(),
            link: letter.link,
            locale: letter.locale.clone(),
            attempts: 0,
            created_at: now,
        };
        delivery::add(conn, &delivery, cause).await?;
    }
    Ok(())
}

fn delivery_id(app: &App, now: Timestamp) -> Uuid {
    let milliseconds = u64::try_from(now.as_millisecond()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(milliseconds, &app.context.random_bytes()).into_uuid()
}
