//! Sessions and the trade of refresh tokens.

use entente_ids::{OrganizationId, SessionId, UserId};
use jiff::{SignedDuration, Timestamp};

/// For how long a refresh token that nobody used can be used.
pub const REFRESH_LIFETIME: SignedDuration = SignedDuration::from_hours(14 * 24);
/// For how long a session can be kept up without signing in again.
pub const SESSION_LIFETIME: SignedDuration = SignedDuration::from_hours(90 * 24);
/// For how long a used refresh token is answered again: the answer may have been lost on its way (decision 12).
pub const REPEAT_WINDOW: SignedDuration = SignedDuration::from_secs(10);

/// A signed-in person's session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// The person.
    pub user: UserId,
    /// The organization that they act in.
    pub organization: OrganizationId,
    /// When they last proved who they are.
    pub auth_time: Timestamp,
    /// Whether they showed a second factor.
    pub second_factor: bool,
    /// The generation of the refresh tokens that were given out last.
    pub generation: i64,
    /// Until when the session can be kept up.
    pub expires_at: Timestamp,
    /// When it was ended, if it was.
    pub ended_at: Option<Timestamp>,
}

/// A refresh token, as it is known without its secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshToken {
    /// Which generation of the session's tokens.
    pub generation: i64,
    /// Until when it can be used.
    pub expires_at: Timestamp,
    /// When a token of its generation was first traded.
    pub used_at: Option<Timestamp>,
}

/// Until when a refresh token that is given out now can be used: never beyond its session.
pub fn refresh_expiry(session: &Session, now: Timestamp) -> Timestamp {
    session.expires_at.min(now + REFRESH_LIFETIME)
}

/// What becomes of a refresh token that is presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trade {
    /// It is traded for the next generation.
    Rotate,
    /// It was traded a moment ago, and nobody has used what came of it: the next generation is given out again.
    Repeat,
    /// It was traded before: somebody else holds a copy, so the session ends.
    Reused,
    /// It, or the session, is too old.
    Expired,
    /// The session was ended.
    Ended,
}

/// Judges a refresh token of a session.
pub fn judge(session: &Session, token: RefreshToken, now: Timestamp) -> Trade {
    if session.ended_at.is_some() {
        return Trade::Ended;
    }
    let Some(used_at) = token.used_at else {
        let expired = now >= token.expires_at || now >= session.expires_at;
        return if expired { Trade::Expired } else { Trade::Rotate };
    };
    let successor_is_unused = session.generation == token.generation.saturating_add(1);
    if successor_is_unused && now.duration_since(used_at) <= REPEAT_WINDOW {
        return Trade::Repeat;
    }
    Trade::Reused
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_700_000_000, 0);

    fn session(generation: i64) -> Session {
        Session {
            id: SessionId::new(NOW, [1; 10]),
            user: UserId::new(NOW, [2; 10]),
            organization: OrganizationId::new(NOW, [3; 10]),
            auth_time: NOW,
            second_factor: false,
            generation,
            expires_at: NOW + SESSION_LIFETIME,
            ended_at: None,
        }
    }

    fn token(generation: i64, used_at: Option<Timestamp>) -> RefreshToken {
        RefreshToken {
            generation,
            expires_at: NOW + REFRESH_LIFETIME,
            used_at,
        }
    }

    #[test]
    fn an_unused_token_is_traded_until_the_last_instant() {
        let (session, token) = (session(1), token(1, None));
        assert_eq!(
            judge(&session, token, token.expires_at - SignedDuration::from_nanos(1)),
            Trade::Rotate
        );
        assert_eq!(judge(&session, token, token.expires_at), Trade::Expired);
    }

    #[test]
    fn a_lost_answer_is_given_again_for_ten_seconds() {
        let (session, token) = (session(2), token(1, Some(NOW)));
        assert_eq!(judge(&session, token, NOW + REPEAT_WINDOW), Trade::Repeat);
        assert_eq!(
            judge(&session, token, NOW + SignedDuration::from_secs(11)),
            Trade::Reused
        );
    }

    #[test]
    fn an_answer_that_was_used_was_not_lost() {
        assert_eq!(judge(&session(3), token(1, Some(NOW)), NOW), Trade::Reused);
    }

    #[test]
    fn an_ended_session_stays_ended() {
        let ended = Session {
            ended_at: Some(NOW),
            ..session(1)
        };
        assert_eq!(judge(&ended, token(1, None), NOW), Trade::Ended);
    }
}
