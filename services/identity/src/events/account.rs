//! What happens to the accounts of people. It stands in the trail of every organization that they are in, in each by an
//! event of its own: none learns of the others.

use std::mem;

use entente_contracts::identity::events::v1::AccountChanged;
use entente_ids::{OrganizationId, UserId};
use entente_service::{Actor, Announcement, changes};
use sqlx::PgConnection;

use super::announcer::each_alone;
use super::{Announcer, fields};
use crate::domain::email::EmailAddress;
use crate::domain::origin::Origin;
use crate::error::Error;
use crate::grpc::convert;
use crate::store::member;
use crate::store::user_account::Account;

impl Announcer {
    /// Announces an account, as it is, and as it was where the profile differs.
    ///
    /// # Errors
    /// [`Error::Announce`] or a failure of the database: the transaction must be rolled back.
    pub async fn account(
        &self,
        conn: &mut PgConnection,
        kind: &'static str,
        actor: &Actor,
        before: Option<&Account>,
        after: &Account,
    ) -> Result<(), Error> {
        let former = before.filter(|before| before.email != after.email);
        let news = AccountChanged {
            profile: Some(convert::profile(after)),
            other_email: former.map(|former| former.email.to_string()).unwrap_or_default(),
            ..AccountChanged::default()
        };
        let changes = before
            .map(|before| changes(Some(fields::of_account(before)), Some(fields::of_account(after))))
            .unwrap_or_default();
        self.account_news(conn, kind, actor, after.id, changes, news)
            .await
    }

    /// Announces that a person asks for another address. The mail's token is asked for when it is written.
    ///
    /// # Errors
    /// [`Error::Announce`] or a failure of the database: the transaction must be rolled back.
    pub async fn email_change(
        &self,
        conn: &mut PgConnection,
        actor: &Actor,
        account: &Account,
        new: &EmailAddress,
    ) -> Result<(), Error> {
        let (kind, news) = (
            "account.email_change_requested",
            AccountChanged {
                profile: Some(convert::profile(account)),
                other_email: new.to_string(),
                ..AccountChanged::default()
            },
        );
        self.account_news(conn, kind, actor, account.id, Vec::new(), news)
            .await
    }

    /// Announces that a person signed in from where they haven't been of late.
    ///
    /// # Errors
    /// [`Error::Announce`] or a failure of the database: the transaction must be rolled back.
    pub async fn new_place(
        &self,
        conn: &mut PgConnection,
        actor: &Actor,
        account: &Account,
        origin: &Origin,
    ) -> Result<(), Error> {
        let news = AccountChanged {
            profile: Some(convert::profile(account)),
            origin: Some(convert::origin(origin)),
            ..AccountChanged::default()
        };
        self.account_news(conn, "account.new_place", actor, account.id, Vec::new(), news)
            .await
    }

    /// Announces that somebody who isn't known asked to reset the password of an address. Where nobody has it, `attempt`
    /// stands for the account, and as much is done.
    ///
    /// # Errors
    /// [`Error::Announce`] or a failure of the database: the transaction must be rolled back.
    pub async fn password_reset(
        &self,
        conn: &mut PgConnection,
        account: Option<&Account>,
        attempt: UserId,
    ) -> Result<(), Error> {
        let (kind, user) = match account {
            Some(account) => ("account.password_reset_requested", account.id),
            None => ("account.password_reset_refused", attempt),
        };
        let news = AccountChanged {
            profile: account.map(convert::profile),
            ..AccountChanged::default()
        };
        let actor = Actor {
            actor: "anonymous".to_owned(),
            on_behalf_of: None,
        };
        self.account_news(conn, kind, &actor, user, Vec::new(), news)
            .await
    }

    /// Announces that an administrator lets a person choose a new password; of their organizations, only to the one
    /// that this happens in.
    ///
    /// # Errors
    /// [`Error::Announce`]: the transaction must be rolled back.
    pub async fn password_reset_for(
        &self,
        conn: &mut PgConnection,
        actor: &Actor,
        account: &Account,
        organization: OrganizationId,
    ) -> Result<(), Error> {
        let announcement = Announcement {
            kind: "account.password_reset_requested",
            key: account.id.to_string(),
            organizations: &[organization],
            changes: Vec::new(),
            payload: AccountChanged {
                profile: Some(convert::profile(account)),
                organizations: vec![organization.to_string()],
                ..AccountChanged::default()
            },
        };
        Ok(self
            .context
            .announce(conn, &self.account, actor, announcement)
            .await?)
    }

    async fn account_news(
        &self,
        conn: &mut PgConnection,
        kind: &'static str,
        actor: &Actor,
        user: UserId,
        changes: Vec<entente_events::Change>,
        news: AccountChanged,
    ) -> Result<(), Error> {
        let places = member::list_places(conn, user).await?;
        let active = places.iter().filter(|place| place.is_active);
        let concerned: Vec<OrganizationId> = active.map(|place| place.organization).collect();
        let mut told: Vec<String> = places
            .iter()
            .map(|place| place.organization.to_string())
            .collect();
        for organizations in each_alone(&concerned) {
            let announcement = Announcement {
                kind,
                key: user.to_string(),
                organizations,
                changes: changes.clone(),
                payload: AccountChanged {
                    // By the first alone, so that the person is told once.
                    organizations: mem::take(&mut told),
                    ..news.clone()
                },
            };
            self.context
                .announce(&mut *conn, &self.account, actor, announcement)
                .await?;
        }
        Ok(())
    }
}
