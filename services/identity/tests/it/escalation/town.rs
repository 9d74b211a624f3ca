//! An operator with a partner, a sub-partner and two clients, and whoever acts in them.

use std::collections::BTreeMap;

use entente_contracts::access::v1::{Action, Resource};
use entente_contracts::identity::v1::{
    CreateOrganizationRequest, Grant, OrganizationType, PutGrantRequest, SwitchOrganizationRequest,
};
use entente_ids::{OrganizationId, PartnershipId};
use sqlx::PgConnection;
use tonic::Status;
use uuid::Uuid;

use super::oracle::everything;
use super::state::{Held, Place, State};
use crate::passing_on::without_billing;
use crate::role::permissions;
use crate::support::{Actor, PASSWORD, World, organization};

/// How many people there are from the start; others are invited on the way.
const PEOPLE: usize = 8;

pub(super) struct Town<'a> {
    pub(super) world: &'a World,
    /// The organizations of this sequence, the operator first.
    pub(super) organizations: Vec<String>,
    /// The operator's first owner, whom nobody touches: the next town needs her.
    pub(super) spared: String,
    pub(super) conn: PgConnection,
    /// What makes names and versions differ.
    pub(super) number: u32,
    /// By the principal and the organization that they act in.
    tokens: BTreeMap<(String, String), String>,
    /// Where people are signed in already.
    sessions: &'a mut BTreeMap<String, Actor>,
}

pub(super) fn address(number: usize) -> String {
    format!("p{number}@town.example")
}

impl<'a> Town<'a> {
    /// The people, who are the same in every town.
    pub(super) async fn settle(world: &World, operator: &Actor) {
        for number in 0..PEOPLE {
            let role = if number == 0 { "admin" } else { "viewer" };
            world.join(operator, &address(number), role).await;
        }
    }

    pub(super) async fn found(
        world: &'a World,
        operator: &Actor,
        sessions: &'a mut BTreeMap<String, Actor>,
        number: u32,
    ) -> Self {
        let mut town = Self {
            world,
            organizations: vec![operator.organization.clone()],
            spared: operator.member.clone(),
            conn: world.admin().await,
            number: number * 10_000,
            tokens: BTreeMap::new(),
            sessions,
        };
        let partner = town.add(operator, OrganizationType::Partner, 1).await;
        let sub_partner = town.add(&partner, OrganizationType::SubPartner, 2).await;
        let client = town.add(&sub_partner, OrganizationType::Client, 3).await;
        let direct = town.add(operator, OrganizationType::DirectClient, 4).await;
        for (owner, person, role) in [
            (&partner, 5, "admin"),
            (&partner, 6, "account_manager"),
            (&partner, 7, "delegated_account_administrator"),
            (&sub_partner, 5, "admin"),
            (&client, 6, "admin"),
            (&direct, 7, "admin"),
        ] {
            let invited = world.invite(owner, &address(person), role).await.unwrap();
            town.accept(&owner.organization, &invited.id).await.unwrap();
        }
        town.grant(&direct.organization, &partner.organization, &everything(), false)
            .await
            .unwrap();
        town.grant(&client.organization, &partner.organization, &everything(), false)
            .await
            .unwrap();
        town
    }

    /// A new organization, and its first owner.
    async fn add(&mut self, by: &Actor, kind: OrganizationType, person: usize) -> Actor {
        let name = format!("House {}", self.next());
        let created = self.create(by, kind, &name, &address(person)).await.unwrap();
        let pending = self.read().await;
        let owner = pending
            .places
            .values()
            .find(|place| place.organization == created)
            .unwrap();
        self.accept(&created, &owner.id).await.unwrap();
        let owner = self.read().await.places[&owner.id].clone();
        self.actor(&owner).await.unwrap()
    }

    /// Makes an organization below the actor's own.
    pub(super) async fn create(
        &mut self,
        by: &Actor,
        kind: OrganizationType,
        name: &str,
        owner: &str,
    ) -> Result<String, Status> {
        let request = CreateOrganizationRequest {
            parent: by.organization.clone(),
            organization: Some(organization(kind, name)),
            owner_email: owner.to_owned(),
            request_id: String::new(),
        };
        let answer = self
            .world
            .organizations()
            .create_organization(by.request(request))
            .await?;
        let created = answer.into_inner().organization.unwrap().id;
        self.organizations.push(created.clone());
        Ok(created)
    }

