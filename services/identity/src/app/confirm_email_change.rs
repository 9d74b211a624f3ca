//! Gives a person the address that they asked for, once they have shown that its mail reaches them.

use entente_ids::UserId;
use entente_pg::retry_conflicts;
use entente_service::Actor;
use jiff::Timestamp;
use sqlx::PgConnection;

use super::{App, account_link};
use crate::domain::email::EmailAddress;
use crate::domain::link::AccountPurpose;
use crate::domain::member::{Member, MemberState};
use crate::error::Error;
use crate::store::user_account::{self, Account};
use crate::store::{self, member, organization};

/// Changes the address of the account and of all of the person's places, and calls off every link that went to the old
/// one. Who holds the link is known only by it, and it crosses organizations, so it runs as the worker.
///
/// # Errors
/// [`Error::LinkDead`], also where somebody else has the address by now, or a failure beneath.
pub async fn run(app: &App, token: &str) -> Result<Account, Error> {
    retry_conflicts(Error::is_conflict, || confirm(app, token)).await
}

async fn confirm(app: &App, token: &str) -> Result<Account, Error> {
    let link = app.account_links.link(AccountPurpose::EmailChange, token);
    let link = link.ok_or(Error::LinkDead)?;
    let now = app.now();
    let actor = Actor {
        actor: link.user.to_string(),
        on_behalf_of: None,
    };
    let mut tx = app.database().system("identity.confirm_email_change").await?;
    let places = lock_places(&mut tx, link.user).await?;
    user_account::lock(&mut tx, link.user).await?;
    // Who joins another organization holds the account meanwhile: a place may have come between the two locks.
    if member::list_of_user(&mut tx, link.user).await?.len() != places.len() {
        return Err(Error::Collision);
    }
    let (before, last) = account_link::open(app, &mut tx, link).await?;
    let email = last.email.ok_or(Error::LinkDead)?;
    let after = Account {
        email: email.clone(),
        ..before.clone()
    }
    .changed(now);
    user_account::set_email(&mut tx, &after).await?;
    for place in places {
        move_place(app, &mut tx, &actor, place, &email, now).await?;
    }
    store::account_link::call_off(&mut tx, after.id).await?;
    app.announcer
        .account(&mut tx, "account.email_changed", &actor, Some(&before), &after)
        .await?;
    tx.commit().await?;
    app.announcer.wake();
    Ok(after)
}

/// All that changes members of one organization stands in line at its row, here in the order of their ids.
async fn lock_places(conn: &mut PgConnection, user: UserId) -> Result<Vec<Member>, Error> {
    for place in member::list_of_user(conn, user).await? {
        organization::lock(conn, place.organization).await?;
    }
    // Again, since they may have changed while others stood before us in the line.
    member::list_of_user(conn, user).await
}

async fn move_place(
    app: &App,
    conn: &mut PgConnection,
    actor: &Actor,
    before: Member,
    email: &EmailAddress,
    now: Timestamp,
) -> Result<(), Error> {
    // An invitation of the new address to where the person is already has become pointless.
    let invited = member::find_by_email(conn, before.organization, email).await?;
    if let Some(invited) = invited.filter(|invited| invited.id != before.id) {
        let removed = Member {
            state: MemberState::Removed,
            ..invited.clone()
        }
        .changed(now);
        member::update(conn, &removed).await?;
        app.announcer
            .member(conn, "member.removed", actor, Some(&invited), &removed)
            .await?;
    }
    let after = Member {
        email: email.clone(),
        ..before.clone()
    }
    .changed(now);
    member::update(conn, &after).await?;
    app.announcer
        .member(conn, "member.updated", actor, Some(&before), &after)
        .await
}
