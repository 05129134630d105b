//! Runs that a person gives a name, starts again with another list, and adds to.

use crate::support::{Process, Report, Service, World, workflow};
use outx_model::Endpoint;
use std::fs;

const LIVE: &str = "https://127.0.0.2.invalid";

fn leads(list: &str) -> String {
    format!("leads={list}")
}

fn invited(service: &Service) -> usize {
    let requests = service.requests();
    requests.iter().filter(|request| request.endpoint == Endpoint::SendConnectionRequest).count()
}

#[test]
fn started_again_under_its_name_a_run_goes_on_with_another_list() {
    let service = Service::immediate();
    let world = World::new(&service);
    let file = workflow("named");
    let named =
        |list: &str| world.run(["run", &file, "--as", "spring", "-i", &leads(list), "--output", "json"]);
    let first = Report::of(&named(r#"["ada-example", "bo-example"]"#).expect(0));
    assert_eq!(first.run(), "spring");
    let second = named(r#"["bo-example", "cy-example", "da-example"]"#).expect(0);
    assert!(second.stderr.contains("person: +2 -1 ~0"), "{}", second.stderr);
    let report = Report::of(&second);
    let expected = ["bo-example succeeded", "cy-example succeeded", "da-example succeeded"];
    assert_eq!(report.outputs()["invited"], serde_json::json!(expected));
    assert_eq!(invited(&service), 4);
    // Started once more as it is, nothing is done.
    let third = named(r#"["bo-example", "cy-example", "da-example"]"#).expect(0);
    assert!(third.stderr.contains("nothing is changed"), "{}", third.stderr);
    assert_eq!(invited(&service), 4);
    let items = world.run(["show", "spring", "--items"]).expect(0).stdout;
    assert!(items.contains("ada-example  (removed)"), "{items}");
    let events = world.run(["show", "spring", "--events"]).expect(0).stdout;
    assert!(events.contains("revised  inputs"), "{events}");
    // Added by a file, who is there already stays.
    let more = world.work().join("more.txt");
    fs::write(&more, "bo-example\neve-example\n").unwrap();
    let added = world.run(["add", "spring", &leads(&format!("@{}", more.display()))]).expect(0);
    assert!(added.stderr.contains("person: +1 -0 ~0"), "{}", added.stderr);
    assert_eq!(invited(&service), 5);
}

#[test]
fn a_changed_file_is_shown_and_counts_for_what_was_not_begun() {
    let service = Service::immediate();
    let world = World::new(&service);
    let file = world.work().join("named.yaml");
    let text = fs::read_to_string(workflow("named")).unwrap();
    let run = |text: &str, list: &str| {
        fs::write(&file, text).unwrap();
        world.run(["run", &file.display().to_string(), "--as", "spring", "-i", &leads(list)])
    };
    run(&text, r#"["ada-example"]"#).expect(0);
    let other = text.replace("profile_urn }}\" } }", "profile_urn }}\", note: Hello } }");
    assert_ne!(other, text);
    let done = run(&other, r#"["ada-example", "bo-example"]"#).expect(0);
    for words in [
        "its definition, for what was not begun",
        "    -       invite:",
        "    +       invite:",
        "note: Hello",
    ] {
        assert!(done.stderr.contains(words), "{words} in {}", done.stderr);
    }
    let notes: Vec<_> = service
        .requests()
        .iter()
        .filter(|request| request.endpoint == Endpoint::SendConnectionRequest)
        .map(|request| request.input.value()["note"].clone())
        .collect();
    assert_eq!(notes, [serde_json::Value::Null, "Hello".into()]);
    // A message is known by its step: under another name it is another message.
    let message = |id: &str| {
        let step = format!(
            "      {id}: {{ needs: [invite], uses: linkedin.send-message, with: {{ recipient_urn: \"${{{{ steps.who.output.profile_urn }}}}\", message: Hello }} }}\n    outputs:"
        );
        text.replacen("    outputs:", &step, 1)
    };
    let told = run(&message("hello"), r#"["ada-example"]"#).stderr;
    assert!(told.contains("person.hello is a new step"), "{told}");
    let told = run(&message("hello"), r#"["bo-example"]"#).stderr;
    assert!(!told.contains("is a new step"), "{told}");
    // A step that was done cannot become another one.
    let wrong = text.replace(
        "linkedin.fetch-profile, with: { profile_slug: \"${{ lead }}\" }",
        "core.set, with: { output: { profile_urn: A } }",
    );
    let wrong = wrong.replace("steps.who.output.profile_urn", "steps.who.output.output.profile_urn");
    let done = run(&wrong, r#"["ada-example"]"#).expect(2);
    assert!(done.stderr.contains("was begun as `linkedin.fetch-profile`"), "{}", done.stderr);
    let done = run(&text.replace("name: named", "name: other"), r#"["ada-example"]"#).expect(2);
    assert!(done.stderr.contains("is one of `named`"), "{}", done.stderr);
}

#[test]
fn what_does_not_fit_is_refused() {
    let service = Service::immediate();
    let world = World::new(&service);
    let file = workflow("named");
    let ada = leads(r#"["ada-example"]"#);
    for name in ["", "a b", "-a", "../a", &"a".repeat(65)] {
        let done = world.run(["run", &file, &format!("--as={name}"), "-i", &ada]).expect(2);
        assert!(done.stderr.contains("a run cannot be called"), "{}", done.stderr);
    }
    world.run(["run", &file, "--emulate", "--as", "spring", "-i", &ada]).expect(0);
    let done = world.run(["run", &file, "--as", "spring", "-i", &ada]).expect(2);
    assert!(done.stderr.contains("on the embedded service"), "{}", done.stderr);
    for (pair, words) in [
        ("lead=ada-example", "did you mean `leads`"),
        ("leads", "has no `=`"),
        ("leads=@nothing.txt", "nothing.txt"),
        (r#"leads=["not a person!"]"#, "person"),
    ] {
        let done = world.run(["add", "spring", pair]).expect(2);
        assert!(done.stderr.contains(words), "{words} in {}", done.stderr);
    }
    world.run(["run", &workflow("asks"), "--emulate", "--as", "held"]).expect(8);
    world.run(["cancel", "held"]).expect(0);
    let done = world.run(["run", &workflow("asks"), "--emulate", "--as", "held"]).expect(2);
    assert!(done.stderr.contains("start it under another name"), "{}", done.stderr);
}

#[test]
fn a_change_of_a_live_run_asks() {
    let world = World::at(LIVE);
    world.run(["limits", "off"]).expect(0);
    let file = workflow("named");
    let run = |list: &str, more: &[&str]| {
        let list = leads(list);
        let args = ["run", &file, "--as", "spring", "-i", &list];
        world.run([args.as_slice(), more].concat())
    };
    run(r#"["ada-example", "bo-example"]"#, &["--yes", "--new-store"]).expect(7);
    let done = run(r#"["bo-example"]"#, &[]).expect(2);
    for words in ["person: +0 -1 ~0", "--yes", "no terminal", "your team's oldest admin"] {
        assert!(done.stderr.contains(words), "{words} in {}", done.stderr);
    }
    let done = world.run(["add", "spring", "leads=[\"cy-example\"]"]).expect(2);
    assert!(done.stderr.contains("person: +1 -0 ~0") && done.stderr.contains("--yes"), "{}", done.stderr);
    // Under another team's key nothing is asked, and nothing is changed.
    let mut other = world.command(["add", "spring", "leads=[\"cy-example\"]", "--yes"]);
    let done = Process::start(other.env("OUTX_API_KEY", "outx_another-team-2f90")).wait();
    assert_eq!(done.code(), Some(2), "{}", done.stderr);
    assert!(done.stderr.contains("is another account's"), "{}", done.stderr);
    let done = run(r#"["bo-example"]"#, &["--yes"]).expect(7);
    assert!(done.stderr.contains("person: +0 -1 ~0"), "{}", done.stderr);
}
