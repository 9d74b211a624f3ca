//! The API over gRPC, by the same port.

use entente_contracts::access::v1::{Action, Resource};
use entente_contracts::audit::v1::ListAuditEventsRequest;
use entente_contracts::audit::v1::audit_service_client::AuditServiceClient;
use entente_contracts::billing::v1::GetBillingAccountRequest;
use entente_contracts::billing::v1::billing_account_service_client::BillingAccountServiceClient;
use entente_contracts::identity::v1::decision_service_client::DecisionServiceClient;
use entente_contracts::identity::v1::member_service_client::MemberServiceClient;
use entente_contracts::identity::v1::organization_service_client::OrganizationServiceClient;
use entente_contracts::identity::v1::session_service_client::SessionServiceClient;
use entente_contracts::identity::v1::{
    CheckRequest, ExplainRequest, GetCurrentSessionRequest, GetOrganizationRequest, ListContactsRequest,
    ListMembersRequest, PutGrantRequest, WatchAccessRequest,
};
use entente_contracts::notifications::v1::CountUnreadNotificationsRequest;
use entente_contracts::notifications::v1::notification_service_client::NotificationServiceClient;
use entente_contracts::partners::v1::partnership_invitation_service_client::PartnershipInvitationServiceClient;
use entente_contracts::partners::v1::partnership_service_client::PartnershipServiceClient;
use entente_contracts::partners::v1::product_service_client::ProductServiceClient;
use entente_contracts::partners::v1::{
    GetPartnershipInvitationTokenRequest, GetProductRequest, ListClientsRequest,
    ListPartnershipInvitationsRequest, ListProductsRequest,
};
use tokio_stream::StreamExt as _;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_types::StatusExt as _;

use crate::support::{Installation, Log, Market, Person, eventually};

on_both_logs!(every_service_answers_over_grpc);

async fn every_service_answers_over_grpc(log: Log) {
    let installation = Installation::start(log).await;
    let market = Market::open(&installation).await;
    let product = market.berger.product("Mail", "Newsletter").await;
    let channel = Endpoint::from_shared(installation.rest.url())
        .unwrap()
        .connect()
        .await
        .unwrap();

    reflection_lists_what_is_offered(channel.clone()).await;
    let bea = As::person(&channel, &market.berger.owner).await;
    each_service_answers(&bea, &market, &product).await;
    refusals_say_why(&channel, &market, &product).await;
    internal_methods_are_not_there(&bea).await;
    installation.stop().await;
}

async fn reflection_lists_what_is_offered(channel: Channel) {
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let answers = ServerReflectionClient::new(channel)
        .server_reflection_info(tokio_stream::once(request))
        .await;
    let answer = answers.unwrap().into_inner().next().await.unwrap().unwrap();
    let Some(MessageResponse::ListServicesResponse(listed)) = answer.message_response else {
        panic!("{answer:?}")
    };
    let names: Vec<_> = listed.service.into_iter().map(|service| service.name).collect();
    for service in [
        "entente.identity.v1.OrganizationService",
        "entente.identity.v1.MemberService",
        "entente.identity.v1.SessionService",
        "entente.identity.v1.DecisionService",
        "entente.partners.v1.ProductService",
        "entente.partners.v1.PartnershipInvitationService",
        "entente.partners.v1.PartnershipService",
        "entente.billing.v1.BillingAccountService",
        "entente.notifications.v1.NotificationService",
        "entente.audit.v1.AuditService",
        "grpc.health.v1.Health",
    ] {
        assert!(
            names.iter().any(|name| name == service),
            "{service} is not in {names:?}"
        );
    }
}

