//! What stands in for identity decides by a table, and keeps the gates that it is given.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use entente_contracts::identity::v1::{PutGateRequest, Requirement, Subject};
use entente_ids::OrganizationId;
use entente_testkit::identity::{Decides, Table};
use tonic::Status;

#[derive(Default)]
pub struct Gates {
    pub table: Table,
    /// In the order in which they came.
    gates: Mutex<Vec<PutGateRequest>>,
    takes_no_gates: AtomicBool,
}

impl Gates {
    /// The gates that came for an organization.
    pub fn gates(&self, organization: OrganizationId) -> Vec<PutGateRequest> {
        let organization = organization.to_string();
        let gates = self.gates.lock().unwrap();
        gates
            .iter()
            .filter(|gate| gate.organization == organization)
            .cloned()
            .collect()
    }

    pub fn go_away_for_gates(&self) {
        self.takes_no_gates.store(true, Ordering::SeqCst);
    }

    pub fn come_back(&self) {
        self.takes_no_gates.store(false, Ordering::SeqCst);
    }
}

impl Decides for Gates {
    fn source(&self, subject: &Subject, asked: &Requirement) -> Result<String, &'static str> {
        self.table.source(subject, asked)
    }

    async fn take_gate(&self, gate: PutGateRequest) -> Result<(), Status> {
        if self.takes_no_gates.load(Ordering::SeqCst) {
            return Err(Status::unavailable("away at 10.0.0.7"));
        }
        self.gates.lock().unwrap().push(gate);
        Ok(())
    }
}
