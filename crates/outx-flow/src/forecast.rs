//! What a run may send, as far as that can be told before anything is read.

use crate::definition::{Block, Form, Step, Workflow};
use crate::evaluate::{Evaluated, World};
use crate::journal::{Event, Fact, StepResult};
use crate::kind::Kind;
use crate::run::{Path, RunId, StepStatus};
use crate::state::{Decision, IllegalFact, NodeId, Part, RunState};
use crate::values::Values;
use indexmap::IndexMap;
use jiff::Timestamp;
use outx_model::{AccountId, Call, ContentHash};
use serde_json::Value;
use std::sync::Arc;

/// What a run may send.
#[derive(Debug, Clone, Default)]
pub struct Forecast {
    /// For each step that creates tasks, by the ids that lead to it (`person.invite`): what it calls, and how many times at
    /// most, as far as lists are known.
    pub counts: IndexMap<String, (Call, usize)>,
    /// The fan-outs whose lists are known only when something was read, and repetitions: what is done in them more than
    /// once comes on top.
    pub unknown: Vec<String>,
    /// All steps by the ids that lead to them, in an order in which they may be done.
    pub steps: IndexMap<String, Planned>,
}

/// What is known of a step before anything is read.
#[derive(Debug, Clone)]
pub struct Planned {
    /// Its form.
    pub form: Form,
    /// Its kind; nothing for a step with steps inside.
    pub kind: Option<Arc<dyn Kind>>,
    /// How many times it is done at most, as far as lists are known; for a fan-out, its items.
    pub count: usize,
    /// Whether the list of a fan-out, or of one around the step, is known only when something was read.
    pub is_open: bool,
    /// The inputs that are known.
    pub known: Vec<Known>,
}

/// An input that is known before anything is read.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// The step, with the keys of its items.
    pub path: Path,
    /// The input.
    pub input: Value,
    /// The key by which its write is known, where the file gives one.
    pub once: Option<Arc<str>>,
}

impl Forecast {
    /// How many sendings of each endpoint are known.
    pub fn by_endpoint(&self) -> IndexMap<Call, usize> {
        let mut sums = IndexMap::new();
        for (endpoint, count) in self.counts.values() {
            *sums.entry(*endpoint).or_default() += count;
        }
        sums
    }
}

/// Looks ahead: everything is evaluated that needs nothing but the inputs, and nothing is done. A step that may still be
/// left out, because of a condition that is not known yet, is counted; so is what was done in another run.
///
/// # Errors
///
/// When the inputs lead to a state that cannot be, which is a mistake in the program.
pub fn forecast(workflow: &Arc<Workflow>, inputs: &Value, now: Timestamp) -> Result<Forecast, IllegalFact> {
    let text = inputs.to_string();
    let hash = ContentHash::of_bytes(text.as_bytes());
    let mut values = Values::default();
    // A text that was just written is read again.
    drop(values.load(hash, &text));
    let (account, folder) = (AccountId::from("nobody"), String::new());
    let event = Event::RunStarted { definition: workflow.hash, inputs: hash, account, folder };
    let begun = Fact { path: Path::run(), attempt: 0, at: now, event };
    let state = RunState::recover(workflow.clone(), [&begun])?;
    let mut look = Look { state, values, run: RunId::new("forecast"), now };
    look.ahead()?;
    Ok(look.counted())
}

struct Look {
    state: RunState,
    values: Values,
    run: RunId,
    now: Timestamp,
}

impl Look {
    fn ahead(&mut self) -> Result<(), IllegalFact> {
        while let Some(decision) = self.state.decide() {
            match decision {
                Decision::Evaluate(node) => self.evaluate(node)?,
                Decision::Close(scope) => {
                    let (outputs, _) = self.world().item_outputs(scope);
                    let output = Some(self.values.add(outputs).0);
                    let path = self.state.scope(scope).path.clone();
                    self.apply(path, Event::Finished { result: StepResult::success(output) })?;
                }
                Decision::Join(fan) => {
                    let path = self.state.path(fan);
                    self.apply(path, Event::Finished { result: StepResult::success(None) })?;
                }
                // Nothing is done, so nothing ends.
                Decision::Begin(_) | Decision::Poll(_) | Decision::End => {}
            }
        }
        Ok(())
    }

    fn evaluate(&mut self, node: NodeId) -> Result<(), IllegalFact> {
        let evaluated = self.world().evaluate(node);
        let event = match evaluated {
            Evaluated::Started(input, once) => Event::Started { input: self.values.add(input).0, once },
            Evaluated::Done(output) => {
                let output = Some(self.values.add(output).0);
                Event::Finished { result: StepResult::success(output) }
            }
            Evaluated::Expanded(list, keys, error) => {
                Event::Expanded { items: self.values.add(list).0, keys, rows: Vec::new(), error }
            }
            Evaluated::Skipped(why) => Event::Skipped { why },
            Evaluated::Failed(error) => Event::Finished { result: StepResult::failure(error) },
        };
        let path = self.state.path(node);
        self.apply(path, event)?;
        // Everybody's turn comes, however few may work at once.
        self.state.release(node);
        Ok(())
    }

    fn apply(&mut self, path: Path, event: Event) -> Result<(), IllegalFact> {
        self.state.apply(&Fact { path, attempt: 0, at: self.now, event })
    }

