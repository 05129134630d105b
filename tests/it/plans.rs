//! `outx plan`: what would be done, and how long it would take.

use crate::support::{Done, Service, World};
use outx_transport::{Clock, SystemClock};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

/// A live address by its look; no name ends so, and nothing is asked of it.
const LIVE: &str = "https://127.0.0.2.invalid";

fn write(world: &World, text: &str) {
    fs::write(world.work().join("x.yaml"), text).unwrap();
}

fn plan(world: &World, more: &[&str]) -> Done {
    world.run(["plan", "x.yaml"].iter().chain(more)).expect(0)
}

fn as_json(world: &World, more: &[&str]) -> Value {
    let all: Vec<_> = more.iter().copied().chain(["--output", "json"]).collect();
    serde_json::from_str(&plan(world, &all).stdout).unwrap()
}

fn says(told: &str, wanted: &[&str]) {
    for words in wanted {
        assert!(told.contains(words), "{words} is not in\n{told}");
    }
}

fn step<'p>(plan: &'p Value, name: &str) -> &'p Value {
    plan["steps"].as_array().unwrap().iter().find(|step| step["step"] == name).unwrap()
}

/// How many hours after now the last sending goes, to the nearest one.
fn hours(plan: &Value) -> i64 {
    let ends: jiff::Timestamp = plan["ends_at"].as_str().unwrap().parse().unwrap();
    (ends.duration_since(SystemClock.now()).as_mins() + 30) / 60
}

/// That the same files are there with the same bytes, but for the notes of those who have the store open, which hold nothing.
fn unchanged(before: &[(PathBuf, Vec<u8>)], after: &[(PathBuf, Vec<u8>)]) {
    let names = |files: &[(PathBuf, Vec<u8>)]| -> BTreeSet<PathBuf> {
        files.iter().map(|(path, _)| path.clone()).collect()
    };
    assert_eq!(names(before), names(after));
    for (path, bytes) in before.iter().filter(|(path, _)| !path.ends_with("outx.db-shm")) {
        let same = after.iter().find(|(other, _)| other == path).is_some_and(|(_, other)| other == bytes);
        assert!(same, "{} has changed", path.display());
    }
}

const TWO_READS: &str = r#"
outx: 1
name: two-reads
inputs: { people: { type: table, columns: { url: person } } }
steps:
  person:
    each: ${{ inputs.people }}
    as: p
    steps:
      profile: { uses: linkedin.fetch-profile, with: { profile_slug: "${{ p.url }}" } }
      posts:
        uses: linkedin.fetch-profiles-posts
        with: { profile_urns: ["${{ steps.profile.output.profile_urn }}"] }
"#;

#[test]
fn two_hundred_people_read_twice_at_fifty_an_hour_are_eight_hours() {
    let service = Service::immediate();
    let world = World::new(&service);
    write(&world, TWO_READS);
    let rows: Vec<_> = (0..200).map(|n| format!("person-{n}\n")).collect();
    fs::write(world.work().join("people.csv"), format!("url\n{}", rows.concat())).unwrap();
    let fifty = r#"[{ "at_most": 50, "of": "all", "per": "1h" }]"#;
    fs::write(world.work().join("fifty.json"), fifty).unwrap();
    // The account is known once it has done something.
    world.run(["task", "create", "fetch-profile", "-i", "profile_slug=ada"]).expect(0);
    world.run(["limits", "set", "fifty.json"]).expect(0);
    let people = ["-i", "people=@people.csv"];
    says(
        &plan(&world, &people).stdout,
        &[
            "200 items",
            "200 times",
            "400 reads and 0 writes at most.",
            "The tightest limit is `at most 50 actions in an hour`: 400 of these count for it and fill 8 h 0 min.",
            "… and 198 more",
        ],
    );
    let told = as_json(&world, &people);
    let held = json!({
        "rule": { "at_most": 50, "of": "all", "per": "1h" },
        "says": "at most 50 actions in an hour",
        "count": 400,
        "fills_seconds": 8 * 3_600,
    });
    assert_eq!(told["held_back_by"], held);
    // One was sent just now, so that the last one of all waits for the beginning of the ninth hour.
    assert_eq!(hours(&told), 8, "{told}");
    assert_eq!(told["more"], false);
    let first = &step(&told, "person.profile")["inputs"][0];
    assert_eq!(
        first,
        &json!({ "path": "person[person-0].profile", "input": { "profile_slug": "person-0" } })
    );
    assert_eq!(step(&told, "person.posts")["inputs"], json!([]));
}

