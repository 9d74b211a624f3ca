//! Why the settings can't be used, and what mends them.

use std::io;
use std::path::PathBuf;

use clap::Command;
use clap::error::{ContextKind, ContextValue};

use super::file::File;

/// Settings that can't be used. Each names the setting and what mends it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file can't be read.
    #[error("{} can't be read ({source}): check its path and permissions", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file isn't TOML.
    #[error("{} is not TOML: mend it\n{source}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where, and why.
        source: Box<toml::de::Error>,
    },
    /// A key that is no setting.
    #[error("{key} in {} is not a setting: {}", path.display(), mend(nearest.as_deref()))]
    Unknown {
        /// The file.
        path: PathBuf,
        /// The key, as it is written.
        key: String,
        /// The setting whose name is nearest.
        nearest: Option<String>,
    },
    /// Two spellings of one setting.
    #[error("{first} and {second} in {} are the same setting: remove one", path.display())]
    Twice {
        /// The file.
        path: PathBuf,
        /// One spelling.
        first: String,
        /// The other.
        second: String,
    },
    /// A list where one value is expected, or an empty one.
    #[error("{key} in {} takes one value: give that instead of the list", path.display())]
    NotAList {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
    },
    /// A list of lists or of tables.
    #[error("{key} in {} is no value and no list of values: give text, a number, true or false", path.display())]
    NotAValue {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
    },
    /// A flag or a value is wrong; or help was asked for.
    #[error("{error}{hint}")]
    Usage {
        /// What clap says.
        error: Box<clap::Error>,
        /// Where the value stands, if not on the command line.
        hint: String,
    },
}

impl Error {
    pub(super) fn usage(error: clap::Error, command: &Command, file: &File) -> Self {
        let hint = hint(&error, command, file).unwrap_or_default();
        Self::Usage {
            error: Box::new(error),
            hint,
        }
    }

    /// Prints it and ends the program: by 0 for `--help` and `--version`, by 2 for settings that can't be used.
    pub fn exit(self) -> ! {
        if let Self::Usage { error, hint } = &self
            && hint.is_empty()
        {
            error.exit();
        }
        eprintln!("{}", self.to_string().trim_end());
        std::process::exit(2)
    }
}

fn mend(nearest: Option<&str>) -> String {
    match nearest {
        Some(nearest) => format!("remove it, or did you mean {nearest}"),
        None => "remove it".to_owned(),
    }
}

/// clap names the flag even where the value came from elsewhere; this says from where.
fn hint(error: &clap::Error, command: &Command, file: &File) -> Option<String> {
    let Some(ContextValue::String(shown)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let name = shown.trim_start_matches('-').split([' ', '=']).next()?;
    let Some(ContextValue::String(value)) = error.get(ContextKind::InvalidValue) else {
        return None;
    };
    let variable = variable(command, name)?;
    if std::env::var_os(&variable).is_some_and(|set| set.to_str() == Some(value)) {
        return Some(format!(
            "\nthe value comes from {}: set it right or unset it\n",
            variable.display()
        ));
    }
    let from_file = file.values(name).is_some_and(|values| values.contains(value));
    from_file
        .then(|| file.place(name))
        .flatten()
        .map(|place| format!("\nthe value comes from {place}: set it right\n"))
}

fn variable(command: &Command, name: &str) -> Option<std::ffi::OsString> {
    let own = command
        .get_arguments()
        .find(|argument| argument.get_long() == Some(name));
    own.and_then(|argument| argument.get_env().map(ToOwned::to_owned))
        .or_else(|| {
            command
                .get_subcommands()
                .find_map(|subcommand| variable(subcommand, name))
        })
}
