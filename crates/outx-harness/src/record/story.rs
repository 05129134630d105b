//! What happened in a run, as far as others had a part in it.

use super::PastRun;
use crate::expect::ids;
use jiff::Timestamp;
use outx_flow::journal::{Event, Fact, SkipReason, StepErrorKind, StepResult, whole_inputs};
use outx_flow::{KindEffect, Path, RunStatus, Start, Uses, Workflow};
use outx_model::{Effect, Endpoint, EntryKey, TaskId, Word};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

/// All that a case has to say of a run.
#[derive(Debug, Default)]
pub(super) struct Story {
    /// What the run was given first.
    pub(super) inputs: Value,
    /// What OutX was asked, in order.
    pub(super) calls: Vec<Called<Endpoint>>,
    /// What others were asked, in order.
    pub(super) requests: Vec<Called<()>>,
    /// Which programs were started, in order.
    pub(super) programs: Vec<Called<()>>,
    /// What people said, in order.
    pub(super) said: Vec<Said>,
    /// Writes of which each was there before the run.
    pub(super) before: Vec<Before>,
    /// Inputs of writes to people on the block list.
    pub(super) blocked: Vec<(Endpoint, Value)>,
    /// What was read from files: the input of the step and what it gave.
    pub(super) files: Vec<(Value, Value)>,
    /// The keys of each fan-out.
    pub(super) keys: Keys,
    /// Steps that were left out because the run was emulated, each with what it would have sent last.
    pub(super) left_out: BTreeMap<String, Value>,
    /// Whether the definition was changed on the way.
    pub(super) is_revised: bool,
}

/// The keys of fan-outs by their paths, the latest list last.
pub(super) type Keys = HashMap<String, Vec<Vec<String>>>;

/// A call and what came of it.
#[derive(Debug, Clone)]
pub(super) struct Called<C> {
    pub(super) what: C,
    /// When it was begun.
    pub(super) at: Timestamp,
    pub(super) input: Value,
    pub(super) came: Came,
    /// How long it took.
    pub(super) took: Duration,
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Came {
    /// An output.
    Output(Value),
    /// It failed, with this reason.
    Failed(String),
    /// It was refused for good, with this reason.
    Rejected(String),
    /// Nobody heard what came of it; whether it had arrived.
    Lost { arrived: bool },
    /// Nothing yet.
    Pending,
}

/// Something that a person said to the run.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) at: Timestamp,
    pub(super) what: Saying,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Saying {
    Approve {
        step: Path,
        yes: bool,
    },
    /// `sent`, `not_sent` or `give_up`.
    Resolve {
        step: Path,
        word: &'static str,
    },
    Retry {
        from: Option<Path>,
    },
    /// Inputs that are others from here on.
    Inputs(Map<String, Value>),
    Cancel,
}

/// A write that was there before.
#[derive(Debug, Clone)]
pub(super) struct Before {
    pub(super) endpoint: Endpoint,
    pub(super) input: Value,
    pub(super) step: String,
    pub(super) failed: bool,
}

/// A step's effect under way.
#[derive(Default)]
struct Open {
    input: Value,
    started: Option<Timestamp>,
    entry: Option<EntryKey>,
    accepted: Option<(Timestamp, TaskId, bool)>,
    /// Whether it is in doubt, and where the doubt stands among the calls.
    doubt: Option<usize>,
}

struct Reading<'r> {
    run: &'r PastRun<'r>,
    workflow: &'r Workflow,
    open: HashMap<(Path, u32), Open>,
    /// Tasks that this run created.
    own: BTreeSet<TaskId>,
    written: BTreeSet<String>,
    inputs: Value,
    failed: BTreeSet<Path>,
    story: Story,
}