#[test]
fn it_says_how_much_of_a_list_the_api_gives() {
    let world = World::at("http://127.0.0.1:1").with_key(None);
    write(
        &world,
        "outx: 1\nname: x\nsteps:\n  found: { uses: linkedin.search-profiles, with: { title: CTO } }\n  \
         page: { uses: linkedin.fetch-connections }\n  \
         who: { uses: linkedin.fetch-profile, with: { profile_slug: ada } }\n  \
         posts: { uses: linkedin.fetch-company-posts, with: { company_slug: fjord } }\n  \
         again: { uses: linkedin.fetch-company-posts, with: { company_slug: acme } }\n  \
         here: { uses: linkedin.await-connection, with: { profile_urn: A, for: 14d } }\n",
    );
    let told = plan(&world, &[]).stdout;
    says(
        &told,
        &[
            "Each linkedin.search-profiles gives the first that are found",
            "50 at most; the rest cannot be asked for.",
            "Each linkedin.fetch-company-posts gives the newest posts",
            "older ones cannot be asked for.",
            "Each linkedin.fetch-connections gives one page",
            "`start` asks for the next.",
        ],
    );
    assert!(!told.contains("Each linkedin.fetch-profile "), "{told}");
    let portions = as_json(&world, &[])["portions"].clone();
    let of = |kind: &str| {
        let found = portions.as_array().unwrap().iter().find(|portion| portion["kind"] == kind);
        found.map(|portion| (portion["steps"].clone(), portion["goes_on"].clone()))
    };
    assert_eq!(of("linkedin.fetch-company-posts"), Some((json!(["again", "posts"]), json!(false))));
    // The pages that the kind reads by itself are no step of the file.
    assert_eq!(of("linkedin.fetch-connections"), Some((json!(["page"]), json!(true))));
    assert_eq!(portions.as_array().unwrap().len(), 3);
}

const MESSAGES: &str = r#"
outx: 1
name: messages
defaults: { poll: { first: 0s, every: 10ms } }
inputs: { people: { type: array, items: text } }
steps:
  person:
    each: ${{ inputs.people }}
    as: p
    key: ${{ p }}
    steps:
      profile:
        uses: linkedin.fetch-profile
        with: { profile_slug: "${{ p }}" }
        cache: 30d
      hello:
        uses: linkedin.send-message
        with: { recipient_urn: "urn:li:fsd_profile:ACoAA${{ p }}", message: Hello }
      like:
        if: ${{ steps.profile.output.full_name != '' }}
        uses: linkedin.like-post
        with: { social_urn: "urn:li:activity:7000000000000000001" }
        once: ${{ p }}
"#;

/// What a run of three has done is not done again for the five that are asked for then.
#[test]
fn it_says_of_each_step_how_much_is_there_already() {
    let service = Service::immediate();
    let world = World::new(&service);
    write(&world, MESSAGES);
    let before = as_json(&world, &["-i", "people=[\"ada\",\"bo\",\"cy\"]"]);
    assert_eq!(step(&before, "person.hello")["already"], 0);
    let _ = world.run(["run", "x.yaml", "-i", "people=[\"ada\",\"bo\",\"cy\"]"]);
    let sent = service.requests().len();
    let five = ["-i", "people=[\"ada\",\"bo\",\"cy\",\"dan\",\"eva\"]"];
    let files = world.files();
    let told = plan(&world, &five).stdout;
    says(
        &told,
        &[
            "the ledger has 3 of 5 already, which are not read again",
            "the ledger has 3 of 5 already, which are not sent again",
            "5 times at most, by its condition",
            "2 reads and 7 writes at most.",
        ],
    );
    let after = as_json(&world, &five);
    let counts = |name: &str| {
        let step = step(&after, name);
        (step["count"].as_u64().unwrap(), step["already"].as_u64().unwrap(), step["conditional"].as_bool())
    };
    assert_eq!(counts("person.profile"), (5, 3, Some(false)));
    assert_eq!(counts("person.hello"), (5, 3, Some(false)));
    // Its condition waits for what is read, so that its key is not known either.
    assert_eq!(counts("person.like"), (5, 0, Some(true)));
    assert_eq!(service.requests().len(), sent);
    // Not a byte of the store is another, and no file is there that was not.
    unchanged(&files, &world.files());
}

