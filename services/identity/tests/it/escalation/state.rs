//! Who stands where with what, read plainly from the tables.

use std::collections::{BTreeMap, BTreeSet};

use entente_contracts::access::v1::{Action, Resource};
use entente_ids::{GroupId, MemberId, OrganizationId, RoleId, ServiceAccountId, UserId};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

/// What somebody may do somewhere.
pub(super) type Held = BTreeSet<(Resource, Action)>;

/// All that is stored of some organizations that has to do with access.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct State {
    pub(super) organizations: BTreeMap<String, Organization>,
    /// Those of the organizations' own making.
    pub(super) roles: BTreeMap<String, Role>,
    pub(super) groups: BTreeMap<String, Group>,
    /// Members and service accounts.
    pub(super) places: BTreeMap<String, Place>,
    /// Advisors, as members, and the clients on their lists.
    pub(super) referrals: BTreeSet<(String, String)>,
    pub(super) grants: Vec<Grant>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Organization {
    pub(super) kind: String,
    pub(super) parent: Option<String>,
    pub(super) ceiling: Option<Held>,
    /// Whether the operator has delegated anything.
    pub(super) delegated: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Role {
    pub(super) organization: String,
    pub(super) held: Held,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) organization: String,
    pub(super) roles: Vec<String>,
}

/// A member or a service account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) id: String,
    pub(super) organization: String,
    /// The person or the service account; none before an invitation is accepted.
    pub(super) principal: Option<String>,
    /// The address of a person; empty for a service account.
    pub(super) email: String,
    pub(super) role: Option<String>,
    pub(super) groups: Vec<String>,
    pub(super) legal_representative: bool,
    /// `pending`, `active`, `disabled`, `removed` or `deleted`.
    pub(super) state: String,
}

/// A mandate for the whole organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Grant {
    pub(super) client: String,
    pub(super) partner: String,
    pub(super) ended: bool,
    pub(super) ceiling: Held,
}

fn text<I: ToString>(id: I) -> String {
    id.to_string()
}

fn role(word: Option<String>, custom: Option<Uuid>) -> Option<String> {
    word.or(custom.map(|custom| text(RoleId::from_uuid(custom))))
}

fn held(permissions: &Value) -> Held {
    let action = |word: &str| match word {
        "create" => Action::Create,
        "read" => Action::Read,
        "update" => Action::Update,
        "delete" => Action::Delete,
        other => panic!("no action: {other}"),
    };
    let permission = |found: &Value| {
        let number = i32::try_from(found["resource"].as_i64().unwrap()).unwrap();
        let resource = Resource::try_from(number).unwrap();
        (resource, action(found["action"].as_str().unwrap()))
    };
    permissions.as_array().unwrap().iter().map(permission).collect()
}

type OrganizationRow = (Uuid, Option<Uuid>, String, Option<Value>, Vec<String>);

type PlaceRow = (
    Uuid,
    Uuid,
    Option<Uuid>,
    String,
    Option<String>,
    Option<Uuid>,
    Vec<Uuid>,
    bool,
    String,
);

