//! What people try.

use entente_contracts::access::v1::{Action, Resource};
use entente_contracts::identity::v1::{
    AddReferralsRequest, BatchUpdateMemberRolesRequest, Group, ImportMembersRequest, InviteMemberRequest,
    MemberRoleChange, OrganizationControls, OrganizationType, RemoveReferralsRequest,
    ResendMemberInvitationRequest, Role, ServiceAccount, UpdateServiceAccountRequest,
};
use proptest::sample::Index;
use prost_types::FieldMask;
use tonic::Status;

use super::oracle::{ACTIONS, everything};
use super::state::{Place, State};
use super::town::{Town, address, ceilings};
use crate::controls;
use crate::group::{self, add_members, create_group, take_out};
use crate::lifecycle::break_glass;
use crate::member::{remove, set_legal, set_role};
use crate::member_state::{disable_member, enable_member};
use crate::role::{self, permissions};
use crate::service_account::{create_account, create_key, exchange};
use crate::support::{Actor, all_delegated, invitation};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Call {
    Invite,
    Resend,
    Accept,
    SetRole,
    SetLegal,
    Disable,
    Enable,
    Remove,
    Batch,
    Import,
    CreateRole,
    UpdateRole,
    CloneRole,
    DeleteRole,
    CreateGroup,
    UpdateGroup,
    DeleteGroup,
    Fill,
    Empty,
    CreateAccount,
    UpdateAccount,
    CreateKey,
    Refer,
    Unrefer,
    Grant,
    Controls,
    BreakGlass,
    Found,
}

/// All of them, each as often as it is to be tried.
pub(super) const CALLS: [(Call, usize); 28] = [
    (Call::Invite, 4),
    (Call::Resend, 1),
    (Call::Accept, 5),
    (Call::SetRole, 10),
    (Call::SetLegal, 4),
    (Call::Disable, 2),
    (Call::Enable, 2),
    (Call::Remove, 1),
    (Call::Batch, 3),
    (Call::Import, 2),
    (Call::CreateRole, 4),
    (Call::UpdateRole, 4),
    (Call::CloneRole, 2),
    (Call::DeleteRole, 1),
    (Call::CreateGroup, 4),
    (Call::UpdateGroup, 4),
    (Call::DeleteGroup, 1),
    (Call::Fill, 6),
    (Call::Empty, 1),
    (Call::CreateAccount, 3),
    (Call::UpdateAccount, 3),
    (Call::CreateKey, 4),
    (Call::Refer, 4),
    (Call::Unrefer, 1),
    (Call::Grant, 1),
    (Call::Controls, 4),
    (Call::BreakGlass, 1),
    (Call::Found, 1),
];

const ROLES: [&str; 14] = [
    "owner",
    "owner",
    "owner",
    "admin",
    "admin",
    "member",
    "viewer",
    "account_manager",
    "account_manager",
    "billing_manager",
    "technical_manager",
    "subscription_manager",
    "delegated_account_administrator",
    "partner",
];

/// One call: what, and what it is about, of what there is by then.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) call: Call,
    pub(super) picks: [Index; 6],
}

/// A call as it was made.
pub(super) struct Made {
    pub(super) call: Call,
    /// The place that acted; none where another service did, or who held a link.
    pub(super) by: Option<Place>,
    pub(super) told: String,
    pub(super) answer: Result<(), Status>,
}

/// What a call is about.
struct Chosen<'a> {
    state: &'a State,
    picks: [Index; 6],
    /// Upon which organization.
    at: String,
    /// Whom it is not about.
    spared: String,
}

