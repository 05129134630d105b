//! A service is the fold of its records.

use crate::support::{after, good_input, poll, start};
use outx_model::{AUTH_SEND_OTP, AUTH_VERIFY_OTP, Endpoint, Method};
use outx_service::{
    Command, ExtensionState, Fault, Injection, LatencyLaw, On, Record, Request, Service, ServiceConfig,
};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;
use std::time::Duration;

#[derive(Debug, Clone)]
enum Act {
    Send(Request),
    Fail(Endpoint),
    Command(Command),
    Mail(usize),
    SignIn(usize),
    Wait(u32),
}

fn request() -> impl Strategy<Value = Request> {
    let key = select(vec![None, Some("a"), Some("b")]);
    (select(Endpoint::ALL.to_vec()), key, 0..4u8).prop_map(|(endpoint, key, flaw)| {
        let mut request = Request::new(Method::Post, endpoint.spec().path);
        request.key = key.map(str::to_owned);
        match flaw {
            0 => request.with_json(&json!({ "count": -1 })),
            1 => Request { body: b"{"[..].into(), ..request },
            _ => request.with_json(&good_input(endpoint)),
        }
    })
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => request().prop_map(Act::Send),
        1 => select(Endpoint::ALL.to_vec()).prop_map(Act::Fail),
        3 => command().prop_map(Act::Command),
        1 => (0..3usize).prop_map(Act::Mail),
        1 => (0..3usize).prop_map(Act::SignIn),
        2 => (0..20_000u32).prop_map(Act::Wait),
    ]
}

fn command() -> impl Strategy<Value = Command> {
    let state = select(vec![ExtensionState::Open, ExtensionState::Closed, ExtensionState::Silent]);
    let endpoint = || select(Endpoint::ALL.to_vec());
    let on = prop_oneof![Just(On::Any), Just(On::Poll), endpoint().prop_map(|on| On::Create(on.into()))];
    let fault = select(vec![Fault::NotSent, Fault::AnswerLost, Fault::Reset, Fault::status(502, "<html>")]);
    prop_oneof![
        4 => state.prop_map(|state| Command::Extension { team: None, member: None, state }),
        2 => (on, fault, 0..3u32)
            .prop_map(|(on, fault, times)| Command::Inject(Injection { on, fault, times })),
        2 => (endpoint(), 0..3u32)
            .prop_map(|(on, times)| Command::Fail { on: on.into(), reason: "as commanded".into(), times }),
        1 => Just(Command::Reset),
    ]
}

fn sign_in(service: &Service, who: usize) -> Request {
    let email = format!("{who}@b.example");
    let mail = service.mails().iter().rev().find(|mail| mail.to == email);
    let code = mail.map_or("000000", |mail| mail.code.as_str());
    Request::new(Method::Post, AUTH_VERIFY_OTP.path).with_json(&json!({ "email": email, "otp": code }))
}

fn mail(who: usize) -> Request {
    Request::new(Method::Post, AUTH_SEND_OTP.path).with_json(&json!({ "email": format!("{who}@b.example") }))
}

fn config() -> impl Strategy<Value = ServiceConfig> {
    (0..30u64, any::<u64>(), any::<u64>()).prop_map(|(to, id_seed, world_seed)| {
        let latency = LatencyLaw::Uniform { from: Duration::ZERO, to: Duration::from_secs(to) };
        ServiceConfig { latency, id_seed, world_seed, ..ServiceConfig::default() }
    })
}

/// As it would come back from a file.
fn stored(records: &[Record]) -> Vec<Record> {
    serde_json::from_str(&serde_json::to_string(records).unwrap()).unwrap()
}

proptest! {
    #[test]
    fn restored_it_answers_as_before(
        config in config(),
        acts in prop::collection::vec(act(), 0..30),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut original = Service::new(config.clone());
        let (mut records, mut now) = (Vec::new(), start());
        for act in acts {
            match act {
                Act::Send(request) => records.extend(original.step(&request, now).records),
                Act::Fail(endpoint) => original.fail_next(endpoint, "as wished"),
                Act::Command(command) => records.extend(original.command(command, now).unwrap()),
                Act::Mail(who) => records.extend(original.step(&mail(who), now).records),
                Act::SignIn(who) => {
                    let request = sign_in(&original, who);
                    records.extend(original.step(&request, now).records);
                }
                Act::Wait(millis) => now += Duration::from_millis(millis.into()),
            }
        }
        // Also a log that was torn in the middle of a step can be gone on with.
        let mut torn = Service::restore(config.clone(), stored(&records[..cut.index(records.len() + 1)]));
        let next = Request::new(Method::Post, Endpoint::FetchConnections.spec().path).with_key("a");
        let step = torn.step(&next, now);
        prop_assert!(matches!(step.response.status, 200 | 403));
        let ids: std::collections::BTreeSet<_> = torn.tasks().iter().map(|task| task.id.to_string()).collect();
        prop_assert_eq!(ids.len(), torn.tasks().len());

        let mut restored = Service::restore(config, stored(&records));
        prop_assert_eq!(restored.requests(), original.requests());
        prop_assert_eq!(restored.tasks(), original.tasks());
        prop_assert_eq!(restored.teams(), original.teams());
        prop_assert_eq!(restored.mails(), original.mails());
        prop_assert_eq!((restored.start(), restored.last_moment()), (original.start(), original.last_moment()));

        let ids: Vec<_> = original.tasks().iter().map(|task| task.id.to_string()).collect();
        for id in &ids {
            for key in ["a", "b"] {
                for moment in [now, after(1), after(10), after(3600)] {
                    let poll = poll(id).with_key(key);
                    prop_assert_eq!(restored.step(&poll, moment), original.step(&poll, moment));
                }
            }
        }
        // Both go on with the same ids. What was wished without a record is forgotten, as it should be.
        for endpoint in Endpoint::ALL {
            let next = Request::new(Method::Post, endpoint.spec().path).with_key("a").with_json(&good_input(endpoint));
            let (left, right) = (restored.step(&next, now), original.step(&next, now));
            prop_assert_eq!(left.response, right.response);
        }
    }
}

#[test]
fn a_task_that_the_log_lost_leaves_no_double_id() {
    let mut original = Service::new(ServiceConfig::default());
    let request = Request::new(Method::Post, Endpoint::FetchConnections.spec().path).with_key("a");
    let _lost = original.step(&request, start());
    let kept = original.step(&request, start());
    let mut restored = Service::restore(ServiceConfig::default(), kept.records.clone());
    let next = restored.step(&request, start());
    assert_ne!(next.task(), kept.task());
    assert_eq!(restored.tasks().len(), 2);
}
