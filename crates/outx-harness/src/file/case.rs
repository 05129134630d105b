//! One case.

use super::others::{HttpRule, ProgramRule};
use super::past::Before;
use super::reader::{Reader, many};
use super::then::Then;
use crate::expect::{Expect, Law};
use crate::files::Files;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use outx_flow::diagnostic::{Diagnostic, Span};
use outx_flow::testing::Moment;
use outx_flow::yaml::{Node, NodeValue};
use outx_flow::{Given, InputFault, InputType, Workflow, resolve_inputs};
use outx_ledger::limits::Limits;
use outx_model::PersonName;
use outx_service::{Command, Injection, Scenario};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// What cases may share: it stands at the top of the file, and holds where a case says nothing else.
pub(crate) const SHARED: [&str; 14] = [
    "inputs", "secrets", "service", "latency", "world", "choices", "seed", "http", "commands", "block",
    "limits", "files", "for", "never",
];

/// What a case alone may hold.
pub(crate) const OWN: [&str; 11] = [
    "name",
    "description",
    "now",
    "asleep",
    "closed",
    "ledger",
    "hours",
    "faults",
    "crash_at",
    "then",
    "expect",
];

/// What a fault of one request holds.
pub(crate) const FAULT: [&str; 3] = ["on", "number", "fault"];

/// What a kill holds that names its moments.
pub(crate) const CRASH: [&str; 2] = ["step", "moment"];

/// Those of them whose entries are taken one by one.
const MERGED: [&str; 4] = ["inputs", "secrets", "service", "files"];

/// Which of them a scenario of the service holds, too.
const OF_SCENARIO: [&str; 7] = ["service", "latency", "asleep", "closed", "world", "choices", "seed"];

/// The moments of `crash_at` where none are named.
const WORST: [Moment; 2] = [Moment::AfterSend, Moment::Finished];

/// How long a run is stayed with where the file does not say.
const PATIENCE: Duration = Duration::from_hours(24 * 366);

/// One case: a world, a run in it, and what is expected of both.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// Where its name stands.
    pub name_span: Span,
    /// Where it stands.
    pub span: Span,
    /// When its time begins.
    pub(crate) start: Option<Timestamp>,
    pub(crate) inputs: Vec<(String, Given)>,
    pub(crate) secrets: Vec<(String, String)>,
    pub(crate) scenario: Scenario,
    pub(crate) http: Vec<HttpRule>,
    pub(crate) commands: Vec<ProgramRule>,
    pub(crate) block: Vec<PersonName>,
    pub(crate) before: Vec<Before>,
    pub(crate) limits: Option<Limits>,
    pub(crate) files: Vec<(String, Vec<u8>)>,
    pub(crate) faults: Vec<Faulted>,
    pub(crate) crashes: Vec<(String, Vec<Moment>)>,
    pub(crate) then: Vec<Then>,
    pub(crate) patience: Duration,
    pub(crate) expect: Expect,
    pub(crate) never: Vec<Law>,
    /// As it is written, what is shared included.
    pub(crate) node: Node,
}

/// A fault that befalls one request: the so-and-so-manieth of a sort.
#[derive(Debug, Clone, PartialEq)]
pub struct Faulted {
    /// The sort of the request, and the fault.
    pub injection: Injection,
    /// Which of that sort, from 1.
    pub number: u64,
    /// The fault as it is written, where it is one word.
    pub(crate) word: String,
}

impl Case {
    /// Whether all that came of it is compared with what it was.
    pub fn has_snapshot(&self) -> bool {
        self.expect.snapshot.is_some()
    }

