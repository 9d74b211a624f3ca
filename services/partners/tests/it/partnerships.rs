use entente_access::Person;
use entente_contracts::identity::v1::{OrganizationState, OrganizationType};
use entente_contracts::partners::events::v1::PartnershipChanged;
use entente_contracts::partners::v1::*;
use prost::Message as _;
use tonic::Code;

use crate::ask::{fields, organization, reason};
use crate::world::World;

pub fn end(person: &Person, partnership: &Partnership) -> EndPartnershipRequest {
    EndPartnershipRequest {
        organization: person.organization.to_string(),
        partnership: partnership.id.clone(),
        ..EndPartnershipRequest::default()
    }
}

pub fn clients(partner: &Person, query: &str) -> ListClientsRequest {
    ListClientsRequest {
        organization: partner.organization.to_string(),
        query: query.into(),
        ..ListClientsRequest::default()
    }
}

#[tokio::test]
async fn either_side_ends_a_partnership_and_its_access_is_gone_with_the_answer() {
    let world = World::new().await;
    let alpina = world.partner("Alpina").await;
    for (name, by_client) in [("Berger SA", true), ("Other", false)] {
        let client = world.client(name).await;
        let partnership = world.partnership(&client, &alpina, &[]).await;
        let person = if by_client { &client } else { &alpina };

        let answer = world
            .partnerships(person)
            .end_partnership(end(person, &partnership))
            .await
            .unwrap();

        let ended = answer.into_inner().partnership.unwrap();
        assert_eq!(ended.state(), PartnershipState::Ended);
        assert!(ended.end_time.is_some());
        assert_eq!(ended.mandate.as_ref().unwrap().version, 2);
        let grants = world.identity.grants();
        let grant = grants
            .iter()
            .find(|grant| grant.partnership == partnership.id)
            .unwrap();
        assert_eq!((grant.version, grant.ended), (2, true));
        let event = &world.announced(&partnership.id, 2).await[1];
        assert_eq!(
            (event.kind(), event.header("ce_actor")),
            ("partnership.ended", person.user.to_string().as_str())
        );
        assert_eq!(event.change("state"), ("active".into(), "ended".into()));
        let payload = PartnershipChanged::decode(event.payload.as_slice()).unwrap();
        assert_eq!(payload.partnership, Some(ended));
    }
}

#[tokio::test]
async fn the_partnerships_of_a_deleted_organization_end_on_either_side() {
    let world = World::new().await;
    let (berger, alpina) = (world.client("Berger SA").await, world.partner("Alpina").await);
    let (other, belvedere) = (world.client("Other").await, world.partner("Belvedere").await);
    let of_partner = world.partnership(&berger, &alpina, &[]).await;
    let of_client = world.partnership(&other, &belvedere, &[]).await;
    let untouched = world.partnership(&berger, &belvedere, &[]).await;

    for (person, kind, name) in [
        (&alpina, OrganizationType::Partner, "Alpina"),
        (&other, OrganizationType::Client, "Other"),
    ] {
        let mut deleted = organization(person, kind, name);
        deleted.state = OrganizationState::Deleted.into();
        world.announce(deleted).await;
    }

    for (person, partnership) in [(&berger, &of_partner), (&belvedere, &of_client)] {
        let event = &world.announced(&partnership.id, 2).await[1];
        assert_eq!(
            (event.kind(), event.header("ce_actor")),
            ("partnership.ended", "service:identity")
        );
        let ended = world.read_partnership(person, &partnership.id).await;
        assert_eq!(ended.state(), PartnershipState::Ended);
    }
    let still = world.read_partnership(&berger, &untouched.id).await;
    assert_eq!(still.state(), PartnershipState::Active);
}

