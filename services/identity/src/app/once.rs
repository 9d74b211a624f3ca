//! A write that can be asked for again with the same `request_id`.

use entente_access::Access;
use entente_idempotency::Request;
use prost::Message;
use sqlx::PgConnection;

use crate::error::Error;

/// Names one request of one caller.
#[derive(Debug)]
pub struct Once<'a, Q> {
    principal: String,
    method: &'static str,
    id: &'a str,
    request: &'a Q,
}

impl<'a, Q: Message> Once<'a, Q> {
    /// The request of this caller with the id that they gave it; an empty one means that it isn't kept.
    pub fn new(access: &Access, method: &'static str, id: &'a str, request: &'a Q) -> Self {
        Self {
            principal: access.actor(),
            method,
            id,
            request,
        }
    }

    pub(super) async fn replay<A: Message + Default>(
        &self,
        conn: &mut PgConnection,
    ) -> Result<Option<A>, Error> {
        Ok(self.key().replay(conn, self.request).await?)
    }

    pub(super) async fn remember<A: Message>(
        &self,
        conn: &mut PgConnection,
        answer: &A,
    ) -> Result<(), Error> {
        Ok(self.key().remember(conn, answer).await?)
    }

    fn key(&self) -> Request<'_> {
        Request {
            schema: "identity",
            principal: &self.principal,
            method: self.method,
            id: self.id,
        }
    }
}
