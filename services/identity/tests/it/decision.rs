//! Decisions as the other services and the administrators see them.

use entente_contracts::access::v1::{Action, Gate, Module, Resource};
use entente_contracts::identity::v1::{
    BatchCheckRequest, CheckRequest, Decision, ExplainRequest, ExplainResponse, Grant, HeldPermission,
    ListMembersWithRequest, ListPermissionsRequest, OrganizationType, Permission, PutGateRequest,
    PutGrantRequest, RemoveMemberRequest, Requirement, Subject, SwitchModuleRequest, WatchAccessRequest,
    module_service_client::ModuleServiceClient,
};
use entente_ids::{OrganizationId, PartnershipId, ProductId};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::support::{Actor, World, reason};

/// A client and a partner, each with its owner.
struct Fleet {
    world: World,
    operator: Actor,
    berger: Actor,
    alpina: Actor,
}

impl Fleet {
    async fn new() -> Self {
        let (world, operator) = World::new().await;
        let berger = world
            .found(&operator, OrganizationType::DirectClient, "Berger")
            .await;
        let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
        Self {
            world,
            operator,
            berger,
            alpina,
        }
    }

    async fn check(&self, who: &Actor, requirement: Requirement) -> Decision {
        let request = CheckRequest {
            subject: Some(subject(who)),
            requirement: Some(requirement),
            min_revision: 0,
        };
        let answer = self
            .world
            .decisions()
            .check(self.world.internal(request))
            .await
            .unwrap();
        answer.into_inner().decision.unwrap()
    }

    async fn put_grant(&self, grant: Grant) -> Result<i64, Status> {
        let request = self
            .world
            .internal_of("partners", PutGrantRequest { grant: Some(grant) });
        Ok(self
            .world
            .decisions()
            .put_grant(request)
            .await?
            .into_inner()
            .revision)
    }

    async fn put_gate(&self, organization: &str, version: i64, missing: &[&str]) -> Result<i64, Status> {
        let request = self.world.internal_of(
            "billing",
            PutGateRequest {
                organization: organization.to_owned(),
                gate: Gate::BillingSetUp.into(),
                open: missing.is_empty(),
                missing: missing.iter().map(ToString::to_string).collect(),
                version,
            },
        );
        Ok(self
            .world
            .decisions()
            .put_gate(request)
            .await?
            .into_inner()
            .revision)
    }

    async fn explain(&self, by: &Actor, who: &Actor, product: &str) -> Result<ExplainResponse, Status> {
        let request = by.request(ExplainRequest {
            organization: self.berger.organization.clone(),
            user: who.user.clone(),
            acting_organization: who.organization.clone(),
            resource: Resource::Product.into(),
            action: Action::Read.into(),
            product: product.to_owned(),
        });
        Ok(self.world.decisions().explain(request).await?.into_inner())
    }

    /// Version 1 gives Alpina two products of Berger to read.
    fn grant(&self) -> Grant {
        Grant {
            partnership: partnership(),
            client: self.berger.organization.clone(),
            partner: self.alpina.organization.clone(),
            version: 1,
            products: vec![product(1), product(2)],
            ceiling: vec![Permission {
                resource: Resource::Product.into(),
                action: Action::Read.into(),
            }],
            ..Grant::default()
        }
    }

    fn read(&self, product: String) -> Requirement {
        Requirement {
            resource: Resource::Product.into(),
            action: Action::Read.into(),
            organization: self.berger.organization.clone(),
            product,
            ..Requirement::default()
        }
    }

    /// What Alpina is answered when it reads a product of Berger.
    async fn alpina_reads(&self, product: String) -> Decision {
        self.check(&self.alpina, self.read(product)).await
    }
}

fn subject(who: &Actor) -> Subject {
    Subject {
        user: who.user.clone(),
        session: who.session.clone(),
        organization: who.organization.clone(),
        auth_time: None,
        second_factor: false,
    }
}

fn partnership() -> String {
    PartnershipId::from_uuid(Uuid::from_u128(41)).to_string()
}

