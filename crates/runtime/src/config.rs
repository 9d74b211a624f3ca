//! Settings from flags, `ENTENTE_…` variables and one TOML file, under the same names; the first of these that
//! has a value wins, and a default stands behind them.
//!
//! A setting is a clap argument with a long name and the variable that goes with it: `--identity-database-url`,
//! `ENTENTE_IDENTITY_DATABASE_URL`, and in the file `database_url` in the table `[identity]`. A value of type
//! [`SecretString`] is a secret: it is masked wherever settings are shown.

mod error;
mod file;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

pub use error::Error;
use file::File;
pub use secrecy::{ExposeSecret, SecretString};

/// The file that is read where none is named.
const DEFAULT_FILE: &str = "entente.toml";
const FILE_ARGUMENT: &str = "config";
const FILE_VARIABLE: &str = "ENTENTE_CONFIG";
const PREFIX: &str = "ENTENTE_";

/// What a secret is shown as.
const MASK: &str = "********";

/// Settings that were read and checked.
#[derive(Debug)]
pub struct Loaded {
    /// What clap made of them; `FromArgMatches` gives the structs.
    pub matches: ArgMatches,
    command: Command,
    file: File,
}

/// One setting, as `entente config` prints it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its name as a flag, without the dashes.
    pub name: String,
    /// Its value, masked where it is a secret; none where it is not set.
    pub value: Option<String>,
    /// Where it comes from.
    pub source: Source,
}

/// Where a setting comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The command line.
    Flag,
    /// A variable of the environment.
    Environment,
    /// The file.
    File,
    /// The program.
    Default,
    /// Nowhere: it has no value.
    Unset,
}

/// Reads the settings of `command` from `arguments` (the program's name first), the environment and the file. It
/// adds `--config FILE`; without that and `ENTENTE_CONFIG`, `entente.toml` in the working directory is read if it
/// is there.
///
/// # Errors
/// When the file can't be read, has a key that is no setting, or a value is wrong. `--help` and `--version` come
/// as an error too: let [`Error::exit`] end the program.
pub fn load(
    command: Command,
    arguments: impl IntoIterator<Item = impl Into<OsString>>,
) -> Result<Loaded, Error> {
    let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    let command = mask_secrets(command).arg(
        Arg::new(FILE_ARGUMENT)
            .long(FILE_ARGUMENT)
            .env(FILE_VARIABLE)
            .global(true)
            .value_name("FILE")
            .value_parser(clap::value_parser!(PathBuf))
            .help(format!(
                "The file with settings [default: {DEFAULT_FILE}, if it is there]"
            )),
    );

    let file = match file_path(&arguments) {
        Some(path) => File::read(&path)?,
        None if Path::new(DEFAULT_FILE).is_file() => File::read(Path::new(DEFAULT_FILE))?,
        None => File::default(),
    };
    let mut known = Vec::new();
    collect_names(&command, &mut known);
    file.refuse_unknown(&known)?;

    let mut command = apply(command, &file)?;
    match command.try_get_matches_from_mut(&arguments) {
        Ok(matches) => Ok(Loaded {
            matches,
            command,
            file,
        }),
        Err(error) => Err(Error::usage(error, &command, &file)),
    }
}

impl Loaded {
    /// The settings of the subcommand that was called, in the order of `--help`, secrets masked.
    pub fn effective(&self) -> Vec<Setting> {
        let mut settings: Vec<Setting> = Vec::new();
        let (mut command, mut matches) = (&self.command, &self.matches);
        loop {
            for argument in command.get_arguments().filter(|argument| is_setting(argument)) {
                let setting = self.setting(argument, matches);
                if !settings.iter().any(|known| known.name == setting.name) {
                    settings.push(setting);
                }
            }
            let Some((name, inner)) = matches.subcommand() else {
                return settings;
            };
            let Some(called) = command.find_subcommand(name) else {
                return settings;
            };
            (command, matches) = (called, inner);
        }
    }

