//! The README's tour, to the letter, against the program as a newcomer runs it.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use reqwest::Method;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::support::{Rest, checkout, program};

/// The ports of a newcomer's machine: the tour names one of them.
const PORTS: [u16; 7] = [8080, 7101, 7102, 7103, 7104, 7105, 9464];
/// The first start makes a cluster, and the sample fleet hashes hundreds of passwords.
const PATIENCE: Duration = Duration::from_secs(400);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tour_of_the_readme_goes_as_written() {
    for port in PORTS {
        let free = TcpListener::bind(("127.0.0.1", port));
        assert!(
            free.is_ok(),
            "port {port} is taken: the tour needs it, so end what uses it"
        );
    }
    let home = Home::new();
    let mut up = Up::start(&home).await;
    home.run(&["demo", "--wait"]).await;
    let (passwords, fleet) = (home.passwords(), home.fleet().await);
    home.run(&["demo"]).await;
    assert_eq!(home.passwords(), passwords);
    for (before, after) in fleet.iter().zip(home.fleet().await) {
        assert_eq!(before, &after, "a second demo changes nothing");
    }

    tells_what_it_promises(&home.tour().await);

    up.interrupt().await;
    assert_eq!(home.postgres(), Vec::<Pid>::new(), "Ctrl-C ends Postgres too");
    let mut up = Up::start(&home).await;
    home.fleet().await;
    up.interrupt().await;
}

/// What the commands print, in their order.
fn tells_what_it_promises(printed: &str) {
    let mut lines = printed.lines();
    let mut expect = |what: &str, holds: &dyn Fn(&str) -> bool| {
        let found = lines.find(|line| holds(line));
        found
            .unwrap_or_else(|| panic!("no line with {what} where it should be in:\n{printed}"))
            .to_owned()
    };
    let product = expect("a product", &|line| line.contains(": "));
    let (_, name) = product.split_once(": ").unwrap();
    expect("the page of the link", &|line| {
        line.starts_with("<h1>") && line.contains("Berger SA")
    });
    expect("the acceptance", &|line| {
        line == "PARTNERSHIP_INVITATION_STATE_ACCEPTED"
    });
    expect("the client in the list", &|line| line == "Berger SA");
    expect("the open product", &|line| line == name);
    expect("the status of the denial", &|line| {
        line.trim() == "\"status\": 403,"
    });
    expect("the reason", &|line| {
        line.trim() == "\"reason\": \"OUTSIDE_MANDATE\","
    });
    expect("what mends it", &|line| line.trim().starts_with("\"mend\": \""));
    expect("the denial explained", &|line| {
        line.starts_with("denied: OUTSIDE_MANDATE ")
    });
    expect("the question that failed", &|line| {
        line.trim_start().starts_with("scope") && line.contains(" failed ")
    });
    expect("the end", &|line| line == "PARTNERSHIP_STATE_ENDED");
    expect("the end of access", &|line| line == "MANDATE_ENDED");
    expect("the trail", &|line| {
        line.contains(" usr_") && line.ends_with(" partnership.ended")
    });
    expect("the same over gRPC", &|line| {
        line.contains("\"displayName\": \"Berger SA\"")
    });
}

/// A data folder, where `entente up` also lets its Postgres in.
struct Home {
    folder: TempDir,
}

impl Home {
    fn new() -> Self {
        let open = std::fs::Permissions::from_mode(0o711);
        Self {
            folder: tempfile::Builder::new()
                .prefix("entente-home-")
                .permissions(open)
                .tempdir()
                .unwrap(),
        }
    }

