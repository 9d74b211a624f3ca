//! notifications, whole: its own server on a real database, events over a real outbox, relay and log, mail in real files
//! and through a real mail server.

#[cfg(test)]
mod account;
#[cfg(test)]
mod identity;
#[cfg(test)]
mod letters;
#[cfg(test)]
mod links;
#[cfg(test)]
mod list;
#[cfg(test)]
mod mailbox;
#[cfg(test)]
mod partners;
#[cfg(test)]
mod repeating;
#[cfg(test)]
mod smtp;
#[cfg(test)]
mod smtp_server;
#[cfg(test)]
mod smtp_tls;
#[cfg(test)]
mod sweeping;
#[cfg(test)]
mod telling;
#[cfg(test)]
mod tenancy;
#[cfg(test)]
mod trace;
#[cfg(test)]
mod world;
