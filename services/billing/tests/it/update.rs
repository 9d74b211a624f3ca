//! `UpdateBillingAccount`.

use entente_contracts::billing::v1::{BillingAccount, PaymentMethod, UpdateBillingAccountRequest};
use entente_ids::OrganizationId;
use entente_runtime::status::reason;
use serde_json::{Value, json};
use tonic::Code;

use crate::world::{Announced, World, card, complete, fields, rename, request};

#[tokio::test]
async fn an_account_with_everything_opens_the_gate_before_the_answer_comes() {
    let world = World::new().await;
    let (organization, owner) = world.opened().await;

    let account = world.update(&owner, complete(organization)).await.unwrap();

    let gate = world.identity.gates(organization).pop().unwrap();
    assert_eq!((gate.open, gate.version), (true, 2));
    assert!(gate.missing.is_empty() && account.missing.is_empty());
    assert_eq!(account.legal_name, "Alpina AG");
    assert_eq!(account.address, "Seestrasse 1\n8000 Zürich");
    assert_eq!(account.country_code, "CH");
    assert_eq!(
        account,
        world.get(&owner, &organization.to_string()).await.unwrap()
    );
}

#[tokio::test]
async fn what_is_set_step_by_step_narrows_what_is_missing() {
    let world = World::new().await;
    let (organization, owner) = world.opened().await;

    let account = world
        .update(&owner, rename(organization, "Alpina AG"))
        .await
        .unwrap();

    assert_eq!(
        account.missing,
        ["email", "address", "country_code", "payment_method"]
    );
    let gate = world.identity.gates(organization).pop().unwrap();
    assert_eq!((gate.open, gate.missing), (false, account.missing));
}

#[tokio::test]
async fn a_field_that_is_cleared_closes_the_gate_before_the_answer_comes() {
    let world = World::new().await;
    let (organization, owner) = world.opened().await;
    world.update(&owner, complete(organization)).await.unwrap();

    let emptied = BillingAccount {
        organization: organization.to_string(),
        ..BillingAccount::default()
    };
    let account = world
        .update(&owner, request(emptied, &["payment_method", "email"]))
        .await
        .unwrap();

    assert_eq!(account.missing, ["email", "payment_method"]);
    assert_eq!(account.payment_method, None);
    let gate = world.identity.gates(organization).pop().unwrap();
    assert_eq!(
        (gate.open, gate.missing, gate.version),
        (false, account.missing, 3)
    );
}

#[tokio::test]
async fn only_what_the_mask_names_changes() {
    let world = World::new().await;
    let (organization, owner) = world.opened().await;
    world.update(&owner, complete(organization)).await.unwrap();

    let account = world
        .update(&owner, rename(organization, "Alpina SA"))
        .await
        .unwrap();

    assert_eq!(
        (account.legal_name.as_str(), account.email.as_str()),
        ("Alpina SA", "billing@alpina.example")
    );
    assert!(account.missing.is_empty());
}

#[tokio::test]
async fn a_mask_that_names_a_part_of_the_card_means_the_whole_card() {
    let world = World::new().await;
    let (organization, owner) = world.opened().await;
    let account = complete(organization).account.unwrap();
    let paths = [
        "payment_method.token",
        "payment_method.brand",
        "payment_method.last_four",
    ];

    let account = world.update(&owner, request(account, &paths)).await.unwrap();

    let shown = PaymentMethod {
        token: String::new(),
        ..card()
    };
    assert_eq!(account.payment_method, Some(shown));
    assert_eq!(account.legal_name, "");
}

fn changes(announced: &Announced) -> Value {
    serde_json::from_str(&announced.headers["ce_changes"]).unwrap()
}

#[tokio::test]
async fn a_change_is_announced_with_who_did_it_and_what_differs() {
    let world = World::new().await;
    let (organization, owner) = world.opened().await;
    world.update(&owner, complete(organization)).await.unwrap();
    let account = world
        .update(&owner, rename(organization, "Alpina SA"))
        .await
        .unwrap();

    let renamed = world.announced(organization, 3).await.remove(2);

    assert_eq!(renamed.headers["ce_type"], "billing_account.updated");
    assert_eq!(renamed.headers["ce_actor"], owner.user.to_string());
    assert_eq!(renamed.headers["ce_subject"], organization.to_string());
    assert!(!renamed.headers["ce_requestid"].is_empty());
    let expected = json!([{"field": "legal_name", "before": "Alpina AG", "after": "Alpina SA"}]);
    assert_eq!(changes(&renamed), expected);
    assert_eq!(renamed.account, account);
}

