//! Verifying the stored trail.

use entente_ids::OrganizationId;
use entente_pg::{Database, Tx};

use crate::domain::chain::{Break, Head, Verification};
use crate::error::Error;
use crate::store;

/// Links or chains that are read at a time.
const AT_A_TIME: i64 = 1000;

/// Where the stored trail is not what was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Fraud {
    /// Whose trail it is; none is the chain of what concerns nobody.
    pub organization: Option<OrganizationId>,
    /// What is wrong with it.
    pub what: Break,
}

/// What a verification found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Finding {
    /// Links that are as they were recorded.
    pub good: u64,
    /// The first break of each chain that has one.
    pub frauds: Vec<Fraud>,
}

/// Verifies every chain against its noted end, while events go on being recorded.
///
/// # Errors
/// When the database fails.
pub async fn verify_trail(database: &Database) -> Result<Finding, Error> {
    let mut tx = snapshot(database).await?;
    let mut finding = Finding::default();
    let mut after = None;
    loop {
        let chains = store::chain::list(&mut tx, after, AT_A_TIME).await?;
        let Some((last, _)) = chains.last() else { break };
        after = Some(*last);
        for (organization, noted) in chains {
            let found = verify_chain(&mut tx, organization, noted).await?;
            finding.add(organization, found);
        }
    }
    tx.commit().await?;
    Ok(finding)
}

/// Verifies the chain of one organization against its noted end. Of an organization that nothing was recorded of,
/// nothing is found.
///
/// # Errors
/// When the database fails.
pub async fn verify_trail_of(database: &Database, organization: OrganizationId) -> Result<Finding, Error> {
    let mut tx = snapshot(database).await?;
    let noted = store::chain::find(&mut tx, organization).await?;
    let mut finding = Finding::default();
    // A chain whose end was taken away is one that hasn't begun.
    let found = verify_chain(&mut tx, Some(organization), noted.unwrap_or(Head::START)).await?;
    finding.add(Some(organization), found);
    tx.commit().await?;
    Ok(finding)
}

/// One snapshot for all: the ends and the links are those of the same moment.
async fn snapshot(database: &Database) -> Result<Tx, Error> {
    let mut tx = database.system("audit.verify_trail").await?;
    sqlx::query!("set transaction isolation level repeatable read, read only")
        .execute(&mut *tx)
        .await?;
    Ok(tx)
}

impl Finding {
    fn add(&mut self, organization: Option<OrganizationId>, (good, end): (u64, Result<(), Break>)) {
        self.good = self.good.saturating_add(good);
        self.frauds
            .extend(end.err().map(|what| Fraud { organization, what }));
    }
}

/// How many links are good, and what ended it.
async fn verify_chain(
    tx: &mut Tx,
    organization: Option<OrganizationId>,
    noted: Head,
) -> Result<(u64, Result<(), Break>), Error> {
    let mut verification = Verification::new(organization);
    let good = |verification: &Verification| u64::try_from(verification.head().index).unwrap_or_default();
    loop {
        let after = verification.head().index;
        let links = store::event::links(tx, organization, after, AT_A_TIME).await?;
        if links.is_empty() {
            return Ok((good(&verification), verification.end(noted)));
        }
        for link in links {
            if let Err(what) = verification.next(&link) {
                return Ok((good(&verification), Err(what)));
            }
        }
    }
}