    fn world(&self) -> World<'_> {
        World::new(&self.state, &self.values, &self.run, self.now)
    }

    fn counted(&self) -> Forecast {
        let mut forecast = Forecast::default();
        let workflow = self.state.workflow();
        plan(&workflow.block, "", &mut forecast.steps);
        for (part, block) in [(Part::OnFailure, &workflow.on_failure), (Part::Finally, &workflow.finally)] {
            if let (Some(block), Some(word)) = (block, part.word()) {
                plan(block, word, &mut forecast.steps);
                for step in &block.steps {
                    // Their turn comes at the end, which a look ahead does not reach.
                    let planned = forecast.steps.get_mut(&format!("{word}.{}", step.id));
                    if let Some(planned) = planned {
                        (planned.count, planned.is_open) = (1, step.block().is_some());
                    }
                }
            }
        }
        for (node, known) in self.state.nodes() {
            if matches!(known.status, StepStatus::Skipped | StepStatus::Failed) {
                continue;
            }
            let step = self.state.step(node);
            let name = self.state.ids(node);
            if let Some(planned) = forecast.steps.get_mut(&name) {
                planned.count += if step.form() == Form::Each { known.items.len() } else { 1 };
                if step.uses().is_some() && known.input.is_some() {
                    let input = self.values.get(known.input).to_json();
                    let path = self.state.path(node);
                    planned.known.push(Known { path, input, once: known.once.clone() });
                }
            }
            if let Some(endpoint) = task(step) {
                forecast.counts.entry(name).or_insert((endpoint, 0)).1 += 1;
            } else if step.block().is_some() && (known.input.is_none() || step.repeat().is_some()) {
                let within = format!("{name}.");
                for (other, planned) in &mut forecast.steps {
                    planned.is_open |= *other == name || other.starts_with(&within);
                }
                if sends(step) && !forecast.unknown.contains(&name) {
                    forecast.unknown.push(name);
                }
            }
        }
        forecast
    }
}

/// All steps of a block, each after those that it waits for, with those inside of a fan-out behind it.
fn plan(block: &Block, outer: &str, steps: &mut IndexMap<String, Planned>) {
    let mut order: Vec<_> = (0..block.steps.len()).collect();
    order.sort_by_key(|step| block.graph.place(*step));
    for step in order.into_iter().map(|step| &block.steps[step]) {
        let name = if outer.is_empty() { step.id.to_string() } else { format!("{outer}.{}", step.id) };
        let kind = step.uses().map(|uses| uses.kind.clone());
        steps.insert(
            name.clone(),
            Planned { form: step.form(), kind, count: 0, is_open: false, known: Vec::new() },
        );
        if let Some(inner) = step.block() {
            plan(inner, &name, steps);
        }
    }
}

fn task(step: &Step) -> Option<Call> {
    step.uses().and_then(|uses| uses.kind.task())
}

/// Whether anything inside of a step creates tasks.
fn sends(step: &Step) -> bool {
    let inner = step.block().map(|block| block.steps.as_slice()).unwrap_or_default();
    inner.iter().any(|step| task(step).is_some() || sends(step))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{CheckOptions, check};
    use crate::diagnostic::Source;
    use serde_json::json;

    fn look(steps: &str, inputs: &Value) -> (Vec<(String, usize)>, Vec<String>) {
        let text =
            format!("outx: 1\nname: x\ninputs:\n  people: {{ type: array, items: text }}\nsteps:\n{steps}");
        let checked = check(&Source::new("x.yaml", text), &CheckOptions::shipped());
        let workflow = Arc::new(checked.workflow.unwrap_or_else(|| panic!("{:?}", checked.diagnostics)));
        let forecast = forecast(&workflow, inputs, Timestamp::UNIX_EPOCH).unwrap();
        let counts = forecast.counts.into_iter().map(|(name, (_, count))| (name, count)).collect();
        (counts, forecast.unknown)
    }

    #[test]
    fn lists_of_the_inputs_are_counted_whatever_may_work_at_once() {
        let steps = r#"
  person:
    each: ${{ inputs.people }}
    as: p
    key: ${{ p }}
    concurrency: 1
    steps:
      profile: { uses: linkedin.fetch-profile, with: { profile_slug: "${{ p }}" } }
      invite:
        if: ${{ p != 'bo' }}
        uses: linkedin.send-connection-request
        with: { profile_urn: "${{ steps.profile.output.profile_urn }}" }
      like:
        if: ${{ p != 'bo' }}
        uses: linkedin.like-post
        with: { social_urn: "urn:li:activity:7" }
"#;
        let (counts, unknown) = look(steps, &json!({ "people": ["ada", "bo", "cy"] }));
        let count = |name: &str| counts.iter().find(|(known, _)| known == name).map(|(_, count)| *count);
        // What is known to be left out is not counted; what waits for a result may still be left out.
        assert_eq!(count("person.profile"), Some(3));
        assert_eq!(count("person.like"), Some(2));
        assert_eq!(count("person.invite"), Some(3));
        assert_eq!(unknown, [""; 0]);
        assert_eq!(look(steps, &json!({ "people": [] })).0, []);
    }

    #[test]
    fn a_list_that_must_be_read_first_is_said_to_be_unknown() {
        let steps = r#"
  search: { uses: linkedin.search-profiles, with: { keywords: rust } }
  person:
    each: ${{ steps.search.output.profiles }}
    as: p
    steps:
      invite: { uses: linkedin.send-connection-request, with: { profile_urn: "${{ p.profile_urn }}" } }
"#;
        let (counts, unknown) = look(steps, &json!({ "people": [] }));
        assert_eq!(counts, [("search".to_owned(), 1)]);
        assert_eq!(unknown, ["person"]);
    }
}
