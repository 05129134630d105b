//! The law: every causally closed set of a run's facts folds, in any order that keeps causes before effects.

use super::dice::Dice;
use super::verdict::{Law, Violation, violation};
use super::world::World;
use outx_flow::journal::{Event, Fact, Journal};
use outx_flow::{Definitions, RunState, Step, Workflow};

/// So many sets are drawn for each run.
const SAMPLES: u64 = 4;

pub(super) async fn folds(world: &World) -> Result<(), Violation> {
    for run in 0..world.reports.len() {
        let facts = world.disk.journal().facts(&World::run_id(run)).await.unwrap();
        let workflow = &world.workflows[world.case.runs[run]];
        let causes = causes(workflow, &facts);
        let definitions = &world.definitions[run];
        let whole = fold(definitions, facts.iter())?;
        let mut dice = Dice::new(world.case.seed ^ (run as u64) << 50, 7);
        for sample in 0..SAMPLES {
            // The last sample is the whole, in another order.
            let most = if sample + 1 == SAMPLES { facts.len() } else { dice.place(facts.len()) + 1 };
            let chosen = choose(&mut dice, &causes, most);
            let state = fold(definitions, chosen.iter().map(|number| &facts[*number]))?;
            if most == facts.len() && statuses(&state) != statuses(&whole) {
                return violation(Law::Folds, "the same facts in another order make another state");
            }
        }
    }
    Ok(())
}

fn fold<'f>(definitions: &Definitions, facts: impl Iterator<Item = &'f Fact>) -> Result<RunState, Violation> {
    RunState::recover(definitions.clone(), facts).or_else(|error| violation(Law::Folds, error.message))
}

fn statuses(state: &RunState) -> Vec<String> {
    let mut all: Vec<_> =
        state.nodes().map(|(node, it)| format!("{} {}", state.path(node), it.status.word())).collect();
    all.sort_unstable();
    all
}

/// A set of so many facts that holds each one's causes, in a random order that keeps them before it.
fn choose(dice: &mut Dice, causes: &[Vec<usize>], most: usize) -> Vec<usize> {
    let mut chosen = Vec::with_capacity(most);
    let mut is_chosen = vec![false; causes.len()];
    while chosen.len() < most {
        let free =
            |number: &usize| !is_chosen[*number] && causes[*number].iter().all(|cause| is_chosen[*cause]);
        let free: Vec<_> = (0..causes.len()).filter(free).collect();
        let next = dice.pick(&free);
        is_chosen[next] = true;
        chosen.push(next);
    }
    chosen
}

/// What each fact rests on.
///
/// A fact of a step rests on the step's facts before it, on the ends of the steps that it waits for, and, within an
/// item, on the fan-out's list. The end of an item rests on its steps' ends, that of a fan-out on its items', that of
/// the run on everything, and so does a change. An iteration rests on those before, and what is done at the end of a run
/// on all before. That a run was left or taken up again says nothing about its steps.
fn causes(workflow: &Workflow, facts: &[Fact]) -> Vec<Vec<usize>> {
    let mut all: Vec<Vec<usize>> = Vec::with_capacity(facts.len());
    for (number, fact) in facts.iter().enumerate() {
        let path = fact.path.as_str();
        let rests_on = |(_, other): &(usize, &Fact)| match (&fact.event, &other.event) {
            // A change comes after all that was, and before all that comes.
            (_, Event::RunStarted { .. } | Event::Revised { .. }) | (Event::Revised { .. }, _) => true,
            (Event::RunStopped { status, .. }, _) if status.is_end() => true,
            // What is to be done once more is so before an end that would let the run come to its own.
            (event, Event::Retried) if is_end(event) => true,
            (Event::RunStopped { .. } | Event::RunResumed { .. }, _) => other.path.as_str().is_empty(),
            (_, Event::RunStopped { .. } | Event::RunResumed { .. }) => false,
            _ => {
                let before = other.path.as_str();
                let within = path.strip_prefix(before).is_some_and(|rest| rest.starts_with(['[', '.']));
                let holds = before.strip_prefix(path).is_some_and(|rest| rest.starts_with(['[', '.']));
                before == path
                    || (within && matches!(other.event, Event::Expanded { .. }))
                    // The next iteration comes after all of the one before.
                    || (holds && (is_end(&fact.event) || matches!(fact.event, Event::Expanded { .. })))
                    // What is done at the end of a run comes after all of what was there before.
                    || part(before) < part(path)
                    || (is_end(&other.event) && waits_for(workflow, path, before))
            }
        };
        let earlier = facts[..number].iter().enumerate().filter(rests_on);
        all.push(earlier.map(|(number, _)| number).collect());
    }
    all
}

fn is_end(event: &Event) -> bool {
    matches!(event, Event::Finished { .. } | Event::Skipped { .. })
}

/// Whether the step of one path waits for that of another beside it.
fn waits_for(workflow: &Workflow, path: &str, before: &str) -> bool {
    let ((scope, step), (other_scope, other)) = (split(path), split(before));
    if scope != other_scope {
        return false;
    }
    let ids = without_keys(scope);
    let end = workflow.blocks().find(|(word, _)| word.unwrap_or_default() == ids);
    let inside = || workflow.find(&ids).and_then(Step::block);
    let Some(block) = end.map(|(_, block)| block).or_else(inside) else { return false };
    let (Some(step), Some(other)) = (block.by_id.get(step), block.by_id.get(other)) else { return false };
    block.graph.dependencies(*step).iter().any(|(dependency, _)| dependency == other)
}

/// Where a step stands, and its id.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('.').unwrap_or(("", path))
}

/// The ids that lead somewhere, without the keys of items and the numbers of iterations.
fn without_keys(scope: &str) -> String {
    let ids: Vec<_> = scope.split('.').map(|part| part.split('[').next().unwrap_or(part)).collect();
    ids.join(".")
}

/// Which part of the run a path is of: the steps, those of `on_failure`, those of `finally`.
fn part(path: &str) -> usize {
    match path.split('.').next() {
        Some("on_failure") => 1,
        Some("finally") => 2,
        _ => 0,
    }
}
