//! `outx plan`

mod json;
mod ledger;
mod text;

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
use jiff::{SignedDuration, Timestamp};
use json::as_json;
use outx_flow::{Forecast, KindEffect, Overlap, Planned, Step, Workflow};
use outx_ledger::AccountStore;
use outx_ledger::limits::{Closures, Sending, Tightest, Timetable, tightest, timetable};
use outx_model::Portion;
use outx_store::Store;
use outx_transport::{Clock, SystemClock};
use serde_json::Value;
use std::sync::Arc;
use text::as_text;

/// So many sendings are played through; a longer run's end is far off in any case.
const PLAYED: usize = 20_000;

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
    /// For each step, how many of its sendings the ledger has already.
    already: IndexMap<String, usize>,
    /// The limit that what is left fills for the longest time.
    tightest: Option<Tightest>,
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
            already = ledger::already(ahead, workflow, live, store, now).await?;
        }
        let limits = limits.and(&workflow.limits);
        let demands = ahead.demands(&already);
        let tightest = tightest(&limits, &demands);
        let table = timetable(&limits, &closures, &past, demands, now, PLAYED);
        Ok(Self { already, tightest, table })
    }
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

/// The kind of a step, as it stands in the file.
fn kind_of<'a>(workflow: &'a Workflow, name: &str, step: &'a Planned) -> Option<&'a str> {
    let stands_for = workflow.find(name).and_then(|step| step.stands_for.as_deref());
    stands_for.or_else(|| step.kind.as_ref().map(|kind| kind.name()))
}

/// How much of a list the reads of a plan give, with the steps that do them, by kind.
fn portions(workflow: &Workflow, ahead: &Forecast) -> IndexMap<String, (Portion, Vec<String>)> {
    let mut found = IndexMap::<_, (Portion, Vec<String>)>::new();
    let done = |(name, step): &(&String, &Planned)| {
        (step.count > 0 || step.is_open) && !is_within_a_kind(workflow, name)
    };
    for (name, step) in ahead.steps.iter().filter(done) {
        let Some(kind) = &step.kind else { continue };
        if let Some(portion) = kind.endpoint().and_then(|endpoint| endpoint.spec().portion) {
            found.entry(kind.name().to_owned()).or_insert((portion, Vec::new())).1.push(name.clone());
        }
    }
    found
}

/// What a step does to the world, in a word.
fn effect(workflow: &Workflow, name: &str, step: &Planned) -> &'static str {
    if workflow.find(name).is_some_and(|step| step.stands_for.is_some()) {
        return KindEffect::Read.word();
    }
    match step.kind.as_ref().map(|kind| kind.effect()) {
        None => step.form.word(),
        Some(KindEffect::None) => "-",
        Some(KindEffect::Idempotent) => "local",
        Some(KindEffect::Read) => "read",
        Some(KindEffect::Write) => "write",
    }
}

/// What is said of a schedule whose next start comes while a run that began with the one before still sends.
pub(crate) fn outrun(workflow: &Workflow, table: &Timetable, now: Timestamp) -> Option<String> {
    let schedule = workflow.schedule.as_ref()?;
    let takes = table.sendings.last()?.at.duration_since(now);
    let start = schedule.next_after(now)?;
    let next = schedule.next_after(start)?;
    let overlap = match schedule.overlap {
        Overlap::Skip => "is left out",
        Overlap::Wait => "waits for that",
        Overlap::Allow => "runs beside it",
    };
    (next.duration_since(start) < takes).then(|| {
        format!(
            "The schedule's next start comes before such a run has ended: it {overlap}. (OX323: a run sends for {}, and one \
             starts {} after the other.)",
            length(takes),
            length(next.duration_since(start))
        )
    })
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

/// A length of time, in the two units that tell it best.
fn length(length: SignedDuration) -> String {
    let minutes = (length.as_secs() + 59) / 60;
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
        let told = |seconds| length(SignedDuration::from_secs(seconds));
        assert_eq!(
            [told(0), told(61), told(8 * 3_600), told(26 * 3_600)],
            ["0 min", "2 min", "8 h 0 min", "1 d 2 h"]
        );
    }
}
