//! A case that is played: its world, its run, and what came of both.

use crate::file::{Before, Case, Faulted, TestFile, Then, What, answer};
use crate::file::{CameBefore, Truth};
use crate::folder::{files, hide_folder};
use jiff::{SignedDuration, Timestamp};
use outx_flow::journal::{Event, Fact};
use outx_flow::testing::{Harness, Moment, Reply, Sent, TestingError, TestingErrorKind, Unscripted};
use outx_flow::{Given, Path, Ran, Reported, RunId, RunReport, RunStatus, Signal};
use outx_ledger::{AccountStore, Blocked, Entry, Intent, LedgerError, LedgerStore, Tie, call_key, ties};
use outx_model::{
    ActionFact, ActionKey, Call, ContentHash, Doubt, Effect, PersonName, Target, TaskId, TaskOutcome, Token,
    Word,
};
use outx_transport::{Clock, Response, WebRequest};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::fs;
use std::io;
use std::time::Duration;
use tempfile::TempDir;

/// What came of a case.
#[derive(Debug)]
pub struct Played {
    /// How its run stands; the last one, where there are several.
    pub report: RunReport,
    /// The same as its facts alone tell it, to whoever comes later.
    pub described: RunReport,
    /// All that arrived at the service, at others and at programs, in order.
    pub sent: Vec<Sent>,
    /// How much virtual time passed until the last thing happened.
    pub elapsed: Duration,
    /// The files in its folder, by their paths.
    pub files: BTreeMap<String, Vec<u8>>,
    /// What happened in each run, in order.
    pub facts: Vec<Vec<Fact>>,
    /// Calls that nothing was said of.
    pub unscripted: Vec<Unscripted>,
    /// The kills that happened, each with the path of its step.
    pub kills: Vec<(String, Moment)>,
    /// Which names belong to one person, by the answers.
    pub(crate) ties: Vec<Tie>,
    /// What the ledger holds at the end.
    pub(crate) entries: Vec<Entry>,
}

/// A case could not be played.
#[derive(Debug)]
pub enum PlayError {
    /// The run could not be worked on.
    Run(TestingError),
    /// The folder for its files could not be made or read.
    Folder(io::Error),
    /// The ledger refused what the case says was before.
    Ledger(LedgerError),
    /// What is to happen then does not fit.
    Then(String),
}

impl fmt::Display for PlayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run(error) => match error.source() {
                Some(source) => write!(f, "{error}: {source}"),
                None if error.kind() == TestingErrorKind::Restless => {
                    write!(
                        f,
                        "{error}; let a fault end (`times`, `until`), or stay with the run for less (`for`)"
                    )
                }
                None => error.fmt(f),
            },
            Self::Folder(error) => write!(f, "its folder cannot be used: {error}"),
            Self::Ledger(error) => write!(f, "the ledger cannot be prepared: {error}"),
            Self::Then(why) => f.write_str(why),
        }
    }
}

impl Error for PlayError {}

impl From<TestingError> for PlayError {
    fn from(error: TestingError) -> Self {
        Self::Run(error)
    }
}

impl From<io::Error> for PlayError {
    fn from(error: io::Error) -> Self {
        Self::Folder(error)
    }
}

impl From<LedgerError> for PlayError {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

/// What disturbs a case besides what it says itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Disturbed {
    pub(crate) faults: Vec<Faulted>,
    pub(crate) crashes: Vec<(String, Moment)>,
    /// Whether a person tells the truth about doubts at the end, so that the run can go on.
    pub(crate) tells_truth: bool,
}

/// A world in which a case is played.
struct Stage<'c> {
    case: &'c Case,
    harness: Harness,
    folder: TempDir,
    start: Timestamp,
    runs: Vec<RunId>,
}

/// Plays a case.
///
/// # Errors
///
/// Where it cannot be played to an end that could be compared.
pub fn play(file: &TestFile, case: &Case) -> Result<Played, PlayError> {
    play_disturbed(file, case, &Disturbed::default())
}

