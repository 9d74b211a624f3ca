//! The field rules that the contract declares, as a caller meets them.

use entente_contracts::check_fields;
use entente_contracts::identity::v1::{
    CreateOrganizationRequest, InviteMemberRequest, Organization, OrganizationType, Profile,
    UpdateProfileRequest,
};
use entente_contracts::partners::v1::CreatePartnershipInvitationRequest;
use proptest::prelude::*;
use tonic_types::StatusExt;

fn invite() -> InviteMemberRequest {
    InviteMemberRequest {
        organization: "org_01h455vb4pex5vsknk084sn02q".into(),
        email: "lea@example.com".into(),
        role: "member".into(),
        ..Default::default()
    }
}

fn violations(status: tonic::Status) -> Vec<(String, String)> {
    let bad = status.get_details_bad_request().unwrap();
    bad.field_violations
        .into_iter()
        .map(|v| (v.field, v.description))
        .collect()
}

#[test]
fn a_request_within_its_bounds_passes() {
    check_fields(&invite()).unwrap();
}

#[test]
fn every_broken_field_is_named_at_once() {
    let request = InviteMemberRequest {
        email: "lea".into(),
        role: "b".repeat(65),
        ..Default::default()
    };
    let found = violations(check_fields(&request).unwrap_err());
    let fields: Vec<_> = found.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, ["organization", "email", "role"]);
    assert!(found[2].1.contains("64"), "{}", found[2].1);
}

#[test]
fn a_text_that_is_none_of_those_allowed_is_told_them() {
    let request = UpdateProfileRequest {
        profile: Some(Profile {
            language: "de".into(),
            ..Default::default()
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["language".into()],
        }),
        ..Default::default()
    };
    let found = violations(check_fields(&request).unwrap_err());
    assert_eq!(found[0].0, "profile.language");
    assert!(found[0].1.contains("en, fr"), "{}", found[0].1);
}

#[test]
fn a_nested_field_is_named_by_its_path() {
    let organization = Organization {
        display_name: "x".repeat(121),
        r#type: OrganizationType::Partner.into(),
        ..Default::default()
    };
    let request = CreateOrganizationRequest {
        parent: "org_01h455vb4pex5vsknk084sn02q".into(),
        organization: Some(organization),
        owner_email: "lea@example.com".into(),
        ..Default::default()
    };
    let found = violations(check_fields(&request).unwrap_err());
    assert_eq!(found[0].0, "organization.display_name");
    assert_eq!(found[0].1, "has 121 characters: give at most 120");
}

#[test]
fn a_missing_message_and_an_unknown_enum_are_refused() {
    let request = CreateOrganizationRequest {
        parent: "org_01h455vb4pex5vsknk084sn02q".into(),
        owner_email: "lea@example.com".into(),
        ..Default::default()
    };
    assert_eq!(
        violations(check_fields(&request).unwrap_err())[0].0,
        "organization"
    );
    let unknown = Organization {
        r#type: 77,
        ..Default::default()
    };
    assert_eq!(violations(check_fields(&unknown).unwrap_err())[0].0, "type");
}

#[test]
fn a_product_that_stands_twice_is_refused_at_its_place() {
    let request = CreatePartnershipInvitationRequest {
        organization: "org_1".into(),
        partner: "org_2".into(),
        access: 1,
        products: vec!["a".into(), "b".into(), "a".into()],
        ..Default::default()
    };
    assert_eq!(
        violations(check_fields(&request).unwrap_err())[0].0,
        "products[2]"
    );
}

#[test]
fn lengths_count_characters_and_nul_is_refused() {
    let long = InviteMemberRequest {
        email: format!("{}@example.com", "é".repeat(20)),
        ..invite()
    };
    check_fields(&long).unwrap();
    let nul = InviteMemberRequest {
        email: "a\0b@example.com".into(),
        ..invite()
    };
    assert!(check_fields(&nul).is_err());
}

proptest! {
    #[test]
    fn no_text_makes_the_check_panic(email in ".{0,300}", role in ".{0,20}", id in ".{0,80}") {
        let request = InviteMemberRequest { email, role, request_id: id, ..invite() };
        let _ = check_fields(&request);
    }
}
