//! One rule: which requests it answers, and how.

use super::reader::{Reader, inside, one_or_many, shown};
use super::time::{Takes, Window};
use crate::fault::Fault;
use outx_model::{CATALOGUE, Call, ContentHash};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;

/// One entry of an endpoint's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    /// Its address by its content and its list, by which its uses are counted.
    pub(crate) id: String,
    /// What the request's input must hold.
    when: Value,
    window: Window,
    /// How often it answers.
    pub(crate) times: Option<u32>,
    /// How long the task takes, where it says so.
    pub(crate) takes: Option<Takes>,
    /// How the task ends, where it is not left to the world.
    pub(crate) script: Option<Script>,
    /// Why the task fails, where it does.
    pub(crate) failure: Option<String>,
    /// What goes wrong on the way.
    pub(crate) fault: Option<Fault>,
}

/// The output that was laid down for a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Script {
    /// This.
    Output(Value),
    /// Something of the endpoint's documented shape.
    FromSchema,
}

/// Who makes an output.
#[derive(Debug, Clone, Copy)]
enum Maker {
    World,
    Schema,
}

impl Maker {
    fn script(self) -> Option<Script> {
        match self {
            Self::World => None,
            Self::Schema => Some(Script::FromSchema),
        }
    }
}

/// Whose rules these are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Whose {
    One(Call),
    Rest,
    Polls,
}

const SELECT: [&str; 4] = ["when", "from", "until", "times"];
pub(super) const KEYS: [&str; 10] =
    ["when", "from", "until", "times", "takes", "phases", "output", "status", "error", "fault"];
pub(super) const POLL_KEYS: [&str; 5] = ["when", "from", "until", "times", "fault"];
/// What a poll can be told by.
const POLL_INPUT: [&str; 2] = ["api_agent_task_id", "endpoint"];

impl Rule {
    /// Whether it answers a request that comes so long after the start and was used so often before.
    pub(crate) fn answers(&self, input: &Value, since: Duration, used: impl FnOnce(&str) -> u32) -> bool {
        self.window.holds(since)
            && is_part(&self.when, input)
            && self.times.is_none_or(|times| used(&self.id) < times)
    }

    /// Whether no rule after it is ever asked.
    fn is_last(&self) -> bool {
        self.window.is_all()
            && self.times.is_none()
            && self.when.as_object().is_none_or(serde_json::Map::is_empty)
    }

    fn of(script: Option<Script>) -> Self {
        Self {
            id: String::new(),
            when: Value::Null,
            window: Window::default(),
            times: None,
            takes: None,
            script,
            failure: None,
            fault: None,
        }
    }
}

/// Whether all that is asked for is there: of objects each key, of anything else the whole.
fn is_part(wanted: &Value, given: &Value) -> bool {
    match (wanted, given) {
        (Value::Object(wanted), Value::Object(given)) => {
            wanted.iter().all(|(key, wanted)| given.get(key).is_some_and(|given| is_part(wanted, given)))
        }
        (Value::Null, Value::Object(_)) => true,
        _ => wanted == given,
    }
}

impl Reader {
    /// The rules of one list.
    pub(super) fn rules(&mut self, path: &str, value: &Value, whose: Whose) -> Vec<Rule> {
        let mut rules: Vec<Rule> = Vec::new();
        for (path, one) in one_or_many(path, value) {
            let before = self.problems.len();
            let Some(mut rule) = self.rule(&path, one, whose) else { continue };
            if let Some(at) = rules.iter().position(Rule::is_last) {
                let reason = format!("it is never reached, because entry {at} answers everything");
                self.problem(&path, reason, "give the earlier entry a `when`, `until` or `times`");
            }
            let name = match whose {
                Whose::One(endpoint) => endpoint.word(),
                Whose::Rest => "*".to_owned(),
                Whose::Polls => super::POLLS.to_owned(),
            };
            let same = |id: &str| rules.iter().any(|rule| rule.id == id);
            let ids = (0..).map(|turn: u32| ContentHash::of_json(&json!([name, one, turn])).to_string());
            rule.id = ids.into_iter().find(|id| !same(id)).unwrap_or_default();
            if self.problems.len() == before {
                rules.push(rule);
            }
        }
        rules
    }

