//! What a run in progress holds, counted in allocations, which no other work on the machine changes.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use crate::lab::{Lab, account};
use allocation_counter::measure;
use async_trait::async_trait;
use jiff::Timestamp;
use outx_flow::journal::{Batch, Fact, Journal, JournalError, MemoryJournal, RunSummary, Said};
use outx_flow::{EffectRunner, Engine, LocalEngine, RunId, RunReport, RunStatus, Setup, Signal, Stop};
use outx_model::{ContentHash, Token};
use outx_transport::Client;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Facts in memory, and each value in a file of its own.
struct OnDisk {
    facts: MemoryJournal,
    folder: PathBuf,
    /// How many bytes were read back.
    read: AtomicU64,
}

impl OnDisk {
    fn keep(&self, batch: Batch) -> Batch {
        for (hash, text) in &batch.values {
            fs::write(self.folder.join(hash.to_string()), &**text).unwrap();
        }
        Batch { values: Vec::new(), ..batch }
    }
}

#[async_trait]
impl Journal for OnDisk {
    async fn create(&self, run: &RunSummary, batch: Batch) -> Result<bool, JournalError> {
        self.facts.create(run, self.keep(batch)).await
    }
    async fn append(&self, run: &RunId, batch: Batch) -> Result<(), JournalError> {
        self.facts.append(run, self.keep(batch)).await
    }
    async fn facts(&self, run: &RunId) -> Result<Vec<Fact>, JournalError> {
        self.facts.facts(run).await
    }
    async fn values(&self, hashes: &[ContentHash]) -> Result<Vec<Arc<str>>, JournalError> {
        let read = |hash: &ContentHash| fs::read_to_string(self.folder.join(hash.to_string())).unwrap();
        let texts: Vec<Arc<str>> = hashes.iter().map(|hash| read(hash).into()).collect();
        let bytes = texts.iter().map(|text| text.len() as u64).sum();
        self.read.fetch_add(bytes, Ordering::SeqCst);
        Ok(texts)
    }
    async fn run(&self, run: &RunId) -> Result<Option<RunSummary>, JournalError> {
        self.facts.run(run).await
    }
    async fn runs(&self) -> Result<Vec<RunSummary>, JournalError> {
        self.facts.runs().await
    }
    async fn due(&self, now: Timestamp, most: usize) -> Result<Vec<RunSummary>, JournalError> {
        self.facts.due(now, most).await
    }
    async fn say(&self, run: &RunId, signal: &Signal, now: Timestamp) -> Result<(), JournalError> {
        self.facts.say(run, signal, now).await
    }
    async fn said(&self, run: &RunId) -> Result<Vec<Said>, JournalError> {
        self.facts.said(run).await
    }
}

/// How large a row is, in bytes.
const ROW: usize = 16_000;

/// Each item reads its row and another input, and gives as much on.
const LARGE_ROWS: &str = r#"
outx: 1
name: x
inputs: { rows: { type: array, items: object }, word: { type: text, default: and } }
vars: { ending: "and!" }
steps:
  fan:
    each: ${{ inputs.rows }}
    as: row
    key: ${{ row.id }}
    steps:
      first: { uses: core.set, with: { text: "${{ row.text }} ${{ inputs.word }}" } }
      then: { uses: core.set, with: { text: "${{ steps.first.output.text }} ${{ vars.ending }}" } }
    outputs: { text: "${{ steps.then.output.text }}" }
outputs: { done: "${{ steps.fan.status }}" }
"#;

struct Taken {
    report: RunReport,
    held: u64,
    read: u64,
}

/// Takes a run up of which nothing was begun but that it has its inputs; tells what was held at most.
fn taken_up(rows: usize, text: &str, is_brief: bool) -> Taken {
    let lab = Lab::new();
    let list: Vec<Value> = (0..rows)
        .map(|n| json!({ "id": format!("p{n}"), "text": format!("{n} {}", "x".repeat(ROW)) }))
        .collect();
    let run = lab.submit("run", text, &json!({ "rows": list, "word": "and" }));
    drop(list);
    lab.drive(&run);
    let all = lab.facts(&run);
    let known = 1;
    let folder = tempfile::tempdir().unwrap();
    let (read, path) = (AtomicU64::new(0), folder.path().to_owned());
    let journal = Arc::new(OnDisk { facts: MemoryJournal::default(), folder: path, read });
    lab.now(async {
        let hashes: Vec<_> = all[..known].iter().flat_map(|fact| fact.event.values()).collect();
        let texts = lab.journal.values(&hashes).await.unwrap();
        let values = hashes.into_iter().zip(texts).collect();
        let summary = lab.journal.run(&run).await.unwrap().unwrap();
        let batch = Batch { facts: all[..known].to_vec(), values, ..Batch::default() };
        assert!(journal.create(&summary, batch).await.unwrap());
    });
    drop(all);
    let client = Client::new(lab.transport.clone(), Arc::new(lab.clock.clone()), account(), None);
    let tokens = Arc::new(|| Token::from("t"));
    let effects = EffectRunner::new(Arc::new(client), lab.ledger.clone(), tokens);
    let setup = Setup { is_brief, ..Setup::new(journal.clone(), effects) };
    let mut report = None;
    let cost = measure(|| {
        let engine = LocalEngine::new(setup);
        report = Some(lab.now(engine.drive(&run, &Stop::default())).unwrap());
    });
    let report = report.unwrap();
    assert_eq!(report.status, RunStatus::Succeeded, "{:?}", report.error);
    Taken { report, held: cost.bytes_max, read: journal.read.load(Ordering::SeqCst) }
}

#[test]
fn what_is_held_does_not_grow_with_what_the_items_hold() {
    let (some, more) = (taken_up(400, LARGE_ROWS, true), taken_up(1_600, LARGE_ROWS, true));
    let each = more.held.saturating_sub(some.held) / 1_200;
    assert!(
        each < ROW as u64 / 2,
        "{each} bytes more for each item: {} for 400, {} for 1,600",
        some.held,
        more.held
    );
    assert_eq!(more.report.outputs, json!({ "done": "succeeded" }));
    // Each value is read back once, or a second time.
    let all = 1_600 * ROW as u64;
    assert!(more.read < 6 * all, "{} bytes were read of {all}", more.read);
    let items = more.report.steps["fan"].items.as_ref().unwrap();
    assert!(items.len() == 1_600 && items.iter().all(|item| item.outputs.is_null()));
}

#[test]
fn who_reads_all_items_is_given_all_of_them() {
    let text = LARGE_ROWS.replace(
        "outputs: { done",
        "  last: { uses: core.set, with: { n: \"${{ steps.fan.items.map(i, i.outputs.text.size()) }}\", \
         m: \"${{ steps.fan.rows.size() }}\", k: \"${{ steps.fan.items.map(i, i.row.id) }}\" } }\noutputs: { done",
    );
    let taken = taken_up(400, &text, false);
    let output = &taken.report.steps["last"].output;
    assert_eq!((&output["m"], &output["k"][399]), (&json!(400), &json!("p399")));
    let length = |n: usize| n.to_string().len() + " ".len() + ROW + " and and!".len();
    assert_eq!(output["n"], json!((0..400).map(length).collect::<Vec<_>>()));
    let items = taken.report.steps["fan"].items.as_ref().unwrap();
    assert_eq!(items[7].outputs["text"].as_str().unwrap().len(), length(7));
}
