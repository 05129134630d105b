//! `core.read-file`: reads rows or a value from a file.

use super::file::Format;
use super::{Kind, KindContext, KindEffect, KindField, Start, Takes, not_taken};
use crate::journal::{StepError, StepErrorKind};
use crate::table::{BadRows, read_rows};
use async_trait::async_trait;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// `core.read-file`: a CSV or JSON Lines file gives `rows`, a JSON or text file its `value`; a list of JSON objects gives
/// both. What was read is recorded: a file that changes later changes nothing.
#[derive(Debug)]
pub struct ReadFile;

const FORMATS: &[&str] = &["csv", "json", "jsonl", "text"];

/// A larger file would make the run's journal larger than anybody wants.
const MOST: u64 = 64 * 1024 * 1024;

#[async_trait]
impl Kind for ReadFile {
    fn name(&self) -> &'static str {
        "core.read-file"
    }

    fn doc(&self) -> &'static str {
        "reads rows or a value from a file"
    }

    fn effect(&self) -> KindEffect {
        KindEffect::None
    }

    fn fields(&self) -> Option<Vec<KindField>> {
        let field = |name, required, takes, doc| KindField { name, required, takes, doc };
        Some(vec![
            field("path", true, Takes::Text, "the file; at most 64 MB"),
            field("format", false, Takes::Word(FORMATS), "csv, json, jsonl or text; by the ending if absent"),
        ])
    }

    fn start(&self, input: &Value) -> Result<Start, StepError> {
        job(input)?;
        Ok(Start::Local(input.clone()))
    }

    async fn run(&self, input: &Value, context: &KindContext) -> Result<Value, StepError> {
        let (path, format) = job(input)?;
        let full = context.file(path).map_err(wrong)?;
        let bytes = read(&full).map_err(|why| wrong(format!("cannot read {}: {why}", full.display())))?;
        match format {
            Format::Csv | Format::JsonLines => {
                // The table reader goes by the name's ending.
                let ending = if format == Format::Csv { "csv" } else { "jsonl" };
                let table = read_rows(&format!("{path}.{ending}"), &bytes, &[], BadRows::Refuse);
                let table = table.map_err(|problems| {
                    let first = problems.first();
                    let place = first.map(|it| format!("{path}:{}: {}", it.line, it.message));
                    wrong(place.unwrap_or_else(|| format!("{path} cannot be read as a table")))
                })?;
                let rows: Vec<_> = table.rows.into_iter().map(Value::Object).collect();
                Ok(json!({ "rows": rows }))
            }
            Format::Json => {
                let value: Value = serde_json::from_slice(without_mark(&bytes))
                    .map_err(|error| wrong(format!("{path} is not JSON: {error}")))?;
                let is_rows = value.as_array().is_some_and(|items| items.iter().all(Value::is_object));
                Ok(if is_rows { json!({ "rows": value, "value": value }) } else { json!({ "value": value }) })
            }
            Format::Text => {
                let text = std::str::from_utf8(without_mark(&bytes))
                    .map_err(|_| wrong(format!("{path} is not UTF-8 text")))?;
                Ok(json!({ "value": text }))
            }
        }
    }
}

fn job(input: &Value) -> Result<(&str, Format), StepError> {
    let text = |key: &str| input.get(key).and_then(Value::as_str);
    let path = text("path").filter(|path| !path.trim().is_empty());
    let path = path.ok_or_else(|| not_taken("`path` must be a text that is not empty".to_owned()))?;
    let format = match text("format") {
        Some(word) => Format::parse(word),
        None => Format::of_path(path),
    };
    let unknown = "`format` is needed: the file does not end in .csv, .json, .jsonl or .txt";
    Ok((path, format.ok_or_else(|| not_taken(unknown.to_owned()))?))
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let length = fs::metadata(path).map_err(|error| error.to_string())?.len();
    if length > MOST {
        return Err(format!("it has {length} bytes; the most is {MOST}"));
    }
    fs::read(path).map_err(|error| error.to_string())
}

/// Without the mark that some programs begin a text with.
fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes)
}

fn wrong(message: String) -> StepError {
    StepError { kind: StepErrorKind::Io, message }
}
