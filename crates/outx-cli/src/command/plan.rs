//! `outx plan`

use super::run::right_account;
use super::{load, print_json};
use crate::account::{self, Live};
use crate::ahead::{Whose, look_ahead};
use crate::args::{Output, PlanArgs};
use crate::command::limits::LOOK_BACK;
use crate::fault::Fault;
use crate::home::Home;
use crate::kinds::{Purpose, options};
use crate::print::stdout;
use crate::{Exit, given};
use indexmap::IndexMap;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use outx_flow::{Forecast, Form, KindEffect, Once, Overlap, Planned, Step, Workflow, entry_of};
use outx_ledger::limits::{Closures, Sending, Timetable, timetable};
use outx_ledger::{AccountStore, LedgerStore};
use outx_model::{ActionKey, ActionState, Call, Effect, Endpoint};
use outx_store::Store;
use outx_transport::{Clock, SystemClock};
use serde_json::{Value, json};
use std::fmt::Write;
use std::sync::Arc;

/// So many sendings are played through; a longer run's end is far off in any case.
const PLAYED: usize = 20_000;

/// So many known inputs of a step are shown.
const SHOWN: usize = 2;

pub(crate) async fn plan(args: PlanArgs) -> Result<Exit, Fault> {
    let workflow = Arc::new(load(&args.file, &options(Purpose::File, false))?);
    let inputs = given::resolved(&workflow, &args.inputs)?;
    let home = Home::find()?;
    // Nothing is made, and nothing is asked of the service.
    let store = home.store_if_there()?;
    let live = match Live::find(&args.key) {
        Ok(live) => Some(live),
        Err(fault) if fault.exit() == Exit::Authentication && args.key.profile.is_none() => None,
        Err(fault) => return Err(fault),
    };
    let live = match (live, &store) {
        (Some(live), Some(store)) => Some(live.known(store).await?),
        (live, _) => live,
    };
    if let Some(live) = &live {
        right_account(&workflow, live)?;
    }
    let now = SystemClock.now();
    let whose = match (&live, &store) {
        (None, _) => Whose::Nobodys,
        (Some(_), None) => Whose::New,
        (Some(live), Some(store)) => Whose::Of(store, live.client.account()),
    };
    let ahead = look_ahead(&workflow, &inputs, whose, now).await?;
    let known = Known::of(&ahead, &workflow, live.as_ref(), store.as_ref(), now).await?;
    match args.output {
        Output::Json => print_json(&as_json(&workflow, &ahead, &known, now)),
        Output::Text => stdout(&as_text(&workflow, &ahead, &known, live.as_ref(), now)),
    }
    Ok(Exit::Success)
}

/// What the account adds to a plan.
struct Known {
    /// For each step, how many of its writes the ledger has already.
    already: IndexMap<String, usize>,
    /// When what is left may be sent.
    table: Timetable,
}

impl Known {
    async fn of(
        ahead: &Forecast,
        workflow: &Workflow,
        live: Option<&Live>,
        store: Option<&Store>,
        now: Timestamp,
    ) -> Result<Self, Fault> {
        let mut already = IndexMap::new();
        let mut limits = account::limits(live.is_none_or(|live| !live.is_loopback)).unless_set;
        let (mut past, mut closures): (Vec<Sending>, _) = (Vec::new(), Closures::default());
        if let (Some(live), Some(store)) = (live, store) {
            let account = live.client.account();
            limits = store.limits(account).await?.unwrap_or(limits);
            past = store.sendings(account, now - LOOK_BACK).await?;
            closures = store.closures(account).await?;
            already = in_ledger(ahead, workflow, live, store).await?;
        }
        let mut wanted: IndexMap<Call, usize> = IndexMap::new();
        for (step, (endpoint, count)) in &ahead.counts {
            let left = count.saturating_sub(already.get(step).copied().unwrap_or_default());
            *wanted.entry(*endpoint).or_default() += left;
        }
        let wanted: Vec<_> = wanted.into_iter().collect();
        let limits = limits.and(&workflow.limits);
        Ok(Self { already, table: timetable(&limits, &closures, &past, &wanted, now, PLAYED) })
    }
}

