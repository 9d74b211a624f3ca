//! Codes of authenticator apps: TOTP (RFC 6238) as every app has it, with SHA-1, six digits and steps of half a minute.

use entente_runtime::random::SharedRandom;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretSlice, SecretString};
use totp_rs::{Builder, Secret, Totp, TotpError};

use crate::domain::email::EmailAddress;

/// RFC 4226, section 4: 160 bits.
const BYTES: usize = 20;
/// A clock may be a step off (RFC 6238, section 5.2).
const DRIFT: u16 = 1;
const DIGITS: usize = 6;
const ISSUER: &str = "Entente";

/// A new secret, of these random bytes, which must be fit for secrets.
pub fn generate(random: &SharedRandom) -> SecretSlice<u8> {
    let mut bytes = vec![0; BYTES];
    random.fill(&mut bytes);
    bytes.into()
}

/// The secret as a person types it into an app: base32.
pub fn typed(secret: &SecretSlice<u8>) -> SecretString {
    key(secret).to_base32().into()
}

/// The secret as an app reads it from a QR code.
///
/// # Errors
/// By a fault of ours.
pub fn uri(secret: &SecretSlice<u8>, account: &EmailAddress) -> Result<SecretString, TotpError> {
    // Apps take what stands before a colon for the issuer.
    let account = account.as_str().replace(':', "_");
    let totp = builder(secret)
        .with_issuer(Some(ISSUER))
        .with_account_name(account)
        .build()?;
    Ok(totp.to_url()?.into())
}

/// Whether a code can be one of an app at all.
pub fn looks_like_code(code: &str) -> bool {
    code.len() == DIGITS && code.bytes().all(|byte| byte.is_ascii_digit())
}

/// The time step that a code is of, where it is right and later than the last one that was taken.
///
/// # Errors
/// By a fault of ours.
pub fn step(
    secret: &SecretSlice<u8>,
    code: &str,
    now: Timestamp,
    last: Option<i64>,
) -> Result<Option<i64>, TotpError> {
    let totp: Totp = builder(secret).build()?;
    let time = u64::try_from(now.as_second()).unwrap_or_default();
    let step = totp.check(code, time).and_then(|step| i64::try_from(step).ok());
    Ok(step.filter(|step| last.is_none_or(|last| *step > last)))
}

fn builder(secret: &SecretSlice<u8>) -> Builder {
    Builder::new().with_skew(DRIFT).with_secret(key(secret))
}

fn key(secret: &SecretSlice<u8>) -> Secret {
    secret.expose_secret().to_vec().into()
}

#[cfg(test)]
mod tests {
    use entente_runtime::random::SystemRandom;
    use jiff::SignedDuration;

    use super::*;

    const NOW: Timestamp = Timestamp::constant(59, 0);

    /// RFC 6238, appendix B: the secret of its test vectors for SHA-1.
    fn known() -> SecretSlice<u8> {
        b"12345678901234567890".to_vec().into()
    }

    fn taken(code: &str, now: Timestamp, last: Option<i64>) -> Option<i64> {
        step(&known(), code, now, last).unwrap()
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        // 94287082 with eight digits; an app shows the last six.
        assert_eq!(taken("287082", NOW, None), Some(1));
        assert_eq!(
            taken("081804", Timestamp::constant(1_111_111_109, 0), None),
            Some(37_037_036)
        );
    }

    #[test]
    fn a_clock_may_be_one_step_off_and_no_more() {
        let steps = |steps: i64| NOW + SignedDuration::from_secs(30 * steps);
        for (off, right) in [(-1, true), (1, true), (2, false)] {
            assert_eq!(taken("287082", steps(off), None).is_some(), right, "{off}");
        }
    }

    #[test]
    fn a_step_is_taken_once_and_none_before_it() {
        assert_eq!(taken("287082", NOW, Some(0)), Some(1));
        assert_eq!(taken("287082", NOW, Some(1)), None);
        assert_eq!(taken("287082", NOW, Some(2)), None);
    }

    #[test]
    fn what_is_no_code_is_wrong() {
        for wrong in ["287083", "87082", "+87082", "", "2870821", "２８７０８２"] {
            assert_eq!(taken(wrong, NOW, None), None, "{wrong}");
        }
    }

    #[test]
    fn an_app_can_read_the_uri() {
        let uri = uri(&known(), &EmailAddress::new("eva@alpina.example")).unwrap();
        let uri = uri.expose_secret();
        assert!(uri.starts_with("otpauth://totp/Entente:eva%40alpina"), "{uri}");
        assert!(uri.contains("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), "{uri}");
        assert!(uri.contains("issuer=Entente"), "{uri}");
    }

    #[test]
    fn each_secret_is_another() {
        let random = SystemRandom::shared();
        assert_ne!(
            generate(&random).expose_secret(),
            generate(&random).expose_secret()
        );
    }
}
