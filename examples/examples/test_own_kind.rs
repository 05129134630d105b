//! A kind of one's own under test: it talks with a service of its own, which the test plays, and whose answer is lost
//! once. The kind says what that means; the engine and the ledger see to it that nothing is done twice.

#![expect(clippy::print_stdout, reason = "an example shows something")]

use async_trait::async_trait;
use outx_flow::journal::{StepError, StepErrorKind};
use outx_flow::testing::{Harness, Reply};
use outx_flow::{Did, Kind, KindContext, KindEffect, KindField, Registry, Start, Takes};
use outx_model::{Call, Doubt};
use outx_transport::{Response, WebMethod, WebRequest, WebUrl};
use serde_json::{Value, json};
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// `my.ticket`: opens a ticket, which must not be opened twice.
#[derive(Debug)]
struct Ticket;

#[async_trait]
impl Kind for Ticket {
    fn name(&self) -> &'static str {
        "my.ticket"
    }

    fn doc(&self) -> &'static str {
        "opens a ticket"
    }

    fn effect(&self) -> KindEffect {
        KindEffect::Write
    }

    fn fields(&self) -> Option<Vec<KindField>> {
        Some(vec![KindField { name: "title", required: true, takes: Takes::Text, doc: "what it is about" }])
    }

    fn call(&self, input: &Value) -> Option<(Call, Value)> {
        Some((Call::kind(self.name()).ok()?, input.clone()))
    }

    fn start(&self, input: &Value) -> Result<Start, StepError> {
        Ok(Start::Local(input.clone()))
    }

    async fn act(&self, input: &Value, context: &KindContext) -> Did {
        let unusable =
            |why: &str| Did::Failed(StepError { kind: StepErrorKind::Io, message: why.to_owned() });
        let Some(web) = &context.web else { return unusable("nothing may be sent here") };
        let Ok(url) = WebUrl::parse("https://tickets.example.org/new") else {
            return unusable("the address is wrong");
        };
        let body = Some(input.to_string().into());
        let request = WebRequest { method: WebMethod::Post, url, headers: Vec::new(), body };
        match web.exchange(&request, Duration::from_secs(10)).await {
            Ok(answer) => Did::Done(json!({ "status": answer.status })),
            Err(error) => Did::Lost(Doubt { what: error.to_string(), arrived: error.answered() }),
        }
    }
}

const WORKFLOW: &str = r"
outx: 1
name: tickets
steps:
  open: { uses: my.ticket, with: { title: A new lead } }
";

fn main() -> Result<(), Box<dyn Error>> {
    let mut kinds = Registry::shipped();
    kinds.add(Arc::new(Ticket));
    let is_lost = AtomicBool::new(true);
    let harness = Harness::new().with_kinds(kinds).with_web(move |_, _| {
        if is_lost.swap(false, Ordering::SeqCst) {
            return Reply::Lost { arrived: true };
        }
        Reply::Answer(Response { status: 201, headers: Vec::new(), body: Vec::new().into() }, Duration::ZERO)
    });
    let workflow = harness.check("tickets.yaml", WORKFLOW)?;
    let report = harness.run(&workflow, &json!({}))?;
    assert_eq!(report.steps["open"].status.word(), "in_doubt");
    assert_eq!(harness.writes().len(), 1, "it is not opened again by itself");
    println!(
        "one ticket was opened, and nobody knows it yet: the step is {}",
        report.steps["open"].status.word()
    );
    Ok(())
}
