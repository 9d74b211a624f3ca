//! HTTP/1.1 that is cut off, contradicts itself, or is none.

use entente_contracts::identity::v1::{LookUpMemberInvitationRequest, LookUpMemberInvitationResponse};
use entente_contracts::partners::v1::{
    LookUpPartnershipInvitationRequest, LookUpPartnershipInvitationResponse,
};
use entente_runtime::status::Failure;
use tonic::{Code, Status};

use super::{After, Wire, garbage};

const SIGN_IN: &str = "POST /v1/sessions:signIn HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n";
const MEMBERS: &str = "GET /v1/organizations/org_a/members";

/// The status line of each answer on the connection, in their order.
fn statuses(answer: &[u8]) -> Vec<u16> {
    let text = String::from_utf8_lossy(answer).into_owned();
    text.split("HTTP/1.1 ")
        .skip(1)
        .map(|answer| answer[..3].parse().unwrap())
        .collect()
}

/// Sends each on a connection of its own, and expects this one answer and the end of the connection.
async fn refused(status: u16, cases: impl IntoIterator<Item = (&str, Vec<u8>)>) {
    let wire = Wire::start().await;
    for (what, sent) in cases {
        let answer = wire.answer(&sent, After::Wait).await;
        assert_eq!(
            statuses(&answer),
            [status],
            "{what}: {}",
            String::from_utf8_lossy(&answer)
        );
        wire.serves_on().await;
    }
    assert_eq!(wire.platform.script.count(), 0, "it reached a service");
}

fn chunked(body: &str) -> Vec<u8> {
    format!("{SIGN_IN}transfer-encoding: chunked\r\nconnection: close\r\n\r\n{body}").into_bytes()
}

fn with_header(header: &str) -> Vec<u8> {
    format!("{MEMBERS} HTTP/1.1\r\nhost: a\r\n{header}\r\nconnection: close\r\n\r\n").into_bytes()
}

fn with_target(target: &[u8]) -> Vec<u8> {
    [
        b"GET ",
        target,
        b" HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
    ]
    .concat()
}

