//! Decides for a guard, and takes down what was denied.

use jiff::Timestamp;

use crate::domain::decision::{Requirement, Subject};
use crate::engine::{Decided, Engine, Undecided};

/// Decides.
///
/// # Errors
/// [`Undecided`] while this replica may not decide.
pub fn run(
    engine: &Engine,
    subject: &Subject,
    requirement: &Requirement,
    now: Timestamp,
) -> Result<Decided, Undecided> {
    let decided = engine.decide(subject, requirement, now)?;
    take_down(engine, subject, requirement, &decided, now);
    Ok(decided)
}

/// Decides many questions about one subject, all on the same revision.
///
/// # Errors
/// [`Undecided`] while this replica may not decide.
pub fn run_all(
    engine: &Engine,
    subject: &Subject,
    requirements: &[Requirement],
    now: Timestamp,
) -> Result<Vec<Decided>, Undecided> {
    let decided = engine.decide_all(subject, requirements, now)?;
    for (requirement, decided) in requirements.iter().zip(&decided) {
        take_down(engine, subject, requirement, decided, now);
    }
    Ok(decided)
}

fn take_down(
    engine: &Engine,
    subject: &Subject,
    requirement: &Requirement,
    decided: &Decided,
    now: Timestamp,
) {
    if let Err(denial) = &decided.outcome {
        engine.denied(subject, requirement, denial, now);
    }
}
