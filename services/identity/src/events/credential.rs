//! What happens to the second factors of people.

use std::mem;

use entente_contracts::identity::events::v1::CredentialChanged;
use entente_ids::{OrganizationId, UserId};
use entente_service::{Actor, Announcement, changes};
use serde_json::{Value, json};
use sqlx::PgConnection;

use super::Announcer;
use super::announcer::each_alone;
use crate::domain::email::EmailAddress;
use crate::error::Error;

/// What an event tells of a state, in the contract's names.
type Fields = Vec<(&'static str, Value)>;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialEvent {
    /// An authenticator app was enrolled.
    Enrolled,
    /// The second factor was given up.
    Disabled,
    /// The recovery codes were replaced.
    RecoveryCodesReplaced,
    /// A recovery code took the place of the app.
    RecoveryCodeUsed,
    /// The identity provider's word opens the account from now on.
    ProviderLinked,
    /// The link with the identity provider was given up.
    ProviderUnlinked,
}

/// Whose second factor it is, and who hears of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// The person.
    pub user: UserId,
    /// Their address.
    pub email: EmailAddress,
    /// Where they act.
    pub place: OrganizationId,
    /// Every organization that they are in.
    pub organizations: Vec<OrganizationId>,
    /// How many recovery codes are left now.
    pub recovery_codes_left: i64,
}

impl CredentialEvent {
    const fn kind(self) -> &'static str {
        match self {
            Self::Enrolled => "second_factor.enrolled",
            Self::Disabled => "second_factor.disabled",
            Self::RecoveryCodesReplaced => "second_factor.recovery_codes_replaced",
            Self::RecoveryCodeUsed => "second_factor.recovery_code_used",
            Self::ProviderLinked => "identity_provider.linked",
            Self::ProviderUnlinked => "identity_provider.unlinked",
        }
    }

    /// What was before and what is after, without a secret.
    fn fields(self, left: i64) -> (Fields, Fields) {
        let codes = |left: i64| ("recovery_codes_left", json!(left));
        let state = |state: &str| ("state", json!(state));
        let linked = || ("identity_provider", json!("linked"));
        match self {
            Self::Enrolled => (vec![], vec![state("enrolled"), codes(left)]),
            Self::Disabled => (vec![state("enrolled")], vec![state("none")]),
            Self::RecoveryCodesReplaced => (vec![], vec![codes(left)]),
            Self::RecoveryCodeUsed => (vec![codes(left.saturating_add(1))], vec![codes(left)]),
            Self::ProviderLinked => (vec![], vec![linked()]),
            Self::ProviderUnlinked => (vec![linked()], vec![]),
        }
    }
}

impl Announcer {
    /// Announces what happened to a person's second factor, to each organization by an event of its own. On the topic of
    /// accounts: the person is the aggregate, and an aggregate has one topic.
    ///
    /// # Errors
    /// [`Error::Announce`]: the transaction must be rolled back.
    pub async fn credential(
        &self,
        conn: &mut PgConnection,
        event: CredentialEvent,
        actor: &Actor,
        credential: &Credential,
    ) -> Result<(), Error> {
        let (before, after) = event.fields(credential.recovery_codes_left);
        let changes = changes(Some(before), Some(after));
        let mut told = credential.place.to_string();
        for organizations in each_alone(&credential.organizations) {
            let announcement = Announcement {
                kind: event.kind(),
                key: credential.user.to_string(),
                organizations,
                changes: changes.clone(),
                payload: CredentialChanged {
                    user: credential.user.to_string(),
                    email: credential.email.to_string(),
                    // By the first alone, so that the person is told once.
                    organization: mem::take(&mut told),
                    recovery_codes_left: i32::try_from(credential.recovery_codes_left).unwrap_or_default(),
                },
            };
            self.context
                .announce(&mut *conn, &self.account, actor, announcement)
                .await?;
        }
        Ok(())
    }
}
