//! The engine: runs on the fake service, with time that passes in no time.

use crate::lab::{Lab, json, named, status, statuses};
use outx_flow::journal::{Event, Fact, WaitReason};
use outx_flow::{EngineErrorKind, Observer, RunId, RunReport, RunState, RunStatus, StepStatus, Values};
use outx_model::{ApiError, Endpoint};
use outx_service::LatencyLaw;
use outx_transport::{Clock, Fault, Response};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

const CHAIN: &str = r#"
outx: 1
name: chain
inputs: { who: { type: person } }
steps:
  profile: { uses: linkedin.fetch-profile, with: { profile_slug: "${{ inputs.who }}" } }
  posts: { uses: linkedin.fetch-profiles-posts, with: { profile_urns: ["${{ steps.profile.output.profile_urn }}"] } }
  like: { uses: linkedin.like-post, with: { social_urn: "${{ steps.posts.output.posts[0].social_urn }}" } }
outputs:
  name: ${{ steps.profile.output.full_name }}
  liked: ${{ steps.like.output.sent }}
  posts: ${{ steps.posts.output.posts.size() }}
"#;

fn chain(lab: &Lab) -> RunReport {
    lab.run(CHAIN, &json!({ "who": "ada-example" }))
}

/// A workflow of steps alone.
fn steps(text: &str) -> String {
    format!("outx: 1\nname: x\nsteps:\n{text}")
}

fn body(status: u16, text: &str) -> Fault {
    Fault::Status(status, json!({ "error": text }).to_string().into())
}

fn asleep() -> Fault {
    body(403, "Plugin installation required. Please open your browser.")
}

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

/// Sees which steps of items are begun and not ended, and how many items that were at most.
#[derive(Default)]
struct InFlight(Mutex<(BTreeSet<String>, usize)>);

impl Observer for InFlight {
    fn fact(&self, fact: &Fact, _: &RunState, _: &Values) {
        let path = fact.path.as_str();
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (open, most) = &mut *seen;
        match fact.event {
            Event::Started { .. } => drop(open.insert(path.to_owned())),
            Event::Finished { .. } => drop(open.remove(path)),
            _ => {}
        }
        let items: BTreeSet<_> =
            open.iter().filter_map(|path| path.rsplit_once("].")).map(|(item, _)| item).collect();
        *most = (*most).max(items.len());
    }
}

impl InFlight {
    fn most(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1
    }
}

const FAN_OUT: &str = r#"
outx: 1
name: fan-out
inputs: { slugs: { type: array, items: person } }
steps:
  person:
    each: ${{ inputs.slugs }}
    as: slug
    concurrency: 3
    steps:
      profile: { uses: linkedin.fetch-profile, with: { profile_slug: "${{ slug }}" } }
      again: { uses: linkedin.fetch-profile, with: { profile_slug: "${{ steps.profile.output.profile_slug }}" } }
      note: { uses: core.set, with: { key: "${{ item.key }}", index: "${{ item.index }}", row: "${{ item.row }}" } }
    outputs:
      name: ${{ steps.profile.output.full_name }}
      index: ${{ steps.note.output.index }}
outputs:
  rows: ${{ steps.person.rows }}
  keys: ${{ steps.person.items.map(i, i.key) }}
"#;

#[test]
fn a_fan_out_keeps_the_order_of_its_list_and_its_concurrency() {
    // Tasks take from 1 to 60 s, so that items end in another order than they began.
    let latency = LatencyLaw::Uniform { from: Duration::from_secs(1), to: Duration::from_mins(1) };
    let in_flight = Arc::new(InFlight::default());
    let lab = Lab { observer: in_flight.clone(), ..Lab::with(latency) };
    let slugs: Vec<String> = (0..10).map(|n| format!("person-{n}")).collect();
    let report = lab.run(FAN_OUT, &json!({ "slugs": slugs }));
    assert_eq!(report.status, RunStatus::Succeeded);
    assert_eq!(report.outputs["keys"], json!(slugs));
    let indexes: Vec<_> =
        report.outputs["rows"].as_array().unwrap().iter().map(|row| &row["index"]).collect();
    assert_eq!(json!(indexes), json!((0..10).collect::<Vec<_>>()));
    assert_eq!(in_flight.most(), 3);
}

