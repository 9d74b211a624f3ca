//! What stands in for identity keeps the grants that it is told of, and decides by them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

use entente_access::Person;
use entente_contracts::identity::v1::{Grant, Permission, PutGrantRequest, Requirement, Subject};
use entente_testkit::identity::Decides;
use tokio::sync::watch;
use tonic::Status;

use crate::ask::within;

#[derive(Default)]
pub struct Grants {
    /// Why a person may do nothing.
    denied: Mutex<HashMap<String, &'static str>>,
    grants: Mutex<BTreeMap<String, Grant>>,
    /// How many grants it was told of, whether or not it took them.
    told: watch::Sender<usize>,
    takes: watch::Sender<Takes>,
}

/// What it does when it is told of a grant.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Takes {
    #[default]
    All,
    /// It is away.
    None,
    /// It doesn't answer before this changes.
    Later,
}

impl Grants {
    /// From now on the person may do nothing, for this reason.
    pub fn deny(&self, person: &Person, reason: &'static str) {
        self.denied
            .lock()
            .unwrap()
            .insert(person.user.to_string(), reason);
    }

    pub fn takes(&self, takes: Takes) {
        self.takes.send_replace(takes);
    }

    /// Waits until it was told of so many grants, taken or not.
    pub async fn told(&self, times: usize) {
        within(self.told.subscribe().wait_for(|told| *told >= times))
            .await
            .unwrap();
    }

    pub fn times_told(&self) -> usize {
        *self.told.borrow()
    }

    /// The grants that it took, the latest version of each partnership.
    pub fn grants(&self) -> Vec<Grant> {
        self.grants.lock().unwrap().values().cloned().collect()
    }
}

impl Decides for Grants {
    fn source(&self, subject: &Subject, asked: &Requirement) -> Result<String, &'static str> {
        if let Some(reason) = self.denied.lock().unwrap().get(&subject.user) {
            return Err(reason);
        }
        if subject.organization == asked.organization {
            return Ok("role:owner".to_owned());
        }
        let grants = self.grants();
        let between =
            |grant: &&Grant| grant.client == asked.organization && grant.partner == subject.organization;
        let grant = grants.iter().find(between).ok_or("NOT_FOUND")?;
        if grant.ended {
            return Err("MANDATE_ENDED");
        }
        if !grant.complete && !grant.products.contains(&asked.product) {
            return Err("OUTSIDE_MANDATE");
        }
        let permission = Permission {
            resource: asked.resource,
            action: asked.action,
        };
        if !grant.ceiling.contains(&permission) {
            return Err("PERMISSION_MISSING");
        }
        Ok(format!("mandate:{}", grant.partnership))
    }

    async fn take_grant(&self, request: PutGrantRequest) -> Result<(), Status> {
        let grant = request.grant.unwrap();
        self.told.send_modify(|told| *told += 1);
        let takes = *self
            .takes
            .subscribe()
            .wait_for(|takes| *takes != Takes::Later)
            .await
            .unwrap();
        if takes == Takes::None {
            return Err(Status::unavailable("it is away"));
        }
        let mut grants = self.grants.lock().unwrap();
        let known = grants.get(&grant.partnership).map_or(0, |known| known.version);
        if grant.version > known {
            grants.insert(grant.partnership.clone(), grant);
        }
        Ok(())
    }
}
