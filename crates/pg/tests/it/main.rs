//! Transactions, row-level security and migrations on a real Postgres.

#[cfg(test)]
mod failures;
#[cfg(test)]
mod logins;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod migrations;
#[cfg(test)]
mod notices;
#[cfg(test)]
mod tenants;
#[cfg(test)]
mod timestamps;
