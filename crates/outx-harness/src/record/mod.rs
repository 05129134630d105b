//! Runs of the past as cases of a test file.
//!
//! What others answered is taken from the run, with stand-ins for people, texts and secrets ([`stand_in`]); what is expected
//! is not: the case is played, and what comes of it is written down. So a case that was recorded holds at once, and says
//! where it goes another way than the run did.

mod allowed;
mod compare;
mod draft;
mod redact;
mod stand_in;
mod story;
mod words;

use crate::expect::{call_of, of, yaml};
use crate::file::TestFile;
use crate::files::Files;
use crate::play::{PlayError, Played, play};
use crate::snapshot::Snapshots;
use crate::verdict::judge;
use allowed::Allowed;
use compare::{differences, fields_read, mapped};
use draft::{LEAST, Plan, SHIFTS};
use jiff::Timestamp;
use outx_flow::diagnostic::{Severity, Source, render};
use outx_flow::journal::{Event, Fact};
use outx_flow::yaml::MAX_BYTES;
use outx_flow::{CheckOptions, Document, Path, Reported, RunReport, Workflow, check_document};
use outx_ledger::Entry;
use outx_model::{ContentHash, Effect};
use serde_json::{Map, Value, json};
use stand_in::StandIns;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;
use story::{Keys, Saying, Story};

/// A case is drawn up so often at most, until it finds an answer to all that its run asks.
const DRAFTS: usize = 200;

/// What the test file is called in findings.
const TEST: &str = "recorded.test.yaml";

/// A run of the past.
#[derive(Debug, Clone, Copy)]
pub struct PastRun<'r> {
    /// Its definition, the last one where it had several.
    pub document: &'r Document,
    /// All its facts, in order.
    pub facts: &'r [Fact],
    /// The values that they name, without the definitions.
    pub values: &'r BTreeMap<ContentHash, Value>,
    /// What the ledger knows of its writes, at least of those that were in doubt.
    pub entries: &'r [Entry],
    /// How it stands.
    pub report: &'r RunReport,
}

impl PastRun<'_> {
    pub(crate) fn start(&self) -> Timestamp {
        self.facts.first().map_or(Timestamp::UNIX_EPOCH, |fact| fact.at)
    }
}

/// How a run is recorded.
#[derive(Debug, Clone)]
pub struct Recording {
    /// How the test file calls the file of the workflow, by its path from its own folder.
    pub workflow: String,
    /// What stands in fields of these names is kept as it is.
    pub keep: Vec<String>,
    /// What its runs know of kinds.
    pub options: CheckOptions,
}

impl Recording {
    /// The workflow of a definition.
    ///
    /// # Errors
    ///
    /// Where this version does not take it any more.
    pub fn workflow_of(&self, document: &Document) -> Result<Workflow, RecordError> {
        let checked = check_document(&self.workflow, document, &self.options);
        checked.workflow.ok_or_else(|| {
            let mut findings = checked.diagnostics;
            findings.retain(|finding| finding.severity == Severity::Error);
            let source = Source::new(self.workflow.as_str(), document.text.as_str());
            RecordError::Refused(refused(&render(&source, &findings, false)))
        })
    }
}

/// A run that became a test.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// The text of a test file with one case.
    pub text: String,
    /// What a person has to know of it, each in a sentence: where the case goes another way than the run did, and what it
    /// cannot tell.
    pub notes: Vec<String>,
    /// Whether the case holds.
    pub holds: bool,
}

/// A run cannot become a test.
#[derive(Debug)]
pub enum RecordError {
    /// Nothing is known of what it did.
    Nothing,
    /// So many bytes are more than a test file may have.
    TooLarge(usize),
    /// Its definition, or the case that was made, is refused: all findings, as a person reads them.
    Refused(String),
    /// The case cannot be played.
    Play(PlayError),
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing is known of what the run did"),
            Self::TooLarge(bytes) => write!(
                f,
                "its case would have {bytes} bytes, and a test file has at most {MAX_BYTES}; record one over fewer rows"
            ),
            Self::Refused(findings) => f.write_str(findings.trim_end()),
            Self::Play(error) => write!(f, "the case cannot be played: {error}"),
        }
    }
}

impl Error for RecordError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Play(error) => Some(error),
            _ => None,
        }
    }
}

