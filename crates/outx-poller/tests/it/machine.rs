//! Pollers against the model of the service, with chaos on the wire: whatever is done in whatever order, the laws hold.

use crate::cutting::cut;
use crate::support::start;
use jiff::Timestamp;
use outx_model::{AccountId, FetchProfile, TaskId, Ticket};
use outx_poller::{
    Event, Following, Outcome, Pacing, Pause, Policy, Poller, Progress, Seen, Source, Stretch,
};
use outx_service::{Command, ExtensionState, Host, LatencyLaw, ServiceConfig};
use outx_transport::{ApiKey, ChaosLaw, ChaosTransport, Client, Clock, Created, FakeTransport, VirtualClock};
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use serde_json::Value;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What is done to the world.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// A task is created, which will fail or not.
    Create { fails: bool },
    /// A task is followed from now on, by one of the policies.
    Follow { task: usize, policy: usize },
    /// Following goes on for so many wakes, and is dropped then.
    Drive { task: usize, wakes: usize },
    /// Another process goes on with it.
    HandOver { task: usize },
    /// Time passes.
    Pass { ms: u64 },
    /// The browser is opened or closed.
    Browser { is_open: bool },
}

/// What is needed for knowing which steps there are.
#[derive(Debug, Clone)]
pub(crate) struct Model {
    seed: u64,
    tasks: usize,
    is_open: bool,
}

impl ReferenceStateMachine for Model {
    type State = Self;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Self> {
        any::<u64>().prop_map(|seed| Self { seed, tasks: 0, is_open: true }).boxed()
    }

    fn transitions(state: &Self) -> BoxedStrategy<Step> {
        let create = any::<bool>().prop_map(|fails| Step::Create { fails });
        if state.tasks == 0 {
            return create.boxed();
        }
        let task = 0..state.tasks;
        prop_oneof![
            2 => create,
            4 => (task.clone(), 0..policies().len()).prop_map(|(task, policy)| Step::Follow { task, policy }),
            12 => (task.clone(), 1..9_usize).prop_map(|(task, wakes)| Step::Drive { task, wakes }),
            4 => task.prop_map(|task| Step::HandOver { task }),
            2 => (0..30_000_u64).prop_map(|ms| Step::Pass { ms }),
            1 => any::<bool>().prop_map(|is_open| Step::Browser { is_open }),
        ]
        .boxed()
    }

    fn apply(mut state: Self, step: &Step) -> Self {
        match step {
            Step::Create { .. } => state.tasks += 1,
            Step::Browser { is_open } => state.is_open = *is_open,
            _ => {}
        }
        state
    }

    fn preconditions(state: &Self, step: &Step) -> bool {
        match step {
            Step::Create { .. } => state.is_open && state.tasks < 6,
            Step::Follow { task, .. } | Step::Drive { task, .. } | Step::HandOver { task } => {
                *task < state.tasks
            }
            Step::Pass { .. } | Step::Browser { .. } => true,
        }
    }
}

fn policies() -> Vec<Policy> {
    let ms = Duration::from_millis;
    let fixed = Policy::fixed(ms(2_000), ms(60_000)).unwrap();
    let stretch = |first, every| Stretch { first: ms(first), every: ms(every) };
    vec![
        fixed,
        Policy::default().with_jitter(),
        Policy::documented(),
        Policy::exponential(ms(500), 1.7, ms(20_000), ms(200_000)).unwrap(),
        Policy::by_phase(stretch(8_000, 3_000), stretch(1_000, 700), ms(90_000)).unwrap(),
        fixed.with_polls(3).unwrap(),
    ]
}

/// One poll as the source saw it.
struct Polled {
    task: TaskId,
    /// Which following of the task it was for.
    following: usize,
    began: Timestamp,
    /// Nothing where it was dropped on its way.
    answer: Option<(Timestamp, &'static str)>,
}

/// The client, with a log.
struct Logged {
    client: Client,
    following: usize,
    log: Arc<Mutex<Vec<Polled>>>,
}

#[async_trait::async_trait]
impl Source for Logged {
    type Ticket = Ticket;
    type Output = Value;

