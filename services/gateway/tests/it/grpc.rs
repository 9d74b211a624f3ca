//! gRPC through the gateway, and what it tells about itself.

use std::collections::BTreeSet;

use entente_contracts::METHODS;
use entente_contracts::access::v1::Caller;
use entente_contracts::identity::v1::member_service_client::MemberServiceClient;
use entente_contracts::identity::v1::{ListMembersRequest, ListMembersResponse, Member};
use entente_contracts::notifications::v1::ListNotificationsRequest;
use entente_contracts::notifications::v1::notification_service_client::NotificationServiceClient;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_types::StatusExt;

use crate::support::{Platform, eventually};

/// The services that have a method for the outside.
fn public() -> BTreeSet<String> {
    let outside = METHODS.iter().filter(|rule| rule.caller != Caller::Internal);
    outside.map(|rule| rule.service.to_owned()).collect()
}

#[tokio::test]
async fn a_call_passes_through_with_its_token_and_comes_back() {
    let platform = Platform::start().await;
    platform.script.on(|request: &ListMembersRequest| {
        let member = Member {
            organization: request.organization.clone(),
            ..Member::default()
        };
        Ok(ListMembersResponse {
            members: vec![member],
            ..ListMembersResponse::default()
        })
    });
    let bearer = format!("Bearer {}", platform.token());
    let request = ListMembersRequest {
        organization: "org_a".to_owned(),
        ..ListMembersRequest::default()
    };
    let mut request = tonic::Request::new(request);
    request
        .metadata_mut()
        .insert("authorization", bearer.parse().unwrap());

    let response = MemberServiceClient::new(platform.channel())
        .list_members(request)
        .await
        .unwrap();

    assert_eq!(response.into_inner().members[0].organization, "org_a");
    assert_eq!(
        platform.script.call("ListMembers").header("authorization"),
        bearer
    );
}

#[tokio::test]
async fn a_refused_field_comes_back_with_its_violation() {
    let platform = Platform::start().await;

    let refused = MemberServiceClient::new(platform.channel())
        .list_members(ListMembersRequest::default())
        .await;

    let status = refused.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(
        status.get_details_bad_request().unwrap().field_violations[0].field,
        "organization"
    );
}

#[tokio::test]
async fn a_service_that_is_away_is_unavailable_with_a_hint() {
    let platform = Platform::start().await;

    let mut notifications = NotificationServiceClient::new(platform.channel());
    let status = notifications
        .list_notifications(ListNotificationsRequest::default())
        .await
        .unwrap_err();

    assert_eq!(status.code(), Code::Unavailable);
    assert!(status.get_details_retry_info().is_some());
    assert!(!format!("{status:?}").contains("127.0.0.1"), "{status:?}");
}

#[tokio::test]
async fn reflection_lists_the_public_services_and_no_other() {
    let platform = Platform::start().await;
    let request = ServerReflectionRequest {
        message_request: Some(MessageRequest::ListServices(String::new())),
        ..ServerReflectionRequest::default()
    };

    let mut client = ServerReflectionClient::new(platform.channel());
    let mut answers = client
        .server_reflection_info(tokio_stream::once(request))
        .await
        .unwrap()
        .into_inner();
    let answer = answers
        .message()
        .await
        .unwrap()
        .unwrap()
        .message_response
        .unwrap();

    let MessageResponse::ListServicesResponse(list) = answer else {
        panic!("{answer:?}")
    };
    let listed: BTreeSet<_> = list
        .service
        .into_iter()
        .map(|service| service.name)
        .filter(|name| !name.starts_with("grpc."))
        .collect();
    assert_eq!(listed, public());
}

#[tokio::test]
async fn health_knows_the_public_services_and_no_other() {
    let platform = Platform::start().await;
    let health = HealthClient::new(platform.channel());
    let check = async |service: &str| {
        let request = HealthCheckRequest {
            service: service.to_owned(),
        };
        health
            .clone()
            .check(request)
            .await
            .map(|answer| answer.into_inner().status())
    };

    eventually(async || check("").await.unwrap() == ServingStatus::Serving).await;
    for service in public() {
        assert_eq!(
            check(&service).await.unwrap(),
            ServingStatus::Serving,
            "{service}"
        );
    }
    assert_eq!(
        check("entente.identity.v1.NothingService")
            .await
            .unwrap_err()
            .code(),
        Code::NotFound
    );
}