#[tokio::test]
async fn a_partnership_ends_once() {
    let world = World::new().await;
    let (berger, alpina) = (world.client("Berger SA").await, world.partner("Alpina").await);
    let partnership = world.partnership(&berger, &alpina, &[]).await;
    let mut partnerships = world.partnerships(&berger);
    let request = EndPartnershipRequest {
        request_id: "r-1".into(),
        ..end(&berger, &partnership)
    };
    let first = partnerships
        .end_partnership(request.clone())
        .await
        .unwrap()
        .into_inner();

    let again = partnerships.end_partnership(end(&berger, &partnership)).await;

    assert_eq!(again.as_ref().unwrap_err().code(), Code::FailedPrecondition);
    assert_eq!(reason(again), "PARTNERSHIP_ENDED");
    assert_eq!(
        partnerships.end_partnership(request).await.unwrap().into_inner(),
        first
    );
    assert_eq!(world.announced(&partnership.id, 2).await.len(), 2);
    // It is over for good, and a new one can begin.
    let anew = world.partnership(&berger, &alpina, &[]).await;
    assert_ne!(anew.id, partnership.id);
}

#[tokio::test]
async fn two_ends_at_once_are_one_end() {
    let world = World::new().await;
    let (berger, alpina) = (world.client("Berger SA").await, world.partner("Alpina").await);
    let partnership = world.partnership(&berger, &alpina, &[]).await;
    let (mut client, mut partner) = (world.partnerships(&berger), world.partnerships(&alpina));

    let (one, two) = tokio::join!(
        client.end_partnership(end(&berger, &partnership)),
        partner.end_partnership(end(&alpina, &partnership))
    );

    // The later one either waits for the end or comes after it.
    assert!(one.is_ok() || two.is_ok());
    for answer in [one, two] {
        match answer {
            Ok(answer) => assert_eq!(
                answer.into_inner().partnership.unwrap().state(),
                PartnershipState::Ended
            ),
            Err(status) => assert_eq!(reason::<()>(Err(status)), "PARTNERSHIP_ENDED"),
        }
    }
    assert_eq!(world.announced(&partnership.id, 2).await.len(), 2);
}

#[tokio::test]
async fn an_end_of_what_was_changed_in_between_is_aborted() {
    let world = World::new().await;
    let (berger, alpina) = (world.client("Berger SA").await, world.partner("Alpina").await);
    let partnership = world.partnership(&berger, &alpina, &[]).await;
    let mut partnerships = world.partnerships(&berger);

    let stale = EndPartnershipRequest {
        etag: "1".into(),
        ..end(&berger, &partnership)
    };
    let stale = partnerships.end_partnership(stale).await;
    assert_eq!(stale.as_ref().unwrap_err().code(), Code::Aborted);
    assert_eq!(reason(stale), "STALE_ETAG");
    let fresh = EndPartnershipRequest {
        etag: partnership.etag.clone(),
        ..end(&berger, &partnership)
    };
    partnerships.end_partnership(fresh).await.unwrap();
}

