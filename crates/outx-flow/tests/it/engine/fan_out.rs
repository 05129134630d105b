//! Items: their keys, their order, how many at once.

use super::{FAN_OUT, InFlight, steps};
use crate::lab::{Lab, statuses};
use outx_flow::{RunStatus, StepStatus};
use outx_model::Endpoint;
use outx_service::LatencyLaw;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

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
        tasks.map(|it| (it.created_at, it.input.value()["profile_slug"].clone())).collect::<Vec<_>>()
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
