//! Opens a session for who knows the password, or asks them for their second factor first.

use entente_ids::{OrganizationId, UserId};
use entente_service::Actor;
use jiff::Timestamp;
use secrecy::SecretString;
use uuid::Uuid;

use super::App;
use crate::domain::email::EmailAddress;
use crate::domain::origin::Origin;
use crate::domain::second_factor::CHALLENGE_LIFETIME;
use crate::domain::session::{SESSION_LIFETIME, Session, refresh_expiry};
use crate::error::Error;
use crate::events::SessionEnd;
use crate::security::challenge;
use crate::security::password::Verdict;
use crate::security::throttle::{Attempt, Place};
use crate::security::token::IssuedTokens;
use crate::store::challenge::{self as challenges, Answered, Challenge};
use crate::store::member::{self, Membership};
use crate::store::user_account::{self, Account};
use crate::store::{second_factor, session};

/// Who wants in.
#[derive(Debug)]
pub struct SignIn {
    /// The address.
    pub email: EmailAddress,
    /// The password.
    pub password: SecretString,
    /// Where to act; none means the organization joined first.
    pub organization: Option<OrganizationId>,
    /// Where the call comes from.
    pub origin: Origin,
}

/// What comes of a sign-in.
#[derive(Debug)]
pub enum SignedIn {
    /// A session.
    Open(Box<OpenSession>, IssuedTokens),
    /// The token of a challenge that a code of the second factor answers.
    Challenged(SecretString),
}

/// How a session is opened.
#[derive(Debug, Clone, Copy)]
pub(super) struct Opening {
    /// Where the person will act.
    pub(super) place: OrganizationId,
    /// What they have shown.
    pub(super) factors: Factors,
    /// When: the first of it.
    pub(super) auth_time: Timestamp,
    /// The hash of the challenge that they have answered with it.
    pub(super) challenge: Option<[u8; 32]>,
}

/// Somebody who has proved who they are.
pub(super) struct Proved {
    /// The person.
    pub(super) account: Account,
    /// Where they could act.
    pub(super) memberships: Vec<Membership>,
    /// Where they will act.
    pub(super) place: OrganizationId,
    /// What they have shown.
    pub(super) factors: Factors,
    /// When.
    pub(super) auth_time: Timestamp,
}

/// From where somebody signs in, and from where they have used sessions before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whence<'a> {
    /// From where the call comes.
    pub(super) origin: &'a Origin,
    /// From where they have used sessions.
    pub(super) known: &'a [Origin],
}

/// How many factors somebody has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Factors {
    /// One.
    One,
    /// Two.
    Two,
}

/// A session, with what its owner needs to find their way.
#[derive(Debug)]
pub struct OpenSession {
    /// The session.
    pub session: Session,
    /// The person.
    pub account: Account,
    /// Where they could act.
    pub memberships: Vec<Membership>,
}

/// Opens the session, or a challenge. It runs as the worker: before it there is no organization to speak for.
///
/// # Errors
/// [`Error::CredentialsWrong`] whatever is wrong, [`Error::TooManyAttempts`], or a failure beneath.
pub async fn run(app: &App, command: SignIn) -> Result<SignedIn, Error> {
    let attempt = Attempt {
        email: command.email.to_string(),
        client: command.origin.caller(),
    };
    // Before anything is asked of the database, and again with what it knows.
    app.check_delay(&attempt, Place::Familiar)?;
    let (account, memberships, known) = find(app, &command.email).await?;
    app.begin_attempt(&attempt, Place::of(&known, &command.origin))?;
    let hash = account.as_ref().map(|account| account.password_hash.as_str());
    let verdict = app.passwords.verify(&command.password, hash).await?;

    let place = match command.organization {
        Some(wanted) => memberships
            .iter()
            .find(|membership| membership.organization == wanted),
        None => memberships.first(),
    };
    let place = place.map(|membership| membership.organization);
    let (Verdict::Right, Some(account), Some(place)) = (verdict, account.clone(), place) else {
        refuse(app, account.as_ref(), place).await?;
        return Err(Error::CredentialsWrong);
    };
    app.throttle.succeeded(&attempt);
    let proved = Proved {
        account,
        memberships,
        place,
        factors: Factors::One,
        auth_time: app.now(),
    };
    let whence = Whence {
        origin: &command.origin,
        known: &known,
    };
    go_on(app, proved, whence).await
}

/// Goes on with somebody who has shown so many factors: to their session, or to the challenge of the one that lacks.
pub(super) async fn go_on(app: &App, proved: Proved, whence: Whence<'_>) -> Result<SignedIn, Error> {
    let Proved {
        account,
        memberships,
        place,
        factors,
        auth_time,
    } = proved;
    if factors == Factors::One
        && let Some(token) = challenge(app, &account, place, auth_time).await?
    {
        return Ok(SignedIn::Challenged(token));
    }
    let opening = Opening {
        place,
        factors,
        auth_time,
        challenge: None,
    };
    let (session, tokens) = open(app, &account, opening, whence).await?;
    let open = OpenSession {
        session,
        account,
        memberships,
    };
    Ok(SignedIn::Open(Box::new(open), tokens))
}

