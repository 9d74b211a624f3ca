use entente_contracts::partners::events::v1::ProductChanged;
use entente_contracts::partners::v1::*;
use prost::Message as _;
use prost_types::FieldMask;
use tonic::Code;

use crate::ask::{create_product, fields, reason};
use crate::world::World;

fn update(product: &Product, paths: &[&str], change: impl FnOnce(&mut Product)) -> UpdateProductRequest {
    let mut changed = product.clone();
    change(&mut changed);
    UpdateProductRequest {
        organization: product.organization.clone(),
        product: Some(changed),
        update_mask: Some(FieldMask {
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        }),
        request_id: String::new(),
    }
}

fn get(product: &Product) -> GetProductRequest {
    GetProductRequest {
        organization: product.organization.clone(),
        product: product.id.clone(),
    }
}

#[tokio::test]
async fn a_product_reads_back_as_it_was_created_and_is_announced() {
    let world = World::new().await;
    let berger = world.client("Berger SA").await;

    let product = world.product(&berger, " Energy ", "Solar   roof").await;

    assert!(product.id.starts_with("prd_"));
    assert_eq!(
        (product.category.as_str(), product.display_name.as_str()),
        ("Energy", "Solar roof")
    );
    let read = world
        .products(&berger)
        .get_product(get(&product))
        .await
        .unwrap()
        .into_inner()
        .product
        .unwrap();
    assert_eq!(read, product);
    let event = &world.announced(&product.id, 1).await[0];
    assert_eq!(
        (event.kind(), event.header("ce_actor")),
        ("product.created", berger.user.to_string().as_str())
    );
    assert_eq!(event.header("ce_organizations"), berger.organization.to_string());
    assert_eq!(
        event.change("display_name"),
        (serde_json::Value::Null, "Solar roof".into())
    );
    assert_eq!(
        ProductChanged::decode(event.payload.as_slice()).unwrap().product,
        Some(product)
    );
}

#[tokio::test]
async fn a_name_stands_once_in_its_category_whatever_its_case() {
    let world = World::new().await;
    let (berger, other) = (world.client("Berger SA").await, world.client("Other").await);
    world.product(&berger, "Energy", "Solar roof").await;

    let again = world
        .products(&berger)
        .create_product(create_product(&berger, "ENERGY", "solar ROOF"))
        .await;

    assert_eq!(again.as_ref().unwrap_err().code(), Code::AlreadyExists);
    assert_eq!(reason(again), "NAME_TAKEN");
    world.product(&berger, "Water", "Solar roof").await;
    world.product(&other, "Energy", "Solar roof").await;
}

#[tokio::test]
async fn each_name_that_is_missing_or_wrong_is_named() {
    let world = World::new().await;
    let berger = world.client("Berger SA").await;
    let mut products = world.products(&berger);

    let blank = products.create_product(create_product(&berger, "", "  ")).await;
    assert_eq!(fields(blank), ["product.category", "product.display_name"]);
    let long = products
        .create_product(create_product(&berger, "Energy", &"x".repeat(121)))
        .await;
    assert_eq!(fields(long), ["product.display_name"]);
    let none = CreateProductRequest {
        product: None,
        ..create_product(&berger, "", "")
    };
    assert_eq!(fields(products.create_product(none).await), ["product"]);
}

#[tokio::test]
async fn a_product_of_another_organization_is_not_found() {
    let world = World::new().await;
    let (berger, other) = (world.client("Berger SA").await, world.client("Other").await);
    let product = world.product(&berger, "Energy", "Solar roof").await;
    let organization = other.organization.to_string();
    let mut products = world.products(&other);

    let read = GetProductRequest {
        organization: organization.clone(),
        ..get(&product)
    };
    assert_eq!(
        products.get_product(read).await.unwrap_err().code(),
        Code::NotFound
    );
    let mut changed = update(&product, &["display_name"], |product| {
        product.display_name = "Mine".into()
    });
    changed.organization = organization;
    assert_eq!(
        products.update_product(changed).await.unwrap_err().code(),
        Code::NotFound
    );
}

#[tokio::test]
async fn a_repeated_creation_gives_the_first_product_and_another_one_is_refused() {
    let world = World::new().await;
    let berger = world.client("Berger SA").await;
    let mut products = world.products(&berger);
    let request = CreateProductRequest {
        request_id: "r-1".into(),
        ..create_product(&berger, "Energy", "Roof")
    };

    let mut other_client = products.clone();
    let (one, two) = tokio::join!(
        products.create_product(request.clone()),
        other_client.create_product(request)
    );

    let one = one.unwrap().into_inner();
    assert_eq!(one, two.unwrap().into_inner());
    let other = CreateProductRequest {
        request_id: "r-1".into(),
        ..create_product(&berger, "Energy", "Wall")
    };
    assert_eq!(fields(products.create_product(other).await), ["request_id"]);
    assert_eq!(world.announced(&one.product.unwrap().id, 1).await.len(), 1);
}

