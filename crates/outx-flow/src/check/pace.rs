//! Whether a run that is started by itself can end before the next one.

use super::Checker;
use super::limits::Named;
use crate::definition::{Block, Tree};
use crate::diagnostic::Diagnostic;
use crate::schedule::Schedule;
use jiff::{SignedDuration, Timestamp};
use outx_ledger::limits::{Closures, Demand, Limits, Sending, Which, timetable};

/// So many sendings are played through; a run of more is over no sooner.
const PLAYED: usize = 2_000;

/// So many starts are looked at for the longest pause between two of them.
const STARTS: usize = 400;

impl Checker<'_> {
    /// Warns of a limit of the file that keeps a run waiting beyond the longest pause between two of its starts. Only what
    /// is sent in any case counts: constant lists, and steps without a condition.
    pub(super) fn pace(&mut self, block: &Block, limits: &Named, schedule: &Schedule) {
        let mut certain = Vec::new();
        collect(block, 1, &mut certain);
        let Some(longest) = longest_pause(schedule) else { return };
        for (name, span, rule) in limits.declared() {
            let counted: Vec<_> = certain.iter().filter(|it| holds(rule.of(), it)).cloned().collect();
            let count = counted.iter().map(|it| it.count).sum::<usize>();
            let alone = Limits(vec![rule.clone()]);
            let table = timetable(&alone, &Closures::default(), &[], counted, MONDAY, PLAYED);
            let Some(last) = table.sendings.last() else { continue };
            let takes = last.at.duration_since(MONDAY);
            if takes > longest {
                let message = format!(
                    "the limit `{name}` lets a run take {}, and the schedule starts one at least every {}",
                    words(takes),
                    words(longest)
                );
                let more = if table.left > 0 { "more than " } else { "" };
                self.diagnostics.push(Diagnostic::warning("OX323", message, span).with_help(format!(
                    "each run sends {more}{} that count for it: loosen the limit, shorten the list, or start less often",
                    count - table.left
                )));
            }
        }
    }
}

/// A Monday morning, far from any change of the clock: what is compared is a length of time.
const MONDAY: Timestamp = Timestamp::constant(1_772_441_000, 0);

/// What a run sends in any case, as far as the file alone says it.
fn collect(block: &Block, times: usize, found: &mut Vec<Demand>) {
    for step in block.steps.iter().filter(|step| step.condition.is_none()) {
        if let Some(uses) = step.uses() {
            let label = uses.limit.as_deref().map(str::to_owned);
            found.extend(uses.kind.task().map(|endpoint| Demand { endpoint, label, count: times }));
        } else if let Some(each) = step.each()
            && let Some(length) = constant_length(&each.list)
        {
            collect(&each.block, times.saturating_mul(length), found);
        }
    }
}

fn constant_length(list: &Tree) -> Option<usize> {
    match list {
        Tree::List(items) => Some(items.len()),
        Tree::Constant(value) => value.to_json().as_array().map(Vec::len),
        Tree::Text(..) | Tree::Map(_) => None,
    }
}

fn holds(which: &Which, certain: &Demand) -> bool {
    let Demand { endpoint, label, .. } = certain;
    which.holds(&Sending { endpoint: *endpoint, at: MONDAY, person: None, label: label.clone() })
}

fn longest_pause(schedule: &Schedule) -> Option<SignedDuration> {
    let mut before = schedule.next_after(MONDAY)?;
    let mut longest = None;
    for _ in 0..STARTS {
        let Some(next) = schedule.next_after(before) else { break };
        longest = longest.max(Some(next.duration_since(before)));
        before = next;
    }
    longest
}

/// A length of time as people say it, in its largest unit.
fn words(length: SignedDuration) -> String {
    let of = |count: i64, unit: &str| format!("{count} {unit}{}", if count == 1 { "" } else { "s" });
    match length.as_hours() {
        hours if hours >= 120 => of((hours + 12) / 24, "day"),
        hours if hours >= 2 => of(hours, "hour"),
        _ => of(length.as_mins().max(1), "minute"),
    }
}
