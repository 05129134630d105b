//! What a file says of when a write is the same as another, and of writes in doubt.

use super::steps;
use crate::lab::Lab;
use outx_flow::RunStatus;
use outx_flow::journal::Event;
use outx_model::Endpoint;
use serde_json::json;
use std::time::Duration;

fn message(text: &str, rest: &str) -> String {
    steps(&format!(
        "  hello: {{ uses: linkedin.send-message, with: {{ recipient_urn: A, message: '{text}' }}, {rest} }}\n\
         \x20 then: {{ needs: hello, uses: core.set, with: {{ x: '${{{{ steps.hello.output }}}}' }} }}\n"
    ))
}

fn sent(lab: &Lab) -> usize {
    lab.created(Endpoint::SendMessage).len()
}

/// The one to whom the messages go is a connection.
fn connected() -> Lab {
    let lab = Lab::new();
    let text = steps("  invite: { uses: linkedin.send-connection-request, with: { profile_urn: A } }\n");
    let run = lab.submit("connect", &text, &json!({}));
    assert_eq!(lab.drive(&run).status, RunStatus::Succeeded);
    lab
}

#[test]
fn the_key_is_computed_once_and_recorded_with_the_start() {
    let lab = connected();
    let text = message("hi", "once: 'at ${{ step.started_at }}'");
    let run = lab.submit("a", &text, &json!({}));
    assert!(lab.drive_for(&run, 1).is_none());
    lab.clock.advance(Duration::from_hours(1));
    assert_eq!(lab.again().drive(&run).status, RunStatus::Succeeded);
    let keys: Vec<_> = lab
        .facts(&run)
        .into_iter()
        .filter_map(|fact| match fact.event {
            Event::Started { once, .. } => once,
            _ => None,
        })
        .collect();
    assert_eq!(keys.len(), 1, "{keys:?}");
    assert!(keys[0].starts_with("at 2026-03-02T09:"), "{keys:?}");
    assert_eq!(sent(&lab), 1);
}

#[test]
fn killed_at_any_moment_a_message_that_is_assumed_sent_is_never_sent_twice_nor_asked_about() {
    let text = message("hi", "in_doubt: assume-sent");
    let (mut polls, mut assumed) = (0, 0);
    loop {
        polls += 1;
        let lab = Lab { slow: true, ..connected() };
        let run = lab.submit("a", &text, &json!({}));
        let done = lab.drive_for(&run, polls).is_some();
        let report = lab.again().drive(&run);
        assert_eq!(report.status, RunStatus::Succeeded, "after {polls} polls");
        assumed += usize::from(report.steps["hello"].assumed);
        assert!(sent(&lab) <= 1, "after {polls} polls");
        assert!(sent(&lab) == 1 || report.steps["hello"].assumed, "after {polls} polls");
        if done {
            break;
        }
    }
    assert!(polls > 10 && assumed > 0, "{polls} polls, {assumed} assumed");
}
