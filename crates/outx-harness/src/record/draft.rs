//! A story as a case of a test file.

use super::PastRun;
use super::story::{Before, Called, Came, Saying, Story};
use jiff::Timestamp;
use outx_flow::{InputDecl, Workflow};
use outx_model::{Endpoint, FieldType, Reference};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How long after what really happened people speak: a run under test may take its time otherwise.
pub(super) const SHIFTS: [u64; 9] = [0, 15, 60, 300, 1_800, 7_200, 43_200, 259_200, 1_209_600];

/// What was left open is open for so long.
const PENDING: &str = "30d";

/// How much of a call's input tells which answer it gets: all of it, what it is about, or nothing, so that answers come in
/// order.
pub(super) const LEAST: u8 = 2;

/// How a story is told.
#[derive(Debug, Clone, Default)]
pub(super) struct Plan {
    /// Of each sort of call, how much of the input tells: 0 is all of it, [`LEAST`] nothing.
    pub(super) levels: BTreeMap<String, u8>,
    /// Calls that the run never made.
    pub(super) made_up: BTreeSet<String>,
    /// The paths of the steps that people speak of, as they are called here, as far as they are known.
    pub(super) paths: Vec<Option<String>>,
    /// How many things that were said are told, from the first on.
    pub(super) told: usize,
    /// Which of [`SHIFTS`].
    pub(super) shift: usize,
}

impl Plan {
    fn level(&self, name: &str) -> u8 {
        self.levels.get(name).copied().unwrap_or_default()
    }
}

/// The case, without what is expected.
pub(super) fn case(
    run: &PastRun<'_>,
    workflow: &Workflow,
    story: &Story,
    secrets: &[(String, String)],
    plan: &Plan,
) -> Map<String, Value> {
    let mut case = Map::new();
    let mut put = |key: &str, value: Value| {
        let is_empty = match &value {
            Value::Array(items) => items.is_empty(),
            Value::Object(fields) => fields.is_empty(),
            value => value.is_null(),
        };
        if !is_empty {
            case.insert(key.to_owned(), value);
        }
    };
    let start = run.start();
    put("name", json!(format!("goes as it did on {}", start.strftime("%Y-%m-%d"))));
    put("inputs", inputs(&story.inputs, &workflow.inputs));
    put(
        "secrets",
        secrets.iter().map(|(name, value)| (name.clone(), json!(value))).collect::<Map<_, _>>().into(),
    );
    put(
        "files",
        Value::Object(story.files.iter().filter_map(|(input, output)| file(input, output)).collect()),
    );
    put("block", story.blocked.iter().filter_map(|(endpoint, input)| person(*endpoint, input)).collect());
    put("ledger", story.before.iter().map(before).collect());
    put("service", Value::Object(service(story, plan)));
    put("http", http(story, plan).into());
    put("commands", commands(story, plan).into());
    put("then", then(story, plan, start).into());
    if !run.report.status.is_end() {
        let last = run.facts.last().map_or(start, |fact| fact.at);
        put("for", json!(seconds(between(start, last).max(1) + SHIFTS[plan.shift])));
    }
    case
}

/// Inputs that are not the file's own defaults.
fn inputs(inputs: &Value, declared: &[InputDecl]) -> Value {
    let is_default = |name: &str, value: &Value| {
        let input = declared.iter().find(|input| input.name == name);
        input.is_some_and(|input| input.default.as_ref() == Some(value))
    };
    let given = inputs.as_object().into_iter().flatten().filter(|(name, value)| !is_default(name, value));
    Value::Object(given.map(|(name, value)| (name.clone(), value.clone())).collect())
}

/// The name of whom a write is about.
fn person(endpoint: Endpoint, input: &Value) -> Option<Value> {
    input.get(endpoint.spec().target?.field).cloned()
}

fn before(before: &Before) -> Value {
    let mut entry = Map::new();
    entry.insert(before.endpoint.name().to_owned(), before.input.clone());
    entry.insert("step".to_owned(), json!(before.step));
    if before.failed {
        entry.insert("was".to_owned(), json!("failed"));
    }
    Value::Object(entry)
}

fn service(story: &Story, plan: &Plan) -> Map<String, Value> {
    let mut by_endpoint: BTreeMap<&str, Vec<&Called<Endpoint>>> = BTreeMap::new();
    for call in &story.calls {
        by_endpoint.entry(call.what.name()).or_default().push(call);
    }
    let mut service = Map::new();
    for (name, calls) in by_endpoint {
        let level = plan.level(name);
        let told = calls.into_iter().map(|call| (asked(call.what, &call.input, level), task(call)));
        service.insert(name.to_owned(), rules(told).into());
    }
    for name in plan.made_up.iter().filter(|name| name.parse::<Endpoint>().is_ok()) {
        service.insert(name.clone(), json!(["from-schema"]));
    }
    service
}

