//! How long tasks take: what their ends teach, and when they are asked about by that.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail loudly; the lint exempts test functions only")]

use super::steps;
use crate::lab::{Lab, account};
use async_trait::async_trait;
use futures_util::future::{Either, select};
use jiff::{SignedDuration, Timestamp};
use outx_flow::{Engine, Learning, Observer, RunId, RunStatus};
use outx_ledger::LedgerStore;
use outx_model::{Endpoint, Method};
use outx_poller::law::{
    AccountSort, Law, LawKey, Laws, LawsError, LawsErrorKind, Learned, MemoryLaws, Sample, Statistics,
};
use outx_poller::schedule::{Aim, Bounds, Schedule};
use outx_service::LatencyLaw;
use outx_transport::{Clock, Context, Request, Response, Transport, TransportError, VirtualClock};
use serde_json::json;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Looks up so many people, each with the policy.
fn people(many: usize, poll: &str) -> String {
    let slugs: Vec<_> = (0..many).map(|n| format!("person-{n}")).collect();
    let uses =
        format!("uses: linkedin.fetch-profile, poll: {poll}, with: {{ profile_slug: \"${{{{ slug }}}}\" }}");
    steps(&format!(
        "  all:\n    each: {slugs:?}\n    as: slug\n    concurrency: 8\n    steps:\n      who: {{ {uses} }}\n"
    ))
}

fn key() -> LawKey {
    let origin = "https://api.example".to_owned();
    LawKey { origin, account: account(), endpoint: Endpoint::FetchProfile.into() }
}

fn lab(latency: u64, sort: AccountSort) -> (Lab, Arc<MemoryLaws>) {
    let laws = Arc::new(MemoryLaws::new());
    let learning = Learning { laws: laws.clone(), origin: key().origin, sort };
    (Lab { learning: Some(learning), ..Lab::with(LatencyLaw::Fixed(Duration::from_secs(latency))) }, laws)
}

fn learned(lab: &Lab, laws: &MemoryLaws) -> Arc<Learned> {
    lab.now(laws.learned(&key())).unwrap()
}

/// Notes when results are asked for, counted from the answer to the only create before.
struct Watch {
    inner: Arc<dyn Transport>,
    clock: VirtualClock,
    created: Mutex<Option<Timestamp>>,
    polls: Mutex<Vec<SignedDuration>>,
    /// The machine sleeps for so long after the first poll.
    sleeps: Duration,
}

impl Watch {
    fn over(lab: Lab) -> (Lab, Arc<Self>) {
        Self::that_sleeps(lab, Duration::ZERO)
    }

    fn that_sleeps(lab: Lab, sleeps: Duration) -> (Lab, Arc<Self>) {
        let (inner, clock) = (lab.transport.clone(), lab.clock.clone());
        let (created, polls) = Default::default();
        let watch = Arc::new(Self { inner, clock, created, polls, sleeps });
        (Lab { way: Some(watch.clone()), ..lab }, watch)
    }

    fn polls(&self) -> Vec<SignedDuration> {
        self.polls.lock().unwrap().clone()
    }
}

#[async_trait]
impl Transport for Watch {
    async fn send(&self, request: &Request, context: &Context) -> Result<Response, TransportError> {
        let answer = self.inner.send(request, context).await;
        let mut created = self.created.lock().unwrap();
        match (request.method, *created) {
            (Method::Post, _) => *created = Some(self.clock.now()),
            (Method::Get, Some(created)) => {
                let mut polls = self.polls.lock().unwrap();
                polls.push(self.clock.now().duration_since(created));
                if polls.len() == 1 {
                    self.clock.advance(self.sleeps);
                }
            }
            (Method::Get, None) => {}
        }
        answer
    }
}

fn ages(law: &Law, until: u64) -> Vec<SignedDuration> {
    let schedule = Schedule::new(law, Aim::default(), Bounds::default());
    let until = Duration::from_secs(until);
    // The last one is that which finds the end.
    let before = schedule.polls(until).count();
    let ages = schedule.polls(Duration::MAX).take(before + 1);
    ages.map(|age| SignedDuration::try_from(age).unwrap()).collect()
}

#[test]
fn each_task_that_is_seen_to_end_teaches_once() {
    let (lab, laws) = lab(20, AccountSort::Live);
    assert_eq!(lab.run(&people(50, "{ every: 3s }"), &json!({})).status, RunStatus::Succeeded);
    let learned = learned(&lab, &laws);
    assert_eq!(learned.statistics().samples(), 50);
    let law = learned.law();
    // First after 12 s, then every 3 s: they ended between 18 and 21 s.
    let (early, late) = (law.done_by(Duration::from_secs(17)), law.done_by(Duration::from_secs(23)));
    assert!(early < 0.2 && late > 0.9, "{early}, {late}");
    assert_eq!(lab.now(laws.keys()).unwrap(), [key()]);
}