#[tokio::test]
async fn a_card_is_known_by_its_brand_and_last_four_alone() {
    let world = World::new().await;
    let (organization, owner) = world.opened().await;

    let account = world.update(&owner, complete(organization)).await.unwrap();

    let shown = PaymentMethod {
        token: String::new(),
        ..card()
    };
    assert_eq!(account.payment_method, Some(shown));
    let announced = world.announced(organization, 2).await.remove(1);
    assert_eq!(announced.account.payment_method, account.payment_method);
    let changes = changes(&announced);
    let of = |field: &str| {
        changes
            .as_array()
            .unwrap()
            .iter()
            .find(|change| change["field"] == field)
            .unwrap()
            .clone()
    };
    assert_eq!(
        of("payment_method")["after"],
        json!({"brand": "visa", "last_four": "4242"})
    );
    assert_eq!(
        of("payment_method.token"),
        json!({"field": "payment_method.token"})
    );
}

#[tokio::test]
async fn a_change_that_fills_no_gap_asks_identity_for_nothing() {
    let world = World::new().await;
    let (organization, owner) = world.opened().await;
    world.update(&owner, complete(organization)).await.unwrap();
    let before = world.identity.gates(organization).len();
    world.identity.go_away_for_gates();

    world
        .update(&owner, rename(organization, "Alpina SA"))
        .await
        .unwrap();

    assert_eq!(world.identity.gates(organization).len(), before);
}

#[tokio::test]
async fn an_update_to_what_is_there_already_changes_nothing() {
    let world = World::new().await;
    let (organization, owner) = world.opened().await;
    let first = world
        .update(&owner, rename(organization, "Alpina AG"))
        .await
        .unwrap();
    let second = world
        .update(&owner, rename(organization, "Alpina AG"))
        .await
        .unwrap();
    assert_eq!(second, first);
    world
        .update(&owner, rename(organization, "Alpina SA"))
        .await
        .unwrap();
    assert_eq!(world.announced(organization, 3).await.len(), 3);
}

#[tokio::test]
async fn the_same_request_twice_is_done_once_and_answered_alike() {
    let world = World::new().await;
    let (organization, owner) = world.opened().await;
    let request = UpdateBillingAccountRequest {
        request_id: "r-1".to_owned(),
        ..complete(organization)
    };

    let first = world.update(&owner, request.clone()).await.unwrap();
    let second = world.update(&owner, request.clone()).await.unwrap();

    assert_eq!(second, first);
    // Without the id the same card would be a new one: the count of events shows that it was done once.
    world
        .update(&owner, rename(organization, "Alpina SA"))
        .await
        .unwrap();
    assert_eq!(world.announced(organization, 3).await.len(), 3);
}

#[tokio::test]
async fn a_request_id_of_another_request_is_refused() {
    let world = World::new().await;
    let (organization, owner) = world.opened().await;
    let named = |name| UpdateBillingAccountRequest {
        request_id: "r-1".to_owned(),
        ..rename(organization, name)
    };
    world.update(&owner, named("Alpina AG")).await.unwrap();

    let refused = world.update(&owner, named("Alpina SA")).await.unwrap_err();

    assert_eq!(
        (refused.code(), fields(&refused)),
        (Code::InvalidArgument, vec!["request_id".to_owned()])
    );
}

fn with_etag(mut request: UpdateBillingAccountRequest, etag: &str) -> UpdateBillingAccountRequest {
    request.account.as_mut().unwrap().etag = etag.to_owned();
    request
}

#[tokio::test]
async fn a_stale_etag_is_aborted() {
    let world = World::new().await;
    let (organization, owner) = world.opened().await;
    let seen = world.get(&owner, &organization.to_string()).await.unwrap().etag;
    world
        .update(&owner, with_etag(rename(organization, "Alpina AG"), &seen))
        .await
        .unwrap();

    for etag in [seen.as_str(), "no etag"] {
        let refused = world
            .update(&owner, with_etag(rename(organization, "Alpina SA"), etag))
            .await
            .unwrap_err();
        assert_eq!(
            (refused.code(), reason(&refused).as_deref()),
            (Code::Aborted, Some("STALE_ETAG"))
        );
    }
}

#[tokio::test]
async fn of_two_changes_at_once_on_the_same_state_one_is_aborted() {
    let world = World::new().await;
    let (organization, owner) = world.opened().await;
    let etag = world.get(&owner, &organization.to_string()).await.unwrap().etag;

    let (one, other) = tokio::join!(
        world.update(&owner, with_etag(rename(organization, "Alpina AG"), &etag)),
        world.update(&owner, with_etag(rename(organization, "Alpina SA"), &etag)),
    );

    let aborted = [&one, &other]
        .into_iter()
        .filter_map(|answer| answer.as_ref().err());
    assert_eq!(
        aborted.map(tonic::Status::code).collect::<Vec<_>>(),
        [Code::Aborted]
    );
}