    async fn poll(&self, ticket: &Ticket) -> Seen {
        let clock = self.client.clock();
        let place = {
            let mut log = self.log.lock().unwrap();
            let (task, began) = (ticket.id.clone(), clock.now());
            log.push(Polled { task, following: self.following, began, answer: None });
            log.len() - 1
        };
        let seen = Source::poll(&self.client, ticket).await;
        self.log.lock().unwrap()[place].answer = Some((clock.now(), seen.word()));
        seen
    }
}

/// One task, and who follows it.
struct Task {
    ticket: Ticket,
    fails: bool,
    following: Option<(usize, Following<Logged>)>,
    end: Option<Outcome>,
}

pub(crate) struct World {
    model: Model,
    clock: VirtualClock,
    host: Arc<Host>,
    /// For creates, with nothing on its way.
    calm: Client,
    /// For polls.
    stormy: Client,
    tasks: Vec<Task>,
    /// The policy of each following there ever was, and what was known of the task when it ended.
    followings: Vec<(Policy, Option<Progress>)>,
    log: Arc<Mutex<Vec<Polled>>>,
    /// All that happened, in words.
    story: String,
    done: Vec<Step>,
}

impl World {
    fn new(model: &Model) -> Self {
        let clock = VirtualClock::new(start());
        let latency = LatencyLaw::Uniform { from: Duration::ZERO, to: Duration::from_mins(2) };
        let config = ServiceConfig { latency, id_seed: model.seed, ..ServiceConfig::default() };
        let host = Arc::new(Host::in_memory(config));
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let fake = Arc::new(FakeTransport::new(host.clone(), shared.clone()));
        let law = ChaosLaw::storm(0.3).unwrap();
        let chaos = ChaosTransport::new(fake.clone(), shared.clone(), model.seed, law);
        let key = || Some(ApiKey::new("a-key").unwrap());
        let calm = Client::new(fake, shared.clone(), AccountId::new("sales"), key());
        let stormy = Client::new(Arc::new(chaos), shared, AccountId::new("sales"), key());
        let (tasks, followings, log, told) = (Vec::new(), Vec::new(), Arc::default(), String::new());
        let (model, done) = (model.clone(), Vec::new());
        Self { model, clock, host, calm, stormy, tasks, followings, log, story: told, done }
    }

    fn poller(&self, following: usize) -> Poller<Logged> {
        let source = Logged { client: self.stormy.clone(), following, log: self.log.clone() };
        let policy = self.followings[following].0;
        Poller::over(Arc::new(source), Arc::new(self.clock.clone()), policy)
            .with_hold(Duration::from_hours(1))
    }

    fn follow(&mut self, task: usize, policy: Policy) {
        let following = self.followings.len();
        self.followings.push((policy, None));
        let begun = self.poller(following).begin(self.tasks[task].ticket.clone());
        self.tasks[task].following = Some((following, begun));
    }

    fn drive(&mut self, task: usize, wakes: usize) {
        let Some((following, going)) = &mut self.tasks[task].following else { return };
        let Some(event) = self.clock.simulate(cut(going.next(), wakes)).unwrap() else { return };
        let event = event.unwrap();
        let (now, following) = (self.clock.now(), *following);
        writeln!(self.story, "{now} {task} {event:?}").unwrap();
        let Event::Done(followed) = event else { return };
        self.followings[following].1 = Some(followed.progress);
        let task = &mut self.tasks[task];
        task.following = None;
        assert_eq!(followed.ticket, task.ticket);
        match &followed.outcome {
            Outcome::Completed(_) => assert!(!task.fails, "{followed:?}"),
            Outcome::Failed { reason, .. } => assert!(task.fails && reason == "by design", "{followed:?}"),
            Outcome::StillPending(pause) => assert_ne!(*pause, Pause::Key, "{followed:?}"),
            Outcome::Unobtainable(_) => panic!("{followed:?}"),
        }
        if followed.outcome.is_end() {
            task.end = Some(followed.outcome);
        }
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Create { fails } => {
                if fails {
                    self.host
                        .with(|service| service.fail_next(outx_model::Endpoint::FetchProfile, "by design"));
                }
                let input = FetchProfile { profile_slug: format!("person-{}", self.tasks.len()) };
                let created = self.calm.create_typed(&input);
                let Created::Accepted(ticket) = self.clock.simulate(created).unwrap().unwrap() else {
                    panic!("not accepted")
                };
                self.tasks.push(Task { ticket, fails, following: None, end: None });
            }
            Step::Follow { task, policy } => {
                if self.tasks[task].end.is_none() && self.tasks[task].following.is_none() {
                    self.follow(task, policies()[policy]);
                }
            }
            Step::Drive { task, wakes } => self.drive(task, wakes),
            Step::HandOver { task } => {
                let Some((following, going)) = self.tasks[task].following.take() else { return };
                let text = serde_json::to_string(&going.checkpoint()).unwrap();
                drop(going);
                writeln!(self.story, "{text}").unwrap();
                let going = self.poller(following).resume(serde_json::from_str(&text).unwrap());
                self.tasks[task].following = Some((following, going));
            }
            Step::Pass { ms } => self.clock.advance(Duration::from_millis(ms)),
            Step::Browser { is_open } => self.browser(is_open),
        }
    }

