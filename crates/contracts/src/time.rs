//! Points in time, between the contract and the domain.

use jiff::Timestamp;

const SECOND: i128 = 1_000_000_000;
/// The first second of the year 1, the contract's earliest
/// (<https://protobuf.dev/reference/protobuf/google.protobuf/#timestamp>).
const EARLIEST: i64 = -62_135_596_800;

/// A point in time in the contract's words. Nanoseconds count on from the second, before 1970 too.
pub fn timestamp(time: Timestamp) -> prost_types::Timestamp {
    let nanoseconds = time.as_nanosecond();
    prost_types::Timestamp {
        seconds: i64::try_from(nanoseconds.div_euclid(SECOND)).unwrap_or_default(),
        nanos: i32::try_from(nanoseconds.rem_euclid(SECOND)).unwrap_or_default(),
    }
}

/// The point in time that the contract's words name; none outside of the years 1 to 9999.
pub fn instant(time: &prost_types::Timestamp) -> Option<Timestamp> {
    if time.seconds < EARLIEST || time.nanos < 0 {
        return None;
    }
    Timestamp::new(time.seconds, time.nanos).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(seconds: i64, nanos: i32) -> prost_types::Timestamp {
        prost_types::Timestamp { seconds, nanos }
    }

    #[test]
    fn a_time_reads_back_as_it_was_written() {
        for text in [
            "2026-05-01T10:00:00.123456789Z",
            "1969-12-31T23:59:59.5Z",
            "0001-01-01T00:00:00Z",
        ] {
            let time = text.parse().unwrap();
            assert_eq!(instant(&timestamp(time)), Some(time), "{text}");
        }
    }

    #[test]
    fn before_1970_too_nanoseconds_count_on_from_the_second() {
        assert_eq!(
            timestamp("1969-12-31T23:59:59.75Z".parse().unwrap()),
            message(-1, 750_000_000)
        );
    }

    #[test]
    fn what_the_contract_has_no_time_for_is_none() {
        for wrong in [
            message(i64::MIN, 0),
            message(EARLIEST - 1, 0),
            message(i64::MAX, 0),
            message(0, -1),
            message(0, 1_000_000_000),
        ] {
            assert_eq!(instant(&wrong), None, "{wrong:?}");
        }
    }
}