#[test]
fn an_item_that_has_begun_goes_on_before_another_begins() {
    let lab = Lab::new();
    let text = FAN_OUT.replace("concurrency: 3", "concurrency: 1");
    lab.run(&text, &json!({ "slugs": ["ada-a", "bo-b", "cy-c"] }));
    let asked = lab.created(Endpoint::FetchProfile);
    let asked: Vec<_> = asked.iter().map(|input| input["profile_slug"].as_str().unwrap()).collect();
    assert_eq!(asked, ["ada-a", "ada-a", "bo-b", "bo-b", "cy-c", "cy-c"]);
}

#[test]
fn items_are_known_by_keys_and_equal_ones_by_their_occurrence() {
    let text = "outx: 1\nname: x\ninputs: { list: [] }\nsteps:\n\
                \x20 fan: { each: '${{ inputs.list }}', steps: { s: { uses: core.set } } }\n\
                \x20 by: { each: '${{ inputs.list }}', key: '${{ item.k }}', if: false, steps: { s: { uses: core.set } } }\n";
    let lab = Lab::new();
    let report = lab.run(text, &json!({ "list": ["a", "b", "a", "a#2", "a", "x[y].z%", { "k": 1 }, 5] }));
    let items = report.steps["fan"].items.as_ref().unwrap();
    let keys: Vec<_> = items.iter().map(|item| item.key.as_str()).collect();
    assert_eq!(&keys[..6], ["a", "b", "a#2", "a#2#2", "a#3", "x[y].z%"]);
    assert!(keys[6].len() == 12 && keys[7].len() == 12 && keys[6] != keys[7], "{keys:?}");
    assert!(items.iter().all(|item| item.status == StepStatus::Succeeded));
}

#[test]
fn a_key_of_the_file_is_used_and_must_be_a_text_or_a_number() {
    let text = "outx: 1\nname: x\ninputs: { list: [] }\nsteps:\n\
                \x20 fan: { each: '${{ inputs.list }}', as: one, key: '${{ one.id }}', steps: { s: { uses: core.set } } }\n\
                \x20 reader: { uses: core.set, with: { n: '${{ steps.fan.items.size() }}' } }\n";
    let good = Lab::new().run(text, &json!({ "list": [{ "id": "x" }, { "id": 7 }] }));
    let items = good.steps["fan"].items.as_ref().unwrap();
    assert_eq!(items.iter().map(|item| item.key.as_str()).collect::<Vec<_>>(), ["x", "7"]);

    let bad = Lab::new().run(text, &json!({ "list": [{ "id": "x" }, { "id": [1] }] }));
    let error = bad.steps["fan"].error["message"].as_str().unwrap();
    assert!(error.contains("the `key` of item 2 is [1]"), "{error}");
    // There are no items to read: whoever wants them is left out.
    assert_eq!(statuses(&bad), [("fan", "failed"), ("reader", "skipped")]);
}

#[test]
fn outer_concurrency_counts_what_inner_fan_outs_have_in_flight() {
    let text = steps(
        "  outer:\n\
         \x20   each: [a, b, c]\n\
         \x20   as: o\n\
         \x20   concurrency: 1\n\
         \x20   steps:\n\
         \x20     inner:\n\
         \x20       each: [x, y]\n\
         \x20       as: i\n\
         \x20       steps: { p: { uses: linkedin.fetch-profile, with: { profile_slug: '${{ o }}-${{ i }}' } } }\n",
    );
    let lab = Lab::new();
    let report = lab.run(&text, &json!({}));
    assert_eq!(report.status, RunStatus::Succeeded);
    let tasks = lab.host.with(|service| {
        let tasks = service.tasks().iter();
        tasks.map(|it| (it.created_at, it.input["profile_slug"].clone())).collect::<Vec<_>>()
    });
    let slugs: Vec<_> = tasks.iter().map(|(_, slug)| slug.as_str().unwrap()).collect();
    assert_eq!(slugs, ["a-x", "a-y", "b-x", "b-y", "c-x", "c-y"]);
    assert_eq!(tasks[0].0, tasks[1].0, "within an item, what can go together does");
    assert!(tasks[1].0 < tasks[2].0 && tasks[3].0 < tasks[4].0, "the items one after the other");
}