#[test]
fn an_account_that_is_not_live_teaches_nothing() {
    for sort in [AccountSort::Emulated, AccountSort::Replayed, AccountSort::Test] {
        let (lab, laws) = lab(20, sort);
        assert_eq!(lab.run(&people(20, "{ every: 3s }"), &json!({})).status, RunStatus::Succeeded);
        assert_eq!(lab.now(laws.keys()).unwrap(), [], "{sort:?}");
    }
}

#[test]
fn what_was_learned_finds_ends_at_less_cost_and_only_where_the_file_says_so() {
    let (lab, laws) = lab(20, AccountSort::Live);
    // Polls and waiting, for one task.
    let cost = |run: &str, poll: &str| {
        let (lab, watch) = Watch::over(Lab { learning: lab.learning.clone(), ..lab.again() });
        let run = lab.submit(run, &people(1, poll), &json!({}));
        assert_eq!(lab.drive(&run).status, RunStatus::Succeeded);
        let polls = watch.polls();
        let waited = polls[polls.len() - 1].as_secs_f64() - 20.0;
        Aim::USUAL_COST * f64::from(u32::try_from(polls.len()).unwrap()) + waited
    };
    let unlearned = cost("unlearned", "{ policy: learned }");
    lab.run(&people(48, "{ policy: learned }"), &json!({}));
    assert_eq!(learned(&lab, &laws).statistics().samples(), 49);
    let (by_the_law, usual) = (cost("learned", "{ policy: learned }"), cost("usual", "{ timeout: 5m }"));
    assert!(by_the_law < 0.7 * usual && by_the_law < unlearned, "{unlearned}, {by_the_law}, {usual}");
}

#[test]
fn where_nothing_is_to_be_learned_a_task_is_taken_for_a_usual_one() {
    let (lab, watch) = Watch::over(Lab::with(LatencyLaw::Fixed(Duration::from_secs(30))));
    let report = lab.run(&people(1, "{ policy: learned }"), &json!({}));
    assert_eq!(report.status, RunStatus::Succeeded);
    assert_eq!(watch.polls(), ages(&Law::prior(), 30));
}

#[test]
fn a_ticket_keeps_its_law_in_another_process_while_more_is_learned() {
    let (lab, laws) = lab(60, AccountSort::Live);
    let (lab, watch) = Watch::over(lab);
    let at = lab.clock.now();
    let between = |from: u64, to: u64| {
        Sample::between(AccountSort::Live, Duration::from_secs(from), Duration::from_secs(to), at).unwrap()
    };
    let before = lab.now(laws.learn(&key(), &[between(40, 80); 40])).unwrap().law();
    let run = lab.submit("run", &people(1, "{ policy: learned }"), &json!({}));
    {
        // The process ends after the first poll or two.
        let engine = lab.engine();
        let until = lab.clock.sleep_until(at + ages(&before, 60)[1] + SignedDuration::from_millis(1));
        let ends =
            async { matches!(select(pin!(engine.drive(&run, &lab.stop)), until).await, Either::Left(_)) };
        assert!(!lab.now(ends), "it was not killed");
    }
    let entries = lab.now(lab.ledger.entries(&account())).unwrap();
    assert_eq!(entries.iter().map(|entry| entry.law).collect::<Vec<_>>(), [before.version()]);
    let polled = watch.polls().len();
    let now = lab.now(laws.learn(&key(), &[between(5, 6); 8])).unwrap();
    assert!(now.law().version() > before.version());

    let again = lab.again();
    assert_eq!(again.drive(&run).status, RunStatus::Succeeded);
    // What was seen before is not known any more, so that it is asked about at once; then the schedule of its law goes on.
    let polls = watch.polls();
    let by = |law: &Law| {
        let schedule = Schedule::new(law, Aim::default(), Bounds::default());
        let next =
            |seen: &SignedDuration| SignedDuration::try_from(schedule.after(seen.unsigned_abs())).unwrap();
        polls[polled..polls.len() - 1].iter().map(next).collect::<Vec<_>>()
    };
    assert!(polls.len() > polled + 1, "{polls:?}");
    assert_eq!(by(&before), polls[polled + 1..]);
    assert_ne!(by(&now.law()), polls[polled + 1..], "another law would say the same");
}

