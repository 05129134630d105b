//! The real client over the model of the service, with faults on the way.

use crate::cutting::{at_every_await, cut};
use crate::support::start;
use outx_model::{AccountId, FetchProfile};
use outx_poller::{Fleet, Outcome, Policy};
use outx_service::{Host, LatencyLaw, ServiceConfig};
use outx_transport::{ApiKey, ChaosLaw, ChaosTransport, Client, Clock, Created, FakeTransport, VirtualClock};
use proptest::prelude::*;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

/// What came of a storm.
struct Storm {
    /// All of it, as text.
    text: String,
    created: usize,
    /// Those that came back, in their order.
    tags: Vec<usize>,
    dropped: usize,
}

/// Creates some tasks over a calm way and follows them over a stormy one.
fn storm(tasks: u32, seed: u64, share: f64, cuts: &[usize]) -> Storm {
    let clock = VirtualClock::new(start());
    let shared: Arc<dyn Clock> = Arc::new(clock.clone());
    let latency = LatencyLaw::Uniform { from: Duration::from_secs(5), to: Duration::from_secs(40) };
    let host =
        Arc::new(Host::in_memory(ServiceConfig { latency, id_seed: seed, ..ServiceConfig::default() }));
    let fake = Arc::new(FakeTransport::new(host, shared.clone()));
    let law = ChaosLaw::storm(share).unwrap();
    let chaos = Arc::new(ChaosTransport::new(fake.clone(), shared.clone(), seed, law));
    let key = Some(ApiKey::new("a-key").unwrap());
    let client = |transport| Client::new(transport, shared.clone(), AccountId::new("sales"), key.clone());
    let calm = client(fake.clone());
    let mut fleet = Fleet::new(Arc::new(client(chaos.clone())), shared.clone());
    let (text, created, mut tags, dropped) = clock
        .simulate(async {
            let mut created = 0;
            for number in 0..tasks {
                let input = FetchProfile { profile_slug: format!("person-{number}") };
                if let Created::Accepted(ticket) = calm.create_typed(&input).await.unwrap() {
                    fleet.add_in(number % 4, created, ticket, Policy::default());
                    created += 1;
                }
            }
            let (mut text, mut tags, mut dropped) = (String::new(), Vec::new(), 0);
            let mut cuts = cuts.iter();
            loop {
                let life = cuts.next().copied().unwrap_or(usize::MAX);
                match cut(fleet.next(), life).await {
                    None => dropped += 1,
                    Some(None) => break,
                    Some(Some(followed)) => {
                        assert!(!matches!(followed.outcome, Outcome::Failed { .. }), "{followed:?}");
                        writeln!(text, "{} {followed:?}", clock.now()).unwrap();
                        tags.push(followed.tag);
                    }
                }
            }
            (text, created, tags, dropped)
        })
        .unwrap();
    tags.sort_unstable();
    let log = chaos.log();
    Storm { text: format!("{text}{log:?}"), created, tags, dropped }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn no_ticket_is_lost_in_a_storm_and_the_same_seed_gives_the_same_log(
        seed in any::<u64>(),
        share in 0.0..0.7_f64,
        cuts in prop::collection::vec(1..4_usize, 0..60),
    ) {
        let Storm { text, created, tags, .. } = storm(60, seed, share, &cuts);
        prop_assert!(created > 30, "only {created} were created: this shows nothing");
        prop_assert_eq!(tags, (0..created).collect::<Vec<_>>());
        prop_assert!(text == storm(60, seed, share, &cuts).text, "another log");
    }
}

#[test]
fn a_dropped_next_loses_nothing_at_any_await_of_a_storm() {
    let undisturbed = storm(24, 11, 0.3, &[]);
    let mut all = 0;
    // Each `next` in turn, at each of its awaits.
    for before in 0..undisturbed.created {
        all += at_every_await(|polls| {
            let mut cuts = vec![usize::MAX; before];
            cuts.push(polls);
            let Storm { text, created, tags, dropped } = storm(24, 11, 0.3, &cuts);
            // Nor does it change what happens.
            assert!(text == undisturbed.text, "another log when {before} was dropped at {polls}");
            assert_eq!(tags.len(), created);
            dropped > 0
        });
    }
    assert!(all > 30, "only {all} were dropped");
    // And dropped at every single one.
    let torn = storm(24, 11, 0.3, &vec![1; 5_000]);
    assert!(torn.text == undisturbed.text && torn.dropped > 30, "{} were dropped", torn.dropped);
}
