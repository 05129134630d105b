//! Reading what is expected.

use super::{Claim, Expect, Law, Sendings};
use crate::file::reader::{Reader, listed, many};
use outx_flow::diagnostic::{Span, nearest};
use outx_flow::expr::{Expr, known_functions};
use outx_flow::journal::WaitReason;
use outx_flow::yaml::{Node, NodeValue};
use outx_flow::{Block, RunStatus, StepStatus, Workflow, parse_duration};
use outx_model::{CATALOGUE, Call, Endpoint};
use serde_json::{Value, json};
use std::time::Duration;

/// What can be expected.
pub(crate) const KEYS: [&str; 12] = [
    "status",
    "outputs",
    "steps",
    "items",
    "sent",
    "sent_count",
    "not_sent_to",
    "elapsed",
    "files",
    "waiting_for",
    "that",
    "snapshot",
];

/// The kinds whose calls are counted besides the endpoints of OutX.
const OTHERS: [&str; 2] = ["core.http", "core.command"];

/// What an expression of a test can read.
pub(super) const NAMES: [&str; 6] = ["status", "outputs", "steps", "sent", "reads", "elapsed"];

pub(crate) const STATUSES: [RunStatus; 5] = [
    RunStatus::Succeeded,
    RunStatus::Failed,
    RunStatus::Waiting,
    RunStatus::NeedsAttention,
    RunStatus::Cancelled,
];

pub(crate) const STEP_STATUSES: [StepStatus; 8] = [
    StepStatus::NotStarted,
    StepStatus::Running,
    StepStatus::Waiting,
    StepStatus::Succeeded,
    StepStatus::Failed,
    StepStatus::Skipped,
    StepStatus::InDoubt,
    StepStatus::Cancelled,
];

/// What can be said of a step.
pub(crate) const OF_STEP: [&str; 9] =
    ["status", "output", "error", "already", "unconfirmed", "assumed", "task_id", "asked_again", "doubt"];

/// What can be said of an item.
pub(crate) const OF_ITEM: [&str; 5] = ["key", "status", "outputs", "error", "removed"];

/// What can be said of something that a run waits for.
pub(crate) const OF_WAITING: [&str; 4] = ["step", "reason", "message", "until"];

/// The bounds of a time.
pub(crate) const BOUNDS: [&str; 2] = ["at_least", "at_most"];

/// The names of all that can be called.
pub(crate) fn calls() -> impl Iterator<Item = &'static str> {
    CATALOGUE.iter().map(|spec| spec.name).chain(OTHERS)
}

/// Whether something is sent to by this name: an endpoint, or a kind that reaches others.
pub(crate) fn call_of(name: &str) -> Option<Call> {
    match name.parse::<Endpoint>() {
        Ok(endpoint) => Some(Call::from(endpoint)),
        Err(_) => Call::kind(name).ok().filter(|_| OTHERS.contains(&name)),
    }
}

impl Reader {
    pub(crate) fn expect(&mut self, node: &Node, workflow: &Workflow) -> Expect {
        let mut expect = Expect::default();
        let Some(entries) = self.map(node, "`expect`", &KEYS) else { return expect };
        for (key, node) in entries {
            let span = node.span;
            match key.name.as_str() {
                "status" => {
                    let words = STATUSES.map(RunStatus::word);
                    let word = self.word(node, "status of a run", &words);
                    expect.status = word.map(|word| (word.to_owned(), span));
                }
                "outputs" => {
                    for (key, _) in self.any_map(node, "`outputs`").unwrap_or_default() {
                        let known = workflow.outputs.keys().map(String::as_str);
                        if !workflow.outputs.contains_key(&key.name) {
                            let help = match nearest(&key.name, known) {
                                Some(near) => format!("did you mean `{near}`?"),
                                None => "name one of the workflow's `outputs`".to_owned(),
                            };
                            let message = format!("the workflow has no output `{}`", key.name);
                            self.wrong(message, key.span, help);
                        }
                    }
                    expect.outputs = Some((node.to_json(), span));
                }
                "steps" => expect.steps = self.steps(node, workflow, &OF_STEP),
                "items" => expect.items = self.items(node, workflow),
                "sent" => expect.sent = self.sendings(node),
                "sent_count" => expect.sent_count = self.counts(node),
                "not_sent_to" => {
                    for node in many(node) {
                        expect
                            .not_sent_to
                            .extend(self.people(node).into_iter().map(|person| (person, node.span)));
                    }
                }
                "elapsed" => expect.elapsed = self.elapsed(node),
                "files" => {
                    let files = self.any_map(node, "`files`").unwrap_or_default();
                    expect.files = files
                        .iter()
                        .map(|(key, node)| (key.name.clone(), node.to_json(), node.span))
                        .collect();
                }
                "waiting_for" => {
                    let waits = many(node).into_iter().filter_map(|node| self.waiting(node, workflow));
                    expect.waiting_for = Some((waits.collect(), span));
                }
                "that" => {
                    for node in many(node) {
                        expect.that.extend(self.claim(node));
                    }
                }
                "snapshot" => {
                    let wanted = self.flag(node, "`snapshot`");
                    expect.snapshot = wanted.filter(|wanted| *wanted).map(|_| span);
                }
                _ => {}
            }
        }
        expect
    }

