//! Organizations suspended, resumed and deleted; and the glass that is broken for one that has lost its people.

use std::time::Duration;

use entente_contracts::identity::v1::{
    DeleteOrganizationRequest, GetFrontDoorRequest, Grant, GrantBreakGlassOwnerRequest,
    ListOrganizationsRequest, Member, MemberState, Organization, OrganizationState, OrganizationType,
    PutGrantRequest, ResumeOrganizationRequest, SuspendOrganizationRequest, UpdateOrganizationBelowRequest,
};
use entente_ids::PartnershipId;
use prost_types::FieldMask;
use tonic::{Code, Status};

use crate::member_state::disable_member;
use crate::session::switch;
use crate::support::{Actor, PASSWORD, World, reason};

macro_rules! step {
    ($name:ident, $method:ident, $request:ident) => {
        pub(crate) async fn $name(
            world: &World,
            by: &Actor,
            organization: &str,
        ) -> Result<Organization, Status> {
            let request = $request {
                parent: by.organization.clone(),
                organization: organization.to_owned(),
                ..Default::default()
            };
            let answer = world.organizations().$method(by.request(request)).await?;
            Ok(answer.into_inner().organization.unwrap())
        }
    };
}

step!(suspend, suspend_organization, SuspendOrganizationRequest);
step!(resume, resume_organization, ResumeOrganizationRequest);
step!(delete, delete_organization, DeleteOrganizationRequest);

#[tokio::test]
async fn a_suspended_organization_reads_and_doesnt_write_until_it_is_resumed() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let suspended = suspend(&world, &operator, &alpina.organization).await.unwrap();
    assert_eq!(suspended.state(), OrganizationState::Suspended);
    world.list_members(&alpina).await.unwrap();
    let written = world.invite(&alpina, "new@alpina.example", "viewer").await;
    assert_eq!(written.as_ref().unwrap_err().code(), Code::FailedPrecondition);
    assert_eq!(reason(written), "ORGANIZATION_SUSPENDED");
    assert_eq!(
        suspend(&world, &operator, &alpina.organization).await.unwrap(),
        suspended
    );

    let resumed = resume(&world, &operator, &alpina.organization).await.unwrap();
    assert_eq!(resumed.state(), OrganizationState::Active);
    world
        .invite(&alpina, "new@alpina.example", "viewer")
        .await
        .unwrap();
    let kinds: Vec<_> = world
        .events(&alpina.organization, 3)
        .await
        .iter()
        .map(|event| event.kind().to_owned())
        .collect();
    assert_eq!(
        kinds,
        [
            "organization.created",
            "organization.suspended",
            "organization.resumed"
        ]
    );
}

#[tokio::test]
async fn nobody_joins_a_suspended_organization_until_it_is_resumed() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let invited = world
        .invite(&alpina, "new@alpina.example", "viewer")
        .await
        .unwrap();
    let link = world.link_token(&alpina.organization, &invited.id).await;
    suspend(&world, &operator, &alpina.organization).await.unwrap();
    let refused = world.accept_token(&link, PASSWORD).await;
    assert_eq!(refused.as_ref().unwrap_err().code(), Code::FailedPrecondition);
    assert_eq!(reason(refused), "ORGANIZATION_SUSPENDED");

    resume(&world, &operator, &alpina.organization).await.unwrap();
    let joined = world.accept_token(&link, PASSWORD).await.unwrap();
    assert_eq!(joined.state(), MemberState::Active);
}

#[tokio::test]
async fn who_stands_above_suspends_and_nobody_else() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let sub = world.found(&alpina, OrganizationType::SubPartner, "Sub").await;
    let belvedere = world
        .found(&operator, OrganizationType::Partner, "Belvedere")
        .await;
    // From two levels above too.
    suspend(&world, &operator, &sub.organization).await.unwrap();
    resume(&world, &alpina, &sub.organization).await.unwrap();
    for (by, of) in [
        (&belvedere, &sub),
        (&sub, &alpina),
        (&alpina, &alpina),
        (&alpina, &belvedere),
        (&sub, &operator),
    ] {
        let refused = suspend(&world, by, &of.organization).await;
        assert_eq!(reason(refused), "NOT_FOUND");
    }
}

