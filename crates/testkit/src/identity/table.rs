//! Decisions by person and organization.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use entente_access::Person;
use entente_contracts::identity::v1::{Requirement, Subject};
use entente_ids::OrganizationId;

use super::Decides;

/// Decides by who asks and where, whatever is asked. Who isn't in it finds nothing there.
#[derive(Default)]
pub struct Table {
    /// By person and organization: nothing when they may, else the reason why not.
    reasons: Mutex<HashMap<(String, String), &'static str>>,
}

impl Table {
    /// From now on the person may do everything in the organization if `reason` is empty, else nothing for that reason.
    pub fn decides(&self, person: &Person, organization: OrganizationId, reason: &'static str) {
        self.reasons
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert((person.user.to_string(), organization.to_string()), reason);
    }
}

impl Decides for Table {
    fn source(&self, subject: &Subject, asked: &Requirement) -> Result<String, &'static str> {
        let asked = (subject.user.clone(), asked.organization.clone());
        let reasons = self.reasons.lock().unwrap_or_else(PoisonError::into_inner);
        match reasons.get(&asked).copied().unwrap_or("NOT_FOUND") {
            "" => Ok(String::new()),
            reason => Err(reason),
        }
    }
}
