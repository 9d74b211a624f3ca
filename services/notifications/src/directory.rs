//! What the other services know and an event doesn't tell: who is to be told, and the tokens of links.

use entente_contracts::access::v1::{Action, Resource};
use entente_contracts::identity::v1::account_service_client::AccountServiceClient;
use entente_contracts::identity::v1::member_service_client::MemberServiceClient;
use entente_contracts::identity::v1::settings_service_client::SettingsServiceClient;
use entente_contracts::identity::v1::{
    GetEmailChangeTokenRequest, GetLocaleRequest, GetMemberInvitationTokenRequest,
    GetPasswordResetTokenRequest, ListContactsRequest,
};
use entente_contracts::instant;
use entente_contracts::partners::v1::GetPartnershipInvitationTokenRequest;
use entente_contracts::partners::v1::partnership_invitation_service_client::PartnershipInvitationServiceClient;
use entente_ids::{MemberId, OrganizationId, PartnershipInvitationId, UserId};
use entente_runtime::client::Client;
use entente_service::Peers;
use jiff::Timestamp;
use tonic::{Code, Status};

use crate::domain::audience::Duty;
use crate::domain::facts::{Fact, Facts};
use crate::domain::link::{LinkTarget, LiveLink, is_token};
use crate::domain::locale::Locale;

/// The other services.
#[derive(Clone, Debug)]
pub struct Directory {
    members: MemberServiceClient<Client>,
    accounts: AccountServiceClient<Client>,
    settings: SettingsServiceClient<Client>,
    invitations: PartnershipInvitationServiceClient<Client>,
}

/// Another service gave no answer, or none that can be used. It is asked again.
#[derive(Debug, thiserror::Error)]
#[error("{service} gave no answer that can be used ({problem}): look at its log, it is asked again")]
pub struct Unanswered {
    service: &'static str,
    problem: String,
}

/// Who in an organization is to be told of something.
#[derive(Debug, Default)]
pub struct Contacts {
    /// The name of the organization.
    pub organization: String,
    /// The people.
    pub people: Vec<Contact>,
    /// Who is copied on what these people are mailed.
    pub copied: Vec<Contact>,
}

/// Somebody to be told.
#[derive(Debug)]
pub struct Contact {
    /// Who; none where nobody but the address is known yet, which can only be mailed.
    pub user: Option<UserId>,
    /// Their address.
    pub email: String,
    /// How they are written to.
    pub locale: Locale,
}

/// Who reads something.
#[derive(Debug, Clone, Copy)]
pub enum Reader<'a> {
    /// A person.
    Person(UserId),
    /// Whoever has the address.
    Address(&'a str),
}

impl Directory {
    /// Asks the services that the peers name, as this one.
    ///
    /// # Errors
    /// When it isn't configured where they are.
    pub fn new(peers: &Peers) -> anyhow::Result<Self> {
        Ok(Self {
            members: MemberServiceClient::new(peers.client("identity")?),
            accounts: AccountServiceClient::new(peers.client("identity")?),
            settings: SettingsServiceClient::new(peers.client("identity")?),
            invitations: PartnershipInvitationServiceClient::new(peers.client("partners")?),
        })
    }

    /// The active members of an organization who have a duty; nobody where the organization is gone.
    ///
    /// # Errors
    /// [`Unanswered`].
    pub async fn contacts(&self, organization: OrganizationId, duty: Duty) -> Result<Contacts, Unanswered> {
        let resource = match duty {
            Duty::Members => Resource::Member,
            Duty::PartnershipInvitations => Resource::PartnershipInvitation,
            Duty::EncryptionKeys => Resource::EncryptionKey,
        };
        self.list(ListContactsRequest {
            organization: organization.to_string(),
            resource: resource.into(),
            action: Action::Update.into(),
        })
        .await
    }

    /// All active members of an organization; nobody where the organization is gone.
    ///
    /// # Errors
    /// [`Unanswered`].
    pub async fn everybody(&self, organization: OrganizationId) -> Result<Contacts, Unanswered> {
        self.list(ListContactsRequest {
            organization: organization.to_string(),
            ..ListContactsRequest::default()
        })
        .await
    }

    async fn list(&self, request: ListContactsRequest) -> Result<Contacts, Unanswered> {
        let Some(answer) = found("identity", self.members.clone().list_contacts(request).await)? else {
            return Ok(Contacts::default());
        };
        let contact = |contact: entente_contracts::identity::v1::Contact| {
            let user = Some(contact.user).filter(|user| !user.is_empty());
            let user = user.map(|user| user.parse()).transpose();
            Ok(Contact {
                user: user.map_err(|_| unusable("identity", "a contact has a user id that is none"))?,
                email: contact.email,
                locale: Locale::new(&contact.language, &answer.time_zone),
            })
        };
        let people = answer.contacts.into_iter().map(&contact);
        let copied = answer.copied.into_iter().map(&contact);
        Ok(Contacts {
            organization: answer.organization_name,
            people: people.collect::<Result<_, _>>()?,
            copied: copied.collect::<Result<_, _>>()?,
        })
    }

