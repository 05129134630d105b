//! Giving a run other inputs, or another definition.

use super::steps;
use crate::lab::{Lab, account, status};
use outx_flow::diagnostic::Source;
use outx_flow::journal::Event;
use outx_flow::{
    CheckOptions, EngineErrorKind, ListChange, Path, RunId, RunReport, RunStatus, Signal, StepStatus, check,
    check_stored,
};
use outx_ledger::{AccountStore, Blocked};
use outx_model::{Endpoint, PersonName, Word};
use outx_transport::{Clock, Fault};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

const LIST: &str = "inputs: { leads: { type: array, items: { type: text } } }\n";

fn invites(before: &str) -> String {
    let needs = if before.is_empty() { "" } else { "needs: pause, " };
    let text = format!(
        "  person:\n    each: ${{{{ inputs.leads }}}}\n    as: who\n    steps:\n{before}\
         \x20     invite: {{ {needs}uses: linkedin.send-connection-request, with: {{ profile_urn: \"urn:li:fsd_profile:${{{{ who }}}}\" }} }}\n\
         \x20     then: {{ uses: core.set, with: {{ s: \"${{{{ steps.invite.status }}}}\" }} }}\n\
         \x20   outputs: {{ s: \"${{{{ steps.then.output.s }}}}\" }}\n\
         \x20 all: {{ uses: core.set, with: {{ n: \"${{{{ steps.person.items.size() }}}}\" }} }}\n"
    );
    with_list(&text)
}

fn with_list(text: &str) -> String {
    steps(text).replacen("steps:\n", &format!("{LIST}steps:\n"), 1)
}

fn leads(list: &[&str]) -> Value {
    json!({ "leads": list })
}

fn revise(list: &[&str]) -> Signal {
    Signal::Revise { inputs: leads(list), definition: None }
}

fn revised(lab: &Lab, run: &RunId, list: &[&str]) -> RunReport {
    assert!(lab.signal(run, &revise(list)).is_ok());
    lab.again().drive(run)
}

/// The items of a fan-out as `key`, or `-key` for one that is in the list no more.
fn keys(report: &RunReport, fan: &str) -> Vec<String> {
    let items = report.steps[fan].items.iter().flatten();
    items.map(|item| format!("{}{}", if item.removed { "-" } else { "" }, item.key)).collect()
}

fn invited(lab: &Lab) -> Vec<String> {
    let all = lab.created(Endpoint::SendConnectionRequest);
    let mut urns: Vec<_> =
        all.iter().map(|input| input["profile_urn"].as_str().unwrap_or_default().to_owned()).collect();
    urns.sort();
    urns.into_iter().map(|urn| urn.trim_start_matches("urn:li:fsd_profile:").to_owned()).collect()
}

#[test]
fn what_a_change_comes_to_is_told_before_it_is_made() {
    let lab = Lab::new();
    let run = lab.submit("run", &invites(""), &leads(&["ACoA1", "ACoA2"]));
    lab.drive(&run);
    let other = revise(&["ACoA3", "ACoA2", "ACoA4"]);
    let revision = lab.revision(&run, &other).expect("it fits").expect("a change");
    let change = ListChange { fan: Path::parse("person"), added: 2, removed: 1, changed: 0 };
    assert_eq!(revision.lists, [change]);
    assert!(lab.signal(&run, &other).is_ok());
    // The same once more is no change.
    let told = lab.signal(&run, &other).unwrap_err();
    assert_eq!(told.kind(), EngineErrorKind::Refused);
    assert!(told.to_string().contains("already"), "{told}");
    // A row that changed is told as such, and a list that is not wanted any more as empty.
    let text = with_list(
        "  person:\n    each: ${{ inputs.leads }}\n    as: who\n    key: ${{ who.split(':')[0] }}\n\
         \x20   if: inputs.leads.size() < 3\n    steps: { one: { uses: core.set, with: { x: \"${{ who }}\" } } }\n",
    );
    let keyed = lab.submit("keyed", &text, &leads(&["a:1", "b:1"]));
    lab.drive(&keyed);
    for (list, removed, changed) in [(&["b:2", "a:1"][..], 0, 1), (&["a:1", "b:1", "c:1"], 2, 0)] {
        let revision = lab.revision(&keyed, &revise(list)).expect("it fits").expect("a change");
        let change = ListChange { fan: Path::parse("person"), added: 0, removed, changed };
        assert_eq!(revision.lists, [change], "{list:?}");
    }
}