#[tokio::test]
async fn a_partnership_of_others_is_not_found() {
    let world = World::new().await;
    let (berger, alpina) = (world.client("Berger SA").await, world.partner("Alpina").await);
    let partnership = world.partnership(&berger, &alpina, &[]).await;
    let stranger = world.partner("Stranger").await;
    let organization = stranger.organization.to_string();
    let mut partnerships = world.partnerships(&stranger);

    let read = GetPartnershipRequest {
        organization,
        partnership: partnership.id.clone(),
    };
    assert_eq!(
        partnerships.get_partnership(read).await.unwrap_err().code(),
        Code::NotFound
    );
    let ended = partnerships.end_partnership(end(&stranger, &partnership)).await;
    assert_eq!(ended.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn partnerships_are_listed_newest_first_on_either_side_and_by_state() {
    let world = World::new().await;
    let (berger, alpina) = (world.client("Berger SA").await, world.partner("Alpina").await);
    let older = world.partnership(&berger, &alpina, &[]).await;
    world.clock.advance(std::time::Duration::from_secs(1));
    let newer = world
        .partnership(&world.client("Other").await, &alpina, &[])
        .await;
    world
        .partnerships(&berger)
        .end_partnership(end(&berger, &older))
        .await
        .unwrap();
    let list = |person: &Person, state: PartnershipState| ListPartnershipsRequest {
        organization: person.organization.to_string(),
        state: state.into(),
        ..ListPartnershipsRequest::default()
    };
    let ids = async |person: &Person, request: ListPartnershipsRequest| {
        let answer = world
            .partnerships(person)
            .list_partnerships(request)
            .await
            .unwrap()
            .into_inner();
        let ids = answer
            .partnerships
            .into_iter()
            .map(|partnership| partnership.id)
            .collect::<Vec<_>>();
        (ids, answer.next_page_token)
    };

    let both = vec![newer.id.clone(), older.id.clone()];
    assert_eq!(
        ids(&alpina, list(&alpina, PartnershipState::Unspecified)).await.0,
        both
    );
    assert_eq!(
        ids(&berger, list(&berger, PartnershipState::Unspecified)).await.0,
        vec![older.id.clone()]
    );
    assert_eq!(
        ids(&alpina, list(&alpina, PartnershipState::Active)).await.0,
        vec![newer.id.clone()]
    );
    let small = ListPartnershipsRequest {
        page_size: 1,
        ..list(&alpina, PartnershipState::Unspecified)
    };
    let (first, token) = ids(&alpina, small.clone()).await;
    assert_eq!(first, [newer.id]);
    let rest = ListPartnershipsRequest {
        page_token: token,
        ..small
    };
    assert_eq!(ids(&alpina, rest).await, (vec![older.id], String::new()));
}

#[tokio::test]
async fn a_partner_sees_the_clients_with_a_mandate_in_force_by_name() {
    let world = World::new().await;
    let alpina = world.partner("Alpina").await;
    let berger = world.client("berger SA").await;
    let roof = world.product(&berger, "Energy", "Roof").await;
    let limited = world.partnership(&berger, &alpina, &[&roof]).await;
    for name in ["Zimmer", "Aebi", "Bern AG"] {
        world.partnership(&world.client(name).await, &alpina, &[]).await;
    }
    let gone = world.client("Gone").await;
    let ended = world.partnership(&gone, &alpina, &[]).await;
    world
        .partnerships(&gone)
        .end_partnership(end(&gone, &ended))
        .await
        .unwrap();
    world.invite(&world.client("Pending").await, &alpina, &[]).await;
    let mut partnerships = world.partnerships(&alpina);
    let names = |clients: &[Client]| {
        clients
            .iter()
            .map(|client| client.display_name.clone())
            .collect::<Vec<_>>()
    };

    let all = partnerships
        .list_clients(clients(&alpina, ""))
        .await
        .unwrap()
        .into_inner();

    assert_eq!(names(&all.clients), ["Aebi", "berger SA", "Bern AG", "Zimmer"]);
    let shown = &all.clients[1];
    assert_eq!(
        (shown.partnership.as_str(), shown.organization.as_str()),
        (limited.id.as_str(), limited.client.as_str())
    );
    assert_eq!(shown.mandate.as_ref().unwrap().products, [roof.id]);
    assert!(shown.start_time.is_some());
    let found = partnerships
        .list_clients(clients(&alpina, "BER"))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(names(&found.clients), ["berger SA", "Bern AG"]);

    let small = ListClientsRequest {
        page_size: 3,
        ..clients(&alpina, "")
    };
    let page = partnerships
        .list_clients(small.clone())
        .await
        .unwrap()
        .into_inner();
    let rest = ListClientsRequest {
        page_token: page.next_page_token.clone(),
        ..small
    };
    let last = partnerships.list_clients(rest).await.unwrap().into_inner();
    assert_eq!(
        (names(&last.clients), last.next_page_token.as_str()),
        (vec!["Zimmer".to_owned()], "")
    );
    let foreign = ListClientsRequest {
        page_token: page.next_page_token,
        ..clients(&alpina, "ber")
    };
    assert_eq!(fields(partnerships.list_clients(foreign).await), ["page_token"]);
    let none = world
        .partnerships(&berger)
        .list_clients(clients(&berger, ""))
        .await
        .unwrap()
        .into_inner();
    assert!(none.clients.is_empty());
}