/// Makes a case of a run, with stand-ins for people, texts and secrets.
///
/// Numbers, truth values, moments, durations and what the workflow's file says itself stay. Equal originals have equal
/// stand-ins; what is made of words of names is made of the words of theirs.
///
/// # Errors
///
/// Where its definition is none that this version takes, and where the case cannot be played.
pub fn record(run: &PastRun<'_>, recording: &Recording) -> Result<Recorded, RecordError> {
    if !matches!(run.facts.first().map(|fact| &fact.event), Some(Event::RunStarted { .. })) {
        return Err(RecordError::Nothing);
    }
    let files: Arc<dyn Files> = Arc::new(files(run.document, &recording.workflow));
    let read = |case: Map<String, Value>| {
        let text = written(run, &recording.workflow, &case);
        if text.len() > MAX_BYTES {
            return Err(RecordError::TooLarge(text.len()));
        }
        let source = Source::new(TEST, text);
        TestFile::read(&source, &files, &recording.options).map_err(|wrong| {
            let is_own = wrong.source.name() == TEST;
            let findings = render(&wrong.source, &wrong.findings, false);
            RecordError::Refused(if is_own { findings } else { refused(&findings) })
        })
    };
    let workflow = recording.workflow_of(run.document)?;
    let told = story::read(run, &workflow);
    let secrets = redact::secrets(&workflow, &told);
    let was = told.keys.clone();
    let mut stand_ins = StandIns::new(Allowed::of(run.document), &recording.keep, &workflow.inputs);
    let story = redact::redacted(told, &mut stand_ins, &secrets);

    let mut work = Work { story: &story, was: &was, plan: first_plan(&story), notes: Vec::new() };
    let draft = |plan: &Plan| draft::case(run, &workflow, &story, &secrets, plan);
    let mut found = None;
    for _ in 0..DRAFTS {
        let mut case = draft(&work.plan);
        case.insert("expect".to_owned(), json!({ "status": "succeeded" }));
        let file = read(case)?;
        match play(&file, &file.cases[0]) {
            Ok(played) if work.is_done_by(&played) => {
                found = Some(played);
                break;
            }
            Ok(_) => {}
            Err(error) => match error {
                PlayError::Then(_) if work.waits_longer() => {}
                error => return Err(RecordError::Play(error)),
            },
        }
    }
    let Some(played) = found else {
        let help = "the case finds no answer to all that its run asks".to_owned();
        return Err(RecordError::Refused(help));
    };
    let mut case = draft(&work.plan);
    case.insert("expect".to_owned(), expected(&played));
    let file = read(case)?;
    let verdict = judge(&file, &file.cases[0], &Snapshots::default());
    let mut notes = work.told();
    notes.extend(differing(run, &played, &workflow, stand_ins.replaced()));
    if !verdict.holds() {
        notes
            .push(format!("the case does not hold yet:\n{}", render(&file.source, &verdict.findings, false)));
    }
    Ok(Recorded { text: file.source.text().to_owned(), notes, holds: verdict.holds() })
}

/// The files of a definition, by their paths from the test file's folder.
fn files(document: &Document, path: &str) -> BTreeMap<PathBuf, String> {
    let folder = FilePath::new(path).parent().unwrap_or(FilePath::new(""));
    let called = document.called.iter().map(|(path, text)| (folder.join(path), text.clone()));
    called.chain([(PathBuf::from(path), document.text.clone())]).collect()
}

fn refused(findings: &str) -> String {
    format!("this version of outx refuses the run's definition:\n{findings}")
}

fn first_plan(story: &Story) -> Plan {
    Plan { paths: vec![None; story.said.len()], ..Plan::default() }
}

/// The text of the file with one case.
fn written(run: &PastRun<'_>, workflow: &str, case: &Map<String, Value>) -> String {
    // A moment as it was, to the second.
    let now = Timestamp::from_second(run.start().as_second()).unwrap_or(run.start());
    let head =
        "# A run of the past, recorded by `outx test record`: people, texts and secrets are stand-ins.\n";
    let whole = json!({ "workflow": workflow, "now": now.to_string(), "cases": [case] });
    head.to_owned() + &yaml(&whole)
}

/// A case on its way to one that can be played as the run went.
struct Work<'w> {
    story: &'w Story,
    was: &'w Keys,
    plan: Plan,
    notes: Vec<String>,
}

