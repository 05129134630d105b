//! Moments of the past as people write them.

use crate::fault::Fault;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use outx_flow::parse_duration;

/// A moment of the past: so long ago (`7d`), a day (`2026-03-02`, from its first moment in a time zone), or a moment.
pub(crate) fn past(option: &str, text: &str, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, Fault> {
    let text = text.trim();
    if let Ok(ago) = parse_duration(text) {
        return Ok(now.checked_sub(ago).unwrap_or(Timestamp::MIN));
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment);
    }
    let day = text.parse::<Date>().ok().and_then(|day| zone.to_timestamp(day.at(0, 0, 0, 0)).ok());
    day.ok_or_else(|| {
        Fault::usage(
            format!("{option}: `{text}` is no moment"),
            "write how long ago, such as 12h or 30d, a day such as 2026-03-02, or 2026-03-02T09:00:00Z",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_three_ways() {
        let now: Timestamp = "2026-03-10T12:00:00Z".parse().unwrap();
        let oslo = TimeZone::fixed(jiff::tz::offset(1));
        let of = |text: &str| past("--since", text, now, &oslo).map(|moment| moment.to_string());
        assert_eq!(of("36h").unwrap(), "2026-03-09T00:00:00Z");
        assert_eq!(of("2026-03-02").unwrap(), "2026-03-01T23:00:00Z");
        assert_eq!(of(" 2026-03-02T09:00:00+01:00 ").unwrap(), "2026-03-02T08:00:00Z");
        for text in ["", "yesterday", "7 d", "2026-13-01"] {
            assert!(of(text).unwrap_err().text().contains("--since"), "{text}");
        }
    }
}