/// Reads the facts of a run.
pub(super) fn read(run: &PastRun<'_>, workflow: &Workflow) -> Story {
    let own = run.facts.iter().filter_map(|fact| match &fact.event {
        Event::Accepted { task_id, joined: false } => Some(task_id.clone()),
        _ => None,
    });
    let mut reading = Reading {
        run,
        workflow,
        open: HashMap::new(),
        own: own.collect(),
        written: BTreeSet::new(),
        inputs: Value::Null,
        failed: BTreeSet::new(),
        story: Story::default(),
    };
    let mut rest = run.facts;
    while let Some((fact, after)) = rest.split_first() {
        // Steps that are done once more are told together.
        let is_same = |it: &&Fact| it.event == Event::Retried && it.at == fact.at;
        let together = if fact.event == Event::Retried { rest.iter().take_while(is_same).count() } else { 0 };
        if together > 0 {
            reading.retried(&rest[..together]);
            rest = &rest[together..];
        } else {
            reading.fact(fact);
            rest = after;
        }
    }
    reading.under_way();
    reading.story
}

impl Reading<'_> {
    fn fact(&mut self, fact: &Fact) {
        let key = (fact.path.clone(), fact.attempt);
        match &fact.event {
            Event::RunStarted { inputs, lists, .. } => {
                self.inputs = whole_inputs(self.value(inputs), lists, |row| self.value(row));
                self.story.inputs = self.inputs.clone();
            }
            Event::Revised { inputs, lists, definition } => {
                self.story.is_revised |= definition.is_some();
                let new = whole_inputs(self.value(inputs), lists, |row| self.value(row));
                let is_other =
                    |(name, value): &(&String, &Value)| self.inputs.get(name.as_str()) != Some(*value);
                let changed = new.as_object().into_iter().flatten().filter(is_other);
                let changed: Map<_, _> = changed.map(|(name, value)| (name.clone(), value.clone())).collect();
                if !changed.is_empty() {
                    self.say(fact.at, Saying::Inputs(changed));
                }
                self.inputs = new;
            }
            Event::RunStopped { status: RunStatus::Cancelled, .. } => self.say(fact.at, Saying::Cancel),
            Event::Expanded { keys, .. } => {
                let keys = keys.iter().map(|key| Path::run().item(key).to_string()).collect();
                self.story.keys.entry(fact.path.to_string()).or_default().push(keys);
            }
            Event::Started { input, .. } => {
                let input = self.value(input);
                self.open.insert(key, Open { input, started: Some(fact.at), ..Open::default() });
            }
            Event::Begun { entry, .. } => {
                self.settled(&key, fact.at, None);
                if let Some(open) = self.open.get_mut(&key) {
                    open.entry = Some(entry.clone());
                }
            }
            Event::Accepted { task_id, joined } => {
                if let Some(open) = self.open.get_mut(&key) {
                    open.accepted = Some((fact.at, task_id.clone(), *joined));
                }
            }
            Event::InDoubt { .. } => self.in_doubt(&key),
            Event::Finished { result } => self.finished(fact, result),
            Event::Skipped { why } => self.skipped(fact, *why),
            Event::RunResumed { .. } | Event::RunStopped { .. } | Event::Retried => {}
        }
    }

    fn value(&self, hash: &outx_model::ContentHash) -> Value {
        self.run.values.get(hash).cloned().unwrap_or_default()
    }

    fn uses(&self, path: &Path) -> Option<&Uses> {
        self.workflow.find(&ids(path.as_str()).join("."))?.uses()
    }

    fn say(&mut self, at: Timestamp, what: Saying) {
        self.story.said.push(Said { at, what });
    }

    fn retried(&mut self, facts: &[Fact]) {
        let again: BTreeSet<_> = facts.iter().map(|fact| fact.path.clone()).collect();
        let all = !self.failed.is_empty() && self.failed.is_subset(&again);
        self.failed.retain(|path| !again.contains(path));
        let from = facts.first().map(|fact| fact.path.clone()).filter(|_| !all);
        if let Some(fact) = facts.first() {
            self.say(fact.at, Saying::Retry { from });
        }
    }

    /// The call of a step: which endpoint, if it is one of OutX, and what is sent.
    fn call(&self, path: &Path, input: &Value) -> Option<(Endpoint, Value)> {
        match self.uses(path)?.kind.start(input) {
            Ok(Start::Task { endpoint, input }) => Some((endpoint, input)),
            _ => None,
        }
    }

    /// Notes a call of whatever sort its step is.
    fn note(&mut self, path: &Path, at: Timestamp, input: &Value, came: Came, took: Duration) {
        let name = self.uses(path).map(|uses| uses.kind.name().to_owned());
        if let Some((what, input)) = self.call(path, input) {
            self.story.calls.push(Called { what, at, input, came, took });
        } else if name.as_deref() == Some("core.http") {
            self.story.requests.push(Called { what: (), at, input: input.clone(), came, took });
        } else if name.as_deref() == Some("core.command") {
            self.story.programs.push(Called { what: (), at, input: input.clone(), came, took });
        }
    }

    fn in_doubt(&mut self, key: &(Path, u32)) {
        let Some(open) = self.open.get_mut(key) else { return };
        let (input, at) = (open.input.clone(), open.started.unwrap_or_default());
        let place = if self.uses(&key.0).is_some_and(|uses| uses.kind.endpoint().is_some()) {
            self.story.calls.len()
        } else if self.uses(&key.0).is_some_and(|uses| uses.kind.name() == "core.http") {
            self.story.requests.len()
        } else {
            self.story.programs.len()
        };
        self.note(&key.0, at, &input, Came::Lost { arrived: true }, Duration::ZERO);
        if let Some(open) = self.open.get_mut(key) {
            open.doubt = Some(place);
        }
    }

    /// What a person said of a doubt, which shows in what comes after it.
    fn settled(&mut self, key: &(Path, u32), at: Timestamp, result: Option<&StepResult>) {
        let Some((place, entry)) =
            self.open.get_mut(key).and_then(|open| Some((open.doubt.take()?, open.entry.clone())))
        else {
            return;
        };
        let word = match result {
            Some(result) if result.assumed => return,
            Some(result) => match result.error.as_ref().map(|error| error.kind) {
                None => "sent",
                Some(_) => "give_up",
            },
            // Only the ledger knows whether it was sent again or its task was named.
            None if self.was_said_sent(entry.as_ref()) => "sent",
            None => "not_sent",
        };
        if word == "not_sent" {
            let is_call = self.uses(&key.0).is_some_and(|uses| uses.kind.endpoint().is_some());
            let is_request = self.uses(&key.0).is_some_and(|uses| uses.kind.name() == "core.http");
            let story = &mut self.story;
            let came = if is_call {
                story.calls.get_mut(place).map(|call| &mut call.came)
            } else if is_request {
                story.requests.get_mut(place).map(|call| &mut call.came)
            } else {
                None
            };
            if let Some(came) = came {
                *came = Came::Lost { arrived: false };
            }
        }
        self.say(at, Saying::Resolve { step: key.0.clone(), word });
    }

    fn was_said_sent(&self, entry: Option<&EntryKey>) -> bool {
        let entry = self.run.entries.iter().find(|known| Some(&known.key) == entry);
        let is_sent = |word: &Word| matches!(word, Word::Sent { .. });
        entry.is_some_and(|entry| {
            let attempts = entry.actions().flat_map(outx_model::Action::attempts);
            let mut said = attempts.filter_map(|(_, attempt)| attempt.said.as_ref());
            said.any(is_sent)
        })
    }

    fn finished(&mut self, fact: &Fact, result: &StepResult) {
        let key = (fact.path.clone(), fact.attempt);
        let error = result.error.as_ref();
        let is_leaf = self.uses(&fact.path).is_some();
        if is_leaf && error.is_some() {
            self.failed.insert(fact.path.clone());
        }
        let was_in_doubt = self.open.get(&key).is_some_and(|open| open.doubt.is_some());
        self.settled(&key, fact.at, Some(result));
        let Some(open) = self.open.remove(&key) else { return };
        let Some(uses) = self.uses(&fact.path) else { return };
        let (kind, effect) = (uses.kind.name().to_owned(), uses.kind.effect());
        let output = result.output.map(|hash| self.value(&hash)).unwrap_or_default();
        if kind == "core.approve" {
            let yes = error.is_none();
            if yes || error.is_some_and(|error| error.kind == StepErrorKind::NotApproved) {
                self.say(fact.at, Saying::Approve { step: fact.path.clone(), yes });
            }
            return;
        }
        let file = || open.input["path"].as_str().unwrap_or_default().to_owned();
        match kind.as_str() {
            "core.read-file" if error.is_none() && self.written.insert(file()) => {
                self.story.files.push((open.input, output));
                return;
            }
            "core.write-file" => drop(self.written.insert(file())),
            _ => {}
        }
        if was_in_doubt {
            return;
        }
        let given_up = error.is_some_and(|error| error.message.starts_with("a person gave it up"));
        if given_up && open.accepted.is_some() {
            self.say(fact.at, Saying::Resolve { step: fact.path.clone(), word: "give_up" });
        }
        let came = match error {
            _ if given_up => Came::Pending,
            Some(error) if error.kind == StepErrorKind::Rejected => Came::Rejected(error.message.clone()),
            // What completed and says that it was not done has an output, too.
            Some(error) if result.output.is_none() || result.raw.is_none() => {
                Came::Failed(error.message.clone())
            }
            _ => Came::Output(result.raw.map(|hash| self.value(&hash)).unwrap_or(output)),
        };
        let since = open.accepted.as_ref().map(|(at, ..)| *at).or(open.started).unwrap_or(fact.at);
        let took = Duration::try_from(fact.at.duration_since(since)).unwrap_or_default();
        let elsewhere = match &open.accepted {
            Some((_, task, joined)) => *joined && !self.own.contains(task),
            None => result.already && !self.was_sent_here(&fact.path, &open.input),
        };
        let here =
            !elsewhere && (open.accepted.as_ref().is_some_and(|(_, _, joined)| *joined) || result.already);
        if here {
            // Another step of the run has it, and this one joins it again.
        } else if elsewhere && effect == KindEffect::Write {
            if let Some((endpoint, input)) = self.call(&fact.path, &open.input) {
                let step = format!("{}/{}", self.workflow.name, ids(fact.path.as_str()).join("."));
                self.story.before.push(Before { endpoint, input, step, failed: error.is_some() });
            }
        } else {
            self.note(&fact.path, open.started.unwrap_or(fact.at), &open.input, came, took);
        }
    }

    /// Whether this run sent the same before, so that a step that finds it done found its own run.
    fn was_sent_here(&self, path: &Path, input: &Value) -> bool {
        let Some((endpoint, input)) = self.call(path, input) else { return false };
        let target = endpoint.spec().target(&input);
        let is_same =
            |call: &Called<Endpoint>| call.what == endpoint && endpoint.spec().target(&call.input) == target;
        endpoint.effect() == Effect::Write && self.story.calls.iter().any(is_same)
    }

    fn skipped(&mut self, fact: &Fact, why: SkipReason) {
        let open = self.open.remove(&(fact.path.clone(), fact.attempt));
        match why {
            SkipReason::Emulated => {
                let input = open.map(|open| open.input).unwrap_or_default();
                self.story.left_out.insert(ids(fact.path.as_str()).join("."), input);
            }
            SkipReason::DoNotContact => {
                let call = open.and_then(|open| self.call(&fact.path, &open.input));
                self.story.blocked.extend(call);
            }
            _ => {}
        }
    }

    /// Tasks that had not ended when the run was looked at.
    fn under_way(&mut self) {
        let open = std::mem::take(&mut self.open);
        let own = open.into_iter().filter_map(|((path, _), open)| {
            let (at, _, joined) = open.accepted?;
            (!joined).then_some((at, path, open.input))
        });
        let own: BTreeMap<_, _> = own.map(|(at, path, input)| ((at, path), input)).collect();
        for ((at, path), input) in own {
            self.note(&path, at, &input, Came::Pending, Duration::ZERO);
        }
        // What ended first was not always begun first.
        self.story.calls.sort_by_key(|call| call.at);
        self.story.requests.sort_by_key(|call| call.at);
        self.story.programs.sort_by_key(|call| call.at);
    }
}
