//! Steps within steps, where something else happens to the run meanwhile.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use super::super::lab::{Lab, calling, json, status};
use async_trait::async_trait;
use outx_flow::journal::Event;
use outx_flow::{RunId, RunStatus, Signal, StepStatus};
use outx_model::Endpoint;
use outx_transport::{Clock, Response, TransportError, Web, WebRequest};
use serde_json::json;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Answers each request with its body, and keeps it.
#[derive(Debug, Default)]
struct Echo(Mutex<Vec<String>>);

impl Echo {
    fn seen(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

#[async_trait]
impl Web for Echo {
    async fn exchange(&self, request: &WebRequest, _: Duration) -> Result<Response, TransportError> {
        let body = String::from_utf8_lossy(request.body.as_deref().unwrap_or_default()).into_owned();
        self.0.lock().unwrap().push(body.clone());
        let body = serde_json::from_str(&body).unwrap_or(json!(body));
        Ok(Response::json(200, &json!({ "got": body })))
    }
}

fn with_echo() -> (Lab, Arc<Echo>) {
    let echo = Arc::new(Echo::default());
    (Lab { web: Some(echo.clone()), ..Lab::new() }, echo)
}

#[test]
fn a_secret_of_a_file_that_is_called_is_put_in_where_that_file_sends_it() {
    let (lab, echo) = with_echo();
    let called = r#"
outx: 1
name: post
secrets: [TOKEN]
inputs: { text: { type: text } }
vars: { whole: "<${{ inputs.text }}>" }
steps:
  real: { uses: core.http, with: { url: https://hooks.example.com/, method: POST, json: { t: "${{ vars.whole }}", k: "${{ secrets.TOKEN }}" } } }
"#;
    let text = r"
outx: 1
name: x
secrets: [TOKEN]
steps:
  post: { call: post.yaml, with: { text: hi } }
";
    let beside = [("post.yaml".to_owned(), called.to_owned())].into();
    let lab = Lab { beside, secrets: [("TOKEN".to_owned(), "s3cr3t-value".to_owned())].into(), ..lab };
    let report = lab.run(text, &json!({}));
    assert_eq!(status(&report, "post"), StepStatus::Succeeded, "{report:#?}");
    assert_eq!(echo.seen(), [r#"{"t":"<hi>","k":"s3cr3t-value"}"#]);
    let facts = json!(lab.facts(&RunId::new("run"))).to_string();
    assert!(!facts.contains("s3cr3t"), "{facts}");
}

#[test]
fn a_repetition_that_is_not_wanted_any_more_has_no_next_tick() {
    let text = r#"
outx: 1
name: x
inputs: { people: { type: array, items: text } }
steps:
  person:
    each: ${{ inputs.people }}
    as: p
    key: ${{ p }}
    steps:
      watch:
        repeat: { every: 50s, max: 3 }
        steps:
          look: { uses: linkedin.fetch-profile, with: { profile_slug: "${{ p }}" } }
"#;
    let lab = Lab::new();
    let run = lab.submit("run", text, &json!({ "people": ["ada-example"] }));
    assert_eq!(lab.drive(&run).status, RunStatus::Waiting);
    let inputs = json!({ "people": ["bo-example"] });
    // The list is known when the first step has ended, and the look at the other one takes until after the tick.
    let first = "steps:\n  first: { uses: linkedin.fetch-profile, with: { profile_slug: cy-example } }\n";
    let text = text.replacen("steps:\n", first, 1).replace("    each:", "    needs: first\n    each:");
    let definition = Some(text.as_str().into());
    lab.signal(&run, &Signal::Revise { inputs, definition }).unwrap();
    let report = lab.again().drive(&run);
    assert_eq!(report.status, RunStatus::Waiting);
    let watch = &json(&report)["steps"]["person"]["items"][1]["steps"]["watch"];
    assert_eq!(watch["status"], "skipped", "{watch}");
}

const ENDS: &str = r#"
outx: 1
name: x
inputs: { fails: { type: boolean } }
steps:
  work: { if: inputs.fails, uses: core.fail, with: { message: no } }
finally:
  tell: { uses: core.http, with: { url: https://hooks.example.com/, method: POST, body: "${{ run.status }}" } }
  each:
    each: [ada]
    as: p
    steps:
      tell: { uses: core.http, with: { url: https://hooks.example.com/, method: POST, body: "${{ p }} ${{ run.status }}" } }
  fails: { if: "run.status == 'failed'", after: [tell], uses: core.fail, with: { message: no } }
"#;

#[test]
fn each_time_a_run_ends_all_is_done_that_is_to_be_done_at_its_end() {
    let text = ENDS.replace("      tell:", "      each_tell:");
    let (lab, echo) = with_echo();
    let report = lab.run(&text, &json!({ "fails": true }));
    assert_eq!(report.status, RunStatus::Failed, "{report:#?}");
    assert_eq!(echo.seen(), ["failed", "ada failed"]);
    let run = RunId::new("run");
    // Once more at its end alone: what was sent there stays.
    let from = Some(outx_flow::Path::parse("finally.fails"));
    lab.signal(&run, &Signal::Retry { from }).unwrap();
    assert_eq!(lab.drive(&run).status, RunStatus::Failed);
    assert_eq!(echo.seen().len(), 2);
    for end in 2..4 {
        let from = Some(outx_flow::Path::parse("work"));
        lab.signal(&run, &Signal::Retry { from }).unwrap();
        let report = lab.drive(&run);
        assert_eq!(report.status, RunStatus::Failed);
        assert_eq!(echo.seen().len(), 2 * end, "{report:#?}");
    }
    // A step at the end that was done once more by itself, and the whole end after that.
    let from = Some(outx_flow::Path::parse("finally.tell"));
    lab.signal(&run, &Signal::Retry { from }).unwrap();
    lab.drive(&run);
    assert_eq!(echo.seen().len(), 7);
    lab.signal(&run, &Signal::Retry { from: Some(outx_flow::Path::parse("work")) }).unwrap();
    let report = lab.drive(&run);
    assert_eq!(echo.seen().len(), 9, "{report:#?}");
    let facts = lab.facts(&run);
    for first in 1..facts.len() {
        let cut = lab.cut(&run, first);
        let report = cut.drive(&run);
        assert!(report.status.is_end(), "cut after {first} facts: {report:#?}");
    }
    assert_eq!(echo.seen().len(), 9, "what was sent is not sent again");
}

#[test]
fn a_repetition_without_effects_can_be_stopped_and_does_not_keep_others_from_working() {
    let text = r#"
outx: 1
name: x
steps:
  count:
    repeat: { max: 8000 }
    steps:
      one: { uses: core.set, with: { n: "${{ iteration }}" } }
"#;
    let lab = Lab::new();
    let run = lab.submit("run", text, &json!({}));
    let stop = lab.stop.clone();
    let report = lab.driven_beside(&run, async move { stop.ask() });
    assert_eq!(report.status, RunStatus::Waiting);
    let facts = lab.facts(&run);
    assert!(facts.len() < 10_000, "{}", facts.len());
    assert_eq!(lab.again().drive(&run).status, RunStatus::Succeeded);
}

#[test]
fn no_form_of_a_secrets_value_is_kept_of_an_answer() {
    let value = "q\"uo/te\\n\näé 84721939";
    let number = "84721939";
    let (lab, _) = with_echo();
    let secrets = [("TOKEN", value), ("PIN", number)];
    let lab = Lab { secrets: secrets.map(|(name, value)| (name.to_owned(), value.to_owned())).into(), ..lab };
    let text = r#"
outx: 1
name: x
secrets: [TOKEN, PIN]
steps:
  tell: { uses: core.http, with: { url: https://hooks.example.com/, method: POST, json: { text: "${{ secrets.TOKEN }}" } } }
  pin: { uses: core.http, with: { url: https://hooks.example.com/, method: POST, body: "${{ secrets.PIN }}" } }
"#;
    let report = lab.run(text, &json!({}));
    assert_eq!(report.status, RunStatus::Succeeded, "{report:#?}");
    let told = json(&report).to_string();
    assert!(!told.contains("uo") && !told.contains(number), "{told}");
    let output = &report.steps["tell"].output;
    assert_eq!(output["json"]["got"]["text"], "[secret TOKEN]");
    assert_eq!(report.steps["pin"].output["json"]["got"], "[secret PIN]");
}

const WITHIN: &str = r#"
outx: 1
name: x
inputs: { fails: { type: boolean } }
steps:
  watch:
    repeat: { every: 1h, max: 2 }
    steps:
      look: { uses: linkedin.fetch-profile, with: { profile_slug: ada-example }, cache: 10m }
      tell:
        needs: look
        uses: core.http
        with: { url: https://hooks.example.com/, method: POST, body: "watch ${{ string(iteration) }}" }
      greet: { needs: tell, call: inner.yaml, with: { who: ada-example } }
    outputs: { n: "${{ iteration }}" }
  people:
    each: [ada, bo]
    as: p
    key: ${{ p }}
    steps:
      again:
        repeat: { max: 2 }
        steps:
          invite: { uses: linkedin.send-message, with: { recipient_urn: "urn:li:fsd_profile:${{ p }}", message: hello } }
finally:
  end: { uses: core.http, with: { url: https://hooks.example.com/, method: POST, body: "end ${{ run.status }}" } }
"#;

const INNER: &str = r#"
outx: 1
name: inner
inputs: { who: { type: text } }
steps:
  profile: { uses: linkedin.fetch-profile, with: { profile_slug: "${{ inputs.who }}" }, cache: 10m }
  tell:
    needs: profile
    uses: core.http
    with: { url: https://hooks.example.com/, method: POST, body: "inner" }
outputs: { name: "${{ steps.profile.output.full_name }}" }
"#;

fn within() -> (Lab, Arc<Echo>) {
    let (lab, echo) = with_echo();
    let beside = [("inner.yaml".to_owned(), INNER.to_owned())].into();
    (Lab { beside, patience: Duration::from_hours(48), ..lab }, echo)
}

#[test]
fn killed_at_any_moment_steps_within_steps_send_nothing_twice() {
    let whole = {
        let (lab, echo) = within();
        let report = lab.run(WITHIN, &json!({ "fails": false }));
        assert_eq!(report.status, RunStatus::Succeeded, "{report:#?}");
        assert_eq!(lab.created(Endpoint::SendMessage).len(), 2);
        let mut seen = echo.seen();
        seen.sort();
        assert_eq!(seen, ["end succeeded", "inner", "inner", "watch 1", "watch 2"]);
        seen
    };
    let (mut polls, mut doubts) = (0, 0);
    loop {
        polls += 1;
        let (lab, echo) = within();
        let lab = Lab { slow: true, ..lab };
        let run = lab.submit("run", WITHIN, &json!({ "fails": false }));
        let done = lab.drive_for(&run, polls).is_some();
        if polls % 2 == 0 {
            lab.again().drive_for(&run, polls % 37 + 1);
        }
        let report = lab.again().drive(&run);
        assert_eq!(
            lab.created(Endpoint::SendMessage)
                .iter()
                .map(|input| input["recipient_urn"].to_string())
                .collect::<std::collections::BTreeSet<_>>()
                .len(),
            lab.created(Endpoint::SendMessage).len(),
            "after {polls} polls"
        );
        let mut seen = echo.seen();
        seen.sort();
        if report.status == RunStatus::NeedsAttention {
            doubts += 1;
            assert!(seen.len() <= whole.len(), "after {polls} polls: {seen:?}");
            // A person says that it was sent, and all goes on.
            let mut report = report;
            for _ in 0..5 {
                let open: Vec<_> = report
                    .all()
                    .into_iter()
                    .filter_map(|(path, reported)| match reported {
                        outx_flow::Reported::Step(step) if step.doubt.is_some() => Some(path),
                        _ => None,
                    })
                    .collect();
                for step in open {
                    let word = outx_model::Word::Sent { task_id: None };
                    lab.signal(&run, &Signal::Resolve { step, word }).unwrap();
                }
                report = lab.again().drive(&run);
            }
            assert_eq!(report.status, RunStatus::Succeeded, "after {polls} polls: {report:#?}");
        } else {
            assert_eq!(report.status, RunStatus::Succeeded, "after {polls} polls: {report:#?}");
            assert_eq!(seen, whole, "after {polls} polls");
        }
        if done {
            break;
        }
    }
    assert!(polls > 50 && doubts > 0, "{polls} {doubts}");
}

#[test]
fn taken_up_after_any_fact_steps_within_steps_send_nothing_twice() {
    let (lab, echo) = within();
    let run = lab.submit("run", WITHIN, &json!({ "fails": false }));
    let whole = lab.drive(&run);
    let (facts, sent) = (lab.facts(&run), echo.seen().len());
    for first in 1..facts.len() {
        let report = lab.cut(&run, first).drive(&run);
        assert_eq!(report.status, RunStatus::Succeeded, "cut after {first} facts: {report:#?}");
        assert_eq!(report.outputs, whole.outputs);
    }
    assert_eq!((echo.seen().len(), lab.created(Endpoint::SendMessage).len()), (sent, 2));
    let ends = facts.iter().filter(|fact| matches!(fact.event, Event::Expanded { .. })).count();
    assert_eq!(ends, 2 + 2 + 1 + 2 * 2);
}

#[test]
fn a_secret_without_a_value_leaves_the_run_waiting_and_who_has_it_goes_on() {
    let (lab, echo) = with_echo();
    let text = r#"
outx: 1
name: x
secrets: [TOKEN]
steps:
  look: { uses: core.http, with: { url: "https://hooks.example.com/?k=${{ secrets.TOKEN }}" } }
  tell: { uses: core.http, with: { url: https://hooks.example.com/, method: POST, json: { text: "${{ secrets.TOKEN }}" } } }
  then: { needs: [look, tell], uses: core.set, with: { x: 1 } }
  other: { uses: core.http, with: { url: https://hooks.example.com/, method: POST, body: free } }
"#;
    let run = lab.submit("run", text, &json!({}));
    for _ in 0..2 {
        let report = lab.again().drive(&run);
        assert_eq!((report.status, status(&report, "other")), (RunStatus::Waiting, StepStatus::Succeeded));
        let waits: Vec<_> = report
            .waiting_for
            .iter()
            .map(|waiting| (waiting.path.as_str(), waiting.reason.word(), waiting.message.as_str()))
            .collect();
        let message = "the secret `TOKEN` has no value; set the environment variable `TOKEN`";
        assert_eq!(waits, [("look", "secret", message), ("tell", "secret", message)]);
        assert_eq!(report.wakes_at(lab.clock.now()), None, "only a person helps");
        assert_eq!(echo.seen(), ["free"]);
    }
    let lab = Lab { secrets: [("TOKEN".to_owned(), "s3cr3t-value".to_owned())].into(), ..lab.again() };
    let report = lab.drive(&run);
    assert_eq!(report.status, RunStatus::Succeeded, "{report:#?}");
    assert_eq!(echo.seen().len(), 3);
}

const GREETS: &str = r#"
outx: 1
name: x
steps:
  greet: { call: inner.yaml, with: { who: ada-example } }
  then: { needs: greet, uses: core.set, with: { name: "${{ steps.greet.output.name }}" } }
"#;

/// The same with inputs that cannot be computed, which shows when another step was done.
const CANNOT: &str = r#"
outx: 1
name: x
steps:
  list: { uses: core.set, with: { people: [] } }
  greet: { call: inner.yaml, with: { who: "${{ steps.list.output.people[3] }}" } }
  then: { needs: greet, uses: core.set, with: { name: "${{ steps.greet.output.name }}" } }
"#;

#[test]
fn a_call_whose_inputs_cannot_be_computed_any_more_has_failed() {
    // Before anything of it was begun, while its task is under way, and when it had ended.
    for (facts, latency) in [(2, 1), (usize::MAX, 60), (usize::MAX, 1)] {
        let latency = outx_service::LatencyLaw::Fixed(Duration::from_mins(latency));
        let echo = Arc::new(Echo::default());
        let beside: std::collections::BTreeMap<_, _> = [("inner.yaml".to_owned(), INNER.to_owned())].into();
        let lab = Lab { web: Some(echo.clone()), beside: beside.clone(), ..Lab::with(latency) };
        let run = lab.submit("run", GREETS, &json!({}));
        lab.drive(&run);
        let lab = lab.cut(&run, facts.min(lab.facts(&run).len()));
        let definition = outx_flow::Document::from(&*calling(CANNOT, &beside));
        lab.signal(&run, &Signal::Revise { inputs: json!({}), definition: Some(definition) }).unwrap();
        let mut report = lab.again().drive(&run);
        for _ in 0..3 {
            lab.clock.advance(Duration::from_hours(2));
            if !report.status.is_end() {
                report = lab.again().drive(&run);
            }
        }
        assert_eq!(report.status, RunStatus::Failed, "{report:#?}");
        assert_eq!(status(&report, "greet"), StepStatus::Failed);
        let error = &report.steps["greet"].error;
        assert_eq!(error["kind"], "expression");
        assert!(error["message"].as_str().unwrap().contains("the list has no item 3"), "{error}");
        assert_eq!(status(&report, "then"), StepStatus::Skipped);
        // Whoever folds the facts once more is told the same.
        assert_eq!(json(&lab.again().drive(&run)), json(&report));
    }
}