impl Chosen<'_> {
    fn pick<T: Clone>(&self, number: usize, among: &[T]) -> Option<T> {
        (!among.is_empty()).then(|| self.picks[number].get(among).clone())
    }

    fn members(&self) -> Vec<&Place> {
        let here = self
            .state
            .places
            .values()
            .filter(|place| place.organization == self.at);
        here.filter(|place| {
            place.id.starts_with("mem_") && place.id != self.spared && place.state != "removed"
        })
        .collect()
    }

    fn member(&self, number: usize) -> String {
        self.pick(number, &self.members())
            .map_or_else(String::new, |place| place.id.clone())
    }

    fn accounts(&self) -> Vec<&Place> {
        let here = self
            .state
            .places
            .values()
            .filter(|place| place.organization == self.at);
        here.filter(|place| place.id.starts_with("sva_")).collect()
    }

    fn custom(&self) -> Vec<String> {
        let here = self
            .state
            .roles
            .iter()
            .filter(|(_, role)| role.organization == self.at);
        here.map(|(id, _)| id.clone()).collect()
    }

    fn groups(&self) -> Vec<String> {
        let here = self
            .state
            .groups
            .iter()
            .filter(|(_, group)| group.organization == self.at);
        here.map(|(id, _)| id.clone()).collect()
    }

    /// A role of any kind.
    fn role(&self, number: usize) -> String {
        let mut roles: Vec<String> = ROLES.iter().map(|role| (*role).to_owned()).collect();
        for custom in self.custom() {
            roles.extend([custom.clone(), custom]);
        }
        self.pick(number, &roles).unwrap()
    }

    fn held(&self, number: usize) -> Vec<(Resource, Action)> {
        let all: Vec<_> = everything().into_iter().collect();
        let (any, _) = self.pick(number, &all).unwrap();
        let of = |resources: &[Resource]| {
            resources
                .iter()
                .flat_map(|resource| ACTIONS.map(|action| (*resource, action)))
                .collect::<Vec<_>>()
        };
        let sets = [
            of(&[any]),
            of(&[Resource::Member]),
            of(&[Resource::Member, Resource::Group, Resource::Role]),
            of(&[Resource::ServiceAccount, Resource::Credential]),
            of(&[Resource::Invoice, Resource::Member]),
            all.clone(),
        ];
        self.pick(number + 1, &sets).unwrap()
    }
}

/// Makes a call, by whoever the picks name.
pub(super) async fn make(town: &mut Town<'_>, state: &State, step: &Step) -> Option<Made> {
    let call = step.call;
    let operators = [Call::Controls, Call::BreakGlass].contains(&call);
    let acting: Vec<&Place> = state
        .places
        .values()
        .filter(|place| place.state == "active" && (!place.email.is_empty() || town.is_known(place)))
        .filter(|place| !operators || place.organization == town.organizations[0])
        // Viewers may next to nothing.
        .filter(|place| place.role.as_deref() != Some("viewer") || !place.groups.is_empty())
        .collect();
    let by: Place = (*step.picks[0].get(&acting)).clone();
    let actor = town.actor(&by).await?;
    // Now and then somebody tries it elsewhere.
    let elsewhere = operators || step.picks[1].index(8) == 0;
    let at = match (elsewhere, operators) {
        (false, _) => by.organization.clone(),
        (true, true) => step.picks[1].get(&town.organizations).clone(),
        (true, false) => step.picks[5].get(&town.organizations).clone(),
    };
    let chosen = Chosen {
        state,
        picks: step.picks,
        at,
        spared: town.spared.clone(),
    };
    let (what, answer) = perform(town, &actor, &chosen, call).await;
    if let Err(status) = &answer
        && entente_runtime::status::reason(status).as_deref() == Some("SESSION_REVOKED")
    {
        town.forget(&actor);
    }
    let outcome = match &answer {
        Ok(()) => "done".to_owned(),
        Err(status) => entente_runtime::status::reason(status).unwrap_or_else(|| status.message().to_owned()),
    };
    let role = by.role.as_deref().unwrap_or("no role");
    let told = format!(
        "{} ({role} of {}): {call:?} {what} at {}: {outcome}",
        by.id, by.organization, chosen.at
    );
    let by = (![Call::Accept, Call::Grant].contains(&call)).then_some(by);
    Some(Made {
        call,
        by,
        told,
        answer,
    })
}

