//! Serves any gRPC service over HTTP and JSON, from its descriptors alone.
//!
//! Nothing here is generated and nothing knows a particular service. A [`prost_reflect::DescriptorPool`] says which
//! methods there are and, by `google.api.http`, how they are reached; a tower service per gRPC service says where
//! the calls go. From these come
//!
//! - [`Rest`]: paths, query parameters and JSON bodies become request messages; responses and errors become JSON,
//! - [`GrpcProxy`]: gRPC calls pass through undecoded, streams included,
//! - [`Front`]: both on one port,
//! - [`openapi::document`]: the description of all of it.
//!
//! Build the pool with [`prost_reflect::DescriptorPool::decode`] from the bytes of a descriptor set: a set that went
//! through `prost-types` has lost its custom options, and so every HTTP rule.

mod binding;
mod body;
mod codec;
mod exposed;
mod field;
mod front;
mod json;
mod metadata;
pub mod openapi;
mod path;
mod problem;
mod proxy;
mod query;
mod reason;
mod refusal;
mod request;
mod response;
mod rest;
mod routes;
mod scalar;
mod status;
mod template;
mod update_mask;
mod well_known;

pub use binding::BuildError;
pub use codec::{DynamicCodec, DynamicDecoder, DynamicEncoder};
pub use exposed::{Exposed, Upstream, upstream};
pub use front::Front;
pub use problem::{Localize, LocalizedMessage};
pub use proxy::{GrpcProxy, is_grpc};
pub use reason::Reason;
pub use rest::{MatchedTemplate, Rest, RestOptions, problem};
pub use status::{code_name, http_status};