fn product(number: u128) -> String {
    ProductId::from_uuid(Uuid::from_u128(number)).to_string()
}

#[tokio::test]
async fn a_limited_mandate_reaches_its_products_and_no_other() {
    let fleet = Fleet::new().await;
    let revision = fleet.put_grant(fleet.grant()).await.unwrap();

    let allowed = fleet.alpina_reads(product(2)).await;
    assert_eq!(
        (allowed.allowed, allowed.source),
        (true, format!("mandate:{}", partnership()))
    );
    assert_eq!(allowed.revision, revision);

    let denied = fleet.alpina_reads(product(3)).await;
    assert_eq!(
        (denied.allowed, denied.reason.as_str()),
        (false, "OUTSIDE_MANDATE")
    );
    assert_eq!(denied.mend, "ask the client to add it to the mandate");
}

#[tokio::test]
async fn a_grant_that_ended_denies_the_next_call() {
    let fleet = Fleet::new().await;
    fleet.put_grant(fleet.grant()).await.unwrap();

    fleet
        .put_grant(Grant {
            ended: true,
            version: 2,
            ..fleet.grant()
        })
        .await
        .unwrap();

    assert_eq!(fleet.alpina_reads(product(1)).await.reason, "MANDATE_ENDED");
}

#[tokio::test]
async fn an_older_version_of_a_grant_changes_nothing() {
    let fleet = Fleet::new().await;
    let ended = Grant {
        ended: true,
        version: 2,
        ..fleet.grant()
    };
    let revision = fleet.put_grant(ended.clone()).await.unwrap();

    assert_eq!(fleet.put_grant(fleet.grant()).await.unwrap(), revision);
    assert_eq!(
        fleet
            .put_grant(Grant {
                ended: false,
                ..ended
            })
            .await
            .unwrap(),
        revision
    );

    assert_eq!(fleet.alpina_reads(product(1)).await.reason, "MANDATE_ENDED");
}

#[tokio::test]
async fn a_partnership_keeps_its_parties() {
    let fleet = Fleet::new().await;
    fleet.put_grant(fleet.grant()).await.unwrap();
    let (client, partner) = (
        fleet.berger.organization.clone(),
        fleet.alpina.organization.clone(),
    );
    let operator = fleet.operator.organization.clone();
    for (client, partner) in [(&operator, &partner), (&client, &operator), (&partner, &client)] {
        let moved = Grant {
            client: client.clone(),
            partner: partner.clone(),
            version: 2,
            ..fleet.grant()
        };
        let refused = fleet.put_grant(moved).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{refused:?}");
    }
    assert!(fleet.alpina_reads(product(1)).await.allowed);
}

#[tokio::test]
async fn a_grant_that_makes_no_sense_is_refused() {
    let fleet = Fleet::new().await;
    let nobody = OrganizationId::from_uuid(Uuid::from_u128(9)).to_string();
    let grants = [
        (
            "grant.client",
            Grant {
                client: nobody.clone(),
                ..fleet.grant()
            },
        ),
        (
            "grant.partner",
            Grant {
                partner: nobody,
                ..fleet.grant()
            },
        ),
        (
            "grant.partner",
            Grant {
                partner: fleet.grant().client,
                ..fleet.grant()
            },
        ),
        (
            "grant.partnership",
            Grant {
                partnership: "pts_1".to_owned(),
                ..fleet.grant()
            },
        ),
        (
            "grant.products",
            Grant {
                products: vec![],
                ..fleet.grant()
            },
        ),
        (
            "grant.products",
            Grant {
                products: vec![partnership()],
                ..fleet.grant()
            },
        ),
        (
            "grant.ceiling",
            Grant {
                ceiling: vec![Permission {
                    resource: 999,
                    action: 1,
                }],
                ..fleet.grant()
            },
        ),
        (
            "grant.version",
            Grant {
                version: 0,
                ..fleet.grant()
            },
        ),
    ];
    for (field, grant) in grants {
        let refused = fleet.put_grant(grant).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{refused:?}");
        let details = tonic_types::StatusExt::get_details_bad_request(&refused).unwrap();
        assert!(
            details.field_violations[0].field.starts_with(field),
            "{details:?}"
        );
    }
}

