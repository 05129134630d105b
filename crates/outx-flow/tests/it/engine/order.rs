//! Which step runs when, and what follows from its end.

use super::{CHAIN, chain, polls, steps};
use crate::lab::{Lab, json, statuses};
use outx_flow::{EngineErrorKind, RunId, RunStatus};
use outx_model::Endpoint;
use outx_transport::Clock;
use serde_json::json;

#[test]
fn a_chain_hands_values_on_and_ends() {
    let lab = Lab::new();
    let report = chain(&lab);
    assert_eq!(report.status, RunStatus::Succeeded);
    assert_eq!(report.outputs["name"], "Ada Example");
    assert_eq!(report.outputs["liked"], true);
    assert_eq!(statuses(&report), [("profile", "succeeded"), ("posts", "succeeded"), ("like", "succeeded")]);
    assert!(report.steps.values().all(|step| step.task_id.is_some()));
    assert!(report.waiting_for.is_empty());
    assert_eq!(lab.transport.creates(Endpoint::LikePost), 1);
}

#[test]
fn what_does_not_depend_on_each_other_runs_at_the_same_time() {
    let lab = Lab::new();
    let text = steps(
        "  a: { uses: linkedin.fetch-profile, with: { profile_slug: a } }\n\
         \x20 b: { needs: a, uses: linkedin.fetch-profile, with: { profile_slug: b } }\n\
         \x20 c: { needs: a, uses: linkedin.fetch-profile, with: { profile_slug: c } }\n\
         \x20 d: { needs: [b, c], uses: core.set, with: { x: 1 } }\n",
    );
    let before = lab.clock.now();
    let report = lab.run(&text, &json!({}));
    assert_eq!(report.status, RunStatus::Succeeded);
    // First poll after 12 s, then each 3.5 s: a task of 20 s is seen after 22.5 s; two tasks one after the other.
    assert_eq!(lab.clock.now().duration_since(before).as_millis(), 45_000);
    let created = lab.host.with(|service| service.tasks().iter().map(|it| it.created_at).collect::<Vec<_>>());
    assert_eq!(created[1], created[2], "b and c were created together");
}

#[test]
fn a_condition_decides_once_and_must_be_boolean() {
    let lab = Lab::new();
    let report = lab.run(
        &steps(
            "  yes: { if: 1 < 2, uses: core.set, with: { x: 1 } }\n\
             \x20 no: { if: '${{ 2 < 1 }}', uses: linkedin.like-post, with: { social_urn: 'urn:li:activity:1' } }\n\
             \x20 never: { if: false, uses: core.set }\n\
             \x20 data: { uses: core.set, with: { x: '${{ dyn(\"text\") }}' } }\n\
             \x20 wrong: { if: steps.data.output.x, uses: core.set }\n\
             \x20 broken: { if: steps.data.output.x.y.z > 1, uses: core.set }\n",
        ),
        &json!({}),
    );
    assert_eq!(
        statuses(&report),
        [
            ("yes", "succeeded"),
            ("no", "skipped"),
            ("never", "skipped"),
            ("data", "succeeded"),
            ("wrong", "failed"),
            ("broken", "failed")
        ]
    );
    let error = report.steps["wrong"].error["message"].as_str().unwrap();
    assert_eq!(error, "x.yaml:8:16: `if` gave \"text\", not true or false");
    assert!(report.steps["broken"].error["message"].as_str().unwrap().starts_with("x.yaml:9:"));
    assert_eq!(report.status, RunStatus::Failed);
    assert_eq!(lab.transport.requests(), 0);
}

#[test]
fn who_needs_a_failed_or_skipped_step_is_skipped_who_only_follows_it_runs() {
    let lab = Lab::new();
    lab.host.with(|service| service.fail_next(Endpoint::FetchProfile, "Profile not found"));
    let report = lab.run(
        &steps(
            "  failed: { uses: linkedin.fetch-profile, with: { profile_slug: a } }\n\
             \x20 skipped: { if: false, uses: core.set, with: { x: 1 } }\n\
             \x20 reads: { uses: core.set, with: { x: '${{ steps.failed.output.full_name }}' } }\n\
             \x20 needs: { needs: failed, uses: core.set }\n\
             \x20 needs_skipped: { needs: skipped, uses: core.set }\n\
             \x20 transitive: { needs: needs, uses: core.set }\n\
             \x20 status: { uses: core.set, with: { x: '${{ steps.failed.status }} ${{ steps.skipped.status }}' } }\n\
             \x20 after: { after: [failed, skipped, transitive], uses: core.set, with: { x: '${{ steps.failed.error.message }}', y: '${{ default(steps.skipped.output.x, 7) }}' } }\n\
             \x20 rescue: { if: steps.failed.status == 'failed', uses: core.set, with: { x: saved } }\n",
        ),
        &json!({}),
    );
    assert_eq!(
        statuses(&report),
        [
            ("failed", "failed"),
            ("skipped", "skipped"),
            ("reads", "skipped"),
            ("needs", "skipped"),
            ("needs_skipped", "skipped"),
            ("transitive", "skipped"),
            ("status", "succeeded"),
            ("after", "succeeded"),
            ("rescue", "succeeded")
        ]
    );
    assert_eq!(
        report.steps["failed"].error,
        json!({ "kind": "task_failed", "message": "Profile not found" })
    );
    assert_eq!(report.steps["status"].output, json!({ "x": "failed skipped" }));
    assert_eq!(report.steps["after"].output, json!({ "x": "Profile not found", "y": 7 }));
    assert_eq!(report.status, RunStatus::Failed);
}