pub(crate) fn play_disturbed(
    file: &TestFile,
    case: &Case,
    disturbed: &Disturbed,
) -> Result<Played, PlayError> {
    let mut stage = Stage::new(file, case, disturbed)?;
    stage.begin(file, &[])?;
    for then in &case.then {
        stage.then(file, then)?;
    }
    let mut report = stage.drive()?;
    if disturbed.tells_truth {
        report = stage.truth(report)?;
    }
    stage.played(report)
}

/// So often a person says the truth about doubts before it is enough.
const WORDS: usize = 8;

impl<'c> Stage<'c> {
    fn new(file: &TestFile, case: &'c Case, disturbed: &Disturbed) -> Result<Self, PlayError> {
        let folder = tempfile::tempdir()?;
        for (path, bytes) in &case.files {
            let path = folder.path().join(path);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(path, bytes)?;
        }
        let mut harness = Harness::scripted(case.scenario.clone());
        if let Some(start) = case.start {
            harness = harness.starting_at(start);
        }
        let start = harness.clock().now();
        harness = harness
            .in_folder(folder.path())
            .with_kinds(file.options.registry.clone())
            .with_files(file.options.resolver.clone())
            .with_patience(case.patience);
        for (name, value) in &case.secrets {
            harness = harness.with_secret(name, value);
        }
        for fault in case.faults.iter().chain(&disturbed.faults) {
            harness = harness.disturbed(fault.injection.clone(), fault.number);
        }
        for (step, moments) in &case.crashes {
            harness = harness.killed_at(step, moments);
        }
        for (step, moment) in &disturbed.crashes {
            harness = harness.killed_at(step, &[*moment]);
        }
        harness = with_others(harness, case, start);
        let stage = Self { case, harness, folder, start, runs: Vec::new() };
        stage.remember()?;
        Ok(stage)
    }

    /// Lets the account be what the case says of it.
    fn remember(&self) -> Result<(), PlayError> {
        let (ledger, account) = (self.harness.ledger(), self.harness.account());
        for (number, before) in self.case.before.iter().enumerate() {
            self.harness.now(self.sent_before(number, before))??;
        }
        self.block(&self.case.block)?;
        if let Some(limits) = &self.case.limits {
            self.harness.now(ledger.set_limits(&account, Some(limits.clone())))??;
        }
        Ok(())
    }

    fn block(&self, people: &[PersonName]) -> Result<(), PlayError> {
        let since = self.harness.clock().now();
        let blocked: Vec<_> =
            people.iter().map(|name| Blocked { name: name.clone(), note: None, since }).collect();
        let (ledger, account) = (self.harness.ledger(), self.harness.account());
        self.harness.now(ledger.block(&account, &blocked))??;
        Ok(())
    }

    async fn sent_before(&self, number: usize, before: &Before) -> Result<(), LedgerError> {
        let (ledger, account) = (self.harness.ledger(), self.harness.account());
        let ago = SignedDuration::try_from(before.ago).unwrap_or(SignedDuration::ZERO);
        let at = self.start.checked_sub(ago).unwrap_or(Timestamp::MIN);
        let by =
            ActionKey::new(format!("before-{number}/{}", before.step.as_deref().unwrap_or("it")).as_str());
        let call = Call::from(before.endpoint);
        let key = call_key(call, &before.input, &by, before.step.as_deref());
        let intent = Intent::new(by, key, account.clone(), call, before.input.clone());
        let token = Token::new(format!("before-{number}").as_str());
        ledger.begin(&intent, token.clone(), at).await?;
        let task_id = TaskId::from(format!("before-{number}").as_str());
        let output = json!({ "sent": true });
        let facts = match before.came {
            CameBefore::InDoubt => {
                let doubt = Doubt { what: "it was so before".to_owned(), arrived: false };
                vec![ActionFact::Lost { token, doubt }]
            }
            CameBefore::Done => {
                let outcome = TaskOutcome::Completed { output: ContentHash::of_json(&output) };
                vec![
                    ActionFact::Accepted { token, task_id: task_id.clone() },
                    ActionFact::Ended { task_id, outcome },
                ]
            }
            CameBefore::Failed => {
                let outcome = TaskOutcome::Failed { reason: "it was so before".to_owned() };
                vec![
                    ActionFact::Accepted { token, task_id: task_id.clone() },
                    ActionFact::Ended { task_id, outcome },
                ]
            }
        };
        for fact in facts {
            let output = matches!(&fact, ActionFact::Ended { .. }).then_some(&output);
            ledger.record(&account, &intent.entry, &fact, output, at).await?;
        }
        Ok(())
    }

