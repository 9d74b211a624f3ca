//! billing, whole: its own server on a real database, events over a real outbox, relay and log.

#[cfg(test)]
mod identity;
#[cfg(test)]
mod opening;
#[cfg(test)]
mod recovery;
#[cfg(test)]
mod tenancy;
#[cfg(test)]
mod update;
#[cfg(test)]
mod world;
