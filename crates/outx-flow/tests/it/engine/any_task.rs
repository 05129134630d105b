//! Endpoints that the catalogue does not know, by `outx.task`.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use super::steps;
use crate::lab::{Lab, account, status};
use async_trait::async_trait;
use outx_flow::diagnostic::{Source, render};
use outx_flow::{CheckOptions, RunId, RunReport, RunStatus, Signal, StepStatus, check};
use outx_ledger::LedgerStore;
use outx_model::{Method, STATUS_PATH, Word};
use outx_transport::{Context, ErrorKind, Request, Response, Sent, Transport, TransportError};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// A service that knows two endpoints more than the catalogue, and loses the answers to the first creates. Each task has
/// ended when it is asked for.
#[derive(Default)]
struct Newer {
    loses: Mutex<usize>,
    creates: Mutex<Vec<(String, Value)>>,
    output: Value,
}

#[async_trait]
impl Transport for Newer {
    async fn send(&self, request: &Request, _: &Context) -> Result<Response, TransportError> {
        if request.method == Method::Get {
            assert_eq!(request.path, STATUS_PATH);
            let task = json!({ "id": request.query[0].1, "status": "completed", "task_output": self.output });
            return Ok(Response::json(200, &json!({ "success": true, "data": task })));
        }
        let known = ["/linkedin-agent/fetch-something", "/linkedin-agent/send-something"];
        if !known.contains(&request.path.as_str()) {
            return Ok(Response::json(404, &json!({ "error": "Not found" })));
        }
        let mut creates = self.creates.lock().unwrap();
        creates.push((request.path.clone(), serde_json::from_slice(request.body.as_ref().unwrap()).unwrap()));
        let mut loses = self.loses.lock().unwrap();
        if *loses > 0 {
            *loses -= 1;
            return Err(TransportError::new(ErrorKind::Broken, Sent::Maybe, "the answer is lost"));
        }
        let id = format!("task-{}", creates.len());
        Ok(Response::json(200, &json!({ "success": true, "api_agent_task_id": id })))
    }
}

fn ran(text: &str, loses: usize, output: Value) -> (Lab, Arc<Newer>, RunReport) {
    let newer = Arc::new(Newer { loses: Mutex::new(loses), output, ..Newer::default() });
    let lab = Lab { way: Some(newer.clone()), ..Lab::new() };
    let report = lab.run(&steps(text), &json!({}));
    (lab, newer, report)
}

const READ: &str = "  look: { uses: outx.task, with: { endpoint: fetch-something, effect: read, input: { of: x } } }\n\
                    \x20 then: { needs: look, uses: core.set, with: { x: '${{ steps.look.output.found[0] }}' } }\n";
const WRITE: &str = "  send: { uses: outx.task, with: { endpoint: send-something, effect: write } }\n";

#[test]
fn a_read_gives_what_came_back_and_is_asked_again_where_its_answer_is_lost() {
    let (lab, newer, report) = ran(READ, 2, json!({ "found": [7] }));
    assert_eq!(report.status, RunStatus::Succeeded);
    assert_eq!(report.steps["look"].output, json!({ "found": [7] }));
    assert_eq!(report.steps["then"].output["x"], 7);
    assert_eq!(report.steps["look"].task_id.as_deref(), Some("task-3"));
    let path = "/linkedin-agent/fetch-something".to_owned();
    assert_eq!(*newer.creates.lock().unwrap(), vec![(path, json!({ "of": "x" })); 3]);
    let entries = lab.now(lab.ledger.entries(&account())).unwrap();
    assert_eq!(entries[0].endpoint.word(), "read:fetch-something");
    // Taken up again, nothing is created anew.
    assert_eq!(lab.drive(&RunId::new("run")).status, RunStatus::Succeeded);
    for first in 1..=lab.facts(&RunId::new("run")).len() {
        assert_eq!(lab.cut(&RunId::new("run"), first).drive(&RunId::new("run")).status, RunStatus::Succeeded);
    }
    assert_eq!(newer.creates.lock().unwrap().len(), 3);
}

#[test]
fn a_write_is_sent_once_whatever_is_lost() {
    let (lab, newer, report) = ran(WRITE, 1, json!({ "sent": true }));
    assert_eq!((report.status, status(&report, "send")), (RunStatus::NeedsAttention, StepStatus::InDoubt));
    let run = RunId::new("run");
    assert_eq!(lab.drive(&run).status, RunStatus::NeedsAttention);
    assert_eq!(newer.creates.lock().unwrap().len(), 1);
    let step = outx_flow::Path::parse("send");
    lab.signal(&run, &Signal::Resolve { step, word: Word::NotSent }).unwrap();
    let report = lab.drive(&run);
    assert_eq!(report.status, RunStatus::Succeeded);
    assert!(!report.steps["send"].unconfirmed);
    assert_eq!(newer.creates.lock().unwrap().len(), 2);
    // What says that it was not done has failed, and what says nothing is marked.
    assert_eq!(ran(WRITE, 0, json!({ "sent": false })).2.status, RunStatus::Failed);
    assert!(ran(WRITE, 0, json!({ "ok": 1 })).2.steps["send"].unconfirmed);
}

#[test]
fn it_counts_against_the_account_and_an_unknown_name_is_refused_by_the_service() {
    let newer = Arc::new(Newer::default());
    let lab = Lab { way: Some(newer.clone()), ..Lab::new() };
    lab.limit(&json!([{ "at_most": 1, "of": "all", "per": "24h" }]));
    let report = lab.run(&steps(&format!("{WRITE}{}", WRITE.replace("send:", "again: "))), &json!({}));
    assert_eq!((report.status, newer.creates.lock().unwrap().len()), (RunStatus::Waiting, 1));
    let (_, _, report) = ran(&WRITE.replace("send-something", "send-nothing"), 0, json!({}));
    assert_eq!(report.steps["send"].error["kind"], "rejected");
}

#[test]
fn what_the_catalogue_knows_has_a_kind_of_its_own_and_the_effect_must_be_stated() {
    for (with, said) in [
        ("endpoint: like-post, effect: write", "say `uses: linkedin.like-post`"),
        ("endpoint: fetch-something", "`outx.task` needs `effect`"),
        ("endpoint: fetch-something, effect: none", "`effect` must be one of read, write"),
        ("endpoint: get-task-status, effect: read", "nothing can be called `get-task-status`"),
        ("endpoint: ../x, effect: read", "nothing can be called `../x`"),
        ("endpoint: fetch-something, effect: read, input: [1]", "`input` must be an object"),
    ] {
        let text = steps(&format!("  x: {{ uses: outx.task, with: {{ {with} }} }}\n"));
        let source = Source::new("x.yaml", text);
        let checked = check(&source, &CheckOptions::shipped());
        let told = render(&source, &checked.diagnostics, false);
        assert!(checked.workflow.is_none() && told.contains(said), "{with}: {told}");
    }
    // `once` is for writes, and it is known from the file which one it is.
    let once = READ.replace("look: { uses", "look: { once: none, uses");
    let source = Source::new("x.yaml", steps(&once));
    let told = render(&source, &check(&source, &CheckOptions::shipped()).diagnostics, false);
    assert!(told.contains("`once` does nothing for `outx.task`"), "{told}");
}