    pub(super) fn read(
        reader: &mut Reader,
        node: &Node,
        shared: &Node,
        workflow: &Workflow,
        files: &dyn Files,
    ) -> Option<Self> {
        let known: Vec<_> = OWN.iter().chain(&SHARED).copied().collect();
        reader.map(node, "a case", &known)?;
        let whole = with_shared(node, shared);
        let name = if let Some(name) = whole.get("name") {
            Some((reader.text(name, "`name`")?.to_owned(), name.span))
        } else {
            reader.wrong(
                "a case has no name",
                Span::at(node.span.start),
                "add `name:`, what it shows in a few words",
            );
            None
        };
        let (name, name_span) = name?;
        let start = whole.get("now").or_else(|| shared.get("now"));
        let start = start.and_then(|node| reader.moment(node, "`now`"));
        let scenario = reader.scenario(&whole);
        let inputs = reader.inputs(&whole, workflow, files, name_span);
        let secrets = reader.secrets(&whole);
        let http = whole.get("http").map(|node| reader.http(node)).unwrap_or_default();
        let commands = whole.get("commands").map(|node| reader.commands(node)).unwrap_or_default();
        let block = whole.get("block").map(|node| reader.people(node)).unwrap_or_default();
        let before = whole.get("ledger").map(|node| reader.before(node, workflow)).unwrap_or_default();
        let limits = reader.limits(&whole);
        let given = reader.files(&whole, files);
        let faults = whole.get("faults").map(|node| reader.faults(node)).unwrap_or_default();
        let crashes = whole.get("crash_at").map(|node| reader.crashes(node)).unwrap_or_default();
        let then = whole.get("then").map(|node| reader.then(node, workflow)).unwrap_or_default();
        let patience = whole.get("for").and_then(|node| reader.duration(node, "`for`"));
        let never = whole.get("never").map(|node| reader.laws(node)).unwrap_or_default();
        let expected = whole.get("expect").filter(|node| node.as_map().is_none_or(|map| !map.is_empty()));
        let expect = if let Some(node) = expected {
            reader.expect(node, workflow)
        } else {
            let help = "add `expect:`, at least `expect: { status: succeeded }`";
            reader.wrong(format!("the case `{name}` expects nothing"), name_span, help);
            Expect::default()
        };
        Some(Self {
            name,
            name_span,
            span: node.span,
            start,
            inputs,
            secrets,
            scenario: scenario?,
            http,
            commands,
            block,
            before,
            limits,
            files: given,
            faults,
            crashes,
            then,
            patience: patience.unwrap_or(PATIENCE),
            expect,
            never,
            node: whole,
        })
    }
}

/// A case with what the file says of all of them.
fn with_shared(case: &Node, shared: &Node) -> Node {
    let mut entries = case.as_map().unwrap_or_default().to_vec();
    for (key, all) in shared.as_map().unwrap_or_default() {
        if !SHARED.contains(&key.name.as_str()) {
            continue;
        }
        match entries.iter_mut().find(|(known, _)| known.name == key.name) {
            None => entries.push((key.clone(), all.clone())),
            Some((_, own)) if MERGED.contains(&key.name.as_str()) => {
                if let (NodeValue::Map(own), Some(all)) = (&mut own.value, all.as_map()) {
                    let is_new = |name: &str, own: &[(_, Node)]| {
                        !own.iter().any(|(key, _): &(outx_flow::yaml::Key, _)| key.name == name)
                    };
                    let more: Vec<_> =
                        all.iter().filter(|(key, _)| is_new(&key.name, own)).cloned().collect();
                    own.extend(more);
                }
            }
            Some(_) => {}
        }
    }
    Node { span: case.span, value: NodeValue::Map(entries) }
}

impl Reader {
    /// The scenario of the service, as the case describes it.
    fn scenario(&mut self, case: &Node) -> Option<Scenario> {
        let mut scenario = serde_json::Map::from_iter([("outx-scenario".to_owned(), json!(1))]);
        for key in OF_SCENARIO {
            if let Some(node) = case.get(key) {
                scenario.insert(key.to_owned(), node.to_json());
            }
        }
        match Scenario::read(&Value::Object(scenario)) {
            Ok(scenario) => Some(scenario),
            Err(error) => {
                for problem in error.problems {
                    let span = super::reader::at_path(case, &problem.path).span;
                    self.wrong(problem.reason, span, problem.remedy);
                }
                None
            }
        }
    }

