//! What can disturb a case, and which of it is tried.

use super::laws::Breach;
use crate::expect::yaml;
use crate::file::{Case, Faulted};
use crate::play::{Disturbed, Played};
use outx_flow::journal::Event;
use outx_flow::testing::Moment;
use outx_model::{Call, ContentHash};
use outx_service::{Command, Injection, On};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The faults that are tried, by their words.
const FAULTS: [&str; 8] =
    ["answer-lost", "not-sent", "reset", "truncated", "garbage", "rate-limited", "server-error", "timeout"];

/// So many polls of a case are disturbed, the first of them.
const POLLS: u64 = 3;

/// At most so many disturbances at once.
const AT_ONCE: u64 = 4;

/// One thing that disturbs.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Single {
    Fault(Faulted),
    Kill(String, Moment),
}

/// Each fault at each request, and each kill at each step that has an effect, as the undisturbed history shows them.
pub(super) fn single(base: &Played) -> Vec<Single> {
    let mut singles = Vec::new();
    let mut numbers: BTreeMap<Call, u64> = BTreeMap::new();
    for sent in base.sent.iter().filter(|sent| sent.task.is_some()) {
        let number = numbers.entry(sent.call).or_default();
        *number += 1;
        singles.extend(FAULTS.iter().filter_map(|word| fault(On::Create(sent.call), word, *number)));
    }
    let polls = if numbers.is_empty() { 0 } else { POLLS };
    for number in 1..=polls {
        singles.extend(FAULTS.iter().filter_map(|word| fault(On::Poll, word, number)));
    }
    let mut steps = BTreeSet::new();
    for fact in base.facts.iter().flatten() {
        if matches!(fact.event, Event::Started { .. }) && steps.insert(fact.path.as_str()) {
            singles.extend(Moment::ALL.map(|moment| Single::Kill(fact.path.to_string(), moment)));
        }
    }
    singles
}

fn fault(on: On, word: &str, number: u64) -> Option<Single> {
    let Ok(Command::Inject(injection)) = Command::read(&json!({ "do": "inject", "fault": word })) else {
        return None;
    };
    Some(Single::Fault(Faulted { injection: Injection { on, ..injection }, number, word: word.to_owned() }))
}

/// Which of them are tried: each by itself, in an order that the seed draws, and then several at once.
pub(super) fn chosen(singles: &[Single], most: usize, seed: u64) -> impl Iterator<Item = Disturbed> {
    let draw = move |what: &str| ContentHash::of_bytes(format!("{seed} {what}").as_bytes()).seed();
    let mut order: Vec<usize> = (0..singles.len()).collect();
    order.sort_by_key(|at| draw(&format!("single {at}")));
    let alone = order.into_iter().map(|at| of([&singles[at]].into_iter()));
    let count = singles.len() as u64;
    let together = (0_u64..).map_while(move |turn| {
        let many = 2 + draw(&format!("many {turn}")) % (AT_ONCE - 1);
        let at = |number: u64| draw(&format!("turn {turn} {number}")).checked_rem(count);
        let drawn: Option<Vec<_>> = (0..many).map(at).collect();
        let drawn = drawn?.into_iter().filter_map(|at| singles.get(usize::try_from(at).ok()?));
        Some(of(drawn))
    });
    alone.chain(together).take(most)
}

fn of<'s>(singles: impl Iterator<Item = &'s Single>) -> Disturbed {
    let mut disturbed = Disturbed { tells_truth: true, ..Disturbed::default() };
    for single in singles {
        match single {
            Single::Fault(fault) => disturbed.faults.push(fault.clone()),
            Single::Kill(step, moment) => disturbed.crashes.push((step.clone(), *moment)),
        }
    }
    disturbed
}

/// The case with what disturbed it, as it stands in a test file.
pub(super) fn written(case: &Case, disturbed: &Disturbed, found: &[Breach]) -> String {
    let Value::Object(mut whole) = case.node.to_json() else { return String::new() };
    whole.insert("name".to_owned(), json!(format!("{} (disturbed)", case.name)));
    let faults = disturbed.faults.iter().map(|fault| {
        let on = match fault.injection.on {
            On::Create(ref call) => call.name(),
            On::Poll => "get-task-status",
            On::Any => "*",
        };
        json!({ "on": on, "number": fault.number, "fault": fault.word })
    });
    append(&mut whole, "faults", faults.collect());
    let crashes =
        disturbed.crashes.iter().map(|(step, moment)| json!({ "step": step, "moment": moment.word() }));
    append(&mut whole, "crash_at", crashes.collect());
    let mut expect = Map::new();
    for breach in found {
        for (key, value) in &breach.expect {
            expect.insert(key.clone(), value.clone());
        }
    }
    whole.insert("expect".to_owned(), Value::Object(expect));
    let text = yaml(&Value::Array(vec![Value::Object(whole)]));
    let laws: Vec<_> = found.iter().map(|breach| format!("# {}\n", breach.law)).collect();
    laws.concat() + &text
}

fn append(whole: &mut Map<String, Value>, key: &str, more: Vec<Value>) {
    if more.is_empty() {
        return;
    }
    let before = match whole.remove(key) {
        Some(Value::Array(before)) => before,
        Some(one) => vec![one],
        None => Vec::new(),
    };
    whole.insert(key.to_owned(), before.into_iter().chain(more).collect());
}