fn with_body(body: &[u8]) -> Vec<u8> {
    let head = format!(
        "{SIGN_IN}connection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

#[tokio::test]
async fn a_request_cut_off_anywhere_never_reaches_a_service() {
    let wire = Wire::start().await;
    let whole = with_body(br#"{"email":"a@example.com","password":"p"}"#);
    for end in 0..whole.len() {
        let answer = wire.answer(&whole[..end], After::HangUp).await;
        let statuses = statuses(&answer);
        assert!(
            statuses.is_empty() || statuses == [400],
            "cut at {end}: {statuses:?}"
        );
    }
    assert_eq!(wire.platform.script.count(), 0);
    wire.serves_on().await;
}

#[tokio::test]
async fn chunks_that_do_not_add_up_are_refused() {
    let cases = [
        ("no number", "zz\r\n{}\r\n0\r\n\r\n"),
        ("no size at all", "\r\n{}\r\n0\r\n\r\n"),
        ("a sign", "-2\r\n{}\r\n0\r\n\r\n"),
        ("more than 64 bits", "fffffffffffffffff\r\n{}\r\n0\r\n\r\n"),
        ("no line end after the size", "2{}\r\n0\r\n\r\n"),
        ("a chunk longer than its size", "2\r\n{}{}\r\n0\r\n\r\n"),
        ("no line end after the chunk", "2\r\n{}0\r\n\r\n"),
        ("a bare carriage return", "2\r{}\r\n0\r\n\r\n"),
    ];
    refused(400, cases.map(|(what, body)| (what, chunked(body)))).await;
}

#[tokio::test]
async fn a_body_of_two_lengths_is_refused() {
    let cases = [
        ("two that differ", "content-length: 2\r\ncontent-length: 3"),
        ("a list", "content-length: 2, 3"),
        ("negative", "content-length: -2"),
        ("a sign", "content-length: +2"),
        ("more than 64 bits", "content-length: 18446744073709551617"),
        ("no number", "content-length: two"),
        ("nothing", "content-length:"),
        ("hexadecimal", "content-length: 0x2"),
        ("an unknown coding", "transfer-encoding: gzip"),
        ("chunked is not the last", "transfer-encoding: chunked, gzip"),
    ];
    let sent = |header| format!("{SIGN_IN}connection: close\r\n{header}\r\n\r\n{{}}").into_bytes();
    refused(400, cases.map(|(what, header)| (what, sent(header)))).await;
}

#[tokio::test]
async fn what_hides_behind_a_body_of_two_lengths_is_no_request_of_its_own() {
    let wire = Wire::start().await;
    let hidden = "GET /.well-known/jwks.json HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    let sent = format!("{SIGN_IN}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n{hidden}");

    let answer = wire.answer(sent.as_bytes(), After::Wait).await;

    let statuses = statuses(&answer);
    assert!(!statuses.contains(&200), "{statuses:?}");
    wire.serves_on().await;
}

#[tokio::test]
async fn headers_that_cannot_be_read_are_refused() {
    let cases = [
        ("no colon", "accept"),
        ("no name", ": x"),
        ("a space before the colon", "accept : x"),
        ("a space in the name", "ac cept: x"),
        ("a null byte in the value", "accept: a\0b"),
        ("a carriage return in the value", "accept: a\rb"),
        ("a name that is no ASCII", "açcept: x"),
        ("a folded line", "accept: a\r\n b"),
    ];
    refused(400, cases.map(|(what, header)| (what, with_header(header)))).await;
}

#[tokio::test]
async fn headers_beyond_the_limit_are_refused() {
    let many: String = (0..200).map(|number| format!("x-{number}: y\r\n")).collect();
    let cases = [
        ("a long value", format!("x-long: {}", "y".repeat(20_000))),
        ("a mebibyte", format!("x-long: {}", "y".repeat(1 << 20))),
        ("a long name", format!("{}: y", "x".repeat(20_000))),
        ("many", many.trim_end().to_owned()),
    ];
    refused(
        431,
        cases
            .each_ref()
            .map(|(what, header)| (*what, with_header(header))),
    )
    .await;
}

#[tokio::test]
async fn a_target_beyond_the_limit_is_refused() {
    let wire = Wire::start().await;
    for length in [17_000, 70_000, 1 << 20] {
        let target = format!("/v1/{}", "a".repeat(length));
        let answer = wire.answer(&with_target(target.as_bytes()), After::Wait).await;
        assert!(matches!(statuses(&answer)[..], [414 | 431]), "{length}");
        wire.serves_on().await;
    }
}

#[tokio::test]
async fn a_target_that_cannot_be_read_is_refused() {
    let cases: [(&str, &[u8]); 14] = [
        ("bare bytes in the path", b"/v1/organizations/\xff\xfe/members"),
        (
            "bare bytes in the query",
            b"/v1/organizations/org_a/members?role=\xff",
        ),
        ("no UTF-8 in the path", b"/v1/organizations/%ff%fe/members"),
        ("a half letter in the path", b"/v1/organizations/%c3/members"),
        ("an overlong slash", b"/v1/organizations/%c0%af/members"),
        ("a surrogate", b"/v1/organizations/%ed%a0%80/members"),
        (
            "no UTF-8 in the query",
            b"/v1/organizations/org_a/members?pageToken=%ff",
        ),
        ("a percent and nothing", b"/v1/organizations/%/members"),
        ("a percent and one digit", b"/v1/organizations/%4/members"),
        ("a percent and no digits", b"/v1/organizations/%zz/members"),
        (
            "a percent at the query's end",
            b"/v1/organizations/org_a/members?pageToken=%",
        ),
        (
            "no digits in the query",
            b"/v1/organizations/org_a/members?pageToken=%g0",
        ),
        (
            "no digits in a query's name",
            b"/v1/organizations/org_a/members?%g0=1",
        ),
        ("a space", b"/v1/organizations/org a/members"),
    ];
    refused(400, cases.map(|(what, target)| (what, with_target(target)))).await;
}

#[tokio::test]
async fn a_link_that_cannot_be_read_leads_nowhere() {
    let wire = Wire::start().await;
    let dead = || {
        Status::from(Failure::new(
            Code::NotFound,
            "LINK_DEAD",
            "the link is not valid any more",
        ))
    };
    let script = &wire.platform.script;
    script.on(move |_: &LookUpMemberInvitationRequest| Err::<LookUpMemberInvitationResponse, _>(dead()));
    script.on(move |_: &LookUpPartnershipInvitationRequest| {
        Err::<LookUpPartnershipInvitationResponse, _>(dead())
    });
    for page in ["join", "invitations"] {
        for token in ["%", "%zz", "%ff", "%00", "%c3%28", "..%2f..%2fetc"] {
            let sent = with_target(format!("/{page}/{token}").as_bytes());
            let answer = wire.answer(&sent, After::Wait).await;
            assert!(
                matches!(statuses(&answer)[..], [400 | 404]),
                "/{page}/{token}: {}",
                String::from_utf8_lossy(&answer)
            );
            wire.serves_on().await;
        }
    }
}

#[tokio::test]
async fn a_body_that_is_no_text_is_refused() {
    let cases: [(&str, Vec<u8>); 7] = [
        ("no UTF-8 in a value", b"{\"email\":\"\xff\xfe\"}".to_vec()),
        ("no UTF-8 in a name", b"{\"\xff\":1}".to_vec()),
        ("half a letter", b"{\"email\":\"\xc3\"}".to_vec()),
        ("an encoded surrogate", b"{\"email\":\"\xed\xa0\x80\"}".to_vec()),
        ("UTF-16", "{}".encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("null bytes", vec![0; 64]),
        ("garbage", garbage(1, 1000)),
    ];
    refused(400, cases.each_ref().map(|(what, body)| (*what, with_body(body)))).await;
}

#[tokio::test]
async fn a_method_or_version_of_another_protocol_is_refused() {
    let wire = Wire::start().await;
    for line in [
        "CONNECT example.com:443 HTTP/1.1",
        "CONNECT / HTTP/1.1",
        "BREW /v1/sessions:current HTTP/1.1",
        "OPTIONS * HTTP/1.1",
        "GET * HTTP/1.1",
        "GET v1/sessions:current HTTP/1.1",
        "GET ftp://example.com/ HTTP/1.1",
        "GET http:// HTTP/1.1",
        "GET http://[::1/ HTTP/1.1",
        "GET /v1/sessions:current HTTP/0.9",
        "GET /v1/sessions:current HTTP/3.0",
        "GET /v1/sessions:current",
        "G\u{e9}T / HTTP/1.1",
        "\0GET / HTTP/1.1",
    ] {
        let sent = format!("{line}\r\nhost: a\r\nconnection: close\r\n\r\n");
        let answer = wire.answer(sent.as_bytes(), After::Wait).await;
        assert!(
            matches!(statuses(&answer)[..], [] | [400..=499]),
            "{line}: {}",
            String::from_utf8_lossy(&answer)
        );
        wire.serves_on().await;
    }
    assert_eq!(wire.platform.script.count(), 0);
}

#[tokio::test]
async fn garbage_is_refused_or_cut_off() {
    let wire = Wire::start().await;
    // The beginning of what other protocols say first.
    let openings: [&[u8]; 5] = [
        b"",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"GET / HTTP/1.1\r\nhost: ",
        b"POST /v1/sessions:signIn HTTP/1.1\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
    ];
    for seed in 1..=40 {
        for opening in openings {
            let sent = [opening, &garbage(seed, 2000)].concat();
            let answer = wire.answer(&sent, After::HangUp).await;
            assert!(
                statuses(&answer).iter().all(|status| (400..500).contains(status)),
                "seed {seed}: {}",
                String::from_utf8_lossy(&answer)
            );
        }
    }
    wire.serves_on().await;
}
