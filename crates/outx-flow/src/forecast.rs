//! What a run may send, as far as that can be told before anything is read.

use crate::definition::{Block, Form, Step, Workflow};
use crate::evaluate::{Evaluated, World};
use crate::expr::{LastContacts, with_contacts};
use crate::journal::{Event, Fact, Lists, StepResult};
use crate::kind::Kind;
use crate::run::{Path, RunId, StepStatus};
use crate::state::{Decision, IllegalFact, NodeId, Part, RunState};
use crate::values::Values;
use indexmap::IndexMap;
use jiff::Timestamp;
use outx_ledger::limits::Demand;
use outx_model::{AccountId, Call, ContentHash, PersonName};
use serde_json::Value;
use std::collections::BTreeSet;
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
    /// The people about whom conditions and lists ask whether they were contacted, and who are not among what is known. What
    /// rests on them is not known either.
    pub asks: Vec<PersonName>,
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
    /// The name under which it counts for a limit of the file.
    pub limit: Option<Arc<str>>,
    /// Whether the file gives it a condition.
    has_condition: bool,
}

impl Planned {
    /// Whether its condition may still leave it out, because something must be read first.
    pub fn is_conditional(&self) -> bool {
        self.has_condition && self.kind.is_some() && self.known.len() < self.count
    }
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
    /// What is sent, as limits count it: without what each step need not send, because it was `already` sent.
    pub fn demands(&self, already: &IndexMap<String, usize>) -> Vec<Demand> {
        let mut sums = IndexMap::<(Call, Option<&str>), usize>::new();
        for (step, (endpoint, count)) in &self.counts {
            let limit = self.steps.get(step).and_then(|planned| planned.limit.as_deref());
            let left = count.saturating_sub(already.get(step).copied().unwrap_or_default());
            *sums.entry((*endpoint, limit)).or_default() += left;
        }
        let demand = |((endpoint, label), count): ((Call, Option<&str>), usize)| Demand {
            endpoint,
            label: label.map(str::to_owned),
            count,
        };
        sums.into_iter().map(demand).collect()
    }
}

/// Looks ahead: everything is evaluated that needs nothing but the inputs, and nothing is done. A step that may still be
/// left out, because of a condition that is not known yet, is counted; so is what was done in another run.
///
/// # Errors
///
/// When the inputs lead to a state that cannot be, which is a mistake in the program.
pub fn forecast(workflow: &Arc<Workflow>, inputs: &Value, now: Timestamp) -> Result<Forecast, IllegalFact> {
    forecast_knowing(workflow, inputs, now, &LastContacts::default())
}

/// The same with what is known of whom the account has contacted. Where [`Forecast::asks`] names people, their answers tell
/// more.
///
/// # Errors
///
/// As [`forecast`].
pub fn forecast_knowing(
    workflow: &Arc<Workflow>,
    inputs: &Value,
    now: Timestamp,
    contacts: &LastContacts,
) -> Result<Forecast, IllegalFact> {
    let text = inputs.to_string();
    let hash = ContentHash::of_bytes(text.as_bytes());
    let mut values = Values::default();
    // A text that was just written is read again.
    drop(values.load(hash, &text));
    let (account, folder) = (AccountId::from("nobody"), String::new());
    let event =
        Event::RunStarted { definition: workflow.hash, inputs: hash, lists: Lists::new(), account, folder };
    let begun = Fact { path: Path::run(), attempt: 0, at: now, event };
    let state = RunState::recover(workflow.clone(), [&begun])?;
    let (run, asks) = (RunId::new("forecast"), BTreeSet::new());
    let mut look = Look { state, values, run, now, contacts, asks };
    look.ahead()?;
    Ok(look.counted())
}

struct Look<'c> {
    state: RunState,
    values: Values,
    run: RunId,
    now: Timestamp,
    contacts: &'c LastContacts,
    asks: BTreeSet<PersonName>,
}

