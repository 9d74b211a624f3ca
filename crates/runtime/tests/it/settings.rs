//! Settings from flags, variables and the file.

use std::io::Write;
use std::process::Command as Process;

use clap::{Args, Command, CommandFactory, FromArgMatches, Parser};
use entente_runtime::config::{self, Error, ExposeSecret, Loaded, SecretString, Setting, Source};
use entente_runtime::{server, telemetry};
use tempfile::NamedTempFile;

#[derive(Parser)]
#[command(name = "sample")]
struct Program {
    #[command(flatten)]
    sample: Sample,
}

#[derive(Args, Clone)]
#[group(skip)]
struct Sample {
    #[arg(
        id = "sample-port",
        long = "sample-port",
        env = "ENTENTE_SAMPLE_PORT",
        default_value_t = 1
    )]
    port: u16,
    #[arg(
        id = "sample-topics",
        long = "sample-topics",
        env = "ENTENTE_SAMPLE_TOPICS",
        value_delimiter = ','
    )]
    topics: Vec<String>,
    #[arg(
        id = "sample-database-url",
        long = "sample-database-url",
        env = "ENTENTE_SAMPLE_DATABASE_URL"
    )]
    database_url: Option<SecretString>,
}

fn file(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn load(text: &str, flags: &[&str]) -> Result<Loaded, Error> {
    let file = file(text);
    let mut arguments = vec!["sample", "--config", file.path().to_str().unwrap()];
    arguments.extend(flags);
    config::load(Program::command(), arguments)
}

fn sample(loaded: &Loaded) -> Sample {
    Program::from_arg_matches(&loaded.matches).unwrap().sample
}

fn setting(loaded: &Loaded, name: &str) -> Setting {
    loaded
        .effective()
        .into_iter()
        .find(|setting| setting.name == name)
        .unwrap()
}

fn refused(text: &str) -> String {
    load(text, &[]).unwrap_err().to_string()
}

#[test]
fn a_value_of_the_file_goes_over_the_default() {
    let loaded = load("[sample]\nport = 2\n", &[]).unwrap();

    assert_eq!(sample(&loaded).port, 2);
    assert_eq!(setting(&loaded, "sample-port").source, Source::File);
}

#[test]
fn a_flag_goes_over_the_file() {
    let loaded = load("[sample]\nport = 2\n", &["--sample-port", "3"]).unwrap();

    assert_eq!(sample(&loaded).port, 3);
    assert_eq!(setting(&loaded, "sample-port").source, Source::Flag);
}

#[test]
fn without_a_value_the_default_holds() {
    let loaded = load("", &[]).unwrap();

    assert_eq!(sample(&loaded).port, 1);
    assert_eq!(setting(&loaded, "sample-port").source, Source::Default);
    assert_eq!(setting(&loaded, "sample-database-url").source, Source::Unset);
}

#[test]
#[ignore = "run in a process of its own by the tests below, which set its variables"]
fn in_a_child() {
    #[expect(clippy::disallowed_methods, reason = "the parent hands the flags over in it")]
    let arguments: Vec<String> = std::env::var("SAMPLE_FLAGS")
        .unwrap()
        .split(' ')
        .map(str::to_owned)
        .collect();
    match config::load(Program::command(), arguments) {
        Ok(loaded) => println!("port={}", sample(&loaded).port),
        Err(error) => println!("error={error}"),
    }
}

/// What the settings come to in a process with these variables.
fn child(flags: &str, variables: &[(&str, &str)]) -> String {
    let output = Process::new(std::env::current_exe().unwrap())
        .args(["settings::in_a_child", "--exact", "--ignored", "--nocapture"])
        .env("SAMPLE_FLAGS", format!("sample {flags}").trim())
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_variable_goes_over_the_file() {
    let file = file("[sample]\nport = 2\n");
    let path = file.path().to_str().unwrap();

    let output = child("", &[("ENTENTE_CONFIG", path), ("ENTENTE_SAMPLE_PORT", "4")]);

    assert!(output.contains("port=4"), "{output}");
}

#[test]
fn a_flag_goes_over_a_variable() {
    let output = child("--sample-port 5", &[("ENTENTE_SAMPLE_PORT", "4")]);

    assert!(output.contains("port=5"), "{output}");
}

#[test]
fn a_wrong_variable_is_named() {
    let output = child("", &[("ENTENTE_SAMPLE_PORT", "many")]);

    assert!(
        output.contains("the value comes from ENTENTE_SAMPLE_PORT: set it right"),
        "{output}"
    );
}

#[test]
fn a_wrong_value_of_the_file_is_named_with_its_place() {
    let message = refused("[sample]\nport = \"many\"\n");

    assert!(message.contains("--sample-port"), "{message}");
    assert!(
        message.contains("the value comes from sample.port in /"),
        "{message}"
    );
}

#[test]
fn a_key_that_is_no_setting_is_refused_with_the_nearest() {
    let message = refused("[sample]\ndatabase_ulr = \"x\"\n");

    assert!(message.contains("sample.database_ulr in /"), "{message}");
    assert!(message.contains("did you mean sample-database-url"), "{message}");
}

#[test]
fn two_spellings_of_a_setting_are_refused() {
    let message = refused("sample-port = 1\n[sample]\nport = 2\n");

    assert!(message.contains("are the same setting: remove one"), "{message}");
}

#[test]
fn a_list_of_the_file_is_a_list() {
    let loaded = load("[sample]\ntopics = [\"a\", \"b\"]\n", &[]).unwrap();

    assert_eq!(sample(&loaded).topics, ["a", "b"]);
    assert_eq!(setting(&loaded, "sample-topics").value.as_deref(), Some("a,b"));
}

#[test]
fn a_list_for_one_value_is_refused() {
    let message = refused("[sample]\nport = [1, 2]\n");

    assert!(
        message.contains("sample.port in /") && message.contains("takes one value"),
        "{message}"
    );
}

#[test]
fn a_file_that_is_not_toml_is_refused_with_the_place() {
    let message = refused("[sample\n");

    assert!(
        message.contains("is not TOML") && message.contains("line 1"),
        "{message}"
    );
}

#[test]
fn a_secret_is_masked_wherever_it_is_shown() {
    let loaded = load("[sample]\ndatabase_url = \"postgres://u:hunter2@h/d\"\n", &[]).unwrap();

    assert_eq!(
        sample(&loaded).database_url.unwrap().expose_secret(),
        "postgres://u:hunter2@h/d"
    );
    assert_eq!(
        setting(&loaded, "sample-database-url").value.as_deref(),
        Some("********")
    );
    let help = load(
        "[sample]\ndatabase_url = \"postgres://u:hunter2@h/d\"\n",
        &["--help"],
    )
    .unwrap_err();
    assert!(!help.to_string().contains("hunter2"), "{help}");
}

#[test]
fn settings_of_a_subcommand_are_reached() {
    let command = Sample::augment_args(Command::new("serve"));
    let program = Command::new("entente").subcommand(command);
    let file = file("[sample]\nport = 2\n");

    let loaded = config::load(
        program,
        ["entente", "serve", "--config", file.path().to_str().unwrap()],
    )
    .unwrap();

    assert_eq!(setting(&loaded, "sample-port").value.as_deref(), Some("2"));
}

#[test]
fn the_settings_of_the_runtime_are_named_alike_everywhere() {
    let command = server::Limits::augment_args(Command::new("x"));
    let command = telemetry::Options::augment_args(command);

    assert_eq!(config::misnamed(&command), Vec::<String>::new());
}

#[test]
fn the_defaults_of_the_limits_are_the_same_in_code() {
    let parsed = server::Limits::augment_args(Command::new("x")).get_matches_from(["x"]);
    let parsed = server::Limits::from_arg_matches(&parsed).unwrap();

    assert_eq!(format!("{parsed:?}"), format!("{:?}", server::Limits::default()));
}