#[tokio::test]
async fn technical_managers_act_on_organizations_below_theirs() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let sub = world.found(&alpina, OrganizationType::SubPartner, "Sub").await;
    let tom = world
        .join(&alpina, "tom@alpina.example", "technical_manager")
        .await;
    let ada = world.join(&alpina, "ada@alpina.example", "account_manager").await;
    let bill = world
        .join(&alpina, "bill@alpina.example", "billing_manager")
        .await;
    suspend(&world, &tom, &sub.organization).await.unwrap();
    resume(&world, &ada, &sub.organization).await.unwrap();
    assert_eq!(
        reason(suspend(&world, &bill, &sub.organization).await),
        "PERMISSION_MISSING"
    );
    delete(&world, &tom, &sub.organization).await.unwrap();
}

async fn rename(world: &World, by: &Actor, id: &str, name: &str) -> Result<Organization, Status> {
    let request = UpdateOrganizationBelowRequest {
        parent: by.organization.clone(),
        organization: Some(Organization {
            id: id.to_owned(),
            display_name: name.to_owned(),
            ..Default::default()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["display_name".to_owned()],
        }),
        request_id: String::new(),
    };
    let mut client = world.organizations();
    let answer = client.update_organization_below(by.request(request)).await?;
    Ok(answer.into_inner().organization.unwrap())
}

#[tokio::test]
async fn who_stands_above_changes_the_details_and_nobody_else() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let sub = world.found(&alpina, OrganizationType::SubPartner, "Sub").await;
    let tom = world
        .join(&alpina, "tom@alpina.example", "technical_manager")
        .await;
    let bill = world
        .join(&alpina, "bill@alpina.example", "billing_manager")
        .await;
    for (by, name) in [(&operator, "Sub One"), (&alpina, "Sub Two"), (&tom, "Sub Three")] {
        let renamed = rename(&world, by, &sub.organization, name).await.unwrap();
        assert_eq!(renamed.display_name, name);
    }
    for (by, of, wanted) in [
        (&bill, &sub, "PERMISSION_MISSING"),
        (&sub, &alpina, "NOT_FOUND"),
        (&alpina, &alpina, "NOT_FOUND"),
        (&alpina, &operator, "NOT_FOUND"),
    ] {
        let refused = rename(&world, by, &of.organization, "Other").await;
        assert_eq!(reason(refused), wanted);
    }
    let kinds: Vec<_> = world
        .events(&sub.organization, 4)
        .await
        .iter()
        .map(|event| (event.kind().to_owned(), event.header("ce_actor").to_owned()))
        .collect();
    assert_eq!(kinds[3], ("organization.updated".to_owned(), tom.user.clone()));
}

#[tokio::test]
async fn a_client_that_left_is_out_of_reach_of_who_stands_above_but_the_operator() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let sub = world.found(&alpina, OrganizationType::SubPartner, "Sub").await;
    let berger = world.found(&sub, OrganizationType::Client, "Berger").await;
    let grant = |version, ended| Grant {
        partnership: PartnershipId::new(world.now(), [1; 10]).to_string(),
        client: berger.organization.clone(),
        partner: sub.organization.clone(),
        version,
        complete: true,
        ended,
        ..Grant::default()
    };
    let put = async |grant: Grant| {
        let request = world.internal_of("partners", PutGrantRequest { grant: Some(grant) });
        world.decisions().put_grant(request).await.unwrap();
    };
    put(grant(1, false)).await;
    suspend(&world, &sub, &berger.organization).await.unwrap();
    resume(&world, &alpina, &berger.organization).await.unwrap();

    put(grant(2, true)).await;
    for above in [&sub, &alpina] {
        let refused = suspend(&world, above, &berger.organization).await;
        assert_eq!(reason(refused), "MANDATE_ENDED");
        let refused = delete(&world, above, &berger.organization).await;
        assert_eq!(reason(refused), "MANDATE_ENDED");
    }
    assert!(below(&world, &sub).await.is_empty());
    suspend(&world, &operator, &berger.organization).await.unwrap();
    resume(&world, &operator, &berger.organization).await.unwrap();

    // It has made up with them.
    let again = Grant {
        partnership: PartnershipId::new(world.now(), [2; 10]).to_string(),
        ..grant(1, false)
    };
    put(again).await;
    suspend(&world, &sub, &berger.organization).await.unwrap();
    assert_eq!(below(&world, &sub).await, ["Berger"]);
}

