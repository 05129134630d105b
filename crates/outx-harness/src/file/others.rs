//! How others than OutX answer in a case, and programs.

use super::reader::{Reader, many};
use crate::matching::is_part;
use outx_flow::Ran;
use outx_flow::testing::Reply;
use outx_flow::yaml::Node;
use outx_transport::Response;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Which calls a rule answers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    when: Value,
    from: Duration,
    until: Option<Duration>,
    times: Option<u64>,
    used: Arc<AtomicU64>,
}

/// How a request to others is answered.
#[derive(Debug, Clone)]
pub(crate) struct HttpRule {
    pub(crate) asked: Asked,
    pub(crate) reply: Reply,
}

/// How a program ends.
#[derive(Debug, Clone)]
pub(crate) struct ProgramRule {
    pub(crate) asked: Asked,
    pub(crate) ran: Ran,
}

/// A rule that answers some calls.
pub(crate) trait Answers {
    fn asked(&self) -> &Asked;
}

impl Answers for HttpRule {
    fn asked(&self) -> &Asked {
        &self.asked
    }
}

impl Answers for ProgramRule {
    fn asked(&self) -> &Asked {
        &self.asked
    }
}

/// The first rule that answers a call so long after the start; it is used once by that.
pub(crate) fn answer<'r, R: Answers>(rules: &'r [R], call: &Value, since: Duration) -> Option<&'r R> {
    rules.iter().find(|rule| {
        let Asked { when, from, until, times, used } = rule.asked();
        let holds = *from <= since
            && until.is_none_or(|until| since < until)
            && is_part(when, call)
            && times.is_none_or(|times| used.load(Ordering::SeqCst) < times);
        if holds {
            used.fetch_add(1, Ordering::SeqCst);
        }
        holds
    })
}

impl Asked {
    /// The same, not used yet.
    pub(crate) fn anew(&self) -> Self {
        Self { used: Arc::default(), ..self.clone() }
    }
}

pub(crate) const SELECT: [&str; 4] = ["when", "from", "until", "times"];
pub(crate) const HTTP: [&str; 6] = ["status", "json", "body", "headers", "takes", "fault"];
pub(crate) const HTTP_FAULTS: [&str; 4] = ["answer-lost", "timeout", "not-sent", "reset"];
pub(crate) const HTTP_WHEN: [&str; 5] = ["method", "url", "headers", "json", "body"];
pub(crate) const PROGRAM: [&str; 4] = ["stdout", "stderr", "status", "fault"];
pub(crate) const PROGRAM_FAULTS: [&str; 2] = ["not-started", "killed"];
pub(crate) const PROGRAM_WHEN: [&str; 3] = ["program", "args", "stdin"];

impl Reader {
    /// `http`: how requests to others are answered, a list of rules as those of `service`.
    pub(crate) fn http(&mut self, node: &Node) -> Vec<HttpRule> {
        let known: Vec<_> = SELECT.iter().chain(&HTTP).copied().collect();
        let mut rules = Vec::new();
        for node in many(node) {
            if self.map(node, "a rule of `http`", &known).is_none() {
                continue;
            }
            let asked = self.asked(node, &HTTP_WHEN);
            let takes = node.get("takes").and_then(|node| self.duration(node, "`takes`"));
            let fault = node.get("fault").and_then(|node| self.word(node, "fault", &HTTP_FAULTS));
            let status = node.get("status").and_then(|node| self.count(node, "`status`"));
            let status = status.and_then(|status| u16::try_from(status).ok()).unwrap_or(200);
            let mut headers = Vec::new();
            for (key, value) in
                node.get("headers").and_then(|node| self.any_map(node, "`headers`")).unwrap_or_default()
            {
                let value = self.text(value, "a header");
                headers.extend(value.map(|value| (key.name.to_lowercase(), value.to_owned())));
            }
            let body = match (node.get("json"), node.get("body")) {
                (Some(_), Some(body)) => {
                    self.wrong("an answer has one body", body.span, "keep one of `json` and `body`");
                    String::new()
                }
                (Some(json), None) => {
                    headers.push(("content-type".to_owned(), "application/json".to_owned()));
                    json.to_json().to_string()
                }
                (None, Some(body)) => self.text(body, "`body`").unwrap_or_default().to_owned(),
                (None, None) => String::new(),
            };
            let response = Response { status, headers, body: body.into() };
            let reply = match fault {
                None => Reply::Answer(response, takes.unwrap_or_default()),
                Some("not-sent") => Reply::NotSent,
                Some(word) => Reply::Lost { arrived: word != "reset" },
            };
            rules.push(HttpRule { asked, reply });
        }
        rules
    }

    /// `commands`: how programs end, a list of rules as those of `service`.
    pub(crate) fn commands(&mut self, node: &Node) -> Vec<ProgramRule> {
        let known: Vec<_> = SELECT.iter().chain(&PROGRAM).copied().collect();
        let mut rules = Vec::new();
        for node in many(node) {
            if self.map(node, "a rule of `commands`", &known).is_none() {
                continue;
            }
            let asked = self.asked(node, &PROGRAM_WHEN);
            let text = |key: &str| node.get(key).and_then(Node::as_str).unwrap_or_default().to_owned();
            let status = node.get("status").map(|node| self.count(node, "`status`"));
            let status = status.flatten().and_then(|status| i32::try_from(status).ok()).unwrap_or(0);
            let fault = node.get("fault").and_then(|node| self.word(node, "fault", &PROGRAM_FAULTS));
            let ran = match fault {
                None => Ran::Ended { status: Some(status), stdout: text("stdout"), stderr: text("stderr") },
                Some("killed") => Ran::Killed("it was killed, as the test says".to_owned()),
                Some(_) => Ran::NotStarted("it cannot be started, as the test says".to_owned()),
            };
            rules.push(ProgramRule { asked, ran });
        }
        rules
    }

    fn asked(&mut self, node: &Node, fields: &[&str]) -> Asked {
        let when = node.get("when");
        if let Some(when) = when {
            self.map(when, "`when`", fields);
        }
        let from = node.get("from").and_then(|node| self.duration(node, "`from`"));
        let until = node.get("until").and_then(|node| self.duration(node, "`until`"));
        let times = node.get("times").and_then(|node| self.count(node, "`times`"));
        let when = when.map_or(Value::Null, Node::to_json);
        Asked { when, from: from.unwrap_or_default(), until, times, used: Arc::default() }
    }
}
