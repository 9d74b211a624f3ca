//! The program `entente`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    match entente::run(std::env::args_os()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "this is where a program says why it ended")]
fn report(error: &anyhow::Error) {
    eprintln!("entente: {error:#}");
}
