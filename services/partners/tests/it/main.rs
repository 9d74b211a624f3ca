//! partners, whole: its own server on a real database, events over real outboxes, relays and a log.

#[cfg(test)]
mod announced;
#[cfg(test)]
mod answers;
#[cfg(test)]
mod ask;
#[cfg(test)]
mod consent;
#[cfg(test)]
mod directory;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod gate;
#[cfg(test)]
mod identity;
#[cfg(test)]
mod invitations;
#[cfg(test)]
mod isolation;
#[cfg(test)]
mod new_clients;
#[cfg(test)]
mod partnerships;
#[cfg(test)]
mod products;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod server;
#[cfg(test)]
mod steps;
#[cfg(test)]
mod world;
