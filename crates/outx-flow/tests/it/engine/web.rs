//! Requests to others than OutX, by `core.http`: each write at most once, whatever is answered.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use super::steps;
use crate::lab::{Lab, account, json, status};
use async_trait::async_trait;
use outx_flow::journal::Event;
use outx_flow::{RunId, RunReport, RunStatus, Signal, StepStatus};
use outx_ledger::LedgerStore;
use outx_model::{Proof, Word};
use outx_transport::{Clock, ErrorKind, Response, Sent, TransportError, Web, WebMethod, WebRequest};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What the other end does with the next requests; what comes after them is answered with 200.
#[derive(Debug, Default)]
struct Other {
    next: Mutex<VecDeque<Answer>>,
    seen: Mutex<Vec<(WebMethod, String, String)>>,
}

#[derive(Debug, Clone)]
enum Answer {
    Status(u16, Option<&'static str>),
    Lost,
    NotSent,
    TooLarge,
}

use Answer::{Lost, NotSent, Status, TooLarge};

impl Other {
    fn that(answers: &[Answer]) -> Arc<Self> {
        Arc::new(Self { next: Mutex::new(answers.iter().cloned().collect()), ..Self::default() })
    }

    /// What arrived.
    fn seen(&self) -> Vec<(WebMethod, String, String)> {
        self.seen.lock().unwrap().clone()
    }
}

#[async_trait]
impl Web for Other {
    async fn exchange(&self, request: &WebRequest, _: Duration) -> Result<Response, TransportError> {
        let next = self.next.lock().unwrap().pop_front().unwrap_or(Status(200, None));
        if let NotSent = next {
            let sent = Sent::No(Proof::NoConnection);
            return Err(TransportError::new(ErrorKind::Connect, sent, "no connection could be made"));
        }
        let body = String::from_utf8_lossy(request.body.as_deref().unwrap_or_default()).into_owned();
        let method = request.method;
        self.seen.lock().unwrap().push((method, request.url.expose().to_owned(), body));
        let (kind, message) = match next {
            Lost => (ErrorKind::Broken, "the connection broke before an answer came"),
            TooLarge => (ErrorKind::TooLarge, "the answer is larger than 4194304 bytes"),
            Status(status, after) => {
                let answer = Response::json(status, &json!({ "ok": status < 300 }));
                let answer = answer.with_header("set-cookie", "session=secret");
                return Ok(match after {
                    Some(after) => answer.with_header("retry-after", after),
                    None => answer,
                });
            }
            NotSent => unreachable!("it was answered above"),
        };
        Err(TransportError::new(kind, Sent::Maybe, message))
    }
}

const POST: &str = "  tell: { uses: core.http, with: { url: 'https://hooks.example.com/secret?k=secret', method: POST, \
                    json: { text: hello } } }\n\
                    \x20 then: { needs: tell, uses: core.set, with: { x: '${{ steps.tell.output.status }}' } }\n\
                    \x20 other: { uses: core.set, with: { x: 1 } }\n";

const GET: &str = "  look: { uses: core.http, with: { url: 'https://api.example.com/v1' } }\n\
                   \x20 then: { needs: look, uses: core.set, with: { x: '${{ steps.look.output.json.ok }}' } }\n";

fn lab(answers: &[Answer]) -> (Lab, Arc<Other>) {
    let other = Other::that(answers);
    (Lab { web: Some(other.clone()), ..Lab::new() }, other)
}

fn ran(text: &str, answers: &[Answer]) -> (Lab, Arc<Other>, RunReport) {
    let (lab, other) = lab(answers);
    let report = lab.run(&steps(text), &json!({}));
    // Where a run fails or waits, nothing of the address but the origin is told.
    let told = json(&report).to_string();
    assert!(!told.contains("secret"), "{told}");
    (lab, other, report)
}

fn error(report: &RunReport, step: &str) -> (String, String) {
    let error = &report.steps[step].error;
    let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
    (text("kind"), text("message"))
}

#[test]
fn a_post_is_sent_once_and_gives_its_answer() {
    let (lab, other, report) = ran(POST, &[]);
    assert_eq!(report.status, RunStatus::Succeeded);
    let output = &report.steps["tell"].output;
    assert_eq!((&output["status"], &output["json"]), (&json!(200), &json!({ "ok": true })));
    assert_eq!((&output["body"], &output["headers"]["set-cookie"]), (&json!("{\"ok\":true}"), &Value::Null));
    assert_eq!(report.steps["then"].output["x"], 200);
    let url = "https://hooks.example.com/secret?k=secret".to_owned();
    assert_eq!(other.seen(), [(WebMethod::Post, url, "{\"text\":\"hello\"}".to_owned())]);
    let entries = lab.now(lab.ledger.entries(&account())).unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!((entries[0].endpoint.name(), entries[0].action.state().word()), ("core.http", "completed"));
    // The ledger holds nothing of the address.
    assert!(!serde_json::to_string(&entries).unwrap().contains("hooks.example.com/"));
}

#[test]
fn a_lost_answer_is_in_doubt_until_a_person_says_what_became_of_it() {
    for (answer, what) in [
        (Lost, "POST https://hooks.example.com: the connection broke before an answer came"),
        (Status(500, None), "POST https://hooks.example.com: answered with status 500"),
        (Status(303, None), "POST https://hooks.example.com: answered with status 303"),
        (Status(408, None), "POST https://hooks.example.com: answered with status 408"),
        (Status(503, None), "POST https://hooks.example.com: answered with status 503"),
        (TooLarge, "POST https://hooks.example.com: the answer is larger than 4194304 bytes"),
    ] {
        for (word, status_of_tell, sent) in [
            (Word::Sent { task_id: None }, StepStatus::Succeeded, 1),
            (Word::NotSent, StepStatus::Succeeded, 2),
            (Word::GiveUp, StepStatus::Failed, 1),
        ] {
            let (lab, other, report) = ran(POST, std::slice::from_ref(&answer));
            assert_eq!(report.status, RunStatus::NeedsAttention, "{answer:?}");
            assert_eq!(status(&report, "tell"), StepStatus::InDoubt);
            assert_eq!(report.steps["tell"].doubt.as_deref(), Some(what));
            assert_eq!(status(&report, "other"), StepStatus::Succeeded);
            let run = RunId::new("run");
            assert_eq!(lab.drive(&run).status, RunStatus::NeedsAttention);
            assert_eq!(other.seen().len(), 1, "driven again it is not sent again");
            let step = outx_flow::Path::parse("tell");
            lab.signal(&run, &Signal::Resolve { step, word }).unwrap();
            let report = lab.drive(&run);
            assert_eq!((status(&report, "tell"), other.seen().len()), (status_of_tell, sent));
        }
    }
}

#[test]
fn what_is_refused_waits_and_what_was_not_sent_is_no_doubt() {
    for (answer, reason, until) in [
        (Status(429, Some("600")), "limit", Some(600)),
        (Status(503, Some("600")), "limit", Some(600)),
        (Status(429, None), "limit", None),
        (NotSent, "network", None),
    ] {
        let (lab, other, report) = ran(POST, std::slice::from_ref(&answer));
        assert_eq!(report.status, RunStatus::Waiting, "{answer:?}");
        let waiting = &report.waiting_for[0];
        assert_eq!((waiting.path.as_str(), waiting.reason.word()), ("tell", reason));
        let begun = report.started_at.unwrap();
        let seconds = waiting.until.map(|until| until.duration_since(begun).as_secs());
        assert_eq!(seconds, until, "{answer:?}");
        if let Some(until) = waiting.until {
            lab.now(lab.clock.sleep_until(until));
        }
        let report = lab.drive(&RunId::new("run"));
        assert_eq!(report.status, RunStatus::Succeeded);
        assert_eq!(other.seen().len(), if let NotSent = answer { 1 } else { 2 });
    }
}

#[test]
fn retry_tries_again_what_was_refused_or_not_sent_and_nothing_else() {
    let retry =
        POST.replace("json: { text: hello } }", "json: { text: hello } }, retry: { max: 3, delay: 1s }");
    let refusals = [Status(429, None), NotSent, Status(503, Some("2"))];
    let (_, other, report) = ran(&retry, &refusals);
    assert_eq!((report.status, other.seen().len()), (RunStatus::Succeeded, 3));
    for answer in [Lost, Status(502, None)] {
        let (_, other, report) = ran(&retry, std::slice::from_ref(&answer));
        assert_eq!((report.status, other.seen().len()), (RunStatus::NeedsAttention, 1), "{answer:?}");
    }
}

#[test]
fn an_answer_that_is_not_expected_fails_the_step() {
    let expecting = POST.replace("json: { text", "expect: [201], json: { text");
    for (text, answer, kind, message) in [
        (POST, Status(404, None), "rejected", "POST https://hooks.example.com: refused (status 404)"),
        (POST, Status(307, None), "rejected", "points elsewhere"),
        (&expecting, Status(200, None), "outcome_unknown", "answered with status 200, which is not expected"),
    ] {
        let (lab, other, report) = ran(text, std::slice::from_ref(&answer));
        assert_eq!((report.status, other.seen().len()), (RunStatus::Failed, 1));
        let (known, told) = error(&report, "tell");
        assert_eq!(known, kind);
        assert!(told.contains(message), "{told}");
        // Done once more by a person's wish it is another action, of which nothing is known.
        let run = RunId::new("run");
        lab.signal(&run, &Signal::Retry { from: None }).unwrap();
        assert_eq!(lab.drive(&run).status == RunStatus::Succeeded, text == POST, "{kind}");
        assert_eq!(other.seen().len(), 2);
    }
    let redirected = POST.replace("json: { text", "expect: 303, json: { text");
    assert_eq!(ran(&redirected, &[Status(303, None)]).2.status, RunStatus::Succeeded);
}

#[test]
fn a_look_is_asked_again_and_stands_in_no_ledger() {
    let (lab, other, report) = ran(GET, &[Lost, Status(500, None), Lost]);
    assert_eq!((report.status, other.seen().len()), (RunStatus::Succeeded, 4));
    assert_eq!(report.steps["then"].output["x"], true);
    assert_eq!(lab.now(lab.ledger.entries(&account())).unwrap(), []);
    // Nobody answers: the run waits, and nothing else of it does.
    let beside =
        format!("{GET}  profile: {{ uses: linkedin.fetch-profile, with: {{ profile_slug: ada }} }}\n");
    let (lab, _) = self::lab(&[Lost, Lost, Lost]);
    let report = lab.run(&steps(&beside), &json!({}));
    assert_eq!(report.status, RunStatus::Waiting);
    assert_eq!(report.waiting_for[0].reason.word(), "network");
    assert_eq!(status(&report, "profile"), StepStatus::Succeeded);
    assert_eq!(lab.drive(&RunId::new("run")).status, RunStatus::Succeeded);
    // What does not pass by itself is not waited for.
    for answer in [Status(302, None), Status(404, None), TooLarge] {
        let (_, other, report) = ran(GET, std::slice::from_ref(&answer));
        assert_eq!((report.status, other.seen().len()), (RunStatus::Failed, 1), "{answer:?}");
        assert_eq!(error(&report, "look").0, "rejected");
    }
}

#[test]
fn what_is_repeatable_is_sent_again_and_never_in_doubt() {
    let text = POST.replace("json: { text", "repeatable: true, json: { text");
    let (lab, other, report) = ran(&text, &[Lost, Status(500, None)]);
    assert_eq!((report.status, other.seen().len()), (RunStatus::Succeeded, 3));
    assert_eq!(lab.now(lab.ledger.entries(&account())).unwrap(), []);
}

#[test]
fn each_run_sends_once_and_under_one_key_all_of_them_do() {
    for (once, sent) in [("", 2), ("once: '${{ \"spring\" }}', ", 1)] {
        let text = steps(&POST.replace("tell: { uses", &format!("tell: {{ {once}uses")));
        let (lab, other) = lab(&[]);
        let statuses = ["first", "second"].map(|run| {
            let run = lab.submit(run, &text, &json!({}));
            lab.drive(&run)
        });
        assert!(statuses.iter().all(|report| report.status == RunStatus::Succeeded));
        assert_eq!(other.seen().len(), sent);
        assert_eq!(statuses[1].steps["tell"].already, sent == 1);
        assert_eq!(statuses[1].steps["tell"].output, statuses[0].steps["tell"].output);
        if sent == 1 {
            let other = text.replace("text: hello", "text: bye");
            let run = lab.submit("third", &other, &json!({}));
            let report = lab.drive(&run);
            assert!(error(&report, "tell").1.contains("choose another key"), "{:?}", report.steps["tell"]);
        }
    }
    let assumed = POST.replace("tell: { uses", "tell: { in_doubt: assume-sent, uses");
    let (_, other, report) = ran(&assumed, &[Lost]);
    assert_eq!((status(&report, "tell"), other.seen().len()), (StepStatus::Succeeded, 1));
    assert!(report.steps["tell"].assumed);
}

/// Whatever a crash leaves of the facts, the ledger says what became of the request.
#[test]
fn cut_anywhere_nothing_is_sent_twice() {
    for answer in [Status(200, None), Lost, Status(404, None)] {
        let (whole, other, report) = ran(POST, std::slice::from_ref(&answer));
        let run = RunId::new("run");
        for first in 1..=whole.facts(&run).len() {
            let lab = whole.cut(&run, first);
            let again = lab.drive(&run);
            assert_eq!(again.status, report.status, "{answer:?}, after {first} facts");
            assert_eq!(json(&again)["steps"], json(&report)["steps"], "{answer:?}, after {first} facts");
            assert_eq!(other.seen().len(), 1, "{answer:?}, after {first} facts");
        }
    }
}

/// Dropped at any moment, it was sent at most once; where it was not, it is sent, and else it is in doubt or done.
#[test]
fn dropped_anywhere_nothing_is_sent_twice() {
    let mut ends = Vec::new();
    for polls in 1..100 {
        let (lab, other) = lab(&[]);
        let lab = Lab { slow: true, ..lab };
        let run = lab.submit("run", &steps(POST), &json!({}));
        if lab.drive_for(&run, polls).is_some() {
            break;
        }
        let report = lab.again().drive(&run);
        assert!(other.seen().len() <= 1, "dropped after {polls} polls");
        if report.status == RunStatus::Succeeded {
            assert_eq!(other.seen().len(), 1, "dropped after {polls} polls");
        }
        ends.push(report.status);
    }
    assert!(ends.contains(&RunStatus::Succeeded) && ends.contains(&RunStatus::NeedsAttention), "{ends:?}");
}

#[test]
fn an_emulated_run_sends_nothing_out_of_this_machine() {
    let (lab, other) = lab(&[]);
    let lab = Lab { emulated: true, ..lab };
    let text = format!(
        "{POST}{}  here: {{ uses: core.http, with: {{ url: 'http://127.0.0.1:9/x', method: PUT, body: hello }} }}\n",
        GET.replace("then:", "after:")
    );
    let report = lab.run(&steps(&text), &json!({}));
    assert_eq!(report.status, RunStatus::Succeeded);
    for (step, wanted) in [
        ("tell", StepStatus::Skipped),
        ("then", StepStatus::Skipped),
        ("look", StepStatus::Skipped),
        ("here", StepStatus::Succeeded),
        ("other", StepStatus::Succeeded),
    ] {
        assert_eq!(status(&report, step), wanted, "{step}");
    }
    assert_eq!(other.seen().len(), 1);
    let facts = lab.facts(&RunId::new("run"));
    let emulated = |event: &Event| *event == Event::Skipped { why: outx_flow::journal::SkipReason::Emulated };
    assert_eq!(facts.iter().filter(|fact| emulated(&fact.event)).count(), 2);
}
