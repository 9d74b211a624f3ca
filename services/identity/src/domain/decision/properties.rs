//! All rules at once, against the oracle, in worlds so small that their parts meet often.

use entente_ids::{GroupId, OrganizationId, PartnershipId, PrincipalId, RoleId, ServiceAccountId, UserId};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

use super::tests::{DATA, NOW, SECURITY, access, fleet, permission, roles};
use super::*;
use strum::VariantArray as _;

use crate::domain::organization::{OrganizationKind, OrganizationState};
use crate::domain::role::{BuiltInRole, RoleRef};

fn id<K: entente_ids::Kind>(first: u128, count: u128) -> impl Strategy<Value = entente_ids::Id<K>> {
    (first..first + count).prop_map(|number| entente_ids::Id::from_uuid(Uuid::from_u128(number)))
}

fn organizations() -> impl Strategy<Value = OrganizationId> {
    id(1, 3)
}

fn users() -> impl Strategy<Value = UserId> {
    id(11, 3)
}

fn principals() -> impl Strategy<Value = PrincipalId> {
    prop_oneof![
        6 => users().prop_map(PrincipalId::User),
        1 => id(11, 1).prop_map(|id: ServiceAccountId| PrincipalId::ServiceAccount(id)),
    ]
}

fn roles_held() -> impl Strategy<Value = RoleRef> {
    prop_oneof![
        4 => select(BuiltInRole::VARIANTS).prop_map(RoleRef::BuiltIn),
        1 => id(61, 2).prop_map(|id: RoleId| RoleRef::Custom(id)),
    ]
}

fn groups() -> impl Strategy<Value = GroupId> {
    id(51, 2)
}

fn policies() -> impl Strategy<Value = SecondFactorPolicy> {
    prop_oneof![
        6 => Just(SecondFactorPolicy::Inherit),
        1 => Just(SecondFactorPolicy::Always),
        1 => Just(SecondFactorPolicy::Never),
    ]
}

fn sets() -> impl Strategy<Value = PermissionSet> {
    prop::collection::vec(permissions(), 0..16).prop_map(PermissionSet::from)
}

fn controls() -> impl Strategy<Value = Controls> {
    (
        prop::option::weighted(0.2, sets()),
        prop::collection::vec(select(DelegationFlag::VARIANTS), 0..3),
        policies(),
        prop::bool::weighted(0.1),
        prop::collection::vec(select(Module::VARIANTS), 0..2),
    )
        .prop_map(
            |(ceiling, delegation, second_factor, second_factor_required, modules_off)| Controls {
                ceiling,
                delegation: delegation.into_iter().collect(),
                second_factor,
                second_factor_required,
                modules_off: modules_off.into_iter().collect(),
            },
        )
}

fn permissions() -> impl Strategy<Value = Permission> {
    (DATA..=SECURITY, select(Action::ALL.to_vec())).prop_map(|(number, action)| permission(number, action))
}

fn times() -> impl Strategy<Value = Timestamp> {
    (-400i64..=400).prop_map(|seconds| NOW + SignedDuration::from_secs(seconds))
}

fn changes() -> impl Strategy<Value = Change> {
    use OrganizationKind::*;
    let kinds = select(vec![
        Operator,
        Partner,
        SubPartner,
        Affiliate,
        DirectClient,
        Client,
    ]);
    let states = prop_oneof![
        10 => Just(OrganizationState::Active),
        1 => Just(OrganizationState::Suspended),
        1 => Just(OrganizationState::Deleted)
    ];
    let memberships = (
        (
            organizations(),
            principals(),
            prop::option::weighted(0.9, roles_held()),
        ),
        (
            prop::collection::vec(groups(), 0..2),
            any::<bool>(),
            policies(),
            prop::bool::weighted(0.9),
        ),
    )
        .prop_map(
            |((organization, principal, role), (groups, legal_representative, second_factor, active))| {
                Change::Member(Membership {
                    organization,
                    principal,
                    role,
                    groups,
                    legal_representative,
                    second_factor,
                    active,
                })
            },
        );
    let scopes = prop_oneof![
        Just(Scope::Complete),
        prop::collection::vec(id(31, 3), 1..3).prop_map(Scope::Limited)
    ];
    prop_oneof![
        2 => (organizations(), kinds, states, controls()).prop_map(|(id, kind, state, controls)| {
            Change::Organization { id, kind, state, controls }
        }),
        12 => memberships,
        2 => (organizations(), id(61, 2), prop::option::weighted(0.8, sets())).prop_map(
            |(organization, role, permissions)| Change::Role { organization, role, permissions }
        ),
        2 => (organizations(), groups(), prop::collection::vec(roles_held(), 0..3)).prop_map(
            |(organization, group, roles)| Change::Group { organization, group, roles }
        ),
        3 => (organizations(), users(), organizations(), prop::bool::weighted(0.8)).prop_map(
            |(partner, advisor, client, listed)| Change::Referral { partner, advisor, client, listed }
        ),
        1 => (id(21, 4), principals(), times())
            .prop_map(|(session, principal, until)| Change::SessionRevoked { session, principal, until }),
        8 => (
            (id(41, 4), organizations(), organizations()),
            (prop::bool::weighted(0.2), scopes, sets(), prop::option::weighted(0.4, times())),
        )
            .prop_map(|((partnership, client, partner), (ended, scope, ceiling, end_time))| {
                let partnership = PartnershipId::from_uuid(Uuid::from_u128(
                    // The parties of a partnership never change.
                    partnership_number(partnership, client, partner),
                ));
                Change::Grant(Grant { partnership, client, partner, version: 1, ended, scope, ceiling, end_time })
            }),
        2 => (organizations(), any::<bool>(), prop::collection::vec("[a-z]{1,4}", 0..3)).prop_map(
            |(organization, open, missing)| {
                Change::Gate(GateSetting { organization, gate: Gate::BillingSetUp, open, missing, version: 1 })
            }
        ),
    ]
}