async fn below(world: &World, by: &Actor) -> Vec<String> {
    let request = ListOrganizationsRequest {
        parent: by.organization.clone(),
        ..Default::default()
    };
    let answer = world
        .organizations()
        .list_organizations(by.request(request))
        .await;
    let found = answer.unwrap().into_inner().organizations.into_iter();
    found.map(|found| found.display_name).collect()
}

#[tokio::test]
async fn who_is_also_elsewhere_does_nothing_more_in_a_deleted_organization() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let belvedere = world
        .found(&operator, OrganizationType::Partner, "Belvedere")
        .await;
    let invited = world.invite(&belvedere, &alpina.email, "viewer").await.unwrap();
    world
        .accept(&belvedere.organization, &invited.id, PASSWORD)
        .await
        .unwrap();
    let there = world.sign_in(&alpina.email).await;
    assert_eq!(there.organization, alpina.organization);
    // The session goes on there, and the token of before is still good.
    switch(&world, &there, &belvedere.organization).await.unwrap();
    switch(&world, &there, &belvedere.organization).await.unwrap();

    delete(&world, &operator, &alpina.organization).await.unwrap();
    let refused = switch(&world, &there, &belvedere.organization).await;
    assert_eq!(reason(refused), "NOT_FOUND");
}

#[tokio::test]
async fn deleting_an_organization_ends_all_access_to_it() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let mia = world.join(&alpina, "mia@alpina.example", "member").await;
    let invited = world
        .invite(&alpina, "noe@alpina.example", "viewer")
        .await
        .unwrap();
    let link = world.link_token(&alpina.organization, &invited.id).await;
    let deleted = delete(&world, &operator, &alpina.organization).await.unwrap();
    assert_eq!(deleted.state(), OrganizationState::Deleted);

    for person in [&alpina, &mia] {
        assert_eq!(reason(world.list_members(person).await), "SESSION_REVOKED");
        assert_eq!(
            reason(world.try_sign_in(&person.email, PASSWORD).await),
            "CREDENTIALS_WRONG"
        );
    }
    assert_eq!(reason(world.accept_token(&link, PASSWORD).await), "LINK_DEAD");
    let door = GetFrontDoorRequest {
        slug: "alpina".to_owned(),
    };
    assert_eq!(
        reason(world.organizations().get_front_door(door).await),
        "NOT_FOUND"
    );
    let events = world.events(&alpina.organization, 2).await;
    assert_eq!(events[1].kind(), "organization.deleted");
    assert_eq!(world.events(&mia.session, 2).await[1].kind(), "session.closed");
    assert_eq!(
        reason(delete(&world, &operator, &alpina.organization).await),
        "NOT_FOUND"
    );
    // Its name and its front door are free again.
    let again = world
        .create(&operator, OrganizationType::Partner, "Alpina")
        .await
        .unwrap();
    assert_eq!(
        (again.slug.as_str(), again.root_folder != "alpina"),
        ("alpina", true)
    );
}

#[tokio::test]
async fn an_organization_with_others_below_it_is_not_deleted() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let sub = world
        .create(&alpina, OrganizationType::SubPartner, "Sub")
        .await
        .unwrap();
    let refused = delete(&world, &operator, &alpina.organization).await;
    assert_eq!(refused.as_ref().unwrap_err().code(), Code::FailedPrecondition);
    assert_eq!(reason(refused), "ORGANIZATION_NOT_EMPTY");
    delete(&world, &alpina, &sub.id).await.unwrap();
    delete(&world, &operator, &alpina.organization).await.unwrap();
}

