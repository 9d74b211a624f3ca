//! Mail over TLS, to a server whose certificate an authority of one's own vouches for.

use std::path::PathBuf;

use entente_notifications::Config;
use entente_notifications::mail::SmtpMailer;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

use crate::smtp_server::{Encryption, SmtpServer, Terms};
use crate::world::World;

/// An authority, and the certificate that it gave to 127.0.0.1.
struct Vouched {
    folder: TempDir,
}

impl Vouched {
    fn new() -> Self {
        let (authority_key, server_key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let mut authority = CertificateParams::new([]).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = authority.self_signed(&authority_key).unwrap().pem();
        let issuer = Issuer::new(authority, &authority_key);
        let server = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
        let server = server.signed_by(&server_key, &issuer).unwrap().pem();
        let vouched = Self {
            folder: TempDir::new().unwrap(),
        };
        std::fs::write(vouched.authority(), certificate).unwrap();
        std::fs::write(vouched.server(), server_key.serialize_pem() + &server).unwrap();
        vouched
    }

    fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// The key and the certificate of the server.
    fn server(&self) -> PathBuf {
        self.folder.path().join("server.pem")
    }

    async fn serve(&self, encryption: Encryption) -> SmtpServer {
        SmtpServer::on(Terms {
            login: Some(("entente", "s3cret")),
            tls: Some((encryption, self.server())),
        })
        .await
    }
}

fn through(url: String, authorities: Option<PathBuf>) -> impl FnOnce(&mut Config) {
    move |config| {
        config.smtp_url = Some(url.into());
        config.smtp_authorities = authorities;
    }
}

/// Has somebody invited by mail.
async fn invite(world: &World) {
    let alpina = world.place("Alpina", "lea@alpina.example");
    world
        .announce(&world.invited(&alpina, "noah@alpina.example", "v1.token"))
        .await;
}

/// The mail waits, and the note says why.
async fn waits(world: &World) -> String {
    let delivery = world.delivery(|delivery| delivery.attempts > 0).await;
    assert_eq!(delivery.state, "pending", "{delivery:?}");
    delivery.error
}

#[tokio::test]
async fn a_mail_goes_over_tls_with_its_login() {
    let vouched = Vouched::new();
    for encryption in [Encryption::Implicit, Encryption::StartTls] {
        let server = vouched.serve(encryption).await;
        let world = World::with(through(server.url(), Some(vouched.authority()))).await;
        invite(&world).await;
        assert_eq!(
            server.mails(1).await[0].to,
            "noah@alpina.example",
            "{encryption:?}"
        );
        world.settled().await;
        assert_eq!(world.deliveries().await[0].state, "sent", "{encryption:?}");
    }
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_gets_no_mail() {
    let (vouched, another) = (Vouched::new(), Vouched::new());
    for encryption in [Encryption::Implicit, Encryption::StartTls] {
        for authorities in [None, Some(another.authority())] {
            let server = vouched.serve(encryption).await;
            let world = World::with(through(server.url(), authorities)).await;
            invite(&world).await;
            let error = waits(&world).await;
            assert!(error.contains("certificate"), "{encryption:?}: {error}");
            assert!(server.mails(0).await.is_empty(), "{encryption:?}");
        }
    }
}

#[tokio::test]
async fn a_mail_that_must_go_over_tls_does_not_go_without() {
    let vouched = Vouched::new();
    let server = SmtpServer::start().await;
    for authorities in [None, Some(vouched.authority())] {
        let url = format!("{}?tls=required", server.url());
        let world = World::with(through(url, authorities)).await;
        invite(&world).await;
        waits(&world).await;
        assert!(server.mails(0).await.is_empty());
    }
}

#[test]
fn authorities_without_use_stop_the_start() {
    let vouched = Vouched::new();
    let empty = vouched.folder.path().join("empty.pem");
    std::fs::write(&empty, "no certificate").unwrap();
    let cases = [
        ("smtps://entente:s3cret@127.0.0.1", empty, "give one in PEM"),
        (
            "smtps://entente:s3cret@127.0.0.1",
            vouched.folder.path().join("missing.pem"),
            "missing.pem",
        ),
        (
            "smtp://entente:s3cret@127.0.0.1",
            vouched.authority(),
            "asks for no TLS",
        ),
    ];
    for (url, authorities, expected) in cases {
        let error = SmtpMailer::new(&url.to_owned().into(), Some(&authorities)).unwrap_err();
        let error = format!("{error:#}");
        assert!(
            error.contains(expected) && error.contains("ENTENTE_NOTIFICATIONS_SMTP_AUTHORITIES"),
            "{error}"
        );
        assert!(!error.contains("s3cret"), "{error}");
    }
}