async fn perform(
    town: &mut Town<'_>,
    actor: &Actor,
    chosen: &Chosen<'_>,
    call: Call,
) -> (String, Result<(), Status>) {
    let world = town.world;
    // Upon another organization, with the token of one's own.
    let by = &Actor {
        organization: chosen.at.clone(),
        ..actor.clone()
    };
    match call {
        Call::Invite => {
            let email = match chosen.picks[2].index(3) {
                0 => format!("n{}@town.example", town.next()),
                _ => address(chosen.picks[2].index(8)),
            };
            let role = chosen.role(3);
            let request = InviteMemberRequest {
                legal_representative: chosen.picks[4].index(4) == 0,
                ..invitation(&by.organization, &email, &role)
            };
            let what = format!("{email} as {role}, legal: {}", request.legal_representative);
            let answer = world.members().invite_member(by.request(request)).await;
            (what, answer.map(drop))
        }
        Call::Resend => {
            let member = chosen.member(2);
            let request = ResendMemberInvitationRequest {
                organization: by.organization.clone(),
                member: member.clone(),
                ..Default::default()
            };
            let answer = world
                .members()
                .resend_member_invitation(by.request(request))
                .await;
            (member, answer.map(drop))
        }
        Call::Accept => {
            let pending = chosen
                .state
                .places
                .values()
                .filter(|place| place.state == "pending");
            let pending: Vec<&Place> = pending.collect();
            let Some(place) = chosen.pick(2, &pending) else {
                return (String::new(), Err(Status::not_found("nobody is invited")));
            };
            let answer = town.accept(&place.organization, &place.id).await;
            (format!("of {}", place.id), answer)
        }
        Call::SetRole => {
            let (member, role) = (chosen.member(2), chosen.role(3));
            let answer = set_role(world, by, &member, &role).await;
            (format!("{member} to {role}"), answer.map(drop))
        }
        Call::SetLegal => {
            let (member, legal) = (chosen.member(2), chosen.picks[3].index(3) > 0);
            let answer = set_legal(world, by, &member, legal).await;
            (format!("{member} to {legal}"), answer.map(drop))
        }
        Call::Disable => {
            let member = chosen.member(2);
            let answer = disable_member(world, by, &member).await.map(drop);
            (member, answer)
        }
        Call::Enable => {
            let disabled = chosen
                .members()
                .into_iter()
                .filter(|place| place.state == "disabled");
            let disabled: Vec<&Place> = disabled.collect();
            let member = chosen
                .pick(2, &disabled)
                .map_or_else(|| chosen.member(2), |place| place.id.clone());
            let answer = enable_member(world, by, &member).await.map(drop);
            (member, answer)
        }
        Call::Remove => {
            let member = chosen.member(2);
            let answer = remove(world, by, &member).await.map(drop);
            (member, answer)
        }
        Call::Batch => {
            let changes = [
                (chosen.member(2), chosen.role(3)),
                (chosen.member(4), chosen.role(5)),
            ];
            let what = format!("{changes:?}");
            let request = BatchUpdateMemberRolesRequest {
                organization: by.organization.clone(),
                changes: changes
                    .into_iter()
                    .map(|(member, role)| MemberRoleChange {
                        member,
                        role,
                        etag: String::new(),
                    })
                    .collect(),
                validate_only: false,
                request_id: String::new(),
            };
            let answer = world
                .batches()
                .batch_update_member_roles(by.request(request))
                .await;
            (what, answer.map(drop))
        }
        Call::Import => {
            let (one, other) = (town.next(), address(chosen.picks[4].index(8)));
            let table = format!(
                "email,role,legal_representative\nn{one}@town.example,{},yes\n{other},{},no\n",
                chosen.role(2),
                chosen.role(3)
            );
            let request = ImportMembersRequest {
                organization: by.organization.clone(),
                csv: table.clone(),
                ..Default::default()
            };
            let answer = world.batches().import_members(by.request(request)).await;
            (format!("{table:?}"), answer.map(drop))
        }
        Call::CreateRole => {
            let held = chosen.held(2);
            let name = format!("Role {}", town.next());
            let answer = role::create(world, by, &name, &held).await.map(drop);
            (format!("{held:?}"), answer)
        }
        Call::UpdateRole => {
            let held = chosen.held(3);
            let changed = Role {
                id: chosen
                    .pick(2, &chosen.custom())
                    .unwrap_or_else(|| "viewer".to_owned()),
                permissions: permissions(&held),
                ..Role::default()
            };
            let what = format!("{} to {held:?}", changed.id);
            (
                what,
                role::update(world, by, changed, &["permissions"]).await.map(drop),
            )
        }
        Call::CloneRole => {
            let (of, name) = (chosen.role(2), format!("Role {}", town.next()));
            let answer = role::clone(world, by, &of, &name).await.map(drop);
            (of, answer)
        }
        Call::DeleteRole => {
            let role = chosen
                .pick(2, &chosen.custom())
                .unwrap_or_else(|| "viewer".to_owned());
            let answer = role::delete(world, by, &role).await.map(drop);
            (role, answer)
        }
        Call::CreateGroup => {
            let (role, name) = (chosen.role(2), format!("Group {}", town.next()));
            let answer = create_group(world, by, &name, &[&role]).await.map(drop);
            (format!("with {role}"), answer)
        }
        Call::UpdateGroup => {
            let changed = Group {
                id: chosen.pick(2, &chosen.groups()).unwrap_or_default(),
                roles: vec![chosen.role(3)],
                ..Group::default()
            };
            let what = format!("{} to {:?}", changed.id, changed.roles);
            (
                what,
                group::update(world, by, changed, &["roles"]).await.map(drop),
            )
        }
        Call::DeleteGroup => {
            let group = chosen.pick(2, &chosen.groups()).unwrap_or_default();
            let answer = group::delete(world, by, &group).await.map(drop);
            (group, answer)
        }
        Call::Fill => {
            let group = chosen.pick(2, &chosen.groups()).unwrap_or_default();
            let member = chosen.member(3);
            let answer = add_members(world, by, &group, &[&member]).await.map(drop);
            (format!("{group} with {member}"), answer)
        }
        Call::Empty => {
            let group = chosen.pick(2, &chosen.groups()).unwrap_or_default();
            let member = chosen.member(3);
            let answer = take_out(world, by, &group, &[&member]).await.map(drop);
            (format!("{group} of {member}"), answer)
        }
        Call::CreateAccount => {
            let (role, name) = (chosen.role(2), format!("Robot {}", town.next()));
            let answer = create_account(world, by, &name, &role).await.map(drop);
            (format!("with {role}"), answer)
        }
        Call::UpdateAccount => {
            let changed = ServiceAccount {
                id: chosen
                    .pick(2, &chosen.accounts())
                    .map_or_else(String::new, |place| place.id.clone()),
                role: chosen.role(3),
                ..ServiceAccount::default()
            };
            let what = format!("{} to {}", changed.id, changed.role);
            let request = UpdateServiceAccountRequest {
                organization: by.organization.clone(),
                service_account: Some(changed),
                update_mask: Some(FieldMask {
                    paths: vec!["role".to_owned()],
                }),
                request_id: String::new(),
            };
            let answer = world
                .service_accounts()
                .update_service_account(by.request(request))
                .await;
            (what, answer.map(drop))
        }
        Call::CreateKey => {
            let account = chosen
                .pick(2, &chosen.accounts())
                .map_or_else(String::new, |place| place.id.clone());
            let made = create_key(world, by, &account).await;
            if let Ok(made) = &made {
                let (token, _) = exchange(world, &made.key).await.unwrap();
                town.knows(&account, &by.organization, token);
            }
            (format!("for {account}"), made.map(drop))
        }
        Call::Refer | Call::Unrefer => {
            let member = chosen.member(2);
            let clients = vec![chosen.picks[3].get(&town.organizations[3..]).clone()];
            let what = format!("{clients:?} and {member}");
            let (organization, request_id) = (by.organization.clone(), String::new());
            let answer = if call == Call::Refer {
                let request = AddReferralsRequest {
                    organization,
                    member,
                    clients,
                    request_id,
                };
                world
                    .referrals()
                    .add_referrals(by.request(request))
                    .await
                    .map(drop)
            } else {
                let request = RemoveReferralsRequest {
                    organization,
                    member,
                    clients,
                    request_id,
                };
                world
                    .referrals()
                    .remove_referrals(by.request(request))
                    .await
                    .map(drop)
            };
            (what, answer)
        }
        Call::Grant => {
            let client = chosen.picks[2].get(&town.organizations[3..5]).clone();
            let partner = chosen.picks[3].get(&town.organizations[1..3]).clone();
            let ended = chosen.picks[4].index(4) == 0;
            let what = format!("of {client} to {partner}, ended: {ended}");
            (what, town.grant(&client, &partner, &everything(), ended).await)
        }
        Call::Controls => {
            let bound = chosen.pick(2, &ceilings()).unwrap();
            let external = |place: &super::state::Organization| {
                ["partner", "sub_partner"].contains(&place.kind.as_str())
            };
            let delegated = external(&chosen.state.organizations[&chosen.at]) && chosen.picks[3].index(3) > 0;
            let what = format!(
                "bound to {}, delegated: {delegated}",
                bound.as_ref().map_or(0, Vec::len)
            );
            let controls = OrganizationControls {
                delegation: if delegated {
                    all_delegated().delegation
                } else {
                    Vec::new()
                },
                ceiling: bound.and_then(|bound| controls::ceiling(&bound).ceiling),
                ..OrganizationControls::default()
            };
            let answer = controls::set(world, actor, &chosen.at, controls).await.map(drop);
            (what, answer)
        }
        Call::BreakGlass => {
            let email = address(chosen.picks[2].index(8));
            let answer = break_glass(world, actor, &chosen.at, &email).await.map(drop);
            (format!("for {email}"), answer)
        }
        Call::Found => {
            let kinds = [
                OrganizationType::SubPartner,
                OrganizationType::Client,
                OrganizationType::DirectClient,
            ];
            let kind = chosen.pick(2, &kinds).unwrap();
            let (name, owner) = (
                format!("House {}", town.next()),
                address(chosen.picks[3].index(8)),
            );
            let answer = town.create(by, kind, &name, &owner).await.map(drop);
            (format!("a {kind:?} owned by {owner}"), answer)
        }
    }
}
