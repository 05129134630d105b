//! A run that goes on with other inputs, or with another definition.

use super::run::writes;
use super::show::described;
use super::{Wish, engine, resume, tell_run};
use crate::account::Live;
use crate::args::{GoOnArgs, Listing, Output, ResumeArgs, RunArgs};
use crate::before::{self, Said};
use crate::fault::Fault;
use crate::home::Home;
use crate::print::say;
use crate::{Exit, Hooks, tape};
use outx_flow::journal::RunSummary;
use outx_flow::{Document, Revision, Signal, Step, Workflow};
use outx_model::Once;
use outx_store::Store;
use serde_json::Value;
use similar::{ChangeTag, TextDiff};
use std::fmt::Write;
use std::sync::Arc;

/// A run that is started once more under its name.
pub(super) struct Again {
    pub(super) args: RunArgs,
    pub(super) summary: RunSummary,
    pub(super) workflow: Arc<Workflow>,
    pub(super) inputs: Value,
    pub(super) live: Option<Live>,
}

/// Goes on with a run of a name, with what it is given now.
pub(super) async fn again(again: Again, home: &Home, hooks: Hooks) -> Result<Exit, Fault> {
    let Again { args, summary, workflow, inputs, live } = again;
    let run = &summary.run_id;
    if tape::is_replayed(&summary.account) {
        return Err(tape::cannot_resume(run));
    }
    if summary.emulated != live.is_none() {
        let (is, help) = if summary.emulated {
            ("on the embedded service", "add `--emulate`, or take another name")
        } else {
            ("a live one", "leave `--emulate` out, or take another name")
        };
        return Err(Fault::usage(format!("there is a run {run} already, and it is {is}"), help));
    }
    if args.scenario.is_some() {
        let help = "leave `--scenario` out, or take another name";
        return Err(Fault::usage(format!("the run {run} keeps the scenario with which it began"), help));
    }
    let store = home.store()?;
    let definition = Some(Document::from(&*workflow));
    let signal = Signal::Revise { inputs, definition };
    let wanted = Change { summary: &summary, workflow: &workflow, live: live.as_ref(), yes: args.yes };
    if let Some(exit) = change(&wanted, &[signal], home, &store).await? {
        return Ok(exit);
    }
    if args.detach {
        say!("run {run}: `outx serve` or `outx resume {run}` goes on with it");
        return Ok(Exit::Success);
    }
    drop(store);
    let output = if args.output == Listing::Json { Output::Json } else { Output::Text };
    let RunArgs { key, wait, notices, .. } = args;
    let how = GoOnArgs { key, wait, notices, output };
    resume::resume(ResumeArgs { run: Some(run.to_string()), all: false, how }, hooks).await
}

/// A run that is to be changed.
pub(super) struct Change<'a> {
    pub(super) summary: &'a RunSummary,
    pub(super) workflow: &'a Workflow,
    /// Whom it is sent as; nobody on the embedded service.
    pub(super) live: Option<&'a Live>,
    pub(super) yes: bool,
}

/// Shows what a change comes to, asks, and makes it. Gives the exit code where nothing is left to do for this process:
/// the person said no, or somebody else goes on.
pub(super) async fn change(
    change: &Change<'_>,
    signals: &[Signal],
    home: &Home,
    store: &Store,
) -> Result<Option<Exit>, Fault> {
    let run = &change.summary.run_id;
    let known = described(store, change.summary, change.summary.status.word(), true).await?;
    let account = known.account.unwrap_or_else(|| change.summary.account.clone());
    if change.live.is_some_and(|live| *live.client.account() != account) {
        let message = format!("the run {run} is another account's");
        return Err(Fault::usage(
            message,
            "use the profile that it is for, or another name for a run of this one",
        ));
    }
    let engine = engine(store, Wish::to_look(change.summary), Hooks::default());
    let before = engine.workflow(run).await?;
    let (mut text, mut news) = (String::new(), Vec::new());
    for signal in signals {
        if let Some(revision) = engine.revision(run, signal).await? {
            text.push_str(&shown(&revision, change.workflow));
            news.push(signal);
        }
    }
    for step in new_steps(&before, change.workflow) {
        let _ = writeln!(
            text,
            "  {step} is a new step: what was sent by a step of another name may be sent again by it"
        );
    }
    if news.is_empty() {
        say!("run {run}: nothing is changed");
        return Ok(None);
    }
    let text = format!("run {run} goes on with a change:\n{}", text.trim_end());
    let asks = change.live.filter(|live| !live.is_loopback && writes(change.workflow));
    match asks {
        None => say!("{text}"),
        Some(live) => {
            let said = Said { yes: change.yes, new_store: false, new_account: false };
            let what = format!("`{}`", change.workflow.name);
            if !before::change(&text, &what, live, home, said).await? {
                say!("nothing was changed");
                return Ok(Some(Exit::Interrupted));
            }
        }
    }
    let mut is_heard = true;
    for signal in news {
        is_heard &= tell_run(home, store, change.summary, signal).await?;
    }
    // Somebody else goes on.
    Ok((!is_heard || home.is_served()).then_some(Exit::Success))
}

/// The steps of a definition that another one does not have, by their ids, among those whose write is the same only for
/// the same step, such as a message.
fn new_steps(before: &Workflow, after: &Workflow) -> Vec<String> {
    let by_step = |workflow: &Workflow| {
        let is_by_step = |step: &Step| {
            let endpoint = step.uses().and_then(|uses| uses.kind.endpoint());
            endpoint
                .and_then(|endpoint| endpoint.spec().target)
                .is_some_and(|rule| rule.once == Once::PerStep)
        };
        let steps = workflow.all_steps().into_iter().filter(|(_, step)| is_by_step(step));
        steps.map(|(ids, _)| ids).collect::<Vec<_>>()
    };
    let (had, mut has) = (by_step(before), by_step(after));
    has.retain(|name| !had.contains(name));
    has
}

/// What a change comes to, a line for each list, and the lines of the definition that differ.
fn shown(revision: &Revision, workflow: &Workflow) -> String {
    let mut text = String::new();
    for list in &revision.lists {
        let _ = writeln!(text, "  {}: +{} -{} ~{}", list.fan, list.added, list.removed, list.changed);
    }
    for fan in &revision.later {
        let _ = writeln!(text, "  {fan}: its list follows from steps that are done first");
    }
    if let Some(before) = &revision.definition_before {
        text.push_str("  its definition, for what was not begun:\n");
        text.push_str(&difference(before, workflow.source.text()));
    } else if revision.lists.is_empty() && revision.later.is_empty() {
        text.push_str("  its inputs, for what was not begun\n");
    }
    text
}

/// The lines that differ between two texts, each with one line around it.
fn difference(before: &str, after: &str) -> String {
    let diff = TextDiff::from_lines(before, after);
    let mut text = String::new();
    for (number, group) in diff.grouped_ops(1).iter().enumerate() {
        if number > 0 {
            text.push_str("    ...\n");
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            let _ = writeln!(text, "    {sign} {}", change.value().trim_end_matches(['\r', '\n']));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::difference;

    #[test]
    fn only_lines_that_differ_are_shown_with_one_around_them() {
        let before = "a\nb\nc\nd\ne\nf\ng\nh\n";
        let after = "a\nb\nC\nd\ne\nf\ng\nh\ni\n";
        assert_eq!(
            difference(before, after),
            "      b\n    - c\n    + C\n      d\n    ...\n      h\n    + i\n"
        );
        assert_eq!(difference(before, before), "");
    }
}
