//! A gRPC codec for messages that are known by their descriptors alone.

use std::fmt;

use prost::Message;
use prost_reflect::{DynamicMessage, MessageDescriptor};
use tonic::Status;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};

/// Encodes any dynamic message, and decodes messages of one type.
#[derive(Clone)]
pub struct DynamicCodec {
    decoded: MessageDescriptor,
}

impl DynamicCodec {
    /// A codec that decodes messages of this type: a client's responses, or a server's requests.
    pub const fn new(decoded: MessageDescriptor) -> Self {
        Self { decoded }
    }
}

impl Codec for DynamicCodec {
    type Encode = DynamicMessage;
    type Decode = DynamicMessage;
    type Encoder = DynamicEncoder;
    type Decoder = DynamicDecoder;

    fn encoder(&mut self) -> Self::Encoder {
        DynamicEncoder
    }

    fn decoder(&mut self) -> Self::Decoder {
        DynamicDecoder {
            decoded: self.decoded.clone(),
        }
    }
}

/// The encoding half of a [`DynamicCodec`].
#[derive(Debug)]
pub struct DynamicEncoder;

/// The decoding half of a [`DynamicCodec`].
pub struct DynamicDecoder {
    decoded: MessageDescriptor,
}

// By name alone: to print the descriptor of a message within itself would never end.
impl fmt::Debug for DynamicCodec {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("DynamicCodec")
            .field(&self.decoded.full_name())
            .finish()
    }
}

impl fmt::Debug for DynamicDecoder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("DynamicDecoder")
            .field(&self.decoded.full_name())
            .finish()
    }
}

impl Encoder for DynamicEncoder {
    type Item = DynamicMessage;
    type Error = Status;

    fn encode(&mut self, item: DynamicMessage, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        item.encode(buffer)
            .map_err(|error| Status::internal(error.to_string()))
    }
}

impl Decoder for DynamicDecoder {
    type Item = DynamicMessage;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<DynamicMessage>, Status> {
        let message = DynamicMessage::decode(self.decoded.clone(), buffer);
        message
            .map(Some)
            .map_err(|error| Status::internal(error.to_string()))
    }
}
