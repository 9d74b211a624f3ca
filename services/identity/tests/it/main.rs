//! identity over its real gRPC surface, on a real database.

#[cfg(test)]
mod account;
#[cfg(test)]
mod bootstrap;
#[cfg(test)]
mod bulk;
#[cfg(test)]
mod controls;
#[cfg(test)]
mod credential;
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
#[cfg(test)]
mod escalation;
#[cfg(test)]
mod group;
#[cfg(test)]
mod identity_provider;
#[cfg(test)]
mod import;
#[cfg(test)]
mod invitation;
#[cfg(test)]
mod isolation;
#[cfg(test)]
mod lifecycle;
#[cfg(test)]
mod look_alike;
#[cfg(test)]
mod member;
#[cfg(test)]
mod member_list;
#[cfg(test)]
mod member_state;
#[cfg(test)]
mod module;
#[cfg(test)]
mod new_place;
#[cfg(test)]
mod organization;
#[cfg(test)]
mod passing_on;
#[cfg(test)]
mod password;
#[cfg(test)]
mod password_reset;
#[cfg(test)]
mod protocol;
#[cfg(test)]
mod provider;
#[cfg(test)]
mod provider_link;
#[cfg(test)]
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
mod settings;
#[cfg(test)]
mod sign_in_policy;
#[cfg(test)]
mod support;
#[cfg(test)]
mod unchanged;
