//! Runs that become tests: what is replaced, what stays, and that the case holds.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use outx_flow::journal::Journal;
use outx_flow::testing::{Harness, Reply};
use outx_flow::{CheckOptions, Document, Path, Ran, RunId, RunReport, Signal};
use outx_harness::{Files, PastRun, RecordError, Recorded, Recording, Snapshots, judge, record};
use outx_ledger::{AccountStore, Blocked, LedgerStore};
use outx_model::{ContentHash, PersonName, Word};
use outx_service::Scenario;
use outx_transport::{Clock, Response};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A run under way in a world of its own.
struct Past {
    harness: Harness,
    text: String,
    run: &'static str,
}

impl Past {
    fn begin(text: &str, service: &Value, inputs: &Value) -> Self {
        Self::begin_in(Harness::scripted(scenario(service)), text, inputs)
    }

    fn begin_in(harness: Harness, text: &str, inputs: &Value) -> Self {
        let workflow = harness.check("flow.yaml", text).unwrap_or_else(|error| panic!("{error}"));
        harness.submit(&RunId::new("run"), &workflow, inputs).unwrap_or_else(|error| panic!("{error}"));
        Self { harness, text: text.to_owned(), run: "run" }
    }

    fn drive(&self) -> RunReport {
        self.harness.drive(&RunId::new("run")).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Works on it for a while, and says something to it then.
    fn after(&self, length: Duration, signal: &Signal) {
        let moment = self.harness.clock().now() + length;
        let run = RunId::new("run");
        self.harness.drive_until(&run, moment).unwrap_or_else(|error| panic!("{error}"));
        self.harness.say(&run, signal).unwrap_or_else(|error| panic!("{error}"));
    }

    fn record(&self, keep: &[&str]) -> Recorded {
        self.try_record(keep).unwrap_or_else(|error| panic!("{error}"))
    }

    fn try_record(&self, keep: &[&str]) -> Result<Recorded, RecordError> {
        let run = RunId::new(self.run);
        let facts = self.harness.facts(&run).unwrap_or_else(|error| panic!("{error}"));
        let named: BTreeSet<ContentHash> = facts.iter().flat_map(|fact| fact.event.values()).collect();
        let named: Vec<_> = named.into_iter().collect();
        let texts = self.harness.now(self.harness.journal().values(&named)).unwrap().unwrap();
        let values: BTreeMap<_, Value> = named
            .into_iter()
            .zip(texts)
            .map(|(hash, text)| (hash, serde_json::from_str(&text).unwrap()))
            .collect();
        let entries =
            self.harness.now(self.harness.ledger().entries(&self.harness.account())).unwrap().unwrap();
        let report = self.harness.describe(&run).unwrap();
        let document = Document::from(self.text.as_str());
        let past = PastRun {
            document: &document,
            facts: &facts,
            values: &values,
            entries: &entries,
            report: &report,
        };
        let recording = Recording {
            workflow: "flow.yaml".to_owned(),
            keep: keep.iter().map(|field| (*field).to_owned()).collect(),
            options: CheckOptions::shipped(),
        };
        let recorded = record(&past, &recording)?;
        self.holds(&recorded);
        Ok(recorded)
    }

    /// It holds as a file that somebody reads anew, too.
    fn holds(&self, recorded: &Recorded) {
        assert!(recorded.holds, "{:?}\n{}", recorded.notes, recorded.text);
        let files: BTreeMap<PathBuf, String> = [("flow.yaml".into(), self.text.clone())].into();
        let files: Arc<dyn Files> = Arc::new(files);
        let file = crate::support::read_in(&files, "flow.test.yaml", &recorded.text)
            .unwrap_or_else(|it| panic!("{it}"));
        assert!(judge(&file, &file.cases[0], &Snapshots::default()).holds());
    }
}

fn scenario(service: &Value) -> Scenario {
    Scenario::read(&json!({ "outx-scenario": 1, "service": service }))
        .unwrap_or_else(|error| panic!("{error}"))
}

/// The one case of what was recorded.
fn case(recorded: &Recorded) -> Value {
    let source = outx_flow::diagnostic::Source::new("recorded", recorded.text.as_str());
    outx_flow::yaml::load(&source).unwrap().to_json()["cases"][0].clone()
}

const GREET: &str = r#"
outx: 1
name: greet
inputs:
  people:
    type: table
    columns: { url: { type: person }, first: text }
  topics: { type: array, items: text }
steps:
  person:
    each: ${{ inputs.people }}
    as: row
    steps:
      profile: { uses: linkedin.fetch-profile, with: { profile_slug: "${{ row.url }}" } }
      posts: { uses: linkedin.fetch-profiles-posts, with: { profile_urns: ["${{ steps.profile.output.profile_urn }}"] } }
      invite:
        if: steps.posts.output.posts.exists(p, mentions(p.text, inputs.topics))
        uses: linkedin.send-connection-request
        with:
          profile_urn: ${{ steps.profile.output.profile_urn }}
          note: "Hello ${{ first_name(steps.profile.output.full_name) }}!"
    outputs: { name: "${{ steps.profile.output.full_name }}" }
outputs: { names: "${{ steps.person.rows.map(r, r.name) }}" }
"#;

fn greeted() -> Past {
    let profile = |slug: &str, name: &str, urn: &str| {
        json!({ "when": { "profile_slug": slug }, "takes": "20s", "output": { "profile": {
            "full_name": name, "profile_urn": urn, "profile_url": format!("https://www.linkedin.com/in/{slug}/"),
            "headline": format!("{name}, at your service"), "connections": 512,
        } } })
    };
    let posts = |urn: &str, text: &str, mail: &str| {
        json!({ "when": { "profile_urns": [urn] }, "output": { "posts": [
            { "text": text, "author_urn": urn, "posted_at": "2026-03-01T10:00:00Z", "more": { "mail": mail } },
        ] } })
    };
    let (ada, bo) = ("urn:li:fsd_profile:ACoAAada", "urn:li:fsd_profile:ACoAAbo");
    let service = json!({
        "fetch-profile": [profile("ada-lovelace", "Dr. Ada Lovelace", ada), profile("bo-9", "Bo LOVELACE", bo)],
        "fetch-profiles-posts": [posts(ada, "I love Rust", "ada@home.test"), posts(bo, "Nothing", "bo@home.test")],
        "send-connection-request": [{ "output": { "sent": true } }],
    });
    let people = json!([
        { "url": "linkedin.com/in/Ada-Lovelace", "first": "Ada" }, { "url": "bo-9", "first": "Bo", "phone": "+47 555" },
    ]);
    Past::begin(GREET, &service, &json!({ "people": people, "topics": ["rust"] }))
}

#[test]
fn equal_originals_have_equal_stand_ins_wherever_they_stand() {
    let past = greeted();
    assert_eq!(past.drive().status.word(), "succeeded");
    let case = case(&past.record(&["topics", "text"]));
    assert_eq!(case["inputs"]["people"][0], json!({ "url": "kim-roe", "first": "Kim" }));
    assert_eq!(case["inputs"]["people"][1]["first"], "Lee");
    // A column that the file does not name has another name, too.
    assert_eq!(case["inputs"]["people"][1]["field_1"], "Text 1");
    let ada = &case["service"]["fetch-profile"][0];
    // It is known since it was asked for, which is a bit later than it was done.
    assert_eq!((&ada["when"]["profile_slug"], &ada["takes"]), (&json!("kim-roe"), &json!("22s")));
    let ada = &ada["output"]["profile"];
    assert_eq!(ada["full_name"], "Dr. Kim Roe");
    assert_eq!(ada["profile_url"], "https://www.linkedin.com/in/kim-roe");
    assert_eq!(ada["connections"], 512);
    let urn = ada["profile_urn"].as_str().unwrap();
    assert!(urn.starts_with("urn:li:fsd_profile:ACoA") && !urn.contains("ada"), "{urn}");
    let posts = &case["service"]["fetch-profiles-posts"][0];
    assert_eq!(
        (&posts["when"]["profile_urns"][0], &posts["output"]["posts"][0]["author_urn"]),
        (&json!(urn), &json!(urn))
    );
    assert_eq!(posts["output"]["posts"][0]["posted_at"], "2026-03-01T10:00:00Z");
    let bo = &case["service"]["fetch-profile"][1]["output"]["profile"];
    assert_eq!(bo["full_name"], "Lee ROE");
    // What is expected was computed with them.
    assert_eq!(case["expect"]["outputs"]["names"], json!(["Dr. Kim Roe", "Lee ROE"]));
    let sent = json!([{ "send-connection-request": { "profile_urn": urn, "note": "Hello Kim!" } }]);
    assert_eq!(case["expect"]["sent"], sent);
    assert_eq!(case["expect"]["steps"]["person[kim-roe].invite"], "succeeded");
    assert_eq!(case["expect"]["sent_count"]["fetch-profile"], 2);
}

#[test]
fn a_condition_that_read_what_was_replaced_is_told_with_what_to_keep() {
    let past = greeted();
    past.drive();
    let recorded = past.record(&[]);
    let note = recorded.notes.join("\n");
    assert!(note.contains("`person.invite` was succeeded and is skipped in the case"), "{note}");
    assert!(note.contains("--keep text --keep topics"), "{note}");
    assert_eq!(case(&recorded)["expect"]["steps"]["person[kim-roe].invite"], "skipped");
    for original in [
        "Ada",
        "ada",
        "Lovelace",
        "LOVELACE",
        "Rust",
        "rust",
        "bo-9",
        "555",
        "at your service",
        "phone",
        "home.test",
    ] {
        // The workflow's file is read by nobody who looks at the text alone, and says none of these.
        assert!(!recorded.text.contains(original), "{original} in {}", recorded.text);
    }
    assert_eq!(past.record(&["topics", "text"]).notes, [""; 0]);
}

const WRITES: &str = r#"
outx: 1
name: writes
steps:
  invite: { uses: linkedin.send-connection-request, with: { profile_urn: "urn:li:fsd_profile:ACoAAx", note: Hi } }
  release: { needs: [invite], uses: core.approve, with: { message: "Go on?", for: 3d } }
  like: { needs: [release], uses: linkedin.like-post, with: { social_urn: "urn:li:activity:7" } }
outputs: { by: "${{ default(steps.release.output.by, 'nobody') }}" }
"#;

fn resolve(word: Word) -> Signal {
    Signal::Resolve { step: Path::parse("invite"), word }
}

fn approve(yes: bool) -> Signal {
    Signal::Approve { step: Path::parse("release"), yes, by: "grace@hopper".to_owned() }
}

#[test]
fn lost_answers_and_what_people_said_are_told() {
    let hour = Duration::from_hours(1);
    for (word, told, fault, sent) in [
        (Word::NotSent, "not_sent", "reset", 1),
        (Word::Sent { task_id: None }, "sent", "answer-lost", 1),
        (Word::GiveUp, "give_up", "answer-lost", 1),
    ] {
        let service = json!({
            "send-connection-request": [{ "times": 1, "fault": fault }, { "output": { "sent": true } }],
            "like-post": [{ "output": { "liked": true } }],
        });
        let past = Past::begin(WRITES, &service, &json!({}));
        assert_eq!(past.drive().status.word(), "needs_attention");
        past.after(hour, &resolve(word));
        if told != "give_up" {
            past.drive_for(hour);
            past.after(hour, &approve(true));
        }
        let report = past.drive();
        let recorded = past.record(&[]);
        assert_eq!(recorded.notes, [""; 0], "{told}");
        let case = case(&recorded);
        assert_eq!(case["service"]["send-connection-request"][0]["fault"], fault, "{told}");
        assert_eq!((&case["then"][0]["resolve"], &case["then"][0]["as"]), (&json!("invite"), &json!(told)));
        assert_eq!(case["expect"]["status"], report.status.word());
        assert_eq!(case["expect"]["sent_count"]["send-connection-request"], sent, "{told}");
        if told != "give_up" {
            assert_eq!(case["then"][1]["approve"], "release");
            assert!(!recorded.text.contains("hopper"));
        }
    }
}

impl Past {
    fn drive_for(&self, length: Duration) {
        let moment = self.harness.clock().now() + length;
        self.harness.drive_until(&RunId::new("run"), moment).unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn a_no_a_retry_and_a_run_that_still_waits_are_told() {
    let service = json!({
        "send-connection-request": [{ "times": 1, "status": "failed", "error": "Ada is gone" }, { "output": { "sent": true } }],
    });
    let past = Past::begin(WRITES, &service, &json!({}));
    assert_eq!(past.drive().status.word(), "failed");
    past.after(Duration::from_mins(90), &Signal::Retry { from: None });
    past.drive_for(Duration::from_mins(10));
    let recorded = past.record(&[]);
    assert_eq!(recorded.notes, [""; 0]);
    let waiting = case(&recorded);
    assert_eq!(waiting["then"][0]["retry"], true);
    assert_eq!(
        (&waiting["expect"]["status"], &waiting["expect"]["waiting_for"]),
        (&json!("waiting"), &json!(["approval"]))
    );
    let rule = &waiting["service"]["send-connection-request"][0];
    assert_eq!((&rule["status"], &rule["times"]), (&json!("failed"), &json!(1)));
    assert!(!recorded.text.contains("Ada"));
    past.after(Duration::from_mins(1), &approve(false));
    past.drive();
    let recorded = past.record(&[]);
    assert_eq!(recorded.notes, [""; 0]);
    let case = case(&recorded);
    assert_eq!(
        (&case["then"][1]["reject"], &case["expect"]["status"]),
        (&json!("release"), &json!("failed"))
    );
}

const HOOKS: &str = r#"
outx: 1
name: hooks
secrets: [HOOK, TOKEN]
inputs: { who: { type: text } }
steps:
  look: { uses: core.http, with: { url: "https://api.example.com/people/${{ inputs.who }}" } }
  tell:
    needs: [look]
    uses: core.http
    with:
      url: ${{ secrets.HOOK }}
      method: POST
      headers: { authorization: "Bearer ${{ secrets.TOKEN }}" }
      json: { text: "About ${{ steps.look.output.json.name }}" }
  ask: { needs: [tell], uses: core.http, with: { url: "https://api.example.com/ask?key=${{ secrets.TOKEN }}" } }
outputs: { said: "${{ steps.tell.output.json.ok }}", name: "${{ steps.look.output.json.name }}" }
"#;

#[test]
fn requests_to_others_are_told_without_secrets() {
    let answer = |json: Value| {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Reply::Answer(
            Response { status: 200, headers, body: json.to_string().into() },
            Duration::from_secs(2),
        )
    };
    let harness = Harness::new()
        .with_secret("HOOK", "https://hooks.corp.test/T0/s3cr3t-path")
        .with_secret("TOKEN", "t0ken-s3cr3t")
        .with_web(move |request, _| match request.url.expose() {
            url if url.contains("/people/") => answer(json!({ "name": "Grace Hopper" })),
            url if url.contains("/ask") => answer(json!({ "echo": "t0ken-s3cr3t" })),
            _ => answer(json!({ "ok": true, "seen_by": "Grace" })),
        });
    let past = Past::begin_in(harness, HOOKS, &json!({ "who": "grace-h" }));
    assert_eq!(past.drive().status.word(), "succeeded");
    let recorded = past.record(&[]);
    assert_eq!(recorded.notes, [""; 0]);
    for original in ["s3cr3t", "corp.test", "Grace", "Hopper", "grace-h", "seen_by", "\u{fdd0}"] {
        assert!(!recorded.text.contains(original), "{original} in {}", recorded.text);
    }
    let case = case(&recorded);
    assert_eq!(case["secrets"]["HOOK"], "https://hook.example/invented");
    assert_eq!(case["expect"]["outputs"], json!({ "said": true, "name": "Kim Roe" }));
    let sent = &case["expect"]["sent"][0]["core.http"];
    assert_eq!(
        (&sent["url"], &sent["json"]["text"]),
        (&json!("https://hook.example/invented"), &json!("About Kim Roe"))
    );
    assert_eq!(sent["headers"], Value::Null);
}

#[test]
fn answers_to_equal_calls_come_in_their_turns() {
    let text = r#"
outx: 1
name: wait
steps:
  wait: { uses: linkedin.await-connection, with: { profile_urn: "urn:li:fsd_profile:ACoAAx", every: 6h, for: 3d } }
outputs: { connected: "${{ steps.wait.output.connected }}" }
"#;
    let service = json!({ "fetch-connections": [
        { "until": "1d", "output": { "connections": [{ "name": "Bo B", "entity_urn": "urn:li:fsd_profile:ACoAAbo" }] } },
        { "output": { "connections": [{ "name": "Ada A", "entity_urn": "urn:li:fsd_profile:ACoAAx" }] } },
    ] });
    let past = Past::begin(text, &service, &json!({}));
    assert_eq!(past.drive().outputs["connected"], true);
    let recorded = past.record(&[]);
    assert_eq!(recorded.notes, [""; 0]);
    let case = case(&recorded);
    let rules = case["service"]["fetch-connections"].as_array().unwrap();
    assert_eq!((rules.len(), &rules[0]["times"], &rules[1]["times"]), (2, &json!(4), &Value::Null));
    // The file says this person, so the case does.
    assert_eq!(rules[1]["output"]["connections"][0]["entity_urn"], "urn:li:fsd_profile:ACoAAx");
}

#[test]
fn what_people_said_of_items_is_said_of_their_stand_ins() {
    let text = r#"
outx: 1
name: items
inputs: { people: { type: array, items: person } }
steps:
  person:
    each: ${{ inputs.people }}
    as: who
    key: ${{ who }}
    steps:
      profile: { uses: linkedin.fetch-profile, with: { profile_slug: "${{ who }}" } }
      job:
        each: ${{ steps.profile.output.positions }}
        as: position
        key: ${{ position.title }}
        steps:
          release: { uses: core.approve, with: { message: "Greet ${{ who }}?" } }
"#;
    let profile = |slug: &str, titles: [&str; 2]| {
        let positions = titles.map(|title| json!({ "title": title }));
        json!({ "when": { "profile_slug": slug }, "output": { "full_name": slug, "positions": positions } })
    };
    let service = json!({ "fetch-profile": [
        profile("ada-l", ["Countess", "Member of [nothing]"]), profile("bo", ["Painter, mostly", "Countess"]),
    ] });
    let past = Past::begin(text, &service, &json!({ "people": ["ada-l", "bo"] }));
    past.drive_for(Duration::from_hours(1));
    for (item, yes) in [
        ("person[bo].job[Countess]", true),
        ("person[ada-l].job[Member of %5Bnothing%5D]", false),
        ("person[bo].job[Painter, mostly]", true),
        ("person[ada-l].job[Countess]", true),
    ] {
        let step = Path::parse(&format!("{item}.release"));
        past.after(Duration::from_hours(1), &Signal::Approve { step, yes, by: "bo".to_owned() });
    }
    assert_eq!(past.drive().status.word(), "failed");
    let recorded = past.record(&[]);
    assert_eq!(recorded.notes, [""; 0]);
    let case = case(&recorded);
    let then = case["then"].as_array().unwrap();
    assert_eq!(then.len(), 4);
    assert_eq!(
        then[0]["approve"],
        "person[person-1].job[word1].release".replace("person-1", &then_key(&case, 1))
    );
    assert_eq!(then[1]["reject"].as_str().map(|path| path.contains("Member")), Some(false));
    assert!(!recorded.text.contains("Countess") && !recorded.text.contains("ada-l"), "{}", recorded.text);
}

/// What an item of the list is called.
fn then_key(case: &Value, at: usize) -> String {
    case["inputs"]["people"][at].as_str().unwrap().to_owned()
}

const EVERYTHING: &str = r#"
outx: 1
name: everything
inputs:
  people: { type: array, items: person }
  file: { type: text }
steps:
  known: { uses: core.read-file, with: { path: "${{ inputs.file }}" } }
  person:
    needs: [known]
    each: ${{ inputs.people }}
    as: who
    steps:
      profile: { uses: linkedin.fetch-profile, with: { profile_slug: "${{ who }}" } }
      invite:
        allow_failure: true
        uses: linkedin.send-connection-request
        with: { profile_urn: "${{ steps.profile.output.profile_urn }}" }
  tell: { needs: [person], allow_failure: true, uses: core.command, with: { program: notify, args: ["${{ inputs.people[0] }}"] } }
  bad: { needs: [tell], uses: core.fail, with: { message: "${{ inputs.people[0] }} it is" } }
on_failure:
  log: { uses: core.http, with: { url: "https://log.example.org/now", method: PUT, body: "${{ inputs.people[0] }}" } }
finally:
  end: { uses: linkedin.like-post, with: { social_urn: "urn:li:activity:7" } }
outputs: { rows: "${{ size(steps.known.output.rows) }}", said: "${{ steps.tell.output.stdout }}" }
"#;

#[test]
fn files_programs_blocks_and_the_end_of_a_run_are_told() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ada.csv"), "name,more\nAda,\"a, b\"\nBo,\n").unwrap();
    let profile = |slug: &str, urn: &str| json!({ "when": { "profile_slug": slug }, "output": { "full_name": "Some One", "profile_urn": urn } });
    let service = json!({
        "fetch-profile": [profile("ada-l", "urn:li:fsd_profile:ACoAAada"), profile("bo", "urn:li:fsd_profile:ACoAAbo"), profile("cy", "urn:li:fsd_profile:ACoAAcy")],
        "send-connection-request": [{ "when": { "profile_urn": "urn:li:fsd_profile:ACoAAcy" }, "fault": { "status": 400, "body": { "error": "cy is nobody" } } }, { "output": { "sent": true } }],
        "like-post": [{ "output": { "liked": true } }],
    });
    let harness = Harness::scripted(scenario(&service))
        .in_folder(folder.path())
        .with_programs(|_| Ran::Ended {
            status: Some(0),
            stdout: "told ada-l".to_owned(),
            stderr: String::new(),
        })
        .with_web(|_, _| {
            Reply::Answer(
                Response { status: 204, headers: Vec::new(), body: String::new().into() },
                Duration::ZERO,
            )
        });
    let blocked = Blocked { name: PersonName::read("bo").unwrap(), note: None, since: harness.clock().now() };
    harness.now(harness.ledger().block(&harness.account(), &[blocked])).unwrap().unwrap();
    let past = Past::begin_in(harness, EVERYTHING, &json!({ "people": ["ada-l", "bo"], "file": "ada.csv" }));
    past.drive_for(Duration::ZERO);
    let inputs = json!({ "people": ["ada-l", "bo", "cy"], "file": "ada.csv" });
    past.harness.say(&RunId::new("run"), &Signal::Revise { inputs, definition: None }).unwrap();
    let report = past.drive();
    assert_eq!(report.status.word(), "failed");
    let recorded = past.record(&[]);
    assert_eq!(recorded.notes, [""; 0], "{}", recorded.text);
    for original in ["ada", "Ada", "cy is", "a, b", "\"bo\"", "ACoAAbo"] {
        assert!(!recorded.text.contains(original), "{original} in {}", recorded.text);
    }
    let case = case(&recorded);
    assert_eq!(case["then"][0]["inputs"]["people"].as_array().map(Vec::len), Some(3));
    assert_eq!(case["block"].as_array().map(Vec::len), Some(1));
    assert_eq!(case["expect"]["outputs"]["rows"], 2);
    assert_eq!(
        case["http"],
        json!([{ "when": { "method": "PUT", "url": "https://log.example.org/now", "body": "kim" }, "status": 204 }])
    );
    assert_eq!(case["commands"][0]["when"]["program"], "notify");
    let steps = &case["expect"]["steps"];
    let step = |path: &str| steps[path].as_str().unwrap_or_else(|| panic!("{path} in {steps}"));
    assert_eq!((step("person[kim].invite"), step("person[lee].invite")), ("succeeded", "skipped"));
    assert_eq!(
        (step("person[person-1].invite"), step("on_failure.log"), step("finally.end")),
        ("failed", "succeeded", "succeeded")
    );
}

#[test]
fn what_was_sent_before_the_run_is_in_the_ledger_of_the_case() {
    let text = WRITES
        .replace("release", "wait")
        .replace(
            "core.approve, with: { message: \"Go on?\", for: 3d }",
            "linkedin.send-message, with: { recipient_urn: 'urn:li:fsd_profile:ACoAAx', message: Hi }",
        )
        .replace(
            "by: \"${{ default(steps.wait.output.by, 'nobody') }}\"",
            "by: \"${{ steps.invite.already }}\"",
        );
    let service = json!({
        "send-connection-request": [{ "output": { "sent": true } }], "like-post": [{ "output": { "liked": true } }],
        "send-message": [{ "output": { "sent": true } }],
    });
    let past = Past::begin(&text, &service, &json!({}));
    past.drive();
    // The same workflow once more: each write is there already.
    let workflow = past.harness.check("flow.yaml", &text).unwrap();
    past.harness.submit(&RunId::new("again"), &workflow, &json!({})).unwrap();
    assert_eq!(past.harness.drive(&RunId::new("again")).unwrap().outputs["by"], true);
    let again = Past { run: "again", ..past };
    let recorded = again.record(&[]);
    assert_eq!(recorded.notes, [""; 0]);
    let case = case(&recorded);
    assert_eq!(case["ledger"].as_array().map(Vec::len), Some(3), "{}", recorded.text);
    assert_eq!((&case["expect"]["outputs"]["by"], &case["expect"]["sent"]), (&json!(true), &json!([])));
}

#[test]
fn a_definition_that_this_version_refuses_is_said() {
    let mut past = Past::begin(WRITES, &json!({ "*": "from-schema" }), &json!({}));
    past.drive_for(Duration::from_mins(1));
    past.text = "outx: 1\nname: writes\nsteps:\n  a: { uses: core.no-more }\n".to_owned();
    let error = past.try_record(&[]).unwrap_err().to_string();
    assert!(
        error.contains("this version of outx refuses the run's definition") && error.contains("core.no-more"),
        "{error}"
    );
}

/// What nobody may find in a case, in texts of many forms.
const MARK: &str = "Qzx";

fn marked() -> impl Strategy<Value = String> {
    ("[a-z]{1,6}", 0..12_usize).prop_map(|(more, form)| {
        let mark = format!("{MARK}{more}");
        let lower = mark.to_lowercase();
        match form {
            0 => mark,
            1 => format!("{mark} {mark}son"),
            2 => format!("Dr. {mark} L., PhD {mark}"),
            3 => format!("{lower}@{lower}.test"),
            4 => format!("https://www.linkedin.com/in/{lower}-{lower}/?x={mark}"),
            5 => format!("https://{lower}.test/{mark}?q={mark}#{mark}"),
            6 => format!("urn:li:{lower}:(urn:li:fsd_profile:{mark},{mark})"),
            7 => format!("ACoA{mark}"),
            8 => format!("{{\"{mark}\": [\"{mark} and more\", 1]}}"),
            9 => format!("{mark}\nwrote: \"{mark}\", '{mark}' # {mark}: ü 你"),
            10 => format!("linkedin.com/company/{lower}"),
            _ => format!("https://www.linkedin.com/posts/{lower}_{lower}-activity-7123-{lower}"),
        }
    })
}

const ANY: &str = r#"
outx: 1
name: any
inputs: { list: { type: array, items: text }, one: { type: text }, any: { type: object } }
steps:
  person:
    each: ${{ inputs.list }}
    as: text
    steps:
      note: { uses: core.set, with: { text: "${{ text }} and ${{ inputs.one }}" } }
      like: { uses: linkedin.comment-post, with: { social_urn: "urn:li:activity:${{ size(text) }}", comment_text: "${{ text }}" } }
  posts: { uses: linkedin.fetch-profiles-posts, with: { profile_urns: ["urn:li:fsd_profile:ACoAAx"] } }
  fail: { needs: [posts], allow_failure: true, uses: linkedin.fetch-company, with: { company_slug: some } }
outputs: { first: "${{ inputs.one }}", posts: "${{ steps.posts.output }}", any: "${{ inputs.any }}", error: "${{ steps.fail.error.message }}" }
"#;

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn no_text_of_a_person_is_in_a_case(
        list in prop::collection::vec(marked(), 0..5),
        texts in prop::collection::vec(marked(), 12),
    ) {
        let text = |at: usize| texts[at].as_str();
        let post = json!({
            "text": text(0), "author_urn": text(1), "url": text(2), "likes": 3, "social_urn": text(3), text(4): text(5),
            "name": text(6), "company_name": text(7), "deeper": [{ "full_name": text(8), "posted_at": "2026-03-01" }],
        });
        let service = json!({
            "fetch-profiles-posts": [{ "output": { "posts": [post] } }],
            "fetch-company": [{ "status": "failed", "error": text(9) }],
            "comment-post": [{ "output": { "sent": true, "by": text(10) } }],
        });
        let inputs = json!({ "list": list, "one": text(11), "any": { text(0): [text(1), null, true, 7.5], "sort_type": text(2) } });
        let past = Past::begin(ANY, &service, &inputs);
        let report = past.drive();
        prop_assert!(report.status.is_end(), "{:?}", report);
        let recorded = past.record(&[]);
        prop_assert!(!recorded.text.to_lowercase().contains(&MARK.to_lowercase()), "{}", recorded.text);
        // What people are told beside it is as discreet.
        prop_assert!(!recorded.notes.concat().to_lowercase().contains(&MARK.to_lowercase()), "{:?}", recorded.notes);
        // The same run gives the same text.
        prop_assert_eq!(&past.record(&[]), &recorded);
    }
}
