//! Calls one after the other, from so many callers at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::task::JoinSet;

use crate::latencies::Latencies;
use crate::process;

/// Connections are open and caches filled after it.
const WARM_UP: Duration = Duration::from_millis(500);

const WARMING: u8 = 0;
const MEASURING: u8 = 1;
const OVER: u8 = 2;

/// What was seen while it ran; rounds add up.
#[derive(Debug, Default)]
pub(crate) struct Load {
    taken: Vec<Duration>,
    cpu: Vec<Duration>,
}

impl Load {
    /// Calls for so long, `callers` at once, each its next call when it has the answer, and counts what these
    /// processes use meanwhile.
    ///
    /// # Errors
    /// The first call that fails, or a process that ended.
    pub(crate) async fn add<C, F>(
        &mut self,
        callers: usize,
        time: Duration,
        servers: &[u32],
        call: C,
    ) -> Result<()>
    where
        C: Fn(usize) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<()>> + Send,
    {
        let phase = Arc::new(AtomicU8::new(WARMING));
        let mut running = JoinSet::new();
        for caller in 0..callers {
            let (call, phase) = (call.clone(), phase.clone());
            running.spawn(async move { repeat(caller, &call, &phase).await });
        }
        tokio::time::sleep(WARM_UP).await;
        let before = cpu(servers)?;
        phase.store(MEASURING, Ordering::Relaxed);
        tokio::time::sleep(time).await;
        phase.store(OVER, Ordering::Relaxed);
        let after = cpu(servers)?;
        while let Some(taken) = running.join_next().await {
            self.taken.extend(taken??);
        }
        self.cpu.resize(servers.len(), Duration::ZERO);
        for (sum, (before, after)) in self.cpu.iter_mut().zip(before.into_iter().zip(after)) {
            *sum += after.saturating_sub(before);
        }
        Ok(())
    }

    pub(crate) fn done(self) -> Measured {
        Measured {
            latencies: Latencies::new(self.taken),
            cpu: self.cpu,
        }
    }
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) latencies: Latencies,
    /// Of each server.
    cpu: Vec<Duration>,
}

impl Measured {
    /// Calls per second of the servers' CPU time.
    pub(crate) fn calls_per_cpu_second(&self) -> u64 {
        let micros = self.cpu.iter().sum::<Duration>().as_micros();
        let calls = u128::try_from(self.latencies.len()).unwrap_or_default();
        let calls = calls.saturating_mul(1_000_000).checked_div(micros);
        calls
            .and_then(|calls| u64::try_from(calls).ok())
            .unwrap_or_default()
    }

    /// The CPU time that one of the servers takes for a call, by its place among them.
    pub(crate) fn cpu_per_call_of(&self, server: usize) -> Duration {
        let cpu = self.cpu.get(server).copied().unwrap_or_default();
        let calls = u32::try_from(self.latencies.len()).unwrap_or(u32::MAX);
        cpu.checked_div(calls).unwrap_or_default()
    }
}

/// The calls that ended while it was measured: at the edges one caller's call is counted too much or too little.
async fn repeat<C, F>(caller: usize, call: &C, phase: &AtomicU8) -> Result<Vec<Duration>>
where
    C: Fn(usize) -> F,
    F: Future<Output = Result<()>>,
{
    let mut taken = Vec::new();
    let mut number = caller;
    loop {
        let started = Instant::now();
        call(number).await?;
        match phase.load(Ordering::Relaxed) {
            WARMING => {}
            MEASURING => taken.push(started.elapsed()),
            _ => return Ok(taken),
        }
        // Callers ask for different things at a time.
        number = number.wrapping_add(17);
    }
}

fn cpu(servers: &[u32]) -> Result<Vec<Duration>> {
    servers.iter().map(|server| process::cpu(*server)).collect()
}
