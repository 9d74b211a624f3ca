use std::sync::Arc;

use entente_runtime::random::SeededRandom;
use jiff::SignedDuration;
use secrecy::ExposeSecret as _;

use super::*;

const NOW: Timestamp = Timestamp::constant(1_700_000_000, 0);

fn make(format: KeyFormat) -> (PublicKey, SecretString) {
    let random: SharedRandom = Arc::new(SeededRandom::new(7));
    let wanted = Wanted {
        format,
        display_name: &DisplayName::new("Files").unwrap(),
        created_at: NOW,
        expires_at: NOW + SignedDuration::from_hours(24),
    };
    generate(&wanted, &random).unwrap()
}

#[test]
fn a_generated_key_reads_back_as_it_was_made() {
    for format in [KeyFormat::Openpgp, KeyFormat::Ssh] {
        let (public, _) = make(format);
        assert_eq!(read(&public.text), Ok(public));
    }
}

#[test]
fn an_openpgp_key_carries_its_own_end() {
    let (public, _) = make(KeyFormat::Openpgp);
    assert_eq!(public.expires_at, Some(NOW + SignedDuration::from_hours(24)));
}

#[test]
fn a_private_key_is_refused_as_one() {
    for format in [KeyFormat::Openpgp, KeyFormat::Ssh] {
        let (_, private) = make(format);
        assert_eq!(read(private.expose_secret()), Err(Unfit::Private));
    }
}

#[test]
fn a_private_key_in_a_public_ones_armor_is_no_key() {
    let (_, private) = make(KeyFormat::Openpgp);
    let disguised = private.expose_secret().replace("PRIVATE", "PUBLIC");
    assert_eq!(read(&disguised), Err(Unfit::NotAKey));
}

#[test]
fn garbage_is_no_key() {
    let (public, _) = make(KeyFormat::Openpgp);
    let (first, second) = public.text.split_at(public.text.len() / 2);
    let (ssh, _) = make(KeyFormat::Ssh);
    for text in [
        "",
        "ssh-ed25519",
        "ssh-ed25519 AAAA",
        "-----BEGIN PGP PUBLIC KEY BLOCK-----",
        first,
        second,
        &format!("{}\n{}", ssh.text, ssh.text),
        &"x".repeat(10_000),
    ] {
        assert_eq!(read(text), Err(Unfit::NotAKey), "{text}");
    }
}

#[test]
fn the_comment_of_an_ssh_key_is_not_kept() {
    let (public, _) = make(KeyFormat::Ssh);
    let commented = format!("{} eva@laptop", public.text);
    assert_eq!(read(&commented), Ok(public));
}

/// Made with `ssh-keygen -t rsa -b 1024` and `ssh-keygen -t ecdsa`.
const SHORT_RSA: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC06heFJp3RWN4TM2tmpcWDwdalrz99l/ZeEhHhKAgGv9hIYKPp9EteKn7x6HqT+Ytk0MnIwSZQQUIBZec0UhF/6pOTcAQ+hy6WHTiDuwjGZBFMvZwGNBYJ4JROCtBUtK9iljb8/VO/HJ+Mde7CESJgRlKMETV3O7euFcmTjLm4Yw==";
const ECDSA: &str = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBFnJoe5lL+z+Rxi3keW9L7xci6IX6t+l/a1FQQ0G3uVuBplvHgISddBGb8gjUlaVi7iFD8ZHfp5HDbvZI/Hx2oY=";

#[test]
fn a_short_rsa_key_is_weak() {
    assert_eq!(read(SHORT_RSA), Err(Unfit::Weak));
}

#[test]
fn an_ssh_key_that_only_signs_is_refused() {
    assert_eq!(read(ECDSA), Err(Unfit::SignsOnly));
}
