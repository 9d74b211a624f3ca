//! `entente explain`: asks the running identity why somebody may or may not do something.

use anyhow::Result;
use entente_access::ServiceSigner;
use entente_contracts::identity::v1::operations_service_client::OperationsServiceClient;
use entente_contracts::identity::v1::{InspectDecisionRequest, InspectDecisionResponse};
use entente_runtime::client;
use entente_runtime::clock::SystemClock;
use entente_runtime::random::SystemRandom;
use tonic::{Code, Status};

use crate::cli::Service;
use crate::keys::Keys;
use crate::settings::Settings;

/// Asks and prints the decision, question by question. It calls with the key of identity, which only who runs the
/// installation can read.
#[expect(clippy::print_stdout, reason = "this is what the command is for")]
pub(crate) async fn run(question: InspectDecisionRequest, settings: &Settings) -> Result<()> {
    let random = SystemRandom::shared();
    let keys = Keys::open(settings.keys_folder()?, &*random)?;
    let name = Service::Identity.name();
    let signer = ServiceSigner::new(name, keys.private(Service::Identity)?, SystemClock::shared());
    let options = client::Options::default().with_token(move || {
        let authorization = signer.authorization();
        async move { Ok(authorization) }
    });
    let url = settings.addresses.url(name);
    let channel = client::channel(&url, options)?;
    let answer = OperationsServiceClient::new(channel)
        .inspect_decision(question)
        .await
        .map_err(|status| refused(&url, &status))?;
    for line in lines(answer.into_inner()) {
        println!("{line}");
    }
    Ok(())
}

/// What is wrong with the question, as identity says it; where it didn't come that far, what to look at.
fn refused(url: &str, status: &Status) -> anyhow::Error {
    let told = anyhow::anyhow!("{}", status.message());
    if status.code() == Code::InvalidArgument {
        return told;
    }
    told.context(format!(
        "identity at {url} gives no answer: is it running, with these keys?"
    ))
}

fn lines(answer: InspectDecisionResponse) -> Vec<String> {
    let decision = answer.decision.unwrap_or_default();
    let revision = decision.revision;
    let first = if decision.allowed {
        format!("allowed by {} (revision {revision})", decision.source)
    } else {
        format!(
            "denied: {} (revision {revision}); {}",
            decision.reason, decision.mend
        )
    };
    let steps = answer.steps.into_iter().map(|step| {
        let outcome = if step.passed { "passed" } else { "failed" };
        format!("  {:<20} {outcome}  {}", step.question, step.finding)
    });
    std::iter::once(first).chain(steps).collect()
}

#[cfg(test)]
mod tests {
    use entente_contracts::identity::v1::{Decision, ExplainStep};

    use super::*;

    #[test]
    fn a_wrong_question_is_told_as_it_is_and_nothing_of_the_way_there() {
        let wrong = refused(
            "http://127.0.0.1:7101",
            &Status::invalid_argument("user: is missing"),
        );
        assert_eq!(format!("{wrong:#}"), "user: is missing");
        let away = refused("http://127.0.0.1:7101", &Status::unavailable("nobody answers"));
        assert_eq!(
            format!("{away:#}"),
            "identity at http://127.0.0.1:7101 gives no answer: is it running, with these keys?: nobody answers"
        );
    }

    #[test]
    fn a_denial_is_told_with_its_mend_and_each_question() {
        let answer = InspectDecisionResponse {
            decision: Some(Decision {
                reason: "OUTSIDE_MANDATE".to_owned(),
                mend: "ask the client".to_owned(),
                revision: 7,
                ..Decision::default()
            }),
            steps: vec![ExplainStep {
                question: "scope".to_owned(),
                passed: false,
                finding: "the mandate doesn't cover it".to_owned(),
            }],
        };
        assert_eq!(
            lines(answer),
            [
                "denied: OUTSIDE_MANDATE (revision 7); ask the client",
                "  scope                failed  the mandate doesn't cover it"
            ]
        );
    }
}
