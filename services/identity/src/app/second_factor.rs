//! What the use cases of the second factor share.

use entente_access::{Person, Reason};
use entente_envelope::Place;
use entente_ids::{OrganizationId, UserId};
use entente_service::Actor;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretSlice, SecretString};
use sqlx::PgConnection;

use super::App;
use crate::domain::decision::RECENT;
use crate::domain::second_factor::{Enrolled, SecondFactor};
use crate::domain::session::Session;
use crate::error::Error;
use crate::events::{Credential, CredentialEvent};
use crate::security::{recovery, totp};
use crate::store::second_factor::{self, Recovery};
use crate::store::{member, session, user_account};

/// Whether a code was right, once what it changed is committed.
enum Verdict {
    Taken,
    Refused(Error),
    /// It was not even looked at.
    Unread(Error),
}

/// Takes a code of a person's authenticator, or a recovery code, and uses it up. `place` is where they act, or want to.
///
/// # Errors
/// [`Error::CodeWrong`], [`Error::TooManyAttempts`], [`Error::NoSecondFactor`], or a failure beneath.
pub(super) async fn take_code(
    app: &App,
    user: UserId,
    place: OrganizationId,
    code: &SecretString,
) -> Result<(), Error> {
    let now = app.now();
    let mut tx = app.database().system("identity.take_code").await?;
    let factor = second_factor::lock(&mut tx, user).await?;
    let (mut factor, enrolled) = with_app(factor)?;
    let code = code.expose_secret().trim();
    // Who guesses at the app doesn't keep its owner from a recovery code.
    let verdict = if totp::looks_like_code(code) {
        take_app_code(app, &mut tx, &mut factor, &enrolled, code).await?
    } else {
        take_recovery_code(app, &mut tx, user, place, code).await?
    };
    // One that was not even looked at leaves no trace: whoever floods us with codes doesn't flood the trails.
    if let Verdict::Refused(_) = verdict {
        let attempt = app.new_id(now);
        app.announcer
            .refusal(&mut tx, attempt, Some(user), Some(place))
            .await?;
    }
    tx.commit().await?;
    app.announcer.wake();
    match verdict {
        Verdict::Taken => Ok(()),
        Verdict::Refused(error) | Verdict::Unread(error) => Err(error),
    }
}

fn with_app(factor: Option<SecondFactor>) -> Result<(SecondFactor, Enrolled), Error> {
    let factor = factor.ok_or(Error::NoSecondFactor)?;
    let enrolled = factor.enrolled.clone().ok_or(Error::NoSecondFactor)?;
    Ok((factor, enrolled))
}

async fn take_app_code(
    app: &App,
    conn: &mut PgConnection,
    factor: &mut SecondFactor,
    enrolled: &Enrolled,
    code: &str,
) -> Result<Verdict, Error> {
    let now = app.now();
    if let Some(delay) = factor.blocked_for(now) {
        return Ok(Verdict::Unread(Error::TooManyAttempts(delay)));
    }
    let place = sealed_for(factor.user);
    let secret = app.envelope.open(place, &enrolled.secret)?;
    let verdict = match totp::step(&secret, code, now, Some(enrolled.last_step))? {
        Some(step) => {
            factor.took(step);
            // The key of the envelope has changed since.
            if let Some(stored) = &mut factor.enrolled
                && !app.envelope.is_current(&stored.secret)
            {
                stored.secret = app.envelope.seal(place, secret.expose_secret())?;
            }
            Verdict::Taken
        }
        None => {
            factor.failed(now);
            Verdict::Refused(Error::CodeWrong)
        }
    };
    second_factor::update(conn, factor).await?;
    Ok(verdict)
}

async fn take_recovery_code(
    app: &App,
    conn: &mut PgConnection,
    user: UserId,
    place: OrganizationId,
    code: &str,
) -> Result<Verdict, Error> {
    let Some(hash) = recovery::hash(user, code) else {
        return Ok(Verdict::Unread(Error::CodeWrong));
    };
    let (who, now) = (user.to_string(), app.context.clock.monotonic());
    if let Some(delay) = app.recovery_attempts.delay(&who, now) {
        return Ok(Verdict::Unread(Error::TooManyAttempts(delay)));
    }
    app.recovery_attempts.take(&who, now);
    match second_factor::use_recovery_code(conn, user, &hash).await? {
        Recovery::Used => {
            app.recovery_attempts.give_back(&who);
            announce(app, conn, CredentialEvent::RecoveryCodeUsed, user, place).await?;
            Ok(Verdict::Taken)
        }
        Recovery::Unknown => Ok(Verdict::Refused(Error::CodeWrong)),
    }
}