#[test]
fn a_task_that_is_given_up_was_still_pending_and_shows_nothing_later() {
    let (lab, laws) = lab(200, AccountSort::Live);
    let run = lab.submit("run", &people(1, "{ every: 5s, timeout: 60s }"), &json!({}));
    assert_eq!(lab.drive(&run).status, RunStatus::Waiting);
    let samples = |lab: &Lab| {
        let learned = learned(lab, &laws);
        learned.statistics().recent().iter().map(Sample::ages).collect::<Vec<_>>()
    };
    let given_up = samples(&lab);
    assert!(matches!(given_up[..], [(after, None)] if after.as_secs().abs_diff(60) < 4), "{given_up:?}");
    // Once more in vain, and then to its end.
    for status in [RunStatus::Waiting, RunStatus::Waiting, RunStatus::Succeeded] {
        lab.clock.advance(Duration::from_secs(1));
        assert_eq!(lab.again().drive(&run).status, status);
    }
    assert_eq!(samples(&lab), given_up);
}

#[test]
fn a_task_that_was_pending_when_its_run_was_stopped_shows_so_much() {
    let (lab, laws) = lab(200, AccountSort::Live);
    let run = lab.submit("run", &people(1, "{ every: 5s, timeout: 10m }"), &json!({}));
    let stop = async {
        lab.clock.sleep_until(lab.clock.now() + Duration::from_secs(90)).await;
        lab.stop.ask();
    };
    assert_eq!(lab.driven_beside(&run, stop).status, RunStatus::Waiting);
    let shown: Vec<_> = learned(&lab, &laws).statistics().recent().iter().map(Sample::ages).collect();
    assert!(matches!(shown[..], [(after, None)] if after.as_secs().abs_diff(87) < 6), "{shown:?}");
    assert_eq!(lab.again().drive(&run).status, RunStatus::Succeeded);
    assert_eq!(learned(&lab, &laws).statistics().samples(), 1);
}

#[test]
fn what_was_seen_around_a_sleep_of_the_machine_shows_nothing() {
    for (sleep, taught) in [(3_600, 0), (0, 1)] {
        let (lab, laws) = lab(20, AccountSort::Live);
        let (lab, _) = Watch::that_sleeps(lab, Duration::from_secs(sleep));
        let run = lab.submit("run", &people(1, "{ timeout: 2h }"), &json!({}));
        assert_eq!(lab.drive(&run).status, RunStatus::Succeeded);
        assert_eq!(learned(&lab, &laws).statistics().samples(), taught, "{sleep}");
    }
}

/// Laws that cannot be read or written.
#[derive(Debug)]
struct Broken;

fn broken<T>() -> Result<T, LawsError> {
    Err(LawsError::new(LawsErrorKind::Store, "the disk is full"))
}

#[async_trait]
impl Laws for Broken {
    async fn learned(&self, _: &LawKey) -> Result<Arc<Learned>, LawsError> {
        broken()
    }
    async fn learn(&self, _: &LawKey, _: &[Sample]) -> Result<Arc<Learned>, LawsError> {
        broken()
    }
    async fn merge(&self, _: &LawKey, _: &Statistics) -> Result<Arc<Learned>, LawsError> {
        broken()
    }
    async fn keys(&self) -> Result<Vec<LawKey>, LawsError> {
        broken()
    }
    async fn forget(&self, _: &LawKey) -> Result<(), LawsError> {
        broken()
    }
}

#[derive(Default)]
struct Told(AtomicUsize);

impl Observer for Told {
    fn unlearned(&self, why: &LawsError) {
        assert_eq!(why.to_string(), "the disk is full");
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_store_of_laws_that_fails_stops_no_run_and_is_told_of_once() {
    let (lab, _) = lab(20, AccountSort::Live);
    let learning = Learning { laws: Arc::new(Broken), ..lab.learning.clone().unwrap() };
    let told = Arc::new(Told::default());
    let lab = Lab { learning: Some(learning), observer: told.clone(), ..lab };
    let report = lab.run(&people(40, "{ policy: learned }"), &json!({}));
    assert_eq!((report.status, told.0.load(Ordering::SeqCst)), (RunStatus::Succeeded, 1));
}

#[test]
fn runs_are_named_by_nothing_that_is_learned() {
    let (lab, laws) = lab(20, AccountSort::Live);
    let run = RunId::new("run");
    lab.run(&people(3, "{ every: 3s }"), &json!({}));
    let written = serde_json::to_string(&*learned(&lab, &laws)).unwrap();
    assert!(!written.contains("person") && !written.contains(run.as_str()), "{written}");
}
