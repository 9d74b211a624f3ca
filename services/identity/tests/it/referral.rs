//! The referral lists of advisors.

use entente_contracts::access::v1::{Action, Resource};
use entente_contracts::identity::v1::{
    AddReferralsRequest, Grant, ListMembersRequest, ListReferralsRequest, OrganizationType, PutGrantRequest,
    RemoveReferralsRequest,
};
use entente_identity::domain::decision::{Change, Controls, DelegationFlag, DelegationFlags};
use entente_identity::domain::organization::{OrganizationKind, OrganizationState};
use entente_identity::store::revision;
use entente_ids::{OrganizationId, PartnershipId};
use tonic::Status;

use crate::group::{add_members, create_group};
use crate::member::{remove, set_role};
use crate::role::{self, permissions};
use crate::support::{Actor, World, reason};

/// A partner whose administrators may make users, with an owner and an advisor, and a client that has given it a
/// complete mandate.
struct Fleet {
    world: World,
    owner: Actor,
    advisor: Actor,
    client: Actor,
}

impl Fleet {
    async fn new() -> Self {
        let (world, operator) = World::new().await;
        let owner = world.found(&operator, OrganizationType::Partner, "Alpina").await;
        delegate(&world, &owner).await;
        let client = world
            .found(&operator, OrganizationType::DirectClient, "Berger")
            .await;
        let role = "delegated_account_administrator";
        let advisor = world.join(&owner, "anna@alpina.example", role).await;
        let grant = Grant {
            partnership: PartnershipId::new(world.now(), [1; 10]).to_string(),
            client: client.organization.clone(),
            partner: owner.organization.clone(),
            version: 1,
            complete: true,
            ceiling: permissions(&[(Resource::Member, Action::Read)]),
            ..Grant::default()
        };
        let request = world.internal_of("partners", PutGrantRequest { grant: Some(grant) });
        world.decisions().put_grant(request).await.unwrap();
        Self {
            world,
            owner,
            advisor,
            client,
        }
    }

    async fn add(&self, by: &Actor, client: &str) -> Result<i32, Status> {
        let request = AddReferralsRequest {
            organization: by.organization.clone(),
            member: self.advisor.member.clone(),
            clients: vec![client.to_owned()],
            request_id: String::new(),
        };
        let answer = self.world.referrals().add_referrals(by.request(request)).await?;
        Ok(answer.into_inner().added)
    }

    async fn remove(&self, by: &Actor, client: &str) -> Result<i32, Status> {
        let request = RemoveReferralsRequest {
            organization: by.organization.clone(),
            member: self.advisor.member.clone(),
            clients: vec![client.to_owned()],
            request_id: String::new(),
        };
        let answer = self
            .world
            .referrals()
            .remove_referrals(by.request(request))
            .await?;
        Ok(answer.into_inner().removed)
    }

    /// Whether somebody of the partner reads the client's members.
    async fn reaches(&self, by: &Actor) -> Result<(), Status> {
        let request = ListMembersRequest {
            organization: self.client.organization.clone(),
            ..ListMembersRequest::default()
        };
        self.world
            .members()
            .list_members(by.request(request))
            .await
            .map(drop)
    }
}

