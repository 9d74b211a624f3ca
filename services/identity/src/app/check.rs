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
    if let Err(denial) = &decided.outcome {
        engine.denied(subject, requirement, denial, now);
    }
    Ok(decided)
}
