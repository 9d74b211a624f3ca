//! Runs `<folder of a service>/migrations` of each named service: `migrate-files URL services/partners …`.
//!
//! For `scripts/sqlx-prepare`. `entente migrate` can't be used there: to be built it needs what the script makes. The
//! tables that a library puts into a service's schema are absent: only the library itself asks for those.

use std::path::Path;

use anyhow::Context as _;
use entente_pg::Migrations;
use sqlx::migrate::Migrator;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().context("the URL of the database is missing")?;
    for folder in arguments {
        let folder = Path::new(&folder);
        let service = folder
            .file_name()
            .and_then(|name| name.to_str())
            .context("not a folder of a service")?;
        let migrator = Migrator::new(folder.join("migrations")).await?;
        // A service's name is a literal everywhere else; here it lives as long as the program.
        Migrations::new(service.to_owned().leak(), migrator)
            .run(&url)
            .await?;
    }
    Ok(())
}
