//! The laws of the account: no limit is exceeded in any window, nothing is sent at closed hours, and nobody on the
//! block list is written to. Read from the service's own log by the machine's clock, and without the code that the
//! ledger uses: each rule is stated here once more, as a count over the past.

use super::plan::{Day, Of, Per, Rule, Rules, slug, urn};
use super::sent::arrivals;
use super::verdict::{Law, Violation, violation};
use super::world::World;
use jiff::civil::Weekday;
use jiff::{SignedDuration, Timestamp};
use outx_ledger::limits::SHIPPED;
use outx_model::{Effect, Endpoint, person_key};

/// So long after the permission a request may arrive: the store syncs up to twice before, and the way takes its time.
const LATE: SignedDuration = SignedDuration::from_secs(4);

/// One task that was made, at the moment that the machine's clock showed.
struct Made {
    at: Timestamp,
    endpoint: Endpoint,
    /// The person that it acts on.
    person: Option<String>,
}

pub(super) fn within_limits(world: &World) -> Result<(), Violation> {
    let made: Vec<_> = world.host.with(|service| {
        let requests = service.requests().iter().filter(|request| request.task.is_some());
        let made = requests.map(|request| {
            let input = request.input.value();
            let person = ["recipient_urn", "profile_urn"].iter().find_map(|field| input[*field].as_str());
            Made {
                at: world.shown.shown(request.at),
                endpoint: request.endpoint.endpoint().unwrap(),
                person: person.map(|urn| person_key(urn).to_owned()),
            }
        });
        made.collect()
    });
    for rule in rules(&world.case.rules) {
        for (number, it) in made.iter().enumerate() {
            if let Some(why) = broken(&rule, it, &made[..number]) {
                return violation(
                    Law::WithinLimits,
                    format!("{} at {} breaks {rule:?}: {why}", it.endpoint, it.at),
                );
            }
        }
    }
    Ok(())
}

fn rules(rules: &Rules) -> Vec<Rule> {
    match rules {
        Rules::None => Vec::new(),
        Rules::Set(rules) => rules.clone(),
        Rules::Shipped => {
            let windows = SHIPPED.iter().flat_map(|(endpoint, day, week, _)| {
                let at_most = |most: u32, hours| Rule::AtMost {
                    most: most as usize,
                    of: Of::One(*endpoint),
                    per: Per::Hours(hours),
                };
                [at_most(*day, 24), at_most(*week, 7 * 24)]
            });
            let days = vec![0, 1, 2, 3, 4];
            let others = [
                Rule::AtMost { most: 50, of: Of::All, per: Per::Hours(1) },
                Rule::Apart { of: Of::Reads, least: 3, jitter: 0 },
                Rule::Apart { of: Of::Writes, least: 45, jitter: 0 },
                Rule::Gap { of: Of::One(Endpoint::SendMessage), hours: 24 },
                Rule::During { of: Of::Writes, days, from: 8, to: 19, zone: "UTC" },
            ];
            windows.chain(others).collect()
        }
    }
}

/// Why one of these breaks a rule after those before it, if it does. Whatever the clock was set to, what lies ahead
/// of it counts as what was just sent.
fn broken(rule: &Rule, it: &Made, before: &[Made]) -> Option<String> {
    let is_of = |of: &Of, made: &Made| match of {
        Of::All => true,
        Of::Reads => made.endpoint.effect() == Effect::Read,
        Of::Writes => made.endpoint.effect() == Effect::Write,
        Of::One(endpoint) => made.endpoint == *endpoint,
    };
    let since = |from: Timestamp, of: &Of| before.iter().filter(|it| is_of(of, it) && it.at >= from).count();
    let hours = |hours: u32| SignedDuration::from_hours(i64::from(hours));
    match rule {
        Rule::AtMost { of, .. } | Rule::Apart { of, .. } | Rule::Gap { of, .. } | Rule::During { of, .. }
            if !is_of(of, it) =>
        {
            None
        }
        Rule::AtMost { most, of, per } => {
            let from = match per {
                Per::Hours(length) => it.at - hours(*length),
                Per::Day(zone) => midnight(it.at, zone, 0),
                Per::Week(zone) => midnight(it.at, zone, since_monday(it.at, zone)),
            };
            // What was permitted before the window began may have arrived in it.
            let count = since(from + LATE, of) + 1;
            (count > *most && it.at > from + LATE).then(|| format!("{count} since {from}"))
        }
        Rule::Apart { of, least, .. } => {
            let from = it.at - SignedDuration::from_secs(i64::from(*least)) + LATE;
            (since(from, of) > 0).then(|| "the one before was too near".to_owned())
        }
        Rule::Gap { hours: length, of } => {
            let from = it.at - hours(*length) + LATE;
            let same = |made: &&Made| is_of(of, made) && made.person == it.person && made.at >= from;
            (it.person.is_some() && before.iter().any(|made| same(&made)))
                .then(|| "to the same person".to_owned())
        }
        Rule::During { days, from, to, zone, .. } => {
            let open = |at: Timestamp| is_open(at, days, *from, *to, zone);
            (!open(it.at) && !open(it.at - LATE)).then(|| "it was closed".to_owned())
        }
    }
}

fn since_monday(at: Timestamp, zone: &str) -> i64 {
    i64::from(at.in_tz(zone).unwrap().date().weekday().to_monday_zero_offset())
}

/// The beginning of the day so many days ago.
fn midnight(at: Timestamp, zone: &str, days_ago: i64) -> Timestamp {
    let date = at.in_tz(zone).unwrap().date();
    let date = date.checked_sub(jiff::Span::new().days(days_ago)).unwrap();
    date.in_tz(zone).unwrap().timestamp()
}

fn is_open(at: Timestamp, days: &[Day], from: i8, to: i8, zone: &str) -> bool {
    let local = at.in_tz(zone).unwrap();
    let on = |weekday: Weekday| days.contains(&Day::try_from(weekday.to_monday_zero_offset()).unwrap());
    let (today, hour) = (local.date().weekday(), local.hour());
    if from < to {
        return on(today) && (from..to).contains(&hour);
    }
    // A night belongs to the day on which it begins.
    (on(today) && hour >= from) || (on(today.previous()) && hour < to)
}

pub(super) fn nobody_blocked(world: &World) -> Result<(), Violation> {
    let arrivals = arrivals(world);
    for (person, since) in world.blocked.lock().unwrap().iter() {
        let (id, slug) = (person_key(&urn(*person)).to_owned(), slug(*person));
        for it in arrivals.iter().filter(|it| it.at > *since + LATE) {
            let to_person = matches!(it.endpoint, Endpoint::SendMessage | Endpoint::SendConnectionRequest);
            // By a slug is blocked whose item has it: its profile was read, so that both names are known.
            let is_named =
                if person % 2 == 0 { it.target.ends_with(&id) } else { it.by.contains(&format!("[{slug}]")) };
            if to_person && is_named {
                let text = format!("{} to {} at {}, blocked since {since}", it.endpoint, it.target, it.at);
                return violation(Law::Contact, text);
            }
        }
    }
    Ok(())
}
