//! What no history may break.

use crate::expect;
use crate::file::{Case, TestFile};
use crate::play::Played;
use jiff::Timestamp;
use outx_flow::testing::Sent;
use outx_flow::{KindEffect, RunStatus, Workflow};
use outx_ledger::limits::{History, Limits, Scope, Sending, earliest};
use outx_model::{ActionState, ContentHash, Effect, Once, Target};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::convert::Infallible;

/// A law that was broken.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Breach {
    /// What happened, in a sentence.
    pub(super) law: String,
    /// What a case expects that shows it.
    pub(super) expect: Map<String, Value>,
}

impl Breach {
    pub(super) fn stuck(law: String) -> Self {
        Self { law, expect: Map::from_iter([("status".to_owned(), json!("succeeded"))]) }
    }
}

/// The laws that a history breaks. `base` is the same history undisturbed.
pub(super) fn breaches(file: &TestFile, case: &Case, base: &Played, played: &Played) -> Vec<Breach> {
    let mut found = twice(&file.workflow, base, played);
    found.extend(blocked(case, played));
    found.extend(limits(&file.workflow, case, played));
    found.extend(lost(played));
    found.extend(stuck(played));
    for finding in expect::broken(&case.never, played) {
        let law = match &finding.help {
            Some(help) => format!("{} ({help})", finding.message),
            None => finding.message,
        };
        // The law stands in the case already.
        found.push(Breach {
            law,
            expect: Map::from_iter([("status".to_owned(), json!(played.report.status.word()))]),
        });
    }
    found
}

/// What makes two writes the same: the target, where there is one such write to it for ever, else the whole input.
fn same(sent: &Sent) -> String {
    let target = sent.call.spec().and_then(|spec| {
        let once = spec.target.is_some_and(|rule| rule.once == Once::PerTarget);
        spec.target(&sent.input).filter(|_| once)
    });
    match target {
        Some(target) => format!("{} {}", sent.name(), target.key()),
        None => format!("{} {}", sent.name(), sent.input),
    }
}

fn twice(workflow: &Workflow, base: &Played, played: &Played) -> Vec<Breach> {
    // What a file says may be repeated may arrive twice.
    let may_repeat = workflow.all_steps().iter().any(|(_, step)| {
        step.uses().is_some_and(|uses| {
            uses.kind.name() == "core.http" && uses.kind.effect() == KindEffect::Idempotent
        })
    });
    let counts = |played: &Played| {
        let mut counts: BTreeMap<String, (u64, Sent)> = BTreeMap::new();
        let writes = played.sent.iter().filter(|sent| sent.effect == Effect::Write);
        for sent in writes.filter(|sent| sent.task.is_some() || !may_repeat) {
            counts.entry(same(sent)).or_insert_with(|| (0, sent.clone())).0 += 1;
        }
        counts
    };
    let (before, after) = (counts(base), counts(played));
    let mut found = Vec::new();
    for (key, (count, sent)) in after {
        let allowed = before.get(&key).map_or(1, |(count, _)| *count);
        if count > allowed {
            let name = sent.name();
            let law = format!("{name} arrived {count} times with {}", sent.input);
            let expect = json!({ name: base.count(sent.name()) });
            found.push(Breach { law, expect: Map::from_iter([("sent_count".to_owned(), expect)]) });
        }
    }
    found
}

fn blocked(case: &Case, played: &Played) -> Vec<Breach> {
    let written = case.block.iter().filter_map(|person| Some((person, played.written_to(person)?)));
    written
        .map(|(person, sent)| Breach {
            law: format!("{} was sent to {person}, who is on the block list", sent.name()),
            expect: Map::from_iter([("not_sent_to".to_owned(), json!([name(&person.to_string())]))]),
        })
        .collect()
}

/// A person's name as it is written in a file.
fn name(shown: &str) -> &str {
    shown.split_once(':').map_or(shown, |(_, name)| name)
}

struct Past(Vec<Sending>);

impl History for Past {
    type Error = Infallible;

    fn latest(&self, scope: &Scope, n: u32) -> Result<Option<Timestamp>, Infallible> {
        let n = usize::try_from(n.saturating_sub(1)).unwrap_or(usize::MAX);
        Ok(self.0.iter().rev().filter(|sending| scope.holds(sending)).nth(n).map(|sending| sending.at))
    }
}

/// The first call that came before the limits allow it.
fn limits(workflow: &Workflow, case: &Case, played: &Played) -> Option<Breach> {
    let limits = case.limits.clone().unwrap_or_else(Limits::none).and(&workflow.limits);
    if limits.0.is_empty() {
        return None;
    }
    let mut past = Past(Vec::new());
    for sent in played.sent.iter().filter(|sent| sent.task.is_some()) {
        let person = sent.call.spec().and_then(|spec| match spec.target(&sent.input) {
            Some(Target::Person(person)) => Some(person),
            _ => None,
        });
        let sending = Sending { endpoint: sent.call, at: sent.at, person, label: None };
        let Ok(delay) = earliest(&limits, &sending, &past);
        if let Some(delay) = delay {
            let law = format!(
                "{} arrived at {}, and was not to be sent before {}: {}",
                sent.name(),
                sent.at,
                delay.until,
                delay.why
            );
            return Some(Breach::stuck(law));
        }
        past.0.push(sending);
    }
    None
}

/// Tasks of writes that nobody would ask for any more.
fn lost(played: &Played) -> Vec<Breach> {
    let known: Vec<_> = played
        .entries
        .iter()
        .flat_map(|entry| entry.tries().flat_map(|tried| tried.action.task_ids()))
        .collect();
    let unknown = played.sent.iter().filter(|sent| sent.effect == Effect::Write).filter(|sent| {
        let Some(task) = &sent.task else { return false };
        !known.contains(task)
            && !played.entries.iter().filter(|entry| entry.endpoint == sent.call).any(|entry| {
                match entry.action.state() {
                    ActionState::InDoubt { .. } | ActionState::Sending { .. } => true,
                    // A person has settled it, and named no task.
                    ActionState::SaidSent | ActionState::GivenUp => {
                        entry.input == ContentHash::of_json(&sent.input)
                    }
                    _ => false,
                }
            })
    });
    unknown
        .map(|sent| Breach::stuck(format!("the task of {} {} is known to nobody", sent.name(), sent.input)))
        .collect()
}

fn stuck(played: &Played) -> Option<Breach> {
    let report = &played.report;
    let without_reason = report.status == RunStatus::Running
        || report.status == RunStatus::Waiting && report.waiting_for.is_empty();
    without_reason.then(|| Breach::stuck("the run is left, and nothing says why".to_owned()))
}