async fn each_service_answers(bea: &As, market: &Market, product: &str) {
    let organization = market.berger.id.clone();
    let session = SessionServiceClient::new(bea.channel())
        .get_current_session(GetCurrentSessionRequest {})
        .await;
    assert_eq!(
        session.unwrap().into_inner().session.unwrap().organization,
        organization
    );
    let request = GetOrganizationRequest {
        organization: organization.clone(),
    };
    let found = OrganizationServiceClient::new(bea.channel())
        .get_organization(request)
        .await;
    assert_eq!(
        found.unwrap().into_inner().organization.unwrap().display_name,
        "Berger SA"
    );
    let request = ListMembersRequest {
        organization: organization.clone(),
        ..Default::default()
    };
    let members = MemberServiceClient::new(bea.channel())
        .list_members(request)
        .await;
    assert_eq!(members.unwrap().into_inner().members.len(), 1);
    let request = ExplainRequest {
        organization: organization.clone(),
        user: market.berger.owner.id.clone(),
        resource: Resource::Product.into(),
        action: Action::Read.into(),
        ..Default::default()
    };
    let explained = DecisionServiceClient::new(bea.channel())
        .explain(request)
        .await
        .unwrap()
        .into_inner();
    assert!(explained.decision.unwrap().allowed && !explained.steps.is_empty());
    let request = ListProductsRequest {
        organization: organization.clone(),
        ..Default::default()
    };
    let products = ProductServiceClient::new(bea.channel())
        .list_products(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(products.products[0].id, product);
    let request = ListPartnershipInvitationsRequest {
        organization: organization.clone(),
        ..Default::default()
    };
    let mut invitations = PartnershipInvitationServiceClient::new(bea.channel());
    let invitations = invitations
        .list_partnership_invitations(request)
        .await
        .unwrap()
        .into_inner();
    assert!(invitations.invitations.is_empty());
    let request = ListClientsRequest {
        organization: organization.clone(),
        ..Default::default()
    };
    let clients = PartnershipServiceClient::new(bea.channel())
        .list_clients(request)
        .await;
    assert!(clients.unwrap().into_inner().clients.is_empty());
    eventually("the billing account", async || {
        let request = GetBillingAccountRequest {
            organization: organization.clone(),
        };
        BillingAccountServiceClient::new(bea.channel())
            .get_billing_account(request)
            .await
    })
    .await;
    let unread = NotificationServiceClient::new(bea.channel());
    let unread = unread
        .clone()
        .count_unread_notifications(CountUnreadNotificationsRequest {})
        .await;
    assert_eq!(unread.unwrap().into_inner().count, 0);
    eventually("the trail", async || {
        let request = ListAuditEventsRequest {
            organization: organization.clone(),
            resource: product.to_owned(),
            ..Default::default()
        };
        let events = AuditServiceClient::new(bea.channel())
            .list_audit_events(request)
            .await
            .unwrap()
            .into_inner()
            .events;
        if events.len() == 1 { Ok(()) } else { Err(events) }
    })
    .await;
}

async fn refusals_say_why(channel: &Channel, market: &Market, product: &str) {
    let request = GetProductRequest {
        organization: market.berger.id.clone(),
        product: product.to_owned(),
    };
    let missing = ProductServiceClient::new(channel.clone())
        .get_product(request.clone())
        .await
        .unwrap_err();
    is(&missing, Code::Unauthenticated, "TOKEN_MISSING");
    let garbled = As {
        channel: channel.clone(),
        token: "garbled".to_owned(),
    };
    let invalid = ProductServiceClient::new(garbled.channel())
        .get_product(request.clone())
        .await
        .unwrap_err();
    is(&invalid, Code::Unauthenticated, "TOKEN_INVALID");
    let zoe = As::person(channel, &market.zenith.owner).await;
    let stranger = ProductServiceClient::new(zoe.channel())
        .get_product(request)
        .await
        .unwrap_err();
    is(&stranger, Code::NotFound, "NOT_FOUND");
    assert!(
        stranger
            .get_details_error_info()
            .unwrap()
            .metadata
            .contains_key("mend")
    );
    let request = ListProductsRequest {
        organization: market.zenith.id.clone(),
        page_size: -1,
        ..Default::default()
    };
    let field = ProductServiceClient::new(zoe.channel())
        .list_products(request)
        .await
        .unwrap_err();
    assert_eq!(field.code(), Code::InvalidArgument);
    assert_eq!(
        field.get_details_bad_request().unwrap().field_violations[0].field,
        "page_size"
    );
}

async fn internal_methods_are_not_there(bea: &As) {
    let decisions = || DecisionServiceClient::new(bea.channel());
    let answers = [
        decisions().check(CheckRequest::default()).await.map(drop),
        decisions().put_grant(PutGrantRequest::default()).await.map(drop),
        decisions().watch_access(WatchAccessRequest {}).await.map(drop),
        MemberServiceClient::new(bea.channel())
            .list_contacts(ListContactsRequest::default())
            .await
            .map(drop),
        PartnershipInvitationServiceClient::new(bea.channel())
            .get_partnership_invitation_token(GetPartnershipInvitationTokenRequest::default())
            .await
            .map(drop),
    ];
    for answer in answers {
        assert_eq!(answer.unwrap_err().code(), Code::Unimplemented);
    }
}

#[track_caller]
fn is(status: &Status, code: Code, reason: &str) {
    let info = status
        .get_details_error_info()
        .unwrap_or_else(|| panic!("no details: {status:?}"));
    assert_eq!(
        (status.code(), info.reason.as_str(), info.domain.as_str()),
        (code, reason, "entente")
    );
}

/// A channel with somebody's token.
struct As {
    channel: Channel,
    token: String,
}

impl As {
    async fn person(channel: &Channel, person: &Person) -> Self {
        Self {
            channel: channel.clone(),
            token: person.token().await,
        }
    }

    fn channel(
        &self,
    ) -> InterceptedService<Channel, impl Fn(Request<()>) -> Result<Request<()>, Status> + Clone + use<>>
    {
        let authorization: tonic::metadata::AsciiMetadataValue =
            format!("Bearer {}", self.token).parse().unwrap();
        InterceptedService::new(self.channel.clone(), move |mut request: Request<()>| {
            request
                .metadata_mut()
                .insert("authorization", authorization.clone());
            Ok(request)
        })
    }
}
