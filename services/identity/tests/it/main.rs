//! identity over its real gRPC surface, on a real database.

#[cfg(test)]
mod bootstrap;
#[cfg(test)]
mod bulk;
#[cfg(test)]
mod controls;
#[cfg(test)]
mod decision;
#[cfg(test)]
mod engine;
#[cfg(test)]
mod import;
#[cfg(test)]
mod invitation;
#[cfg(test)]
mod isolation;
#[cfg(test)]
mod lifecycle;
#[cfg(test)]
mod member;
#[cfg(test)]
mod member_list;
#[cfg(test)]
mod member_state;
#[cfg(test)]
mod organization;
#[cfg(test)]
mod removal;
#[cfg(test)]
mod session;
#[cfg(test)]
mod sign_in_policy;
#[cfg(test)]
mod support;
