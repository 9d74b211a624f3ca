//! Turns a pending member into an active one, for who holds the link.

use entente_access::Reason;
use entente_ids::{OrganizationId, UserId};
use entente_pg::retry_conflicts;
use entente_service::Actor;
use secrecy::SecretString;

use super::{App, look_up_member_invitation, member_change, sign_in};
use crate::domain::email::EmailAddress;
use crate::domain::member::{Member, MemberRefusal, MemberState};
use crate::domain::name::DisplayName;
use crate::domain::organization::OrganizationState;
use crate::domain::origin::Origin;
use crate::error::Error;
use crate::security::password::Verdict;
use crate::security::throttle::{Attempt, Place};
use crate::store::user_account::{self, Account, Added};
use crate::store::{member, organization, revision, session};

/// Who accepts.
#[derive(Debug)]
pub struct AcceptMemberInvitation {
    /// The token of the link.
    pub token: String,
    /// The person's name; needed for a new account.
    pub display_name: Option<DisplayName>,
    /// The password: a new one for a new account, the present one otherwise.
    pub password: SecretString,
    /// The address of the account that accepts; none means the invited one.
    pub email: Option<EmailAddress>,
    /// Who is signed in, if anybody.
    pub caller: Option<UserId>,
    /// Where the call comes from.
    pub origin: Origin,
}

/// Lets the person in with exactly the role that was offered. It runs as the worker: who holds the link is nobody's
/// member yet.
///
/// # Errors
/// [`Error::LinkDead`], [`Error::CredentialsWrong`], [`Error::Member`], [`Error::AlreadyMember`], [`Error::Field`],
/// [`Error::Refused`] while the organization is suspended, or a failure beneath.
pub async fn run(app: &App, command: AcceptMemberInvitation) -> Result<Member, Error> {
    // Two organizations may invite one new person, who accepts both at once: the second time there is an account.
    retry_conflicts(Error::is_conflict, || accept(app, &command)).await
}

async fn accept(app: &App, command: &AcceptMemberInvitation) -> Result<Member, Error> {
    let link = app.links.link(&command.token).ok_or(Error::LinkDead)?;
    let invited = look_up_member_invitation::run(app, &command.token).await?.member;
    if command
        .email
        .as_ref()
        .is_some_and(|email| *email != invited.email)
    {
        return Err(MemberRefusal::WrongAddress.into());
    }
    let known = find_account(app, &invited.email).await?;
    if command.caller.is_some() && command.caller != known.as_ref().map(|(account, _)| account.id) {
        return Err(MemberRefusal::WrongAddress.into());
    }
    // Before the transaction that changes anything: hashing takes long, and no row should be locked meanwhile.
    let (account, is_new) = match known {
        Some((account, origins)) => (verified(app, command, account, &origins).await?, false),
        None => (new_account(app, command, invited.email).await?, true),
    };

    let now = app.now();
    let mut tx = app.database().system("identity.accept_member_invitation").await?;
    let place = organization::lock(&mut tx, invited.organization)
        .await?
        .ok_or(Error::LinkDead)?;
    if place.state == OrganizationState::Suspended {
        return Err(Error::Refused(Reason::OrganizationSuspended));
    }
    let before = member::lock_invited(&mut tx, link.target).await?;
    let before = before
        .filter(|member| member.link(now) == Some(link))
        .ok_or(Error::LinkDead)?;
    let account = if is_new {
        if user_account::add(&mut tx, &account).await? == Added::Taken {
            return Err(Error::Collision);
        }
        account
    } else {
        // Meanwhile the person may have another password, or another address: then all is looked at again.
        user_account::lock(&mut tx, account.id)
            .await?
            .filter(|found| found.password_hash == account.password_hash && found.email == account.email)
            .ok_or(Error::Collision)?
    };
    let actor = Actor {
        actor: account.id.to_string(),
        on_behalf_of: None,
    };
    let after = Member {
        state: MemberState::Active,
        user: Some(account.id),
        display_name: Some(account.display_name),
        ..before.clone()
    }
    .changed(now);
    member::update(&mut tx, &after).await?;
    app.announcer
        .member(&mut tx, "member.joined", &actor, Some(&before), &after)
        .await?;
    let changes: Vec<_> = member_change(&after).into_iter().collect();
    let revision = revision::append(&mut tx, &changes, now).await?;
    tx.commit().await?;
    app.given(revision).await;
    Ok(after)
}

/// Where the person of an account is, and has been.
struct Known {
    place: Option<OrganizationId>,
    origins: Vec<Origin>,
}

async fn find_account(app: &App, email: &EmailAddress) -> Result<Option<(Account, Known)>, Error> {
    let mut tx = app.database().system("identity.find_account").await?;
    let Some(account) = user_account::find_by_email(&mut tx, email).await? else {
        return Ok(None);
    };
    let memberships = member::list_memberships(&mut tx, account.id).await?;
    let known = Known {
        place: memberships.first().map(|membership| membership.organization),
        origins: session::list_origins(&mut tx, account.id).await?,
    };
    tx.commit().await?;
    Ok(Some((account, known)))
}

async fn verified(
    app: &App,
    command: &AcceptMemberInvitation,
    account: Account,
    known: &Known,
) -> Result<Account, Error> {
    let attempt = Attempt {
        email: account.email.to_string(),
        client: command.origin.caller(),
    };
    app.begin_attempt(&attempt, Place::of(&known.origins, &command.origin))?;
    match app
        .passwords
        .verify(&command.password, Some(&account.password_hash))
        .await?
    {
        Verdict::Right => {
            app.throttle.succeeded(&attempt);
            Ok(account)
        }
        Verdict::Wrong => {
            sign_in::refuse(app, Some(&account), known.place).await?;
            Err(Error::CredentialsWrong)
        }
    }
}

async fn new_account(
    app: &App,
    command: &AcceptMemberInvitation,
    email: EmailAddress,
) -> Result<Account, Error> {
    let Some(display_name) = command.display_name.clone() else {
        return Err(Error::field(
            "display_name",
            "is missing: give your name for the new account",
        ));
    };
    let password_hash = app
        .choose_password("password", &command.password, &email, display_name.as_str())
        .await?;
    let now = app.now();
    Ok(Account {
        id: app.new_id(now),
        email,
        display_name: display_name.into(),
        language: None,
        password_hash,
        version: 1,
        created_at: now,
        updated_at: now,
    })
}
