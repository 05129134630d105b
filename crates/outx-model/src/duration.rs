//! Durations as people write them: `10ms`, `30s`, `5m`, `6h`, `14d`.

use std::time::Duration;

/// Ten thousand years, in milliseconds: longer than any clock here reaches.
const MOST: u64 = 86_400_000 * 3_650_000;

/// Reads a duration: a whole number and one of `ms`, `s`, `m`, `h`, `d`.
///
/// # Errors
///
/// A sentence that says what is expected.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let wrong = || {
        format!(
            "`{text}` is not a duration; write a whole number and a unit, such as 10ms, 30s, 5m, 6h or 14d"
        )
    };
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let factor = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(wrong()),
    };
    match number.checked_mul(factor) {
        Some(ms) if ms <= MOST => Ok(Duration::from_millis(ms)),
        _ => Err(format!("`{text}` is longer than ten thousand years")),
    }
}

#[cfg(test)]
mod tests {
    use super::parse_duration;
    use std::time::Duration;

    #[test]
    fn units() {
        for (text, ms) in
            [("10ms", 10), ("0s", 0), ("5m", 300_000), ("6h", 21_600_000), ("14d", 1_209_600_000)]
        {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(ms)));
        }
        for text in ["", "5", "s", "-1s", "1.5s", "5 s", "1w", "99999999999999999999s", "9999999999999d"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }
}
