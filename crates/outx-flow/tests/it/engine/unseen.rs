//! What no run before has given on.

use crate::lab::Lab;
use outx_flow::{RunId, RunReport, RunStatus};
use serde_json::{Value, json};

const DIGEST: &str = r#"
outx: 1
name: digest
inputs: { companies: { type: any }, works: { type: boolean, default: true } }
steps:
  company:
    each: ${{ inputs.companies }}
    as: c
    key: ${{ c.name }}
    steps:
      fresh: { uses: core.unseen, with: { items: "${{ c.posts }}", key: id } }
    outputs: { posts: "${{ steps.fresh.output.items }}" }
  all: { uses: core.set, with: { ids: "${{ steps.company.rows.map(r, r.posts.map(p, p.id)).flatten() }}" } }
  send:
    uses: core.write-file
    with:
      path: "${{ inputs.works ? 'digest.json' : '' }}"
      value: "${{ steps.all.output.ids }}"
      allow_empty: true
outputs: { ids: "${{ steps.all.output.ids }}" }
"#;

fn run(lab: &Lab, name: &str, [a, b]: [&[u32]; 2], works: bool) -> RunReport {
    let posts = |ids: &[u32]| ids.iter().map(|id| json!({ "id": id })).collect::<Vec<Value>>();
    let companies = json!([{ "name": "a", "posts": posts(a) }, { "name": "b", "posts": posts(b) }]);
    let run = lab.submit(name, DIGEST, &json!({ "companies": companies, "works": works }));
    lab.drive(&run)
}

#[test]
fn what_was_given_on_is_not_given_again() {
    let (lab, _folder) = Lab::remembering();
    let first = run(&lab, "first", [&[1, 2, 2], &[1]], true);
    assert_eq!(first.status, RunStatus::Succeeded, "{first:#?}");
    // Each place of the workflow has a memory of its own.
    assert_eq!(first.outputs["ids"], json!([1, 2, 1]));
    assert_eq!(run(&lab, "second", [&[2, 3], &[1]], true).outputs["ids"], json!([3]));
    assert_eq!(run(&lab, "third", [&[2, 3], &[1]], true).outputs["ids"], json!([]));
}

#[test]
fn what_did_not_arrive_is_given_again() {
    let (lab, _folder) = Lab::remembering();
    let failed = run(&lab, "first", [&[1], &[]], false);
    assert_eq!(failed.status, RunStatus::Failed);
    assert_eq!(run(&lab, "second", [&[1], &[]], true).outputs["ids"], json!([1]));
    assert_eq!(run(&lab, "third", [&[1], &[]], true).outputs["ids"], json!([]));
}

#[test]
fn a_run_that_is_taken_up_again_gives_what_it_gave() {
    let (lab, _folder) = Lab::remembering();
    run(&lab, "first", [&[1, 2], &[3]], true);
    let id = RunId::new("first");
    for facts in 1..lab.facts(&id).len() {
        let cut = lab.cut(&id, facts);
        let report = cut.drive(&id);
        // Before it had asked, all of it had been seen by the run that was not cut.
        let ids = report.outputs["ids"].as_array().unwrap().len();
        assert!(ids <= 3, "{ids}");
        assert_eq!(report.status, RunStatus::Succeeded);
    }
    assert_eq!(run(&lab, "second", [&[1, 2], &[3]], true).outputs["ids"], json!([]));
}
