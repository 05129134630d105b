//! What asking for results has cost, told when a run is left.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail loudly; the lint exempts test functions only")]

use super::{INVITE, steps};
use crate::lab::Lab;
use outx_flow::{Observer, RunId, RunStatus};
use outx_model::Endpoint;
use outx_poller::Counts;
use outx_transport::Fault;
use serde_json::json;
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[derive(Default)]
struct Told(Mutex<Vec<Counts>>);

impl Observer for Told {
    fn asked(&self, _: &RunId, counts: &Counts) {
        self.0.lock().unwrap().push(*counts);
    }
}

fn told(lab: Lab) -> (Lab, Arc<Told>) {
    let told = Arc::new(Told::default());
    (Lab { observer: told.clone(), ..lab }, told)
}

fn counts(told: &Told) -> Vec<Counts> {
    told.0.lock().unwrap().clone()
}

const LOOK: &str = "  who: { uses: linkedin.fetch-profile, with: { profile_slug: ada } }\n";

#[test]
fn polls_and_what_they_were_good_for_are_told_by_each_who_worked_on_a_run() {
    let (lab, told) = told(Lab::new());
    assert_eq!(lab.run(&steps(LOOK), &json!({})).status, RunStatus::Succeeded);
    let [counts] = counts(&told)[..] else { panic!("told once") };
    // After 12 s it is pending, twice more nothing is new, and after 22.5 s it has ended.
    assert_eq!((counts.polls, counts.wasted, counts.ended), (4, 2, 1));
    assert_eq!((counts.creates, counts.ambiguous_creates), (1, 0));
    assert_eq!(counts.longest_bound, Duration::from_millis(3_500));
}

#[test]
fn a_create_of_which_nobody_knows_is_counted_with_a_write_in_doubt_and_a_read_that_was_asked_again() {
    let (lab, told) = told(Lab::new());
    lab.transport.script_create(Endpoint::SendConnectionRequest, Fault::AnswerLost);
    assert_eq!(lab.run(INVITE, &json!({})).status, RunStatus::NeedsAttention);
    // Beside it something is read.
    let write = counts(&told);
    assert_eq!(write.iter().map(|it| (it.creates, it.ambiguous_creates)).collect::<Vec<_>>(), [(2, 1)]);

    let (lab, told) = self::told(Lab::new());
    lab.transport.script_create(Endpoint::FetchProfile, Fault::AnswerLost);
    assert_eq!(lab.run(&steps(LOOK), &json!({})).status, RunStatus::Succeeded);
    let read = counts(&told);
    assert_eq!(read.iter().map(|it| (it.creates, it.ambiguous_creates)).collect::<Vec<_>>(), [(2, 1)]);
}
