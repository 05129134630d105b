//! Runs that are driven at random, without expressions and without a service: what is decided and what is counted must
//! be right whatever happens, and whenever the work is taken up again.

use super::super::{Decision, Definitions, NodeId, Part, RunState, ScopeId};
use super::draw::{Dice, workflow};
use crate::journal::{Event, Fact, Lists, SkipReason, StepError, StepErrorKind, StepResult};
use crate::run::{Path, RunStatus, StepStatus};
use jiff::Timestamp;
use outx_model::{AccountId, ContentHash, EntryKey, TaskId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What somebody works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    Effect { withheld: bool },
    Task,
    Pause,
}

struct Model {
    dice: Dice,
    definitions: Definitions,
    facts: Vec<Fact>,
    story: Vec<String>,
    /// The keys of each list, or nothing where it is not known who is wanted.
    lists: BTreeMap<Path, Option<Vec<Arc<str>>>>,
    state: RunState,
    work: BTreeMap<NodeId, Work>,
    /// Something stands until the run is taken up again.
    waits: bool,
    ended: bool,
    /// Nothing goes wrong any more.
    kind: bool,
}

impl Model {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let definitions = Definitions::from(workflow(&mut dice, 0));
        let mut model = Self {
            dice,
            state: RunState::new(definitions.clone()),
            definitions,
            facts: Vec::new(),
            story: Vec::new(),
            lists: BTreeMap::new(),
            work: BTreeMap::new(),
            waits: false,
            ended: false,
            kind: false,
        };
        let inputs = hash("inputs");
        let (account, folder) = (AccountId::new("team"), String::new());
        model.fact(
            Path::run(),
            Event::RunStarted { definition: hash("d"), inputs, lists: Lists::new(), account, folder },
        );
        model
    }

    /// Takes a fact as the engine would.
    fn fact(&mut self, path: Path, event: Event) {
        self.story.push(format!("{path}: {event:?}"));
        let fact = Fact { path, attempt: 0, at: Timestamp::UNIX_EPOCH, event };
        if let Err(error) = self.state.apply(&fact) {
            panic!("{error}\n{}", self.told());
        }
        if let Err(error) = self.state.audit() {
            panic!("{error}\n{}", self.told());
        }
        self.facts.push(fact);
    }

    fn told(&self) -> String {
        format!("{}\n{}", self.state.workflow().source.text(), self.story.join("\n"))
    }

    fn folded(&self) -> RunState {
        RunState::recover(self.definitions.clone(), &self.facts)
            .unwrap_or_else(|error| panic!("{error}\n{}", self.told()))
    }

    /// Somebody takes the run up and works on it for a while.
    fn session(&mut self) {
        self.story.push("-- taken up".to_owned());
        self.state = self.folded();
        if self.state.stopped().is_some() {
            return;
        }
        (self.waits, self.ended) = (false, false);
        self.work.clear();
        if let Err(error) = self.state.audit() {
            panic!("{error}\n{}", self.told());
        }
        let stopped = !self.kind && self.dice.percent(10);
        for _ in 0..if self.kind { 100_000 } else { 1 + self.dice.below(40) } {
            while let Some(decision) = self.state.decide() {
                self.decided(decision, stopped);
            }
            if self.work.is_empty() {
                break;
            }
            let all: Vec<_> = self.work.keys().copied().collect();
            let node = self.dice.pick(&all);
            self.worked(node);
        }
        while let Some(decision) = self.state.decide() {
            self.decided(decision, stopped);
        }
        let is_over = self.state.is_complete();
        assert_eq!(is_over, self.ended, "the end is seen once it is there\n{}", self.told());
        let stands = self.work.is_empty() && !self.waits && !is_over;
        assert!(!stands, "nothing is to be done, and the run has not ended\n{}", self.told());
        self.as_folded();
        if is_over {
            let status = self.state.status();
            assert!(status.is_end(), "{status:?}\n{}", self.told());
            let stopped = Event::RunStopped { status, outputs: None, error: None, waiting_for: Vec::new() };
            self.fact(Path::run(), stopped);
        }
    }

    /// The live state tells the same as its facts.
    fn as_folded(&self) {
        let told = |state: &RunState| {
            let nodes = state.nodes().map(|(node, it)| {
                let removed = state.scope(it.scope).removed;
                let items: Vec<_> = it.items.iter().map(|item| state.scope(*item).path.to_string()).collect();
                let text = format!(
                    "{} {:?} {} {} {} {} {removed} {items:?}",
                    state.path(node),
                    it.status,
                    it.attempt,
                    it.blocked,
                    it.items_left,
                    it.relisting
                );
                text
            });
            let scopes = state.scopes.iter().filter(|scope| !scope.forgotten);
            let scopes = scopes.map(|it| format!("{} {} {} {:?}", it.path, it.left, it.item, it.result));
            let mut all: Vec<_> = nodes.chain(scopes).collect();
            all.sort();
            all
        };
        assert_eq!(told(&self.state), told(&self.folded()), "{}", self.told());
    }

    fn decided(&mut self, decision: Decision, stopped: bool) {
        match decision {
            Decision::Evaluate(node) => {
                if self.state.step(node).has_effect() && (stopped || !self.kind && self.dice.percent(5)) {
                    self.state.release(node);
                    self.waits = true;
                    return;
                }
                self.evaluated(node);
            }
            Decision::Begin(node) => {
                assert!(
                    !self.work.contains_key(&node),
                    "{} is begun twice\n{}",
                    self.state.path(node),
                    self.told()
                );
                self.begun(node);
            }
            Decision::Poll(node) => {
                let before = self.work.insert(node, Work::Task);
                assert_ne!(before, Some(Work::Task), "followed twice\n{}", self.told());
            }
            Decision::Close(scope) => {
                let path = self.state.scope(scope).path.clone();
                let result = self.result();
                self.fact(path, Event::Finished { result });
            }
            Decision::Join(node) if self.goes_on(node) => {
                let keys = vec![self.state.next_name(node)];
                let event = Event::Expanded { items: hash("tick"), keys, rows: Vec::new(), error: None };
                self.fact(self.state.path(node), event);
            }
            Decision::Join(node) if self.is_given_up(node) => {
                self.fact(self.state.path(node), Event::Skipped { why: SkipReason::Removed });
            }
            Decision::Join(fan) => {
                let result = self.result();
                self.fact(self.state.path(fan), Event::Finished { result });
            }
            Decision::End => self.ended = true,
        }
    }

    /// Whether nobody wants another iteration of a repetition.
    fn is_given_up(&self, node: NodeId) -> bool {
        self.state.step(node).repeat().is_some() && self.state.scope(self.state.node(node).scope).removed
    }

    /// Whether a repetition has another iteration.
    fn goes_on(&mut self, node: NodeId) -> bool {
        let is_wanted = !self.state.scope(self.state.node(node).scope).removed;
        self.state.step(node).repeat().is_some() && is_wanted && self.dice.percent(50)
    }

    fn result(&mut self) -> StepResult {
        if self.dice.percent(80) {
            return StepResult::success(None);
        }
        StepResult::failure(StepError { kind: StepErrorKind::TaskFailed, message: String::new() })
    }

    fn evaluated(&mut self, node: NodeId) {
        let path = self.state.path(node);
        if self.state.node(node).relisting {
            let before = self.state.node(node).input;
            self.expanded(path);
            let is_open = |item: &ScopeId| self.state.scope(*item).result.is_none();
            if self.state.node(node).input == before && !self.state.node(node).items.iter().any(is_open) {
                return;
            }
            for again in self.state.to_redo(node) {
                self.fact(self.state.path(again), Event::Retried);
            }
            return;
        }
        let removed = self.state.scope(self.state.node(node).scope).removed;
        assert!(!removed, "`{path}` is evaluated, and nobody wants it\n{}", self.told());
        match self.dice.below(10) {
            0 => self.fact(path, Event::Skipped { why: SkipReason::Condition }),
            1 => {
                let result = self.result();
                self.fact(path, Event::Finished { result });
            }
            _ if self.state.step(node).block().is_some() => self.expanded(path),
            _ if self.state.step(node).uses().is_some_and(|uses| uses.kind.name() == "core.set") => {
                self.fact(path, Event::Finished { result: StepResult::success(None) });
            }
            _ => self.fact(path, Event::Started { input: hash("input"), once: None }),
        }
    }

    fn expanded(&mut self, path: Path) {
        let step = self.state.find(&path).map(|node| self.state.step(node));
        let node = self.state.find(&path);
        let one: Option<Arc<str>> = match step {
            Some(step) if step.repeat().is_some() => node.map(|node| self.state.next_name(node)),
            Some(step) if step.call().is_some() => Some("".into()),
            _ => None,
        };
        let relists = node.is_some_and(|node| self.state.node(node).relisting);
        if one.as_deref() == Some("") && relists && self.dice.percent(30) {
            self.lists.insert(path.clone(), Some(Vec::new()));
            let error = StepError { kind: StepErrorKind::Expression, message: String::new() };
            let (keys, rows) = (Vec::new(), Vec::new());
            let event = Event::Expanded { items: hash("none"), keys, rows, error: Some(error) };
            return self.fact(path, event);
        }
        if let Some(key) = one {
            if key.is_empty() {
                self.lists.insert(path.clone(), Some(vec![key.clone()]));
            }
            let event =
                Event::Expanded { items: hash("one"), keys: vec![key], rows: Vec::new(), error: None };
            return self.fact(path, event);
        }
        let mut keys: Vec<Arc<str>> = ["a", "b", "c", "d"].map(Arc::from).to_vec();
        for _ in 0..self.dice.below(5) {
            keys.remove(self.dice.below(keys.len()));
        }
        if keys.len() > 1 && self.dice.percent(50) {
            keys.reverse();
        }
        self.lists.insert(path.clone(), Some(keys.clone()));
        let items = hash(&format!("{keys:?}"));
        self.fact(path, Event::Expanded { items, keys, rows: Vec::new(), error: None });
    }

    /// Whether all items around a step are in their lists, as far as that is known.
    fn is_wanted(&self, node: NodeId) -> Option<bool> {
        let mut wanted = Some(true);
        for scope in self.state.around(node) {
            let scope = self.state.scope(scope);
            let Some(fan) = scope.parent.filter(|holder| self.state.step(*holder).has_list()) else {
                continue;
            };
            match self.lists.get(&self.state.path(fan)) {
                Some(Some(keys)) if keys.contains(&scope.key) => {}
                Some(None) => wanted = None,
                _ => return Some(false),
            }
        }
        wanted
    }

    fn begun(&mut self, node: NodeId) {
        let path = self.state.path(node);
        let removed = self.state.scope(self.state.node(node).scope).removed;
        let has_task = self.state.node(node).task.as_ref().is_some_and(|task| task.task_id.is_some());
        if !has_task {
            assert_eq!(self.is_wanted(node), Some(!removed), "{path} is begun\n{}", self.told());
        }
        if !self.state.step(node).has_effect() {
            if removed {
                self.fact(path, Event::Skipped { why: SkipReason::Removed });
            } else {
                self.work.insert(node, Work::Pause);
            }
            return;
        }
        let work = if has_task { Work::Task } else { Work::Effect { withheld: removed } };
        self.work.insert(node, work);
    }

    /// Something comes of what somebody works on.
    fn worked(&mut self, node: NodeId) {
        let path = self.state.path(node);
        let chance = if self.kind { 99 } else { self.dice.below(100) };
        match self.work[&node] {
            Work::Pause | Work::Task | Work::Effect { .. } if chance < 15 => {
                self.work.remove(&node);
                self.state.release(node);
                self.waits = true;
            }
            Work::Pause | Work::Task => {
                self.work.remove(&node);
                let result = self.result();
                self.fact(path, Event::Finished { result });
            }
            Work::Effect { withheld: true } if chance % 2 == 0 => {
                self.work.remove(&node);
                self.fact(path, Event::Skipped { why: SkipReason::Removed });
            }
            Work::Effect { .. } if chance < 25 => {
                self.work.remove(&node);
                self.fact(path, Event::Skipped { why: SkipReason::DoNotContact });
            }
            Work::Effect { .. } if chance < 40 => {
                self.work.remove(&node);
                self.waits = true;
                if self.state.node(node).status != StepStatus::InDoubt {
                    self.begun_fact(&path);
                    self.fact(path, Event::InDoubt { what: String::new() });
                }
            }
            Work::Effect { .. } if chance < 50 => {
                self.work.remove(&node);
                let result = self.result();
                self.fact(path, Event::Finished { result });
            }
            Work::Effect { .. } => {
                self.begun_fact(&path);
                self.fact(path, Event::Accepted { task_id: TaskId::from("t"), joined: false });
            }
        }
    }

    fn begun_fact(&mut self, path: &Path) {
        let endpoint = outx_model::Endpoint::FetchProfile;
        self.fact(
            path.clone(),
            Event::Begun { entry: EntryKey::new("e"), endpoint: endpoint.into(), asked_before: 0 },
        );
    }

    /// What a person does between.
    fn between(&mut self) {
        self.state = self.folded();
        match self.dice.below(10) {
            0..5 => self.revised(),
            5..7 => self.retried(),
            _ => {}
        }
    }

    fn revised(&mut self) {
        if self.state.is_ending(Part::Main).is_err() {
            return;
        }
        let mut definition = None;
        if self.dice.percent(50) {
            let strange = self.dice.pick(&[0, 0, 30]);
            let other = workflow(&mut self.dice, strange);
            if self.state.may_go_on_as(&other).is_ok() {
                let address = hash(other.source.text());
                self.definitions = self.definitions.clone().with(address, other);
                definition = Some(address);
                // As whoever hears it does.
                self.state = self.folded();
            }
        }
        self.lists.values_mut().for_each(|list| *list = None);
        self.fact(Path::run(), Event::Revised { inputs: hash("other"), lists: Lists::new(), definition });
        self.as_folded();
    }

    fn retried(&mut self) {
        let ended: Vec<_> =
            self.state.nodes().filter(|(_, it)| it.status.is_end()).map(|(node, _)| node).collect();
        if ended.is_empty() {
            return;
        }
        let steps =
            if self.dice.percent(50) { self.state.failed_steps() } else { vec![self.dice.pick(&ended)] };
        let may = |node: &NodeId| {
            let known = self.state.node(*node);
            let is_free = self.state.is_ending(self.state.part_of(*node)).is_ok();
            let is_done_again = known.items.is_empty() || self.state.step(*node).repeat().is_some();
            is_done_again && !self.state.scope(known.scope).removed && is_free
        };
        if !steps.iter().all(may) {
            return;
        }
        let paths: Vec<_> = self.state.to_retry(steps).iter().map(|node| self.state.path(*node)).collect();
        for path in paths {
            if self.lists.contains_key(&path) {
                self.lists.insert(path.clone(), None);
            }
            self.fact(path, Event::Retried);
        }
        self.as_folded();
    }
}

