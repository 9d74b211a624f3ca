//! Between the contract and the domain.

use entente_access::Person;
use entente_contracts::notifications::v1::{
    ListNotificationsRequest, MarkNotificationReadRequest, Notification as Message,
};
use entente_contracts::timestamp;
use entente_ids::ParseIdError;
use entente_paging::Page;
use tonic::Status;

use crate::app::list_notifications::ListNotifications;
use crate::app::mark_notification_read::MarkNotificationRead;
use crate::domain::locale::Locale;
use crate::domain::notification::Notification;
use crate::error::Error;
use crate::store::notification::{Filter, Part};
use crate::text::Texts;

/// Reads a request to list.
///
/// # Errors
/// INVALID_ARGUMENT for a token of another list.
pub fn list(person: &Person, request: &ListNotificationsRequest) -> Result<ListNotifications, Status> {
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
    let (organization, user) = (person.organization.to_string(), person.user.to_string());
    let part = match part {
        Part::All => "all",
        Part::Unread => "unread",
    };
    let list = ["ListNotifications", &organization, &user, part];
    let page = Page::read(request.page_size, &request.page_token, &list)?;
    Ok(ListNotifications { filter, page })
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

/// A notification in the contract's words, in the reader's language and with times of their zone.
pub fn notification(texts: &Texts, locale: &Locale, notification: &Notification) -> Message {
    let texts = texts.of(locale.language);
    let (title, body) = texts.notification(notification.kind, &notification.facts, &locale.zone);
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
