//! A plan for people.

use super::{
    Known, around, effect, is_within_a_kind, kind_of, length, outrun, portions, seen, writes_elsewhere,
};
use crate::account::Live;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use outx_flow::{Forecast, Form, Planned, Step, Workflow};
use outx_model::Effect;
use std::fmt::Write;

/// So many known inputs of a step are shown.
const SHOWN: usize = 2;

pub(super) fn as_text(
    workflow: &Workflow,
    ahead: &Forecast,
    known: &Known,
    live: Option<&Live>,
    now: Timestamp,
) -> String {
    let mut text = format!("plan of `{}`: nothing is created, and nothing is sent\n", workflow.name);
    let written = || ahead.steps.iter().filter(|(name, _)| !is_within_a_kind(workflow, name));
    let widest = |widths: &mut dyn Iterator<Item = usize>| widths.max().unwrap_or_default();
    let width = widest(&mut written().map(|(name, _)| shown(name).len()));
    let kinds = widest(&mut written().map(|(name, step)| kind_of(workflow, name, step).unwrap_or("").len()));
    let mut last_part = None;
    for (name, step) in written() {
        let (part, _) = name.split_once('.').unwrap_or_default();
        if ["on_failure", "finally"].contains(&part) && last_part.replace(part) != Some(part) {
            let _ = writeln!(text, "  {part}:");
        }
        let kind = kind_of(workflow, name, step).unwrap_or("");
        let effect = effect(workflow, name, step);
        let times = times(workflow, name, step);
        let _ = writeln!(text, "  {:<width$}  {effect:<6}  {kind:<kinds$}  {times}", shown(name));
        let mut below = |line: &str| {
            let _ = writeln!(text, "  {:<width$}          {line}", "");
        };
        if let Some(count) = known.already.get(name) {
            below(&there(step, *count));
        }
        let is_sent = step.kind.as_ref().is_some_and(|kind| kind.reaches_others());
        for known in step.known.iter().take(if is_sent { SHOWN } else { 0 }) {
            below(&seen(step, known).to_string());
        }
        if is_sent && step.known.len() > SHOWN {
            below(&format!("… and {} more", step.known.len() - SHOWN));
        }
        if is_sent && step.known.is_empty() && (step.count > 0 || step.is_open) {
            below("what it sends follows from steps before it");
        }
    }
    text.push('\n');
    text.push_str(&parts(workflow, ahead));
    text.push_str(&cost(workflow, ahead, known, now));
    if let Some(overlap) = outrun(workflow, &known.table, now) {
        let _ = writeln!(text, "{overlap}");
    }
    if !ahead.asks.is_empty() {
        let whom = if let [person] = ahead.asks.as_slice() {
            format!("{} was", person.text())
        } else {
            format!("{} people were", ahead.asks.len())
        };
        let _ = writeln!(text, "Whether {whom} contacted is for the ledger to say.");
    }
    if live.is_none() {
        text.push_str(
            "There is no key: these are the limits of a new live account, and the ledger was not asked.\n",
        );
    }
    text
}

/// How many of a step are there already.
fn there(step: &Planned, count: usize) -> String {
    let of = match (step.known.len(), step.count) {
        (known, all) if known < all => format!("the {known} whose input is known"),
        (known, _) => known.to_string(),
    };
    let again = match step.kind.as_ref().map(|kind| kind.effect()) {
        Some(outx_flow::KindEffect::Read) => "read",
        _ => "sent",
    };
    format!("the ledger has {count} of {of} already, which are not {again} again")
}

/// How much of their lists the reads of a plan give.
fn parts(workflow: &Workflow, ahead: &Forecast) -> String {
    let mut text = String::new();
    for (kind, (portion, _)) in portions(workflow, ahead) {
        let _ = writeln!(text, "Each {kind} gives {}.", portion.doc);
    }
    text
}

/// A step's name, indented as it stands in the file.
fn shown(name: &str) -> String {
    let id = name.rsplit('.').next().unwrap_or(name);
    format!("{}{id}", "  ".repeat(name.matches('.').count()))
}

fn times(workflow: &Workflow, name: &str, step: &Planned) -> String {
    let repeat = workflow.find(name).and_then(Step::repeat);
    let what = match (step.form, step.count) {
        (Form::Each, 1) => "1 item".to_owned(),
        (Form::Each, count) => format!("{count} items"),
        (_, 1) => "once".to_owned(),
        (_, count) => format!("{count} times"),
    };
    if let Some(repeat) = repeat {
        // One that is done once is the usual.
        let times = if step.count == 1 { String::new() } else { format!("{what}, ") };
        return format!("{times}{}", repeat.in_words());
    }
    let repetition = around(workflow, name).filter(|(_, step)| step.repeat().is_some()).last();
    if let (Some((repetition, _)), 0, true) = (repetition, step.count, step.is_open) {
        return format!("each time of `{}`", repetition.rsplit('.').next().unwrap_or(repetition));
    }
    match (step.is_open, step.count) {
        (true, 0) => "as often as its list says, which is not known before it was read".to_owned(),
        (true, _) => format!("{what}, and what is not known before it was read"),
        (false, 0) => "not at all".to_owned(),
        (false, _) if step.is_conditional() => format!("{what} at most, by its condition"),
        (false, _) => what,
    }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// How much that is, and how long it takes under the limits.
fn cost(workflow: &Workflow, ahead: &Forecast, known: &Known, now: Timestamp) -> String {
    let of = |effect: Effect| {
        let counts = ahead.counts.iter().filter(move |(_, (endpoint, _))| endpoint.effect() == effect);
        counts
            .map(|(step, (_, count))| {
                count.saturating_sub(known.already.get(step).copied().unwrap_or_default())
            })
            .sum::<usize>()
    };
    let (reads, writes) = (of(Effect::Read), of(Effect::Write));
    let unknown: Vec<_> = ahead.unknown.iter().filter(|name| !is_within_a_kind(workflow, name)).collect();
    let more = if unknown.is_empty() {
        String::new()
    } else {
        let names: Vec<_> = unknown.iter().map(|name| format!("`{name}`")).collect();
        format!(", and what {} will come to, which is not known yet", names.join(" and "))
    };
    let mut text = format!("{} and {} at most{more}.\n", counted(reads, "read"), counted(writes, "write"));
    let elsewhere: usize =
        ahead.steps.values().filter(|step| writes_elsewhere(step)).map(|step| step.count).sum();
    if elsewhere > 0 {
        let _ = writeln!(text, "Beside them {} to others than LinkedIn.", counted(elsewhere, "write"));
    }
    if let Some(last) = known.table.sendings.last() {
        let at = TimeZone::system().to_datetime(last.at).strftime("%a %-d %b %Y, %H:%M");
        let open = known.table.left > 0 || !ahead.unknown.is_empty();
        let then = if open { ", and more after that" } else { "" };
        let _ = writeln!(
            text,
            "Under the account's limits the last of these goes on {at} at the earliest, in {}{then}.",
            length(last.at.duration_since(now))
        );
    }
    // A pause of some minutes is seen in the date alone.
    if let Some(held) = known.tightest.as_ref().filter(|held| held.fills.as_hours() >= 1) {
        let _ = writeln!(
            text,
            "The tightest limit is `{}`: {} of these count for it and fill {}.",
            held.rule,
            held.count,
            length(held.fills)
        );
    }
    if !known.table.never.is_empty() {
        let names: Vec<_> = known.table.never.iter().map(ToString::to_string).collect();
        let _ = writeln!(text, "The limits never allow all of {}.", names.join(", "));
    }
    text
}