/// How many writes of each step would not be sent again, of those whose input is known.
async fn in_ledger(
    ahead: &Forecast,
    workflow: &Workflow,
    live: &Live,
    store: &Store,
) -> Result<IndexMap<String, usize>, Fault> {
    let mut already = IndexMap::new();
    for (name, step) in &ahead.steps {
        let Some(endpoint) = endpoint(step).filter(|endpoint| endpoint.effect() == Effect::Write) else {
            continue;
        };
        let uses = workflow.find(name).and_then(Step::uses);
        let (Some(uses), scope) = (uses, format!("{}/{name}", workflow.name)) else { continue };
        for known in &step.known {
            let by = ActionKey::new(format!("plan/{}", known.path));
            let once = (known.once.as_deref(), matches!(uses.once, Some(Once::Each)));
            let (entry, _) = entry_of(uses, once, endpoint.into(), &scope, &known.input, &by);
            let entry = store.entry(live.client.account(), &entry).await?;
            let stays = entry.is_some_and(|entry| {
                let state = entry.action.state();
                !matches!(
                    state,
                    ActionState::Planned { .. } | ActionState::Failed { .. } | ActionState::Rejected { .. }
                )
            });
            if stays {
                *already.entry(name.clone()).or_default() += 1;
            }
        }
    }
    Ok(already)
}

fn endpoint(step: &Planned) -> Option<Endpoint> {
    step.kind.as_ref().and_then(|kind| kind.endpoint())
}

/// What may be shown of an input: of secrets, their names.
fn seen(step: &Planned, known: &outx_flow::Known) -> Value {
    let input = step.kind.as_ref().map_or_else(|| known.input.clone(), |kind| kind.shown(&known.input));
    outx_flow::shown(&input)
}

/// Whether a step writes elsewhere than on LinkedIn.
fn writes_elsewhere(step: &Planned) -> bool {
    step.kind.as_ref().is_some_and(|kind| kind.effect() == KindEffect::Write && !kind.creates_tasks())
}

/// What a step does to the world, in a word.
fn effect(step: &Planned) -> &'static str {
    match step.kind.as_ref().map(|kind| kind.effect()) {
        None => step.form.word(),
        Some(KindEffect::None) => "-",
        Some(KindEffect::Idempotent) => "local",
        Some(KindEffect::Read) => "read",
        Some(KindEffect::Write) => "write",
    }
}

fn as_json(workflow: &Workflow, ahead: &Forecast, known: &Known, now: Timestamp) -> Value {
    let steps = ahead.steps.iter().map(|(name, step)| {
        let inputs = step.known.iter().map(|known| json!({ "path": known.path, "input": seen(step, known) }));
        json!({
            "step": name,
            "kind": step.kind.as_ref().map(|kind| kind.name()),
            "effect": effect(step),
            "count": step.count,
            "open": step.is_open,
            "already": known.already.get(name).copied().unwrap_or_default(),
            "inputs": inputs.collect::<Vec<_>>(),
        })
    });
    json!({
        "name": workflow.name,
        "steps": steps.collect::<Vec<_>>(),
        "ends_at": known.table.sendings.last().map(|sending| sending.at),
        "more": known.table.left > 0 || !ahead.unknown.is_empty(),
        "never": known.table.never,
        "outrun": outrun(workflow, known, now).is_some(),
    })
}

fn as_text(
    workflow: &Workflow,
    ahead: &Forecast,
    known: &Known,
    live: Option<&Live>,
    now: Timestamp,
) -> String {
    let mut text = format!("plan of `{}`: nothing is created, and nothing is sent\n", workflow.name);
    let mut last_part = None;
    let written = ahead.steps.keys().filter(|name| !is_within_a_kind(workflow, name));
    let width = written.map(|name| shown(name).len()).max().unwrap_or_default();
    for (name, step) in &ahead.steps {
        if is_within_a_kind(workflow, name) {
            continue;
        }
        let stands_for = workflow.find(name).and_then(|step| step.stands_for.as_deref());
        let kind = stands_for.unwrap_or_else(|| step.kind.as_ref().map_or("", |kind| kind.name()));
        let effect = if stands_for.is_some() { KindEffect::Read.word() } else { effect(step) };
        let (part, _) = name.split_once('.').unwrap_or_default();
        if ["on_failure", "finally"].contains(&part) && last_part.replace(part) != Some(part) {
            let _ = writeln!(text, "  {part}:");
        }
        let _ = write!(
            text,
            "  {:<width$}  {:<5}  {kind:<33}  {}",
            shown(name),
            effect,
            times(workflow, name, step)
        );
        if let Some(count) = known.already.get(name) {
            let _ = write!(text, "; the ledger has {count} of them already, which are not sent again");
        }
        text.push('\n');
        let is_sent = step.kind.as_ref().is_some_and(|kind| kind.reaches_others());
        for known in step.known.iter().take(if is_sent { SHOWN } else { 0 }) {
            let _ = writeln!(text, "  {:<width$}         {}", "", seen(step, known));
        }
        if is_sent && step.known.len() > SHOWN {
            let _ = writeln!(text, "  {:<width$}         … and {} more", "", step.known.len() - SHOWN);
        }
        if is_sent && step.known.is_empty() && (step.count > 0 || step.is_open) {
            let _ = writeln!(text, "  {:<width$}         what it sends follows from steps before it", "");
        }
    }
    text.push_str(&cost(ahead, known, now));
    if let Some(overlap) = outrun(workflow, known, now) {
        let _ = writeln!(text, "The schedule's next start comes before such a run has ended: it {overlap}.");
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

/// What becomes of the schedule's next start, where it comes while a run that began with the one before still sends.
fn outrun(workflow: &Workflow, known: &Known, now: Timestamp) -> Option<&'static str> {
    let schedule = workflow.schedule.as_ref()?;
    let takes = known.table.sendings.last()?.at.duration_since(now);
    let start = schedule.next_after(now)?;
    let next = schedule.next_after(start)?;
    (next.duration_since(start) < takes).then_some(match schedule.overlap {
        Overlap::Skip => "is left out",
        Overlap::Wait => "waits for that",
        Overlap::Allow => "runs beside it",
    })
}

/// A step's name, indented as it stands in the file.
fn shown(name: &str) -> String {
    let id = name.rsplit('.').next().unwrap_or(name);
    format!("{}{id}", "  ".repeat(name.matches('.').count()))
}

/// The steps around one, the outermost first.
fn around<'n>(workflow: &'n Workflow, name: &'n str) -> impl Iterator<Item = (&'n str, &'n Step)> {
    let ends = name.match_indices('.').map(|(at, _)| &name[..at]);
    ends.filter_map(|name| Some((name, workflow.find(name)?)))
}