#[tokio::test]
async fn a_closed_gate_says_what_is_missing_until_it_opens() {
    let fleet = Fleet::new().await;
    let gated = || Requirement {
        organization: fleet.alpina.organization.clone(),
        gate: Gate::BillingSetUp.into(),
        ..fleet.read(String::new())
    };
    let missing = |decision: Decision| {
        (
            decision.reason,
            decision.metadata.get("missing").cloned().unwrap_or_default(),
        )
    };

    let unknown = fleet.check(&fleet.alpina, gated()).await;
    assert_eq!(
        missing(unknown),
        ("BILLING_REQUIRED".into(), "billing account".into())
    );

    fleet
        .put_gate(&fleet.alpina.organization, 1, &["address", "card"])
        .await
        .unwrap();
    let closed = fleet.check(&fleet.alpina, gated()).await;
    assert_eq!(
        missing(closed),
        ("BILLING_REQUIRED".into(), "address, card".into())
    );

    let opened = fleet.put_gate(&fleet.alpina.organization, 3, &[]).await.unwrap();
    assert!(fleet.check(&fleet.alpina, gated()).await.allowed);

    assert_eq!(
        fleet
            .put_gate(&fleet.alpina.organization, 2, &["card"])
            .await
            .unwrap(),
        opened
    );
    assert!(fleet.check(&fleet.alpina, gated()).await.allowed);
}

#[tokio::test]
async fn a_gate_of_nobody_is_refused() {
    let fleet = Fleet::new().await;
    let nobody = OrganizationId::from_uuid(Uuid::from_u128(9)).to_string();
    assert_eq!(
        fleet.put_gate(&nobody, 1, &[]).await.unwrap_err().code(),
        Code::InvalidArgument
    );
}

#[tokio::test]
async fn a_removed_member_is_denied_at_the_next_call() {
    let fleet = Fleet::new().await;
    let clerk = fleet
        .world
        .join(&fleet.berger, "clerk@berger.example", "member")
        .await;
    assert_eq!(
        fleet.check(&clerk, fleet.read(product(1))).await.source,
        "role:member"
    );

    let request = RemoveMemberRequest {
        organization: fleet.berger.organization.clone(),
        member: clerk.member.clone(),
        ..RemoveMemberRequest::default()
    };
    fleet
        .world
        .members()
        .remove_member(fleet.berger.request(request))
        .await
        .unwrap();

    assert!(!fleet.check(&clerk, fleet.read(product(1))).await.allowed);
}

#[tokio::test]
async fn a_service_asks_about_a_call_that_needs_no_permission() {
    let fleet = Fleet::new().await;
    assert!(fleet.check(&fleet.berger, Requirement::default()).await.allowed);
    let elsewhere = Actor {
        organization: fleet.alpina.organization.clone(),
        ..fleet.berger.clone()
    };
    assert_eq!(
        fleet.check(&elsewhere, Requirement::default()).await.reason,
        "NOT_FOUND"
    );
}

#[tokio::test]
async fn nobody_else_decides_or_grants() {
    let fleet = Fleet::new().await;
    let check = CheckRequest {
        subject: Some(subject(&fleet.berger)),
        requirement: Some(Requirement::default()),
        min_revision: 0,
    };
    let checked = fleet.world.decisions().check(fleet.berger.request(check)).await;
    assert_eq!(reason(checked), "INTERNAL_ONLY");
    let put = PutGrantRequest {
        grant: Some(fleet.grant()),
    };
    let by_people = fleet.berger.request(put.clone());
    // Mandates are partners' to say, and nobody else's.
    let by_billing = fleet.world.internal_of("billing", put);
    for request in [by_people, by_billing] {
        let answer = fleet.world.decisions().put_grant(request).await;
        assert_eq!(reason(answer), "INTERNAL_ONLY");
    }
}