fn hash(text: &str) -> ContentHash {
    ContentHash::of_bytes(text.as_bytes())
}

fn play(seed: u64) {
    let mut model = Model::new(seed);
    for _ in 0..=model.dice.below(8) {
        model.session();
        model.between();
    }
    model.kind = true;
    model.session();
    let is_over = model.state.stopped().is_some_and(|stopped| stopped.status.is_end());
    assert!(is_over, "when nothing goes wrong a run ends\n{}", model.told());
    assert_ne!(model.state.status(), RunStatus::Waiting);
    // Each list holds who was wanted last.
    let paths: BTreeSet<_> = model.state.nodes().map(|(node, _)| model.state.path(node)).collect();
    assert_eq!(paths.len(), model.state.nodes().count(), "{}", model.told());
    // All that was before can be folded too.
    for first in 1..model.facts.len() {
        let state = RunState::recover(model.definitions.clone(), &model.facts[..first]);
        let state = state.unwrap_or_else(|error| panic!("{error}\n{}", model.told()));
        if let Err(error) = state.audit() {
            panic!("{error}\n{}", model.told());
        }
    }
}

/// So many runs are drawn. More of them are looked at by another number here.
const SEEDS: u64 = 150;

#[test]
fn what_is_counted_and_decided_is_right_whatever_happens() {
    for seed in 0..SEEDS {
        assert!(std::panic::catch_unwind(|| play(seed)).is_ok(), "seed {seed}");
    }
}

