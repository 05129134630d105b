//! `outx test record`: runs that become tests, which hold at once.

use crate::support::{Done, Report, Service, World, workflow};
use outx_flow::journal::{Batch, Event, Fact, Journal, Lists, RunSummary};
use outx_flow::{Path, RunId, RunStatus};
use outx_model::{AccountId, ContentHash, Endpoint};
use outx_service::{Fault, Injection, On};
use outx_store::{Mode, Store};
use std::fs;
use std::sync::Arc;

/// Records a run, and lets the test that comes of it be played beside the workflow.
#[track_caller]
fn recorded(world: &World, run: &str, file: &str, more: &[&str]) -> (Done, String) {
    let path = world.work().join(file);
    let beside = world.work().join(path.file_name().unwrap());
    if path != beside {
        fs::copy(&path, &beside).unwrap();
    }
    // The beginning of its id is enough.
    let mut args = vec!["test", "record", &run[..run.len() - 1]];
    args.extend(more);
    let done = world.run(args).expect(0);
    fs::write(world.work().join("recorded.test.yaml"), &done.stdout).unwrap();
    let tested = world.run(["test", "recorded.test.yaml"]).expect(0);
    assert!(tested.stdout.contains("1 case, which holds"), "{}", tested.stdout);
    let text = done.stdout.clone();
    (done, text)
}

const PEOPLE: &str = r#"
outx: 1
name: people
inputs:
  people:
    type: table
    columns: { url: { type: person }, first_name: text }
defaults: { poll: { first: 0s, every: 10ms } }
steps:
  person:
    each: ${{ inputs.people }}
    as: row
    steps:
      profile: { uses: linkedin.fetch-profile, with: { profile_slug: "${{ row.url }}" } }
      invite:
        if: steps.profile.output.headline.size() > 0 && row.first_name != null
        uses: linkedin.send-connection-request
        with:
          profile_urn: ${{ steps.profile.output.profile_urn }}
          note: "Hello ${{ first_name(steps.profile.output.full_name) }}, greetings to ${{ default(steps.profile.output.location, 'you') }}"
    outputs: { name: "${{ steps.profile.output.full_name }}", headline: "${{ steps.profile.output.headline }}" }
outputs:
  names: ${{ steps.person.rows.map(r, r.name) }}
  headlines: ${{ steps.person.rows.map(r, r.headline) }}
"#;

