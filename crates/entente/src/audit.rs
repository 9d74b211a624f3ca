//! The audit trail, from the command line.

use anyhow::{Context as _, Result, ensure};
use entente_audit::{Finding, verify_trail, verify_trail_of};
use entente_ids::OrganizationId;
use entente_runtime::clock::SystemClock;
use entente_runtime::random::SystemRandom;

use crate::cli::{AuditAction, Service};
use crate::init::database_url;
use crate::platform::{Plan, open_database};
use crate::settings::Settings;

/// `entente audit …`.
pub(crate) async fn run(action: &AuditAction) -> Result<()> {
    match action {
        AuditAction::Verify {
            organization,
            settings,
        } => {
            let finding = verify(settings, *organization).await?;
            tell(&finding, *organization)
        }
    }
}

async fn verify(settings: &Settings, organization: Option<OrganizationId>) -> Result<Finding> {
    let plan = Plan {
        settings: settings.clone(),
        database_url: database_url(settings).await?,
        services: vec![Service::Audit],
        clock: SystemClock::shared(),
        random: SystemRandom::shared(),
    };
    let database = open_database(&plan, Service::Audit.name())?;
    let finding = match organization {
        Some(organization) => verify_trail_of(&database, organization).await,
        None => verify_trail(&database).await,
    };
    finding.context("the trail can't be read")
}

/// Says what was found, and fails unless all of it is what was recorded.
#[expect(clippy::print_stdout, reason = "this is what the command is for")]
fn tell(finding: &Finding, organization: Option<OrganizationId>) -> Result<()> {
    let Finding { good, frauds } = finding;
    for fraud in frauds {
        let whose = fraud
            .organization
            .map_or_else(|| "what concerns nobody".to_owned(), |whose| whose.to_string());
        println!("{whose}: {fraud}");
    }
    println!("{good} entries are as they were recorded");
    ensure!(
        frauds.is_empty(),
        "broken hash chains: {}, see above: find out who can write to the database, and restore what was recorded",
        frauds.len()
    );
    if let Some(organization) = organization {
        // To a mistyped id nobody should lend trust.
        ensure!(*good > 0, "nothing is recorded of {organization}: check the id");
    }
    Ok(())
}
