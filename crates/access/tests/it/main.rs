//! Tokens, keys, the layer and the guard, as a server uses them.

#[cfg(test)]
mod forgeries;
#[cfg(test)]
mod guard;
#[cfg(test)]
mod headers;
#[cfg(test)]
mod identity;
#[cfg(test)]
mod layer;
#[cfg(test)]
mod remote_decider;
#[cfg(test)]
mod remote_keys;
#[cfg(test)]
mod service_tokens;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tokens;
