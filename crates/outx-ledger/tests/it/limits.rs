//! Limits hold in every window, whoever asks and whenever; and whoever waits as long as was said may send.

use jiff::civil::{Time, Weekday, time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use outx_ledger::limits::{Delay, Hours, Limits, Period, Rule, SHIPPED, Sending, Which, Zone, earliest};
use outx_model::{Call, Endpoint};
use proptest::prelude::*;

const HOUR: i64 = 3_600;

fn start() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

fn zone(name: &str) -> Zone {
    TimeZone::get(name).unwrap().into()
}

fn which() -> impl Strategy<Value = Which> {
    prop::sample::select(vec![
        Which::All,
        Which::Reads,
        Which::Writes,
        Which::Endpoint(Endpoint::SendMessage.into()),
        Which::Endpoint("write:follow-company".parse().unwrap()),
        Which::Label("w/few".to_owned()),
    ])
}

fn hours() -> impl Strategy<Value = Hours> {
    let days = prop::collection::vec(
        prop::sample::select(vec![Weekday::Monday, Weekday::Wednesday, Weekday::Saturday]),
        1..3,
    );
    let of_day = || (0..24_i8, 0..60_i8).prop_map(|(hour, minute)| time(hour, minute, 0, 0));
    (days, of_day(), of_day()).prop_map(|(days, from, to)| Hours {
        days,
        from,
        to,
        time_zone: zone("Europe/Oslo"),
    })
}

fn rule() -> impl Strategy<Value = Rule> {
    let per = prop_oneof![
        (1..50_u32).prop_map(Period::Hours),
        Just(Period::Day(zone("Europe/Oslo"))),
        Just(Period::Week(zone("America/New_York"))),
    ];
    prop_oneof![
        (1..4_u32, which(), per).prop_map(|(most, of, per)| Rule::AtMost { most, of, per }),
        (0..600_u32, 0..300_u32, which()).prop_map(|(least, jitter, of)| Rule::Apart { of, least, jitter }),
        (1..30_u32, which()).prop_map(|(hours, of)| Rule::Gap { of, hours }),
        (which(), hours()).prop_map(|(of, hours)| Rule::During { of, hours }),
    ]
}

fn asks() -> impl Strategy<Value = Vec<(u64, Sending)>> {
    let endpoint = prop::sample::select(vec![
        Endpoint::FetchProfile.into(),
        Endpoint::SendMessage.into(),
        Endpoint::SendConnectionRequest.into(),
        "write:follow-company".parse::<Call>().unwrap(),
    ]);
    let person = prop::option::of(prop::sample::select(vec!["A".to_owned(), "B".to_owned()]));
    let label = prop::option::of(Just("w/few".to_owned()));
    let one = (0..20_000_u64, endpoint, person, label);
    let ask = one.prop_map(|(after, endpoint, person, label)| {
        (after, Sending { endpoint, at: start(), person, label })
    });
    prop::collection::vec(ask, 1..30)
}

/// Whether a rule is kept by all that was sent, looked at without the rule's own code.
fn kept(rule: &Rule, sent: &[Sending]) -> bool {
    let of: Vec<_> = sent.iter().filter(|sending| rule.of().holds(sending)).collect();
    match rule {
        Rule::AtMost { most, per, .. } => of.iter().all(|first| {
            let same = |other: &&&Sending| match per {
                Period::Hours(hours) => {
                    let passed = other.at.duration_since(first.at);
                    passed >= SignedDuration::ZERO && passed < SignedDuration::from_hours(i64::from(*hours))
                }
                Period::Day(zone) => {
                    let day = |at| zone.get().to_datetime(at).date();
                    day(first.at) == day(other.at)
                }
                Period::Week(zone) => {
                    let week = |at| zone.get().to_datetime(at).date().iso_week_date();
                    (week(first.at).year(), week(first.at).week())
                        == (week(other.at).year(), week(other.at).week())
                }
            };
            of.iter().filter(same).count() <= *most as usize
        }),
        Rule::Apart { least, .. } => of.windows(2).all(|pair| {
            pair[1].at.duration_since(pair[0].at) >= SignedDuration::from_secs(i64::from(*least))
        }),
        Rule::Gap { hours, .. } => ["A", "B"].iter().all(|person| {
            let to: Vec<_> = of.iter().filter(|sending| sending.person.as_deref() == Some(person)).collect();
            let gap = SignedDuration::from_hours(i64::from(*hours));
            to.windows(2).all(|pair| pair[1].at.duration_since(pair[0].at) >= gap)
        }),
        Rule::During { hours, .. } => of.iter().all(|sending| open(hours, sending.at)),
    }
}

fn open(hours: &Hours, at: Timestamp) -> bool {
    let local = hours.time_zone.get().to_datetime(at);
    let (now, today) = (local.time(), hours.days.contains(&local.weekday()));
    let yesterday = hours.days.contains(&local.weekday().previous());
    if hours.from < hours.to {
        today && now >= hours.from && now < hours.to
    } else {
        (today && now >= hours.from) || (yesterday && now < hours.to)
    }
}

proptest! {
    #[test]
    fn no_window_is_ever_exceeded_and_every_wait_ends(
        rules in prop::collection::vec(rule(), 0..5),
        asks in asks(),
    ) {
        let limits = Limits(rules);
        let mut sent: Vec<Sending> = Vec::new();
        let mut now = start();
        for (after, sending) in asks {
            now += SignedDuration::from_secs(i64::try_from(after).unwrap());
            let Ok(delay) = earliest(&limits, &Sending { at: now, ..sending.clone() }, &sent[..]);
            if let Some(Delay { until, .. }) = delay {
                prop_assert!(until > now);
                // Hours of several rules may have no moment in common.
                if until == Timestamp::MAX {
                    continue;
                }
                // Nobody sent anything meanwhile. Calendars are looked at once more, for the moment itself.
                now = until;
                let mut asked = 0;
                while let Ok(Some(Delay { until, .. })) =
                    earliest(&limits, &Sending { at: now, ..sending.clone() }, &sent[..])
                {
                    prop_assert!(until > now && asked < 10, "{until} {asked}");
                    if until == Timestamp::MAX {
                        break;
                    }
                    (now, asked) = (until, asked + 1);
                }
                let Ok(still) = earliest(&limits, &Sending { at: now, ..sending.clone() }, &sent[..]);
                if still.is_some() {
                    continue;
                }
            }
            sent.push(Sending { at: now, ..sending });
            for rule in &limits.0 {
                prop_assert!(kept(rule, &sent), "{rule}: {sent:?}");
            }
        }
    }

    #[test]
    fn rules_read_as_they_were_written(rules in prop::collection::vec(rule(), 0..5)) {
        let limits = Limits(rules);
        let text = serde_json::to_string(&limits).unwrap();
        prop_assert_eq!(serde_json::from_str::<Limits>(&text).unwrap(), limits);
    }
}

fn sending(endpoint: Endpoint, at: Timestamp) -> Sending {
    Sending { endpoint: endpoint.into(), at, person: None, label: None }
}

#[test]
fn a_night_belongs_to_the_day_on_which_it_begins() {
    let hours = Hours {
        days: vec![Weekday::Friday],
        from: time(22, 0, 0, 0),
        to: time(2, 0, 0, 0),
        time_zone: zone("Europe/Oslo"),
    };
    let from = |text: &str| hours.open_from(text.parse().unwrap()).unwrap().to_string();
    assert_eq!(from("2026-03-06T21:30:00Z"), "2026-03-06T21:30:00Z");
    assert_eq!(from("2026-03-07T00:59:00Z"), "2026-03-07T00:59:00Z", "Saturday night, begun on Friday");
    assert_eq!(from("2026-03-07T01:00:00Z"), "2026-03-13T21:00:00Z");
    let never = Hours { days: Vec::new(), ..hours };
    assert_eq!(never.open_from(start()), None);
}

#[test]
fn hours_follow_the_clocks_of_their_zone() {
    let hours = |from: Time, to: Time| Hours {
        days: vec![Weekday::Sunday],
        from,
        to,
        time_zone: zone("Europe/Oslo"),
    };
    // On 29 March 2026 the clock goes from 02:00 to 03:00: 02:30 is not there, and 08:00 is an hour earlier.
    let opens = hours(time(8, 0, 0, 0), time(9, 0, 0, 0)).open_from("2026-03-28T12:00:00Z".parse().unwrap());
    assert_eq!(opens.unwrap().to_string(), "2026-03-29T06:00:00Z");
    let skipped =
        hours(time(2, 30, 0, 0), time(4, 0, 0, 0)).open_from("2026-03-28T12:00:00Z".parse().unwrap());
    assert_eq!(skipped.unwrap().to_string(), "2026-03-29T01:30:00Z");
    // Hours until 02:30 are over when the clock jumps past it.
    let early = hours(time(1, 0, 0, 0), time(2, 30, 0, 0));
    assert_eq!(
        early.open_from("2026-03-29T00:59:59Z".parse().unwrap()).unwrap().to_string(),
        "2026-03-29T00:59:59Z"
    );
    assert_eq!(
        early.open_from("2026-03-29T01:00:00Z".parse().unwrap()).unwrap().to_string(),
        "2026-04-04T23:00:00Z"
    );
}

#[test]
fn the_shipped_limits_spread_a_campaign_over_days() {
    let limits = Limits::shipped(TimeZone::get("Europe/Oslo").unwrap());
    let mut sent: Vec<Sending> = Vec::new();
    let mut now = start();
    while sent.len() < 100 {
        let ask = sending(Endpoint::SendConnectionRequest, now);
        let Ok(delay) = earliest(&limits, &ask, &sent[..]);
        match delay {
            Some(delay) => now = delay.until,
            None => sent.push(ask),
        }
    }
    assert!(limits.0.iter().all(|rule| kept(rule, &sent)));
    // 75 a week: the last 25 wait for the second week.
    let days = now.duration_since(start()).as_hours() / 24;
    assert!((7..14).contains(&days), "{days} days");
}

#[test]
fn each_endpoint_has_shipped_limits_and_a_reason() {
    for (endpoint, day, week, why) in SHIPPED {
        assert!(0 < day && day < week && week <= 7 * day, "{endpoint}");
        assert!(why.len() > 10, "{endpoint}");
    }
    let named: Vec<_> = SHIPPED.iter().map(|(endpoint, ..)| *endpoint).collect();
    assert!(Endpoint::ALL.iter().all(|endpoint| named.contains(endpoint)));
}

#[test]
fn after_a_sleep_what_fell_due_is_spaced() {
    let limits = Limits(vec![Rule::Apart { of: Which::All, least: 60, jitter: 60 }]);
    let mut sent: Vec<Sending> = vec![sending(Endpoint::LikePost, start())];
    // The machine slept for ten hours; ten actions are due.
    let mut now = start() + SignedDuration::from_secs(10 * HOUR);
    let mut pauses = Vec::new();
    for _ in 0..10 {
        let Ok(delay) = earliest(&limits, &sending(Endpoint::LikePost, now), &sent[..]);
        if let Some(Delay { until, why }) = delay {
            assert_eq!(why, "actions 60 to 120 s apart");
            pauses.push(until.duration_since(now).as_secs());
            now = until;
        }
        sent.push(sending(Endpoint::LikePost, now));
    }
    assert_eq!(pauses.len(), 9, "the first goes at once, the others one after another");
    assert!(pauses.iter().all(|pause| (60..=120).contains(pause)), "{pauses:?}");
    assert!(pauses.iter().min() != pauses.iter().max(), "{pauses:?}");
}

#[test]
fn a_rule_that_cannot_be_says_what_to_write() {
    for (text, said) in [
        (r#"{"of":"all"}"#, "one of `at_most`, `apart`, `gap` and `days`"),
        (r#"{"of":"all","gap":"1h","apart":"1s"}"#, "one of `at_most`"),
        (r#"{"of":"likes","gap":"1h"}"#, "`likes` is none of all, reads, writes, fetch-profile"),
        (r#"{"of":"all","at_most":3}"#, "needs `per`"),
        (r#"{"of":"all","at_most":3,"per":"90m"}"#, "`90m` is not a whole number of hours"),
        (r#"{"of":"all","at_most":3,"per":"day"}"#, "needs a `time_zone`"),
        (r#"{"of":"all","at_most":3,"per":"day","time_zone":"Mars/Base"}"#, "`Mars/Base` is no time zone"),
        (r#"{"of":"all","apart":"soon"}"#, "`soon` is not a duration"),
        (r#"{"of":"all","days":["mo"],"from":"8","to":"9"}"#, "`mo` is no weekday"),
        (r#"{"of":"all","days":["mon"],"from":"25:00","to":"9"}"#, "`25:00` is no time of the day"),
        (r#"{"of":"all","gap":"1h","every":"1h"}"#, "unknown field `every`"),
    ] {
        let error = serde_json::from_str::<Rule>(text).unwrap_err().to_string();
        assert!(error.contains(said), "{text}: {error}");
    }
}

#[test]
fn a_rule_names_an_endpoint_that_the_catalogue_has_not_with_its_effect() {
    for word in ["write:follow-company", "read:fetch-jobs", "send-message", "label:w/few", "all"] {
        assert_eq!(Which::read(word).unwrap().word(), word);
    }
    // One that the catalogue has learned since it was written is the catalogue's.
    assert_eq!(Which::read("write:fetch-profile"), Ok(Which::Endpoint(Endpoint::FetchProfile.into())));
    for (word, told) in [
        ("follow-company", "`read:follow-company` or `write:follow-company`"),
        ("read:get-task-status", "makes no tasks"),
        ("kind:core.http", "none of all"),
        ("write:Follow", "none of all"),
    ] {
        let error = Which::read(word).unwrap_err();
        assert!(error.contains(told), "{error}");
    }
}