    /// How somebody is written to in an organization.
    ///
    /// # Errors
    /// [`Unanswered`].
    pub async fn locale(
        &self,
        organization: OrganizationId,
        reader: Reader<'_>,
    ) -> Result<Locale, Unanswered> {
        let (user, email) = match reader {
            Reader::Person(user) => (user.to_string(), String::new()),
            Reader::Address(email) => (String::new(), email.to_owned()),
        };
        let request = GetLocaleRequest {
            organization: organization.to_string(),
            user,
            email,
        };
        let answer = found("identity", self.settings.clone().get_locale(request).await)?;
        let answer = answer.unwrap_or_default();
        Ok(Locale::new(&answer.language, &answer.time_zone))
    }

    /// The link, if it can still be used.
    ///
    /// # Errors
    /// [`Unanswered`].
    pub async fn link(&self, target: LinkTarget) -> Result<Option<LiveLink>, Unanswered> {
        match target {
            LinkTarget::Member { organization, member } => self.member_link(organization, member).await,
            LinkTarget::PartnershipInvitation(invitation) => self.invitation_link(invitation).await,
            LinkTarget::PasswordReset(user) => self.password_reset_link(user).await,
            LinkTarget::EmailChange(user) => self.email_change_link(user).await,
        }
    }

    async fn member_link(
        &self,
        organization: OrganizationId,
        member: MemberId,
    ) -> Result<Option<LiveLink>, Unanswered> {
        let request = GetMemberInvitationTokenRequest {
            organization: organization.to_string(),
            member: member.to_string(),
        };
        let answer = found(
            "identity",
            self.members.clone().get_member_invitation_token(request).await,
        )?;
        let Some(answer) = answer.filter(|answer| !answer.token.is_empty()) else {
            return Ok(None);
        };
        Ok(Some(LiveLink {
            token: token("identity", answer.token)?,
            until: time("identity", answer.expire_time)?,
            facts: Facts::default().with(Fact::Organization, &answer.organization_name),
            word: String::new(),
            only_to: None,
        }))
    }

    async fn password_reset_link(&self, user: UserId) -> Result<Option<LiveLink>, Unanswered> {
        let request = GetPasswordResetTokenRequest {
            user: user.to_string(),
        };
        let answer = self.accounts.clone().get_password_reset_token(request).await;
        let Some(answer) = found("identity", answer)? else {
            return Ok(None);
        };
        account_link(answer.token, answer.expire_time, answer.email)
    }

    async fn email_change_link(&self, user: UserId) -> Result<Option<LiveLink>, Unanswered> {
        let request = GetEmailChangeTokenRequest {
            user: user.to_string(),
        };
        let answer = self.accounts.clone().get_email_change_token(request).await;
        let Some(answer) = found("identity", answer)? else {
            return Ok(None);
        };
        account_link(answer.token, answer.expire_time, answer.new_email)
    }

    async fn invitation_link(&self, id: PartnershipInvitationId) -> Result<Option<LiveLink>, Unanswered> {
        let request = GetPartnershipInvitationTokenRequest {
            invitation: id.to_string(),
        };
        let answer = found(
            "partners",
            self.invitations
                .clone()
                .get_partnership_invitation_token(request)
                .await,
        )?;
        let Some(answer) = answer.filter(|answer| !answer.token.is_empty()) else {
            return Ok(None);
        };
        let invitation = answer
            .invitation
            .ok_or_else(|| unusable("partners", "a token without its invitation"))?;
        Ok(Some(LiveLink {
            token: token("partners", answer.token)?,
            until: time("partners", invitation.expire_time)?,
            facts: Facts::default(),
            word: invitation.message,
            only_to: None,
        }))
    }
}

/// The link of an account, which goes to nobody but its holder; an empty token is one that is over.
fn account_link(
    text: String,
    until: Option<prost_types::Timestamp>,
    address: String,
) -> Result<Option<LiveLink>, Unanswered> {
    if text.is_empty() {
        return Ok(None);
    }
    Ok(Some(LiveLink {
        token: token("identity", text)?,
        until: time("identity", until)?,
        facts: Facts::default(),
        word: String::new(),
        only_to: Some(address),
    }))
}

/// What isn't there any more is an answer, too.
fn found<T>(
    service: &'static str,
    answer: Result<tonic::Response<T>, Status>,
) -> Result<Option<T>, Unanswered> {
    match answer {
        Ok(answer) => Ok(Some(answer.into_inner())),
        Err(status) if status.code() == Code::NotFound => Ok(None),
        Err(status) => Err(Unanswered {
            service,
            problem: format!("{}: {}", status.code(), status.message()),
        }),
    }
}

fn token(service: &'static str, token: String) -> Result<String, Unanswered> {
    if is_token(&token) {
        Ok(token)
    } else {
        Err(unusable(service, "a token that no link can carry"))
    }
}

fn time(service: &'static str, time: Option<prost_types::Timestamp>) -> Result<Timestamp, Unanswered> {
    time.as_ref()
        .and_then(instant)
        .ok_or_else(|| unusable(service, "a token without the time of its end"))
}

fn unusable(service: &'static str, problem: &str) -> Unanswered {
    Unanswered {
        service,
        problem: problem.to_owned(),
    }
}