/// A challenge for who has a second factor.
async fn challenge(
    app: &App,
    account: &Account,
    place: OrganizationId,
    auth_time: Timestamp,
) -> Result<Option<SecretString>, Error> {
    let mut tx = app.database().system("identity.challenge_sign_in").await?;
    let factor = second_factor::find(&mut tx, account.id).await?;
    if factor.is_none_or(|factor| factor.enrolled.is_none()) {
        return Ok(None);
    }
    // A new password takes all challenges away: none may come of the old one meanwhile.
    if !user_account::keeps_password(&mut tx, account).await? {
        return Err(Error::CredentialsWrong);
    }
    let new = challenge::generate(&app.context.random);
    let challenge = Challenge {
        user: account.id,
        organization: place,
        proved_at: auth_time,
    };
    challenges::add(&mut tx, &new.hash, challenge, app.now() + CHALLENGE_LIFETIME).await?;
    tx.commit().await?;
    Ok(Some(new.token))
}

impl App {
    /// Counts an attempt to show a password as failed until it has succeeded, so that many at once count too.
    pub(super) fn begin_attempt(&self, attempt: &Attempt, place: Place) -> Result<(), Error> {
        self.check_delay(attempt, place)?;
        self.throttle
            .failed(attempt.clone(), self.context.clock.monotonic());
        Ok(())
    }

    fn check_delay(&self, attempt: &Attempt, place: Place) -> Result<(), Error> {
        let now = self.context.clock.monotonic();
        let delay = self.throttle.delay(attempt, place, now);
        delay.map_or(Ok(()), |delay| Err(Error::TooManyAttempts(delay)))
    }
}

/// Who has the address, where they could act, and from where they have used sessions.
async fn find(
    app: &App,
    email: &EmailAddress,
) -> Result<(Option<Account>, Vec<Membership>, Vec<Origin>), Error> {
    let mut tx = app.database().system("identity.find_account").await?;
    let account = user_account::find_by_email(&mut tx, email).await?;
    // Asked for nobody too, so that an unknown address takes as long as a known one.
    let user = account
        .as_ref()
        .map_or(UserId::from_uuid(Uuid::nil()), |account| account.id);
    let memberships = member::list_memberships(&mut tx, user).await?;
    let known = session::list_origins(&mut tx, user).await?;
    tx.commit().await?;
    Ok((account, memberships, known))
}

/// Opens a session. Of several answers to one challenge, one does.
///
/// # Errors
/// [`Error::ChallengeDead`], or a failure beneath.
pub(super) async fn open(
    app: &App,
    account: &Account,
    opening: Opening,
    whence: Whence<'_>,
) -> Result<(Session, IssuedTokens), Error> {
    let now = app.now();
    let session = Session {
        id: app.new_id(now),
        user: account.id,
        organization: opening.place,
        auth_time: opening.auth_time,
        second_factor: opening.factors == Factors::Two,
        generation: 1,
        expires_at: now + SESSION_LIFETIME,
        ended_at: None,
    };
    let refresh = app.tokens.refresh();
    let actor = Actor {
        actor: account.id.to_string(),
        on_behalf_of: None,
    };
    let mut tx = app.database().system("identity.open_session").await?;
    // A new password ends all sessions: none may be opened by the old one meanwhile.
    if !user_account::keeps_password(&mut tx, account).await? {
        return Err(Error::CredentialsWrong);
    }
    if let Some(hash) = opening.challenge
        && challenges::answer(&mut tx, &hash).await? == Answered::Before
    {
        return Err(Error::ChallengeDead);
    }
    session::add(&mut tx, &session, whence.origin, now).await?;
    session::add_token(&mut tx, &session, &refresh.hash, refresh_expiry(&session, now)).await?;
    app.announcer
        .session(&mut tx, SessionEnd::Opened, &actor, &session)
        .await?;
    // Of the first sign-in the person knows.
    let Whence { origin, known } = whence;
    if !known.is_empty() && !known.iter().any(|known| known.is_near(origin)) {
        app.announcer.new_place(&mut tx, &actor, account, origin).await?;
    }
    tx.commit().await?;
    app.announcer.wake();
    let tokens = app.tokens.access(&session, Some(refresh), now);
    Ok((session, tokens))
}

/// Leaves a trace of who was not let in.
pub(super) async fn refuse(
    app: &App,
    account: Option<&Account>,
    place: Option<OrganizationId>,
) -> Result<(), Error> {
    let attempt = app.new_id(app.now());
    let mut tx = app.database().system("identity.refuse_session").await?;
    app.announcer
        .refusal(&mut tx, attempt, account.map(|account| account.id), place)
        .await?;
    tx.commit().await?;
    app.announcer.wake();
    Ok(())
}