#[tokio::test]
async fn a_deletion_needs_a_recent_proof_and_the_version_that_was_seen() {
    let (world, operator) = World::new().await;
    let alpina = world
        .create(&operator, OrganizationType::Partner, "Alpina")
        .await
        .unwrap();
    let request = DeleteOrganizationRequest {
        parent: operator.organization.clone(),
        organization: alpina.id.clone(),
        etag: "7".to_owned(),
        request_id: String::new(),
    };
    let stale = world
        .organizations()
        .delete_organization(operator.request(request.clone()))
        .await;
    assert_eq!(reason(stale), "STALE_ETAG");
    let request = DeleteOrganizationRequest {
        etag: alpina.etag,
        request_id: "d-1".to_owned(),
        ..request
    };
    let mut client = world.organizations();
    let first = client
        .delete_organization(operator.request(request.clone()))
        .await
        .unwrap()
        .into_inner();
    let second = client
        .delete_organization(operator.request(request.clone()))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(first, second);
    world.advance(Duration::from_secs(299));
    let other = world
        .create(&operator, OrganizationType::Partner, "Other")
        .await
        .unwrap();
    world.advance(Duration::from_secs(2));
    let late = DeleteOrganizationRequest {
        organization: other.id,
        request_id: String::new(),
        ..request
    };
    let late = client.delete_organization(operator.request(late)).await;
    assert_eq!(late.as_ref().unwrap_err().code(), Code::Unauthenticated);
}

pub(crate) async fn break_glass(
    world: &World,
    by: &Actor,
    organization: &str,
    email: &str,
) -> Result<Member, Status> {
    let request = GrantBreakGlassOwnerRequest {
        operator: by.organization.clone(),
        organization: organization.to_owned(),
        email: email.to_owned(),
        reason: "Nobody of the company can be reached any more.".to_owned(),
        request_id: String::new(),
    };
    let answer = world
        .organizations()
        .grant_break_glass_owner(by.request(request))
        .await?;
    Ok(answer.into_inner().member.unwrap())
}

#[tokio::test]
async fn an_organization_that_lost_its_people_gets_a_new_owner() {
    let (world, operator) = World::new().await;
    let berger = world
        .found(&operator, OrganizationType::DirectClient, "Berger")
        .await;
    let owner = break_glass(&world, &operator, &berger.organization, "new@berger.example")
        .await
        .unwrap();
    assert_eq!(
        (owner.state(), owner.role.as_str(), owner.legal_representative),
        (MemberState::Pending, "owner", false)
    );
    let events = world.events(&owner.id, 2).await;
    assert_eq!(
        (events[0].kind(), events[1].kind()),
        ("member.invited", "member.break_glass_granted")
    );
    assert_eq!(
        events[1].header("ce_organizations"),
        format!("{},{}", berger.organization, operator.organization)
    );
    assert!(events[1].header("ce_changes").contains("Nobody of the company"));
    assert_eq!(events[1].header("ce_actor"), operator.user);
    world
        .accept(&berger.organization, &owner.id, PASSWORD)
        .await
        .unwrap();
    let owner = world.sign_in("new@berger.example").await;
    disable_member(&world, &owner, &berger.member).await.unwrap_err();
    crate::member::set_legal(&world, &owner, &owner.member, true)
        .await
        .unwrap();
    disable_member(&world, &owner, &berger.member).await.unwrap();
}

#[tokio::test]
async fn who_is_in_already_becomes_an_owner_at_once() {
    let (world, operator) = World::new().await;
    let berger = world
        .found(&operator, OrganizationType::DirectClient, "Berger")
        .await;
    let mia = world.join(&berger, "mia@berger.example", "viewer").await;
    let noe = world.join(&berger, "noe@berger.example", "viewer").await;
    break_glass(&world, &operator, &berger.organization, "mia@berger.example")
        .await
        .unwrap();
    world.invite(&mia, "x@berger.example", "owner").await.unwrap();
    disable_member(&world, &berger, &noe.member).await.unwrap();
    assert_eq!(
        reason(break_glass(&world, &operator, &berger.organization, "noe@berger.example").await),
        "ALREADY_MEMBER"
    );
}

#[tokio::test]
async fn only_an_owner_of_the_operator_breaks_the_glass() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let sub = world.found(&alpina, OrganizationType::SubPartner, "Sub").await;
    let adam = world.join(&operator, "adam@operator.example", "admin").await;
    assert_eq!(
        reason(break_glass(&world, &adam, &alpina.organization, "adam@operator.example").await),
        "OWNER_REQUIRED"
    );
    assert_eq!(
        reason(break_glass(&world, &alpina, &sub.organization, "anna@alpina.example").await),
        "NOT_FOUND"
    );
    let intruder = Actor {
        organization: operator.organization.clone(),
        ..alpina
    };
    assert_eq!(
        reason(break_glass(&world, &intruder, &sub.organization, "anna@alpina.example").await),
        "NOT_FOUND"
    );
}
