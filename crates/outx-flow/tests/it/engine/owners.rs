//! Two who work on one run, because the lock on it did not keep one of them away.

use super::{CHAIN, steps};
use crate::lab::{Lab, json};
use futures_util::FutureExt;
use outx_flow::{Engine, EngineErrorKind, RunStatus, Signal};
use outx_model::Endpoint;
use outx_transport::Clock;
use serde_json::json;
use std::error::Error;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

#[test]
fn of_two_owners_the_former_one_adds_nothing_from_whatever_moment_it_stood_still() {
    let whole = Lab::new().run(CHAIN, &json!({ "who": "ada-example" }));
    let (mut taken_over, mut polls) = (0, 0);
    loop {
        polls += 1;
        let lab = Lab { slow: true, ..Lab::new() };
        let run = lab.submit("run", CHAIN, &json!({ "who": "ada-example" }));
        let engine = lab.engine();
        let mut former = pin!(engine.drive(&run, &lab.stop));
        let mut left = polls;
        let was_done = lab.now(poll_fn(|context| {
            left -= 1;
            match former.as_mut().poll(context) {
                Poll::Ready(_) => Poll::Ready(true),
                Poll::Pending if left == 0 => Poll::Ready(false),
                Poll::Pending => Poll::Pending,
            }
        }));
        if was_done {
            break;
        }
        let report = lab.again().drive(&run);
        let facts = lab.facts(&run);
        match lab.now(former) {
            Ok(report) => assert_eq!(report.status, RunStatus::Succeeded, "it had nothing left to add"),
            Err(error) => {
                assert_eq!(error.kind(), EngineErrorKind::TakenOver);
                let source = error.source().map(ToString::to_string).unwrap_or_default();
                assert!(source.starts_with("another process took the run run over"), "{source}");
                taken_over += 1;
            }
        }
        assert_eq!(lab.facts(&run), facts, "after {polls} polls");
        assert_eq!(json(&lab.now(lab.engine().describe(&run)).unwrap()), json(&report));
        assert!(lab.created(Endpoint::LikePost).len() <= 1, "after {polls} polls");
        if report.status == RunStatus::Succeeded {
            assert_eq!(report.outputs, whole.outputs);
        }
    }
    assert!(taken_over > 20, "{taken_over} of {polls}");
}

#[test]
fn what_a_former_owner_hears_of_its_write_is_taken_and_used_by_the_next_one() {
    let text = steps("  like: { uses: linkedin.like-post, with: { social_urn: 'urn:li:activity:7' } }\n");
    let mut used = 0;
    for polls in 1..30 {
        let lab = Lab { slow: true, ..Lab::new() };
        let run = lab.submit("run", &text, &json!({}));
        let engine = lab.engine();
        let mut former = engine.drive(&run, &lab.stop);
        for _ in 0..polls {
            assert!(lab.now(poll_fn(|context| Poll::Ready(former.poll_unpin(context)))).is_pending());
        }
        let doubtful = lab.again().drive(&run).status == RunStatus::NeedsAttention;
        let told = lab.now(former).unwrap_err();
        assert_eq!(told.kind(), EngineErrorKind::TakenOver, "{polls}");
        let report = lab.again().drive(&run);
        assert_eq!(report.status, RunStatus::Succeeded, "after {polls} polls: {report:?}");
        assert_eq!(lab.created(Endpoint::LikePost).len(), 1, "{polls}");
        used += usize::from(doubtful);
    }
    assert!(used > 0, "the write was never on the way when the run was taken");
}

#[test]
fn an_owner_that_only_waits_for_a_task_notices_it_when_there_is_something_to_add() {
    let text = steps("  look: { uses: linkedin.fetch-profile, with: { profile_slug: ada } }\n");
    let lab = Lab::new();
    let run = lab.submit("run", &text, &json!({}));
    let beside = async {
        lab.clock.sleep_until(lab.clock.now() + Duration::from_secs(5)).await;
        lab.engine().signal(&run, &Signal::Cancel).await.unwrap();
        lab.engine().hear(&run).await.unwrap();
    };
    let engine = lab.engine();
    let (former, ()) = lab.now(async { futures_util::join!(engine.drive(&run, &lab.stop), beside) });
    assert_eq!(former.unwrap_err().kind(), EngineErrorKind::TakenOver);
    assert_eq!(lab.drive(&run).status, RunStatus::Cancelled);
}