/// Whether a step is one of those that a kind stands for, which stand in no file.
fn is_within_a_kind(workflow: &Workflow, name: &str) -> bool {
    around(workflow, name).any(|(_, step)| step.stands_for.is_some())
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
        (false, _) => what,
    }
}

/// How much that is, and how long it takes under the limits.
fn cost(ahead: &Forecast, known: &Known, now: Timestamp) -> String {
    let of = |effect: Effect| {
        let counts = ahead.counts.iter().filter(move |(_, (endpoint, _))| endpoint.effect() == effect);
        counts
            .map(|(step, (_, count))| count - known.already.get(step).copied().unwrap_or_default())
            .sum::<usize>()
    };
    let (reads, writes) = (of(Effect::Read), of(Effect::Write));
    let more = if ahead.unknown.is_empty() { "" } else { ", and what is not known yet" };
    let mut text = format!("{reads} reads and {writes} writes at most{more}.");
    let elsewhere: usize =
        ahead.steps.values().filter(|step| writes_elsewhere(step)).map(|step| step.count).sum();
    if elsewhere > 0 {
        let _ = write!(text, " Beside them {elsewhere} writes to others than LinkedIn.");
    }
    if let Some(last) = known.table.sendings.last() {
        let zone = TimeZone::system();
        let at = zone.to_datetime(last.at).strftime("%a %-d %b %Y, %H:%M");
        let open = known.table.left > 0 || !ahead.unknown.is_empty();
        let then = if open { ", and more after that" } else { "" };
        let _ = write!(
            text,
            " Under the account's limits the last of these goes on {at} at the earliest, in {}{then}.",
            length(now, last.at)
        );
    }
    if !known.table.never.is_empty() {
        let names: Vec<_> = known.table.never.iter().map(ToString::to_string).collect();
        let _ = write!(text, " The limits never allow all of {}.", names.join(", "));
    }
    text.push('\n');
    text
}

/// A length of time, in the two units that tell it best.
fn length(from: Timestamp, to: Timestamp) -> String {
    let minutes = (to.duration_since(from).as_secs() + 59) / 60;
    match (minutes / (24 * 60), minutes / 60 % 24, minutes % 60) {
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_told_in_two_units() {
        let told = |seconds| length(Timestamp::UNIX_EPOCH, Timestamp::from_second(seconds).unwrap());
        assert_eq!(
            [told(0), told(61), told(8 * 3_600), told(26 * 3_600)],
            ["0 min", "2 min", "8 h 0 min", "1 d 2 h"]
        );
    }

    #[test]
    fn two_hundred_people_read_twice_at_fifty_an_hour_take_eight_hours() {
        let limits = serde_json::from_str(r#"[{ "at_most": 50, "of": "all", "per": "1h" }]"#).unwrap();
        let wanted = [(Endpoint::FetchProfile, 200), (Endpoint::FetchProfilesPosts, 200)];
        let now = Timestamp::UNIX_EPOCH;
        let table = timetable(&limits, &Closures::default(), &[], &wanted, now, PLAYED);
        // The last fifty begin when seven hours are over, and take until the eighth is.
        assert_eq!(length(now, table.sendings.last().unwrap().at), "7 h 0 min");
        assert_eq!(table.sendings.len(), 400);
    }
}
