//! Measures decisions, in a process that counts its allocations; `entente-bench` starts it.

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<std::alloc::System> = &INSTRUMENTED_SYSTEM;

#[expect(clippy::print_stdout, reason = "whoever started it reads this")]
fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(entente_benches::decision::run(
        || ALLOCATOR.stats().allocations,
        |line| println!("{line}"),
    ))
}