    fn inputs(
        &mut self,
        case: &Node,
        workflow: &Workflow,
        files: &dyn Files,
        name: Span,
    ) -> Vec<(String, Given)> {
        let node = case.get("inputs");
        let entries = node.and_then(|node| self.any_map(node, "`inputs`")).unwrap_or_default();
        let mut given = Vec::new();
        for (key, value) in entries {
            let is_table = workflow
                .inputs
                .iter()
                .any(|input| input.name == key.name && matches!(input.ty, InputType::Table(_)));
            let file = value.as_str().and_then(|text| text.strip_prefix('@')).filter(|_| is_table);
            let value = match file {
                None => Given::Json(value.to_json()),
                Some(path) => match files.read(Path::new(path)) {
                    Ok(bytes) => Given::File { name: path.to_owned(), bytes },
                    Err(why) => {
                        self.wrong(
                            format!("`{path}` cannot be read: {why}"),
                            value.span,
                            "name a file from the folder of this file",
                        );
                        continue;
                    }
                },
            };
            given.push((key.name.clone(), value));
        }
        if let Err(faults) = resolve_inputs(workflow, &given) {
            for fault in faults {
                let (message, help) = told(&fault);
                let span = node.map_or(name, |node| node.span);
                let finding = Diagnostic::error("OX603", message, span).with_help_if(help);
                self.findings.push(finding);
            }
        }
        given
    }

    fn secrets(&mut self, case: &Node) -> Vec<(String, String)> {
        let entries = case.get("secrets").and_then(|node| self.any_map(node, "`secrets`"));
        let mut secrets = Vec::new();
        for (key, value) in entries.unwrap_or_default() {
            let value = self.text(value, "a secret's value, an invented one,");
            secrets.extend(value.map(|value| (key.name.clone(), value.to_owned())));
        }
        secrets
    }

    pub(crate) fn people(&mut self, node: &Node) -> Vec<PersonName> {
        let mut people = Vec::new();
        for node in many(node) {
            let Some(text) = self.text(node, "a person") else { continue };
            match PersonName::read(text) {
                Ok(person) => people.push(person),
                Err(why) => {
                    self.wrong(why, node.span, "write a profile's address, its last part, or a URN");
                }
            }
        }
        people
    }

    /// The limits of the account: those given, and the hours.
    fn limits(&mut self, case: &Node) -> Option<Limits> {
        let (limits, hours) = (case.get("limits"), case.get("hours"));
        if limits.is_none() && hours.is_none() {
            return None;
        }
        let mut rules = Vec::new();
        match limits {
            Some(node) if node.as_str() == Some("shipped") => {
                rules.extend(Limits::shipped(TimeZone::UTC).0);
            }
            Some(node) => {
                for node in self.list(node, "`limits` (or the word `shipped`)").unwrap_or_default() {
                    rules.extend(self.rule(node, node.to_json()));
                }
            }
            None => {}
        }
        if let Some(node) = hours {
            let mut rule = node.to_json();
            if let Value::Object(rule) = &mut rule {
                rule.entry("of").or_insert_with(|| json!("writes"));
            }
            rules.extend(self.rule(node, rule));
        }
        Some(Limits(rules))
    }

    fn rule(&mut self, node: &Node, rule: Value) -> Option<outx_ledger::limits::Rule> {
        match serde_json::from_value(rule) {
            Ok(rule) => Some(rule),
            Err(error) => {
                let help = "write it as `outx limits export` does, such as `{ at_most: 20, of: send-message, per: 24h }`";
                self.wrong(error.to_string(), node.span, help);
                None
            }
        }
    }

