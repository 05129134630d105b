//! A workflow with kinds of one's own, on the fake service and in virtual time: one that computes, and one that writes,
//! which the ledger lets do so once.

#![expect(clippy::print_stdout, reason = "an example shows something")]

use async_trait::async_trait;
use jiff::Timestamp;
use outx_flow::diagnostic::{Source, render};
use outx_flow::journal::{MemoryJournal, RunSummary, StepError};
use outx_flow::{
    CheckOptions, Did, EffectRunner, Engine, Kind, KindContext, KindEffect, KindField, LocalEngine, RunId,
    RunStatus, Setup, Start, Stop, Submission, Takes, check, resolve_inputs,
};
use outx_ledger::MemoryLedger;
use outx_model::{AccountId, Call, Doubt, Token};
use outx_service::{Host, LatencyLaw, ServiceConfig};
use outx_transport::{ApiKey, Client, FakeTransport, VirtualClock};
use serde_json::{Value, json};
use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const WORKFLOW: &str = r#"
outx: 1
name: shout
inputs: { person: ada-lovelace }
steps:
  profile: { uses: linkedin.fetch-profile, with: { profile_slug: "${{ inputs.person }}" } }
  loud: { uses: my.upper, with: { text: "${{ steps.profile.output.full_name }}" } }
  note: { once: "${{ steps.loud.output.text }}", uses: my.note, with: { text: "${{ steps.loud.output.text }}" } }
outputs: { name: "${{ steps.loud.output.text }}", line: "${{ steps.note.output.line }}" }
"#;

/// `my.upper`: gives its text in capitals.
#[derive(Debug)]
struct Upper;

#[async_trait]
impl Kind for Upper {
    fn name(&self) -> &'static str {
        "my.upper"
    }

    fn doc(&self) -> &'static str {
        "gives its text in capitals"
    }

    fn effect(&self) -> KindEffect {
        KindEffect::None
    }

    fn fields(&self) -> Option<Vec<KindField>> {
        Some(vec![KindField { name: "text", required: true, takes: Takes::Text, doc: "any text" }])
    }

    fn start(&self, input: &Value) -> Result<Start, StepError> {
        let text = input["text"].as_str().unwrap_or_default().to_uppercase();
        Ok(Start::Done(json!({ "text": text })))
    }
}

/// `my.note`: writes a line into a notebook, which must not have it twice.
#[derive(Debug, Default)]
struct Note(Mutex<Vec<String>>);

#[async_trait]
impl Kind for Note {
    fn name(&self) -> &'static str {
        "my.note"
    }

    fn doc(&self) -> &'static str {
        "writes a line into a notebook"
    }

    fn effect(&self) -> KindEffect {
        KindEffect::Write
    }

    // What is named here is written ahead in the ledger, and `act` is called with its permission alone.
    fn call(&self, input: &Value) -> Option<(Call, Value)> {
        Some((Call::kind(self.name()).ok()?, input.clone()))
    }

    fn fields(&self) -> Option<Vec<KindField>> {
        Some(vec![KindField { name: "text", required: true, takes: Takes::Text, doc: "what is noted" }])
    }

    fn start(&self, input: &Value) -> Result<Start, StepError> {
        Ok(Start::Local(input.clone()))
    }

    async fn act(&self, input: &Value, _: &KindContext) -> Did {
        let Ok(mut lines) = self.0.lock() else {
            return Did::Lost(Doubt { what: "the notebook is torn".to_owned(), arrived: true });
        };
        lines.push(input["text"].as_str().unwrap_or_default().to_owned());
        Did::Done(json!({ "line": lines.len() }))
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut options = CheckOptions::shipped();
    options.registry.add(Arc::new(Upper));
    let notebook = Arc::new(Note::default());
    options.registry.add(notebook.clone());
    let source = Source::new("shout.yaml", WORKFLOW);
    let checked = check(&source, &options);
    let Some(workflow) = checked.workflow else {
        return Err(render(&source, &checked.diagnostics, false).into());
    };

    let clock = VirtualClock::new(Timestamp::UNIX_EPOCH);
    let latency = LatencyLaw::Fixed(Duration::from_secs(40));
    let host = Arc::new(Host::in_memory(ServiceConfig { latency, ..ServiceConfig::default() }));
    let transport = Arc::new(FakeTransport::new(host, Arc::new(clock.clone())));
    let account = AccountId::from("test");
    let key = ApiKey::new("any-key")?;
    let client = Arc::new(Client::new(transport, Arc::new(clock.clone()), account.clone(), Some(key)));
    let next = AtomicU64::new(0);
    let tokens = Arc::new(move || Token::from(next.fetch_add(1, Ordering::Relaxed).to_string()));
    let effects = EffectRunner::new(client, Arc::new(MemoryLedger::new()), tokens);
    let mut setup = Setup::new(Arc::new(MemoryJournal::default()), effects);
    setup.options = options;
    let engine = LocalEngine::new(setup);

    let inputs = resolve_inputs(&workflow, &[]).map_err(|faults| format!("{faults:?}"))?;
    let workflow = Arc::new(workflow);
    for id in ["first", "second"] {
        let run = RunId::new(id);
        let summary = RunSummary {
            run_id: run.clone(),
            name: workflow.name.clone(),
            account: account.clone(),
            emulated: true,
            started_at: Timestamp::UNIX_EPOCH,
            status: RunStatus::Running,
        };
        let (workflow, inputs) = (workflow.clone(), inputs.clone());
        let submission = Submission { summary, workflow, inputs, folder: String::new(), detached: false };
        let report = clock.simulate(async {
            engine.submit(&submission).await?;
            engine.drive(&run, &Stop::default()).await
        })??;
        println!("{id}: {} (was there already: {})", report.outputs, report.steps["note"].already);
    }
    let lines = notebook.0.lock().map_err(|_| "the notebook is torn")?;
    println!("noted: {}", lines.join(", "));
    if lines.len() == 1 { Ok(()) } else { Err("it was noted twice".into()) }
}