#[test]
fn an_output_that_reads_a_skipped_step_is_null_and_no_failure() {
    let report = Lab::new().run(
        "outx: 1\nname: x\nsteps:\n\
         \x20 a: { if: false, uses: core.set, with: { x: { y: 1 } } }\n\
         \x20 fan:\n\
         \x20   each: [1]\n\
         \x20   steps: { s: { if: false, uses: core.set, with: { x: { y: 1 } } } }\n\
         \x20   outputs: { y: '${{ steps.s.output.x.y + 1 }}', one: 1 }\n\
         outputs: { y: '${{ steps.a.output.x.y + 1 }}', rows: '${{ steps.fan.rows }}' }\n",
        &json!({}),
    );
    assert_eq!(report.status, RunStatus::Succeeded, "{:?}", report.error);
    assert_eq!(report.outputs, json!({ "y": null, "rows": [{ "y": null, "one": 1 }] }));
}

#[test]
fn an_output_that_is_wrong_fails_the_run_and_says_where() {
    let report = Lab::new().run(
        "outx: 1\nname: x\nsteps:\n  a: { uses: core.set, with: { x: \"${{ dyn('text') }}\" } }\noutputs:\n  y: ${{ steps.a.output.x + 1 }}\n  z: 1\n",
        &json!({}),
    );
    assert_eq!(report.status, RunStatus::Failed);
    assert_eq!(report.outputs, json!({ "y": null, "z": 1 }));
    let message = report.error.unwrap()["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("x.yaml:6:"), "{message}");
}

#[test]
fn a_run_is_submitted_once_and_an_ended_one_stays_ended() {
    let lab = Lab::new();
    let run = lab.submit("run", CHAIN, &json!({ "who": "ada-example" }));
    assert!(!lab.submits("run", CHAIN, &json!({ "who": "bo-example" })), "a second time changes nothing");
    let report = lab.drive(&run);
    assert_eq!(report.outputs["name"], "Ada Example");
    let (facts, requests) = (lab.facts(&run), lab.transport.requests());
    assert_eq!(json(&lab.again().drive(&run)), json(&report));
    assert_eq!(lab.facts(&run), facts);
    assert_eq!(lab.transport.requests(), requests);
}

#[test]
fn polling_is_as_the_file_says_first_in_general_then_for_a_step() {
    let one = |top: &str, step: &str| {
        format!(
            "outx: 1\nname: x\n{top}steps: {{ a: {{ uses: linkedin.fetch-profile, with: {{ profile_slug: a }}{step} }} }}\n"
        )
    };
    assert_eq!(polls(&one("", ""), 20), (4, 22_500), "the default");
    let top = "defaults: { poll: { first: 1s, every: 10s } }\n";
    assert_eq!(polls(&one(top, ""), 20), (3, 21_000));
    assert_eq!(polls(&one(top, ", poll: { every: 19s }"), 20), (2, 20_000), "the rest is kept");
    assert_eq!(polls(&one("", ", poll: { policy: documented }"), 20), (5, 20_000));
    assert_eq!(polls(&one("", ", poll: { policy: fixed, every: 30s }"), 20), (2, 30_000));
    assert_eq!(polls(&one("", ", poll: { timeout: 5s }"), 20), (1, 5_000), "patience ends: still pending");
}

#[test]
fn a_run_that_nobody_knows_is_said_to_be_missing() {
    let lab = Lab::new();
    assert!(lab.facts(&RunId::new("none")).is_empty());
    assert_eq!(lab.fails(&RunId::new("none")), EngineErrorKind::NoRun);
}

#[test]
fn what_may_fail_fails_neither_its_item_nor_the_run_and_whoever_needs_it_is_skipped() {
    let text = steps(
        "  each_one:\n    each: [1, 0]\n    as: n\n    steps:\n\
         \x20     part: { allow_failure: true, uses: core.set, with: { x: \"${{ 10 / n }}\" } }\n\
         \x20     seen: { after: part, uses: core.set, with: { s: \"${{ steps.part.status }}\" } }\n\
         \x20   outputs: { s: \"${{ steps.seen.output.s }}\" }\n\
         \x20 all:\n    allow_failure: true\n    each: [1, 0]\n    as: n\n    steps:\n\
         \x20     part: { uses: core.set, with: { x: \"${{ 10 / n }}\" } }\n\
         \x20 next: { needs: all, uses: core.set, with: { x: 1 } }\n",
    );
    let lab = Lab::new();
    let report = lab.run(&text, &json!({}));
    assert_eq!(report.status, RunStatus::Succeeded, "{report:?}");
    assert_eq!(statuses(&report), [("each_one", "succeeded"), ("all", "failed"), ("next", "skipped")]);
    let seen: Vec<_> =
        report.steps["each_one"].items.iter().flatten().map(|item| item.outputs["s"].clone()).collect();
    assert_eq!(seen, ["succeeded", "failed"]);
    // Elsewhere nothing may fail.
    let strict = text.replace("    allow_failure: true\n", "");
    assert_eq!(Lab::new().run(&strict, &json!({})).status, RunStatus::Failed);
}

#[test]
fn a_workflow_fails_by_its_own_word_where_it_says_so() {
    let text = steps(
        "  list: { uses: core.set, with: { rows: [] } }\n\
         \x20 none: { if: steps.list.output.rows.size() == 0, uses: core.fail, with: { message: there are no rows } }\n\
         \x20 some: { if: steps.list.output.rows.size() > 0, uses: core.fail, with: { message: there are rows } }\n",
    );
    let report = Lab::new().run(&text, &json!({}));
    assert_eq!(report.status, RunStatus::Failed);
    assert_eq!(statuses(&report), [("list", "succeeded"), ("none", "failed"), ("some", "skipped")]);
    assert_eq!(report.steps["none"].error, json!({ "kind": "stated", "message": "there are no rows" }));
}