#[tokio::test]
async fn an_owner_is_told_why_a_partner_may_or_may_not() {
    let fleet = Fleet::new().await;
    fleet.put_grant(fleet.grant()).await.unwrap();

    let allowed = fleet
        .explain(&fleet.berger, &fleet.alpina, &product(1))
        .await
        .unwrap();
    assert!(allowed.decision.unwrap().allowed);
    let questions: Vec<_> = allowed
        .steps
        .iter()
        .map(|step| (step.question.as_str(), step.passed))
        .collect();
    assert_eq!(
        questions,
        [
            ("place", true),
            ("second_factor", true),
            ("state", true),
            ("permission", true),
            ("scope", true),
            ("module", true)
        ]
    );

    let denied = fleet
        .explain(&fleet.berger, &fleet.alpina, &product(3))
        .await
        .unwrap();
    assert_eq!(denied.decision.unwrap().reason, "OUTSIDE_MANDATE");
    let last = denied.steps.last().unwrap();
    assert_eq!((last.question.as_str(), last.passed), ("scope", false));
    assert_eq!(last.finding, format!("the mandate doesn't cover {}", product(3)));
}

#[tokio::test]
async fn a_member_without_the_right_is_told_nothing() {
    let fleet = Fleet::new().await;
    let clerk = fleet
        .world
        .join(&fleet.berger, "clerk@berger.example", "member")
        .await;
    assert_eq!(
        reason(fleet.explain(&clerk, &fleet.alpina, "").await),
        "PERMISSION_MISSING"
    );
    assert_eq!(
        reason(fleet.explain(&fleet.alpina, &fleet.berger, "").await),
        "NOT_FOUND"
    );
}

#[tokio::test]
async fn a_watch_tells_who_is_to_be_asked_again() {
    let fleet = Fleet::new().await;
    let request = fleet.world.internal(WatchAccessRequest {});
    let mut watch = fleet
        .world
        .decisions()
        .watch_access(request)
        .await
        .unwrap()
        .into_inner();
    let known = watch.message().await.unwrap().unwrap();
    assert!(known.users.is_empty() && known.organizations.is_empty());

    let revision = fleet.put_grant(fleet.grant()).await.unwrap();

    let moved = watch.message().await.unwrap().unwrap();
    assert_eq!((moved.revision, known.revision), (revision, revision - 1));
    let mut parties = [
        fleet.berger.organization.clone(),
        fleet.alpina.organization.clone(),
    ];
    parties.sort();
    assert_eq!(moved.organizations, parties);
}

#[tokio::test]
async fn people_see_what_they_may_do_with_the_source_of_each_right() {
    let fleet = Fleet::new().await;
    fleet.put_grant(fleet.grant()).await.unwrap();
    let list = async |who: &Actor| {
        let request = ListPermissionsRequest {
            organization: fleet.berger.organization.clone(),
        };
        let answer = fleet
            .world
            .decisions()
            .list_permissions(who.request(request))
            .await;
        Ok::<_, Status>(answer?.into_inner().permissions)
    };

    let own = list(&fleet.berger).await.unwrap();
    assert!(
        own.iter()
            .all(|held| held.source == "role:owner" && !held.limited)
    );

    // The mandate gives two products to read, and nothing that is no product.
    let theirs = list(&fleet.alpina).await.unwrap();
    let held: Vec<_> = theirs
        .iter()
        .map(|held| {
            (
                held.permission.unwrap().resource,
                held.limited,
                held.source.clone(),
            )
        })
        .collect();
    let source = format!("mandate:{}", partnership());
    assert_eq!(held, [(i32::from(Resource::Product), true, source)]);

    assert_eq!(reason(list(&fleet.operator).await), "NOT_FOUND");
}

#[tokio::test]
async fn what_no_call_asks_of_a_product_is_not_listed_for_a_limited_mandate() {
    let fleet = Fleet::new().await;
    let members = Permission {
        resource: Resource::Member.into(),
        action: Action::Read.into(),
    };
    let mut grant = fleet.grant();
    grant.ceiling.push(members);
    fleet.put_grant(grant).await.unwrap();
    let held = listed_at(&fleet, &fleet.alpina).await;
    assert!(
        held.iter().all(|held| held.permission != Some(members)),
        "{held:?}"
    );
    assert_eq!(held.len(), 1);
}