/// The part of an input that tells which call it is.
fn asked(endpoint: Endpoint, input: &Value, level: u8) -> Map<String, Value> {
    let tells = |name: &str| match level {
        0 => true,
        1 => endpoint.spec().field(name).is_some_and(|field| {
            field.reference != Reference::Plain || matches!(field.ty, FieldType::Integer { .. })
        }),
        _ => false,
    };
    let fields = input.as_object().into_iter().flatten().filter(|(name, _)| tells(name));
    fields.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// How a task goes.
fn task(call: &Called<Endpoint>) -> Map<String, Value> {
    let mut answer = Map::new();
    let took = takes(call.took).filter(|_| matches!(call.came, Came::Output(_) | Came::Failed(_)));
    answer.extend(took.map(|took| ("takes".to_owned(), took)));
    let mut put = |key: &str, value: Value| drop(answer.insert(key.to_owned(), value));
    match &call.came {
        Came::Output(output) => put("output", output.clone()),
        Came::Failed(why) => {
            put("status", json!("failed"));
            put("error", json!(why));
        }
        Came::Rejected(why) => {
            put("fault", json!({ "status": status_in(why).unwrap_or(400), "body": { "error": why } }));
        }
        Came::Lost { arrived } => put("fault", json!(if *arrived { "answer-lost" } else { "reset" })),
        Came::Pending => put("takes", json!(PENDING)),
    }
    answer
}

fn http(story: &Story, plan: &Plan) -> Vec<Value> {
    let keys: &[&str] = match plan.level("core.http") {
        0 => &["method", "url", "json", "body"],
        1 => &["method", "url"],
        _ => &[],
    };
    let told = story.requests.iter().map(|call| {
        let mut when = part(&call.input, keys);
        if !keys.is_empty() && !when.contains_key("method") {
            when.insert("method".to_owned(), json!("GET"));
        }
        (when, response(call))
    });
    let mut rules = rules(told);
    if plan.made_up.contains("core.http") {
        rules.push(json!({ "status": 200, "json": {} }));
    }
    rules
}

fn response(call: &Called<()>) -> Map<String, Value> {
    let answer = match &call.came {
        Came::Output(output) => {
            let body = if output.get("json").is_some() { "json" } else { "body" };
            let mut answer = part(output, &["status", body]);
            answer.retain(|_, value| value != "");
            if let Some(took) = takes(call.took).filter(|_| call.took.as_secs() > 0) {
                answer.insert("takes".to_owned(), took);
            }
            return answer;
        }
        Came::Failed(why) | Came::Rejected(why) => json!({ "status": status_in(why).unwrap_or(400) }),
        Came::Lost { arrived } => json!({ "fault": if *arrived { "answer-lost" } else { "reset" } }),
        Came::Pending => json!({ "fault": "answer-lost" }),
    };
    answer.as_object().cloned().unwrap_or_default()
}

fn commands(story: &Story, plan: &Plan) -> Vec<Value> {
    let keys: &[&str] = match plan.level("core.command") {
        0 => &["program", "args"],
        1 => &["program"],
        _ => &[],
    };
    let told = story.programs.iter().map(|call| (part(&call.input, keys), ran(call)));
    let mut rules = rules(told);
    if plan.made_up.contains("core.command") {
        rules.push(json!({ "status": 0 }));
    }
    rules
}

fn ran(call: &Called<()>) -> Map<String, Value> {
    let ran = match &call.came {
        Came::Output(output) => return part(output, &["status", "stdout", "stderr"]),
        Came::Failed(why) | Came::Rejected(why) => match status_in(why) {
            Some(status) => json!({ "status": status }),
            None => json!({ "fault": "not-started" }),
        },
        Came::Lost { .. } | Came::Pending => json!({ "fault": "killed" }),
    };
    ran.as_object().cloned().unwrap_or_default()
}

fn part(value: &Value, keys: &[&str]) -> Map<String, Value> {
    let fields = keys.iter().filter_map(|key| Some(((*key).to_owned(), value.get(*key)?.clone())));
    fields.filter(|(_, value)| !value.is_null()).collect()
}

/// The rules that give calls their answers. Of calls that cannot be told apart each has its turn, and the last answer holds
/// for all that come later. Those that ask for more come first, for others would answer them, too.
fn rules(calls: impl Iterator<Item = (Map<String, Value>, Map<String, Value>)>) -> Vec<Value> {
    type Turns = Vec<(Map<String, Value>, u64)>;
    let mut groups: Vec<(Map<String, Value>, Turns)> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let known = |answer: &Map<String, Value>| {
        answer
            .iter()
            .filter(|(key, _)| *key != "takes")
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect::<Map<_, _>>()
    };
    for (when, answer) in calls {
        let place = *places.entry(Value::Object(when.clone()).to_string()).or_insert_with(|| {
            groups.push((when, Turns::new()));
            groups.len() - 1
        });
        match groups[place].1.last_mut() {
            Some((last, times)) if known(last) == known(&answer) => *times += 1,
            _ => groups[place].1.push((answer, 1)),
        }
    }
    groups.sort_by_key(|(when, _)| std::cmp::Reverse(when.len()));
    let mut out = Vec::new();
    for (when, turns) in groups {
        let last = turns.len();
        for (turn, (answer, times)) in (1..).zip(turns) {
            let mut rule = Map::new();
            if !when.is_empty() {
                rule.insert("when".to_owned(), Value::Object(when.clone()));
            }
            if turn < last {
                rule.insert("times".to_owned(), json!(times));
            }
            rule.extend(answer);
            out.push(Value::Object(rule));
        }
    }
    out
}

fn then(story: &Story, plan: &Plan, start: Timestamp) -> Vec<Value> {
    let mut out = Vec::new();
    for (said, path) in story.said.iter().zip(&plan.paths).take(plan.told) {
        let mut entry = Map::new();
        let mut put = |key: &str, value: Value| drop(entry.insert(key.to_owned(), value));
        put("after", json!(seconds(between(start, said.at) + SHIFTS[plan.shift])));
        let path = json!(path);
        match &said.what {
            Saying::Approve { yes, .. } => put(if *yes { "approve" } else { "reject" }, path),
            Saying::Resolve { word, .. } => {
                put("resolve", path);
                put("as", json!(word));
            }
            Saying::Retry { from: None } => put("retry", json!(true)),
            Saying::Retry { from: Some(_) } => put("retry", path),
            Saying::Inputs(inputs) => put("inputs", Value::Object(inputs.clone())),
            Saying::Cancel => put("cancel", json!(true)),
        }
        out.push(Value::Object(entry));
    }
    out
}

/// A file that was read, by its path; nothing for one outside of the run's folder.
fn file(input: &Value, output: &Value) -> Option<(String, Value)> {
    let path = input["path"].as_str()?;
    let is_inside =
        std::path::Path::new(path).components().all(|it| matches!(it, std::path::Component::Normal(_)));
    if !is_inside {
        return None;
    }
    let format =
        input["format"].as_str().or_else(|| path.rsplit_once('.').map(|(_, ending)| ending)).unwrap_or("txt");
    let rows = || output["rows"].as_array().map(Vec::as_slice).unwrap_or_default();
    let content = match format {
        "csv" => csv(rows()).into(),
        "jsonl" => rows().iter().map(|row| row.to_string() + "\n").collect::<String>().into(),
        _ => output["value"].clone(),
    };
    Some((path.to_owned(), content))
}

fn csv(rows: &[Value]) -> String {
    let mut columns: Vec<&str> = Vec::new();
    for key in rows.iter().filter_map(Value::as_object).flat_map(Map::keys) {
        if !columns.contains(&key.as_str()) {
            columns.push(key);
        }
    }
    let quoted = |text: &str| {
        if text.contains([',', '"', '\n', '\r', ';', '\t']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text.to_owned()
        }
    };
    let mut out = columns.iter().map(|column| quoted(column)).collect::<Vec<_>>().join(",") + "\n";
    for row in rows {
        let cells = columns.iter().map(|column| match &row[*column] {
            Value::Null => String::new(),
            Value::String(text) => quoted(text),
            other => quoted(&other.to_string()),
        });
        out += &(cells.collect::<Vec<_>>().join(",") + "\n");
    }
    out
}

/// The status in the words of a refusal.
pub(super) fn status_in(why: &str) -> Option<u64> {
    let (_, after) = why.rsplit_once("status ")?;
    after.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

fn takes(took: Duration) -> Option<Value> {
    match (took.as_secs(), took.as_millis()) {
        (0, 0) => None,
        (0, millis) => Some(json!(format!("{millis}ms"))),
        (seconds, _) => Some(json!(self::seconds(seconds))),
    }
}

/// Whole seconds from one moment to another, rounded up.
fn between(from: Timestamp, to: Timestamp) -> u64 {
    let length = Duration::try_from(to.duration_since(from)).unwrap_or_default();
    length.as_secs() + u64::from(length.subsec_nanos() > 0)
}

/// A number of seconds in the largest unit that says it whole.
fn seconds(count: u64) -> String {
    let units = [(86_400, "d"), (3_600, "h"), (60, "m")];
    let whole = units.into_iter().find(|(size, _)| count > 0 && count.is_multiple_of(*size));
    whole.map_or_else(|| format!("{count}s"), |(size, unit)| format!("{}{unit}", count / size))
}
