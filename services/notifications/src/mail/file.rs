//! Mail into a folder, for one machine.

use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use async_trait::async_trait;

use super::{Mail, MailError, Mailer};

/// Writes each mail into a file of its own, `<UTC time>-<delivery>.eml`: by name they are in the order of their time.
///
/// A file appears whole or not at all, and a mail that is sent again takes the place of its first copy. The links in
/// them are secrets, so nobody but the owner may read them.
#[derive(Debug, Clone)]
pub struct FileMailer {
    folder: PathBuf,
}

impl FileMailer {
    /// Writes into this folder, which is made if it isn't there.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn new(folder: PathBuf) -> anyhow::Result<Self> {
        let made = std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder);
        made.with_context(|| {
            let folder = folder.display();
            format!(
                "can't make the folder {folder} for mails: set ENTENTE_NOTIFICATIONS_MAIL_FOLDER to another"
            )
        })?;
        Ok(Self { folder })
    }
}

#[async_trait]
impl Mailer for FileMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let name = format!(
            "{}-{}.eml",
            mail.created_at.strftime("%Y%m%dT%H%M%S%.3fZ"),
            mail.delivery
        );
        let (folder, bytes) = (self.folder.clone(), mail.message.formatted());
        let written = tokio::task::spawn_blocking(move || write(&folder, &name, &bytes)).await;
        let failed =
            |error: &dyn std::error::Error| MailError::Passing(format!("the mail was not written: {error}"));
        written
            .map_err(|error| failed(&error))?
            .map_err(|error| failed(&error))
    }
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let unfinished = folder.join(format!(".{name}"));
    let mut options = fs_err::OpenOptions::new();
    options
        .write(true)
        .create(true)
        .truncate(true)
        .options_mut()
        .mode(0o600);
    let mut file = options.open(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs_err::rename(unfinished, folder.join(name))
}