#[tokio::test]
async fn with_the_catalogue_off_a_limited_mandate_shows_no_products() {
    let fleet = Fleet::new().await;
    fleet.put_grant(fleet.grant()).await.unwrap();
    assert_eq!(listed_at(&fleet, &fleet.alpina).await.len(), 1);
    let request = SwitchModuleRequest {
        organization: fleet.berger.organization.clone(),
        module: Module::Catalogue.into(),
        on: false,
        ..SwitchModuleRequest::default()
    };
    ModuleServiceClient::new(fleet.world.channel())
        .switch_module(fleet.berger.request(request))
        .await
        .unwrap();
    assert_eq!(listed_at(&fleet, &fleet.alpina).await, []);
}

/// What somebody may do at Berger.
async fn listed_at(fleet: &Fleet, who: &Actor) -> Vec<HeldPermission> {
    let request = ListPermissionsRequest {
        organization: fleet.berger.organization.clone(),
    };
    let mut client = fleet.world.decisions();
    let answer = client.list_permissions(who.request(request)).await.unwrap();
    answer.into_inner().permissions
}

#[tokio::test]
async fn the_pages_of_who_has_a_permission_add_up() {
    let fleet = Fleet::new().await;
    let mut everybody = vec![fleet.berger.user.clone()];
    for name in ["anna", "beat", "clio"] {
        let email = format!("{name}@berger.example");
        everybody.push(fleet.world.join(&fleet.berger, &email, "member").await.user);
    }
    // Without the permission.
    fleet
        .world
        .join(&fleet.berger, "vera@berger.example", "viewer")
        .await;
    everybody.sort();
    let (mut seen, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListMembersWithRequest {
            organization: fleet.berger.organization.clone(),
            resource: Resource::Product.into(),
            action: Action::Update.into(),
            page_size: 2,
            page_token,
        };
        let answer = fleet
            .world
            .decisions()
            .list_members_with(fleet.berger.request(request))
            .await
            .unwrap()
            .into_inner();
        assert!(answer.principals.len() <= 2);
        seen.extend(answer.principals);
        page_token = answer.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, everybody);
}

#[tokio::test]
async fn who_is_listed_with_a_permission_is_who_a_check_lets_through() {
    let fleet = Fleet::new().await;
    let clerk = fleet
        .world
        .join(&fleet.berger, "clerk@berger.example", "member")
        .await;
    let with = async |action: Action| {
        let request = ListMembersWithRequest {
            organization: fleet.berger.organization.clone(),
            resource: Resource::Member.into(),
            action: action.into(),
            ..ListMembersWithRequest::default()
        };
        let answer = fleet
            .world
            .decisions()
            .list_members_with(fleet.berger.request(request))
            .await;
        answer.unwrap().into_inner().principals
    };
    let mut everybody = [fleet.berger.user.clone(), clerk.user.clone()];
    everybody.sort();
    assert_eq!(with(Action::Read).await, everybody);
    assert_eq!(
        with(Action::Create).await,
        std::slice::from_ref(&fleet.berger.user)
    );
}

#[tokio::test]
async fn many_questions_get_their_answers_in_order() {
    let fleet = Fleet::new().await;
    let request = fleet.world.internal(BatchCheckRequest {
        subject: Some(subject(&fleet.berger)),
        requirements: vec![
            fleet.read(String::new()),
            Requirement {
                organization: fleet.operator.organization.clone(),
                ..fleet.read(String::new())
            },
        ],
    });
    let answer = fleet.world.decisions().batch_check(request).await.unwrap();
    let reasons: Vec<_> = answer
        .into_inner()
        .decisions
        .into_iter()
        .map(|decision| decision.reason)
        .collect();
    assert_eq!(reasons, ["", "NOT_FOUND"]);
}
