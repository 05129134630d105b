//! The public conformance data of CEL against our module, where it is at hand.
//!
//! The data is not ours and is not kept here. `.ci/cel-spec` fetches it; `OUTX_CEL_SPEC` names the file.

use outx_flow::expr::{Expr, Scope, Value};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;

/// A case with the suites that it is in.
struct Case<'c> {
    path: String,
    data: &'c Map<String, Json>,
}

impl<'c> Case<'c> {
    fn text(&self, key: &str) -> &'c str {
        self.data.get(key).and_then(Json::as_str).unwrap_or_default()
    }
}

/// How many cases are left out for which reason, of the version that `.ci/cel-spec` fetches. One that no longer needs
/// its reason, or another one that does, fails the test.
const LEFT_OUT: &[(&str, usize)] = &[
    ("blocks, which only optimisers write", 25),
    ("containers, in which names are looked for", 2),
    ("enums of protobuf", 2),
    ("messages of protobuf", 630),
    ("types that a checker of CEL's own deduces", 25),
];

/// Why some cases are not for us: the language has no messages of protobuf, and with them no enums, no wrappers and no
/// containers; and what belongs to another part of a CEL implementation than the one that evaluates.
const REASONS: &[(&str, &[&str])] = &[
    (
        "messages of protobuf",
        &["TestAllTypes", "google.protobuf.", "proto.hasExt", "proto.getExt", "NestedMessage"],
    ),
    ("enums of protobuf", &["GlobalEnum", "NestedEnum"]),
    ("blocks, which only optimisers write", &["cel.block", "cel.index", "cel.iterVar", "cel.accuVar"]),
];

fn reason(case: &Case<'_>) -> Option<&'static str> {
    match case.text("container") {
        "" => {}
        container if container.contains("proto") => return Some("messages of protobuf"),
        _ => return Some("containers, in which names are looked for"),
    }
    let data = Json::Object(case.data.clone());
    if holds(&data, &|key, value| key == "objectValue" && written_object(value).is_none()) {
        return Some("messages of protobuf");
    }
    if holds(&data, &|key, _| key == "enumValue") {
        return Some("enums of protobuf");
    }
    if case.data.get("checkOnly").is_some() {
        return Some("types that a checker of CEL's own deduces");
    }
    let expr = case.text("expr");
    REASONS.iter().find(|(_, marks)| marks.iter().any(|mark| expr.contains(mark))).map(|(reason, _)| *reason)
}

fn walk<'c>(suite: &'c Json, path: &str, found: &mut Vec<Case<'c>>) {
    let name = suite["name"].as_str().unwrap_or_default();
    let path = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
    for test in suite["tests"].as_array().into_iter().flatten() {
        if let Some(data) = test["original"].as_object() {
            let path = format!("{path}/{}", data.get("name").and_then(Json::as_str).unwrap_or_default());
            found.push(Case { path, data });
        }
    }
    for inner in suite["suites"].as_array().into_iter().flatten() {
        walk(inner, &path, found);
    }
}

