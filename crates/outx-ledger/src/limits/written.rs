//! Rules as people read and write them:
//!
//! ```yaml
//! - { at_most: 20, of: send-message, per: 24h }
//! - { at_most: 50, of: all, per: day, time_zone: Europe/Oslo }
//! - { apart: 45s, jitter: 75s, of: writes }
//! - { gap: 24h, of: send-message }
//! - { at_most: 5, of: write:follow-company, per: 24h }
//! - { of: writes, days: [mon, tue, wed], from: "08:00", to: "19:00", time_zone: Europe/Oslo }
//! ```

use super::calendar::{Hours, day_name, read_day};
use super::rule::{Period, Rule, Zone};
use super::scope::Which;
use jiff::civil::Time;
use outx_model::{Call, Effect, Endpoint, parse_duration};
use serde::{Deserialize, Serialize};

/// What stands in one line. Which fields there are says which rule it is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at_most: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    apart: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    jitter: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gap: Option<String>,
    of: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    per: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    days: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    time_zone: Option<Zone>,
}

impl From<Rule> for Written {
    fn from(rule: Rule) -> Self {
        let of = rule.of().word();
        let line = Self { of, ..Self::default() };
        match rule {
            Rule::AtMost { most, per, .. } => {
                let (per, time_zone) = match per {
                    Period::Hours(hours) => (format!("{hours}h"), None),
                    Period::Day(zone) => ("day".to_owned(), Some(zone)),
                    Period::Week(zone) => ("week".to_owned(), Some(zone)),
                };
                Self { at_most: Some(most), per: Some(per), time_zone, ..line }
            }
            Rule::Apart { least, jitter, .. } => {
                Self { apart: Some(format!("{least}s")), jitter: Some(format!("{jitter}s")), ..line }
            }
            Rule::Gap { hours, .. } => Self { gap: Some(format!("{hours}h")), ..line },
            Rule::During { hours: Hours { days, from, to, time_zone }, .. } => {
                let time = |time: Time| Some(time.strftime("%H:%M:%S").to_string());
                let days = Some(days.into_iter().map(|day| day_name(day).to_owned()).collect());
                Self { days, from: time(from), to: time(to), time_zone: Some(time_zone), ..line }
            }
        }
    }
}

impl TryFrom<Written> for Rule {
    type Error = String;

    fn try_from(line: Written) -> Result<Self, String> {
        let of = Which::read(&line.of)?;
        let kinds = [line.at_most.is_some(), line.apart.is_some(), line.gap.is_some(), line.days.is_some()];
        if kinds.iter().filter(|is| **is).count() != 1 {
            return Err("a rule has one of `at_most`, `apart`, `gap` and `days`".to_owned());
        }
        let zone = |zone: Option<Zone>, of: &str| {
            zone.ok_or_else(|| format!("`{of}` needs a `time_zone`, such as Europe/Oslo"))
        };
        if let Some(most) = line.at_most {
            let per = match line.per.as_deref() {
                Some("day") => Period::Day(zone(line.time_zone, "per: day")?),
                Some("week") => Period::Week(zone(line.time_zone, "per: week")?),
                Some(text) => Period::Hours(whole(text, 3_600, "hours")?),
                None => return Err("`at_most` needs `per`: hours such as 24h, `day` or `week`".to_owned()),
            };
            return Ok(Self::AtMost { most, of, per });
        }
        if let Some(apart) = &line.apart {
            let least = whole(apart, 1, "seconds")?;
            let jitter = line.jitter.as_deref().map_or(Ok(0), |text| whole(text, 1, "seconds"))?;
            return Ok(Self::Apart { of, least, jitter });
        }
        if let Some(gap) = &line.gap {
            return Ok(Self::Gap { of, hours: whole(gap, 3_600, "hours")? });
        }
        let time = |text: &Option<String>| -> Result<Time, String> {
            let text = text.as_deref().ok_or("`days` needs `from` and `to`, such as 08:00")?;
            text.parse().map_err(|_| format!("`{text}` is no time of the day; write one such as 08:00"))
        };
        let days = line.days.unwrap_or_default().iter().map(|day| read_day(day)).collect::<Result<_, _>>()?;
        let (from, to) = (time(&line.from)?, time(&line.to)?);
        let time_zone = zone(line.time_zone, "days")?;
        Ok(Self::During { of, hours: Hours { days, from, to, time_zone } })
    }
}

/// A duration that is a whole number of units.
fn whole(text: &str, unit: u64, name: &str) -> Result<u32, String> {
    let seconds = parse_duration(text)?.as_secs();
    let units = u32::try_from(seconds / unit).map_err(|_| format!("`{text}` is too long"))?;
    if seconds % unit != 0 || (units == 0 && unit > 1) {
        return Err(format!("`{text}` is not a whole number of {name}"));
    }
    Ok(units)
}

impl Which {
    /// The word for it: `all`, `reads`, `writes`, an endpoint's name (`read:NAME` or `write:NAME` of one that the catalogue
    /// has not), or `label:NAME`.
    pub fn word(&self) -> String {
        match self {
            Self::All => "all".to_owned(),
            Self::Reads => "reads".to_owned(),
            Self::Writes => "writes".to_owned(),
            Self::Endpoint(endpoint) => endpoint.word(),
            Self::Label(label) => format!("label:{label}"),
        }
    }

    /// What a word stands for.
    ///
    /// # Errors
    ///
    /// A sentence that lists the words.
    pub fn read(word: &str) -> Result<Self, String> {
        if let Some(label) = word.strip_prefix("label:") {
            return Ok(Self::Label(label.to_owned()));
        }
        match word {
            "all" => Ok(Self::All),
            "reads" => Ok(Self::Reads),
            "writes" => Ok(Self::Writes),
            // One that was named before the catalogue had it is the one of the catalogue now.
            name => match name.parse() {
                Ok(Call::Known(known)) => Ok(Self::Endpoint(known.into())),
                Ok(other @ Call::Other(_, effect)) => Call::endpoint_named(other.name(), effect)
                    .map(Self::Endpoint)
                    .map_err(|_| format!("`{name}` makes no tasks, which alone are counted")),
                Ok(Call::Kind(_)) | Err(_) => Err(none_of(name)),
            },
        }
    }
}

/// What a word is not, and how it might be meant.
fn none_of(name: &str) -> String {
    let names: Vec<_> = Endpoint::ALL.iter().map(|endpoint| endpoint.name()).collect();
    let mut text = format!("`{name}` is none of all, reads, writes, {}", names.join(", "));
    if Call::endpoint_named(name, Effect::Read).is_ok() {
        text.extend(["; an endpoint that the catalogue has not is `read:", name, "` or `write:", name, "`"]);
    }
    text
}