fn partnership_number(partnership: PartnershipId, client: OrganizationId, partner: OrganizationId) -> u128 {
    partnership.uuid().as_u128() + 100 * client.uuid().as_u128() + 1000 * partner.uuid().as_u128()
}

fn worlds() -> impl Strategy<Value = Vec<Change>> {
    prop::collection::vec(changes(), 5..60).prop_map(|mut changes| {
        let mut facts = fleet();
        facts.append(&mut changes);
        facts
    })
}

fn subjects() -> impl Strategy<Value = Subject> {
    (
        principals(),
        prop::option::weighted(0.9, id(21, 8)),
        organizations(),
        prop::option::of(times()),
        any::<bool>(),
    )
        .prop_map(
            |(principal, session, organization, auth_time, second_factor)| Subject {
                principal,
                session,
                organization,
                auth_time,
                second_factor,
            },
        )
}

fn requirements() -> impl Strategy<Value = Requirement> {
    let needs = (
        (
            permissions(),
            organizations(),
            prop::option::of(id(31, 3)),
            any::<bool>(),
        ),
        (
            prop::bool::weighted(0.2),
            prop::bool::weighted(0.2),
            any::<bool>(),
        ),
        (
            prop::option::weighted(0.2, select(DelegationFlag::VARIANTS)),
            prop::option::weighted(0.2, select(Module::VARIANTS)),
        ),
    )
        .prop_map(
            |(
                (permission, organization, product, gated),
                (recent_auth, legal_representative, exempt),
                (delegation, module),
            )| {
                let gate = gated.then_some(Gate::BillingSetUp);
                Requirement::Need(Need {
                    permission,
                    organization,
                    product,
                    gate,
                    recent_auth,
                    legal_representative,
                    exempt,
                    delegation,
                    module,
                })
            },
        );
    prop_oneof![
        1 => any::<(bool, bool)>().prop_map(|(recent_auth, exempt)| Requirement::Oneself { recent_auth, exempt }),
        9 => needs
    ]
}

fn plainly(answer: &Result<Source, Denial>) -> Result<String, String> {
    match answer {
        Ok(source) => Ok(source.to_string()),
        Err(Denial::BillingRequired { missing }) => Err(format!("BILLING_REQUIRED {}", missing.join(", "))),
        Err(Denial::DelegationDisabled(flag)) => Err(format!("DELEGATION_DISABLED {}", flag.as_str())),
        Err(Denial::ModuleInactive { module, level }) => {
            Err(format!("MODULE_INACTIVE {} {}", level.as_str(), module.as_str()))
        }
        Err(denial) => Err(denial.reason().to_owned()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn decisions_are_those_of_the_oracle(facts in worlds(), subject in subjects(), asked in requirements()) {
        let decided = decide(&access(&facts), &subject, &asked, NOW, &mut Silent);
        prop_assert_eq!(plainly(&decided), oracle::decide(&facts, &subject, &asked, NOW));
    }

    #[test]
    fn an_explanation_gives_the_decision_and_ends_with_what_failed(
        facts in worlds(), subject in subjects(), asked in requirements()
    ) {
        let access = access(&facts);
        let mut steps = Steps::default();
        let explained = decide(&access, &subject, &asked, NOW, &mut steps);
        prop_assert_eq!(&explained, &decide(&access, &subject, &asked, NOW, &mut Silent));
        let failed: Vec<usize> = (0..steps.0.len()).filter(|place| !steps.0[*place].passed).collect();
        let expected = if explained.is_ok() { vec![] } else { vec![steps.0.len() - 1] };
        prop_assert_eq!(failed, expected);
    }

    #[test]
    fn following_the_changes_ends_where_loading_the_last_state_does(facts in worlds()) {
        let mut followed = Access::new(roles());
        for (number, fact) in (1..).zip(&facts) {
            followed.apply(Revision::new(number), std::slice::from_ref(fact)).unwrap();
        }
        let revision = followed.revision();
        prop_assert_eq!(followed, access(&facts).at(revision));
    }
}
