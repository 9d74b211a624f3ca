//! The runtime on real sockets.

#[cfg(test)]
mod boot;
#[cfg(test)]
mod client;
#[cfg(test)]
mod drain;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod stack;
#[cfg(test)]
mod support;
#[cfg(test)]
mod trace;