/// Announces what a person did to their second factor, to all organizations that they are in.
///
/// # Errors
/// [`Error::SessionRevoked`] when the person is gone, or a failure beneath.
pub(super) async fn announce(
    app: &App,
    conn: &mut PgConnection,
    event: CredentialEvent,
    user: UserId,
    place: OrganizationId,
) -> Result<(), Error> {
    let actor = Actor {
        actor: user.to_string(),
        on_behalf_of: None,
    };
    announce_by(app, conn, event, &actor, user, place).await
}

/// Announces what somebody did to a person's second factor, to all organizations that the person is in.
///
/// # Errors
/// [`Error::SessionRevoked`] when the person is gone, or a failure beneath.
pub(super) async fn announce_by(
    app: &App,
    conn: &mut PgConnection,
    event: CredentialEvent,
    actor: &Actor,
    user: UserId,
    place: OrganizationId,
) -> Result<(), Error> {
    let account = user_account::find(conn, user)
        .await?
        .ok_or(Error::SessionRevoked)?;
    let memberships = member::list_memberships(conn, user).await?;
    let left = second_factor::count_recovery_codes(conn, user).await?;
    let credential = Credential {
        user,
        email: account.email,
        place,
        organizations: memberships
            .iter()
            .map(|membership| membership.organization)
            .collect(),
        recovery_codes_left: left,
    };
    app.announcer.credential(conn, event, actor, &credential).await
}

/// New recovery codes in the place of those of before.
///
/// # Errors
/// When the database fails.
pub(super) async fn renew_recovery_codes(
    app: &App,
    conn: &mut PgConnection,
    user: UserId,
) -> Result<Vec<SecretString>, Error> {
    let codes = recovery::generate(&app.context.random);
    let hashes: Vec<Vec<u8>> = codes
        .iter()
        .filter_map(|code| recovery::hash(user, code.expose_secret()))
        .map(Vec::from)
        .collect();
    second_factor::replace_recovery_codes(conn, user, &hashes).await?;
    Ok(codes)
}

/// Marks the session of the caller as one that has shown the second factor, and returns it as the caller uses it.
///
/// # Errors
/// [`Error::SessionRevoked`], or a failure of the database.
pub(super) async fn lift(conn: &mut PgConnection, person: &Person) -> Result<Session, Error> {
    let mut current = session::lock(conn, person.session)
        .await?
        .filter(|session| session.ended_at.is_none())
        .ok_or(Error::SessionRevoked)?;
    current.second_factor = true;
    session::update(conn, &current).await?;
    Ok(Session {
        organization: person.organization,
        ..current
    })
}

/// Refuses who has not proved lately who they are.
///
/// # Errors
/// [`Error::Refused`] with `REAUTHENTICATION_REQUIRED`.
pub(super) fn recently_proved(person: &Person, now: Timestamp) -> Result<(), Error> {
    if now.duration_since(person.auth_time) <= RECENT {
        return Ok(());
    }
    Err(Error::Refused(Reason::ReauthenticationRequired))
}

/// Refuses a session that has not shown the second factor.
///
/// # Errors
/// [`Error::Refused`] with `MFA_REQUIRED`.
pub(super) fn shown(person: &Person) -> Result<(), Error> {
    if person.second_factor {
        return Ok(());
    }
    Err(Error::Refused(Reason::MfaRequired))
}

/// Seals an authenticator's secret. A person belongs to no organization: they are their own tenant.
///
/// # Errors
/// [`Error::Envelope`].
pub(super) fn seal(app: &App, user: UserId, secret: &SecretSlice<u8>) -> Result<Vec<u8>, Error> {
    Ok(app.envelope.seal(sealed_for(user), secret.expose_secret())?)
}

/// Where the secret of a person's authenticator stands.
pub(super) fn sealed_for(user: UserId) -> Place {
    Place {
        purpose: "identity totp secret",
        tenant: user.uuid(),
        record: user.uuid(),
    }
}