#[test]
fn an_emulated_run_over_a_table_becomes_a_test_without_its_people() {
    let world = World::at("http://127.0.0.1:1").with_key(None);
    let file = world.work().join("people.yaml");
    fs::write(&file, PEOPLE).unwrap();
    let rows =
        "url,first_name,phone\nlinkedin.com/in/ada-lovelace,Ada,+47 12 34\ngrace-hopper,Grace,\nbo-berg,,\n";
    fs::write(world.work().join("rows.csv"), rows).unwrap();
    let done = world
        .run(["run", "people.yaml", "--emulate", "-i", "people=@rows.csv", "--output", "json"])
        .expect(0);
    let report = Report::of(&done);
    let (noted, text) = recorded(&world, report.run(), "people.yaml", &[]);
    assert_eq!(noted.stderr, "", "it goes as the run did");
    let of = |key: &str| {
        report.outputs()[key]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it.as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let names = of("names");
    let mut originals: Vec<_> = names.iter().flat_map(|name| name.split(' ')).map(str::to_owned).collect();
    originals.extend(of("headlines"));
    originals.extend(["Ada", "ada-lovelace", "grace-hopper", "bo-berg", "+47", "phone"].map(str::to_owned));
    for original in originals {
        assert!(!text.contains(&original), "{original} in {text}");
    }
    // Of a headline that is kept, no more is replaced.
    let (_, kept) = recorded(&world, report.run(), "people.yaml", &["--keep", "headline"]);
    assert!(of("headlines").iter().all(|headline| kept.contains(headline.as_str())), "{kept}");
    assert!(names.iter().all(|name| !kept.contains(name.as_str())));
    // Another file is told apart from what the run was made with.
    fs::write(&file, PEOPLE.replace("greetings", "regards")).unwrap();
    let done = world.run(["test", "record", report.run()]).expect(0);
    assert!(done.stderr.contains("people.yaml is not what the run was made with"), "{}", done.stderr);
    let done = world.run(["test", "record", report.run(), "--workflow", "flows/p.yaml"]).expect(0);
    assert!(done.stdout.contains("\nworkflow: flows/p.yaml\n") && done.stderr.is_empty(), "{done:?}");
}

#[test]
fn a_lost_answer_that_a_person_settled_is_lost_and_settled_in_the_test() {
    for (option, word, fault) in [("--sent", "sent", "answer-lost"), ("--not-sent", "not_sent", "reset")] {
        let service = Service::immediate();
        let fault_of = |fault| Injection { on: On::Create(Endpoint::LikePost.into()), fault, times: 1 };
        service.host.inject(fault_of(if word == "sent" { Fault::AnswerLost } else { Fault::Reset }));
        let world = World::new(&service);
        let file = workflow("like");
        let report = Report::of(&world.run(["run", &file, "--yes", "--output", "json"]).expect(5));
        world.run(["resolve", report.run(), "like", option]).expect(0);
        world.resume();
        let (noted, text) = recorded(&world, report.run(), &file, &[]);
        assert_eq!(noted.stderr, "");
        for part in [
            format!("fault: {fault}\n"),
            "resolve: like\n".to_owned(),
            format!("as: {word}\n"),
            "like-post: 1\n".to_owned(),
        ] {
            assert!(text.contains(&part), "{part} in {text}");
        }
    }
}

#[test]
fn a_task_that_failed_fails_in_the_test() {
    let service = Service::immediate();
    let world = World::new(&service);
    service.host.with(|service| service.fail_next(Endpoint::CommentPost, "Ada has no such post"));
    let file = workflow("failing");
    let report = Report::of(&world.run(["run", &file, "--yes", "--output", "json"]).expect(1));
    let (noted, text) = recorded(&world, report.run(), &file, &[]);
    assert_eq!(noted.stderr, "");
    for part in [
        "comment-post:\n",
        "status: failed\n",
        "comment: failed\n",
        "after: skipped\n",
        "instead: succeeded\n",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains("Ada has"), "{text}");
}

#[test]
fn what_an_emulated_run_left_out_is_done_in_the_test_and_said() {
    let world = World::at("http://127.0.0.1:1").with_key(None);
    let text = "outx: 1\nname: hook\nsecrets: [HOOK]\nsteps:\n  tell: { uses: core.http, with: { url: \"${{ secrets.HOOK }}\", \
                method: POST, json: { text: hi } } }\n";
    fs::write(world.work().join("hook.yaml"), text).unwrap();
    let report = Report::of(&world.run(["run", "hook.yaml", "--emulate", "--output", "json"]).expect(0));
    let (noted, text) = recorded(&world, report.run(), "hook.yaml", &[]);
    for part in
        ["left `tell` out", "its answer is made up", "`tell` was skipped and is succeeded in the case"]
    {
        assert!(noted.stderr.contains(part), "{part} in {}", noted.stderr);
    }
    assert!(text.contains("url: https://hook.example/invented\n"), "{text}");
}

#[test]
fn a_person_who_said_yes_says_so_in_the_test() {
    let service = Service::immediate();
    let world = World::new(&service);
    let file = workflow("asks");
    world.run(["run", &file, "--yes", "--output", "json"]).expect(8);
    let report = Report::of(&world.resume().expect(8));
    let (_, waiting) = recorded(&world, report.run(), &file, &[]);
    assert!(waiting.contains("status: waiting\n") && waiting.contains("release: waiting\n"), "{waiting}");
    world.run(["approve", report.run(), "release"]).expect(0);
    world.resume().expect(0);
    let (noted, text) = recorded(&world, report.run(), &file, &[]);
    assert_eq!(noted.stderr, "");
    assert!(text.contains("approve: release\n") && text.contains("by: a tester\n"), "{text}");
}

#[test]
fn a_run_whose_definition_is_not_taken_any_more_is_refused_with_its_findings() {
    let world = World::at("http://127.0.0.1:1").with_key(None);
    fs::create_dir_all(world.home()).unwrap();
    let store = Store::open(&world.home().join("outx.db"), Mode::Inline).unwrap();
    let definition = "\"outx: 1\\nname: old\\nsteps:\\n  a: { uses: core.no-more, with: {} }\\n\"";
    let hash = |text: &str| ContentHash::of_bytes(text.as_bytes());
    let at = "2026-03-02T09:00:00Z".parse().unwrap();
    let account = AccountId::from("emulated-old-run");
    let started = Event::RunStarted {
        definition: hash(definition),
        inputs: hash("{}"),
        lists: Lists::new(),
        account: account.clone(),
        folder: String::new(),
    };
    let run_id = RunId::new("old-run");
    let summary = RunSummary {
        run_id,
        name: "old".to_owned(),
        account,
        emulated: true,
        started_at: at,
        status: RunStatus::Waiting,
    };
    let batch = Batch {
        facts: vec![Fact { path: Path::run(), attempt: 0, at, event: started }],
        values: vec![(hash(definition), Arc::from(definition)), (hash("{}"), Arc::from("{}"))],
        status: Some(RunStatus::Waiting),
        ..Batch::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert!(runtime.block_on(store.create(&summary, batch)).unwrap());
    drop(store);
    let done = world.run(["test", "record", "old"]).expect(2);
    for part in
        ["this version of outx refuses the run's definition", "core.no-more", "outx show old-run --events"]
    {
        assert!(done.stderr.contains(part), "{part} in {}", done.stderr);
    }
    assert_eq!(done.stdout, "");
    let done = world.run(["test", "record", "nobody"]).expect(2);
    assert!(done.stderr.contains("there is no run `nobody`"), "{}", done.stderr);
}