const WATCH: &str = r"
outx: 1
name: x
steps:
  watch:
    repeat: { max: 300 }
    steps:
      outer:
        each: [1, 2, 3]
        as: o
        steps:
          inner: { each: [1, 2], as: i, steps: { s: { uses: core.set }, t: { needs: s, uses: core.set } } }
          last: { needs: inner, uses: core.set }
";

#[test]
fn of_an_iteration_that_is_over_nothing_is_kept_but_its_end() {
    let source = crate::diagnostic::Source::new("x.yaml", WATCH);
    let workflow = crate::check(&source, &crate::CheckOptions::shipped()).workflow.unwrap();
    let definitions = Definitions::from(Arc::new(workflow));
    let mut facts = Vec::new();
    let mut state = RunState::new(definitions.clone());
    let mut sizes = BTreeSet::new();
    let inputs = hash("inputs");
    let (account, folder) = (AccountId::new("team"), String::new());
    let first = Event::RunStarted { definition: hash("d"), inputs, lists: Lists::new(), account, folder };
    let mut next = Some((Path::run(), first));
    while let Some((path, event)) = next.take() {
        let fact = Fact { path, attempt: 0, at: Timestamp::UNIX_EPOCH, event };
        state.apply(&fact).unwrap();
        state.audit().unwrap();
        facts.push(fact);
        let finished = || Event::Finished { result: StepResult::success(None) };
        next = state.decide().and_then(|decision| match decision {
            Decision::Evaluate(node) if state.step(node).block().is_some() => {
                let keys: Vec<Arc<str>> = match &*state.step(node).id {
                    "outer" => vec!["a".into(), "b".into(), "c".into()],
                    "inner" => vec!["x".into(), "y".into()],
                    _ => vec![state.next_name(node)],
                };
                let event = Event::Expanded { items: hash("list"), keys, rows: Vec::new(), error: None };
                Some((state.path(node), event))
            }
            Decision::Close(scope) => Some((state.scope(scope).path.clone(), finished())),
            Decision::Join(node) if state.step(node).repeat().is_some() => {
                sizes.insert((state.nodes.len(), state.scopes.len()));
                let keys = vec![state.next_name(node)];
                let event = Event::Expanded { items: hash("tick"), keys, rows: Vec::new(), error: None };
                Some((state.path(node), event)).filter(|_| facts.len() < 8_000)
            }
            Decision::Evaluate(node) | Decision::Join(node) => Some((state.path(node), finished())),
            Decision::Begin(_) | Decision::Poll(_) | Decision::End => None,
        });
    }
    assert!(state.iteration(state.find(&Path::parse("watch")).unwrap()).unwrap().1 > 200);
    assert_eq!(sizes.len(), 1, "each iteration takes the place of the one before: {sizes:?}");
    let again = RunState::recover(definitions, &facts).unwrap();
    again.audit().unwrap();
    assert_eq!((again.nodes.len(), again.scopes.len()), *sizes.first().unwrap());
}
