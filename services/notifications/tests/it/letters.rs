//! What mails say, in both languages.

use entente_notifications::domain::facts::{Fact, Facts};
use entente_notifications::domain::kind::Kind;
use entente_notifications::domain::language::Language;
use entente_notifications::mail::{Envelope, compose};
use entente_notifications::text::{Catalogue, Letter, Link};
use jiff::tz::TimeZone;

use crate::world::NOW;

const LINK: Link<'static> = Link {
    url: "http://127.0.0.1:8080/invitations/v1.0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    until: NOW,
    word: "Hello Lea,\nwe look forward to it.",
};

fn letter(language: Language, kind: Kind) -> Letter {
    let facts = Facts::default()
        .with(Fact::Organization, "Alpina")
        .with(Fact::Client, "Berger & Söhne <SA>")
        .with(Fact::Partner, "Alpina")
        .with(Fact::Person, "Lea Blanc")
        .with(Fact::Reason, "Nobody can be reached.")
        .with(Fact::Address, "lea@berger.example")
        .with(Fact::Place, "192.0.2.1")
        .with(
            Fact::Program,
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        )
        .with(Fact::CodesLeft, "9")
        .with(Fact::Key, "Files 2026")
        .with(Fact::End, "2026-12-31T23:30:00Z");
    let link = match kind {
        Kind::MemberInvited => Some(Link {
            word: "",
            url: "http://127.0.0.1:8080/join/v1.token",
            ..LINK
        }),
        Kind::InvitationCreated | Kind::InvitationResent => Some(LINK),
        Kind::PasswordResetRequested => Some(Link {
            word: "",
            url: "http://127.0.0.1:8080/password/v1.token",
            ..LINK
        }),
        Kind::EmailChangeRequested => Some(Link {
            word: "",
            url: "http://127.0.0.1:8080/email/v1.token",
            ..LINK
        }),
        Kind::MemberJoined
        | Kind::BreakGlassGranted
        | Kind::SecondFactorEnrolled
        | Kind::SecondFactorDisabled
        | Kind::RecoveryCodeUsed
        | Kind::RecoveryCodesReplaced
        | Kind::EncryptionKeyExpiring
        | Kind::ProviderLinked
        | Kind::ProviderUnlinked
        | Kind::InvitationWithdrawn
        | Kind::InvitationAccepted
        | Kind::InvitationRefused
        | Kind::InvitationExpired
        | Kind::PartnershipStarted
        | Kind::PartnershipStartedUnconsented
        | Kind::PartnershipConsented
        | Kind::PartnershipNarrowed
        | Kind::PartnershipEnded
        | Kind::PasswordChanged
        | Kind::EmailChangeNoted
        | Kind::EmailChanged
        | Kind::NewPlace => None,
    };
    Letter::new(
        &Catalogue::new(language).unwrap(),
        kind,
        &facts,
        &TimeZone::UTC,
        link,
    )
}

/// All kinds that are mailed.
const MAILED: [Kind; 25] = [
    Kind::MemberInvited,
    Kind::SecondFactorEnrolled,
    Kind::SecondFactorDisabled,
    Kind::RecoveryCodeUsed,
    Kind::RecoveryCodesReplaced,
    Kind::EncryptionKeyExpiring,
    Kind::ProviderLinked,
    Kind::ProviderUnlinked,
    Kind::InvitationCreated,
    Kind::InvitationResent,
    Kind::InvitationAccepted,
    Kind::InvitationRefused,
    Kind::InvitationExpired,
    Kind::PartnershipStarted,
    Kind::PartnershipStartedUnconsented,
    Kind::PartnershipConsented,
    Kind::PartnershipNarrowed,
    Kind::PartnershipEnded,
    Kind::BreakGlassGranted,
    Kind::PasswordResetRequested,
    Kind::PasswordChanged,
    Kind::EmailChangeRequested,
    Kind::EmailChangeNoted,
    Kind::EmailChanged,
    Kind::NewPlace,
];

fn texts(language: Language) -> String {
    let letters = MAILED.iter().map(|kind| {
        let letter = letter(language, *kind);
        format!(
            "== {}\nSubject: {}\n\n{}",
            kind.as_str(),
            letter.subject,
            letter.text
        )
    });
    letters.collect::<Vec<_>>().join("\n")
}

#[test]
fn letters_in_english() {
    insta::assert_snapshot!(texts(Language::En));
}

#[test]
fn letters_in_french() {
    insta::assert_snapshot!(texts(Language::Fr));
}

fn whole(language: Language) -> String {
    let from = "Entente <entente@example.com>".parse().unwrap();
    let envelope = Envelope {
        from: &from,
        to: "lea@alpina.example",
        event: "evt_01h455vb4pex5vsknk084sn02q",
        delivery: uuid::Uuid::from_u128(7),
        created_at: NOW,
    };
    let mail = compose(&envelope, letter(language, Kind::InvitationCreated)).unwrap();
    String::from_utf8(mail.message.formatted())
        .unwrap()
        .replace("\r\n", "\n")
}

#[test]
fn a_whole_mail_in_english() {
    insta::assert_snapshot!(whole(Language::En));
}

#[test]
fn a_whole_mail_in_french() {
    insta::assert_snapshot!(whole(Language::Fr));
}

#[test]
fn the_html_of_a_letter() {
    insta::assert_snapshot!(letter(Language::Fr, Kind::InvitationCreated).html);
}
