//! Explains a decision to an administrator.

use crate::app::App;
use crate::domain::decision::{Need, Requirement, Step, Subject};
use crate::engine::{Decided, Undecided};

/// Decides as for a call of that person right now, and tells each step. A session and a recent proof
/// belong to a call and are not asked for; what else is, all methods that need the permission ask.
///
/// # Errors
/// [`Undecided`] while this replica may not decide.
pub fn run(app: &App, subject: &Subject, need: Need) -> Result<(Decided, Vec<Step>), Undecided> {
    app.engine
        .explain(subject, &Requirement::Need(need), app.context.clock.now())
}
