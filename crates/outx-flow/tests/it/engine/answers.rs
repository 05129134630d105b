//! What an answer, or none, means for a step.

use super::INVITE;
use crate::lab::{Lab, statuses};
use outx_flow::RunStatus;
use outx_flow::journal::Event;
use outx_model::Endpoint;
use outx_transport::Fault;
use serde_json::{Value, json};

#[test]
fn a_write_without_an_answer_is_in_doubt_and_never_sent_again() {
    let lab = Lab::new();
    lab.transport.script_create(Endpoint::SendConnectionRequest, Fault::AnswerLost);
    let run = lab.submit("run", INVITE, &json!({}));
    let report = lab.drive(&run);
    assert_eq!(report.status, RunStatus::NeedsAttention);
    assert_eq!(
        statuses(&report),
        [
            ("invite", "in_doubt"),
            ("thanks", "not_started"),
            ("status", "not_started"),
            ("other", "succeeded"),
            ("then", "succeeded")
        ]
    );
    assert!(report.steps["invite"].doubt.as_ref().unwrap().contains("the connection broke"));
    assert_eq!(report.outputs, Value::Null);

    // However often it is resumed: nothing is sent, and nothing new is told.
    let facts = lab.facts(&run).len();
    for _ in 0..3 {
        let again = lab.again().drive(&run);
        assert_eq!(again.status, RunStatus::NeedsAttention);
        assert_eq!(again.steps, report.steps);
    }
    assert_eq!(lab.transport.creates(Endpoint::SendConnectionRequest), 1);
    let told: Vec<_> = lab.facts(&run)[facts..].iter().map(|fact| fact.event.clone()).collect();
    assert!(
        told.iter().all(|event| matches!(event, Event::RunResumed { .. } | Event::RunStopped { .. })),
        "{told:?}"
    );
}
