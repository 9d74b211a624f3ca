//! Names and addresses that look like others, and such that are far too long.

use entente_contracts::identity::v1::{
    CreateOrganizationRequest, GrantBreakGlassOwnerRequest, Organization, OrganizationType,
    UpdateOrganizationRequest,
};
use prost_types::FieldMask;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::support::{World, invitation, organization, owner_of, reason};

/// An address whose first letter is Cyrillic, and one whose letters are of full width.
const ALIKE: [&str; 2] = ["\u{43c}ia@operator.example", "ｍia@operator.example"];

#[track_caller]
fn is_refused<T: std::fmt::Debug>(answer: Result<T, Status>, field: &str) {
    let refused = answer.unwrap_err();
    let violations = refused.get_details_bad_request().unwrap().field_violations;
    assert_eq!(
        (refused.code(), violations[0].field.as_str()),
        (Code::InvalidArgument, field)
    );
}

#[tokio::test]
async fn an_address_that_looks_like_another_one_is_taken_nowhere() {
    let (world, owner) = World::new().await;
    for address in ALIKE {
        is_refused(world.invite(&owner, address, "viewer").await, "email");
        let create = CreateOrganizationRequest {
            parent: owner.organization.clone(),
            organization: Some(organization(OrganizationType::Partner, "Alpina")),
            owner_email: address.to_owned(),
            request_id: String::new(),
        };
        let created = world
            .organizations()
            .create_organization(owner.request(create))
            .await;
        is_refused(created, "owner_email");
        let update = UpdateOrganizationRequest {
            organization: Some(Organization {
                id: owner.organization.clone(),
                contact_email: address.to_owned(),
                ..Organization::default()
            }),
            update_mask: Some(FieldMask {
                paths: vec!["contact_email".to_owned()],
            }),
            request_id: String::new(),
        };
        let updated = world
            .organizations()
            .update_organization(owner.request(update))
            .await;
        is_refused(updated, "organization.contact_email");
        let glass = GrantBreakGlassOwnerRequest {
            operator: owner.organization.clone(),
            organization: owner.organization.clone(),
            email: address.to_owned(),
            reason: "Nobody of the company can be reached.".to_owned(),
            request_id: String::new(),
        };
        let granted = world
            .organizations()
            .grant_break_glass_owner(owner.request(glass))
            .await;
        is_refused(granted, "email");
    }
}

#[tokio::test]
async fn an_address_in_another_case_is_the_same_member() {
    let (world, owner) = World::new().await;
    world
        .invite(&owner, "mia@operator.example", "viewer")
        .await
        .unwrap();
    // The last one begins with the sign of the unit kelvin, which is a `k` in lower case.
    world
        .invite(&owner, "kim@operator.example", "viewer")
        .await
        .unwrap();
    for address in ["MIA@Operator.Example", "\u{212a}im@operator.example"] {
        assert_eq!(
            reason(world.invite(&owner, address, "viewer").await),
            "ALREADY_MEMBER",
            "{address}"
        );
    }
}

#[tokio::test]
async fn a_name_with_what_cant_be_seen_is_refused_and_letters_that_look_alike_are_the_same_name() {
    let (world, operator) = World::new().await;
    world
        .create(&operator, OrganizationType::Partner, "Alpina")
        .await
        .unwrap();
    for name in ["Alp\u{200b}ina", "\u{202e}Alpina", "Alpina\u{7}"] {
        let request = CreateOrganizationRequest {
            parent: operator.organization.clone(),
            organization: Some(organization(OrganizationType::Partner, name)),
            owner_email: owner_of("Alpina"),
            request_id: String::new(),
        };
        let created = world
            .organizations()
            .create_organization(operator.request(request))
            .await;
        is_refused(created, "organization.display_name");
    }
    for name in ["Ａｌｐｉｎａ", "𝐀lpina", "Alp\u{200d}ina", "\u{410}lpin\u{430}"] {
        let request = CreateOrganizationRequest {
            parent: operator.organization.clone(),
            organization: Some(organization(OrganizationType::Partner, name)),
            owner_email: owner_of("Alpina"),
            request_id: String::new(),
        };
        let created = world
            .organizations()
            .create_organization(operator.request(request))
            .await;
        assert_eq!(reason(created), "NAME_TAKEN", "{name}");
    }
}

#[tokio::test]
async fn a_request_of_ten_megabytes_is_too_large_and_one_that_can_be_read_too_long() {
    let (world, owner) = World::new().await;
    let long = "x".repeat(10 * 1024 * 1024);
    let address = format!("{long}@operator.example");
    let request = invitation(&owner.organization, &address, "viewer");
    let refused = world.members().invite_member(owner.request(request)).await;
    assert_eq!(refused.unwrap_err().code(), Code::ResourceExhausted);
    let named = world.create(&owner, OrganizationType::Partner, &long).await;
    assert_eq!(named.unwrap_err().code(), Code::ResourceExhausted);
    // Short enough to be read, and too long for its field.
    let long = "x".repeat(1024 * 1024);
    let address = format!("{long}@operator.example");
    is_refused(world.invite(&owner, &address, "viewer").await, "email");
    assert_eq!(world.list_members(&owner).await.unwrap().len(), 1);
}