const WAIT: &str = "      pause: { uses: core.wait, with: { for: 2d } }\n";

#[test]
fn a_list_that_follows_from_steps_waits_for_them() {
    let text = with_list(
        "  look:\n    each: ${{ inputs.leads }}\n    as: who\n    steps:\n\
         \x20     profile: { uses: linkedin.fetch-profile, with: { profile_slug: \"${{ who }}\" } }\n\
         \x20   outputs: { urn: \"${{ steps.profile.output.profile_urn }}\" }\n\
         \x20 invite:\n    each: ${{ steps.look.rows }}\n    as: row\n    key: ${{ row.urn }}\n    steps:\n\
         \x20     pause: { uses: core.wait, with: { for: 1h } }\n\
         \x20     send: { needs: pause, uses: linkedin.send-connection-request, with: { profile_urn: \"${{ row.urn }}\" } }\n\
         \x20 note: { uses: core.set, with: { n: \"${{ steps.invite.items.size() }}\" } }\n",
    );
    let lab = Lab::new();
    let run = lab.submit("run", &text, &leads(&["ada-one", "bo-two"]));
    assert_eq!(lab.drive(&run).status, RunStatus::Waiting);
    let revision = lab.revision(&run, &revise(&["bo-two", "cy-three"])).expect("it fits").expect("a change");
    assert_eq!(revision.lists.len(), 1);
    assert_eq!(revision.later, [Path::parse("invite")]);
    lab.clock.advance(Duration::from_hours(2));
    // By now it was the turn of both invitations; but one of them is not wanted any more.
    let report = revised(&lab, &run, &["bo-two", "cy-three"]);
    assert_eq!(report.status, RunStatus::Waiting, "{report:?}");
    assert_eq!(lab.created(Endpoint::SendConnectionRequest).len(), 1);
    lab.clock.advance(Duration::from_hours(2));
    let report = lab.again().drive(&run);
    assert_eq!(report.status, RunStatus::Succeeded, "{report:?}");
    assert_eq!(lab.created(Endpoint::SendConnectionRequest).len(), 2);
    assert_eq!(lab.transport.creates(Endpoint::FetchProfile), 3);
    assert_eq!(report.steps["note"].output["n"], 2);
}

#[test]
fn killed_at_any_moment_a_change_is_made_once() {
    let mut polls = 0;
    loop {
        polls += 1;
        let lab = Lab { slow: true, ..Lab::new() };
        let run = lab.submit("run", &invites(""), &leads(&["ACoA1", "ACoA2"]));
        let begun = lab.drive_for(&run, polls).is_some();
        if lab.say(&run, &revise(&["ACoA2", "ACoA3"])).is_err() {
            assert!(!begun, "a run that is there can be changed");
        }
        let done = lab.again().drive_for(&run, polls).is_some();
        let mut report = lab.again().drive(&run);
        while report.status == RunStatus::NeedsAttention {
            let doubtful =
                ["ACoA1", "ACoA2", "ACoA3"].map(|key| Path::parse(&format!("person[{key}].invite")));
            for step in doubtful {
                // What the service knows decides, as a person would.
                let key = &step.as_str()[7..12];
                let word =
                    if invited(&lab).iter().any(|known| known == key) { Word::GiveUp } else { Word::NotSent };
                drop(lab.signal(&run, &Signal::Resolve { step, word }));
            }
            report = lab.again().drive(&run);
        }
        assert!(report.status.is_end(), "after {polls} polls: {report:?}");
        assert_eq!(keys(&report, "person")[..2], ["ACoA2", "ACoA3"], "after {polls} polls");
        let invited = invited(&lab);
        assert!(
            invited.contains(&"ACoA2".to_owned()) && invited.contains(&"ACoA3".to_owned()),
            "{invited:?}"
        );
        let facts = lab.facts(&run);
        assert_eq!(facts.iter().filter(|fact| matches!(fact.event, Event::Revised { .. })).count(), 1);
        for first in 1..facts.len() {
            lab.cut(&run, first).described(&run);
        }
        if done && begun {
            break;
        }
    }
    assert!(polls > 20, "{polls}");
}

