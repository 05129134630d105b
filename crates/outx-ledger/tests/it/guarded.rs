//! The guarded client over the fake service, in virtual time: given up anywhere, it sends once.

use futures_util::FutureExt;
use outx_ledger::limits::Limits;
use outx_ledger::{
    AccountStore, Acted, Block, Blocked, Guarded, GuardedErrorKind, LedgerStore, MemoryLedger, Wanted,
};
use outx_model::{
    AccountId, Effect, Endpoint, FetchProfile, PersonName, SendConnectionRequest, SendMessage, Token,
};
use outx_service::{Host, LatencyLaw, ServiceConfig};
use outx_transport::{ApiKey, Client, Clock, FakeTransport, Fault, Response, VirtualClock};
use serde_json::json;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

struct Lab {
    clock: VirtualClock,
    host: Arc<Host>,
    fake: Arc<FakeTransport>,
    ledger: MemoryLedger,
    tokens: Arc<AtomicU64>,
}

impl Lab {
    fn new() -> Self {
        let clock = VirtualClock::new("2026-03-02T09:00:00Z".parse().unwrap());
        let latency = LatencyLaw::Fixed(Duration::from_secs(20));
        let host = Arc::new(Host::in_memory(ServiceConfig { latency, ..ServiceConfig::default() }));
        let fake = Arc::new(FakeTransport::new(host.clone(), Arc::new(clock.clone())));
        Self { clock, host, fake, ledger: MemoryLedger::new(), tokens: Arc::default() }
    }

    /// A client as another execution of the program has it.
    fn guarded(&self) -> Guarded {
        let key = ApiKey::new("k").unwrap();
        let client = Client::new(self.fake.clone(), Arc::new(self.clock.clone()), account(), Some(key));
        let tokens = self.tokens.clone();
        let token = move || Token::from(format!("t{}", tokens.fetch_add(1, Ordering::Relaxed)));
        Guarded::new(client, Arc::new(self.ledger.clone()), token)
    }

    fn act(&self, what: &str, input: &(impl outx_model::TaskInput + Sync)) -> Acted {
        self.clock.simulate(self.guarded().act(what, input)).unwrap().unwrap()
    }

    /// How many writes made a task.
    fn written(&self) -> usize {
        self.host.with(|service| {
            let made = service.requests().iter().filter(|request| request.task.is_some());
            made.filter(|request| request.endpoint.effect() == Effect::Write).count()
        })
    }
}

fn account() -> AccountId {
    AccountId::from("sales")
}

fn invitation() -> SendConnectionRequest {
    SendConnectionRequest { profile_urn: "urn:li:fsd_profile:ACoA1".to_owned(), note: None }
}

fn message(text: &str) -> SendMessage {
    SendMessage { recipient_urn: "urn:li:person:ACoA1".to_owned(), message: text.to_owned() }
}

#[test]
fn what_was_done_is_told_and_not_done_again() {
    let lab = Lab::new();
    let Acted::Done { task: Some(task), output, already: false } = lab.act("spring", &invitation()) else {
        panic!("not done")
    };
    assert_eq!(output, json!({ "sent": true }));
    let again = Acted::Done { task: Some(task), output, already: true };
    assert_eq!(lab.act("spring", &invitation()), again);
    assert_eq!(lab.act("autumn", &invitation()), again, "an invitation is sent once, for whatever purpose");
    assert_eq!(lab.written(), 1);
}

#[test]
fn a_lost_answer_is_a_doubt_for_ever() {
    let lab = Lab::new();
    lab.fake.script_create(Endpoint::SendConnectionRequest, Fault::AnswerLost);
    for _ in 0..3 {
        assert!(matches!(lab.act("spring", &invitation()), Acted::InDoubt { .. }));
        lab.clock.advance(Duration::from_hours(24));
    }
    assert_eq!(lab.written(), 1);
}

#[test]
fn what_was_not_sent_may_be_sent() {
    let lab = Lab::new();
    lab.fake.script_create(Endpoint::SendConnectionRequest, Fault::NotSent);
    assert!(matches!(lab.act("spring", &invitation()), Acted::NotSent { .. }));
    assert!(matches!(lab.act("spring", &invitation()), Acted::Done { already: false, .. }));
    assert_eq!(lab.written(), 1);
}

#[test]
fn given_up_at_any_moment_it_sends_once() {
    let mut ends = [0; 2];
    for polls in 0..40 {
        let lab = Lab::new();
        let guarded = lab.guarded();
        let done = lab.clock.simulate(async {
            let input = invitation();
            let mut acting = pin!(guarded.act("spring", &input));
            let mut left = polls;
            poll_fn(|context| {
                if left == 0 {
                    return Poll::Ready(false);
                }
                left -= 1;
                acting.as_mut().poll(context).map(|_| true)
            })
            .await
        });
        // Another execution of the program finds what became of it.
        let acted = lab.act("spring", &invitation());
        match acted {
            Acted::Done { .. } => ends[0] += 1,
            Acted::InDoubt { .. } => ends[1] += 1,
            other => panic!("{other:?}"),
        }
        assert!(lab.written() <= 1, "after {polls} polls");
        if done.unwrap() {
            break;
        }
    }
    assert!(ends[0] > 0, "{ends:?}");
}

