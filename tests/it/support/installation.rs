//! Everything in this process.

use std::ops::Deref;

use entente::cli::Service;
use entente::platform::{Plan, Platform};
use entente_runtime::clock::{SharedClock, SystemClock};
use entente_runtime::random::SystemRandom;
use entente_runtime::server::State;

use super::{Log, Site, eventually};

/// An installation that runs in this process.
pub struct Installation {
    platform: Platform,
    clock: SharedClock,
    more: Vec<String>,
    site: Site,
}

impl Installation {
    pub async fn start(log: Log) -> Self {
        Self::start_with(log, SystemClock::shared(), &[]).await
    }

    /// With this clock and these arguments besides.
    pub async fn start_with(log: Log, clock: SharedClock, more: &[&str]) -> Self {
        let more: Vec<_> = more.iter().map(|argument| (*argument).to_owned()).collect();
        let site = Site::new(log).await;
        let platform = run(&site, &clock, &more).await;
        Self {
            platform,
            clock,
            more,
            site,
        }
    }

    /// Ends it in order, and starts it again on what it left.
    pub async fn restart(self) -> Self {
        let Self {
            platform,
            clock,
            more,
            site,
        } = self;
        platform.stop().await.unwrap();
        let platform = run(&site, &clock, &more).await;
        Self {
            platform,
            clock,
            more,
            site,
        }
    }

    /// Ends it in order.
    pub async fn stop(self) {
        self.platform.stop().await.unwrap();
    }

    /// What the probes are told of each service.
    pub fn states(&self) -> Vec<(&'static str, Option<State>)> {
        Service::ALL
            .map(|service| (service.name(), self.platform.admin().state(service.name())))
            .into()
    }

    /// Waits until every service is ready.
    pub async fn ready(&self) {
        eventually("readiness", async || {
            let states = self.states();
            if states.iter().all(|(_, state)| *state == Some(State::Ready)) {
                Ok(())
            } else {
                Err(states)
            }
        })
        .await;
    }
}

impl Deref for Installation {
    type Target = Site;

    fn deref(&self) -> &Site {
        &self.site
    }
}

async fn run(site: &Site, clock: &SharedClock, more: &[String]) -> Platform {
    let listen = Service::ALL
        .into_iter()
        .flat_map(|service| [format!("--{}-listen", service.name()), "127.0.0.1:0".to_owned()]);
    let arguments: Vec<_> = listen.chain(more.iter().cloned()).collect();
    let plan = Plan {
        settings: site.settings(&arguments),
        database_url: site.db.url().to_owned(),
        services: Service::ALL.to_vec(),
        clock: clock.clone(),
        random: SystemRandom::shared(),
    };
    let platform = Platform::start(plan, |_, _| ()).await.unwrap();
    site.rest
        .is_at(&format!("http://{}", platform.address(Service::Gateway).unwrap()));
    let ready = tokio::time::timeout(super::PATIENCE, platform.ready()).await;
    assert!(
        ready.is_ok(),
        "not ready: {:#?}",
        Service::ALL.map(|service| platform.admin().state(service.name()))
    );
    platform
}
