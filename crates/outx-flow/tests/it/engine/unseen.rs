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

/// Each time, as many of the numbers as its own, in three lists: used inside, given out, and within a fan-out.
const AGAIN: &str = r#"
outx: 1
name: nightly
inputs: { works: { type: integer, default: 0 }, turns: { type: integer, default: 4 } }
steps:
  watch:
    repeat: { every: 1h, until: "iteration >= inputs.turns" }
    steps:
      all: { uses: core.set, with: { ids: "${{ [1, 2, 3, 4, 5, 6].slice(0, iteration).map(n, {'id': n}) }}" } }
      fresh: { uses: core.unseen, with: { items: "${{ steps.all.output.ids }}", key: id } }
      digest:
        allow_failure: true
        uses: core.write-file
        with:
          path: "${{ iteration > inputs.works ? 'digest.jsonl' : '' }}"
          mode: append
          allow_empty: true
          rows: "${{ steps.fresh.output.items.map(i, {'id': i.id, 'turn': iteration}) }}"
      out: { uses: core.unseen, with: { items: "${{ steps.all.output.ids }}", key: id } }
      person:
        each: [a, b]
        as: p
        steps:
          own: { uses: core.unseen, with: { items: "${{ steps.all.output.ids }}", key: id } }
        outputs: { ids: "${{ steps.own.output.items.map(i, i.id) }}" }
      used: { uses: core.set, with: { ids: "${{ steps.person.rows.map(r, r.ids).flatten() }}" } }
    outputs:
      turn: ${{ iteration }}
      fresh: ${{ steps.fresh.output.items.map(i, i.id) }}
      out: ${{ steps.out.output.items.map(i, i.id) }}
      own: ${{ steps.used.output.ids }}
  end: { uses: core.set, with: { out: "${{ steps.watch.output.out }}" } }
outputs: { last: "${{ steps.watch.output }}" }
"#;

/// What each time wrote, in order, as pairs of a number and a time.
fn written(folder: &std::path::Path) -> Vec<(i64, i64)> {
    let text = std::fs::read_to_string(folder.join("digest.jsonl")).unwrap_or_default();
    let row = |line: &str| {
        let row: Value = serde_json::from_str(line).ok()?;
        Some((row["id"].as_i64()?, row["turn"].as_i64()?))
    };
    let rows: Option<Vec<_>> = text.lines().map(row).collect();
    rows.unwrap_or_else(|| panic!("no rows: {text}"))
}

#[test]
fn killed_at_any_moment_nothing_is_lost_and_what_arrived_is_given_once() {
    let text = AGAIN.replace("every: 1h", "every: 0s, max: 9");
    let (mut polls, mut killed) = (1, 0);
    loop {
        let (lab, folder) = Lab::remembering();
        let lab = Lab { slow: true, ..lab };
        let run = lab.submit("run", &text, &json!({}));
        let whole = lab.drive_for(&run, polls);
        let ended = whole.is_some();
        let report = whole.unwrap_or_else(|| lab.again().drive(&run));
        assert_eq!(report.status, RunStatus::Succeeded, "killed at {polls}: {report:#?}");
        let rows = written(folder.path());
        let ids: std::collections::BTreeSet<_> = rows.iter().map(|(id, _)| *id).collect();
        assert_eq!(ids.into_iter().collect::<Vec<_>>(), [1, 2, 3, 4], "killed at {polls}: {rows:?}");
        // A row may be appended again by the time that was killed while it wrote, and by no other.
        let turns = |id: i64| rows.iter().filter(|row| row.0 == id).map(|row| row.1).collect::<Vec<_>>();
        for id in 1..=4 {
            assert!(turns(id).iter().all(|turn| *turn == turns(id)[0]), "killed at {polls}: {rows:?}");
        }
        killed += usize::from(!ended);
        if ended {
            break;
        }
        polls += 1;
    }
    assert!(killed > 20, "{killed}");
}