    fn browser(&self, is_open: bool) {
        let state = if is_open { ExtensionState::Open } else { ExtensionState::Silent };
        let command = Command::Extension { team: None, member: None, state };
        self.clock.simulate(self.host.command(command, self.clock.now())).unwrap().unwrap();
    }

    /// Takes every ticket to its end: what was not lost can be.
    fn finish(&mut self) {
        self.browser(true);
        for task in 0..self.tasks.len() {
            for _ in 0..10_000 {
                if self.tasks[task].end.is_some() {
                    break;
                }
                if self.tasks[task].following.is_none() {
                    self.follow(task, Policy::default());
                }
                self.drive(task, usize::MAX);
            }
            assert!(self.tasks[task].end.is_some(), "{:?} is lost", self.tasks[task].ticket);
        }
    }

    fn assert_lawful(&self) {
        let log = self.log.lock().unwrap();
        for (following, (policy, ended)) in self.followings.iter().enumerate() {
            let polls: Vec<&Polled> = log.iter().filter(|poll| poll.following == following).collect();
            let least = policy.every().mul_f64(0.899);
            let deadline = ended.and_then(|progress| policy.deadline(&progress));
            for (place, pair) in polls.windows(2).enumerate() {
                let from = pair[0].answer.map_or(pair[0].began, |(at, _)| at);
                // The last one falls on the deadline, however soon that is.
                let is_last = match deadline {
                    Some(deadline) => pair[1].began == deadline,
                    None => ended.is_none() && place + 2 == polls.len(),
                };
                assert!(
                    pair[1].began >= from + least || is_last && pair[1].began > from,
                    "{policy:?}: {from} {}",
                    pair[1].began
                );
            }
            let probes = probes(&polls);
            if *policy == policies()[5] {
                assert!(polls.len() - probes <= 3, "{} polls of three", polls.len() - probes);
            }
        }
        for task in &self.tasks {
            let polls: Vec<&Polled> = log.iter().filter(|poll| poll.task == task.ticket.id).collect();
            let ends = polls.iter().position(|poll| matches!(poll.answer, Some((_, "completed" | "failed"))));
            assert!(ends.is_none_or(|end| end + 1 == polls.len()), "it was asked about after its end");
            assert_eq!(ends.is_some(), task.end.is_some(), "an end was seen and not told");
        }
    }
}

/// Those that asked whether the account is awake, also where nobody said.
fn probes(polls: &[&Polled]) -> usize {
    let mut is_paused = false;
    let is_probe = |poll: &&&Polled| match poll.answer {
        Some((_, "paused")) => {
            is_paused = true;
            true
        }
        Some((_, "unanswered" | "unreadable")) => is_paused,
        Some(_) => {
            is_paused = false;
            false
        }
        None => false,
    };
    polls.iter().filter(is_probe).count()
}

struct Pollers;

impl StateMachineTest for Pollers {
    type SystemUnderTest = World;
    type Reference = Model;

    fn init_test(model: &Model) -> World {
        World::new(model)
    }

    fn apply(mut world: World, _: &Model, step: Step) -> World {
        world.take(&step);
        world.done.push(step);
        world
    }

    fn check_invariants(world: &World, _: &Model) {
        world.assert_lawful();
    }

    fn teardown(mut world: World, _: Model) {
        world.finish();
        world.assert_lawful();
        // The same again, to the byte.
        let mut again = World::new(&world.model);
        for step in &world.done {
            again.take(step);
        }
        again.finish();
        assert_eq!(again.story, world.story);
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]
    #[test]
    fn whatever_is_done_the_laws_hold(sequential 1..60 => Pollers);
}