    fn setting(&self, argument: &Arg, matches: &ArgMatches) -> Setting {
        let name = argument.get_long().unwrap_or_default().to_owned();
        let id = argument.get_id().as_str();
        let source = match matches.value_source(id) {
            Some(ValueSource::CommandLine) => Source::Flag,
            Some(ValueSource::EnvVariable) => Source::Environment,
            Some(_) if self.file.has(&name) => Source::File,
            Some(_) => Source::Default,
            None => Source::Unset,
        };
        let value = matches.get_raw(id).map(|values| {
            if is_secret(argument) {
                return MASK.to_owned();
            }
            values.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(",")
        });
        Setting { name, value, source }
    }
}

/// The settings whose variable doesn't follow from their flag. A test of the program holds it to be empty.
pub fn misnamed(command: &Command) -> Vec<String> {
    let mut wrong: Vec<String> = command
        .get_arguments()
        .filter(|argument| is_setting(argument))
        .filter_map(|argument| {
            let name = argument.get_long().unwrap_or_default();
            let expected = format!("{PREFIX}{}", name.to_uppercase().replace('-', "_"));
            (argument.get_env() != Some(OsStr::new(&expected))).then(|| format!("--{name} is not {expected}"))
        })
        .collect();
    wrong.extend(command.get_subcommands().flat_map(misnamed));
    wrong
}

/// Reads a time such as `30s`, `5m` or `1h 30m`; a `value_parser` for arguments.
///
/// # Errors
/// When it isn't one.
pub fn duration(text: &str) -> Result<Duration, String> {
    text.parse::<jiff::SignedDuration>()
        .ok()
        .and_then(|duration| Duration::try_from(duration).ok())
        .ok_or_else(|| "give a time with its unit, such as 30s or 5m".to_owned())
}

fn is_setting(argument: &Arg) -> bool {
    let variable = argument.get_env().and_then(OsStr::to_str);
    argument.get_long().is_some()
        && variable.is_some_and(|name| name.starts_with(PREFIX) && name != FILE_VARIABLE)
}

fn is_secret(argument: &Arg) -> bool {
    argument.get_value_parser().type_id() == std::any::TypeId::of::<SecretString>()
}

/// `--help` shows the values of variables and defaults; those of secrets must not be among them.
fn mask_secrets(command: Command) -> Command {
    command
        .mut_args(|argument| {
            let hide = is_secret(&argument);
            argument.hide_env_values(true).hide_default_value(hide)
        })
        .mut_subcommands(mask_secrets)
}

fn collect_names(command: &Command, names: &mut Vec<String>) {
    for name in command
        .get_arguments()
        .filter(|argument| is_setting(argument))
        .filter_map(Arg::get_long)
    {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    for subcommand in command.get_subcommands() {
        collect_names(subcommand, names);
    }
}

/// The values of the file become defaults, over which variables and flags go by clap's own order.
fn apply(mut command: Command, file: &File) -> Result<Command, Error> {
    let mut defaults = Vec::new();
    for argument in command.get_arguments().filter(|argument| is_setting(argument)) {
        let Some(values) = file.values(argument.get_long().unwrap_or_default()) else {
            continue;
        };
        let many = matches!(argument.get_action(), clap::ArgAction::Append);
        if values.len() != 1 && !many {
            return Err(file.not_a_list(argument.get_long().unwrap_or_default()));
        }
        defaults.push((argument.get_id().clone(), values.to_vec()));
    }
    for (id, values) in defaults {
        command = command.mut_arg(id, |argument| argument.required(false).default_values(values));
    }
    let names: Vec<String> = command
        .get_subcommands()
        .map(|subcommand| subcommand.get_name().to_owned())
        .collect();
    for name in names {
        let Some(subcommand) = command.find_subcommand(&name).cloned() else {
            continue;
        };
        let applied = apply(subcommand, file)?;
        command = command.mut_subcommand(&name, |_| applied);
    }
    Ok(command)
}

/// The file must be known before clap runs, as its values become clap's defaults.
fn file_path(arguments: &[OsString]) -> Option<PathBuf> {
    let mut arguments = arguments.iter().take_while(|argument| *argument != "--");
    while let Some(argument) = arguments.next() {
        if argument == "--config" {
            return arguments.next().map(PathBuf::from);
        }
        if let Some(path) = argument.to_str().and_then(|text| text.strip_prefix("--config=")) {
            return Some(PathBuf::from(path));
        }
    }
    std::env::var_os(FILE_VARIABLE)
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
}
