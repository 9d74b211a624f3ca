//! Lists of members: filtered, ordered, from behind a place on; and their counts.

use entente_ids::{GroupId, MemberId, OrganizationId};
use entente_paging::Key;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::member::find_all;
use super::{role_columns, role_ref, word};
use crate::domain::member::{Member, MemberState};
use crate::domain::role::RoleRef;
use crate::error::Error;

/// Which role to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleFilter {
    /// Those with this one.
    Is(RoleRef),
    /// Those who have lost theirs.
    Without,
}

/// Which members to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those with this role, or without one.
    pub role: Option<RoleFilter>,
    /// Only those in this state; none means all but the removed.
    pub state: Option<MemberState>,
    /// Only those in this group.
    pub group: Option<GroupId>,
    /// Only those whose name or address contains this; empty means all.
    pub text: String,
}

/// What orders a list of members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderBy {
    /// When they were invited.
    CreateTime,
    /// Their name, or their address while there is none.
    DisplayName,
    /// Their address.
    Email,
}

/// Which way a list runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The smallest first.
    Ascending,
    /// The largest first.
    Descending,
}

/// Where a list goes on: the order's value of the member before, and its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In the order of age.
    Time(Timestamp, MemberId),
    /// In an order of texts.
    Text(String, MemberId),
}

const TIME: u8 = 0;
const TEXT: u8 = 1;

impl Key for Place {
    fn write(&self, token: &mut Vec<u8>) {
        match self {
            Self::Time(time, id) => {
                token.push(TIME);
                time.write(token);
                id.write(token);
            }
            Self::Text(text, id) => {
                token.push(TEXT);
                text.write(token);
                id.write(token);
            }
        }
    }

    fn read(token: &mut &[u8]) -> Option<Self> {
        let (kind, rest) = token.split_first()?;
        *token = rest;
        match *kind {
            TIME => Some(Self::Time(Key::read(token)?, Key::read(token)?)),
            TEXT => Some(Self::Text(Key::read(token)?, Key::read(token)?)),
            _ => None,
        }
    }
}

impl OrderBy {
    fn column(self) -> &'static str {
        match self {
            Self::CreateTime => "member.created_at",
            Self::DisplayName => "member.sort_key",
            Self::Email => "(member.email collate \"C\")",
        }
    }

    /// Whether a place is one of this order.
    pub fn has(self, place: &Place) -> bool {
        match self {
            Self::CreateTime => matches!(place, Place::Time(..)),
            Self::DisplayName | Self::Email => matches!(place, Place::Text(..)),
        }
    }

    /// Where a member stands in this order.
    pub fn place(self, member: &Member) -> Place {
        match self {
            Self::CreateTime => Place::Time(member.created_at, member.id),
            Self::DisplayName => Place::Text(member.sort_key.clone(), member.id),
            Self::Email => Place::Text(member.email.as_str().to_owned(), member.id),
        }
    }
}

/// Lists members of an organization from behind a place on. Only the conditions that are asked for stand in the query,
/// so that each order and filter finds its index; the rows themselves are read for the page alone.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut PgConnection,
    organization: OrganizationId,
    filter: &Filter,
    (order, direction): (OrderBy, Direction),
    after: Option<&Place>,
    limit: i64,
) -> Result<Vec<Member>, Error> {
    let mut query =
        QueryBuilder::<Postgres>::new("select member.id from identity.member where organization_id = ");
    query.push_bind(organization.uuid());
    restrict(&mut query, filter);
    let (beyond, word) = match direction {
        Direction::Ascending => (">", "asc"),
        Direction::Descending => ("<", "desc"),
    };
    let column = order.column();
    if let Some(place) = after {
        query.push(format_args!(" and ({column}, member.id) {beyond} ("));
        let id = match place {
            Place::Time(time, id) => {
                query.push_bind(time.to_sqlx());
                id
            }
            Place::Text(text, id) => {
                query.push_bind(text.clone());
                id
            }
        };
        query.push(", ").push_bind(id.uuid()).push(")");
    }
    query
        .push(format_args!(" order by {column} {word}, member.id {word} limit "))
        .push_bind(limit);
    let ids: Vec<Uuid> = query.build_query_scalar().fetch_all(&mut *conn).await?;
    let mut found = find_all(conn, organization, &ids).await?;
    found.sort_by_key(|member| ids.iter().position(|id| *id == member.id.uuid()));
    Ok(found)
}

fn restrict(query: &mut QueryBuilder<Postgres>, filter: &Filter) {
    match filter.role {
        None => {}
        Some(RoleFilter::Without) => {
            query.push(" and member.role is null and member.custom_role_id is null");
        }
        Some(RoleFilter::Is(role)) => {
            let (built_in, custom) = role_columns(Some(role));
            if let Some(built_in) = built_in {
                query.push(" and member.role = ").push_bind(built_in);
            }
            if let Some(custom) = custom {
                query.push(" and member.custom_role_id = ").push_bind(custom);
            }
        }
    }
    // Said by itself, so that the indexes of those who aren't removed fit.
    if filter.state != Some(MemberState::Removed) {
        query.push(" and member.state <> 'removed'");
    }
    if let Some(state) = filter.state {
        query.push(" and member.state = ").push_bind(state.as_str());
    }
    if let Some(group) = filter.group {
        query
            .push(" and exists (select from identity.group_member where group_member.member_id = member.id and group_id = ")
            .push_bind(group.uuid())
            .push(")");
    }
    if !filter.text.is_empty() {
        query
            .push(" and (position(identity.sort_key(")
            .push_bind(filter.text.clone())
            .push(") in member.sort_key) > 0 or position(identity.sort_key(")
            .push_bind(filter.text.clone())
            .push(") in member.email) > 0)");
    }
}

/// How many members have a role, by state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The role; none for those without.
    pub role: Option<RoleRef>,
    /// The state.
    pub state: MemberState,
    /// How many.
    pub members: i64,
}

/// Counts the members of an organization by role and state, removed ones too; built-in roles first, those without one
/// last.
///
/// # Errors
/// When the database fails.
pub async fn count(conn: &mut PgConnection, organization: OrganizationId) -> Result<Vec<Count>, Error> {
    let rows = sqlx::query!(
        r#"select role, custom_role_id, state, count(*) as "members!" from identity.member
           where organization_id = $1 group by role, custom_role_id, state
           order by role nulls last, custom_role_id nulls last, state"#,
        organization.uuid()
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Count {
                role: role_ref("member.role", row.role.as_deref(), row.custom_role_id)?,
                state: word("member.state", &row.state)?,
                members: row.members,
            })
        })
        .collect()
}
