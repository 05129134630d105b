//! `core.http`: a request to any service.

use super::{Did, Kept, Kind, KindContext, KindEffect, KindField, Start, Takes, not_taken};
use crate::journal::{SkipReason, StepError, StepErrorKind};
use crate::secret::{as_if, shown};
use async_trait::async_trait;
use outx_model::{ApiError, Call, ContentHash, Doubt, Refusal, RefusalReason, parse_duration};
use outx_transport::{ErrorKind, Response, WebMethod, WebRequest, WebUrl};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::Duration;

/// `core.http`: sends one request and gives its answer.
///
/// A GET or HEAD only looks, and may be asked again. Anything else is a write: it goes through the ledger, is sent at
/// most once, and is in doubt where no answer tells, unless the file says `repeatable: true`.
#[derive(Debug)]
pub struct Http {
    /// What it does, as far as the file says it.
    effect: KindEffect,
}

/// How long an answer may take, if nothing else is said.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The longest that can be said.
const LONGEST: Duration = Duration::from_mins(5);

/// Headers of an answer that are kept nowhere.
const SECRET: [&str; 3] = ["set-cookie", "authorization", "proxy-authenticate"];

impl Http {
    /// One of which nothing is known yet, so that it counts as a write.
    pub fn new() -> Self {
        Self { effect: KindEffect::Write }
    }
}

impl Default for Http {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Kind for Http {
    fn name(&self) -> &'static str {
        "core.http"
    }

