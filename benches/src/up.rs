//! What `entente up` takes: time until it is ready, and memory when nobody calls.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::process::Memory;
use crate::program::{Program, beside_this};
use crate::report::Figure;
use crate::show;

/// What starting left is done by then.
const REST: Duration = Duration::from_secs(10);
/// Of what it keeps to itself, in bytes.
const MOST: u64 = 150_000_000;
const SERVICES: [&str; 7] = [
    "identity",
    "partners",
    "billing",
    "notifications",
    "audit",
    "gateway",
    "admin",
];

/// One start on an empty folder, and one on what it left.
///
/// # Errors
/// If it doesn't start.
pub async fn measure() -> Result<Vec<Figure>> {
    // Its Postgres has a user of its own, who passes through it.
    let open = std::fs::Permissions::from_mode(0o711);
    let folder = tempfile::Builder::new()
        .prefix("entente-bench-up-")
        .permissions(open)
        .tempdir()?;
    let (cold, _) = start(folder.path()).await?;
    let (warm, memory) = start(folder.path()).await?;
    Ok(vec![
        Figure::new("`entente up`: first start, with a new Postgres", show::time(cold)),
        Figure::new("`entente up`: next start", show::time(warm)),
        Figure::new(
            "`entente up`: resident memory, idle, without Postgres",
            show::megabytes(memory.resident),
        )
        .beside(
            format!("{} proportional", show::megabytes(memory.proportional)),
            "",
        )
        .target("under 150 MB", (memory.resident < MOST).into()),
    ])
}

/// Runs it once: the time until it is ready, and its memory some time after.
async fn start(folder: &Path) -> Result<(Duration, Memory)> {
    let data = ["up".to_owned(), "--data".to_owned(), folder.display().to_string()];
    let listen = SERVICES.map(|service| [format!("--{service}-listen"), "127.0.0.1:0".to_owned()]);
    let arguments: Vec<_> = data.into_iter().chain(listen.into_iter().flatten()).collect();
    let started = Instant::now();
    let mut up = Program::start("up", &beside_this("entente")?, &arguments, folder)?;
    up.says("Entente is ready at ").await?;
    let took = started.elapsed();
    tokio::time::sleep(REST).await;
    let memory = Memory::of(up.pid()?)?;
    up.stop().await?;
    Ok((took, memory))
}
