//! Lists whose rows stand apart in the journal: what comes of them is what comes of a list that is held.

use crate::lab::{Lab, json};
use outx_flow::journal::{Event, Journal};
use outx_flow::{ListChange, Path, RunReport, RunStatus, Signal};
use serde_json::{Value, json};

/// So many rows of so much text are not held.
const ROWS: usize = 90;
const TEXT: usize = 1_000;

fn rows(key: impl Fn(usize) -> Value) -> Vec<Value> {
    (0..ROWS).map(|n| json!({ "id": key(n), "text": format!("{n} {}", "x".repeat(TEXT)) })).collect()
}

fn text(list: &str, more: &str) -> String {
    format!(
        "outx: 1\nname: x\ninputs: {{ rows: {{ type: array, items: object }}, most: {{ type: integer, default: 100 }} }}\n\
         vars: {{ count: \"${{{{ inputs.rows.size() }}}}\" }}\nsteps:\n  before: {{ uses: core.set, with: {{ is: yes }} }}\n\
         \x20 fan:\n    each: ${{{{ {list} }}}}\n    as: row\n{more}\
         \x20   steps:\n      first: {{ uses: core.set, with: {{ n: \"${{{{ row.text.size() }}}}\", of: \"${{{{ vars.count }}}}\" }} }}\n\
         \x20   outputs: {{ n: \"${{{{ steps.first.output.n }}}}\", of: \"${{{{ steps.first.output.of }}}}\" }}\n"
    )
}

/// What came of the list, and whether its rows were taken one by one.
fn of(list: &str, more: &str, rows: &[Value]) -> (Value, bool) {
    let lab = Lab::new();
    let run = lab.submit("run", &text(list, more), &json!({ "rows": rows }));
    let report = lab.drive(&run);
    let first = lab.facts(&run).swap_remove(0).event;
    assert!(matches!(first, Event::RunStarted { lists, .. } if lists["rows"].len() == rows.len()));
    let mut report = json(&report);
    // A message quotes the expression.
    let quoted =
        report["steps"]["fan"]["error"]["message"].as_str().map(|message| message.replace(list, "LIST"));
    if let Some(message) = quoted {
        report["steps"]["fan"]["error"]["message"] = message.into();
    }
    let apart = lab
        .facts(&run)
        .iter()
        .any(|fact| matches!(&fact.event, Event::Expanded { rows, .. } if !rows.is_empty()));
    (report["steps"].take(), apart)
}

#[test]
fn rows_that_stand_apart_give_what_a_list_gives() {
    let keys = [
        ("    key: ${{ row.id }}\n", true),
        ("", true),
        ("    key: ${{ row.id + row.id }}\n", true),
        ("    key: ${{ row.nothing }}\n", false),
        ("    key: ${{ inputs.rows[0].id + row.id }}\n", true),
        ("    key: ${{ row.id }}\n    if: inputs.most > 5\n", true),
        ("    key: ${{ row.id }}\n    if: inputs.most > 500\n", false),
        ("    key: ${{ row.id }}\n    if: inputs.rows.size() > 500\n", false),
        ("    key: ${{ row.id }}\n    if: inputs.rows[5].nothing\n", false),
        ("    key: ${{ row.id }}\n    needs: before\n", true),
    ];
    let lists = [
        rows(|n| json!(format!("p{n}"))),
        rows(|n| json!(format!("p{}", n % 7))),
        rows(|n| if n % 3 == 0 { json!("p#2") } else { json!("p") }),
        rows(|n| if n == 80 { Value::Null } else { json!(format!("p{n}")) }),
    ];
    for (at, rows) in lists.iter().enumerate() {
        for (more, expands) in keys {
            let (by_rows, apart) = of("inputs.rows", more, rows);
            let (whole, _) = of("inputs.rows.filter(r, true)", more, rows);
            assert_eq!(by_rows, whole, "{more} of {at}");
            assert!(apart == expands || at == 3, "{more} of {at}");
        }
    }
}

#[test]
fn a_list_whose_rows_stand_apart_can_be_another_one() {
    let lab = Lab::new();
    let key = "    key: ${{ row.id }}\n";
    let mut list = rows(|n| json!(format!("p{n}")));
    let run = lab.submit("run", &text("inputs.rows", key), &json!({ "rows": list }));
    assert_eq!(lab.drive(&run).status, RunStatus::Succeeded);
    let revise =
        |list: &[Value]| Signal::Revise { inputs: json!({ "rows": list, "most": 100 }), definition: None };
    assert_eq!(
        lab.revision(&run, &revise(&list)).ok().flatten().map(|change| change.lists),
        None,
        "it is the same"
    );
    list.remove(3);
    list[10]["text"] = "short".into();
    list.push(json!({ "id": "new", "text": "also" }));
    list.push(json!({ "id": "newer", "text": "also" }));
    let change = lab.revision(&run, &revise(&list)).expect("it fits").expect("a change");
    assert_eq!(change.lists, [ListChange { fan: Path::parse("fan"), added: 2, removed: 1, changed: 1 }]);
    lab.signal(&run, &revise(&list)).expect("it fits");
    let report = lab.again().drive(&run);
    assert_eq!(report.status, RunStatus::Succeeded, "{report:?}");
    let of = |key: &str| outputs(&report, key)["of"].clone();
    // What is computed from the list is computed from the one that the run has by then.
    assert_eq!((of("new"), of("newer"), of("p0")), (json!(ROWS + 1), json!(ROWS + 1), json!(ROWS)));
    // One row more, by itself.
    let add = Signal::Add { input: "rows".into(), rows: vec![json!({ "id": "last", "text": "y" })] };
    lab.signal(&run, &add).expect("it fits");
    let report = lab.again().drive(&run);
    assert_eq!(outputs(&report, "last"), json!({ "n": 1, "of": ROWS + 2 }));
}

fn outputs(report: &RunReport, key: &str) -> Value {
    let items = report.steps["fan"].items.iter().flatten();
    items.into_iter().find(|item| item.key == key).map(|item| item.outputs.clone()).unwrap_or_default()
}

#[test]
fn a_person_is_forgotten_in_rows_that_stand_apart() {
    let lab = Lab::new();
    let list = rows(|n| json!(if n == 4 { "ada-l".to_owned() } else { format!("p{n}") }));
    let run = lab.submit("run", &text("inputs.rows", "    key: ${{ row.id }}\n"), &json!({ "rows": list }));
    lab.drive(&run);
    let lab = lab.forgetting(&run, "ada-l");
    let facts = lab.facts(&run);
    let named: Vec<_> = facts.iter().flat_map(|fact| fact.event.values()).collect();
    let texts = lab.now(lab.journal.values(&named)).expect("values");
    assert!(texts.iter().all(|text| !text.contains("ada-l")));
    let report = lab.drive(&run);
    assert_eq!(outputs(&report, "forgotten")["of"], json!(ROWS));
}
