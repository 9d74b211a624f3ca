//! Decisions for identity's own guard: in this process, so that nothing asks itself over the network.

use entente_access::Decider;
use entente_contracts::identity::v1::{Decision, Requirement, Subject};
use entente_runtime::clock::SharedClock;
use entente_runtime::context;
use tonic::Status;

use crate::app::check;
use crate::domain::decision::Revision;
use crate::engine::Engine;
use crate::error::Error;
use crate::grpc::convert::decision;

/// Decides in memory.
#[derive(Clone)]
pub struct LocalDecider {
    engine: Engine,
    clock: SharedClock,
}

impl LocalDecider {
    /// Decides by this engine.
    pub fn new(engine: Engine, clock: SharedClock) -> Self {
        Self { engine, clock }
    }
}

impl Decider for LocalDecider {
    async fn decide(&self, subject: &Subject, requirement: &Requirement) -> Result<Decision, Status> {
        let subject = decision::subject(Some(subject))?;
        let requirement = decision::requirement(Some(requirement))?;
        let seen = context::access_revision().unwrap_or_default();
        self.engine
            .reach(Revision::new(seen))
            .await
            .map_err(Error::from)?;
        self.engine.leased().await;
        let decided =
            check::run(&self.engine, &subject, &requirement, self.clock.now()).map_err(Error::from)?;
        Ok(decision::decision(&decided))
    }
}

impl std::fmt::Debug for LocalDecider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LocalDecider")
    }
}
