//! gRPC calls whose frames or headers are wrong.

use entente_contracts::identity::v1::{SignInRequest, SignInResponse};
use http::{HeaderMap, Request};
use http_body_util::BodyExt;
use prost::Message;
use tonic::body::Body;
use tonic::{Code, Status};
use tower::{Service, ServiceExt};

use super::{Wire, garbage};

const SIGN_IN: &str = "/entente.identity.v1.SessionService/SignIn";

fn good() -> Vec<u8> {
    let request = SignInRequest {
        email: "a@example.com".to_owned(),
        password: "p".to_owned(),
        ..SignInRequest::default()
    };
    request.encode_to_vec()
}

/// A gRPC frame that says this of its payload.
fn frame(flag: u8, length: u32, payload: &[u8]) -> Vec<u8> {
    [&[flag], &length.to_be_bytes()[..], payload].concat()
}

fn framed(payload: &[u8]) -> Vec<u8> {
    frame(0, u32::try_from(payload.len()).unwrap(), payload)
}

impl Wire {
    async fn start_with_sign_in() -> Self {
        let wire = Self::start().await;
        wire.platform
            .script
            .on(|_: &SignInRequest| Ok(SignInResponse::default()));
        wire
    }

    /// The code that a call ends with.
    async fn code(&self, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Code {
        let mut request = Request::post(self.platform.url(path)).header("te", "trailers");
        if !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/grpc");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::new(http_body_util::Full::from(body))).unwrap();
        let mut channel = self.platform.channel();
        let response = channel.ready().await.unwrap().call(request).await.unwrap();
        assert_eq!(response.status(), 200);
        let headers = response.headers().clone();
        let trailers = response.into_body().collect().await.unwrap();
        let trailers = trailers.trailers().cloned().unwrap_or_default();
        let status = |headers: &HeaderMap| Status::from_header_map(headers).map(|status| status.code());
        status(&headers).or_else(|| status(&trailers)).expect("a status")
    }
}

/// Sends each to the same method and expects that the sender is told.
async fn refused(code: Code, cases: impl IntoIterator<Item = (&str, Vec<u8>)>) {
    let wire = Wire::start_with_sign_in().await;
    for (what, body) in cases {
        assert_eq!(wire.code(SIGN_IN, &[], body).await, code, "{what}");
        assert_eq!(
            wire.code(SIGN_IN, &[], framed(&good())).await,
            Code::Ok,
            "after {what}"
        );
        wire.serves_on().await;
    }
}

#[tokio::test]
async fn a_frame_that_is_not_whole_is_refused() {
    let good = good();
    let whole = framed(&good);
    let cuts = (1..whole.len()).map(|end| ("cut off", whole[..end].to_vec()));
    let cases = [
        ("nothing at all", Vec::new()),
        (
            "one byte too few",
            frame(0, u32::try_from(good.len()).unwrap() + 1, &good),
        ),
        (
            "one byte too many",
            frame(0, u32::try_from(good.len()).unwrap() - 1, &good),
        ),
        ("no frame", good.clone()),
    ];
    refused(Code::InvalidArgument, cases.into_iter().chain(cuts)).await;
}

#[tokio::test]
async fn a_frame_larger_than_a_message_may_be_is_refused() {
    let cases = [
        ("four gibibytes", frame(0, u32::MAX, b"x")),
        ("17 MiB", frame(0, 17 << 20, b"x")),
    ];
    refused(Code::ResourceExhausted, cases).await;
}

#[tokio::test]
async fn a_message_that_cannot_be_decoded_is_refused() {
    let cases: [(&str, &[u8]); 8] = [
        ("a field of number 0", b"\x00\x01"),
        ("a wire type that is none", b"\x0f"),
        (
            "a number without end",
            &[
                0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01,
            ],
        ),
        ("a text longer than the message", b"\x0a\x7fabc"),
        ("a text of four gibibytes", b"\x0a\xff\xff\xff\xff\x0f"),
        ("no UTF-8", b"\x0a\x02\xff\xfe"),
        ("a number where text stands", b"\x08\x01"),
        ("a group that nobody closes", b"\x7b"),
    ];
    refused(
        Code::InvalidArgument,
        cases.map(|(what, message)| (what, framed(message))),
    )
    .await;
}

#[tokio::test]
async fn a_compression_that_nobody_agreed_on_is_refused() {
    let wire = Wire::start_with_sign_in().await;
    let length = u32::try_from(good().len()).unwrap();
    let cases = [
        ("compressed, but not by what", 1, "", Code::InvalidArgument),
        ("a flag that is none", 7, "", Code::InvalidArgument),
        ("an unknown one", 1, "snappy", Code::Unimplemented),
        ("one that is not taken", 1, "gzip", Code::Unimplemented),
    ];
    for (what, flag, encoding, code) in cases {
        let named = [("grpc-encoding", encoding)];
        let headers: &[_] = if encoding.is_empty() { &[] } else { &named };
        let ended = wire.code(SIGN_IN, headers, frame(flag, length, &good())).await;
        assert_eq!(ended, code, "{what}");
        wire.serves_on().await;
    }
    assert_eq!(wire.code(SIGN_IN, &[], framed(&good())).await, Code::Ok);
}

#[tokio::test]
async fn headers_that_cannot_be_read_are_refused_or_do_not_matter() {
    let wire = Wire::start_with_sign_in().await;
    let long = "x".repeat(12_000);
    let cases: [(&str, &str, &[Code]); 8] = [
        ("grpc-timeout", "soon", &[Code::Ok, Code::InvalidArgument]),
        ("grpc-timeout", "-1S", &[Code::Ok, Code::InvalidArgument]),
        (
            "grpc-timeout",
            "99999999999999H",
            &[Code::Ok, Code::InvalidArgument],
        ),
        ("x-odd-bin", "%%%", &[Code::Ok, Code::InvalidArgument]),
        ("traceparent", "00-nonsense", &[Code::Ok]),
        ("authorization", "Bearer", &[Code::Unauthenticated]),
        ("authorization", long.as_str(), &[Code::Unauthenticated]),
        (
            "content-type",
            "application/grpc+avro",
            &[Code::Ok, Code::Unimplemented, Code::InvalidArgument],
        ),
    ];
    for (name, value, codes) in cases {
        let code = wire.code(SIGN_IN, &[(name, value)], framed(&good())).await;
        assert!(codes.contains(&code), "{name}: {value:.20}: {code:?}");
        wire.serves_on().await;
    }
}

#[tokio::test]
async fn a_path_that_names_no_method_is_unimplemented() {
    let wire = Wire::start_with_sign_in().await;
    for path in [
        "/",
        "/entente.identity.v1.SessionService",
        "/entente.identity.v1.SessionService/",
        "/entente.identity.v1.SessionService/%53ignIn",
        "/entente.identity.v1.SessionService/SignIn/",
        "//entente.identity.v1.SessionService/SignIn",
        "/entente.identity.v1.%ff/SignIn",
    ] {
        assert_eq!(
            wire.code(path, &[], framed(&good())).await,
            Code::Unimplemented,
            "{path}"
        );
        wire.serves_on().await;
    }
    assert_eq!(wire.platform.script.count(), 0);
}

#[tokio::test]
async fn garbage_in_a_frame_is_the_fault_of_its_sender() {
    let wire = Wire::start_with_sign_in().await;
    for seed in 1..=60 {
        let payload = garbage(seed, 300);
        for body in [framed(&payload), payload] {
            let code = wire.code(SIGN_IN, &[], body).await;
            assert!(
                matches!(
                    code,
                    Code::InvalidArgument | Code::ResourceExhausted | Code::Unimplemented
                ),
                "seed {seed}: {code:?}"
            );
        }
    }
    wire.serves_on().await;
}
