//! Bytes that no client should send, written straight onto the socket. Whatever comes, it is refused as the sender's
//! fault or the connection is closed; nothing panics, and the gateway serves the next one.

mod grpc;
mod http1;
mod http2;

use std::io;
use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Platform, within};

/// A platform, and whether anything panicked on its thread: a server that catches its panics would hide them.
struct Wire {
    platform: Platform,
    panicked: Arc<AtomicBool>,
}

/// What the client does after its last byte.
#[derive(Clone, Copy, PartialEq)]
enum After {
    Wait,
    HangUp,
}

impl Wire {
    async fn start() -> Self {
        let panicked = Arc::new(AtomicBool::new(false));
        let (mine, seen, before) = (thread::current().id(), Arc::clone(&panicked), panic::take_hook());
        panic::set_hook(Box::new(move |info| {
            if thread::current().id() == mine {
                seen.store(true, Ordering::Relaxed);
            }
            before(info);
        }));
        Self {
            platform: Platform::start().await,
            panicked,
        }
    }

    /// All that comes back until the gateway closes.
    async fn answer(&self, sent: &[u8], after: After) -> Vec<u8> {
        within(async {
            let mut stream = TcpStream::connect(self.platform.address).await.unwrap();
            // The gateway may close before it has read everything; what it said until then is what counts.
            let written = stream.write_all(sent).await;
            if written.is_ok() && after == After::HangUp {
                stream.shutdown().await.ok();
            }
            let mut answer = Vec::new();
            while let Ok(1..) = stream.read_buf(&mut answer).await.or_else(closed) {}
            answer
        })
        .await
    }

    /// A good request is answered, and nothing panicked before it.
    async fn serves_on(&self) {
        let response = self.platform.get("/.well-known/jwks.json").await;
        assert_eq!(response.status(), 200);
        assert!(!self.panicked.load(Ordering::Relaxed), "the gateway panicked");
    }
}

fn closed(error: io::Error) -> io::Result<usize> {
    let closed = [io::ErrorKind::ConnectionReset, io::ErrorKind::BrokenPipe];
    assert!(closed.contains(&error.kind()), "{error}");
    Ok(0)
}

/// Bytes without sense, always the same for one seed.
fn garbage(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_be_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}
