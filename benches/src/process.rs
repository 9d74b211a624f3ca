//! What a process has used, as the kernel counts it.

use std::time::Duration;

use anyhow::{Context as _, Result};

/// What the kernel counts CPU time in, in `/proc`: a hundredth of a second, on every Linux (USER_HZ, proc(5)).
const TICK: Duration = Duration::from_millis(10);

/// The CPU time of a process so far, its own and the kernel's for it.
pub(crate) fn cpu(pid: u32) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).context("the process ended")?;
    let ticks = ticks(&stat).with_context(|| format!("/proc/{pid}/stat is not as proc(5) says"))?;
    Ok(TICK * u32::try_from(ticks)?)
}

/// The name in it may hold spaces and brackets, so what follows the last bracket is counted: utime and stime are the
/// fields 14 and 15 of all.
fn ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields
        .split(' ')
        .skip(11)
        .map_while(|field| field.parse::<u64>().ok());
    Some(fields.next()? + fields.next()?)
}

/// The memory of a process, in bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    /// What is in memory of all that it has mapped.
    pub(crate) resident: u64,
    /// The same, where what it shares with others counts by its share.
    pub(crate) proportional: u64,
}

impl Memory {
    pub(crate) fn of(pid: u32) -> Result<Self> {
        let rollup =
            std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).context("the process ended")?;
        let field = |name: &str| {
            let line = rollup.lines().find_map(|line| line.strip_prefix(name));
            let kilobytes = line.and_then(|rest| rest.trim().strip_suffix(" kB")?.parse::<u64>().ok());
            let found = kilobytes.with_context(|| format!("no {name} in smaps_rollup"));
            found.map(|kilobytes| kilobytes * 1024)
        };
        Ok(Self {
            resident: field("Rss:")?,
            proportional: field("Pss:")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_does_not_shift_the_fields() {
        let stat = "17 (a) b) S 1 17 17 0 -1 4194560 9 0 0 0 120 34 0 0 20 0 9 0 1 1 1";
        assert_eq!(ticks(stat), Some(154));
    }

    #[test]
    fn this_process_has_memory() {
        let memory = Memory::of(std::process::id()).unwrap();
        assert!(memory.resident >= memory.proportional && memory.proportional > 0);
    }
}