    /// What must never come about: calls with a part of their input, or expressions that must not be true.
    pub(crate) fn laws(&mut self, node: &Node) -> Vec<Law> {
        let mut laws = Vec::new();
        for node in many(node) {
            if node.as_str().is_some_and(|text| call_of(text).is_none()) {
                laws.extend(self.claim(node).map(Law::Claim));
            } else if let Some(call) = self.call(node) {
                laws.push(Law::Call(call.0, call.1, node.span));
            }
        }
        laws
    }

    fn claim(&mut self, node: &Node) -> Option<Claim> {
        let text = self.text(node, "a claim")?;
        let span = node.span;
        let inner = text.trim().strip_prefix("${{").and_then(|text| text.strip_suffix("}}"));
        match Expr::parse(inner.unwrap_or(text).trim()) {
            Ok(expr) => {
                let names = expr.references().iter();
                if let Some(unknown) = names.clone().find(|it| !NAMES.contains(&it.root.as_str())) {
                    let help = match nearest(&unknown.root, NAMES.into_iter()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("a test can read {}", listed(&NAMES)),
                    };
                    self.wrong(format!("`{}` is not known here", unknown.root), span, help);
                    return None;
                }
                let known = |name: &str| known_functions().iter().any(|it| it.name == name);
                if let Some(call) = expr.functions().iter().find(|call| !known(&call.name)) {
                    self.wrong(
                        format!("there is no function `{}`", call.name),
                        span,
                        "see the reference for those that there are",
                    );
                    return None;
                }
                Some(Claim { expr, span })
            }
            Err(error) => {
                let help = error.help().unwrap_or("write an expression that is true or false").to_owned();
                self.wrong(error.to_string(), span, help);
                None
            }
        }
    }

    fn steps(&mut self, node: &Node, workflow: &Workflow, known: &[&str]) -> Vec<(String, Value, Span)> {
        let words = STEP_STATUSES.map(StepStatus::word);
        let mut steps = Vec::new();
        for (key, node) in self.any_map(node, "`steps`").unwrap_or_default() {
            self.known_path(&key.name, key.span, workflow);
            if let NodeValue::Map(_) = &node.value {
                self.map(node, "what is expected of a step", known);
                if let Some(status) = node.get("status") {
                    self.word(status, "status of a step", &words);
                }
                steps.push((key.name.clone(), node.to_json(), node.span));
            } else {
                let Some(word) = self.word(node, "status of a step", &words) else { continue };
                let wanted = json!({ "status": word });
                steps.push((key.name.clone(), wanted, node.span));
            }
        }
        steps
    }

    fn items(&mut self, node: &Node, workflow: &Workflow) -> Vec<(String, Value, Span)> {
        let mut items = Vec::new();
        for (key, node) in self.any_map(node, "`items`").unwrap_or_default() {
            self.known_path(&key.name, key.span, workflow);
            if node.as_int().is_none() {
                for item in self.list(node, "the items (or their number)").unwrap_or_default() {
                    self.map(item, "what is expected of an item", &OF_ITEM);
                }
            }
            items.push((key.name.clone(), node.to_json(), node.span));
        }
        items
    }

    /// Something that the run waits for: the word of its reason, or a map with more of it.
    fn waiting(&mut self, node: &Node, workflow: &Workflow) -> Option<Value> {
        let words = WaitReason::ALL.map(WaitReason::word);
        if node.as_map().is_none() {
            let reason = self.word(node, "reason to wait", &words)?;
            return Some(json!({ "reason": reason }));
        }
        self.map(node, "what is expected of a wait", &OF_WAITING)?;
        if let Some(step) = node.get("step") {
            let path = self.text(step, "the step")?;
            self.known_path(path, step.span, workflow);
        }
        if let Some(reason) = node.get("reason") {
            self.word(reason, "reason to wait", &words);
        }
        // The same moment can be written in many ways.
        let until = match node.get("until").filter(|until| !until.is_null()) {
            Some(until) => Some(self.moment(until, "`until`")?),
            None => None,
        };
        let mut wait = node.to_json();
        if let (Some(until), Value::Object(wait)) = (until, &mut wait) {
            wait.insert("until".to_owned(), until.to_string().into());
        }
        Some(wait)
    }

    fn sendings(&mut self, node: &Node) -> Option<Sendings> {
        let calls = self.list(node, "`sent`")?.iter().filter_map(|node| self.call(node));
        Some(Sendings { calls: calls.collect(), span: node.span })
    }