#[test]
fn a_task_that_takes_longer_than_patience_is_gone_on_with() {
    let lab = Lab::new();
    let patient = outx_poller::Policy::fixed(Duration::from_secs(2), Duration::from_secs(9)).unwrap();
    let guarded = lab.guarded().with_policy(patient);
    let first = lab.clock.simulate(guarded.act("spring", &invitation())).unwrap().unwrap();
    let Acted::Pending(ticket) = first else { panic!("{first:?}") };
    let Acted::Done { task, already: true, .. } = lab.act("spring", &invitation()) else {
        panic!("not done")
    };
    assert_eq!(task, Some(ticket.id));
    assert_eq!(lab.written(), 1);
}

#[test]
fn a_message_is_sent_once_for_each_purpose() {
    let lab = Lab::new();
    lab.act("connect", &invitation());
    assert!(matches!(
        lab.act("welcome", &message("Hello")),
        Acted::Done { already: false, .. } | Acted::Failed { .. }
    ));
    let written = lab.written();
    lab.act("welcome", &message("Hello again"));
    assert_eq!(lab.written(), written, "the text may differ, the purpose does not");
    lab.act("thanks", &message("Thank you"));
    assert_eq!(lab.written(), written + 1);
}

#[test]
fn limits_are_waited_for_as_long_as_patience_lasts() {
    let lab = Lab::new();
    let rules = r#"[{ "apart": "45s", "of": "all" }, { "at_most": 2, "of": "all", "per": "1h" }]"#;
    let besides: Limits = serde_json::from_str(rules).unwrap();
    let guarded = lab.guarded().with_limits(Wanted { besides, ..Wanted::default() });
    let read = |n: u8| FetchProfile { profile_slug: format!("person-{n}") };
    let act = |n| lab.clock.simulate(guarded.act("look", &read(n))).unwrap().unwrap();
    assert!(matches!(act(1), Acted::Done { .. }));
    let before = lab.clock.now();
    assert!(matches!(act(2), Acted::Done { .. }));
    assert!(lab.clock.now().duration_since(before).as_secs() >= 22, "it was waited for");
    let Acted::Wait { until, why } = act(3) else { panic!("not held back") };
    assert_eq!(
        (until.to_string().as_str(), why.as_str()),
        ("2026-03-02T10:00:00Z", "at most 2 actions in an hour")
    );
}

#[test]
fn a_refusal_for_a_while_is_waited_for_and_a_sleeping_extension_is_told() {
    let lab = Lab::new();
    let limited = |after: &str| {
        let answer = Response::json(429, &json!({ "error": "Rate limit exceeded. Please try again later." }));
        Fault::Answer(answer.with_header("retry-after", after))
    };
    lab.fake.script_create(Endpoint::SendConnectionRequest, limited("30"));
    assert!(matches!(lab.act("spring", &invitation()), Acted::Done { already: false, .. }));
    lab.fake.script_create(Endpoint::SendMessage, limited("3600"));
    assert!(matches!(lab.act("welcome", &message("Hello")), Acted::Wait { .. }));

    let lab = Lab::new();
    let asleep = json!({ "error": "Plugin installation required: Please open your browser." });
    lab.fake.script_create(Endpoint::SendConnectionRequest, Fault::Answer(Response::json(403, &asleep)));
    assert!(matches!(lab.act("spring", &invitation()), Acted::Refused(_)));
    assert!(matches!(lab.act("spring", &invitation()), Acted::Done { already: false, .. }));
}

#[test]
fn nobody_on_the_block_list_is_written_to_and_wrong_inputs_are_said() {
    let lab = Lab::new();
    let blocked = Blocked { name: PersonName::Id("ACoA1".to_owned()), note: None, since: lab.clock.now() };
    lab.ledger.block(&account(), &[blocked]).now_or_never().unwrap().unwrap();
    assert!(matches!(lab.act("spring", &invitation()), Acted::Blocked(Block::DoNotContact(_))));
    assert_eq!(lab.written(), 0);
    let error = lab.clock.simulate(lab.guarded().act("welcome", &message(" "))).unwrap().unwrap_err();
    assert_eq!(error.kind(), GuardedErrorKind::Input);
    assert!(error.to_string().contains("message"), "{error}");
    assert!(lab.ledger.entries(&account()).now_or_never().unwrap().unwrap().is_empty());
}