    /// Begins a run, with these inputs besides those of the case.
    fn begin(&mut self, file: &TestFile, more: &[(String, Value)]) -> Result<(), PlayError> {
        let run = RunId::new(match self.runs.len() {
            0 => "run".to_owned(),
            before => format!("run-{}", before + 1),
        });
        let given = self.given(more);
        self.harness.submit_given(&run, &file.workflow, &given)?;
        self.runs.push(run);
        Ok(())
    }

    fn given(&self, more: &[(String, Value)]) -> Vec<(String, Given)> {
        let more = more.iter().map(|(name, value)| (name.clone(), Given::Json(value.clone())));
        self.case.inputs.iter().cloned().chain(more).collect()
    }

    fn run(&self) -> &RunId {
        // One was begun before anything else is asked for.
        &self.runs[self.runs.len() - 1]
    }

    fn drive(&self) -> Result<RunReport, PlayError> {
        Ok(self.harness.drive(self.run())?)
    }

    fn then(&mut self, file: &TestFile, then: &Then) -> Result<(), PlayError> {
        let after = SignedDuration::try_from(then.after).unwrap_or(SignedDuration::MAX);
        let moment = self.start.checked_add(after).unwrap_or(Timestamp::MAX);
        let report = self.harness.drive_until(self.run(), moment)?;
        let signal = match &then.what {
            What::Approve { step, yes, by } => {
                Signal::Approve { step: Path::parse(step), yes: *yes, by: by.clone() }
            }
            What::Resolve { step, word } => {
                let word = match word {
                    Truth::Sent => Word::Sent { task_id: None },
                    Truth::NotSent => Word::NotSent,
                    Truth::GiveUp => Word::GiveUp,
                };
                Signal::Resolve { step: Path::parse(step), word }
            }
            What::Retry { from } => Signal::Retry { from: from.as_deref().map(Path::parse) },
            What::Revise(more) => {
                let given = self.given(more);
                let inputs = outx_flow::resolve_inputs(&file.workflow, &given).map_err(|_| {
                    PlayError::Then(format!(
                        "the inputs that come after {} do not fit",
                        crate::expect::shown(then.after)
                    ))
                })?;
                Signal::Revise { inputs, definition: None }
            }
            What::Add { input, rows } => Signal::Add { input: input.clone(), rows: rows.clone() },
            What::Cancel => Signal::Cancel,
            What::Again(more) => {
                // A run in doubt waits for a person, and keeps no other from beginning.
                if !report.status.is_end() && report.status != RunStatus::NeedsAttention {
                    let message = format!(
                        "the run was to begin again after {}, and the one before had not ended by then: it is {}",
                        crate::expect::shown(then.after),
                        report.status.word()
                    );
                    return Err(PlayError::Then(message));
                }
                return self.begin(file, more);
            }
            What::Block(people) => return self.block(people),
        };
        self.harness.say(self.run(), &signal).map_err(|error| {
            let why = error.source().map_or_else(|| error.to_string(), ToString::to_string);
            PlayError::Then(format!(
                "what happens after {} does not fit: {why}",
                crate::expect::shown(then.after)
            ))
        })
    }

