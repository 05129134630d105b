//! `outx run --preview`

use super::{interruptible, print_json};
use crate::args::Listing;
use crate::doubts::Advice;
use crate::fault::Fault;
use crate::kinds::{Purpose, options};
use crate::preview::{Noted, PreviewLedger, ReadsOnly, ReadsShown};
use crate::print::{say, stdout};
use crate::progress::Progress;
use crate::table::{cell, csv};
use crate::{Exit, show as text};
use indexmap::IndexSet;
use outx_flow::journal::MemoryJournal;
use outx_flow::{EffectRunner, Engine, LocalEngine, RunReport, RunStatus, Setup, Stop, Submission};
use outx_model::{Effect, Endpoint, Token};
use outx_poller::Policy;
use outx_store::Store;
use outx_transport::Client;
use serde_json::json;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

/// What a preview is made with.
pub(super) struct Look {
    pub store: Store,
    pub client: Client,
    pub poll: Option<Policy>,
    pub patience: Duration,
    /// Whether people are reached: then limits hold where none are set.
    pub live: bool,
    /// Whether steps that only look may start programs.
    pub programs: bool,
    pub output: Listing,
}

/// Does the reads of a run and prints the writes. Nothing of it is a run: it stands in no list and cannot be resumed.
pub(super) async fn preview(look: Look, submission: &Submission) -> Result<Exit, Fault> {
    let ledger = Arc::new(PreviewLedger::new(look.store));
    let reads_only = Arc::new(ReadsOnly(look.client.transport().clone(), ledger.clone()));
    let client = Arc::new(look.client.with_transport(reads_only));
    let tokens = Arc::new(|| Token::from(uuid::Uuid::new_v4().to_string()));
    let effects =
        EffectRunner::new(client, ledger.clone(), tokens).with_limits(crate::account::limits(look.live));
    let mut setup = Setup::new(Arc::new(MemoryJournal::default()), effects);
    if let Some(poll) = look.poll {
        setup.options.poll = poll;
    }
    setup.emulated = !look.live;
    setup.web = Some(super::web(look.live));
    setup.programs = super::programs(look.programs);
    setup.secrets = crate::secrets::source(look.live);
    setup.options.registry = options(Purpose::Preview, look.programs).registry;
    setup.options = crate::preview::dry(setup.options);
    setup.patience = look.patience;
    setup.observer = Arc::new(ReadsShown(Progress::default()));
    let (engine, stop) = (LocalEngine::new(setup), Stop::default());
    let run = &submission.summary.run_id;
    let report = interruptible(run, &stop, engine.start(submission, &stop)).await?;
    let Some(report) = report else {
        return Err(Fault::new(Exit::Internal, "the preview could not begin", ""));
    };
    let noted = in_order(ledger.noted(), &report);
    match look.output {
        Listing::Json => print_json(&noted.iter().map(as_json).collect::<Vec<_>>()),
        Listing::Csv => stdout(&as_csv(&noted)?),
        Listing::Text => stdout(&as_text(&noted)),
    }
    say!("PREVIEW, no write was sent");
    if report.status != RunStatus::Succeeded {
        say!("the preview is not whole, and more may be written than it shows:");
        say!("{}", text::report(&report, report.status.word(), &Advice::new()).trim_end());
    }
    Ok(if stop.is_asked() { Exit::Interrupted } else { Exit::of_run(&report) })
}

/// In the order of the file and its lists, whatever was looked at first.
fn in_order(mut noted: Vec<Noted>, report: &RunReport) -> Vec<Noted> {
    let places: IndexSet<_> = report.all().into_iter().map(|(path, _)| path.to_string()).collect();
    noted.sort_by_key(|noted| places.get_index_of(noted.path.as_str()));
    noted
}

fn as_text(noted: &[Noted]) -> String {
    let mut out = String::new();
    for (number, write) in (1..).zip(noted) {
        let _ = writeln!(out, "{number:>4}  {}  {}  {}", write.path, write.endpoint, write.target);
        let until = write.not_before.map(|until| format!(", not before {until}")).unwrap_or_default();
        let why = write.why.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
        let _ = writeln!(out, "      {}{until}{why}", write.fate.says());
        // What the target says already is not said twice.
        let fields = write.input.as_object().into_iter().flatten();
        for (name, value) in fields.filter(|(name, _)| !name.ends_with("_urn")) {
            let _ = writeln!(out, "      {name}: {}", cell(value).replace('\n', "\n        "));
        }
    }
    let sent = noted.iter().filter(|write| write.not_before.is_some() || write.fate.word() == "send").count();
    let _ = writeln!(out, "{} writes, {sent} of them would be sent", noted.len());
    out
}

fn as_json(write: &Noted) -> serde_json::Value {
    json!({
        "step": write.path, "endpoint": write.endpoint, "target": write.target, "fate": write.fate.word(),
        "not_before": write.not_before, "why": write.why, "input": write.input,
    })
}

/// One column for each field that a write can have.
fn as_csv(noted: &[Noted]) -> Result<String, Fault> {
    let writes = Endpoint::ALL.into_iter().filter(|endpoint| endpoint.effect() == Effect::Write);
    let fields: IndexSet<&str> =
        writes.flat_map(|endpoint| endpoint.spec().fields.iter().map(|field| field.name)).collect();
    let fixed = ["step", "endpoint", "target", "fate", "not_before", "why"];
    let header: Vec<_> = fixed.into_iter().chain(fields.iter().copied()).collect();
    let row = |write: &Noted| {
        let as_json = as_json(write);
        let known = fixed.iter().map(|column| cell(&as_json[*column]));
        known.chain(fields.iter().map(|field| cell(&write.input[*field]))).collect()
    };
    csv(&header, noted.iter().map(row))
}
