//! identity over its real gRPC surface, on a real database.

#[cfg(test)]
mod bootstrap;
#[cfg(test)]
mod decision;
#[cfg(test)]
mod encryption_key;
#[cfg(test)]
mod engine;
#[cfg(test)]
mod group;
#[cfg(test)]
mod invitation;
#[cfg(test)]
mod isolation;
#[cfg(test)]
mod member;
#[cfg(test)]
mod organization;
#[cfg(test)]
mod referral;
#[cfg(test)]
mod removal;
#[cfg(test)]
mod role;
#[cfg(test)]
mod role_matrix;
#[cfg(test)]
mod service_account;
#[cfg(test)]
mod session;
#[cfg(test)]
mod support;