impl State {
    /// Reads it.
    pub(super) async fn read(conn: &mut PgConnection, of: &[Uuid]) -> Self {
        let mut state = Self::default();
        let rows: Vec<OrganizationRow> = sqlx::query_as(
            "select id, parent_id, kind, ceiling, delegation from identity.organization where id = any($1)",
        )
        .bind(of)
        .fetch_all(&mut *conn)
        .await
        .unwrap();
        for (found, parent, kind, ceiling, delegation) in rows {
            let organization = Organization {
                kind,
                parent: parent.map(|parent| text(OrganizationId::from_uuid(parent))),
                ceiling: ceiling.as_ref().map(held),
                delegated: !delegation.is_empty(),
            };
            state
                .organizations
                .insert(text(OrganizationId::from_uuid(found)), organization);
        }
        let rows: Vec<(Uuid, Uuid, Value)> = sqlx::query_as(
            "select id, organization_id, permissions from identity.role where organization_id = any($1)",
        )
        .bind(of)
        .fetch_all(&mut *conn)
        .await
        .unwrap();
        for (found, organization, permissions) in rows {
            let role = Role {
                organization: text(OrganizationId::from_uuid(organization)),
                held: held(&permissions),
            };
            state.roles.insert(text(RoleId::from_uuid(found)), role);
        }
        let rows: Vec<(Uuid, Uuid, Vec<String>)> = sqlx::query_as(
            "select id, organization_id, roles from identity.member_group where organization_id = any($1)",
        )
        .bind(of)
        .fetch_all(&mut *conn)
        .await
        .unwrap();
        for (found, organization, roles) in rows {
            let group = Group {
                organization: text(OrganizationId::from_uuid(organization)),
                roles,
            };
            state.groups.insert(text(GroupId::from_uuid(found)), group);
        }
        state.read_places(conn, of).await;
        state.read_dealings(conn, of).await;
        state
    }

    async fn read_places(&mut self, conn: &mut PgConnection, of: &[Uuid]) {
        let members: Vec<PlaceRow> = sqlx::query_as(
            "select id, organization_id, user_id, email, role, custom_role_id,
               array(select group_id from identity.group_member where member_id = member.id order by group_id),
               legal_representative, state
             from identity.member where organization_id = any($1)",
        )
        .bind(of)
        .fetch_all(&mut *conn)
        .await
        .unwrap();
        let accounts: Vec<PlaceRow> = sqlx::query_as(
            "select id, organization_id, id, '', role, custom_role_id,
               array(select group_id from identity.group_member where service_account_id = account.id order by group_id),
               false, state
             from identity.service_account as account where organization_id = any($1)",
        )
        .bind(of)
        .fetch_all(&mut *conn)
        .await
        .unwrap();
        let members = members.into_iter().map(|row| (false, row));
        let accounts = accounts.into_iter().map(|row| (true, row));
        for (is_account, row) in members.chain(accounts) {
            let (found, organization, principal, email, word, custom, groups, legal_representative, state) =
                row;
            let (own, principal) = if is_account {
                let own = text(ServiceAccountId::from_uuid(found));
                (own.clone(), Some(own))
            } else {
                let user = principal.map(|user| text(UserId::from_uuid(user)));
                (text(MemberId::from_uuid(found)), user)
            };
            let place = Place {
                id: own.clone(),
                organization: text(OrganizationId::from_uuid(organization)),
                principal,
                email,
                role: role(word, custom),
                groups: groups
                    .into_iter()
                    .map(|group| text(GroupId::from_uuid(group)))
                    .collect(),
                legal_representative,
                state,
            };
            self.places.insert(own, place);
        }
    }

    async fn read_dealings(&mut self, conn: &mut PgConnection, of: &[Uuid]) {
        let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(
            "select member_id, client_id from identity.referral where organization_id = any($1)",
        )
        .bind(of)
        .fetch_all(&mut *conn)
        .await
        .unwrap();
        self.referrals = rows
            .into_iter()
            .map(|(member, client)| {
                let client = text(OrganizationId::from_uuid(client));
                (text(MemberId::from_uuid(member)), client)
            })
            .collect();
        let rows: Vec<(Uuid, Uuid, bool, Value)> = sqlx::query_as(
            "select client_id, partner_id, ended, ceiling from identity.mandate_grant
             where client_id = any($1) and partner_id = any($1) order by partnership_id",
        )
        .bind(of)
        .fetch_all(conn)
        .await
        .unwrap();
        self.grants = rows
            .into_iter()
            .map(|(client, partner, ended, ceiling)| Grant {
                client: text(OrganizationId::from_uuid(client)),
                partner: text(OrganizationId::from_uuid(partner)),
                ended,
                ceiling: held(&ceiling),
            })
            .collect();
    }
}