#[test]
fn a_list_grows_by_what_is_not_in_it() {
    let lab = Lab::new();
    let run = lab.submit("run", &invites(""), &leads(&["ACoA1"]));
    assert_eq!(lab.drive(&run).status, RunStatus::Succeeded);
    let add = |rows: &[&str]| Signal::Add {
        input: "leads".into(),
        rows: rows.iter().map(|row| json!(row)).collect(),
    };
    // Both are heard, one after the other.
    assert!(lab.say(&run, &add(&["ACoA1", "ACoA2"])).is_ok());
    assert!(lab.say(&run, &add(&["ACoA3"])).is_ok());
    let report = lab.again().drive(&run);
    assert_eq!(report.status, RunStatus::Succeeded);
    assert_eq!(keys(&report, "person"), ["ACoA1", "ACoA2", "ACoA3"]);
    let told = lab.signal(&run, &add(&["ACoA2"])).unwrap_err().to_string();
    assert!(told.contains("already"), "{told}");
    assert_eq!(lab.revision(&run, &add(&["ACoA2"])).expect("it fits"), None);
    let told = lab.signal(&run, &Signal::Add { input: "lead".into(), rows: vec![] }).unwrap_err().to_string();
    assert!(told.contains("no list `lead`"), "{told}");
}

fn define(text: &str, list: &[&str]) -> Signal {
    Signal::Revise { inputs: leads(list), definition: Some(text.into()) }
}

#[test]
fn another_definition_counts_for_what_was_not_begun() {
    let lab = Lab::new();
    let run = lab.submit("run", &invites(WAIT), &leads(&["ACoA1", "ACoA2"]));
    assert_eq!(lab.drive(&run).status, RunStatus::Waiting);
    // The same steps, with a message after them, and without the sum.
    let other = invites(WAIT).replace(
        "    outputs: { s:",
        "      thanks: { needs: [invite], uses: linkedin.send-message, with: { recipient_urn: \"urn:li:fsd_profile:${{ who }}\", message: hello } }\n    outputs: { s:",
    );
    let kept: Vec<_> = other.lines().filter(|line| !line.starts_with("  all:")).collect();
    let other = kept.join("\n") + "\n";
    let revision =
        lab.revision(&run, &define(&other, &["ACoA1", "ACoA2"])).expect("it fits").expect("a change");
    assert_eq!(revision.definition_before, Some(invites(WAIT)));
    assert!(lab.signal(&run, &define(&other, &["ACoA1", "ACoA2"])).is_ok());
    lab.clock.advance(Duration::from_hours(49));
    let report = lab.again().drive(&run);
    assert_eq!(report.status, RunStatus::Succeeded, "{report:?}");
    assert_eq!(lab.created(Endpoint::SendMessage).len(), 2);
    assert!(!report.steps.contains_key("all"));
    // A step more, after the end: it is done for everybody.
    let more = other.replace(
        "    outputs: { s:",
        "      late: { after: thanks, uses: core.set, with: { x: 1 } }\n    outputs: { s:",
    );
    assert!(lab.signal(&run, &define(&more, &["ACoA1", "ACoA2"])).is_ok());
    let report = lab.again().drive(&run);
    assert_eq!(report.status, RunStatus::Succeeded, "{report:?}");
    let items = report.steps["person"].items.iter().flatten();
    assert!(items.map(|item| item.steps["late"].status).eq([StepStatus::Succeeded; 2]));
    assert_eq!(lab.created(Endpoint::SendMessage).len(), 2);
}

