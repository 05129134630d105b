//! The values that a run is given, against what the workflow declares.

use crate::definition::{InputDecl, InputType, Workflow};
use crate::diagnostic::{Diagnostic, nearest};
use crate::table::{BadRows, ColumnType, RowProblem, check_rows, read_cell, read_rows};
use serde_json::{Map, Value};

/// One value as somebody gave it.
#[derive(Debug, Clone, PartialEq)]
pub enum Given {
    /// A JSON value, such as from an inputs file.
    Json(Value),
    /// A text from the command line: JSON where it reads as JSON and no text is asked for, else itself.
    Text(String),
    /// The content of a file.
    File {
        /// Its name, as it was typed.
        name: String,
        /// Its bytes.
        bytes: Vec<u8>,
    },
}

/// What is wrong with the inputs.
#[derive(Debug, Clone, PartialEq)]
pub enum InputFault {
    /// A finding in the workflow's file.
    Declared(Diagnostic),
    /// A bad row of a table.
    Row(RowProblem),
    /// A name that the workflow does not declare.
    Unknown(String),
}

/// The inputs of a run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Resolved {
    /// The values, by name.
    pub values: Value,
    /// What is wrong with the rows of tables that were left out; empty under [`BadRows::Refuse`].
    pub left_out: Vec<RowProblem>,
}

/// Checks and completes the inputs of a run: what was given, then the defaults. Any bad row is refused.
///
/// # Errors
///
/// All that is wrong, in the order of the declarations.
pub fn resolve_inputs(workflow: &Workflow, given: &[(String, Given)]) -> Result<Value, Vec<InputFault>> {
    resolve_inputs_with(workflow, given, BadRows::Refuse).map(|resolved| resolved.values)
}

/// The same, where bad rows of a table that was given may be left out. Those of a default are refused in any case.
///
/// # Errors
///
/// As [`resolve_inputs`]; a table that lacks a column is refused whatever becomes of its rows.
pub fn resolve_inputs_with(
    workflow: &Workflow,
    given: &[(String, Given)],
    bad: BadRows,
) -> Result<Resolved, Vec<InputFault>> {
    let mut left_out = Vec::new();
    let mut faults = Vec::new();
    let mut values = Map::new();
    for input in &workflow.inputs {
        // The last one given counts, so that a command line overrides a file.
        let value = given.iter().rev().find(|(name, _)| *name == input.name).map(|(_, value)| value);
        match value {
            Some(value) => match read(input, value, bad, &mut left_out) {
                Ok(value) => drop(values.insert(input.name.clone(), value)),
                Err(wrong) => faults.extend(wrong),
            },
            None => match &input.default {
                // A null stands for nothing, whatever the type is.
                Some(Value::Null) => drop(values.insert(input.name.clone(), Value::Null)),
                Some(default) => {
                    match read(input, &Given::Json(default.clone()), BadRows::Refuse, &mut left_out) {
                        Ok(value) => drop(values.insert(input.name.clone(), value)),
                        Err(wrong) => faults.extend(wrong),
                    }
                }
                None => faults.push(missing(input)),
            },
        }
    }
    let names = || workflow.inputs.iter().map(|input| input.name.as_str());
    for (name, _) in given.iter().filter(|(name, _)| !names().any(|known| known == name)) {
        let help = match nearest(name, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if workflow.inputs.is_empty() => "the workflow takes no inputs".to_owned(),
            None => format!("it takes {}", names().collect::<Vec<_>>().join(", ")),
        };
        faults.push(InputFault::Unknown(format!("the workflow has no input `{name}`; {help}")));
    }
    if faults.is_empty() { Ok(Resolved { values: Value::Object(values), left_out }) } else { Err(faults) }
}

/// Reads what a list among the inputs is to be longer by: its rows, and what is wrong with those that were left out.
///
/// # Errors
///
/// All that is wrong with it; also where the workflow has no such list.
pub fn read_list(
    workflow: &Workflow,
    name: &str,
    given: &Given,
    bad: BadRows,
) -> Result<(Vec<Value>, Vec<RowProblem>), Vec<InputFault>> {
    let lists = || workflow.inputs.iter().filter(|input| input.ty.is_list());
    let Some(input) = lists().find(|input| input.name == name) else {
        let lists: Vec<_> = lists().map(|input| input.name.as_str()).collect();
        let help = match nearest(name, lists.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if lists.is_empty() => "none of its inputs is a list".to_owned(),
            None => format!("its lists are {}", lists.join(", ")),
        };
        let message = format!("the workflow has no list `{name}` among its inputs; {help}");
        return Err(vec![InputFault::Unknown(message)]);
    };
    let mut left_out = Vec::new();
    match read(input, given, bad, &mut left_out)? {
        Value::Array(rows) => Ok((rows, left_out)),
        other => Ok((vec![other], left_out)),
    }
}

fn missing(input: &InputDecl) -> InputFault {
    let message = format!("the input `{}` is missing", input.name);
    let example = if matches!(input.ty, InputType::Table(_)) { "@FILE.csv" } else { "VALUE" };
    let help = format!("give it with `-i {}={example}`, or declare a `default`", input.name);
    InputFault::Declared(Diagnostic::error("OX410", message, input.span).with_help(help))
}

/// Whether a declared default is of the declared type.
///
/// # Errors
///
/// Why not, in a sentence.
pub(crate) fn default_fits(input: &InputDecl) -> Result<(), String> {
    input.default.as_ref().map_or(Ok(()), |default| value_fits(input, default))
}