/// Nothing is made where nothing is, and a store that others look at stays as it is.
#[test]
fn it_makes_nothing() {
    for key in [None, Some("outx_live_3xKq9secret7Wm2")] {
        let world = World::at(LIVE).with_key(key);
        write(&world, MESSAGES);
        let files = world.files();
        plan(&world, &["-i", "people=[\"ada\"]"]);
        as_json(&world, &["-i", "people=[\"ada\"]"]);
        unchanged(&files, &world.files());
    }
}

const LIMITED: &str = r#"
outx: 1
name: limited
limits:
  few: { at_most: 1, per: 24h }
  follows: { at_most: 2, of: write:follow-company, per: 24h }
inputs: { posts: { type: array, items: text, default: ["1", "2", "3"] }, follows: { type: array, default: [] } }
steps:
  post:
    each: ${{ inputs.posts }}
    as: p
    steps:
      like: { uses: linkedin.like-post, LIMIT with: { social_urn: "urn:li:activity:700000000000000000${{ p }}" } }
  company:
    each: ${{ inputs.follows }}
    as: c
    steps:
      follow: { uses: outx.task, with: { endpoint: follow-company, effect: write, input: { slug: "${{ c }}" } } }
"#;

#[test]
fn what_counts_by_name_and_what_the_catalogue_has_not_is_in_the_finishing_date() {
    let service = Service::immediate();
    let world = World::new(&service);
    let end = |text: &str, more: &[&str]| {
        write(&world, text);
        hours(&as_json(&world, more))
    };
    let follows = ["-i", "follows=[\"a\",\"b\",\"c\",\"d\",\"e\"]", "-i", "posts=[]"];
    assert_eq!(end(&LIMITED.replace("LIMIT", "limit: few,"), &[]), 48);
    assert_eq!(end(&LIMITED.replace("LIMIT", "limit: few,"), &follows), 48);
    // No step counts for it.
    assert_eq!(end(&LIMITED.replace("LIMIT ", ""), &[]), 0);
    let told = plan(&world, &follows).stdout;
    says(&told, &["outx.task", "0 reads and 5 writes", "at most 2 follow-company in 24 hours"]);
    assert!(!world.home().exists());
}

/// The question before a live run reckons as the plan does.
#[test]
fn the_question_before_a_live_run_takes_them_in_too() {
    let world = World::at(LIVE);
    // The shipped limits know working hours, and this test none.
    world.run(["limits", "off"]).expect(0);
    write(&world, &LIMITED.replace("LIMIT", "limit: few,"));
    let asked = world.run(["run", "x.yaml"]).expect(2).stderr;
    says(&asked, &["post.like: linkedin.like-post, 3 at most", "1 of 3 writes can be sent today"]);
    let scheduled = LIMITED.replace("LIMIT", "limit: few,")
        + "schedule: { cron: \"0 7 * * *\", time_zone: UTC, overlap: wait }\n";
    write(&world, &scheduled);
    for args in [&["run", "x.yaml"][..], &["schedule", "add", "x.yaml"]] {
        let asked = world.run(args).expect(2).stderr;
        says(
            &asked,
            &["OX323", "The schedule's next start comes before such a run has ended: it waits for that."],
        );
    }
}