#[test]
fn a_definition_that_does_not_fit_is_refused() {
    let lab = Lab::new();
    let run = lab.submit("run", &invites(WAIT), &leads(&["ACoA1"]));
    assert_eq!(lab.drive(&run).status, RunStatus::Waiting);
    let before = lab.facts(&run);
    let refused = |text: &str, says: &str| {
        let told = lab.signal(&run, &define(text, &["ACoA1"])).unwrap_err();
        assert_eq!(told.kind(), EngineErrorKind::Refused, "{told}");
        assert!(told.to_string().contains(says), "{told}");
    };
    refused(&invites(""), "`person[ACoA1].pause` is under way, and the new definition has no such step");
    refused(
        &invites(&WAIT.replace("core.wait, with: { for: 2d }", "core.approve, with: { message: now }")),
        "`person[ACoA1].pause` was begun as `core.wait`, and the new definition makes it `core.approve`",
    );
    refused(&invites(WAIT).replace("core.set", "core.sit"), "the new definition cannot be used");
    let name = invites(WAIT).lines().find(|line| line.starts_with("name:")).expect("a name").to_owned();
    refused(&invites(WAIT).replace(&name, "name: other"), "the file is `other`");
    let told =
        lab.signal(&run, &Signal::Revise { inputs: json!({ "leads": 7 }), definition: None }).unwrap_err();
    assert!(told.to_string().contains("the list of `person` cannot be evaluated"), "{told}");
    assert_eq!(lab.facts(&run), before);
    assert!(lab.signal(&run, &Signal::Cancel).is_ok());
    lab.again().drive(&run);
    let told = lab.signal(&run, &revise(&["ACoA2"])).unwrap_err().to_string();
    assert!(told.contains("was cancelled"), "{told}");
}

#[test]
fn a_fan_out_that_comes_with_a_definition_reaches_nobody_who_was_removed() {
    let lab = Lab::new();
    let run = lab.submit("run", &invites(""), &leads(&["ACoA1", "ACoA2"]));
    assert_eq!(lab.drive(&run).status, RunStatus::Succeeded);
    assert_eq!(revised(&lab, &run, &["ACoA2"]).status, RunStatus::Succeeded);
    let more = invites("").replace(
        "    outputs: { s:",
        "      both:\n        each: [one, two]\n        as: text\n        steps:\n\
         \x20         thanks: { uses: linkedin.send-message, with: { recipient_urn: \"urn:li:fsd_profile:${{ who }}\", message: \"${{ text }}\" } }\n\
         \x20   outputs: { s:",
    );
    assert!(lab.signal(&run, &define(&more, &["ACoA2"])).is_ok());
    let report = lab.again().drive(&run);
    assert_eq!(report.status, RunStatus::Succeeded, "{report:?}");
    let to: Vec<_> =
        lab.created(Endpoint::SendMessage).iter().map(|it| it["recipient_urn"].clone()).collect();
    assert_eq!(to, ["urn:li:fsd_profile:ACoA2"]);
    // Back in the list, it is their turn.
    assert!(lab.signal(&run, &define(&more, &["ACoA1", "ACoA2"])).is_ok());
    assert_eq!(lab.again().drive(&run).status, RunStatus::Succeeded);
    assert_eq!(lab.created(Endpoint::SendMessage).len(), 2);
}