/// Whether a value is of the declared type.
///
/// # Errors
///
/// Why not, in a sentence.
pub(crate) fn value_fits(input: &InputDecl, value: &Value) -> Result<(), String> {
    match value {
        Value::Null => Ok(()),
        Value::Array(rows) if matches!(input.ty, InputType::Table(_)) => {
            let InputType::Table(columns) = &input.ty else { return Ok(()) };
            let problems = check_rows(&input.name, rows, columns, BadRows::Refuse).err().unwrap_or_default();
            problems.first().map_or(Ok(()), |first| Err(format!("row {}: {}", first.line, first.message)))
        }
        value => typed(&input.ty, value.clone()).map(drop),
    }
}

fn read(
    input: &InputDecl,
    given: &Given,
    bad: BadRows,
    left_out: &mut Vec<RowProblem>,
) -> Result<Value, Vec<InputFault>> {
    let rows = |found: Vec<RowProblem>| found.into_iter().map(InputFault::Row).collect::<Vec<_>>();
    let wrong = |message: String| {
        let message = format!("the input `{}`: {message}", input.name);
        vec![InputFault::Declared(Diagnostic::error("OX411", message, input.span))]
    };
    match (&input.ty, given) {
        (InputType::Table(columns), Given::File { name, bytes }) => {
            let table = read_rows(name, bytes, columns, bad).map_err(rows)?;
            left_out.extend(table.left_out);
            Ok(Value::Array(table.rows.into_iter().map(Value::Object).collect()))
        }
        (InputType::Table(columns), given) => match json(given) {
            Some(Value::Array(items)) => {
                let table =
                    check_rows(&format!("input {}", input.name), &items, columns, bad).map_err(rows)?;
                left_out.extend(table.left_out);
                Ok(Value::Array(table.rows.into_iter().map(Value::Object).collect()))
            }
            _ => Err(wrong("it must be a table: a list of rows, or a file as `@FILE.csv`".into())),
        },
        (InputType::Text | InputType::Person | InputType::Company | InputType::Date, Given::Text(text)) => {
            typed(&input.ty, Value::from(text.as_str())).map_err(wrong)
        }
        (InputType::Text, Given::File { name, bytes }) => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Value::from(text.strip_prefix('\u{feff}').unwrap_or(text))),
            Err(_) => Err(wrong(format!("{name} is not UTF-8 text"))),
        },
        (InputType::Array(inner), Given::File { name, bytes }) => {
            let text = std::str::from_utf8(bytes).map_err(|_| wrong(format!("{name} is not UTF-8 text")))?;
            list_of_file(inner, name, text).and_then(|list| typed(&input.ty, list)).map_err(wrong)
        }
        (ty, given) => {
            let value = match (json(given), given) {
                (Some(value), _) => value,
                (None, Given::Text(text)) => Value::from(text.as_str()),
                (None, Given::File { name, .. }) => return Err(wrong(format!("{name} is not JSON"))),
                (None, Given::Json(value)) => value.clone(),
            };
            typed(ty, value).map_err(wrong)
        }
    }
}

/// The list that a file holds: as JSON, as JSON Lines, or one text a line.
fn list_of_file(inner: &InputType, name: &str, text: &str) -> Result<Value, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    let lines = || {
        text.lines().enumerate().map(|(at, line)| (at + 1, line.trim())).filter(|(_, line)| !line.is_empty())
    };
    match ending.as_deref() {
        Some("json") => serde_json::from_str(text).map_err(|error| format!("{name} is not JSON: {error}")),
        Some("jsonl" | "ndjson") => lines()
            .map(|(at, line)| {
                serde_json::from_str::<Value>(line)
                    .map_err(|error| format!("{name}:{at} is not JSON: {error}"))
            })
            .collect(),
        Some("csv" | "tsv") => Err(format!("{name} is a table; declare `type: table` to read one")),
        _ => Ok(lines().map(|(_, line)| scalar(inner, line)).collect()),
    }
}

fn json(given: &Given) -> Option<Value> {
    match given {
        Given::Json(value) => Some(value.clone()),
        Given::Text(text) => serde_json::from_str(text).ok(),
        Given::File { bytes, .. } => serde_json::from_slice(bytes).ok(),
    }
}

fn scalar(ty: &InputType, text: &str) -> Value {
    match ty {
        InputType::Integer | InputType::Number | InputType::Boolean => {
            serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
        }
        _ => Value::from(text),
    }
}

/// A value of a type, brought to its normal form; or what is wrong with it.
fn typed(ty: &InputType, value: Value) -> Result<Value, String> {
    let wrong = |value: &Value| format!("{} is not {}", shown(value), ty.describe());
    match (ty, &value) {
        (InputType::Any, _)
        | (InputType::Text, Value::String(_))
        | (InputType::Number, Value::Number(_))
        | (InputType::Boolean, Value::Bool(_))
        | (InputType::Object, Value::Object(_)) => Ok(value),
        (InputType::Integer, Value::Number(number)) if number.is_i64() => Ok(value),
        (InputType::Person, Value::String(_)) => cell(ColumnType::Person, &value, ty),
        (InputType::Company, Value::String(_)) => cell(ColumnType::Company, &value, ty),
        (InputType::Date, Value::String(_)) => cell(ColumnType::Date, &value, ty),
        (InputType::Array(inner), Value::Array(items)) => {
            let item = |(at, item): (usize, &Value)| {
                typed(inner, item.clone()).map_err(|why| format!("item {}: {why}", at + 1))
            };
            items.iter().enumerate().map(item).collect()
        }
        _ => Err(wrong(&value)),
    }
}

/// A text as a column of a table would take it, but that it may not be empty.
fn cell(column: ColumnType, value: &Value, ty: &InputType) -> Result<Value, String> {
    match read_cell(column, value)? {
        Value::Null => Err(format!("{} is not {}", shown(value), ty.describe())),
        value => Ok(value),
    }
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= 40 { text } else { text.chars().take(40).chain("…".chars()).collect() }
}
