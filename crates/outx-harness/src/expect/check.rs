//! What came, against what was expected.

use super::{Claim, Expect, difference, yaml};
use crate::matching::{as_asked, is_part};
use crate::play::Played;
use outx_flow::diagnostic::{Diagnostic, Span, nearest};
use outx_flow::expr::{Scope, Value as Computed};
use outx_flow::table::{BadRows, read_rows};
use outx_flow::{Path, Reported};
use outx_model::Effect;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// All that is not as expected, each at its place in the test file.
pub(crate) fn check(expect: &Expect, played: &Played) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if let Some((status, span)) = &expect.status {
        let is = played.report.status.word();
        if is != status {
            let finding = Diagnostic::error("OX610", format!("the run is {is}, not {status}"), *span);
            found.push(finding.with_help_if(why(played)));
        }
    }
    if let Some((outputs, span)) = &expect.outputs
        && !is_part(outputs, &played.report.outputs)
    {
        found.push(differs("the outputs are other ones".to_owned(), outputs, &played.report.outputs, *span));
    }
    let all = played.report.all();
    let at = |path: &str| all.iter().find(|(known, _)| known.as_str() == path).map(|(_, it)| *it);
    for (path, wanted, span) in &expect.steps {
        if let Some(reported) = at(path) {
            let is = of(reported);
            if !is_part(wanted, &is) {
                found.push(differs(format!("the step `{path}` is not as expected"), wanted, &is, *span));
            }
        } else {
            let finding = missing(path, &all, *span);
            found.push(finding);
        }
    }
    for (path, wanted, span) in &expect.items {
        let items = match at(path) {
            Some(Reported::Step(step)) => step.items.as_deref().unwrap_or_default(),
            _ => &[],
        };
        let is = match wanted {
            Value::Number(_) => json!(items.len()),
            _ => items.iter().map(|item| of(Reported::Item(item))).collect(),
        };
        if !is_part(wanted, &is) {
            found.push(differs(format!("the items of `{path}` are other ones"), wanted, &is, *span));
        }
    }
    if let Some(sendings) = &expect.sent {
        let call =
            |name: &str, input: &Value| Value::Object(Map::from_iter([(name.to_owned(), input.clone())]));
        let wanted: Value = sendings.calls.iter().map(|(name, input)| call(name, input)).collect();
        let writes = played.sent.iter().filter(|sent| sent.effect == Effect::Write);
        let is: Value = writes.map(|sent| call(sent.name(), &sent.input)).collect();
        if !is_part(&wanted, &is) {
            found.push(differs("what was sent is something else".to_owned(), &wanted, &is, sendings.span));
        }
    }
    for (name, wanted, span) in &expect.sent_count {
        let is = played.count(name);
        if is != *wanted {
            let message = format!("{name} was sent {} and not {}", times(is), times(*wanted));
            let calls = played.sent.iter().filter(|sent| sent.name() == *name).take(5);
            let shown: Vec<_> = calls.map(|sent| format!("{}: {}", sent.at, sent.input)).collect();
            let help = Some(shown.join("\n")).filter(|shown| !shown.is_empty());
            found.push(Diagnostic::error("OX610", message, *span).with_help_if(help));
        }
    }
    for (person, span) in &expect.not_sent_to {
        if let Some(sent) = played.written_to(person) {
            let message = format!("{} was sent to this person at {}", sent.name(), sent.at);
            found.push(Diagnostic::error("OX610", message, *span).with_help(sent.input.to_string()));
        }
    }
    if let Some((least, most, span)) = expect.elapsed
        && !(least..=most).contains(&played.elapsed)
    {
        let message = format!("it took {}", shown(played.elapsed));
        found.push(Diagnostic::error("OX610", message, span));
    }
    for (path, wanted, span) in &expect.files {
        found.extend(file(path, wanted, *span, played));
    }
    if let Some((wanted, span)) = &expect.waiting_for {
        found.extend(waits(wanted, *span, played));
    }
    for claim in &expect.that {
        match holds(claim, played) {
            Ok(true) => {}
            Ok(false) => {
                found.push(Diagnostic::error("OX610", "this does not hold", claim.span));
            }
            Err(why) => {
                let message = format!("this cannot be computed: {why}");
                found.push(Diagnostic::error("OX610", message, claim.span));
            }
        }
    }
    found
}

fn waits(wanted: &Value, span: Span, played: &Played) -> Option<Diagnostic> {
    let waiting = &played.report.waiting_for;
    let is: Value = waiting
        .iter()
        .map(|it| json!({ "step": it.path, "reason": it.reason.word(), "message": it.message, "until": it.until }))
        .collect();
    if is_part(wanted, &is) {
        return None;
    }
    let words: Vec<_> = waiting.iter().map(|it| it.reason.word()).collect();
    let message = match words.as_slice() {
        [] => "the run waits for nothing".to_owned(),
        words => format!("the run waits for {}", words.join(", ")),
    };
    let more = |wait: &Value| wait.as_object().is_some_and(|wait| wait.keys().any(|key| key != "reason"));
    let wants_more = wanted.as_array().is_some_and(|waits| waits.iter().any(more));
    Some(if wants_more && !waiting.is_empty() {
        differs(message, wanted, &is, span)
    } else {
        Diagnostic::error("OX610", message, span).with_help_if(why(played))
    })
}