#[test]
fn who_was_removed_is_not_reached_by_trying_again() {
    let text = with_list(
        "  person:\n    each: ${{ inputs.leads }}\n    as: who\n    concurrency: 1\n    steps:\n\
         \x20     look: { uses: linkedin.fetch-profile, with: { profile_slug: \"${{ who }}\" } }\n\
         \x20     both:\n        after: look\n        each: [one, two]\n        as: text\n        steps:\n\
         \x20         invite: { uses: linkedin.send-connection-request, with: { profile_urn: \"urn:li:fsd_profile:${{ who }}\" } }\n",
    );
    let lab = Lab::new();
    lab.limit(&json!([{ "at_most": 1, "of": "reads", "per": "24h" }]));
    let run = lab.submit("run", &text, &leads(&["ACoA1", "ACoA2", "ACoA3"]));
    assert_eq!(lab.drive(&run).status, RunStatus::Waiting);
    assert_eq!(revised(&lab, &run, &["ACoA2"]).status, RunStatus::Waiting);
    for step in ["person[ACoA3].both", "person[ACoA3].look"] {
        let told = lab.signal(&run, &Signal::Retry { from: Some(Path::parse(step)) });
        let told = told.expect_err("nobody wants it");
        assert_eq!(told.kind(), EngineErrorKind::Refused, "{told}");
        assert!(told.to_string().contains("in the list no more"), "{told}");
    }
    lab.again().drive(&run);
    assert_eq!(invited(&lab), ["ACoA1"]);
}

#[test]
fn a_write_that_is_under_way_is_known_by_what_it_was_begun_under() {
    let known_by = ["", "once: none, ", "once: { key: \"${{ who }}\" }, "];
    for before in known_by {
        for after in known_by {
            let text = |once: &str| {
                invites("").replace("uses: linkedin.send", &format!("{once}uses: linkedin.send"))
            };
            let lab = Lab::new();
            lab.transport.script_create(Endpoint::SendConnectionRequest, Fault::Reset);
            let run = lab.submit("run", &text(before), &leads(&["ACoA1"]));
            assert_eq!(lab.drive(&run).status, RunStatus::NeedsAttention);
            if before != after {
                assert!(lab.signal(&run, &define(&text(after), &["ACoA1"])).is_ok());
            }
            let report = lab.again().drive(&run);
            assert_eq!(report.status, RunStatus::NeedsAttention, "from `{before}` to `{after}`");
            assert_eq!(lab.transport.creates(Endpoint::SendConnectionRequest), 1);
        }
    }
}

#[test]
fn nothing_is_sent_in_the_name_of_who_was_forgotten() {
    let lab = Lab::new();
    let run = lab.submit("run", &invites(""), &leads(&["ACoA1", "ACoA2"]));
    assert_eq!(lab.drive(&run).status, RunStatus::Succeeded);
    let lab = lab.forgetting(&run, "ACoA1");
    assert!(!format!("{:?}", lab.facts(&run)).contains("ACoA1"));
    let add = Signal::Add { input: "leads".into(), rows: vec![json!("ACoA3")] };
    assert!(lab.signal(&run, &add).is_ok());
    let report = lab.again().drive(&run);
    assert_eq!(report.status, RunStatus::Failed);
    assert!(report.steps["person"].error.to_string().contains("`(forgotten)`"), "{report:?}");
    assert_eq!(invited(&lab), ["ACoA1", "ACoA2", "ACoA3"]);
    // With a list that does not tell of them the run goes on, and who comes back has been invited.
    let report = revised(&lab, &run, &["ACoA1", "ACoA2", "ACoA3"]);
    assert_eq!(report.status, RunStatus::Succeeded, "{report:?}");
    assert_eq!(invited(&lab), ["ACoA1", "ACoA2", "ACoA3"]);
}

