//! Between the contract and the domain.

use entente_access::Person;
use entente_contracts::notifications::v1::{
    ListNotificationsRequest, ListNotificationsResponse, MarkNotificationReadRequest, Notification as Message,
};
use entente_ids::ParseIdError;
use jiff::Timestamp;

use super::page_token;
use crate::app::list_notifications::{ListNotifications, Page};
use crate::app::mark_notification_read::MarkNotificationRead;
use crate::domain::notification::Notification;
use crate::error::Error;
use crate::store::notification::{Filter, Part};
use crate::text::Catalogue;

/// What page_size 0 means.
const USUAL: u16 = 50;
const MOST: u16 = 200;

/// Reads a request to list.
///
/// # Errors
/// [`Error::Field`].
pub fn list(person: &Person, request: &ListNotificationsRequest) -> Result<ListNotifications, Error> {
    let part = if request.unread_only {
        Part::Unread
    } else {
        Part::All
    };
    let filter = Filter {
        organization: person.organization,
        user: person.user,
        part,
    };
    let after = match request.page_token.as_str() {
        "" => None,
        token => {
            let wrong = || {
                let description =
                    "is not of this list: give the next_page_token of the page before, and its filter";
                Error::field("page_token", description)
            };
            Some(page_token::read(token, &filter).ok_or_else(wrong)?)
        }
    };
    let limit = u16::try_from(request.page_size).unwrap_or(USUAL);
    let limit = if limit == 0 { USUAL } else { limit.min(MOST) };
    Ok(ListNotifications { filter, after, limit })
}

/// Reads a request to mark one as read.
///
/// # Errors
/// [`Error::Field`].
pub fn mark_read(
    person: &Person,
    request: &MarkNotificationReadRequest,
) -> Result<MarkNotificationRead, Error> {
    let id = request.notification.parse();
    let id = id.map_err(|error: ParseIdError| Error::field("notification", error.to_string()))?;
    Ok(MarkNotificationRead {
        organization: person.organization,
        user: person.user,
        id,
    })
}

/// A page in the contract's words.
pub fn page(texts: &Catalogue, filter: &Filter, page: Page) -> ListNotificationsResponse {
    ListNotificationsResponse {
        notifications: page
            .notifications
            .iter()
            .map(|found| notification(texts, found))
            .collect(),
        next_page_token: page
            .next
            .map(|next| page_token::write(next, filter))
            .unwrap_or_default(),
    }
}

/// A notification in the contract's words, in the reader's language.
pub fn notification(texts: &Catalogue, notification: &Notification) -> Message {
    let (title, body) = texts.notification(notification.kind, &notification.facts);
    Message {
        id: notification.id.to_string(),
        r#type: notification.kind.as_str().to_owned(),
        title,
        body,
        resource: notification.resource.clone(),
        organization: notification.organization.to_string(),
        create_time: Some(timestamp(notification.occurred_at)),
        read_time: notification.read_at.map(timestamp),
    }
}

fn timestamp(time: Timestamp) -> prost_types::Timestamp {
    // Nanoseconds count on from the second, also before 1970; jiff's may be negative there.
    let nanos = time.as_nanosecond().rem_euclid(1_000_000_000);
    let seconds = time.as_nanosecond().div_euclid(1_000_000_000);
    prost_types::Timestamp {
        seconds: i64::try_from(seconds).unwrap_or_default(),
        nanos: i32::try_from(nanos).unwrap_or_default(),
    }
}
