//! A fleet in identity's tables, written as rows: through the API it would take hours.

use anyhow::Result;
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

/// Of the size of an installation that has found its market.
pub(crate) const SMALL: Population = Population {
    organizations: 1_000,
    members: 5_000,
    crowd: 0,
    mandates: 200,
    products: 50,
};
/// A million members, a tenth of them in one organization; the mandates are those of the small one, so that what it
/// takes more is theirs.
pub(crate) const LARGE: Population = Population {
    organizations: 10_000,
    members: 900_000,
    crowd: 100_000,
    mandates: 200,
    products: 50,
};

/// How many of each there are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Population {
    /// One operator, a hundred partners, the rest clients.
    pub(crate) organizations: u32,
    /// Active owners, spread over all organizations.
    pub(crate) members: u32,
    /// Further members of the last organization, a client; each other one has a custom role.
    pub(crate) crowd: u32,
    /// Clients, of the first ones, that have each given a partner a mandate.
    pub(crate) mandates: u32,
    /// Products that each mandate names.
    pub(crate) products: u32,
}

/// A person of a partner, and a product of a client that the partner may read.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub(crate) struct Mandated {
    pub(crate) user: Uuid,
    pub(crate) partner: Uuid,
    pub(crate) client: Uuid,
    pub(crate) product: Uuid,
}

/// A person, and the organization that they belong to.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub(crate) struct Owner {
    pub(crate) user: Uuid,
    pub(crate) organization: Uuid,
}

/// The organization that the crowd belongs to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Crowd {
    /// One who may administer it.
    pub(crate) owner: Owner,
    /// The custom role that half of them have.
    pub(crate) role: Uuid,
    /// How many have it.
    pub(crate) holders: u32,
}

/// Ids rise with time, as real ones do. Foreign keys aren't checked and triggers don't run: what they see to holds by
/// construction.
const PREPARE: &str = "
  set session_replication_role = replica;
  set synchronous_commit = off;
  create function pg_temp.id(number bigint) returns uuid language sql immutable as
    $$ select (lpad(to_hex(number), 12, '0') || substr(md5(number::text), 1, 20))::uuid $$";

impl Population {
    /// Writes them all.
    pub(crate) async fn write(&self, admin: &mut PgConnection) -> Result<()> {
        let statements = [
            PREPARE.to_owned(),
            self.organizations(),
            self.members(),
            self.crowd(),
            self.grants(),
            "analyze identity.organization; analyze identity.member".to_owned(),
        ];
        for statement in statements {
            sqlx::raw_sql(AssertSqlSafe(statement))
                .execute(&mut *admin)
                .await?;
        }
        Ok(())
    }

    fn organizations(&self) -> String {
        format!(
            "insert into identity.organization
               (id, kind, parent_id, display_name, name_key, created_at, updated_at)
             select pg_temp.id(number),
                    case when number = 1 then 'operator' when number <= 101 then 'partner' else 'direct_client' end,
                    case when number > 1 then pg_temp.id(1) end,
                    'Organization ' || number, lpad(number::text, 9, '0'), now(), now()
             from generate_series(1, {}) number",
            self.organizations
        )
    }

    fn members(&self) -> String {
        format!(
            "insert into identity.member
               (id, organization_id, user_id, email, sort_key, role, state, invitation_expires_at, created_at,
                updated_at)
             select pg_temp.id(10000000 + number), pg_temp.id(1 + number % {}), pg_temp.id(20000000 + number),
                    number || '@bench.example', identity.sort_key(number || '@bench.example'), 'owner', 'active',
                    now(), now(), now()
             from generate_series(1, {}) number",
            self.organizations, self.members
        )
    }

    fn crowd(&self) -> String {
        format!(
            "insert into identity.role
               (id, organization_id, display_name, name_key, description, permissions, created_at, updated_at)
             values (pg_temp.id(9000000), pg_temp.id({organizations}), 'Crowd', 'crowd', '',
               '[{{\"resource\": 3, \"action\": \"read\"}}]', now(), now());
             insert into identity.member
               (id, organization_id, user_id, email, sort_key, role, custom_role_id, state, invitation_expires_at,
                created_at, updated_at)
             select pg_temp.id(15000000 + number), pg_temp.id({organizations}), pg_temp.id(25000000 + number),
                    number || '@crowd.example', identity.sort_key(number || '@crowd.example'), case when number % 2 = 1 then 'viewer' end,
                    case when number % 2 = 0 then pg_temp.id(9000000) end, 'active', now(), now(), now()
             from generate_series(1, {crowd}) number",
            organizations = self.organizations,
            crowd = self.crowd,
        )
    }

    fn grants(&self) -> String {
        format!(
            "insert into identity.mandate_grant
               (partnership_id, client_id, partner_id, version, ended, product_ids, ceiling, updated_at)
             select pg_temp.id(number), pg_temp.id(number), pg_temp.id(2 + number % 100), 1, false,
                    array(select pg_temp.id(number * 1000 + product) from generate_series(1, {}) product),
                    '[{{\"resource\": 3, \"action\": \"read\"}}]', now()
             from generate_series(102, 101 + {}) number",
            self.products, self.mandates
        )
    }

    /// So many people, each with a product that a mandate opens to them, in no order.
    pub(crate) async fn mandated(&self, admin: &mut PgConnection, most: i64) -> Result<Vec<Mandated>> {
        let found = sqlx::query_as(
            "select member.user_id as user, given.partner_id as partner, given.client_id as client,
                    given.product_ids[1 + floor(random() * cardinality(given.product_ids))::int] as product
             from identity.member join identity.mandate_grant given on given.partner_id = member.organization_id
             order by random() limit $1",
        );
        Ok(found.bind(most).fetch_all(admin).await?)
    }

    /// Who administers the crowd, and its role.
    pub(crate) async fn crowd_of(&self, admin: &mut PgConnection) -> Result<Crowd> {
        let (user, organization, role) = sqlx::query_as(
            "select member.user_id, role.organization_id, role.id
             from identity.role join identity.member on member.organization_id = role.organization_id
             where member.role = 'owner' limit 1",
        )
        .fetch_one(admin)
        .await?;
        Ok(Crowd {
            owner: Owner { user, organization },
            role,
            holders: self.crowd / 2,
        })
    }

    /// All members.
    pub(crate) const fn people(&self) -> u32 {
        self.members + self.crowd
    }

    /// So many people with their organizations, in no order.
    pub(crate) async fn owners(&self, admin: &mut PgConnection, most: i64) -> Result<Vec<Owner>> {
        let found = sqlx::query_as(
            "select user_id as user, organization_id as organization from identity.member order by random() limit $1",
        );
        Ok(found.bind(most).fetch_all(admin).await?)
    }
}