fn changed(
    organization: OrganizationId,
    path: &str,
    change: impl FnOnce(&mut BillingAccount),
) -> UpdateBillingAccountRequest {
    let mut request = complete(organization);
    change(request.account.as_mut().unwrap());
    request.update_mask.as_mut().unwrap().paths = vec![path.to_owned()];
    request
}

fn card_without(change: impl FnOnce(&mut PaymentMethod)) -> impl FnOnce(&mut BillingAccount) {
    |account| change(account.payment_method.as_mut().unwrap())
}

#[tokio::test]
async fn a_field_that_is_wrong_is_named() {
    let world = World::new().await;
    let (organization, owner) = world.opened().await;
    let complete = || complete(organization);
    let changed = |path, change: Box<dyn FnOnce(&mut BillingAccount)>| changed(organization, path, change);
    let wrong = [
        (
            "account.organization",
            UpdateBillingAccountRequest {
                account: None,
                ..complete()
            },
        ),
        (
            "update_mask",
            UpdateBillingAccountRequest {
                update_mask: None,
                ..complete()
            },
        ),
        ("update_mask", request(complete().account.unwrap(), &[])),
        (
            "update_mask",
            request(complete().account.unwrap(), &["legal_name", "missing"]),
        ),
        (
            "request_id",
            UpdateBillingAccountRequest {
                request_id: "r".repeat(65),
                ..complete()
            },
        ),
        (
            "account.legal_name",
            changed(
                "legal_name",
                Box::new(|account| account.legal_name = "x".repeat(121)),
            ),
        ),
        (
            "account.legal_name",
            changed(
                "legal_name",
                Box::new(|account| account.legal_name = "a\nb".to_owned()),
            ),
        ),
        (
            "account.email",
            changed("email", Box::new(|account| account.email = "nobody".to_owned())),
        ),
        (
            "account.address",
            changed(
                "address",
                Box::new(|account| account.address = "a\u{7}".to_owned()),
            ),
        ),
        (
            "account.country_code",
            changed(
                "country_code",
                Box::new(|account| account.country_code = "ch".to_owned()),
            ),
        ),
        (
            "account.country_code",
            changed(
                "country_code",
                Box::new(|account| account.country_code = "C".to_owned()),
            ),
        ),
        (
            "account.payment_method.token",
            changed(
                "payment_method",
                Box::new(card_without(|card| card.token = String::new())),
            ),
        ),
        (
            "account.payment_method.brand",
            changed(
                "payment_method",
                Box::new(card_without(|card| card.brand = " ".to_owned())),
            ),
        ),
        (
            "account.payment_method.last_four",
            changed(
                "payment_method",
                Box::new(card_without(|card| card.last_four = "42a2".to_owned())),
            ),
        ),
        (
            "account.payment_method.last_four",
            changed(
                "payment_method",
                Box::new(card_without(|card| card.last_four = String::new())),
            ),
        ),
    ];
    for (field, request) in wrong {
        let refused = world.update(&owner, request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{field}");
        assert_eq!(fields(&refused), [field]);
    }
    assert_eq!(
        world.get(&owner, &organization.to_string()).await.unwrap().etag,
        "1"
    );
}

#[tokio::test]
async fn the_account_of_another_organization_is_not_found() {
    let world = World::new().await;
    let (theirs, _) = world.opened().await;
    let stranger = world.owner(world.organization());
    let refused = world.update(&stranger, complete(theirs)).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
}

#[tokio::test]
async fn who_lacks_the_permission_is_denied() {
    let world = World::new().await;
    let (organization, owner) = world.opened().await;
    world
        .identity
        .table
        .decides(&owner, organization, "PERMISSION_MISSING");
    let refused = world.update(&owner, complete(organization)).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
}

#[tokio::test]
async fn who_acts_for_another_organization_is_announced_with_it() {
    let world = World::new().await;
    let (organization, _) = world.opened().await;
    let partner = world.organization();
    let delegate = world.owner(partner);
    world.identity.table.decides(&delegate, organization, "");
    world
        .update(&delegate, rename(organization, "Alpina AG"))
        .await
        .unwrap();
    let updated = world.announced(organization, 2).await.remove(1);
    assert_eq!(updated.headers["ce_onbehalfof"], partner.to_string());
}
