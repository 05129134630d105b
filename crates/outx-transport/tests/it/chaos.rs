//! Faults by a law: the same for the same seed, and never a second create.

use futures_util::future::join_all;
use outx_model::{Method, Proof, STATUS_PATH};
use outx_service::{Host, ServiceConfig};
use outx_transport::{
    ApiKey, ChaosLaw, ChaosTransport, Context, FakeTransport, Mishap, Request, Response, Sent, Transport,
    TransportError, VirtualClock,
};
use proptest::prelude::*;
use serde_json::json;
use std::sync::Arc;

struct Storm {
    clock: Arc<VirtualClock>,
    host: Arc<Host>,
    chaos: ChaosTransport,
}

fn storm(seed: u64, law: ChaosLaw) -> Storm {
    let clock = Arc::new(VirtualClock::new("2026-03-02T09:00:00Z".parse().unwrap()));
    let host = Arc::new(Host::in_memory(ServiceConfig::default()));
    let fake = Arc::new(FakeTransport::new(host.clone(), clock.clone()));
    Storm { chaos: ChaosTransport::new(fake, clock.clone(), seed, law), clock, host }
}

fn create(n: usize) -> Request {
    Request::post("/linkedin-agent/send-message", &json!({ "recipient_urn": "A", "message": n.to_string() }))
}

impl Storm {
    /// Sends all at once; the answers come in the order of the requests.
    fn send(&self, requests: &[Request]) -> Vec<Result<Response, TransportError>> {
        let context = Context::with_key(ApiKey::new("k").unwrap());
        let all = join_all(requests.iter().map(|request| self.chaos.send(request, &context)));
        self.clock.simulate(all).unwrap()
    }

    /// How often a create reached the service.
    fn arrived(&self, n: usize) -> usize {
        let is = |input: &serde_json::Value| input["message"].as_str() == Some(&*n.to_string());
        self.host.with(|service| service.requests().iter().filter(|r| is(&r.input.value())).count())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_create_arrives_at_most_once_and_never_when_it_was_called_not_sent(seed: u64, share in 0.0..=1.0) {
        let storm = storm(seed, ChaosLaw::storm(share).unwrap());
        let requests: Vec<_> = (0..60).map(create).collect();
        let answers = storm.send(&requests);
        for (n, (answer, entry)) in answers.iter().zip(storm.chaos.log()).enumerate() {
            let arrived = storm.arrived(n);
            prop_assert!(arrived <= 1);
            prop_assert_eq!(arrived == 1, entry.mishap.is_none_or(Mishap::arrives));
            if let Err(error) = answer
                && error.sent() != Sent::Maybe
            {
                prop_assert_eq!(error.sent(), Sent::No(Proof::NoConnection));
                prop_assert_eq!(arrived, 0);
            }
            prop_assert_eq!(answer.as_ref().is_ok_and(|a| a.status == 200 && a.value()["success"] == true),
                arrived == 1 && answer.is_ok() && entry.mishap.is_none_or(|m| m == Mishap::Slow));
        }
    }

    #[test]
    fn the_same_seed_gives_each_request_the_same_in_any_order(seed: u64) {
        let requests: Vec<_> = (0..40).map(create).collect();
        let fate = |requests: &[Request]| {
            let storm = storm(seed, ChaosLaw::storm(0.7).unwrap());
            let answers = storm.send(requests);
            // Ids of tasks depend on the order; what went wrong does not.
            let word = |a: &Result<Response, _>| a.as_ref().map_or_else(ToString::to_string, |a| a.status.to_string());
            let mut fates: Vec<_> = requests.iter().map(|r| r.body.clone()).zip(answers.iter().map(word)).collect();
            fates.sort();
            fates
        };
        let mut turned = requests.clone();
        turned.reverse();
        prop_assert_eq!(fate(&requests), fate(&turned));
    }
}

#[test]
fn each_mishap_does_what_its_name_says() {
    for mishap in Mishap::ALL {
        let storm = storm(1, ChaosLaw::calm().with(mishap, 1.0).unwrap());
        let poll = Request::get(STATUS_PATH).with_query("api_agent_task_id", "x");
        storm.send(&[create(0), poll]);
        let polls = storm.host.with(|service| service.polls());
        let arrives = usize::from(mishap.arrives());
        let twice = u64::from(mishap == Mishap::Duplicated);
        assert_eq!((storm.arrived(0), polls), (arrives, arrives as u64 + twice), "{mishap:?}");
        let log: Vec<_> = storm.chaos.log().iter().map(|entry| (entry.method, entry.mishap)).collect();
        let to_create = Some(mishap).filter(|mishap| *mishap != Mishap::Duplicated);
        assert_eq!(log, [(Method::Post, to_create), (Method::Get, Some(mishap))]);
    }
}

#[test]
fn the_same_request_has_a_new_fate_each_time() {
    let storm = storm(3, ChaosLaw::calm().with(Mishap::Refused, 0.5).unwrap());
    let again: Vec<_> = std::iter::repeat_with(|| create(0)).take(200).collect();
    let refused = storm.send(&again).iter().filter(|answer| answer.is_err()).count();
    assert!((60..140).contains(&refused), "{refused} of 200");
}

#[test]
fn shares_that_cannot_be_are_refused() {
    assert!(ChaosLaw::storm(1.0).is_ok());
    for wrong in [-0.1, 1.1, f64::NAN] {
        assert!(ChaosLaw::calm().with(Mishap::Slow, wrong).is_err());
    }
    let half = ChaosLaw::calm().with(Mishap::Slow, 0.6).unwrap();
    assert!(half.clone().with(Mishap::Slow, 0.9).is_ok(), "said again, it counts anew");
    let error = half.with(Mishap::Reset, 0.6).unwrap_err();
    assert!(error.to_string().contains("exceed 1"), "{error}");
}
