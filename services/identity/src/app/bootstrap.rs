//! The first run: makes the operator, and lets its first owner in.

use entente_access::links::LinkKey;
use entente_ids::{MemberId, OrganizationId};
use entente_service::{Actor, Context};
use jiff::Timestamp;
use sqlx::PgConnection;

use super::organization_change;
use crate::domain::decision::Controls;
use crate::domain::email::EmailAddress;
use crate::domain::link::{Link, MemberInvitation};
use crate::domain::member::{Member, MemberState, Standing};
use crate::domain::name::DisplayName;
use crate::domain::organization::{Organization, OrganizationKind, OrganizationState};
use crate::domain::role::RoleRef;
use crate::domain::slug::Slug;
use crate::error::Error;
use crate::events::Announcer;
use crate::store::{member, organization, revision};

const OWNER: Standing = Standing {
    role: Some(RoleRef::OWNER),
    legal_representative: true,
};

/// How the operator's first owner gets in.
#[derive(Debug)]
pub struct Bootstrap {
    /// The operator; the one that was there, if there was one.
    pub operator: Organization,
    /// The token of the one-time link: to be shown once, and kept nowhere.
    pub link_token: String,
    /// Until when the link can be used.
    pub expires_at: Timestamp,
}

/// Makes the operator with its first owner as a pending member, and gives the token of that one's link. While nobody
/// has used it, a later call makes a new one, for the same address or another, and the old one is dead; the operator
/// keeps the name of the first call. No mail is sent of it. It runs as the worker: there is no organization yet.
///
/// # Errors
/// [`Error::OperatorExists`] once the operator has an active owner, [`Error::NameTaken`], or a failure beneath.
pub async fn bootstrap(
    context: &Context,
    links: &LinkKey<MemberInvitation>,
    operator_name: DisplayName,
    owner_email: EmailAddress,
) -> Result<Bootstrap, Error> {
    let now = context.now();
    let announcer = Announcer::new(context.clone()).map_err(|_| Error::Corrupt("topic"))?;
    let installer = Installer {
        context,
        announcer: &announcer,
        now,
    };
    let mut tx = context.database.system("identity.bootstrap").await?;
    let (operator, owner) = match organization::lock_operator(&mut tx).await? {
        Some(operator) => {
            let owner = installer.renew(&mut tx, &operator, owner_email).await?;
            (operator, owner)
        }
        None => {
            let (operator, owner) = installer.found(&mut tx, operator_name, owner_email).await?;
            revision::append(&mut tx, &[organization_change(&operator)], now).await?;
            (operator, owner)
        }
    };
    tx.commit().await?;
    announcer.wake();
    let link_token = links.token(Link {
        target: owner.id,
        generation: owner.generation,
    });
    Ok(Bootstrap {
        operator,
        link_token,
        expires_at: owner.invitation_expires_at,
    })
}

struct Installer<'a> {
    context: &'a Context,
    announcer: &'a Announcer,
    now: Timestamp,
}

impl Installer<'_> {
    async fn found(
        &self,
        conn: &mut PgConnection,
        name: DisplayName,
        owner_email: EmailAddress,
    ) -> Result<(Organization, Member), Error> {
        let id = OrganizationId::new(self.now, self.context.random_bytes());
        let slug = Slug::of(name.as_str(), &id.to_string());
        let operator = Organization {
            id,
            root_folder: slug.clone(),
            slug,
            logo_uri: None,
            responsible: None,
            parent: None,
            kind: OrganizationKind::Operator,
            state: OrganizationState::Active,
            controls: Controls::default(),
            display_name: name,
            contact_email: Some(owner_email.clone()),
            version: 1,
            created_at: self.now,
            updated_at: self.now,
        };
        organization::add(conn, &operator).await?;
        self.announcer
            .organization(conn, "organization.created", &actor(), None, &operator)
            .await?;
        let owner = self.invite(conn, &operator, owner_email).await?;
        Ok((operator, owner))
    }

    async fn renew(
        &self,
        conn: &mut PgConnection,
        operator: &Organization,
        owner_email: EmailAddress,
    ) -> Result<Member, Error> {
        let owners = member::list_owners(conn, operator.id).await?;
        if owners.iter().any(Member::is_active) {
            return Err(Error::OperatorExists);
        }
        let mut renewed = None;
        for owner in owners {
            if owner.email == owner_email {
                let after = owner.invite_again(OWNER, self.now);
                member::update(conn, &after).await?;
                self.announcer
                    .member(conn, "member.bootstrapped", &actor(), Some(&owner), &after)
                    .await?;
                renewed = Some(after);
            } else {
                let after = Member {
                    state: MemberState::Removed,
                    ..owner.clone()
                }
                .changed(self.now);
                member::update(conn, &after).await?;
                self.announcer
                    .member(conn, "member.removed", &actor(), Some(&owner), &after)
                    .await?;
            }
        }
        match renewed {
            Some(owner) => Ok(owner),
            None => self.invite(conn, operator, owner_email).await,
        }
    }

    async fn invite(
        &self,
        conn: &mut PgConnection,
        operator: &Organization,
        email: EmailAddress,
    ) -> Result<Member, Error> {
        let id = MemberId::new(self.now, self.context.random_bytes());
        let owner = Member::invite(id, operator.id, email, OWNER, self.now);
        member::add(conn, &owner).await?;
        // A type of its own, so that nobody mails the link that is shown on the terminal.
        self.announcer
            .member(conn, "member.bootstrapped", &actor(), None, &owner)
            .await?;
        Ok(owner)
    }
}

/// Whoever runs the program on its machine.
fn actor() -> Actor {
    Actor {
        actor: "installer".to_owned(),
        on_behalf_of: None,
    }
}
