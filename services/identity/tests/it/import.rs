//! People who come in by a table.

use entente_contracts::identity::v1::{
    ImportMembersRequest, ImportMembersResponse, MemberState, OrganizationType,
};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::support::{Actor, World, reason};

fn table(by: &Actor, csv: &str) -> ImportMembersRequest {
    ImportMembersRequest {
        organization: by.organization.clone(),
        csv: csv.to_owned(),
        validate_only: false,
        request_id: String::new(),
    }
}

async fn import(
    world: &World,
    by: &Actor,
    request: ImportMembersRequest,
) -> Result<ImportMembersResponse, Status> {
    Ok(world
        .batches()
        .import_members(by.request(request))
        .await?
        .into_inner())
}

const TABLE: &str = "email,role,legal_representative\n\
    mia@operator.example,admin,\n\
    \n\
    nobody,viewer,\n\
    zoe@xn--oprateur-b1a.example,viewer,yes\n\
    MIA@operator.example,viewer,\n\
    noe@operator.example,partner,\n\
    olga@operator.example,viewer,\n\
    \u{43c}ia@operator.example,viewer,\n";

#[tokio::test]
async fn each_line_is_reported_and_the_good_ones_are_invited() {
    let (world, owner) = World::new().await;
    let report = import(&world, &owner, table(&owner, TABLE)).await.unwrap();
    let lines: Vec<_> = report
        .lines
        .iter()
        .map(|line| {
            let reason = line.error.as_ref().map_or("", |error| error.reason.as_str());
            (line.line, reason)
        })
        .collect();
    assert_eq!(
        lines,
        [
            (2, ""),
            (4, "INVALID_FIELD"),
            (5, ""),
            (6, "ALREADY_MEMBER"),
            (7, "ROLE_RESERVED"),
            (8, "ALREADY_MEMBER"),
            (9, "INVALID_FIELD"),
        ]
    );
    assert_eq!((report.invited, report.refused), (2, 5));
    assert_eq!(
        report.lines[1].error.as_ref().unwrap().message,
        "email: is not an e-mail address: give one like name@example.com"
    );
    let zoe = report.lines[2].member.as_ref().unwrap();
    assert_eq!(
        (zoe.email.as_str(), zoe.state(), zoe.legal_representative),
        ("zoe@xn--oprateur-b1a.example", MemberState::Pending, true)
    );
    assert_eq!(world.events(&zoe.id, 1).await[0].kind(), "member.invited");
    assert_eq!(world.list_members(&owner).await.unwrap().len(), 3);
}

#[tokio::test]
async fn an_import_that_is_only_tried_invites_nobody() {
    let (world, owner) = World::new().await;
    let request = ImportMembersRequest {
        validate_only: true,
        ..table(&owner, TABLE)
    };
    let report = import(&world, &owner, request).await.unwrap();
    assert_eq!((report.invited, report.refused), (2, 5));
    assert_eq!(world.list_members(&owner).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_table_that_cant_be_used_is_refused_whole() {
    let (world, owner) = World::new().await;
    let long = format!("email,role\n{}", "a@b.example,viewer\n".repeat(2001));
    let large = format!("email,role\n{}", "x".repeat(262_144));
    for csv in ["name\nMia\n", "email,role,role\n", &long, &large] {
        let refused = import(&world, &owner, table(&owner, csv)).await.unwrap_err();
        let violations = refused.get_details_bad_request().unwrap().field_violations;
        assert_eq!(
            (refused.code(), violations[0].field.as_str()),
            (Code::InvalidArgument, "csv")
        );
    }
}

#[tokio::test]
async fn a_line_gives_no_more_than_who_imports_it_holds() {
    let (world, owner) = World::new().await;
    let admin = world.join(&owner, "adam@operator.example", "admin").await;
    let csv =
        "email,role,legal_representative\na@b.example,owner,\nb@b.example,viewer,yes\nc@b.example,admin,no\n";
    let report = import(&world, &admin, table(&admin, csv)).await.unwrap();
    let reasons: Vec<_> = report
        .lines
        .iter()
        .map(|line| line.error.as_ref().map_or("", |error| error.reason.as_str()))
        .collect();
    assert_eq!(reasons, ["GRANT_EXCEEDS_OWN", "OWNER_REQUIRED", ""]);
}

#[tokio::test]
async fn an_import_asked_again_gets_the_first_answer() {
    let (world, owner) = World::new().await;
    let request = ImportMembersRequest {
        request_id: "i-1".to_owned(),
        ..table(&owner, "email;role\nmia@operator.example;viewer\n")
    };
    let first = import(&world, &owner, request.clone()).await.unwrap();
    assert_eq!(import(&world, &owner, request).await.unwrap(), first);
    assert_eq!(first.invited, 1);
}

#[tokio::test]
async fn nobody_imports_into_anothers_organization() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let request = table(&operator, "email,role\nspy@alpina.example,viewer\n");
    assert_eq!(reason(import(&world, &alpina, request).await), "NOT_FOUND");
}
