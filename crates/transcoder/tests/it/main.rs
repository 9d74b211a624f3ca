//! The transcoder over real sockets, with contracts of its own.

#[cfg(test)]
mod binding;
#[cfg(test)]
mod build;
#[cfg(test)]
mod errors;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod front;
#[cfg(test)]
mod grpc;
#[cfg(test)]
mod malformed;
#[cfg(test)]
mod matched;
#[cfg(test)]
mod metadata;
#[cfg(test)]
mod openapi;
#[cfg(test)]
mod round_trip;
