//! Which rule takes the longest for what is wanted.

use super::rule::{Limits, Period, Rule};
use super::timetable::Demand;
use jiff::{SignedDuration, Timestamp};

/// The rule that gives the least room to what is wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Tightest {
    /// The rule.
    pub rule: Rule,
    /// How many of what is wanted count for it.
    pub count: usize,
    /// How long these fill it: as many whole periods as they need, or their pauses.
    pub fills: SignedDuration,
}

/// The rule that what is wanted fills for the longest time, where it does not fit into one period of it. Hours and gaps to
/// one person are no measure of how much there is.
///
/// ```
/// use outx_ledger::limits::{Limits, tightest};
/// use outx_model::Endpoint::{FetchProfile, FetchProfilesPosts};
///
/// let limits: Limits = serde_json::from_str(r#"[{ "at_most": 50, "of": "all", "per": "1h" }]"#)?;
/// let found = tightest(&limits, &[(FetchProfile, 200).into(), (FetchProfilesPosts, 200).into()]);
/// let found = found.ok_or("it fits")?;
/// assert_eq!((found.count, found.fills.as_hours()), (400, 8));
/// assert_eq!(tightest(&limits, &[(FetchProfile, 50).into()]), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn tightest(limits: &Limits, wanted: &[Demand]) -> Option<Tightest> {
    let filled = limits.0.iter().filter_map(|rule| {
        let of = wanted.iter().filter(|demand| rule.of().holds(&demand.at(Timestamp::UNIX_EPOCH)));
        let count: usize = of.map(|demand| demand.count).sum();
        Some(Tightest { rule: rule.clone(), count, fills: fills(rule, count)? })
    });
    // Of two that are the same, the first.
    filled.reduce(|best, other| if other.fills > best.fills { other } else { best })
}

fn fills(rule: &Rule, count: usize) -> Option<SignedDuration> {
    let times = |one: i64, count: usize| {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        SignedDuration::from_secs(one.saturating_mul(count))
    };
    match rule {
        Rule::AtMost { most, per, .. } => {
            let most = usize::try_from(*most).ok().filter(|most| (1..count).contains(most))?;
            let hours = match per {
                Period::Hours(hours) => i64::from(*hours),
                Period::Day(_) => 24,
                Period::Week(_) => 7 * 24,
            };
            Some(times(hours.saturating_mul(3_600), count.div_ceil(most)))
        }
        // On average, half of what is drawn comes on top.
        Rule::Apart { least, jitter, .. } if count > 1 => {
            Some(times(i64::from(*least) + i64::from(*jitter) / 2, count - 1))
        }
        Rule::Apart { .. } | Rule::Gap { .. } | Rule::During { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use outx_model::Endpoint::{FetchProfile, LikePost};

    fn found(limits: &str, wanted: &[Demand]) -> Option<(String, usize, i64)> {
        let limits: Limits = serde_json::from_str(limits).unwrap();
        let found = tightest(&limits, wanted)?;
        Some((found.rule.to_string(), found.count, found.fills.as_secs()))
    }

    #[test]
    fn the_longest_is_told_of_what_counts_for_it() {
        let rules = r#"[
            { "at_most": 50, "of": "all", "per": "1h" },
            { "at_most": 20, "of": "like-post", "per": "24h" },
            { "apart": "45s", "jitter": "75s", "of": "writes" },
            { "gap": "24h", "of": "send-message" }
        ]"#;
        let wanted = |likes, reads| [(LikePost, likes).into(), (FetchProfile, reads).into()];
        let likes = ("at most 20 like-post in 24 hours".to_owned(), 21, 48 * 3_600);
        assert_eq!(found(rules, &wanted(21, 100)), Some(likes));
        let all = ("at most 50 actions in an hour".to_owned(), 120, 3 * 3_600);
        assert_eq!(found(rules, &wanted(20, 100)), Some(all));
        let apart = ("writes 45 to 120 s apart".to_owned(), 20, 19 * 82);
        assert_eq!(found(rules, &wanted(20, 0)), Some(apart));
        assert_eq!(found(rules, &wanted(1, 0)), None);
        // What is never allowed takes no time at all.
        assert_eq!(found(r#"[{ "at_most": 0, "of": "all", "per": "1h" }]"#, &wanted(1, 9)), None);
    }
}
