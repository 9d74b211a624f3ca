use entente_contracts::identity::v1::{OrganizationState, OrganizationType};
use entente_contracts::partners::v1::*;

use crate::ask::{fields, organization, until};
use crate::world::World;

fn search(asking: &entente_access::Person, query: &str) -> SearchPartnersRequest {
    SearchPartnersRequest {
        organization: asking.organization.to_string(),
        query: query.into(),
        ..SearchPartnersRequest::default()
    }
}

#[tokio::test]
async fn a_partner_is_found_by_part_of_its_name_or_its_whole_address_whatever_their_case() {
    let world = World::new().await;
    let (berger, alpina) = (
        world.client("Berger SA").await,
        world.partner("Alpina Énergie").await,
    );
    world.someone(OrganizationType::SubPartner, "Alpes Sud").await;
    let find = async |query: &str| {
        let found = world
            .invitations(&berger)
            .search_partners(search(&berger, query))
            .await
            .unwrap()
            .into_inner();
        found
            .partners
            .into_iter()
            .map(|entry| entry.display_name)
            .collect::<Vec<_>>()
    };

    assert_eq!(find("PINA É").await, ["Alpina Énergie"]);
    assert_eq!(find("alp").await, ["Alpes Sud", "Alpina Énergie"]);
    assert_eq!(find("Contact@ALPES-sud.example").await, ["Alpes Sud"]);
    assert!(
        find("@alpes-sud.example").await.is_empty(),
        "part of an address finds nobody"
    );
    assert!(find("%p%").await.is_empty(), "no character is a wildcard");
    let entry = world
        .invitations(&berger)
        .search_partners(search(&berger, "alpina"))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(entry.partners[0].organization, alpina.organization.to_string());
    assert_eq!(entry.partners[0].contact_email, "contact@alpina-énergie.example");
}

#[tokio::test]
async fn only_partners_in_use_are_found_and_not_by_themselves() {
    let world = World::new().await;
    let (berger, alpina) = (
        world.client("Shared Berger").await,
        world.partner("Shared Alpina").await,
    );
    world
        .someone(OrganizationType::DirectClient, "Shared Direct Client")
        .await;
    let gone = world.partner("Shared Gone").await;
    let mut suspended = organization(&gone, OrganizationType::Partner, "Shared Gone");
    suspended.state = OrganizationState::Suspended.into();
    world.announce(suspended).await;

    for (asking, expected) in [(&berger, &["Shared Alpina"][..]), (&alpina, &[])] {
        let found = world
            .invitations(asking)
            .search_partners(search(asking, "shared"))
            .await
            .unwrap()
            .into_inner();
        let names: Vec<_> = found
            .partners
            .into_iter()
            .map(|entry| entry.display_name)
            .collect();
        assert_eq!(names, expected);
    }
}

#[tokio::test]
async fn an_affiliate_is_found_and_serves_who_gives_it_a_mandate() {
    let world = World::new().await;
    let berger = world.client("Berger SA").await;
    let zenith = world.someone(OrganizationType::Affiliate, "Zenith").await;

    let found = world
        .invitations(&berger)
        .search_partners(search(&berger, "zenith"))
        .await
        .unwrap()
        .into_inner();

    assert_eq!(found.partners[0].organization, zenith.organization.to_string());
    let partnership = world.partnership(&berger, &zenith, &[]).await;
    assert_eq!(partnership.state(), PartnershipState::Active);
    assert_eq!(
        world.identity.grants()[0].partner,
        zenith.organization.to_string()
    );
}

#[tokio::test]
async fn the_pages_of_a_search_are_all_that_is_found() {
    let world = World::new().await;
    let berger = world.client("Berger SA").await;
    for name in ["Alp c", "Alp a", "Alp b"] {
        world.partner(name).await;
    }
    let mut invitations = world.invitations(&berger);

    let first = SearchPartnersRequest {
        page_size: 2,
        ..search(&berger, "alp")
    };
    let page = invitations
        .search_partners(first.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(page.partners.len(), 2);
    let token = page.next_page_token;
    let rest = SearchPartnersRequest {
        page_token: token.clone(),
        ..first
    };
    let page = invitations.search_partners(rest).await.unwrap().into_inner();
    assert_eq!(
        (
            page.partners[0].display_name.as_str(),
            page.next_page_token.as_str()
        ),
        ("Alp c", "")
    );

    let other = SearchPartnersRequest {
        page_token: token,
        ..search(&berger, "berger")
    };
    assert_eq!(fields(invitations.search_partners(other).await), ["page_token"]);
    assert_eq!(
        fields(invitations.search_partners(search(&berger, "a")).await),
        ["query"]
    );
    assert_eq!(
        fields(invitations.search_partners(search(&berger, "")).await),
        ["query"]
    );
}

#[tokio::test]
async fn a_new_name_reaches_invitations_partnerships_and_clients() {
    let world = World::new().await;
    let (berger, alpina) = (world.client("Berger SA").await, world.partner("Alpina").await);
    let partnership = world.partnership(&berger, &alpina, &[]).await;
    let pending = world.invite(&berger, &world.partner("Bella").await, &[]).await;

    world
        .announce(organization(&berger, OrganizationType::Client, "Zimmer AG"))
        .await;
    world
        .announce(organization(&alpina, OrganizationType::Partner, "Alpina Nord"))
        .await;

    // The organization is stored first, the names in the same transaction: what is seen is seen whole.
    let seen = until(async || {
        let partnership = world.read_partnership(&alpina, &partnership.id).await;
        (partnership.partner_name == "Alpina Nord").then_some(partnership)
    })
    .await;
    assert_eq!(seen.client_name, "Zimmer AG");
    assert_eq!(
        seen.etag, partnership.etag,
        "a name is no step of the partnership"
    );
    assert_eq!(
        world.read_invitation(&berger, &pending.id).await.client_name,
        "Zimmer AG"
    );
    let list = ListClientsRequest {
        organization: alpina.organization.to_string(),
        query: "zimm".into(),
        ..ListClientsRequest::default()
    };
    let clients = world
        .partnerships(&alpina)
        .list_clients(list)
        .await
        .unwrap()
        .into_inner()
        .clients;
    assert_eq!(clients[0].display_name, "Zimmer AG");
}
