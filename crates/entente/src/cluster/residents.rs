//! The processes that live in the data folder, whether its pid file tells of them or not.
//!
//! The pid file alone doesn't tell: after a restart of the machine or the container its number can be another
//! process's, and a postmaster that was killed can leave children behind that still write.

use std::path::PathBuf;

use rustix::process::{Pid, test_kill_process};

use super::files::Files;

/// Whoever may live in one data folder.
#[derive(Debug)]
pub(super) struct Residents {
    /// A postmaster has the folder in its arguments, its children the cluster's name in their titles.
    marks: [Vec<u8>; 2],
    pid_file: PathBuf,
    socket_lock: PathBuf,
}

impl Residents {
    pub(super) fn of(files: &Files) -> anyhow::Result<Self> {
        let data = files.data().into_os_string().into_encoded_bytes();
        let marks = [
            [b"-D\0", data.as_slice(), b"\0"].concat(),
            files.cluster_name()?.into_bytes(),
        ];
        Ok(Self {
            marks,
            pid_file: files.pid_file(),
            socket_lock: files.socket_lock(),
        })
    }

    /// The numbers of the processes. Where there is no `/proc`, the one of the pid file, if it is alive.
    pub(super) fn alive(&self) -> Vec<i32> {
        if !has_proc() {
            return self.named().filter(|pid| is_alive(*pid)).into_iter().collect();
        }
        let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        processes
            .filter_map(|process| process.file_name().to_str()?.parse().ok())
            .filter(|pid| self.is_resident(*pid))
            .collect()
    }

    /// Removes a pid file whose number is a stranger's or a dead child's of the container, for Postgres would believe it.
    /// One whose process is gone it deals with better itself. Call it when nobody lives here.
    pub(super) fn remove_traces(&self) -> anyhow::Result<()> {
        let misleads = has_proc() && self.named().is_some_and(is_alive);
        if !misleads {
            return Ok(());
        }
        for file in [&self.pid_file, &self.socket_lock] {
            if file.exists() {
                fs_err::remove_file(file)?;
            }
        }
        Ok(())
    }

    fn named(&self) -> Option<i32> {
        std::fs::read_to_string(&self.pid_file)
            .ok()?
            .lines()
            .next()?
            .trim()
            .parse()
            .ok()
    }

    fn is_resident(&self, pid: i32) -> bool {
        // Empty for a zombie, gone for one that ended since.
        let arguments = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let is_server = arguments.starts_with(b"postgres:")
            || arguments
                .split(|byte| *byte == 0)
                .next()
                .is_some_and(|program| program.ends_with(b"/postgres"));
        is_server
            && self
                .marks
                .iter()
                .any(|mark| arguments.windows(mark.len()).any(|part| part == mark))
    }
}

fn has_proc() -> bool {
    std::path::Path::new("/proc/self/cmdline").exists()
}

/// Also true for a zombie, and for a process of somebody else.
fn is_alive(pid: i32) -> bool {
    let Some(pid) = Pid::from_raw(pid) else {
        return false;
    };
    match test_kill_process(pid) {
        Ok(()) => true,
        Err(error) => error == rustix::io::Errno::PERM,
    }
}
