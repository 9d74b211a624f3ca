//! The program itself, as it is started from a shell.

use std::path::PathBuf;

/// The folder of the workspace.
pub fn checkout() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// The program; `cargo test --workspace` builds it beside the tests.
pub fn program() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let program = tests.parent().unwrap().parent().unwrap().join("entente");
    assert!(
        program.is_file(),
        "{} isn't there: run `make test`, or `cargo build --package entente` first",
        program.display()
    );
    program
}
