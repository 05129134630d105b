//! `core.write-file`: writes rows or a value to a file.

use super::file::{self, Format, Mode};
use super::{Kind, KindContext, KindEffect, KindField, Start, Takes};
use crate::journal::{StepError, StepErrorKind};
use async_trait::async_trait;
use serde_json::{Map, Value, json};
use std::path::Path;

/// `core.write-file`: CSV, JSON, JSON Lines or text, by the file's ending or `format`.
///
/// `replace` and `upsert` write a new file beside the old one and rename it, so that nobody ever sees half
/// of it, and doing it twice is the same as doing it once. `append` adds to the end: when the program is
/// killed between the write and its record, the rows of that one step stand there twice; with a `key` a row
/// whose key is already there is left alone, which closes that gap.
#[derive(Debug)]
pub struct WriteFile;

const FORMATS: &[&str] = &["csv", "json", "jsonl", "text"];
const MODES: &[&str] = &["replace", "append", "upsert"];

#[async_trait]
impl Kind for WriteFile {
    fn name(&self) -> &'static str {
        "core.write-file"
    }

    fn doc(&self) -> &'static str {
        "writes rows or a value to a file"
    }

    fn effect(&self) -> KindEffect {
        KindEffect::Idempotent
    }

    fn fields(&self) -> Option<Vec<KindField>> {
        let field = |name, required, takes, doc| KindField { name, required, takes, doc };
        Some(vec![
            field("path", true, Takes::Text, "the file; its folder is made where it is missing"),
            field("format", false, Takes::Word(FORMATS), "csv, json, jsonl or text; by the ending if absent"),
            field("rows", false, Takes::List, "rows: a list of objects"),
            field("row", false, Takes::Object, "one row"),
            field("value", false, Takes::Any, "any value, written as JSON or text"),
            field("mode", false, Takes::Word(MODES), "replace (the default), append or upsert"),
            field("key", false, Takes::Text, "the column by which upsert and append find a row"),
            field("columns", false, Takes::List, "the columns and their order; those of the rows if absent"),
            field("allow_empty", false, Takes::Boolean, "true: an empty result may replace a full file"),
        ])
    }

    fn start(&self, input: &Value) -> Result<Start, StepError> {
        Job::read(input)?;
        Ok(Start::Local(input.clone()))
    }

    async fn run(&self, input: &Value, context: &KindContext) -> Result<Value, StepError> {
        let job = Job::read(input)?;
        let path =
            context.file(job.path).map_err(|message| StepError { kind: StepErrorKind::Io, message })?;
        let written = job.write(&path).map_err(|error| io(&path, &error))?;
        Ok(json!({ "path": path.display().to_string(), "rows": written }))
    }
}

/// An input that makes sense.
struct Job<'a> {
    path: &'a str,
    format: Format,
    mode: Mode<'a>,
    rows: Option<Vec<Map<String, Value>>>,
    value: Option<&'a Value>,
    columns: Option<Vec<String>>,
    allow_empty: bool,
}

impl<'a> Job<'a> {
    fn read(input: &'a Value) -> Result<Self, StepError> {
        let text = |key: &str| input.get(key).and_then(Value::as_str);
        let path = text("path").filter(|path| !path.trim().is_empty());
        let path = path.ok_or_else(|| invalid("`path` must be a text that is not empty"))?;
        let format = match text("format") {
            Some(word) => Format::parse(word),
            None => Format::of_path(path),
        };
        let unknown = || invalid("`format` is needed: the file does not end in .csv, .json, .jsonl or .txt");
        let format = format.ok_or_else(unknown)?;
        let key = text("key");
        let mode = match text("mode").unwrap_or("replace") {
            "replace" => Mode::Replace,
            "append" => Mode::Append { key },
            "upsert" => Mode::Upsert { key: key.ok_or_else(|| invalid("`mode: upsert` needs a `key`"))? },
            other => return Err(invalid(&format!("`mode: {other}` is none of {}", MODES.join(", ")))),
        };
        let given: Vec<_> =
            ["rows", "row", "value"].into_iter().filter(|key| input.get(key).is_some()).collect();
        let &[which] = given.as_slice() else {
            return Err(invalid("give exactly one of `rows`, `row` and `value`"));
        };
        let (rows, value) = match which {
            "value" => (None, input.get("value")),
            _ => (Some(rows_of(&input[which])?), None),
        };
        if rows.is_none() && matches!(format, Format::Csv | Format::JsonLines) {
            return Err(invalid("a CSV or JSON Lines file takes `rows` or `row`, not `value`"));
        }
        if value.is_some() && !matches!(mode, Mode::Replace) && format != Format::Text {
            return Err(invalid("`value` can only replace a file; `append` it to a text file"));
        }
        if rows.is_some() && format == Format::Text && !matches!(mode, Mode::Replace) {
            return Err(invalid("rows of a text file can only replace it; `append` a `value` to it"));
        }
        let columns = input.get("columns").and_then(Value::as_array).map(|list| {
            list.iter().map(|name| name.as_str().map_or_else(|| name.to_string(), str::to_owned)).collect()
        });
        let allow_empty = input.get("allow_empty") == Some(&Value::Bool(true));
        Ok(Self { path, format, mode, rows, value, columns, allow_empty })
    }

    fn write(self, path: &Path) -> std::io::Result<usize> {
        match (&self.rows, self.value) {
            (Some(rows), _) => {
                let columns = self.columns.as_deref();
                file::write_rows(path, self.format, self.mode, rows, columns, self.allow_empty)
            }
            (None, value) => {
                let append = matches!(self.mode, Mode::Append { .. });
                let value = value.unwrap_or(&Value::Null);
                file::write_value(path, self.format, value, append, self.allow_empty)?;
                Ok(1)
            }
        }
    }
}

fn rows_of(value: &Value) -> Result<Vec<Map<String, Value>>, StepError> {
    match value {
        Value::Object(row) => Ok(vec![row.clone()]),
        Value::Array(items) => items
            .iter()
            .map(|item| match item {
                Value::Object(row) => Ok(row.clone()),
                other => Err(invalid(&format!("a row must be an object, not {other}"))),
            })
            .collect(),
        other => Err(invalid(&format!("`rows` must be a list of objects, not {other}"))),
    }
}

fn invalid(message: &str) -> StepError {
    StepError { kind: StepErrorKind::Expression, message: message.to_owned() }
}

fn io(path: &Path, error: &std::io::Error) -> StepError {
    StepError { kind: StepErrorKind::Io, message: format!("cannot write {}: {error}", path.display()) }
}
