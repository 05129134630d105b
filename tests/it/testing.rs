//! `outx test`: exit codes, what is printed, and what is written.

use crate::support::World;
use serde_json::Value;
use std::fs;

const LIKE: &str = "outx: 1\nname: like\ninputs: { post: { type: string } }\nsteps:\n  like:\n    if: inputs.post != 'none'\n    uses: linkedin.like-post\n    with: { social_urn: \"${{ inputs.post }}\" }\n";

const TESTS: &str = "workflow: like.yaml
inputs: { post: \"urn:li:activity:7\" }
service: { like-post: [{ takes: 20s, output: { sent: true } }] }
cases:
  - name: a post is liked
    expect: { status: succeeded, sent: [{ like-post: {} }] }
  - name: a lost answer does not make a second like
    faults: [{ on: like-post, fault: answer-lost }]
    expect: { status: needs_attention, sent_count: { like-post: 1 } }
";

fn world() -> World {
    let world = World::at("http://127.0.0.1:1").with_key(None);
    fs::write(world.work().join("like.yaml"), LIKE).unwrap();
    fs::write(world.work().join("like.test.yaml"), TESTS).unwrap();
    world
}

/// The tests with another text in the place of one.
fn with(world: &World, from: &str, to: &str) {
    assert!(TESTS.contains(from));
    fs::write(world.work().join("like.test.yaml"), TESTS.replacen(from, to, 1)).unwrap();
}

#[test]
fn cases_that_hold_end_with_0_and_what_they_miss_is_told() {
    let world = world();
    let done = world.run(["test"]).expect(0);
    assert!(done.stdout.contains("ok   a post is liked"), "{}", done.stdout);
    assert!(done.stdout.contains("like.yaml: 75 % reached"), "{}", done.stdout);
    assert!(done.stdout.contains("`like` `if` is never false"), "{}", done.stdout);
    assert!(done.stdout.ends_with("2 cases, all hold\n"), "{}", done.stdout);
    let done = world.run(["test", "--min-coverage", "80"]).expect(1);
    assert!(done.stdout.contains("75 % is less than the 80 %"), "{}", done.stdout);
    // Nothing is kept of it, and nothing is asked of anybody.
    assert!(!world.home().exists());
}

#[test]
fn what_does_not_hold_ends_with_1_and_what_is_not_valid_with_2() {
    let world = world();
    with(&world, "status: succeeded", "status: failed");
    let done = world.run(["test"]).expect(1);
    assert!(done.stdout.contains("FAIL a post is liked"), "{}", done.stdout);
    assert!(done.stdout.contains("the run is succeeded, not failed"), "{}", done.stdout);
    assert!(done.stdout.contains("like.test.yaml:6:"), "its place is told: {}", done.stdout);
    world.run(["test", "--filter", "lost"]).expect(0);
    with(&world, "expect:", "expects:");
    let done = world.run(["test"]).expect(2);
    assert!(done.stderr.contains("did you mean `expect`?"), "{}", done.stderr);
    world.run(["test", "nowhere"]).expect(2);
    fs::remove_file(world.work().join("like.test.yaml")).unwrap();
    let done = world.run(["test"]).expect(2);
    assert!(done.stderr.contains("there is no test file"), "{}", done.stderr);
}

#[test]
fn programs_are_told_in_json_and_ci_in_xml() {
    let world = world();
    with(&world, "like-post: {} }]", "like-post: { social_urn: other } }]");
    let done = world.run(["test", "--output", "json", "--junit", "junit.xml"]).expect(1);
    let told: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!((&told["valid"], &told["holds"]), (&Value::Bool(true), &Value::Bool(false)));
    let case = &told["files"][0]["cases"][0];
    assert_eq!(case["name"], "a post is liked");
    assert_eq!(case["diagnostics"][0]["code"], "OX610");
    assert_eq!(told["coverage"]["like.yaml"]["missing"][0]["what"], "if_false");
    let xml = fs::read_to_string(world.work().join("junit.xml")).unwrap();
    assert!(xml.contains("tests=\"2\" skipped=\"0\" errors=\"0\" failures=\"1\""), "{xml}");
    assert!(xml.contains("<testcase name=\"a lost answer does not make a second like\""), "{xml}");
}

#[test]
fn snapshots_are_taken_when_asked_for_and_compared() {
    let world = world();
    with(&world, "status: succeeded,", "snapshot: true,");
    let done = world.run(["test"]).expect(1);
    assert!(done.stdout.contains("there is no snapshot of this case yet"), "{}", done.stdout);
    world.run(["test", "--update"]).expect(0);
    world.run(["test"]).expect(0);
    let kept = world.work().join("like.snap.yaml");
    let text = fs::read_to_string(&kept).unwrap();
    assert!(text.contains("like: succeeded"), "{text}");
    fs::write(&kept, text.replace("like: succeeded", "like: skipped")).unwrap();
    let done = world.run(["test"]).expect(1);
    assert!(done.stdout.contains("it is not as its snapshot shows it"), "{}", done.stdout);
    // One that no case has any more is taken away.
    with(&world, "status: succeeded,", "");
    world.run(["test", "--update"]).expect(0);
    assert!(!kept.exists());
}

#[test]
fn a_history_that_breaks_a_law_is_a_case_that_fails_where_it_is_put() {
    let world = world();
    with(&world, "cases:", "never: [\"elapsed > 25.0\"]\ncases:");
    let done = world.run(["test", "--filter", "liked", "--explore", "60"]).expect(1);
    let case: Vec<String> = done
        .stdout
        .lines()
        .skip_while(|line| !line.contains("- name: a post is liked (disturbed)"))
        .take_while(|line| line.starts_with("       "))
        .map(|line| format!("  {}\n", &line[7..]))
        .collect();
    let is_disturbed = case.iter().any(|line| line.contains("fault:") || line.contains("moment:"));
    assert!(is_disturbed, "{}", done.stdout);
    let path = world.work().join("like.test.yaml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text + &case.concat()).unwrap();
    let done = world.run(["test", "--filter", "(disturbed)"]).expect(1);
    assert!(done.stdout.contains("what must never be true was true at the end"), "{}", done.stdout);
    // The same seed finds the same.
    let again = world.run(["test", "--filter", "liked", "--explore", "60"]).expect(1);
    assert!(again.stdout.contains("(disturbed)"), "{}", again.stdout);
}

#[test]
fn one_that_watches_tests_again_when_a_file_changes() {
    let world = world();
    let mut process = world.start(["test", "--watch"]);
    assert!(process.says("waiting for a change"), "it stays");
    with(&world, "status: succeeded", "status: failed");
    process.prints("2 cases, 1 does not hold");
    process.interrupt();
    process.wait().expect(1);
}

#[test]
fn the_schema_of_test_files_is_printed_where_it_is_asked_for() {
    for (args, title) in [(vec!["schema"], "outx workflow"), (vec!["schema", "--tests"], "outx test")] {
        let printed = world().run(args).expect(0).stdout;
        let schema: Value = serde_json::from_str(&printed).unwrap();
        assert_eq!(schema["title"], title);
    }
}
