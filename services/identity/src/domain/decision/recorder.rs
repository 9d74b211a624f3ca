//! The questions of a decision, kept for whoever wants to know.

/// What is asked, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Question {
    /// Does the session live?
    Session,
    /// Is the person a member, or mandated?
    Place,
    /// Has the person shown a second factor, where one is asked for?
    SecondFactor,
    /// Does the organization take such calls?
    State,
    /// Can the person bind the organization?
    LegalRepresentative,
    /// Do role and ceiling have the permission?
    Permission,
    /// Has the operator delegated it?
    Delegation,
    /// Does the mandate cover it?
    Scope,
    /// Is the last proof of who one is recent?
    RecentAuth,
    /// Is the module switched on?
    Module,
    /// Is billing's gate open?
    Gate,
}

impl Question {
    /// The word for it, as the contract shows it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Takes down what a decision asks.
pub trait Recorder {
    /// A question was asked. The finding is for a person, and is made only if it is kept.
    fn record(&mut self, question: Question, passed: bool, finding: impl FnOnce() -> String);
}

/// Keeps nothing, at no cost.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Recorder for Silent {
    fn record(&mut self, _question: Question, _passed: bool, _finding: impl FnOnce() -> String) {}
}

/// One question and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What was asked.
    pub question: Question,
    /// Whether it passed.
    pub passed: bool,
    /// What was found.
    pub finding: String,
}

/// Keeps everything.
#[derive(Debug, Clone, Default)]
pub struct Steps(pub Vec<Step>);

impl Recorder for Steps {
    fn record(&mut self, question: Question, passed: bool, finding: impl FnOnce() -> String) {
        self.0.push(Step {
            question,
            passed,
            finding: finding(),
        });
    }
}
