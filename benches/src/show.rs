//! Figures as people read them, three digits or so: more would be noise.

use std::time::Duration;

/// A duration in the unit that fits it.
pub(crate) fn time(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    let (whole, unit) = match nanos {
        0..10_000 => return format!("{nanos} ns"),
        10_000..1_000_000 => return format!("{} µs", nanos / 1_000),
        1_000_000..1_000_000_000 => (nanos / 10_000, "ms"),
        1_000_000_000.. => (nanos / 10_000_000, "s"),
    };
    format!("{}.{:02} {unit}", whole / 100, whole % 100)
}

/// A number with a comma before each three digits.
pub(crate) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// How many times the second the first is.
pub(crate) fn times(one: Duration, other: Duration) -> String {
    format!("{:.2}×", one.div_duration_f64(other))
}

/// How many of each hundred of the second the first is.
pub(crate) fn percent(one: u64, other: u64) -> u64 {
    one.saturating_mul(100).checked_div(other).unwrap_or_default()
}

/// Memory in megabytes.
pub(crate) fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes / 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_the_unit_that_fits() {
        let shown = [99, 123_456, 1_234_567, 12_345_678_901].map(|nanos| time(Duration::from_nanos(nanos)));
        assert_eq!(shown, ["99 ns", "123 µs", "1.23 ms", "12.34 s"]);
    }

    #[test]
    fn a_large_number_has_commas() {
        assert_eq!(
            [7, 999, 1000, 1_234_567].map(number),
            ["7", "999", "1,000", "1,234,567"]
        );
    }
}