    fn doc(&self) -> &'static str {
        "sends a request to any service"
    }

    fn effect(&self) -> KindEffect {
        self.effect
    }

    fn reaches_others(&self) -> bool {
        true
    }

    fn with_known(&self, known: &Map<String, Value>) -> Option<Arc<dyn Kind>> {
        let given = |name: &str| known.get(name).filter(|value| !value.is_null());
        let effect = effect(given("method"), given("repeatable"));
        Some(Arc::new(Self { effect }))
    }

    fn call(&self, input: &Value) -> Option<(Call, Value)> {
        let given = |name: &str| input.get(name).filter(|value| !value.is_null());
        if effect(given("method"), given("repeatable")) != KindEffect::Write {
            return None;
        }
        Some((Call::kind(self.name()).ok()?, self.shown(input)))
    }

    /// The body, and of the address as much as is no secret. Headers and the rest of it are told by their hash, so that
    /// two requests can be told apart.
    fn shown(&self, input: &Value) -> Value {
        let url = input["url"].as_str().unwrap_or_default();
        // An address that is a secret is told by the secret's name.
        let origin = WebUrl::parse(url).map_or_else(|_| shown(&url.into()), |url| url.origin().into());
        let mut shown = json!({ "method": method(input).map_or("GET", WebMethod::as_str), "to": origin });
        for name in ["json", "body"] {
            if let Some(value) = input.get(name).filter(|value| !value.is_null()) {
                shown[name] = value.clone();
            }
        }
        shown["request"] = ContentHash::of_json(input).to_string().into();
        shown
    }

    fn fields(&self) -> Option<Vec<KindField>> {
        let field = |name, required, takes, doc| KindField { name, required, takes, doc };
        Some(vec![
            field("url", true, Takes::Text, "where to, with https:// or http://"),
            field("method", false, Takes::Word(WebMethod::WORDS), "GET if absent"),
            field("headers", false, Takes::Object, "headers by name"),
            field("json", false, Takes::Any, "a body, as JSON"),
            field("body", false, Takes::Text, "a body, as it is"),
            field("expect", false, Takes::Any, "the statuses that count as success; 200 to 299 if absent"),
            field(
                "repeatable",
                false,
                Takes::Boolean,
                "whether sending it twice is the same as sending it once",
            ),
            field("timeout", false, Takes::Text, "how long the answer may take, at most 5m; 30s if absent"),
        ])
    }

    fn check_field(&self, field: &KindField, value: &Value) -> Result<(), String> {
        match (field.name, value) {
            ("url", Value::String(url)) => WebUrl::parse(url).map(drop).map_err(str::to_owned),
            ("timeout", Value::String(length)) => timeout(length).map(drop),
            ("expect", value) => expected(value).map(drop),
            ("headers", Value::Object(headers)) => headers.iter().try_for_each(|(name, value)| {
                header(name, value).map(drop).ok_or_else(|| not_a_header(name))
            }),
            _ if field.takes.accepts(value) => Ok(()),
            _ => Err(format!("`{}` must be {}", field.name, field.takes.describe())),
        }
    }

    fn takes_secret(&self, field: &str) -> bool {
        ["url", "headers", "json", "body"].contains(&field)
    }

    fn start(&self, input: &Value) -> Result<Start, StepError> {
        let as_sent = as_if(input);
        for field in self.fields().unwrap_or_default() {
            let value = &as_sent[field.name];
            if field.required || !value.is_null() {
                self.check_field(&field, value).map_err(not_taken)?;
            }
        }
        let (json, body) = (&input["json"], &input["body"]);
        if !json.is_null() && !body.is_null() {
            return Err(not_taken("`core.http` takes either `json` or `body`, not both".into()));
        }
        let method = method(input).unwrap_or(WebMethod::Get);
        if method.is_safe() && !(json.is_null() && body.is_null()) {
            return Err(not_taken(format!(
                "a {} has no body; say `method: POST`, or which other one is meant",
                method.as_str()
            )));
        }
        Ok(Start::Local(input.clone()))
    }

    fn kept_from(&self, input: &Value, context: &KindContext) -> Option<Kept> {
        let url = WebUrl::parse(input["url"].as_str()?).ok()?;
        (context.emulated && !url.is_loopback()).then_some(Kept::LeftOut(SkipReason::Emulated))
    }

    async fn act(&self, input: &Value, context: &KindContext) -> Did {
        let Some(web) = &context.web else {
            let message = "this engine sends nothing to others than OutX".to_owned();
            return Did::Failed(StepError { kind: StepErrorKind::Io, message });
        };
        let request = match request(input) {
            Ok(request) => request,
            Err(message) => return Did::Failed(not_taken(message)),
        };
        let timeout = input["timeout"].as_str().and_then(|length| timeout(length).ok()).unwrap_or(TIMEOUT);
        let of = format!("{} {}", request.method.as_str(), request.url.origin());
        let is_write = self.call(input).is_some();
        match web.exchange(&request, timeout).await {
            Ok(answer) => {
                let expected = expected(&input["expect"]).unwrap_or_default();
                read(&of, &answer, &expected, is_write, context)
            }
            Err(error) => match error.kind() {
                // What cannot be sent, and what cannot be kept of a look, does not pass by itself.
                ErrorKind::Invalid => rejected(&of, &error.chain()),
                ErrorKind::TooLarge if !is_write => rejected(&of, &error.chain()),
                _ => Did::unanswered(&of, &error),
            },
        }
    }
}

/// What a request does, by its method and by what the file says of it.
fn effect(method: Option<&Value>, repeatable: Option<&Value>) -> KindEffect {
    let is_safe = match method {
        None => true,
        Some(word) => word.as_str().and_then(WebMethod::parse).is_some_and(WebMethod::is_safe),
    };
    match repeatable.and_then(Value::as_bool) {
        _ if is_safe => KindEffect::Read,
        Some(true) => KindEffect::Idempotent,
        _ => KindEffect::Write,
    }
}

fn method(input: &Value) -> Option<WebMethod> {
    WebMethod::parse(input["method"].as_str()?)
}

fn timeout(text: &str) -> Result<Duration, String> {
    match parse_duration(text)? {
        length if length.is_zero() => Err("a `timeout` of nothing lets no answer come".into()),
        length if length > LONGEST => Err(format!("`timeout: {text}` is longer than 5m, the longest")),
        length => Ok(length),
    }
}