impl Work<'_> {
    /// Whether all that was said is told and all that is asked is answered; else it is told or answered from here on.
    fn is_done_by(&mut self, played: &Played) -> bool {
        let is_told = self.tells_more(played);
        let is_answered = self.answers_more(played);
        is_told && is_answered
    }

    /// Tells what was said, as far as its steps are known here.
    fn tells_more(&mut self, played: &Played) -> bool {
        if self.plan.told == self.plan.paths.len() {
            return true;
        }
        let keys = keys(played);
        let before = self.plan.told;
        while let Some(said) =
            self.story.said.get(self.plan.told).filter(|_| self.plan.told < self.plan.paths.len())
        {
            let path = match &said.what {
                Saying::Approve { step, .. } | Saying::Resolve { step, .. } => Some(step),
                Saying::Retry { from } => from.as_ref(),
                Saying::Inputs(_) | Saying::Cancel => None,
            };
            if let Some(path) = path {
                let Some(path) = mapped(path, self.was, &keys) else { break };
                self.plan.paths[self.plan.told] = Some(path);
            }
            self.plan.told += 1;
        }
        if self.plan.told == before {
            // The case has no such step, and never will.
            self.gives_up();
            return true;
        }
        false
    }

    /// Leaves out what was said from here on.
    fn gives_up(&mut self) {
        self.plan.paths.truncate(self.plan.told);
        self.notes.push(format!(
            "of {} things that people said to the run, the case tells the first {}: the others do not fit how it goes",
            self.story.said.len(),
            self.plan.told
        ));
    }

    /// Lets people speak later; where that does not help, the last of them says nothing.
    fn waits_longer(&mut self) -> bool {
        if self.plan.shift + 1 < SHIFTS.len() {
            self.plan.shift += 1;
            return true;
        }
        if self.plan.told == 0 {
            return false;
        }
        self.plan.told -= 1;
        self.plan.shift = 0;
        self.notes.retain(|note| !note.starts_with("of "));
        self.gives_up();
        true
    }

    /// Gives answers to calls that found none: by less of their input, and made up where the run made none of the sort.
    fn answers_more(&mut self, played: &Played) -> bool {
        let sorts: BTreeSet<&str> = played.unscripted.iter().map(|call| call.call.as_str()).collect();
        let mut is_done = true;
        for sort in sorts {
            let is_known = match sort {
                "core.http" => !self.story.requests.is_empty(),
                "core.command" => !self.story.programs.is_empty(),
                sort => self.story.calls.iter().any(|call| call.what.name() == sort),
            };
            if is_known {
                let level = self.plan.levels.entry(sort.to_owned()).or_default();
                if *level < LEAST {
                    *level += 1;
                    is_done = false;
                }
            } else if call_of(sort).is_some() && self.plan.made_up.insert(sort.to_owned()) {
                is_done = false;
            }
        }
        is_done
    }

    /// What a person has to know of how the story is told.
    fn told(self) -> Vec<String> {
        let mut notes = self.notes;
        for sort in &self.plan.made_up {
            notes.push(format!("the run made no call of {sort}, and the case does: its answer is made up"));
        }
        for step in self.story.left_out.keys() {
            notes.push(format!("the run was emulated and left `{step}` out, and the case does it"));
        }
        if self.story.is_revised {
            notes.push(
                "the run was given another definition on its way, and the case has the last one".to_owned(),
            );
        }
        let has_files = self.story.files.iter().any(|(input, _)| {
            input["path"].as_str().is_some_and(|path| path.starts_with('/') || path.contains(".."))
        });
        if has_files {
            notes.push("the run read a file outside of its folder, which no case has".to_owned());
        }
        notes
    }
}

/// The keys of the fan-outs of a case.
fn keys(played: &Played) -> Keys {
    let mut all = Keys::new();
    for fact in played.facts.last().into_iter().flatten() {
        if let Event::Expanded { keys, .. } = &fact.event {
            let keys = keys.iter().map(|key| Path::run().item(key).to_string()).collect();
            all.entry(fact.path.to_string()).or_default().push(keys);
        }
    }
    all
}

/// What came, as it is expected.
fn expected(played: &Played) -> Value {
    let report = &played.report;
    let mut expect = Map::new();
    let mut put = |key: &str, value: Value| drop(expect.insert(key.to_owned(), value));
    put("status", json!(report.status.word()));
    if report.outputs.as_object().is_some_and(|outputs| !outputs.is_empty()) {
        put("outputs", report.outputs.clone());
    }
    if !report.waiting_for.is_empty() {
        put("waiting_for", report.waiting_for.iter().map(|waiting| waiting.reason.word()).collect());
    }
    let mut steps = Map::new();
    for (path, reported) in report.all() {
        if matches!(reported, Reported::Step(_)) {
            steps.insert(path.to_string(), of(reported)["status"].clone());
        }
    }
    put("steps", steps.into());
    let writes = played.sent.iter().filter(|sent| sent.effect == Effect::Write);
    let sent = writes.map(|sent| json!({ sent.name(): told(&sent.input) }));
    put("sent", sent.collect());
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for sent in &played.sent {
        *counts.entry(sent.name().to_owned()).or_default() += 1;
    }
    counts.retain(|name, _| call_of(name).is_some());
    if !counts.is_empty() {
        put("sent_count", json!(counts));
    }
    Value::Object(expect)
}

/// The input of a call without the headers of a request, which are nobody's concern.
fn told(input: &Value) -> Value {
    let fields = input.as_object().into_iter().flatten().filter(|(name, _)| *name != "headers");
    Value::Object(fields.map(|(name, value)| (name.clone(), value.clone())).collect())
}

/// Where the case goes another way, each with what may be kept so that it does not.
fn differing(
    run: &PastRun<'_>,
    played: &Played,
    workflow: &Workflow,
    replaced: &BTreeSet<String>,
) -> Vec<String> {
    let found = differences(run.report, &played.report);
    let note = |difference: compare::Difference| {
        let times = match difference.times {
            1 => String::new(),
            times => format!(" ({times} times)"),
        };
        let mut note = format!(
            "`{}` was {} and is {} in the case{times}",
            difference.step, difference.was, difference.is
        );
        let fields = fields_read(workflow, &difference.step, replaced);
        if !fields.is_empty() {
            let keep: Vec<_> = fields.iter().map(|field| format!("--keep {field}")).collect();
            note.extend([": it reads what was replaced; to keep that, say ", &keep.join(" ")]);
        }
        note
    };
    found.into_iter().map(note).collect()
}
