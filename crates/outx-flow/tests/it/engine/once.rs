//! What a file says of when a write is the same as another, and of writes in doubt.

use super::steps;
use crate::lab::{Lab, status};
use outx_flow::journal::Event;
use outx_flow::{RunStatus, StepStatus};
use outx_model::Endpoint;
use outx_transport::Fault;
use serde_json::json;
use std::time::Duration;

fn message(text: &str, rest: &str) -> String {
    steps(&format!(
        "  hello: {{ uses: linkedin.send-message, with: {{ recipient_urn: A, message: '{text}' }}, {rest} }}\n\
         \x20 then: {{ needs: hello, uses: core.set, with: {{ x: '${{{{ steps.hello.output }}}}' }} }}\n"
    ))
}

/// Runs one after another; how each one's step stands, and whether it was there before.
fn told(lab: &Lab, runs: &[(&str, String)]) -> Vec<(StepStatus, bool)> {
    let run = |(name, text): &(&str, String)| {
        let run = lab.submit(name, text, &json!({}));
        let report = lab.again().drive(&run);
        (status(&report, "hello"), report.steps["hello"].already)
    };
    runs.iter().map(run).collect()
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
fn without_a_word_a_message_is_once_and_with_none_it_is_once_in_each_run() {
    let lab = connected();
    let (plain, none) = (message("hi", "in_doubt: ask"), message("hi", "once: none"));
    let all = told(&lab, &[("a", plain.clone()), ("b", plain), ("c", none.clone()), ("d", none)]);
    let fresh = (StepStatus::Succeeded, false);
    assert_eq!(all, [fresh, (StepStatus::Succeeded, true), fresh, fresh]);
    assert_eq!(sent(&lab), 3);
}

#[test]
fn a_key_holds_for_its_time_and_for_one_input() {
    let lab = connected();
    let of = |text, key: &str| message(text, &format!("once: {{ key: '{key}', within: 30d }}"));
    let all = told(&lab, &[("a", of("hi", "w1")), ("b", of("hi", "w1")), ("c", of("hi", "w2"))]);
    assert_eq!(all.iter().map(|(_, already)| *already).collect::<Vec<_>>(), [false, true, false]);
    let run = lab.submit("other", &of("bye", "w1"), &json!({}));
    let report = lab.again().drive(&run);
    assert_eq!(status(&report, "hello"), StepStatus::Failed);
    let wrong = report.steps["hello"].error["message"].to_string();
    assert!(wrong.contains("the key `once:w1` was used for another input; choose another key"), "{wrong}");
    assert_eq!(sent(&lab), 2);
    lab.clock.advance(Duration::from_hours(24 * 31));
    assert_eq!(told(&lab, &[("later", of("bye", "w1"))]), [(StepStatus::Succeeded, false)]);
    assert_eq!(sent(&lab), 3);
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
fn a_key_that_is_no_text_fails_the_step_and_nothing_is_sent() {
    let lab = connected();
    let all = told(
        &lab,
        &[("a", message("hi", "once: '${{ dyn([1]) }}'")), ("b", message("hi", "once: '${{ \"\" }}'"))],
    );
    assert!(all.iter().all(|(status, _)| *status == StepStatus::Failed), "{all:?}");
    assert_eq!(sent(&lab), 0);
}

#[test]
fn a_lost_answer_is_taken_for_sent_where_the_file_says_so() {
    let lab = connected();
    lab.transport.script_create(Endpoint::SendMessage, Fault::AnswerLost);
    let text = message("hi", "in_doubt: assume-sent");
    let run = lab.submit("a", &text, &json!({}));
    let report = lab.drive(&run);
    assert_eq!(report.status, RunStatus::Succeeded);
    let hello = &report.steps["hello"];
    assert_eq!((hello.status, hello.assumed, &hello.output), (StepStatus::Succeeded, true, &json!(null)));
    assert_eq!(status(&report, "then"), StepStatus::Succeeded);
    assert_eq!(sent(&lab), 1);
    // The ledger knows it: another run does not send it again.
    assert_eq!(told(&lab, &[("b", text)]), [(StepStatus::Succeeded, true)]);
    assert_eq!(sent(&lab), 1);
}

#[test]
fn a_doubt_that_another_run_left_is_not_taken_away() {
    let lab = connected();
    lab.transport.script_create(Endpoint::SendMessage, Fault::AnswerLost);
    let asks = message("hi", "in_doubt: ask");
    let assumes = message("hi", "in_doubt: assume-sent");
    let all = told(&lab, &[("a", asks), ("b", assumes)]);
    assert_eq!(all, [(StepStatus::InDoubt, false), (StepStatus::InDoubt, false)]);
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
