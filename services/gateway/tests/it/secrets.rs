//! What no log line and no span may show.

use std::io;
use std::sync::{Arc, Mutex};

use entente_contracts::identity::v1::{
    FrontDoor, GetFrontDoorRequest, GetFrontDoorResponse, LookUpMemberInvitationRequest,
    LookUpMemberInvitationResponse, SignInRequest, SignInResponse, Tokens,
};
use entente_contracts::partners::v1::{
    LookUpPartnershipInvitationRequest, LookUpPartnershipInvitationResponse, PartnershipInvitation,
};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::support::Platform;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

// All of it runs on this thread, so the lines of other tests are not among these.
#[tokio::test]
async fn no_log_line_shows_a_link_a_password_or_a_token() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("info,entente=trace"))
        .with_span_events(FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(lines.clone())
        .finish();
    let _logged = tracing::subscriber::set_default(subscriber);
    let platform = Platform::start().await;
    platform
        .script
        .on(|_: &LookUpMemberInvitationRequest| Ok(LookUpMemberInvitationResponse::default()));
    platform.script.on(|_: &LookUpPartnershipInvitationRequest| {
        let invitation = Some(PartnershipInvitation::default());
        Ok(LookUpPartnershipInvitationResponse { invitation })
    });
    platform.script.on(|_: &GetFrontDoorRequest| {
        let front_door = Some(FrontDoor::default());
        Ok(GetFrontDoorResponse { front_door })
    });
    platform.script.on(|_: &SignInRequest| {
        let tokens = Tokens {
            access_token: "s3cret-access".to_owned(),
            ..Tokens::default()
        };
        Ok(SignInResponse {
            tokens: Some(tokens),
            session: None,
            challenge: None,
        })
    });
    let member = [("name", "Ann"), ("password", "s3cret-password")];
    let partner = [
        ("email", "ann@example.com"),
        ("password", "s3cret-password"),
        ("answer", "accept"),
    ];

    for (path, fields) in [
        ("/join/s3cret-link", &member[..]),
        ("/invitations/s3cret-link", &partner[..]),
        ("/at/alpina", &partner[..]),
    ] {
        platform.get(path).await;
        platform.request("POST", path).form(fields).send().await.unwrap();
        platform.request("PUT", path).send().await.unwrap();
        platform.get(&format!("{path}/more")).await;
        platform
            .request("POST", path)
            .header("content-type", "application/grpc")
            .send()
            .await
            .unwrap();
    }
    let sign_in = serde_json::json!({ "email": "ann@example.com", "password": "s3cret-password" });
    platform.post("/v1/sessions:signIn", &sign_in).await;
    platform
        .request("GET", "/v1/notifications")
        .bearer_auth("s3cret-bearer")
        .send()
        .await
        .unwrap();
    for (header, value) in [
        ("x-api-key", "entk_s3cret_key"),
        ("authorization", "Bearer entk_s3cret_key"),
    ] {
        let request = platform.request("GET", "/v1/notifications");
        request.header(header, value).send().await.unwrap();
    }
    platform
        .request("GET", "/v1/notifications")
        .bearer_auth(platform.token())
        .send()
        .await
        .unwrap();

    let logged = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("url.path=\"/join/{token}\""), "{logged}");
    assert!(logged.contains("url.path=\"/v1/sessions:signIn\""), "{logged}");
    for line in logged.lines() {
        assert!(
            !line.contains("s3cret") && !line.contains(&platform.token()),
            "{line}"
        );
    }
}