    fn rule(&mut self, path: &str, value: &Value, whose: Whose) -> Option<Rule> {
        if value.is_string() && whose != Whose::Polls {
            return Some(Rule::of(self.maker(path, value, whose)?.script()));
        }
        let keys: &[&str] = if whose == Whose::Polls { &POLL_KEYS } else { &KEYS };
        let map = self.object(path, value, keys)?;
        let at = |key: &str| inside(path, key);
        if map.keys().all(|key| SELECT.contains(&key.as_str())) {
            let remedy = if whose == Whose::Polls {
                "add a `fault`"
            } else {
                "add `output`, `takes`, `status` or `fault`, or `output: world`"
            };
            self.problem(path, "it does not say what is answered", remedy);
        }
        let mut rule = Rule::of(None);
        if let Some(when) = map.get("when") {
            self.when(&at("when"), when, whose);
            rule.when = when.clone();
        }
        rule.window = self.window(path, value, "until").unwrap_or_default();
        if let Some(times) = map.get("times") {
            let times = self.number(&at("times"), times, 1, u64::MAX);
            rule.times = times.map(|times| u32::try_from(times).unwrap_or(u32::MAX));
        }
        rule.takes = self.takes(path, value);
        rule.fault = map.get("fault").and_then(|fault| self.fault(&at("fault"), fault));
        if let Some(output) = map.get("output") {
            rule.script = match output.as_str() {
                Some("world" | "from-schema") => self.maker(&at("output"), output, whose)?.script(),
                _ => Some(Script::Output(output.clone())),
            };
        }
        rule.failure = self.failure(path, value);
        if whose != Whose::Polls && rule.fault.as_ref().is_some_and(|fault| !fault.is_served()) {
            for key in
                ["takes", "phases", "output", "status", "error"].iter().filter(|key| map.contains_key(**key))
            {
                let reason = "no task is made, because the request does not reach the service";
                self.problem(&at(key), reason, format!("leave `{key}` out, or name another fault"));
            }
        }
        Some(rule)
    }

    /// `world` or `from-schema`.
    fn maker(&mut self, path: &str, value: &Value, whose: Whose) -> Option<Maker> {
        if let Whose::One(endpoint @ Call::Other(..)) = whose {
            let reason =
                format!("what `{endpoint}` gives is known neither to the catalogue nor to the world");
            self.problem(path, reason, "write its output, such as `output: { sent: true }`");
            return None;
        }
        match self.word(path, value, "source", &["from-schema", "world"])? {
            "world" => Some(Maker::World),
            _ => Some(Maker::Schema),
        }
    }

    fn when(&mut self, path: &str, value: &Value, whose: Whose) {
        let spec = match whose {
            Whose::One(endpoint) => endpoint.spec(),
            Whose::Rest | Whose::Polls => None,
        };
        let fields: Vec<&str> = match whose {
            Whose::One(_) => spec.into_iter().flat_map(|spec| spec.fields).map(|field| field.name).collect(),
            Whose::Rest => CATALOGUE.iter().flat_map(|spec| spec.fields).map(|field| field.name).collect(),
            Whose::Polls => POLL_INPUT.to_vec(),
        };
        let remedy = "write the fields of the input that must be so";
        for key in self.map(path, value, remedy).into_iter().flat_map(serde_json::Map::keys) {
            let any = spec.is_none() && matches!(whose, Whose::One(_));
            if !any && !fields.contains(&key.as_str()) {
                self.unknown(&inside(path, key), "field", key, &fields);
            }
        }
    }

    fn takes(&mut self, path: &str, value: &Value) -> Option<Takes> {
        let takes = value.get("takes").map(|takes| self.span(&inside(path, "takes"), takes).map(Takes::All));
        let Some(phases) = value.get("phases") else { return takes? };
        let at = inside(path, "phases");
        if takes.is_some() {
            self.problem(&at, "`takes` says already how long the task takes", "keep one of the two");
        }
        let map = self.object(&at, phases, &["pending", "processing"])?;
        let mut phase = |key: &str| match map.get(key) {
            Some(span) => self.span(&inside(&at, key), span),
            None => Some(crate::world::Span::fixed(Duration::ZERO)),
        };
        let (pending, processing) = (phase("pending"), phase("processing"));
        Some(Takes::Phases { pending: pending?, processing: processing? })
    }

    /// Why the task fails, where `status` says so.
    fn failure(&mut self, path: &str, value: &Value) -> Option<String> {
        let status = value.get("status");
        let status = status.and_then(|status| {
            self.word(&inside(path, "status"), status, "status", &["completed", "failed"])
        });
        let error = value.get("error").map(|error| (error, inside(path, "error")));
        let text = error.as_ref().and_then(|(error, at)| self.text(at, error, "why the task fails"));
        match (status, &error) {
            (Some("failed"), _) => Some(text.unwrap_or("failed as the scenario says").to_owned()),
            (_, Some((error, at))) => {
                let reason = format!("{} is a reason to fail, but the task does not", shown(error));
                self.problem(at, reason, "add `status: failed`");
                None
            }
            _ => None,
        }
    }
}