    /// Lets a person say what truly became of each doubt, and goes on.
    fn truth(&self, mut report: RunReport) -> Result<RunReport, PlayError> {
        for _ in 0..WORDS {
            let doubts = doubts(&report);
            if doubts.is_empty() {
                break;
            }
            for path in doubts {
                let word = self.word(&path)?;
                let signal = Signal::Resolve { step: path, word };
                self.harness.say(self.run(), &signal)?;
            }
            report = self.drive()?;
        }
        Ok(report)
    }

    /// What became of a write in doubt, by the service's own log.
    fn word(&self, path: &Path) -> Result<Word, PlayError> {
        let (entries, sent) = (self.entries()?, self.harness.sent());
        // The write may be one that a run before had begun.
        let facts = self.harness.facts(self.run())?;
        let key = facts.iter().rev().filter(|fact| fact.path == *path).find_map(|fact| match &fact.event {
            Event::Begun { entry, .. } => Some(entry),
            _ => None,
        });
        let by = format!("{}/{path}", self.run());
        let is_meant = |entry: &&Entry| match key {
            Some(key) => entry.key == *key,
            None => entry.by.as_str() == by,
        };
        let Some(entry) = entries.iter().find(is_meant) else {
            return Ok(Word::NotSent);
        };
        let arrived: Vec<_> = sent.iter().filter(|sent| sent.call == entry.endpoint).collect();
        if !entry.endpoint.is_task() {
            // The ledger holds no more of such an input than may be shown, so it is counted what arrived.
            let ended = |entry: &&Entry| entry.action.state().is_end();
            let same = entries.iter().filter(|other| other.endpoint == entry.endpoint);
            let word = Word::Sent { task_id: None };
            return Ok(if arrived.len() > same.filter(ended).count() { word } else { Word::NotSent });
        }
        let known: Vec<_> = entries.iter().flat_map(|entry| entry.action.task_ids()).collect();
        let mut same = arrived.iter().filter(|sent| ContentHash::of_json(&sent.input) == entry.input);
        let task = same.find_map(|sent| sent.task.clone().filter(|task| !known.contains(task)));
        Ok(match task {
            Some(task) => Word::Sent { task_id: Some(task) },
            None => Word::NotSent,
        })
    }

    fn entries(&self) -> Result<Vec<Entry>, PlayError> {
        Ok(self.harness.now(self.harness.ledger().entries(&self.harness.account()))??)
    }

    fn played(self, mut report: RunReport) -> Result<Played, PlayError> {
        let entries = self.entries()?;
        let mut ties: Vec<Tie> = entries
            .iter()
            .flat_map(|entry| entry.output.iter().flat_map(|output| ties(&entry.names, output)))
            .collect();
        ties.sort();
        ties.dedup();
        let ended = report.moved_at.unwrap_or(self.start);
        let mut facts = Vec::new();
        for run in &self.runs {
            facts.push(self.harness.facts(run)?);
        }
        let mut described = self.harness.describe(self.run())?;
        hide_folder(&mut report, self.folder.path());
        hide_folder(&mut described, self.folder.path());
        Ok(Played {
            sent: self.harness.sent(),
            elapsed: Duration::try_from(ended.duration_since(self.start)).unwrap_or_default(),
            files: files(self.folder.path())?,
            facts,
            unscripted: self.harness.unscripted(),
            kills: self.harness.kills(),
            ties,
            entries,
            report,
            described,
        })
    }
}

