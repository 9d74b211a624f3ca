//! identity over its real gRPC surface, on a real database.

#[cfg(test)]
mod account;
#[cfg(test)]
mod bootstrap;
#[cfg(test)]
mod decided;
#[cfg(test)]
mod decision;
#[cfg(test)]
mod email_change;
#[cfg(test)]
mod encryption_key;
#[cfg(test)]
mod engine;
mod group;
#[cfg(test)]
mod identity_provider;
#[cfg(test)]
mod invitation;
#[cfg(test)]
mod isolation;
#[cfg(test)]
mod member;
#[cfg(test)]
mod module;
#[cfg(test)]
mod new_place;
#[cfg(test)]
mod organization;
#[cfg(test)]
mod password;
#[cfg(test)]
mod password_reset;
#[cfg(test)]
mod protocol;
#[cfg(test)]
mod provider;
mod referral;
#[cfg(test)]
mod removal;
#[cfg(test)]
mod revocation;
#[cfg(test)]
mod role;
#[cfg(test)]
mod role_matrix;
#[cfg(test)]
mod second_factor;
#[cfg(test)]
mod service_account;
#[cfg(test)]
mod session;
#[cfg(test)]
mod session_list;
#[cfg(test)]
mod support;
