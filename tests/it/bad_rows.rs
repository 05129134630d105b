//! Tables with bad rows: refused whole, or left out and told, as is said.

use crate::support::{Report, Service, World};
use serde_json::json;
use std::fs;

const WORKFLOW: &str = r#"outx: 1
name: rows
defaults: { poll: { first: 0s, every: 10ms } }
inputs: { people: { type: table, columns: { url: person, n: integer }, required: [url] } }
steps:
  person:
    each: ${{ inputs.people }}
    as: row
    steps:
      who: { uses: linkedin.fetch-profile, with: { profile_slug: "${{ row.url }}" } }
outputs: { keys: "${{ steps.person.items.map(i, i.key) }}" }
"#;

const TABLE: &str = "url,n\nada-example,1\nlinkedin.com/company/x,2\nbo-example,many\n,3\ncy-example,4\n";

#[test]
fn bad_rows_are_refused_or_left_out_by_line() {
    let service = Service::immediate();
    let world = World::new(&service);
    let at = |name: &str, text: &str| {
        fs::write(world.work().join(name), text).unwrap();
        name.to_owned()
    };
    let (file, people) = (at("rows.yaml", WORKFLOW), at("people.csv", TABLE));
    let people = format!("people=@{people}");

    // Nothing is begun while any row is bad, and all of them are told.
    let done = world.run(["run", &file, "-i", &people]).expect(2);
    for line in [3, 4, 5] {
        assert!(done.stderr.contains(&format!("people.csv:{line}:")), "{line}: {}", done.stderr);
    }
    service.was_left_alone();

    let plan = world.run(["plan", &file, "-i", &people, "--skip-bad-rows"]).expect(0);
    assert!(plan.stderr.starts_with("3 rows are left out:\n"), "{}", plan.stderr);
    world.run(["plan", &file, "-i", &people]).expect(2);

    let run = ["run", &file, "--as", "spring", "-i", &people, "--skip-bad-rows", "--output", "json"];
    let done = world.run(run).expect(0);
    assert!(done.stderr.contains("3 rows are left out:\n  people.csv:3:1: "), "{}", done.stderr);
    assert!(done.stderr.contains("  people.csv:4:12: `many` is not a whole number"), "{}", done.stderr);
    assert!(done.stderr.contains("  people.csv:5:1: `url` is empty, and required"), "{}", done.stderr);
    assert_eq!(Report::of(&done).outputs()["keys"], json!(["ada-example", "cy-example"]));

    at("more.csv", "url,n\ndi-example,many\nel-example,5\n");
    world.run(["add", "spring", "people=@more.csv"]).expect(2);
    let done = world.run(["add", "spring", "people=@more.csv", "--skip-bad-rows"]).expect(0);
    assert!(done.stderr.contains("1 row is left out:\n  more.csv:2:12: "), "{}", done.stderr);
    assert!(done.stderr.contains("person: +1 -0 ~0"), "{}", done.stderr);

    // What is wrong with the whole table is no matter of its rows.
    at("other.csv", "link,n\nada-example,1\n");
    world.run(["run", &file, "-i", "people=@other.csv", "--skip-bad-rows"]).expect(2);
}

#[test]
fn rows_by_the_thousand_are_worked_on_as_few_are() {
    let service = Service::immediate();
    let world = World::new(&service).with_key(None);
    let file = "outx: 1\nname: many\ninputs: { rows: { type: table, columns: { n: integer } } }\nsteps:\n  row:\n    each: ${{ inputs.rows }}\n    as: row\n    steps: { twice: { uses: core.set, with: { n: \"${{ row.n * 2 }}\" } } }\n    outputs: { n: \"${{ steps.twice.output.n }}\" }\noutputs: { last: \"${{ steps.row.rows.last().n }}\" }\n";
    fs::write(world.work().join("many.yaml"), file).unwrap();
    let rows: Vec<_> = (0..1_000).map(|n| format!("{n}\n")).collect();
    fs::write(world.work().join("rows.csv"), format!("n\n{}", rows.concat())).unwrap();
    let done =
        world.run(["run", "many.yaml", "-i", "rows=@rows.csv", "--emulate", "--output", "json"]).expect(0);
    assert_eq!(Report::of(&done).outputs()["last"], 1_998);
    assert_eq!(done.stderr.matches(": many\n").count(), 1, "it is named once: {}", done.stderr);
}
