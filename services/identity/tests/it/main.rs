//! identity over its real gRPC surface, on a real database.

#[cfg(test)]
mod bootstrap;
#[cfg(test)]
mod decision;
#[cfg(test)]
mod engine;
#[cfg(test)]
mod identity_provider;
#[cfg(test)]
mod invitation;
#[cfg(test)]
mod isolation;
#[cfg(test)]
mod member;
#[cfg(test)]
mod organization;
#[cfg(test)]
mod provider;
#[cfg(test)]
mod removal;
#[cfg(test)]
mod second_factor;
#[cfg(test)]
mod session;
#[cfg(test)]
mod support;