    pub(super) async fn accept(&self, organization: &str, member: &str) -> Result<(), Status> {
        self.world.accept(organization, member, PASSWORD).await.map(drop)
    }

    /// As partners does, for a client.
    pub(super) async fn grant(
        &mut self,
        client: &str,
        partner: &str,
        ceiling: &Held,
        ended: bool,
    ) -> Result<(), Status> {
        let (one, other) = (self.uuid(client), self.uuid(partner));
        let grant = Grant {
            partnership: PartnershipId::from_uuid(Uuid::from_u128(
                one.as_u128() ^ other.as_u128().rotate_left(1),
            ))
            .to_string(),
            client: client.to_owned(),
            partner: partner.to_owned(),
            version: i64::from(self.next()),
            ended,
            complete: true,
            ceiling: permissions(&ceiling.iter().copied().collect::<Vec<_>>()),
            ..Grant::default()
        };
        let request = self
            .world
            .internal_of("partners", PutGrantRequest { grant: Some(grant) });
        self.world.decisions().put_grant(request).await.map(drop)
    }

    fn uuid(&self, organization: &str) -> Uuid {
        organization.parse::<OrganizationId>().unwrap().uuid()
    }

    pub(super) fn next(&mut self) -> u32 {
        self.number += 1;
        self.number
    }

    /// All that is stored of the town.
    pub(super) async fn read(&mut self) -> State {
        let of: Vec<Uuid> = self.organizations.iter().map(|id| self.uuid(id)).collect();
        State::read(&mut self.conn, &of).await
    }

    /// Whoever has the place, as they call; none while they can't.
    pub(super) async fn actor(&mut self, place: &Place) -> Option<Actor> {
        let user = place.principal.clone()?;
        let key = (user.clone(), place.organization.clone());
        if !self.tokens.contains_key(&key) {
            if place.email.is_empty() {
                return None;
            }
            let token = match self.switch(place).await {
                Some(token) => token,
                None => {
                    let signed_in = self.world.sign_in(&place.email).await;
                    self.sessions.insert(user.clone(), signed_in);
                    self.switch(place).await?
                }
            };
            self.tokens.insert(key.clone(), token);
        }
        Some(Actor {
            email: place.email.clone(),
            user,
            organization: place.organization.clone(),
            member: place.id.clone(),
            session: String::new(),
            token: self.tokens[&key].clone(),
            refresh: String::new(),
        })
    }

    /// Moves the session of a person to a place of theirs, while it lives.
    async fn switch(&self, place: &Place) -> Option<String> {
        let signed_in = self.sessions.get(place.principal.as_deref()?)?;
        let request = SwitchOrganizationRequest {
            organization: place.organization.clone(),
        };
        let mut client = self.world.sessions();
        let switched = client
            .switch_organization(signed_in.request(request))
            .await
            .ok()?;
        Some(switched.into_inner().tokens?.access_token)
    }

    /// A service account has a key from here on.
    pub(super) fn knows(&mut self, account: &str, organization: &str, token: String) {
        self.tokens
            .insert((account.to_owned(), organization.to_owned()), token);
    }

    /// Whether a service account has a key.
    pub(super) fn is_known(&self, place: &Place) -> bool {
        self.tokens
            .contains_key(&(place.id.clone(), place.organization.clone()))
    }

    /// The token is good for nothing any more.
    pub(super) fn forget(&mut self, actor: &Actor) {
        self.tokens.retain(|(user, _), _| *user != actor.user);
        self.sessions.remove(&actor.user);
    }
}

/// The ceilings that an operator sets here.
pub(super) fn ceilings() -> Vec<Option<Vec<(Resource, Action)>>> {
    let members = without_billing()
        .into_iter()
        .filter(|(resource, action)| *resource == Resource::Member || *action == Action::Read);
    vec![None, Some(without_billing()), Some(members.collect())]
}