/// With others and programs as the case plays them.
fn with_others(harness: Harness, case: &Case, start: Timestamp) -> Harness {
    let http: Vec<_> = case
        .http
        .iter()
        .map(|rule| crate::file::HttpRule { asked: rule.asked.anew(), reply: rule.reply.clone() })
        .collect();
    let commands: Vec<_> = case
        .commands
        .iter()
        .map(|rule| crate::file::ProgramRule { asked: rule.asked.anew(), ran: rule.ran.clone() })
        .collect();
    let since = move |now: Timestamp| Duration::try_from(now.duration_since(start)).unwrap_or_default();
    let surprises = harness.surprises();
    let harness = harness.with_web(move |request: &WebRequest, now| {
        let told = outx_flow::testing::told(request);
        if let Some(rule) = answer(&http, &told, since(now)) {
            rule.reply.clone()
        } else {
            surprises(Unscripted { at: now, call: "core.http".to_owned(), input: told });
            // As a wrong request: nothing waits for a better time.
            let body = "the test says nothing of this request".into();
            Reply::Answer(Response { status: 400, headers: Vec::new(), body }, Duration::ZERO)
        }
    });
    let (surprises, clock) = (harness.surprises(), harness.clock().clone());
    harness.with_programs(move |program| {
        let told = json!({ "program": program.name, "args": program.args, "stdin": program.stdin });
        let now = clock.now();
        if let Some(rule) = answer(&commands, &told, since(now)) {
            rule.ran.clone()
        } else {
            surprises(Unscripted { at: now, call: "core.command".to_owned(), input: told });
            Ran::NotStarted("the test says nothing of this program".to_owned())
        }
    })
}

impl Played {
    /// How many calls of a sort arrived; `*` stands for all of OutX.
    pub(crate) fn count(&self, name: &str) -> u64 {
        let is_meant = |sent: &&Sent| match name {
            "*" => sent.task.is_some(),
            name => sent.name() == name,
        };
        self.sent.iter().filter(is_meant).count() as u64
    }

    /// What was written to a person, under whatever name.
    pub(crate) fn written_to(&self, person: &PersonName) -> Option<&Sent> {
        let mut names = vec![person.clone()];
        // Names of one person can be tied over several steps.
        let mut at = 0;
        while at < names.len() {
            let name = names[at].clone();
            for tie in &self.ties {
                let other = match &name {
                    name if *name == tie.slug => &tie.id,
                    name if *name == tie.id => &tie.slug,
                    _ => continue,
                };
                if !names.contains(other) {
                    names.push(other.clone());
                }
            }
            at += 1;
        }
        self.sent.iter().filter(|sent| sent.effect == Effect::Write).find(|sent| {
            let target = sent.call.spec().and_then(|spec| spec.target(&sent.input));
            matches!(target, Some(Target::Person(key)) if names.contains(&PersonName::Id(key.clone())))
        })
    }

    /// What expressions of a test can read.
    pub(crate) fn told(&self) -> [(&'static str, Value); 6] {
        let steps: Map<String, Value> = self
            .report
            .all()
            .into_iter()
            .map(|(path, reported)| (path.to_string(), crate::expect::of(reported)))
            .collect();
        let calls = |effect: Effect| -> Value {
            let sent = self.sent.iter().filter(|sent| sent.effect == effect);
            sent.map(|sent| json!({ "call": sent.name(), "input": sent.input, "at": sent.at.to_string() }))
                .collect()
        };
        [
            ("status", json!(self.report.status.word())),
            ("outputs", self.report.outputs.clone()),
            ("steps", Value::Object(steps)),
            ("sent", calls(Effect::Write)),
            ("reads", calls(Effect::Read)),
            ("elapsed", json!(self.elapsed.as_secs_f64())),
        ]
    }
}

/// The steps in doubt that hold no others.
pub(crate) fn doubts(report: &RunReport) -> Vec<Path> {
    let all = report.all();
    let in_doubt = all.iter().filter_map(|(path, reported)| match reported {
        Reported::Step(step) if step.status.word() == "in_doubt" && step.doubt.is_some() => {
            Some(path.clone())
        }
        _ => None,
    });
    in_doubt.collect()
}
