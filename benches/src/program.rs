//! Programs that were built beside this one, as processes of their own.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// The first start of all makes a Postgres cluster.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a program that is dropped gets to end in order.
const GRACE: Duration = Duration::from_secs(20);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// A program that runs. Dropped, it is asked to end, and killed where it doesn't.
#[derive(Debug)]
pub(crate) struct Program {
    name: &'static str,
    process: Child,
    printed: Lines<BufReader<ChildStdout>>,
    log: PathBuf,
}

impl Program {
    /// Starts `program` in a folder, with its log there under `name`, and no setting from our environment.
    pub(crate) fn start(
        name: &'static str,
        program: &Path,
        arguments: &[String],
        folder: &Path,
    ) -> Result<Self> {
        let log = folder.join(format!("{name}.log"));
        let written = std::fs::OpenOptions::new().create(true).append(true).open(&log)?;
        let mut command = Command::new(program);
        for (variable, _) in std::env::vars_os() {
            if variable.to_string_lossy().starts_with("ENTENTE_") {
                command.env_remove(variable);
            }
        }
        command
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(written)
            .kill_on_drop(true);
        let mut process = command.spawn().with_context(|| format!("starting {name}"))?;
        let printed = process.stdout.take().context("it has a standard output")?;
        Ok(Self {
            name,
            process,
            printed: BufReader::new(printed).lines(),
            log,
        })
    }

    /// Waits for a line that begins like that, and gives the rest of it.
    pub(crate) async fn says(&mut self, beginning: &str) -> Result<String> {
        let said = async {
            while let Some(line) = self.printed.next_line().await? {
                if let Some(rest) = line.strip_prefix(beginning) {
                    return Ok(rest.to_owned());
                }
            }
            bail!("{} ended early: look into {}", self.name, self.log.display())
        };
        let said = tokio::time::timeout(PATIENCE, said).await;
        said.with_context(|| format!("{} never said {beginning:?}", self.name))?
    }

    pub(crate) fn pid(&self) -> Result<u32> {
        self.process.id().with_context(|| format!("{} ended", self.name))
    }

    /// Asks it to end, and waits until it has.
    pub(crate) async fn stop(mut self) -> Result<()> {
        self.ask_to_end()?;
        let ended = tokio::time::timeout(PATIENCE, self.process.wait()).await;
        let status = ended.with_context(|| format!("{} doesn't end", self.name))??;
        ensure!(
            status.success(),
            "{} ended with {status}: look into {}",
            self.name,
            self.log.display()
        );
        Ok(())
    }
}

impl Program {
    fn ask_to_end(&self) -> Result<()> {
        let pid = i32::try_from(self.pid()?).ok().and_then(Pid::from_raw);
        Ok(kill_process(
            pid.context("a process has a number")?,
            Signal::TERM,
        )?)
    }
}

impl Drop for Program {
    /// Where a measurement fails: `entente up` has a Postgres to take along.
    fn drop(&mut self) {
        if self.ask_to_end().is_err() {
            return;
        }
        let deadline = Instant::now() + GRACE;
        while matches!(self.process.try_wait(), Ok(None)) && Instant::now() < deadline {
            std::thread::sleep(LOOK_AGAIN);
        }
    }
}

/// What a program prints in its whole life.
pub(crate) async fn output(name: &str) -> Result<String> {
    let mut command = Command::new(beside_this(name)?);
    command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .kill_on_drop(true);
    let output = command.output().await?;
    ensure!(output.status.success(), "{name} ended with {}", output.status);
    Ok(String::from_utf8(output.stdout)?)
}

/// A program that was built with this one.
pub(crate) fn beside_this(name: &str) -> Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name(name);
    ensure!(path.is_file(), "{} isn't there: run `make bench`", path.display());
    Ok(path)
}