/// As the operator's UpdateOrganization does.
async fn delegate(world: &World, partner: &Actor) {
    let id: OrganizationId = partner.organization.parse().unwrap();
    let flags: DelegationFlags = [DelegationFlag::AllowUserCreation].into_iter().collect();
    let mut tx = world
        .context
        .database
        .tenant("test.delegate", id.uuid())
        .await
        .unwrap();
    sqlx::query("update identity.organization set delegation = $2 where id = $1")
        .bind(id.uuid())
        .bind(flags.words())
        .execute(&mut *tx)
        .await
        .unwrap();
    let change = Change::Organization {
        id,
        kind: OrganizationKind::Partner,
        state: OrganizationState::Active,
        controls: Controls {
            delegation: flags,
            ..Controls::default()
        },
    };
    revision::append(&mut tx, &[change], world.now()).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn an_advisor_reaches_the_clients_on_the_list_and_no_others() {
    let fleet = Fleet::new().await;
    let client = fleet.client.organization.clone();
    assert_eq!(reason(fleet.reaches(&fleet.advisor).await), "PERMISSION_MISSING");
    assert_eq!(fleet.add(&fleet.owner, &client).await.unwrap(), 1);
    fleet.reaches(&fleet.advisor).await.unwrap();
    assert_eq!(fleet.add(&fleet.owner, &client).await.unwrap(), 0);

    let request = ListReferralsRequest {
        organization: fleet.owner.organization.clone(),
        member: fleet.advisor.member.clone(),
        ..ListReferralsRequest::default()
    };
    let listed = fleet
        .world
        .referrals()
        .list_referrals(fleet.owner.request(request))
        .await
        .unwrap();
    assert_eq!(listed.into_inner().referrals[0].client, client);

    assert_eq!(fleet.remove(&fleet.owner, &client).await.unwrap(), 1);
    assert_eq!(reason(fleet.reaches(&fleet.advisor).await), "PERMISSION_MISSING");
    assert_eq!(fleet.remove(&fleet.owner, &client).await.unwrap(), 0);

    let events = fleet.world.events(&fleet.advisor.member, 4).await;
    assert_eq!(events[2].kind(), "member.referrals_added");
    assert_eq!(
        events[3].header("ce_changes"),
        format!(r#"[{{"field":"referrals","before":["{client}"]}}]"#)
    );
}

#[tokio::test]
async fn an_advisor_keeps_no_list() {
    let fleet = Fleet::new().await;
    let client = fleet.client.organization.clone();
    assert_eq!(
        reason(fleet.add(&fleet.advisor, &client).await),
        "PERMISSION_MISSING"
    );
}

#[tokio::test]
async fn an_admin_who_holds_less_at_clients_gives_nothing_there() {
    let fleet = Fleet::new().await;
    let admin = fleet
        .world
        .join(&fleet.owner, "adam@alpina.example", "admin")
        .await;
    let client = fleet.client.organization.clone();
    assert_eq!(reason(fleet.add(&admin, &client).await), "GRANT_EXCEEDS_OWN");
}

/// Their rights at clients end with their list, so that they aren't theirs to pass on.
#[tokio::test]
async fn an_advisor_who_changes_members_gives_no_client_to_themselves() {
    let fleet = Fleet::new().await;
    let changes = [(Resource::Member, Action::Update)];
    let changer = role::create(&fleet.world, &fleet.owner, "Changes members", &changes)
        .await
        .unwrap();
    let group = create_group(&fleet.world, &fleet.owner, "Helpers", &[&changer.id])
        .await
        .unwrap();
    add_members(&fleet.world, &fleet.owner, &group.id, &[&fleet.advisor.member])
        .await
        .unwrap();
    let client = fleet.client.organization.clone();
    assert_eq!(
        reason(fleet.add(&fleet.advisor, &client).await),
        "GRANT_EXCEEDS_OWN"
    );
    // Nor by a colleague, whose list may be another.
    let mia = fleet
        .world
        .join(&fleet.owner, "mia@alpina.example", &changer.id)
        .await;
    let role = "delegated_account_administrator";
    assert_eq!(
        reason(set_role(&fleet.world, &fleet.advisor, &mia.member, role).await),
        "GRANT_EXCEEDS_OWN"
    );
}

#[tokio::test]
async fn a_client_without_a_mandate_is_on_no_list() {
    let fleet = Fleet::new().await;
    let unknown = OrganizationId::new(fleet.world.now(), [7; 10]).to_string();
    assert_eq!(reason(fleet.add(&fleet.owner, &unknown).await), "NOT_FOUND");
    assert_eq!(
        reason(fleet.add(&fleet.owner, &fleet.owner.organization).await),
        "NOT_FOUND"
    );
}

#[tokio::test]
async fn who_comes_back_has_an_empty_list() {
    let fleet = Fleet::new().await;
    let client = fleet.client.organization.clone();
    fleet.add(&fleet.owner, &client).await.unwrap();
    remove(&fleet.world, &fleet.owner, &fleet.advisor.member)
        .await
        .unwrap();
    let role = "delegated_account_administrator";
    let back = fleet.world.join(&fleet.owner, &fleet.advisor.email, role).await;
    assert_eq!(reason(fleet.reaches(&back).await), "PERMISSION_MISSING");
}
