//! The suite of the events crate, on real Postgres and real Kafka: what holds is asserted on the effects, on both logs.
//!
//! It needs `ENTENTE_TEST_DATABASE_URL` (a superuser's) and `ENTENTE_TEST_KAFKA_BROKERS`; `make test` sets both.

#[cfg(test)]
#[macro_use]
mod support;

#[cfg(test)]
mod broker_killed;
#[cfg(test)]
mod child;
#[cfg(test)]
mod consuming;
#[cfg(test)]
mod database_killed;
#[cfg(test)]
mod interleavings;
#[cfg(test)]
mod outbox;
#[cfg(test)]
mod parking;
#[cfg(test)]
mod processes_killed;
#[cfg(test)]
mod relaying;
#[cfg(test)]
mod tracing_spans;