#[test]
fn what_rests_on_items_that_are_worked_on_again_is_computed_again() {
    let text = with_list(
        "  person:\n    each: ${{ inputs.leads }}\n    as: who\n    steps:\n\
         \x20     one: { uses: core.set, with: { n: 1 } }\n\
         \x20   outputs: { n: \"${{ steps.one.output.n }}\" }\n\
         \x20 sum: { uses: core.set, with: { n: \"${{ steps.person.rows.map(row, row.n) }}\", keys: \"${{ steps.person.items.map(item, item.key) }}\" } }\n",
    );
    let lab = Lab::new();
    let run = lab.submit("run", &text, &leads(&["a", "b"]));
    let report = lab.drive(&run);
    assert_eq!(report.steps["sum"].output, json!({ "n": [1, 1], "keys": ["a", "b"] }));
    // A step more in each item.
    let more = text.replace(
        "    outputs: { n: \"${{ steps.one.output.n }}\" }",
        "      two: { uses: core.set, with: { n: 2 } }\n    outputs: { n: \"${{ steps.two.output.n }}\" }",
    );
    assert!(lab.signal(&run, &define(&more, &["a", "b"])).is_ok());
    let report = lab.again().drive(&run);
    assert_eq!(report.steps["sum"].output["n"], json!([2, 2]));
    // Other keys.
    let keyed = more.replace("    as: who\n", "    as: who\n    key: ${{ who + '!' }}\n");
    assert!(lab.signal(&run, &define(&keyed, &["a", "b"])).is_ok());
    let report = lab.again().drive(&run);
    assert_eq!(report.steps["sum"].output["keys"], json!(["a!", "b!"]));
}

#[test]
fn a_step_that_was_left_out_stays_so_when_it_becomes_a_fan_out() {
    let text = |step: &str| {
        with_list(&format!(
            "  person:\n    each: ${{{{ inputs.leads }}}}\n    as: who\n    steps:\n\x20     it: {{ {step} }}\n"
        ))
    };
    let invite =
        "uses: linkedin.send-connection-request, with: { profile_urn: \"urn:li:fsd_profile:${{ who }}\" }";
    let lab = Lab::new();
    let name = PersonName::read("urn:li:fsd_profile:ACoA1").expect("a name");
    let blocked = Blocked { name, note: None, since: lab.clock.now() };
    assert!(lab.now(lab.ledger.block(&account(), &[blocked])).is_ok());
    let run = lab.submit("run", &text(invite), &leads(&["ACoA1"]));
    let report = lab.drive(&run);
    let it = |report: &RunReport| {
        report.steps["person"].items.iter().flatten().next().map(|it| it.steps["it"].status)
    };
    assert_eq!(it(&report), Some(StepStatus::Skipped));
    let other = text("each: [1], steps: { one: { uses: core.set, with: { n: 1 } } }");
    assert!(lab.signal(&run, &define(&other, &["ACoA1"])).is_ok());
    let report = lab.again().drive(&run);
    assert_eq!(it(&report), Some(StepStatus::Skipped));
}

/// What is said of types may become stricter; a run that was begun goes on all the same.
#[test]
fn a_run_goes_on_whose_definition_a_later_version_would_refuse() {
    let text = steps(
        "  rest: { uses: core.wait, with: { for: 1h } }\n  \
         bad: { needs: rest, allow_failure: true, uses: core.set, with: { x: \"${{ 'a' + 1 }}\" } }\n",
    );
    let source = Source::new("x.yaml", text);
    assert!(check(&source, &CheckOptions::shipped()).workflow.is_none(), "its types are refused today");
    let workflow = check_stored(&source, &CheckOptions::shipped()).workflow.expect("good enough to go on");
    let lab = Lab::new();
    assert!(lab.submits_checked("run", Arc::new(workflow), &json!({})));
    let run = RunId::new("run");
    assert_eq!(lab.drive(&run).status, RunStatus::Waiting);
    lab.clock.advance(Duration::from_hours(1));
    let report = lab.again().drive(&run);
    assert_eq!(report.status, RunStatus::Succeeded);
    assert_eq!(status(&report, "bad"), StepStatus::Failed);
}