#[test]
fn an_empty_list_is_no_failure() {
    let report = Lab::new().run(FAN_OUT, &json!({ "slugs": [] }));
    assert_eq!(report.status, RunStatus::Succeeded);
    assert_eq!(report.outputs, json!({ "rows": [], "keys": [] }));
}

#[test]
fn a_condition_decides_once_and_must_be_boolean() {
    let lab = Lab::new();
    let report = lab.run(
        &steps(
            "  yes: { if: 1 < 2, uses: core.set, with: { x: 1 } }\n\
             \x20 no: { if: '${{ 2 < 1 }}', uses: linkedin.like-post, with: { social_urn: 'urn:li:activity:1' } }\n\
             \x20 never: { if: false, uses: core.set }\n\
             \x20 data: { uses: core.set, with: { x: text } }\n\
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
fn a_failed_item_stops_no_other_and_its_fan_out_can_still_be_read() {
    let lab = Lab::new();
    lab.host.with(|service| service.fail_next(Endpoint::FetchProfile, "gone"));
    let report = lab.run(
        &steps(
            "  fan:\n\
             \x20   each: [a, b, c]\n\
             \x20   as: slug\n\
             \x20   concurrency: 1\n\
             \x20   steps: { p: { uses: linkedin.fetch-profile, with: { profile_slug: '${{ slug }}' } } }\n\
             \x20   outputs: { name: '${{ steps.p.output.full_name }}', status: '${{ steps.p.status }}' }\n\
             \x20 items: { uses: core.set, with: { x: '${{ steps.fan.items.map(i, [i.key, i.status, i.outputs.status]) }}' } }\n\
             \x20 rows: { uses: core.set, with: { x: '${{ steps.fan.rows.map(r, r.name) }}' } }\n\
             \x20 needs: { needs: fan, uses: core.set, with: { x: '${{ steps.fan.rows }}' } }\n",
        ),
        &json!({}),
    );
    assert_eq!(
        statuses(&report),
        [("fan", "failed"), ("items", "succeeded"), ("rows", "succeeded"), ("needs", "skipped")]
    );
    assert_eq!(
        report.steps["items"].output["x"],
        json!([["a", "failed", "failed"], ["b", "succeeded", "succeeded"], ["c", "succeeded", "succeeded"]])
    );
    assert_eq!(report.steps["rows"].output["x"], json!(["B", "C"]));
    let fan = &report.steps["fan"];
    assert_eq!(fan.error["kind"], "item_failed");
    assert_eq!(fan.error["message"], "1 of 3 items failed, the first of them `a`");
    let first = &fan.items.as_ref().unwrap()[0];
    assert_eq!(first.error, json!({ "kind": "task_failed", "message": "p: gone" }));
    assert_eq!(first.outputs, json!({ "name": null, "status": "failed" }));
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
        "outx: 1\nname: x\nsteps:\n  a: { uses: core.set, with: { x: text } }\noutputs:\n  y: ${{ steps.a.output.x + 1 }}\n  z: 1\n",
        &json!({}),
    );
    assert_eq!(report.status, RunStatus::Failed);
    assert_eq!(report.outputs, json!({ "y": null, "z": 1 }));
    let message = report.error.unwrap()["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("x.yaml:6:"), "{message}");
}

#[test]
fn a_read_without_an_answer_is_asked_again_and_counted() {
    let lab = Lab::new();
    lab.transport.script_create(Endpoint::FetchProfile, Fault::AnswerLost);
    let report = chain(&lab);
    assert_eq!(report.status, RunStatus::Succeeded);
    assert_eq!(report.steps["profile"].asked_again, 1);
    assert_eq!(lab.created(Endpoint::FetchProfile).len(), 2);
    assert_eq!(report.steps["posts"].asked_again, 0);
}

#[test]
fn a_read_that_never_gets_an_answer_lets_the_run_wait() {
    let lab = Lab::new();
    for _ in 0..9 {
        lab.transport.script_create(Endpoint::FetchProfile, Fault::AnswerLost);
    }
    let report = chain(&lab);
    assert_eq!(report.status, RunStatus::Waiting);
    assert_eq!(report.waiting_for[0].reason, WaitReason::Network);
    assert_eq!(lab.transport.creates(Endpoint::FetchProfile), 3);
}

const INVITE: &str = r#"
outx: 1
name: invite
steps:
  invite: { uses: linkedin.send-connection-request, with: { profile_urn: "urn:li:fsd_profile:A" } }
  thanks: { needs: invite, uses: linkedin.send-message, with: { recipient_urn: "urn:li:fsd_profile:A", message: Hello } }
  status: { uses: core.set, with: { x: "${{ steps.invite.status }}" } }
  other: { uses: linkedin.fetch-profile, with: { profile_slug: ada } }
  then: { needs: other, uses: core.set, with: { x: "${{ steps.other.output.full_name }}" } }
outputs: { other: "${{ steps.then.output.x }}" }
"#;

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

#[test]
fn a_write_that_provably_was_not_sent_is_sent_later() {
    let lab = Lab::new();
    lab.transport.script_create(Endpoint::SendConnectionRequest, Fault::NotSent);
    let run = lab.submit("run", INVITE, &json!({}));
    let report = lab.drive(&run);
    assert_eq!(report.status, RunStatus::Waiting);
    assert_eq!(report.waiting_for[0].reason, WaitReason::Network);
    assert_eq!(status(&report, "invite"), StepStatus::Waiting);
    let report = lab.again().drive(&run);
    assert_eq!(report.status, RunStatus::Succeeded);
    assert_eq!(lab.created(Endpoint::SendConnectionRequest).len(), 1);
}

#[test]
fn a_write_that_says_it_was_not_done_has_failed() {
    let lab = Lab::new();
    let answer = json!({ "data": { "status": "completed", "task_output": { "sent": false } } }).to_string();
    lab.transport.script_poll(Fault::Status(200, answer.into()));
    let report = lab.run(
        &steps("  like: { uses: linkedin.like-post, with: { social_urn: 'urn:li:activity:7' } }\n"),
        &json!({}),
    );
    assert_eq!(status(&report, "like"), StepStatus::Failed);
    assert_eq!(report.steps["like"].output, json!({ "sent": false }));
}

#[test]
fn a_write_that_says_nothing_known_counts_as_done_and_is_marked() {
    let lab = Lab::new();
    let answer = json!({ "data": { "status": "completed", "task_output": { "ok": 1 } } }).to_string();
    lab.transport.script_poll(Fault::Status(200, answer.into()));
    let report = lab.run(
        &steps("  like: { uses: linkedin.like-post, with: { social_urn: 'urn:li:activity:7' } }\n"),
        &json!({}),
    );
    assert_eq!(status(&report, "like"), StepStatus::Succeeded);
    assert!(report.steps["like"].unconfirmed);
}

#[test]
fn a_refused_key_stops_sending_and_can_be_replaced() {
    let lab = Lab::new();
    let run = lab.submit("run", CHAIN, &json!({ "who": "ada-example" }));
    let report = lab.drive_with(&run, Some("wrong"));
    assert_eq!(report.status, RunStatus::Waiting);
    assert_eq!(
        statuses(&report),
        [("profile", "waiting"), ("posts", "not_started"), ("like", "not_started")]
    );
    let [waiting] = report.waiting_for.as_slice() else { panic!("{:?}", report.waiting_for) };
    assert_eq!((waiting.path.as_str(), waiting.reason), ("profile", WaitReason::Key));
    assert_eq!(waiting.message, ApiError { status: 401, text: "Invalid API Key".into() }.to_string());
    assert_eq!(lab.transport.requests(), 1, "nothing more was sent");
    let report = lab.again().drive(&run);
    assert_eq!(report.status, RunStatus::Succeeded);
}

/// Ten items, two at a time: what stops one of them is not tried with the others.
#[test]
fn what_concerns_the_account_stops_all_items() {
    let people: Vec<String> = (0..10).map(|n| format!("person-{n}")).collect();
    for (fault, reason) in [
        (Fault::NotSent, WaitReason::Network),
        (asleep(), WaitReason::Extension),
        (body(429, "Too many requests"), WaitReason::Limit),
    ] {
        let lab = Lab::new();
        for _ in 0..3 {
            lab.transport.script(fault.clone());
        }
        let run = lab.submit("run", FAN_OUT, &json!({ "slugs": people }));
        let report = lab.drive(&run);
        assert_eq!(report.status, RunStatus::Waiting);
        assert_eq!(lab.transport.requests(), 3, "{reason:?}: the three that were on their way");
        assert!(report.waiting_for.iter().all(|it| it.reason == reason), "{:?}", report.waiting_for);
        let report = lab.again().drive(&run);
        assert_eq!(report.status, RunStatus::Succeeded);
        assert_eq!(lab.created(Endpoint::FetchProfile).len(), 20);
    }
}

#[test]
fn a_short_refusal_is_waited_out_and_a_long_one_is_said() {
    let refusal = |after: &str| {
        let body = json!({ "error": "Too many requests" }).to_string();
        let headers = vec![("retry-after".to_owned(), after.to_owned())];
        Fault::Answer(Response { status: 429, headers, body: body.into() })
    };
    let lab = Lab::new();
    lab.transport.script_create(Endpoint::FetchProfile, refusal("30"));
    let before = lab.clock.now();
    assert_eq!(chain(&lab).status, RunStatus::Succeeded);
    assert_eq!(lab.clock.now().duration_since(before).as_millis(), 30_000 + 3 * 22_500);

    let lab = Lab::new();
    lab.transport.script_create(Endpoint::FetchProfile, refusal("3600"));
    let report = chain(&lab);
    assert_eq!(report.status, RunStatus::Waiting);
    assert_eq!(report.waiting_for[0].until.unwrap().to_string(), "2026-03-02T10:00:00Z");

    // A service that always says *at once* is not asked without pause, nor for ever.
    let lab = Lab::new();
    for _ in 0..100 {
        lab.transport.script_create(Endpoint::FetchProfile, refusal("0"));
    }
    let before = lab.clock.now();
    let report = chain(&lab);
    assert_eq!(report.waiting_for[0].reason, WaitReason::Limit);
    assert_eq!(lab.transport.requests(), 5);
    assert!(lab.clock.now().duration_since(before).as_secs() >= 4);
}

#[test]
fn the_limit_of_one_endpoint_leaves_the_others_alone() {
    let lab = Lab::new();
    let limit = body(429, "LinkedIn invitation limit reached");
    lab.transport.script_create(Endpoint::SendConnectionRequest, limit);
    let report = lab.run(INVITE, &json!({}));
    assert_eq!(report.waiting_for[0].reason, WaitReason::Limit);
    assert_eq!(status(&report, "then"), StepStatus::Succeeded);
}

#[test]
fn a_rejected_request_fails_its_step() {
    let lab = Lab::new();
    lab.transport.script_create(Endpoint::FetchProfile, body(400, "Missing or invalid 'profile_slug'"));
    let report = chain(&lab);
    assert_eq!(statuses(&report), [("profile", "failed"), ("posts", "skipped"), ("like", "skipped")]);
    assert_eq!(report.steps["profile"].error["kind"], "rejected");
    assert_eq!(report.status, RunStatus::Failed);
}

#[test]
fn a_pending_task_is_followed_again_under_the_same_ticket() {
    let lab = Lab::with(LatencyLaw::Fixed(Duration::from_mins(12)));
    let run = lab.submit("run", CHAIN, &json!({ "who": "ada-example" }));
    let report = lab.drive(&run);
    assert_eq!(report.status, RunStatus::Waiting);
    assert_eq!(report.waiting_for[0].reason, WaitReason::StillPending);
    assert_eq!(status(&report, "profile"), StepStatus::Waiting);
    let task = report.steps["profile"].task_id.clone().unwrap();
    let before = lab.facts(&run).len();
    let report = lab.again().drive(&run);
    assert_eq!(report.status, RunStatus::Waiting, "twelve minutes are more than two patiences of five");
    assert_eq!(report.steps["profile"].task_id.as_ref(), Some(&task));
    assert_eq!(lab.facts(&run).len(), before + 2, "only that it was resumed and stopped");
    let report = lab.again().drive(&run);
    assert_eq!(report.steps["profile"].task_id.as_ref(), Some(&task));
    assert_eq!(status(&report, "profile"), StepStatus::Succeeded);
    assert_eq!(lab.transport.creates(Endpoint::FetchProfile), 1);
}

#[test]
fn a_resumed_fan_out_goes_through_all_items_however_many_wait() {
    let lab = Lab::with(LatencyLaw::Fixed(Duration::from_mins(12)));
    let people: Vec<String> = (0..7).map(|n| format!("person-{n}")).collect();
    let run = lab.submit("run", FAN_OUT, &json!({ "slugs": people }));
    // A waiting item holds no place: all of them are begun, though only three may be in flight.
    let report = lab.drive(&run);
    assert_eq!(report.status, RunStatus::Waiting);
    assert_eq!(lab.created(Endpoint::FetchProfile).len(), 7);
    let mut drives = 0;
    while lab.again().drive(&run).status != RunStatus::Succeeded {
        drives += 1;
        assert!(drives < 20, "it does not come to an end");
    }
    assert_eq!(lab.created(Endpoint::FetchProfile).len(), 14);
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

/// The moments at which each task was polled first and how often all were.
fn polls(text: &str, latency: u64) -> (u64, i128) {
    let lab = Lab::with(LatencyLaw::Fixed(Duration::from_secs(latency)));
    let before = lab.clock.now();
    lab.run(text, &json!({}));
    (lab.transport.polls(), lab.clock.now().duration_since(before).as_millis())
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
fn a_like_of_an_earlier_run_is_not_sent_again_and_says_so() {
    let lab = Lab::new();
    let text = steps("  like: { uses: linkedin.like-post, with: { social_urn: 'urn:li:activity:7' } }\n");
    let first = lab.submit("first", &text, &json!({}));
    let first = lab.drive(&first);
    assert!(!first.steps["like"].already);
    let second = lab.submit("second", &text, &json!({}));
    let second = lab.drive(&second);
    assert_eq!(second.status, RunStatus::Succeeded);
    assert!(second.steps["like"].already);
    assert_eq!(second.steps["like"].output, json!({ "sent": true }));
    assert_eq!(second.steps["like"].task_id, first.steps["like"].task_id);
    assert_eq!(lab.created(Endpoint::LikePost).len(), 1);
}

#[test]
fn two_rows_of_one_person_are_one_invitation() {
    let text = "outx: 1\nname: x\ninputs: { urns: { type: array } }\nsteps:\n\
                \x20 person:\n\
                \x20   each: '${{ inputs.urns }}'\n\
                \x20   steps: { invite: { uses: linkedin.send-connection-request, with: { profile_urn: '${{ item }}' } } }\n\
                outputs: { sent: '${{ steps.person.items.map(i, i.status) }}' }\n";
    let lab = Lab::new();
    let urns = ["urn:li:fsd_profile:A", "urn:li:person:A", "A", "urn:li:fsd_profile:B"];
    let report = lab.run(text, &json!({ "urns": urns }));
    assert_eq!(report.status, RunStatus::Succeeded);
    assert_eq!(report.outputs["sent"], json!(["succeeded", "succeeded", "succeeded", "succeeded"]));
    assert_eq!(lab.created(Endpoint::SendConnectionRequest).len(), 2);
    let lab = Lab { slow: true, ..Lab::new() };
    assert_eq!(lab.run(text, &json!({ "urns": urns })).status, RunStatus::Succeeded);
    assert_eq!(lab.created(Endpoint::SendConnectionRequest).len(), 2, "also while the first is on the wire");
}

#[test]
fn a_message_is_once_for_each_person_and_step() {
    let lab = Lab::new();
    let text = steps(
        "  hello: { uses: linkedin.send-message, with: { recipient_urn: A, message: Hello } }\n\
         \x20 again: { needs: hello, uses: linkedin.send-message, with: { recipient_urn: A, message: Hello } }\n",
    );
    for run in ["first", "second"] {
        let run = lab.submit(run, &text, &json!({}));
        assert_eq!(lab.drive(&run).status, RunStatus::Succeeded);
    }
    assert_eq!(lab.created(Endpoint::SendMessage).len(), 2);
}

#[test]
fn a_stopped_run_begins_nothing_new_and_goes_on_later() {
    /// Asks to stop at the first task.
    struct StopAtTask(outx_flow::Stop);
    impl Observer for StopAtTask {
        fn fact(&self, fact: &Fact, _: &RunState, _: &Values) {
            if matches!(fact.event, Event::Accepted { .. }) {
                self.0.ask();
            }
        }
    }
    let lab = Lab::new();
    let lab = Lab { observer: Arc::new(StopAtTask(lab.stop.clone())), ..lab };
    let people: Vec<String> = (0..7).map(|n| format!("person-{n}")).collect();
    let run = lab.submit("run", FAN_OUT, &json!({ "slugs": people }));
    let report = lab.drive(&run);
    assert_eq!(report.status, RunStatus::Waiting);
    assert!(report.waiting_for.iter().any(|it| it.reason == WaitReason::Stopped));
    let begun = lab.created(Endpoint::FetchProfile).len();
    assert!(begun <= 3, "{begun}");
    assert_eq!(lab.transport.polls(), 0);
    let again = Lab { observer: Lab::new().observer, ..lab.again() };
    assert_eq!(again.drive(&run).status, RunStatus::Succeeded);
    assert_eq!(lab.created(Endpoint::FetchProfile).len(), 14);
}

#[test]
fn a_stop_ends_a_wait_to_send_again() {
    let lab = Lab::new();
    let headers = vec![("retry-after".to_owned(), "30".to_owned())];
    let body = json!({ "error": "Too many requests" }).to_string();
    lab.transport.script_create(
        Endpoint::FetchProfile,
        Fault::Answer(Response { status: 429, headers, body: body.into() }),
    );
    let run = lab.submit("run", CHAIN, &json!({ "who": "ada-example" }));
    let stop = lab.stop.clone();
    let clock = lab.clock.clone();
    let asked = async move {
        clock.sleep_until(clock.now() + Duration::from_secs(10)).await;
        stop.ask();
    };
    lab.driven_beside(&run, asked);
    assert_eq!(lab.clock.now().to_string(), "2026-03-02T09:00:10Z");
    assert_eq!(lab.transport.requests(), 1);
    assert_eq!(lab.again().drive(&run).status, RunStatus::Succeeded);
}

#[test]
fn two_runs_of_one_seed_are_equal_to_the_last_byte() {
    let facts = || {
        let latency = LatencyLaw::Uniform { from: Duration::from_secs(1), to: Duration::from_secs(90) };
        let lab = Lab { slow: true, ..Lab::with(latency) };
        lab.transport.script_create(Endpoint::FetchProfile, Fault::AnswerLost);
        lab.transport.script_poll(body(500, "oops"));
        let people: Vec<String> = (0..12).map(|n| format!("person-{}", n % 10)).collect();
        let run = lab.submit("run", FAN_OUT, &json!({ "slugs": people }));
        lab.drive(&run);
        let facts = lab.facts(&run);
        assert!(facts.iter().flat_map(named).count() > 50);
        serde_json::to_vec(&facts).unwrap()
    };
    assert_eq!(facts(), facts());
}

#[test]
fn nothing_is_sent_whose_start_cannot_be_written_and_it_is_not_in_doubt() {
    let lab = Lab::new();
    let run = lab.submit("run", INVITE, &json!({}));
    let full = Lab { full: true, ..lab.again() };
    assert_eq!(full.fails(&run), EngineErrorKind::Store);
    assert_eq!(lab.transport.requests(), 0);
    assert_eq!(lab.facts(&run).len(), 1);
    assert_eq!(lab.again().drive(&run).status, RunStatus::Succeeded);
    assert_eq!(lab.created(Endpoint::SendConnectionRequest).len(), 1);
}

#[test]
fn a_burst_of_facts_without_effects_keeps_its_order() {
    // More facts than are written in one piece, while an effect is under way.
    let text = "outx: 1\nname: x\ninputs: { list: { type: array } }\nsteps:\n\
                \x20 slow: { uses: linkedin.fetch-profile, with: { profile_slug: a } }\n\
                \x20 fan: { each: '${{ inputs.list }}', steps: { s: { uses: core.set, with: { x: '${{ item }}' } } }, outputs: { x: '${{ steps.s.output.x }}' } }\n\
                outputs: { sum: '${{ steps.fan.rows.map(r, r.x).size() }}' }\n";
    let list: Vec<u32> = (0..3_000).collect();
    let lab = Lab { slow: true, ..Lab::new() };
    let run = lab.submit("run", text, &json!({ "list": list }));
    let report = lab.drive(&run);
    assert_eq!(report.outputs, json!({ "sum": 3_000 }));
    assert_eq!(lab.facts(&run).len(), 1 + 2 + 2 + 1 + 2 * 3_000 + 1 + 1);
}

/// Each crash, and what may be left of it.
#[test]
fn killed_at_any_moment_nothing_is_sent_twice_and_the_end_is_the_same() {
    let text = r#"
outx: 1
name: crash
inputs: { slugs: { type: array } }
steps:
  person:
    each: ${{ inputs.slugs }}
    as: slug
    concurrency: 2
    steps:
      profile: { uses: linkedin.fetch-profile, with: { profile_slug: "${{ slug }}" } }
      invite: { uses: linkedin.send-connection-request, with: { profile_urn: "${{ steps.profile.output.profile_urn }}" } }
    outputs: { sent: "${{ steps.invite.output.sent }}", name: "${{ steps.profile.output.full_name }}" }
  all: { uses: core.set, with: { names: "${{ steps.person.rows.map(r, r.name) }}" } }
outputs: { names: "${{ steps.all.output.names }}", rows: "${{ steps.person.rows }}" }
"#;
    let inputs = json!({ "slugs": ["ada-one", "bo-two", "cy-three"] });
    let whole = Lab::new().run(text, &inputs);
    assert_eq!(whole.status, RunStatus::Succeeded);
    let (mut polls, mut in_doubt, mut asked_again) = (0, 0, 0);
    loop {
        polls += 1;
        let lab = Lab { slow: true, ..Lab::new() };
        let run = lab.submit("run", text, &inputs);
        let done = lab.drive_for(&run, polls).is_some();
        // Every other time the next process is killed too.
        if polls % 2 == 0 {
            lab.again().drive_for(&run, polls % 37 + 1);
        }
        let report = lab.again().drive(&run);

        let mut invited = lab.created(Endpoint::SendConnectionRequest);
        invited.sort_by_key(ToString::to_string);
        invited.dedup();
        assert_eq!(
            invited.len(),
            lab.created(Endpoint::SendConnectionRequest).len(),
            "after {polls} polls: a person was invited twice"
        );
        let doubts = doubts(&report);
        if doubts == 0 {
            assert_eq!(report.status, RunStatus::Succeeded, "after {polls} polls");
            assert_eq!(report.outputs, whole.outputs, "after {polls} polls");
            assert_eq!(invited.len(), 3);
        } else {
            assert_eq!(report.status, RunStatus::NeedsAttention);
            in_doubt += 1;
        }
        // A read on the wire at the crash was asked once more, and that is counted.
        let reads = lab.created(Endpoint::FetchProfile).len() as u64;
        let counted: u64 =
            items(&report).map(|item| item["steps"]["profile"]["asked_again"].as_u64().unwrap_or(0)).sum();
        assert!(reads - 3 <= counted, "after {polls} polls: {reads} reads, {counted} counted");
        asked_again += counted;
        if done {
            break;
        }
    }
    assert!(polls > 50, "{polls}: the crashes were too few to tell");
    assert!(in_doubt > 0 && asked_again > 0, "no crash came while a request was on the wire");
}

fn items(report: &RunReport) -> impl Iterator<Item = Value> {
    let items = json(report)["steps"]["person"]["items"].as_array().cloned().unwrap_or_default();
    items.into_iter()
}

fn doubts(report: &RunReport) -> usize {
    items(report).filter(|item| item["steps"]["invite"]["status"] == "in_doubt").count()
}

#[test]
fn a_run_that_nobody_knows_is_said_to_be_missing() {
    let lab = Lab::new();
    assert!(lab.facts(&RunId::new("none")).is_empty());
    assert_eq!(lab.fails(&RunId::new("none")), EngineErrorKind::NoRun);
}