impl Look<'_> {
    fn ahead(&mut self) -> Result<(), IllegalFact> {
        while let Some(decision) = self.state.decide() {
            match decision {
                Decision::Evaluate(node) => self.evaluate(node)?,
                Decision::Close(scope) => {
                    let given = self.computed(|world| world.item_outputs(scope));
                    let Some((outputs, _)) = given else { continue };
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
        let Some(evaluated) = self.computed(|world| world.evaluate(node)) else {
            self.state.release(node);
            return Ok(());
        };
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

    /// What can be computed with what is known of contacts; nothing where that is not enough.
    fn computed<T>(&mut self, compute: impl Fn(World<'_>) -> T) -> Option<T> {
        let world = World::new(&self.state, &self.values, &self.run, self.now);
        match with_contacts(self.contacts, self.now, |contacts| compute(world.knowing(contacts))) {
            Ok(computed) => Some(computed),
            Err(people) => {
                self.asks.extend(people);
                None
            }
        }
    }

    fn counted(&self) -> Forecast {
        let asks = self.asks.iter().cloned().collect();
        let mut forecast = Forecast { asks, ..Forecast::default() };
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
            let input = || known.input.map(|hash| self.values.get(Some(hash)).to_json());
            if let Some(endpoint) = task(step).or_else(|| called(step, &input()?)) {
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
        let limit = step.uses().and_then(|uses| uses.limit.clone());
        let planned = Planned {
            form: step.form(),
            kind,
            count: 0,
            is_open: false,
            known: Vec::new(),
            limit,
            has_condition: step.condition.is_some(),
        };
        steps.insert(name.clone(), planned);
        if let Some(inner) = step.block() {
            plan(inner, &name, steps);
        }
    }
}

fn task(step: &Step) -> Option<Call> {
    step.uses().and_then(|uses| uses.kind.task())
}

/// What a step calls whose input alone says it.
fn called(step: &Step, input: &Value) -> Option<Call> {
    let (call, _) = step.uses()?.kind.call(input)?;
    call.is_task().then_some(call)
}

/// Whether anything inside of a step creates tasks.
fn sends(step: &Step) -> bool {
    let inner = step.block().map(|block| block.steps.as_slice()).unwrap_or_default();
    let creates = |step: &Step| step.uses().is_some_and(|uses| uses.kind.creates_tasks());
    inner.iter().any(|step| creates(step) || sends(step))
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
    fn what_is_sent_is_told_as_limits_count_it() {
        let text = "outx: 1\nname: x\nlimits: { few: { at_most: 1, per: 24h } }\nsteps:\n  \
            one: { uses: linkedin.like-post, limit: few, with: { social_urn: 'urn:li:activity:7' } }\n  \
            two: { uses: linkedin.like-post, with: { social_urn: 'urn:li:activity:8' } }\n  \
            three: { uses: linkedin.like-post, with: { social_urn: 'urn:li:activity:9' } }\n  \
            named: { uses: outx.task, with: { endpoint: follow-company, effect: write } }\n  \
            told: { uses: outx.task, with: { endpoint: \"${{ 'fetch-' + 'jobs' }}\", effect: read } }\n  \
            web: { uses: core.http, with: { url: https://example.com, method: POST } }\n";
        let checked = check(&Source::new("x.yaml", text), &CheckOptions::shipped());
        let workflow = Arc::new(checked.workflow.unwrap_or_else(|| panic!("{:?}", checked.diagnostics)));
        let forecast = forecast(&workflow, &json!({}), Timestamp::UNIX_EPOCH).unwrap();
        let already = IndexMap::from([("three".to_owned(), 1)]);
        let told = forecast.demands(&already);
        let mut told: Vec<_> =
            told.into_iter().map(|demand| (demand.endpoint.word(), demand.label, demand.count)).collect();
        told.sort();
        let demand = |word: &str, label: Option<&str>| (word.to_owned(), label.map(str::to_owned), 1);
        assert_eq!(
            told,
            [
                demand("like-post", None),
                demand("like-post", Some("x/few")),
                demand("read:fetch-jobs", None),
                demand("write:follow-company", None),
            ]
        );
    }

    #[test]
    fn whom_the_ledger_knows_is_counted_once_that_is_told() {
        let text = r#"
outx: 1
name: x
inputs:
  people: { type: array, items: text }
steps:
  person:
    each: ${{ inputs.people.filter(p, !contacted(p, '90d')) }}
    as: p
    steps:
      like:
        if: ${{ !contacted(p, '365d') }}
        uses: linkedin.like-post
        with: { social_urn: "urn:li:activity:7" }
"#;
        let checked = check(&Source::new("x.yaml", text), &CheckOptions::shipped());
        let workflow = Arc::new(checked.workflow.unwrap_or_else(|| panic!("{:?}", checked.diagnostics)));
        let inputs = json!({ "people": ["ada", "bo", "cy"] });
        let now: Timestamp = "2026-03-02T09:00:00Z".parse().unwrap();
        let ahead = forecast(&workflow, &inputs, now).unwrap();
        assert_eq!(ahead.unknown, ["person"]);
        assert!(ahead.steps["person.like"].is_open);
        let asks: Vec<_> = ahead.asks.iter().map(PersonName::text).collect();
        assert_eq!(asks, ["ada", "bo", "cy"]);
        let mut known = LastContacts::default();
        let long_ago = now - jiff::SignedDuration::from_hours(24 * 200);
        known.learn(ahead.asks, vec![Some(now), None, Some(long_ago)]);
        let ahead = forecast_knowing(&workflow, &inputs, now, &known).unwrap();
        assert_eq!((ahead.asks.len(), ahead.unknown.len()), (0, 0));
        assert_eq!(ahead.steps["person"].count, 2);
        assert_eq!(ahead.counts["person.like"].1, 1);
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
