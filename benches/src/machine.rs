//! What it was measured on.

use std::process::Command;

use entente_runtime::clock::{Clock as _, SystemClock};

/// A paragraph about this machine, the time and the state of the source.
pub(crate) fn description() -> String {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let date = SystemClock::new().now().strftime("%Y-%m-%d");
    format!(
        "Measured on {date} at commit {}, on {cores} cores of {}, with {} of memory, under {}; {}.",
        commit(),
        field("/proc/cpuinfo", "model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
        memory(),
        first(&["uname", "-sr"]),
        first(&["rustc", "--version"]),
    )
}

fn commit() -> String {
    let changed = first(&[
        "git",
        "status",
        "--porcelain",
        "--untracked-files=no",
        "--",
        ".",
        ":!docs",
    ]);
    let commit = first(&["git", "rev-parse", "--short=12", "HEAD"]);
    if changed.is_empty() {
        commit
    } else {
        format!("{commit} with changes")
    }
}

fn memory() -> String {
    let total = field("/proc/meminfo", "MemTotal").unwrap_or_default();
    let kilobytes: u64 = total.trim_end_matches(" kB").parse().unwrap_or_default();
    format!("{} GB", kilobytes.saturating_mul(1024).div_ceil(1_000_000_000))
}

/// The value of `name : value` in a file of the kernel.
fn field(path: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let mut fields = text.lines().filter_map(|line| line.split_once(':'));
    let (_, value) = fields.find(|(known, _)| known.trim() == name)?;
    Some(value.trim().to_owned())
}

/// The first line that a command prints, empty where it can't be run: the table stands without it.
fn first(command: &[&str]) -> String {
    let Some((program, arguments)) = command.split_first() else {
        return String::new();
    };
    let output = Command::new(program).args(arguments).output();
    let printed = output.map(|output| output.stdout).unwrap_or_default();
    let printed = String::from_utf8_lossy(&printed);
    printed.lines().next().unwrap_or_default().to_owned()
}
