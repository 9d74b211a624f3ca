//! A way to the database that can be closed, as if the server were gone.

use std::net::SocketAddr;

use sqlx::postgres::PgConnectOptions;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

pub struct Gate {
    address: SocketAddr,
    is_open: watch::Sender<bool>,
}

impl Gate {
    /// An open gate before the server of this URL.
    pub async fn before(url: &str) -> Self {
        let options: PgConnectOptions = url.parse().unwrap();
        let server = (options.get_host().to_owned(), options.get_port());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let is_open = watch::Sender::new(true);
        tokio::spawn(keep(listener, address, server, is_open.subscribe()));
        Self { address, is_open }
    }

    /// The URL that goes through the gate: a parameter wins over the address.
    pub fn url(&self, url: &str) -> String {
        format!("{url}&host={}&port={}", self.address.ip(), self.address.port())
    }

    /// Ends every connection, and refuses new ones.
    pub fn close(&self) {
        self.is_open.send_replace(false);
    }

    pub fn open(&self) {
        self.is_open.send_replace(true);
    }
}

async fn keep(
    first: TcpListener,
    address: SocketAddr,
    server: (String, u16),
    mut is_open: watch::Receiver<bool>,
) {
    let mut listener = Some(first);
    while is_open.wait_for(|open| *open).await.is_ok() {
        let open = match listener.take() {
            Some(first) => first,
            None => TcpListener::bind(address).await.unwrap(),
        };
        let mut closed = is_open.clone();
        tokio::select! {
            _ = closed.wait_for(|open| !*open) => {}
            () = let_through(open, &server, &is_open) => {}
        }
    }
}

async fn let_through(listener: TcpListener, server: &(String, u16), is_open: &watch::Receiver<bool>) {
    while let Ok((mut inside, _)) = listener.accept().await {
        let (server, mut closed) = (server.clone(), is_open.clone());
        tokio::spawn(async move {
            let mut outside = TcpStream::connect(server).await.unwrap();
            tokio::select! {
                _ = closed.wait_for(|open| !*open) => {}
                _ = copy_bidirectional(&mut inside, &mut outside) => {}
            }
        });
    }
}
