//! The whole platform from outside: through its gateway, by its mails, as processes.

#[cfg(test)]
#[macro_use]
mod support;

#[cfg(test)]
mod audit_verify;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod database_away;
#[cfg(test)]
mod delegation_flags;
#[cfg(test)]
mod grpc;
#[cfg(test)]
mod killed_processes;
#[cfg(test)]
mod limited_mandate;
#[cfg(test)]
mod link_expiry;
#[cfg(test)]
mod modules_and_suspension;
#[cfg(test)]
mod onboard_a_partner;
#[cfg(test)]
mod one_trace;
#[cfg(test)]
mod permission_matrix;
#[cfg(test)]
mod reasons;
#[cfg(test)]
mod roles;
#[cfg(test)]
mod taking_over;
#[cfg(test)]
mod tour;
