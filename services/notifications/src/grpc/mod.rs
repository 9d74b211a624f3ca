//! The calls.

pub mod convert;

use std::sync::Arc;

use entente_access::Access;
use entente_contracts::notifications::v1::notification_service_server::NotificationService;
use entente_contracts::notifications::v1::{
    CountUnreadNotificationsRequest, CountUnreadNotificationsResponse, ListNotificationsRequest,
    ListNotificationsResponse, MarkAllNotificationsReadRequest, MarkAllNotificationsReadResponse,
    MarkNotificationReadRequest, MarkNotificationReadResponse,
};
use entente_runtime::detached;
use tonic::{Request, Response, Status};

use crate::app::{
    App, count_unread_notifications, list_notifications, mark_all_notifications_read, mark_notification_read,
};

/// The handlers of `NotificationService`.
#[derive(Debug)]
pub struct Handlers(pub Arc<App>);

#[tonic::async_trait]
impl NotificationService for Handlers {
    async fn list_notifications(
        &self,
        request: Request<ListNotificationsRequest>,
    ) -> Result<Response<ListNotificationsResponse>, Status> {
        let access = Access::of(&request)?;
        let person = access.person()?;
        let query = convert::list(person, request.get_ref())?;
        let (found, next_page_token) = list_notifications::run(&self.0, &query).await?;
        let locale = self.0.locale_of(person.organization, person.user).await;
        let notifications = found
            .iter()
            .map(|found| convert::notification(&self.0.texts, &locale, found))
            .collect();
        Ok(Response::new(ListNotificationsResponse {
            notifications,
            next_page_token,
        }))
    }

    async fn count_unread_notifications(
        &self,
        request: Request<CountUnreadNotificationsRequest>,
    ) -> Result<Response<CountUnreadNotificationsResponse>, Status> {
        let access = Access::of(&request)?;
        let person = access.person()?;
        let count = count_unread_notifications::run(&self.0, person.organization, person.user).await?;
        Ok(Response::new(CountUnreadNotificationsResponse { count }))
    }

    async fn mark_notification_read(
        &self,
        request: Request<MarkNotificationReadRequest>,
    ) -> Result<Response<MarkNotificationReadResponse>, Status> {
        let access = Access::of(&request)?;
        let command = convert::mark_read(access.person()?, request.get_ref())?;
        let (app, request) = (Arc::clone(&self.0), request.into_inner());
        let answer =
            detached(async move { mark_notification_read::run(&app, &access, command, &request).await })
                .await?;
        Ok(Response::new(answer))
    }

    async fn mark_all_notifications_read(
        &self,
        request: Request<MarkAllNotificationsReadRequest>,
    ) -> Result<Response<MarkAllNotificationsReadResponse>, Status> {
        let access = Access::of(&request)?;
        let person = access.person()?;
        let whose = (person.organization, person.user);
        let (app, request) = (Arc::clone(&self.0), request.into_inner());
        let answer =
            detached(async move { mark_all_notifications_read::run(&app, &access, whose, &request).await })
                .await?;
        Ok(Response::new(answer))
    }
}