/// Whether a claim is true of what came.
pub(super) fn holds(claim: &Claim, played: &Played) -> Result<bool, String> {
    let mut scope = Scope::new();
    for (name, value) in played.told() {
        scope = scope.with(name, Computed::from_json(value));
    }
    let value = claim.expr.evaluate(&scope).map_err(|error| error.to_string())?;
    match value.to_json() {
        Value::Bool(is) => Ok(is),
        other => Err(format!("it gives {other}, which is neither true nor false")),
    }
}

/// What is known of a step or an item, as it is expected.
pub(crate) fn of(reported: Reported<'_>) -> Value {
    match reported {
        Reported::Step(step) => json!({
            "status": step.status.word(), "output": step.output, "error": step.error, "already": step.already,
            "unconfirmed": step.unconfirmed, "assumed": step.assumed, "task_id": step.task_id,
            "asked_again": step.asked_again, "doubt": step.doubt,
        }),
        Reported::Item(item) => json!({
            "key": item.key, "status": item.status.word(), "outputs": item.outputs, "error": item.error,
            "removed": item.removed,
        }),
    }
}

fn missing(path: &str, all: &[(Path, Reported<'_>)], span: Span) -> Diagnostic {
    let known = || all.iter().map(|(known, _)| known.as_str());
    let help = if let Some(near) = nearest(path, known()) {
        format!("did you mean `{near}`?")
    } else {
        let items: Vec<_> =
            known().filter(|known| known.ends_with(']')).take(8).map(|known| format!("`{known}`")).collect();
        if items.is_empty() {
            "there were no items".to_owned()
        } else {
            format!("the items were {}", items.join(", "))
        }
    };
    Diagnostic::error("OX610", format!("there was no step `{path}`"), span).with_help(help)
}

/// Why a run is not what it should be, as far as it says so.
fn why(played: &Played) -> Option<String> {
    let mut lines = Vec::new();
    for (path, reported) in played.report.all() {
        if let Reported::Step(step) = reported {
            if let Some(message) = step.error["message"].as_str() {
                lines.push(format!("{path}: {message}"));
            } else if let Some(doubt) = &step.doubt {
                lines.push(format!("{path} is in doubt: {doubt}"));
            }
        }
    }
    lines.extend(played.report.waiting_for.iter().map(|it| format!("{} waits: {}", it.path, it.message)));
    if let Some(error) = &played.report.error {
        lines.push(format!("the outputs: {}", error["message"].as_str().unwrap_or_default()));
    }
    lines.truncate(8);
    Some(lines.join("\n")).filter(|text| !text.is_empty())
}

fn file(path: &str, wanted: &Value, span: Span, played: &Played) -> Option<Diagnostic> {
    let found = played.files.get(path);
    let error = |message: String| Diagnostic::error("OX610", message, span);
    let bytes = match (found, wanted) {
        (None, Value::Null) => return None,
        (Some(_), Value::Null) => return Some(error(format!("the file `{path}` was written"))),
        (None, _) => {
            let known: Vec<_> = played.files.keys().map(|path| format!("`{path}`")).collect();
            let help = match known.as_slice() {
                [] => "no file was written".to_owned(),
                known => format!("the files are {}", known.join(", ")),
            };
            return Some(error(format!("the file `{path}` was not written")).with_help(help));
        }
        (Some(bytes), _) => bytes,
    };
    let (wanted_text, given_text) = match wanted {
        Value::String(text) => (text.clone(), String::from_utf8_lossy(bytes).into_owned()),
        wanted => {
            let is_table = ["csv", "jsonl"].iter().any(|ending| path.ends_with(&format!(".{ending}")));
            let given = if is_table {
                let table = read_rows(path, bytes, &[], BadRows::Refuse).ok()?;
                table.rows.into_iter().map(Value::Object).collect()
            } else {
                serde_json::from_slice(bytes).unwrap_or(Value::Null)
            };
            if is_part(wanted, &given) {
                return None;
            }
            (yaml(wanted), yaml(&as_asked(wanted, &given)))
        }
    };
    (wanted_text.trim_end() != given_text.trim_end()).then(|| {
        error(format!("the file `{path}` holds something else"))
            .with_help(difference(&wanted_text, &given_text))
    })
}

fn differs(what: String, wanted: &Value, given: &Value, span: Span) -> Diagnostic {
    let help = difference(&yaml(wanted), &yaml(&as_asked(wanted, given)));
    Diagnostic::error("OX610", what, span).with_help(help)
}

fn times(count: u64) -> String {
    match count {
        1 => "once".to_owned(),
        count => format!("{count} times"),
    }
}

/// A duration in whole units, the largest first: `2d 3h`.
pub fn shown(duration: Duration) -> String {
    let millis = duration.as_millis();
    let units: [(u128, &str); 5] =
        [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s"), (1, "ms")];
    let mut rest = millis;
    let mut parts = Vec::new();
    for (size, unit) in units {
        if rest >= size {
            parts.push(format!("{}{unit}", rest / size));
            rest %= size;
        }
    }
    if parts.is_empty() { "no time".to_owned() } else { parts.join(" ") }
}