#[tokio::test]
async fn an_update_changes_what_its_mask_names_and_tells_the_difference() {
    let world = World::new().await;
    let berger = world.client("Berger SA").await;
    let product = world.product(&berger, "Energy", "Roof").await;
    let request = update(&product, &["display_name"], |product| {
        product.display_name = "Solar roof".into();
        product.category = "Water".into();
    });

    let request = UpdateProductRequest {
        request_id: "r-2".into(),
        ..request
    };
    let changed = world
        .products(&berger)
        .update_product(request.clone())
        .await
        .unwrap()
        .into_inner();

    let after = changed.product.clone().unwrap();
    assert_eq!(
        (after.category.as_str(), after.display_name.as_str()),
        ("Energy", "Solar roof")
    );
    assert_ne!(after.etag, product.etag);
    let event = &world.announced(&product.id, 2).await[1];
    assert_eq!(event.kind(), "product.updated");
    assert_eq!(event.change("display_name"), ("Roof".into(), "Solar roof".into()));
    let again = world
        .products(&berger)
        .update_product(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        again, changed,
        "the same request gets the first answer, though its etag is stale by now"
    );
}

#[tokio::test]
async fn an_update_of_what_was_changed_in_between_is_aborted() {
    let world = World::new().await;
    let berger = world.client("Berger SA").await;
    let product = world.product(&berger, "Energy", "Roof").await;
    let rename = |name: &str| {
        update(&product, &["display_name"], |product| {
            product.display_name = name.into()
        })
    };
    let mut products = world.products(&berger);
    products.update_product(rename("Solar roof")).await.unwrap();

    let stale = products.update_product(rename("Wall")).await;

    assert_eq!(stale.as_ref().unwrap_err().code(), Code::Aborted);
    assert_eq!(reason(stale), "STALE_ETAG");
    let mut unconditional = rename("Wall");
    unconditional.product.as_mut().unwrap().etag.clear();
    products.update_product(unconditional).await.unwrap();
}

#[tokio::test]
async fn an_update_that_changes_nothing_leaves_the_etag() {
    let world = World::new().await;
    let berger = world.client("Berger SA").await;
    let product = world.product(&berger, "Energy", "Roof").await;

    let same = update(&product, &["category", "display_name"], |_| {});
    let answer = world
        .products(&berger)
        .update_product(same)
        .await
        .unwrap()
        .into_inner();

    assert_eq!(answer.product.unwrap(), product);
}

#[tokio::test]
async fn an_update_mask_names_what_can_be_changed() {
    let world = World::new().await;
    let berger = world.client("Berger SA").await;
    let product = world.product(&berger, "Energy", "Roof").await;
    let mut products = world.products(&berger);

    for paths in [&["organization"][..], &[], &["display_name", "etag"]] {
        let answer = products.update_product(update(&product, paths, |_| {})).await;
        assert_eq!(fields(answer), ["update_mask"], "{paths:?}");
    }
    let blank = update(&product, &["category"], |product| product.category = " ".into());
    assert_eq!(fields(products.update_product(blank).await), ["product.category"]);
}

#[tokio::test]
async fn the_pages_of_a_list_are_all_products_by_category_and_name() {
    let world = World::new().await;
    let berger = world.client("Berger SA").await;
    for (category, name) in [
        ("Water", "b"),
        ("Energy", "z"),
        ("energy", "A"),
        ("Water", "a"),
        ("Energy", "m"),
    ] {
        world.product(&berger, category, name).await;
    }
    let list = |token: String, category: &str| ListProductsRequest {
        organization: berger.organization.to_string(),
        page_size: 2,
        page_token: token,
        category: category.into(),
    };
    let mut products = world.products(&berger);
    let (mut names, mut token) = (Vec::new(), String::new());
    loop {
        let page = products
            .list_products(list(token, ""))
            .await
            .unwrap()
            .into_inner();
        names.extend(page.products.into_iter().map(|product| product.display_name));
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(names, ["A", "m", "z", "a", "b"]);

    let first = products
        .list_products(list(String::new(), "ENERGY"))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(first.products.len(), 2);
    let foreign = products
        .list_products(list(first.next_page_token.clone(), "Water"))
        .await;
    assert_eq!(fields(foreign), ["page_token"]);
    let last = products
        .list_products(list(first.next_page_token, "ENERGY"))
        .await
        .unwrap()
        .into_inner();
    assert_eq!((last.products.len(), last.next_page_token.as_str()), (1, ""));
}

#[tokio::test]
async fn a_partner_works_on_the_products_of_its_mandate_in_its_own_name() {
    let world = World::new().await;
    let (berger, alpina) = (world.client("Berger SA").await, world.partner("Alpina").await);
    let (roof, wall) = (
        world.product(&berger, "Energy", "Roof").await,
        world.product(&berger, "Energy", "Wall").await,
    );
    world.partnership(&berger, &alpina, &[&roof]).await;
    let mut products = world.products(&alpina);

    let renamed = update(&roof, &["display_name"], |product| {
        product.display_name = "Solar roof".into()
    });
    products.update_product(renamed).await.unwrap();

    let event = &world.announced(&roof.id, 2).await[1];
    assert_eq!(event.header("ce_actor"), alpina.user.to_string());
    assert_eq!(event.header("ce_onbehalfof"), alpina.organization.to_string());
    assert_eq!(event.header("ce_organizations"), berger.organization.to_string());
    assert_eq!(reason(products.get_product(get(&wall)).await), "OUTSIDE_MANDATE");
}