/// A text as CEL reads it back.
fn quoted(text: &str) -> String {
    let mut out = String::from("'");
    for c in text.chars() {
        match c {
            '\'' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => drop(write!(out, "\\U{:08x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out + "'"
}

/// A value of the data as an expression; nothing for what the language cannot write.
fn written(value: &Json) -> Option<String> {
    let (kind, value) = value.as_object()?.iter().next()?;
    let text = || value.as_str().map(str::to_owned);
    Some(match kind.as_str() {
        "nullValue" => "null".to_owned(),
        "boolValue" => value.to_string(),
        "int64Value" => format!("int('{}')", text()?),
        "uint64Value" => format!("uint('{}')", text()?),
        // A text, so that no reader rounds it.
        "doubleValue" => match value.as_str()? {
            "Infinity" => "(1.0 / 0.0)".to_owned(),
            "-Infinity" => "(-1.0 / 0.0)".to_owned(),
            text => format!("double('{text}')"),
        },
        "stringValue" => quoted(value.as_str()?),
        "bytesValue" => format!("base64.decode('{}')", text()?),
        "typeValue" => text()?,
        "listValue" => {
            let items = value.get("values").and_then(Json::as_array).into_iter().flatten();
            format!("[{}]", items.map(written).collect::<Option<Vec<_>>>()?.join(", "))
        }
        "mapValue" => {
            let entries = value.get("entries").and_then(Json::as_array).into_iter().flatten();
            let entries = entries
                .map(|entry| Some(format!("{}: {}", written(&entry["key"])?, written(&entry["value"])?)));
            format!("{{{}}}", entries.collect::<Option<Vec<_>>>()?.join(", "))
        }
        "objectValue" => written_object(value)?,
        _ => return None,
    })
}

/// A moment or a duration.
fn written_object(value: &Json) -> Option<String> {
    let text = value.get("value")?.as_str()?;
    match value.get("@type")?.as_str()?.rsplit('/').next()? {
        "google.protobuf.Timestamp" => Some(format!("timestamp('{text}')")),
        "google.protobuf.Duration" => Some(format!("duration('{text}')")),
        _ => None,
    }
}

/// Whether an entry like that is anywhere in a value.
fn holds(value: &Json, is: &impl Fn(&str, &Json) -> bool) -> bool {
    match value {
        Json::Object(entries) => entries.iter().any(|(key, value)| is(key, value) || holds(value, is)),
        Json::Array(items) => items.iter().any(|item| holds(item, is)),
        _ => false,
    }
}

/// Puts the names of a case around its expression.
fn bound(case: &Case<'_>, expr: String) -> Option<(String, Scope)> {
    let (mut expr, mut scope) = (expr, Scope::new());
    for (name, value) in case.data.get("bindings").and_then(Json::as_object).into_iter().flatten() {
        let value = written(&value["value"])?;
        if name.contains('.') || matches!(name.as_str(), "true" | "false" | "null") {
            // Such a name cannot be bound within an expression.
            let value = Expr::parse(&value).and_then(|it| it.evaluate(&Scope::new())).ok()?;
            scope = scope.with(name.as_str(), value);
        } else {
            expr = format!("cel.bind({name}, {value}, {expr})");
        }
    }
    Some((expr, scope))
}

/// What is wrong with what became of a case.
fn verdict(case: &Case<'_>) -> Result<(), String> {
    let expr = case.text("expr");
    let fails = case.data.get("evalError").is_some();
    let wanted = match case.data.get("value").or_else(|| case.data.get("typedResult").map(|it| &it["result"]))
    {
        None => Some("true".to_owned()),
        Some(value) => written(value),
    };
    let Some(wanted) = wanted else { return Err("its value cannot be written".to_owned()) };
    let is_nan = wanted == "double('NaN')";
    let compared = match fails {
        true => format!("cel.bind(got_, ({expr}\n), true)"),
        false if is_nan => format!("cel.bind(got_, ({expr}\n), math.isNaN(got_))"),
        false => format!("cel.bind(got_, ({expr}\n), got_ == {wanted} && type(got_) == type({wanted}))"),
    };
    let (compared, scope) = bound(case, compared).ok_or("its names cannot be written")?;
    match (Expr::parse(&compared).and_then(|it| it.evaluate(&scope)), fails) {
        (Err(_), true) => Ok(()),
        (Ok(value), false) if value == Value::from(true) => Ok(()),
        (Ok(_), true) => Err("it ought to fail".to_owned()),
        (Ok(_), false) => Err(format!("it is not {wanted}")),
        (Err(error), false) => Err(format!("{error} {:?}", error.help())),
    }
}

#[test]
fn the_public_cases_of_cel_pass() {
    let Some(file) = std::env::var_os("OUTX_CEL_SPEC") else {
        let words = "the public cases of CEL were NOT tried: OUTX_CEL_SPEC does not name the file that .ci/cel-spec fetches\n";
        // Past the capture of output, so that it is seen also where the test passes.
        std::io::stderr().write_all(words.as_bytes()).expect("a standard error");
        return;
    };
    let text = std::fs::read_to_string(&file).expect("the file that OUTX_CEL_SPEC names");
    let suite: Json = serde_json::from_str(&text).expect("JSON");
    let mut cases = Vec::new();
    walk(&suite, "", &mut cases);
    let mut left_out: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut passed, mut failed) = (0, Vec::new());
    for case in &cases {
        match (verdict(case), reason(case)) {
            (Ok(()), _) => passed += 1,
            (Err(_), Some(reason)) => *left_out.entry(reason).or_default() += 1,
            (Err(why), None) => failed.push(format!("{}: {}: {why}", case.path, case.text("expr"))),
        }
    }
    let all = cases.len();
    let words = format!("of {all} public cases of CEL {passed} pass; left out: {left_out:?}\n");
    std::io::stderr().write_all(words.as_bytes()).expect("a standard error");
    assert!(failed.is_empty(), "{} fail:\n{}", failed.len(), failed.join("\n"));
    assert_eq!(left_out.into_iter().collect::<Vec<_>>(), LEFT_OUT);
}