    /// A call with a part of its input.
    fn call(&mut self, node: &Node) -> Option<(String, Value)> {
        let help = "write `- send-message: { message: Hello }`, with the fields that matter";
        let Some([(key, input)]) = node.as_map() else {
            let Some(name) = node.as_str() else {
                self.wrong("this is no call", node.span, help);
                return None;
            };
            self.call_name(name, node.span, false);
            return Some((name.to_owned(), json!({})));
        };
        self.call_name(&key.name, key.span, false);
        if !input.is_null() {
            self.any_map(input, "the input of a call");
        }
        let spec = key.name.parse::<Endpoint>().ok().map(Endpoint::spec);
        for (field, _) in input.as_map().unwrap_or_default() {
            let known = spec.map(|spec| spec.fields.iter().map(|field| field.name).collect::<Vec<_>>());
            if let Some(known) = known.filter(|known| !known.contains(&field.name.as_str())) {
                self.unknown(field, &format!("`{}`", key.name), &known);
            }
        }
        // Of the input nothing is asked for then; but a call of that name is.
        let input = if input.is_null() { json!({}) } else { input.to_json() };
        Some((key.name.clone(), input))
    }

    fn call_name(&mut self, name: &str, span: Span, stars: bool) {
        if call_of(name).is_some() || stars && name == "*" {
            return;
        }
        let known: Vec<_> = calls().collect();
        let help = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("it is one of {}", listed(&known)),
        };
        self.wrong(format!("`{name}` is nothing that can be called"), span, help);
    }

    fn counts(&mut self, node: &Node) -> Vec<(String, u64, Span)> {
        let mut counts = Vec::new();
        for (key, node) in self.any_map(node, "`sent_count`").unwrap_or_default() {
            self.call_name(&key.name, key.span, true);
            counts.extend(self.count(node, "a number").map(|count| (key.name.clone(), count, node.span)));
        }
        counts
    }

    /// `2h`, `2h..3h`, or a map with `at_least` and `at_most`.
    fn elapsed(&mut self, node: &Node) -> Option<(Duration, Duration, Span)> {
        if node.as_map().is_some() {
            self.map(node, "`elapsed`", &BOUNDS);
            let least = node.get("at_least").and_then(|node| self.duration(node, "`at_least`"));
            let most = node.get("at_most").and_then(|node| self.duration(node, "`at_most`"));
            return Some((least.unwrap_or_default(), most.unwrap_or(Duration::MAX), node.span));
        }
        let text = self.text(node, "`elapsed`")?;
        let Some((least, most)) = text.split_once("..") else {
            let exactly = self.duration(node, "`elapsed`")?;
            return Some((exactly, exactly, node.span));
        };
        match (parse_duration(least.trim()), parse_duration(most.trim())) {
            (Ok(least), Ok(most)) if least <= most => Some((least, most, node.span)),
            (Ok(_), Ok(_)) => {
                let help = "write the shorter one first, such as `2h..3h`";
                self.wrong("the span is over before it begins", node.span, help);
                None
            }
            (Err(why), _) | (_, Err(why)) => {
                let (reason, remedy) = why.split_once("; ").unwrap_or((&why, "write one such as `2h..3h`"));
                self.wrong(reason, node.span, remedy);
                None
            }
        }
    }

    /// Whether there is a step at a path; keys of items are not looked at.
    pub(crate) fn known_path(&mut self, path: &str, span: Span, workflow: &Workflow) {
        let ids = ids(path);
        let mut ids = ids.iter().map(String::as_str).peekable();
        let mut block = Some(&workflow.block);
        for (word, end) in [("on_failure", &workflow.on_failure), ("finally", &workflow.finally)] {
            if ids.peek() == Some(&word) && end.is_some() {
                block = end.as_ref();
                ids.next();
            }
        }
        for id in ids {
            let known: Vec<_> = block.into_iter().flat_map(|block: &Block| &block.steps).collect();
            if let Some(step) = known.iter().find(|step| &*step.id == id) {
                block = step.block();
            } else {
                let help = match nearest(id, known.iter().map(|step| &*step.id)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None if known.is_empty() => "there are no steps inside of it".to_owned(),
                    None => {
                        let known: Vec<_> = known.iter().map(|step| &*step.id).collect();
                        format!("its steps are {}", listed(&known))
                    }
                };
                self.wrong(format!("there is no step `{id}`"), span, help);
                return;
            }
        }
    }
}

/// The ids of a path, without the keys of items.
pub(crate) fn ids(path: &str) -> Vec<String> {
    let mut ids = vec![String::new()];
    let mut depth = 0_usize;
    for c in path.chars() {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            '.' if depth == 0 => ids.push(String::new()),
            c if depth == 0 => ids.last_mut().into_iter().for_each(|id| id.push(c)),
            _ => {}
        }
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::ids;

    #[test]
    fn keys_of_items_are_no_part_of_the_ids() {
        assert_eq!(ids("person[ada.l].invite"), ["person", "invite"]);
        assert_eq!(ids("a"), ["a"]);
        assert_eq!(ids("a[x][y].b[1].c"), ["a", "b", "c"]);
    }
}
