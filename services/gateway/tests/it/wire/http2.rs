//! HTTP/2 frames that break the protocol.

use super::{After, Wire, garbage};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// The kinds of the frames in an answer.
fn kinds(mut answer: &[u8]) -> Vec<u8> {
    let mut kinds = Vec::new();
    while let [a, b, c, kind, _, _, _, _, _, rest @ ..] = answer {
        let length = usize::try_from(u32::from_be_bytes([0, *a, *b, *c])).unwrap();
        kinds.push(*kind);
        answer = rest.get(length..).unwrap_or_default();
    }
    kinds
}

#[tokio::test]
async fn a_frame_that_breaks_the_protocol_ends_its_connection_alone() {
    let wire = Wire::start().await;
    const HEADERS: u8 = 1;
    const GOAWAY: u8 = 7;
    let cases = [
        ("headers on stream 0", frame(HEADERS, 5, 0, &[0x82])),
        ("an even stream", frame(HEADERS, 5, 2, &[0x82])),
        ("data on an idle stream", frame(0, 1, 1, b"data")),
        (
            "no such index in the header table",
            frame(HEADERS, 5, 1, &[0xff, 0xff, 0xff, 0x7f]),
        ),
        (
            "a header that breaks off",
            frame(HEADERS, 5, 1, &[0x40, 0x0a, b'a']),
        ),
        ("a number beyond all bounds", frame(HEADERS, 5, 1, &[0xff; 32])),
        (
            "padding longer than the frame",
            frame(HEADERS, 0xd, 1, &[200, 0x82]),
        ),
        ("settings of a wrong size", frame(4, 0, 0, &[0; 5])),
        ("a window of nothing", frame(8, 0, 0, &[0; 4])),
        ("a ping of a wrong size", frame(6, 0, 0, &[0; 3])),
        ("a continuation of nothing", frame(9, 4, 1, &[0x82])),
        ("a push from a client", frame(5, 4, 1, &[0, 0, 0, 2, 0x82])),
        (
            "a frame larger than was allowed",
            frame(0, 0, 1, &vec![0; 70_000]),
        ),
    ];
    for (what, broken) in cases {
        let sent = [PREFACE, SETTINGS, &broken].concat();
        let answer = wire.answer(&sent, After::Wait).await;
        assert_eq!(kinds(&answer).last(), Some(&GOAWAY), "{what}: {answer:?}");
        wire.serves_on().await;
    }
    assert_eq!(wire.platform.script.count(), 0);
}

#[tokio::test]
async fn garbage_after_the_preface_is_cut_off() {
    let wire = Wire::start().await;
    for seed in 1..=40 {
        for opening in [PREFACE, &[PREFACE, SETTINGS].concat()] {
            let sent = [opening, &garbage(seed, 2000)].concat();
            let answer = wire.answer(&sent, After::HangUp).await;
            // No headers of an answer: there was no request.
            assert!(!kinds(&answer).contains(&1), "seed {seed}: {answer:?}");
        }
    }
    assert_eq!(wire.platform.script.count(), 0);
    wire.serves_on().await;
}
