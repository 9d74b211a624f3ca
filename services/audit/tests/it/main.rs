//! audit, whole: its own server on a real database, events over a real outbox, relay and log.

#[cfg(test)]
mod chain;
#[cfg(test)]
mod get;
#[cfg(test)]
mod list;
#[cfg(test)]
mod tenancy;
#[cfg(test)]
mod trail;
#[cfg(test)]
mod world;
