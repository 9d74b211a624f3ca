use entente_contracts::partners::v1::*;
use tonic::{Code, Status};

use crate::ask::fields;
use crate::world::World;

/// Each public method with a request that says nothing, and the field that is asked for first.
async fn empty_requests(world: &World, person: &entente_access::Person) -> Vec<(&'static str, Status)> {
    let mut answers = Vec::new();
    macro_rules! ask {
        ($client:ident, $method:ident, $request:ty) => {
            let answer = world.$client(person).$method(<$request>::default()).await;
            answers.push((stringify!($method), answer.unwrap_err()));
        };
    }
    ask!(products, create_product, CreateProductRequest);
    ask!(products, get_product, GetProductRequest);
    ask!(products, list_products, ListProductsRequest);
    ask!(products, update_product, UpdateProductRequest);
    ask!(invitations, search_partners, SearchPartnersRequest);
    ask!(
        invitations,
        create_partnership_invitation,
        CreatePartnershipInvitationRequest
    );
    ask!(
        invitations,
        get_partnership_invitation,
        GetPartnershipInvitationRequest
    );
    ask!(
        invitations,
        list_partnership_invitations,
        ListPartnershipInvitationsRequest
    );
    ask!(
        invitations,
        resend_partnership_invitation,
        ResendPartnershipInvitationRequest
    );
    ask!(
        invitations,
        withdraw_partnership_invitation,
        WithdrawPartnershipInvitationRequest
    );
    ask!(
        invitations,
        accept_partnership_invitation,
        AcceptPartnershipInvitationRequest
    );
    ask!(
        invitations,
        refuse_partnership_invitation,
        RefusePartnershipInvitationRequest
    );
    ask!(partnerships, get_partnership, GetPartnershipRequest);
    ask!(partnerships, list_partnerships, ListPartnershipsRequest);
    ask!(partnerships, end_partnership, EndPartnershipRequest);
    ask!(partnerships, consent_to_partnership, ConsentToPartnershipRequest);
    ask!(partnerships, list_clients, ListClientsRequest);
    answers
}

#[tokio::test]
async fn every_method_asks_for_the_organization_that_is_missing() {
    let world = World::new().await;
    let berger = world.client("Berger SA").await;
    for (method, status) in empty_requests(&world, &berger).await {
        assert_eq!(status.code(), Code::InvalidArgument, "{method}");
        assert!(
            fields::<()>(Err(status)).contains(&"organization".to_owned()),
            "{method}"
        );
    }
    let nothing = world
        .public()
        .look_up_partnership_invitation(LookUpPartnershipInvitationRequest::default())
        .await;
    assert_eq!(fields(nothing), ["token"]);
    let nothing = GetPartnershipInvitationTokenRequest::default();
    assert_eq!(
        fields(world.mailer().get_partnership_invitation_token(nothing).await),
        ["invitation"]
    );
}

#[tokio::test]
async fn an_id_of_another_kind_is_named() {
    let world = World::new().await;
    let (berger, alpina) = (world.client("Berger SA").await, world.partner("Alpina").await);
    let organization = berger.organization.to_string();
    let (mut invitations, mut partnerships) = (world.invitations(&berger), world.partnerships(&berger));
    let id = organization.clone();

    let product = GetProductRequest {
        organization: organization.clone(),
        product: id.clone(),
    };
    assert_eq!(
        fields(world.products(&berger).get_product(product).await),
        ["product"]
    );
    let invitation = GetPartnershipInvitationRequest {
        organization: organization.clone(),
        invitation: id.clone(),
    };
    assert_eq!(
        fields(invitations.get_partnership_invitation(invitation).await),
        ["invitation"]
    );
    let mut invite = crate::ask::invite(&berger, &alpina, &[]);
    invite.partner = "alpina".into();
    assert_eq!(
        fields(invitations.create_partnership_invitation(invite).await),
        ["partner"]
    );
    let partnership = GetPartnershipRequest {
        organization,
        partnership: id,
    };
    assert_eq!(
        fields(partnerships.get_partnership(partnership).await),
        ["partnership"]
    );
}

#[tokio::test]
async fn what_is_out_of_bounds_is_named() {
    let world = World::new().await;
    let (berger, alpina) = (world.client("Berger SA").await, world.partner("Alpina").await);
    let organization = berger.organization.to_string();
    let mut invitations = world.invitations(&berger);
    let invite = crate::ask::invite(&berger, &alpina, &[]);

    let long = CreatePartnershipInvitationRequest {
        message: "x".repeat(1001),
        ..invite.clone()
    };
    assert_eq!(
        fields(invitations.create_partnership_invitation(long).await),
        ["message"]
    );
    let unknown = CreatePartnershipInvitationRequest {
        access: 9,
        ..invite.clone()
    };
    assert_eq!(
        fields(invitations.create_partnership_invitation(unknown).await),
        ["access"]
    );
    let long = CreatePartnershipInvitationRequest {
        request_id: "x".repeat(65),
        ..invite
    };
    assert_eq!(
        fields(invitations.create_partnership_invitation(long).await),
        ["request_id"]
    );
    let mut list = ListPartnershipsRequest {
        organization: organization.clone(),
        page_size: 201,
        ..Default::default()
    };
    assert_eq!(
        fields(world.partnerships(&berger).list_partnerships(list.clone()).await),
        ["page_size"]
    );
    (list.page_size, list.page_token) = (0, "garbage".into());
    assert_eq!(
        fields(world.partnerships(&berger).list_partnerships(list).await),
        ["page_token"]
    );
    let list = ListPartnershipInvitationsRequest {
        organization,
        state: 77,
        ..Default::default()
    };
    assert_eq!(
        fields(invitations.list_partnership_invitations(list).await),
        ["state"]
    );
}

#[tokio::test]
async fn nobody_gets_anywhere_without_a_token() {
    let world = World::new().await;
    let berger = world.client("Berger SA").await;
    let list = ListPartnershipInvitationsRequest {
        organization: berger.organization.to_string(),
        ..ListPartnershipInvitationsRequest::default()
    };
    assert_eq!(
        world
            .public()
            .list_partnership_invitations(list)
            .await
            .unwrap_err()
            .code(),
        Code::Unauthenticated
    );
}
