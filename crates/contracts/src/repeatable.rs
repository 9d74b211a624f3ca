//! Requests that can be sent again.

/// A request with a `request_id`: sent again under the same one, it gets the answer that it got before. Every such request
/// of the contract is one.
pub trait Repeatable: prost::Message {
    /// The service that keeps the answer, for example `partners`.
    const SERVICE: &'static str;
    /// The method with its service, for example `entente.partners.v1.ProductService/CreateProduct`: no two share answers.
    const METHOD: &'static str;

    /// The id that the caller gave; empty where they gave none.
    fn request_id(&self) -> &str;
}

#[allow(clippy::all, clippy::pedantic, clippy::restriction, unused_qualifications)]
mod generated {
    use super::*;

    include!(concat!(env!("OUT_DIR"), "/repeatable.rs"));
}