    /// The program, or another, with this data folder and none of the tests' settings.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        for name in ["ENTENTE_DATABASE_URL", "ENTENTE_KAFKA_BROKERS", "ENTENTE_CONFIG"] {
            command.env_remove(name);
        }
        command
            .env("ENTENTE_DATA", self.folder.path())
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    async fn run(&self, arguments: &[&str]) {
        let mut command = self.command(&program());
        let output = command.args(arguments).current_dir(self.folder.path()).output();
        let output = tokio::time::timeout(PATIENCE, output).await.unwrap().unwrap();
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// What every command of the tour prints.
    async fn tour(&self) -> String {
        let mut command = self.command(Path::new("bash"));
        command
            .args(["-euo", "pipefail", "-c", &commands()])
            .current_dir(checkout());
        let output = tokio::time::timeout(PATIENCE, command.output())
            .await
            .unwrap()
            .unwrap();
        let (printed, errors) = (
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8_lossy(&output.stderr),
        );
        assert!(output.status.success(), "{}\n{printed}\n{errors}", output.status);
        printed
    }

    fn passwords(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("demo-passwords")).unwrap()
    }

    /// What the owners of the operator, of a partner and of a client see, to the last etag.
    async fn fleet(&self) -> Vec<Value> {
        let mut seen = Vec::new();
        for (domain, lists) in [
            ("numa-cloud", ["organizations", "members"].as_slice()),
            (
                "alpina-conseil",
                &["members", "clients", "partnerships", "billingAccount"],
            ),
            (
                "berger-sa",
                &["members", "products", "partnershipInvitations", "partnerships"],
            ),
        ] {
            let (rest, organization, token) = self.sign_in(&format!("@{domain}.example\t")).await;
            for list in lists {
                let path = format!("/v1/organizations/{organization}/{list}?");
                let path = if *list == "billingAccount" {
                    path
                } else {
                    format!("{path}pageSize=200")
                };
                let listed = rest.send(Method::GET, &path, Some(&token), None).await.unwrap();
                seen.push(listed.ok());
            }
        }
        assert_eq!(seen[0]["organizations"].as_array().unwrap().len(), 43);
        seen
    }

    /// Signs the first person in whose line has this text.
    async fn sign_in(&self, text: &str) -> (Rest, String, String) {
        let passwords = self.passwords();
        let line = passwords.lines().find(|line| line.contains(text)).unwrap();
        let (email, password) = line.split_once('\t').unwrap();
        let rest = Rest::new();
        rest.is_at("http://127.0.0.1:8080");
        let body = json!({ "email": email, "password": password });
        let answer = rest.post("/v1/sessions:signIn", &body).await.ok();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let organization = text(&answer["session"]["organization"]);
        (rest, organization, text(&answer["tokens"]["accessToken"]))
    }

    /// The processes that name this folder in their arguments.
    fn postgres(&self) -> Vec<Pid> {
        let folder = self.folder.path().display().to_string();
        let processes = std::fs::read_dir("/proc")
            .unwrap()
            .flatten()
            .map(|process| process.path());
        let named = processes.filter(|process| {
            std::fs::read_to_string(process.join("cmdline"))
                .is_ok_and(|arguments| arguments.contains(&folder))
        });
        let pids = named.filter_map(|process| process.file_name()?.to_str()?.parse().ok());
        pids.filter_map(Pid::from_raw).collect()
    }
}

impl Drop for Home {
    /// A test that failed leaves no Postgres behind.
    fn drop(&mut self) {
        for process in self.postgres() {
            kill_process(process, Signal::QUIT).ok();
        }
    }
}

/// `entente up`.
struct Up {
    process: Child,
    _printed: Lines<BufReader<ChildStdout>>,
}

impl Up {
    /// Starts it and waits until it says that it is ready.
    async fn start(home: &Home) -> Self {
        let log = std::fs::File::create(home.folder.path().join("up.log")).unwrap();
        let mut command = home.command(&program());
        command
            .arg("up")
            .current_dir(home.folder.path())
            .stdout(Stdio::piped())
            .stderr(log);
        let mut process = command.spawn().unwrap();
        let mut printed = BufReader::new(process.stdout.take().unwrap()).lines();
        let ready = async {
            let mut said = Vec::new();
            while let Some(line) = printed.next_line().await.unwrap() {
                if line.starts_with("Entente is ready at http://127.0.0.1:8080,") {
                    return;
                }
                said.push(line);
            }
            let log = std::fs::read_to_string(home.folder.path().join("up.log")).unwrap();
            panic!("it ended before it was ready: {said:#?}\n{log}");
        };
        tokio::time::timeout(PATIENCE, ready).await.unwrap();
        Self {
            process,
            _printed: printed,
        }
    }

    /// Ctrl-C.
    async fn interrupt(&mut self) {
        let pid = Pid::from_raw(i32::try_from(self.process.id().unwrap()).unwrap()).unwrap();
        kill_process(pid, Signal::INT).unwrap();
        let status = tokio::time::timeout(PATIENCE, self.process.wait())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(status.code(), Some(0));
    }
}

/// The commands of the README, as one script.
fn commands() -> String {
    let readme = std::fs::read_to_string(checkout().join("README.md")).unwrap();
    let blocks = readme
        .split("```sh\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap());
    blocks.collect::<Vec<_>>().join("\n")
}