    fn files(&mut self, case: &Node, files: &dyn Files) -> Vec<(String, Vec<u8>)> {
        let entries = case.get("files").and_then(|node| self.any_map(node, "`files`"));
        let mut given = Vec::new();
        for (key, node) in entries.unwrap_or_default() {
            let inside = |part| matches!(part, std::path::Component::Normal(_));
            if !Path::new(&key.name).components().all(inside) {
                self.wrong("a file of a test stands in its own folder", key.span, "write a relative path");
                continue;
            }
            let bytes = match (node.as_str(), node.as_str().and_then(|text| text.strip_prefix('@'))) {
                (_, Some(path)) => files.read(Path::new(path)).map_err(|why| (path.to_owned(), why)),
                (Some(text), None) => Ok(text.as_bytes().to_vec()),
                (None, None) => Ok(serde_json::to_vec_pretty(&node.to_json()).unwrap_or_default()),
            };
            match bytes {
                Ok(bytes) => given.push((key.name.clone(), bytes)),
                Err((path, why)) => self.wrong(
                    format!("`{path}` cannot be read: {why}"),
                    node.span,
                    "name a file from the folder of this file",
                ),
            }
        }
        given
    }

    fn faults(&mut self, node: &Node) -> Vec<Faulted> {
        let mut faults = Vec::new();
        for node in many(node) {
            let Some(entries) = self.map(node, "a fault", &FAULT) else { continue };
            let number = node.get("number").map_or(Some(1), |node| self.count(node, "`number`"));
            let parts = entries.iter().filter(|(key, _)| key.name != "number");
            let mut command: serde_json::Map<_, _> =
                parts.map(|(key, value)| (key.name.clone(), value.to_json())).collect();
            command.insert("do".to_owned(), json!("inject"));
            match (Command::read(&Value::Object(command)), number) {
                (Ok(Command::Inject(injection)), Some(number @ 1..)) => {
                    let word = node.get("fault").and_then(Node::as_str).unwrap_or_default().to_owned();
                    faults.push(Faulted { injection, number, word });
                }
                (Ok(_), _) => {
                    let place = node.get("number").unwrap_or(node).span;
                    self.wrong("`number` counts from 1", place, "write 1 for the first such request");
                }
                (Err(error), _) => {
                    for problem in error.problems {
                        let span = super::reader::at_path(node, &problem.path).span;
                        self.wrong(problem.reason, span, problem.remedy);
                    }
                }
            }
        }
        faults
    }

    /// `crash_at`: a step, or a step with its moments. A step alone means the worst of them: it was sent, and nothing is
    /// written of that; and of what is not sent, that it has ended, and nothing is written of that.
    fn crashes(&mut self, node: &Node) -> Vec<(String, Vec<Moment>)> {
        let words: Vec<_> = Moment::ALL.iter().map(|moment| moment.word()).collect();
        let mut crashes = Vec::new();
        for node in many(node) {
            if node.as_map().is_none() {
                let step = self.text(node, "`crash_at`");
                crashes.extend(step.map(|step| (step.to_owned(), WORST.to_vec())));
                continue;
            }
            if self.map(node, "`crash_at`", &CRASH).is_none() {
                continue;
            }
            let step = node.get("step").and_then(|node| self.text(node, "`step`"));
            let mut moments = Vec::new();
            for node in node.get("moment").map(|node| many(node)).unwrap_or_default() {
                let word = self.word(node, "moment", &words);
                moments.extend(
                    word.and_then(|word| Moment::ALL.into_iter().find(|moment| moment.word() == word)),
                );
            }
            match step {
                Some(step) if moments.is_empty() => crashes.push((step.to_owned(), WORST.to_vec())),
                Some(step) => crashes.push((step.to_owned(), moments)),
                None => self.wrong("`crash_at` names no step", node.span, "add `step:`, the path of a step"),
            }
        }
        crashes
    }
}

/// What is wrong with an input, and its remedy.
pub(super) fn told(fault: &InputFault) -> (String, Option<String>) {
    match fault {
        InputFault::Declared(finding) => (finding.message.clone(), None),
        InputFault::Row(problem) => (format!("row {}: {}", problem.line, problem.message), None),
        InputFault::Unknown(message) => match message.split_once("; ") {
            Some((message, help)) => (message.to_owned(), Some(help.to_owned())),
            None => (message.clone(), None),
        },
    }
}