/// The statuses that count as success; none where nothing is said.
fn expected(value: &Value) -> Result<Vec<u16>, String> {
    let status = |value: &Value| {
        let status = value.as_u64().and_then(|status| u16::try_from(status).ok());
        status
            .filter(|status| (200..600).contains(status))
            .ok_or_else(|| format!("`expect` is a status from 200 to 599, or a list of them, not {value}"))
    };
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Array(list) if !list.is_empty() => list.iter().map(status).collect(),
        value => Ok(vec![status(value)?]),
    }
}

/// A header that can be sent. What frames the request is not the file's to say.
fn header(name: &str, value: &Value) -> Option<(String, String)> {
    const OURS: [&str; 5] = ["content-length", "transfer-encoding", "host", "connection", "upgrade"];
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let name = name.to_ascii_lowercase();
    if name.is_empty() || !name.bytes().all(is_token) || OURS.contains(&name.as_str()) {
        return None;
    }
    let value = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(word) => word.to_string(),
        _ => return None,
    };
    value.bytes().all(|byte| byte == b'\t' || (0x20..=0x7e).contains(&byte)).then_some((name, value))
}

fn not_a_header(name: &str) -> String {
    format!(
        "the header `{name}` cannot be sent: its value must be a text of printable ASCII characters, and what frames \
         the request (host, length, connection) is set by itself"
    )
}

fn request(input: &Value) -> Result<WebRequest, String> {
    let url = WebUrl::parse(input["url"].as_str().unwrap_or_default())?;
    let method = method(input).unwrap_or(WebMethod::Get);
    let mut headers = Vec::new();
    for (name, value) in input["headers"].as_object().into_iter().flatten() {
        headers.push(header(name, value).ok_or_else(|| not_a_header(name))?);
    }
    let body = match (&input["json"], &input["body"]) {
        (Value::Null, Value::String(text)) => Some(text.clone().into()),
        (Value::Null, _) => None,
        (json, _) => {
            if !headers.iter().any(|(name, _)| name == "content-type") {
                headers.push(("content-type".to_owned(), "application/json".to_owned()));
            }
            Some(json.to_string().into())
        }
    };
    Ok(WebRequest { method, url, headers, body })
}

/// What an answer means. What a server has worked on, or may have, is never taken for not done.
fn read(of: &str, answer: &Response, expected: &[u16], is_write: bool, context: &KindContext) -> Did {
    let status = answer.status;
    let is_success = (200..300).contains(&status);
    if if expected.is_empty() { is_success } else { expected.contains(&status) } {
        return Did::Done(output(answer));
    }
    let error = |text: &str| ApiError { status, text: format!("{of}: {text}") };
    let not_before = answer.retry_after(context.clock.now());
    let refused =
        |text| Did::Refused(Refusal { reason: RefusalReason::RateLimited, error: error(text), not_before });
    match status {
        429 => refused("too many requests"),
        503 if not_before.is_some() => refused("not available now"),
        _ if is_success => {
            Did::Unusable(format!("{of}: answered with status {status}, which is not expected"))
        }
        304 | 307 | 308 => Did::Rejected(error("the answer points elsewhere, and that is not followed")),
        300..400 if !is_write => {
            Did::Rejected(error("the answer points elsewhere, and that is not followed"))
        }
        408 => lost(of, status),
        400..500 => Did::Rejected(error("refused")),
        _ => lost(of, status),
    }
}

fn lost(of: &str, status: u16) -> Did {
    Did::Lost(Doubt { what: format!("{of}: answered with status {status}"), arrived: true })
}

fn rejected(of: &str, why: &str) -> Did {
    Did::Failed(StepError { kind: StepErrorKind::Rejected, message: format!("{of}: {why}") })
}

fn output(answer: &Response) -> Value {
    let mut headers = Map::new();
    for (name, value) in answer.headers.iter().filter(|(name, _)| !SECRET.contains(&name.as_str())) {
        match headers.get_mut(name) {
            Some(Value::String(known)) => *known = format!("{known}, {value}"),
            _ => drop(headers.insert(name.clone(), value.clone().into())),
        }
    }
    json!({
        "status": answer.status,
        "headers": headers,
        "json": answer.value(),
        "body": String::from_utf8_lossy(&answer.body),
    })
}
