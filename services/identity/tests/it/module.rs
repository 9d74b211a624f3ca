//! Modules are switched by each organization for itself.

use entente_contracts::access::v1::{Action, Module, Resource};
use entente_contracts::identity::v1::module_service_client::ModuleServiceClient;
use entente_contracts::identity::v1::{
    ExplainRequest, InspectDecisionRequest, ListMembersWithRequest, ListModulesRequest,
    ListPermissionsRequest, OrganizationType, SwitchModuleRequest, SwitchModuleResponse,
    operations_service_client::OperationsServiceClient,
};
use tonic::transport::Channel;
use tonic::{Code, Status};

use crate::support::{Actor, World, reason};

fn modules(world: &World) -> ModuleServiceClient<Channel> {
    ModuleServiceClient::new(world.channel())
}

async fn switch(
    world: &World,
    by: &Actor,
    request: SwitchModuleRequest,
) -> Result<SwitchModuleResponse, Status> {
    let answer = modules(world).switch_module(by.request(request)).await?;
    Ok(answer.into_inner())
}

fn off(organization: &str) -> SwitchModuleRequest {
    SwitchModuleRequest {
        organization: organization.to_owned(),
        module: Module::Catalogue.into(),
        on: false,
        ..SwitchModuleRequest::default()
    }
}

#[tokio::test]
async fn a_module_is_on_until_it_is_switched_off() {
    let (world, operator) = World::new().await;
    let request = ListModulesRequest {
        organization: operator.organization.clone(),
    };
    let listed = modules(&world)
        .list_modules(operator.request(request))
        .await
        .unwrap();
    assert!(listed.into_inner().modules.iter().all(|module| module.on));

    let switched = switch(&world, &operator, off(&operator.organization))
        .await
        .unwrap();
    let are_off: Vec<_> = switched.modules.iter().filter(|module| !module.on).collect();
    assert_eq!(are_off.len(), 1);
    assert_eq!(are_off.first().unwrap().module, i32::from(Module::Catalogue));
}

#[tokio::test]
async fn a_stale_switch_is_aborted_and_a_replayed_one_answers_alike() {
    let (world, operator) = World::new().await;
    let request = SwitchModuleRequest {
        request_id: "switch-1".to_owned(),
        ..off(&operator.organization)
    };
    let first = switch(&world, &operator, request.clone()).await.unwrap();
    assert_eq!(switch(&world, &operator, request).await.unwrap(), first);
    let stale = SwitchModuleRequest {
        etag: "0".to_owned(),
        ..off(&operator.organization)
    };
    assert_eq!(
        switch(&world, &operator, stale).await.unwrap_err().code(),
        Code::Aborted
    );
}

#[tokio::test]
async fn only_administrators_switch_and_strangers_find_nothing() {
    let (world, operator) = World::new().await;
    let berger = world
        .found(&operator, OrganizationType::DirectClient, "Berger")
        .await;
    let clerk = world.join(&berger, "clerk@berger.example", "member").await;
    let refused = switch(&world, &clerk, off(&berger.organization)).await;
    assert_eq!(reason(refused), "PERMISSION_MISSING");
    let refused = switch(&world, &operator, off(&berger.organization)).await;
    assert_eq!(reason(refused), "NOT_FOUND");
}

#[tokio::test]
async fn a_module_that_is_no_module_is_refused_by_its_field() {
    let (world, operator) = World::new().await;
    let request = SwitchModuleRequest {
        module: 99,
        ..off(&operator.organization)
    };
    let refused = switch(&world, &operator, request).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn whoever_runs_the_installation_is_told_why_somebody_may() {
    let (world, operator) = World::new().await;
    let mut operations = OperationsServiceClient::new(world.channel());
    let question = InspectDecisionRequest {
        organization: operator.organization.clone(),
        user: operator.user.clone(),
        permission: "module:update".to_owned(),
        ..InspectDecisionRequest::default()
    };
    let answer = operations
        .inspect_decision(world.internal_of("identity", question.clone()))
        .await
        .unwrap();
    let answer = answer.into_inner();
    assert_eq!(answer.decision.unwrap().source, "role:owner");
    assert!(answer.steps.iter().all(|step| step.passed));

    let person = operations
        .inspect_decision(operator.request(question.clone()))
        .await;
    assert_eq!(reason(person), "INTERNAL_ONLY");

    let nonsense = InspectDecisionRequest {
        permission: "module:sell".to_owned(),
        ..question
    };
    let refused = operations
        .inspect_decision(world.internal_of("identity", nonsense))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn what_is_switched_off_is_neither_listed_nor_explained_as_allowed() {
    let (world, operator) = World::new().await;
    let (organization, product) = (operator.organization.clone(), i32::from(Resource::Product));
    let listed = async || {
        let request = ListPermissionsRequest {
            organization: organization.clone(),
        };
        let answer = world
            .decisions()
            .list_permissions(operator.request(request))
            .await;
        let held = answer.unwrap().into_inner().permissions;
        held.iter()
            .filter_map(|held| held.permission)
            .any(|held| (held.resource, held.action) == (product, Action::Read.into()))
    };
    assert!(listed().await);

    switch(&world, &operator, off(&organization)).await.unwrap();

    assert!(!listed().await);
    let explain = ExplainRequest {
        organization: organization.clone(),
        user: operator.user.clone(),
        resource: product,
        action: Action::Read.into(),
        ..ExplainRequest::default()
    };
    let explained = world.decisions().explain(operator.request(explain)).await;
    let decision = explained.unwrap().into_inner().decision.unwrap();
    assert_eq!(decision.reason, "MODULE_INACTIVE");
    let with = ListMembersWithRequest {
        organization: organization.clone(),
        resource: product,
        action: Action::Read.into(),
        ..ListMembersWithRequest::default()
    };
    let with = world.decisions().list_members_with(operator.request(with)).await;
    assert!(with.unwrap().into_inner().principals.is_empty());
}
