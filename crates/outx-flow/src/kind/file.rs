//! Files of rows and values, written so that nobody ever sees half of one.

use indexmap::{IndexMap, IndexSet};
use serde_json::{Map, Value};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    Json,
    JsonLines,
    Text,
}

impl Format {
    pub(super) fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "csv" => Self::Csv,
            "json" => Self::Json,
            "jsonl" => Self::JsonLines,
            "text" => Self::Text,
            _ => return None,
        })
    }

    /// The format that a file's ending says.
    pub(super) fn of_path(path: &str) -> Option<Self> {
        let ending = Path::new(path).extension()?.to_str()?.to_ascii_lowercase();
        Some(match ending.as_str() {
            "csv" => Self::Csv,
            "json" => Self::Json,
            "jsonl" | "ndjson" => Self::JsonLines,
            "txt" | "md" => Self::Text,
            _ => return None,
        })
    }
}

/// What becomes of the rows that are there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode<'a> {
    /// They go.
    Replace,
    /// They stay; new ones come after them, but for those whose key is there already.
    Append { key: Option<&'a str> },
    /// They stay, but for those with the key of a new one, which it takes the place of.
    Upsert { key: &'a str },
}

type Row = Map<String, Value>;

/// Writes rows; gives how many rows the file then holds.
pub(super) fn write_rows(
    path: &Path,
    format: Format,
    mode: Mode<'_>,
    rows: &[Row],
    columns: Option<&[String]>,
    allow_empty: bool,
) -> io::Result<usize> {
    if rows.is_empty() && mode == Mode::Replace && !allow_empty && is_full(path) {
        return Err(io::Error::other(
            "there are no rows, and an empty result does not replace a full file (say `allow_empty: true` to allow it)",
        ));
    }
    let rows: Vec<Row> = match format {
        Format::Csv => rows.iter().map(harmless).collect(),
        _ => rows.to_vec(),
    };
    let known = if mode == Mode::Replace { Vec::new() } else { read(path, format)? };
    if let Mode::Append { key: Some(key) } | Mode::Upsert { key } = mode
        && !known.is_empty()
        && !known.iter().any(|row| row.contains_key(key))
    {
        return Err(io::Error::other(format!("the file that is there has no column `{key}`")));
    }
    // Columns of rows that stay are kept, wherever the new ones' order is given: they are not ours to drop.
    let there: IndexSet<String> = known.iter().flat_map(Map::keys).cloned().collect();
    let all = merge(known, rows, mode);
    let columns: Vec<String> = match columns {
        Some(columns) => columns.iter().cloned().chain(there).collect::<IndexSet<_>>().into_iter().collect(),
        None => all.iter().flat_map(Map::keys).cloned().collect::<IndexSet<_>>().into_iter().collect(),
    };
    let bytes = match format {
        Format::Csv => to_csv(&all, &columns)?,
        Format::Json => {
            let mut bytes = serde_json::to_vec_pretty(&all)?;
            bytes.push(b'\n');
            bytes
        }
        Format::JsonLines => lines(all.iter().map(|row| Value::Object(row.clone()).to_string())),
        Format::Text => {
            let cells = |row: &Row| columns.iter().map(|name| cell(row.get(name))).collect::<Vec<_>>();
            lines(all.iter().map(|row| cells(row).join("\t")))
        }
    };
    replace(path, &bytes)?;
    Ok(all.len())
}

/// Writes one value: JSON, or text as it is.
pub(super) fn write_value(
    path: &Path,
    format: Format,
    value: &Value,
    append: bool,
    allow_empty: bool,
) -> io::Result<()> {
    let empty = match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    };
    if empty && !append && !allow_empty && is_full(path) {
        return Err(io::Error::other(
            "the value is empty, and an empty result does not replace a full file (say `allow_empty: true` to allow it)",
        ));
    }
    let mut bytes = match (format, value) {
        (Format::Text, Value::String(text)) => text.clone().into_bytes(),
        _ => serde_json::to_vec_pretty(value)?,
    };
    if bytes.last() != Some(&b'\n') {
        bytes.push(b'\n');
    }
    if !append {
        return replace(path, &bytes);
    }
    make_folder(path)?;
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(&bytes)?;
    file.sync_all()
}

/// Puts a whole new file in the place of the old one: a reader sees the one or the other.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    make_folder(path)?;
    let name = path.file_name().ok_or_else(|| io::Error::other("the path names no file"))?;
    let mut beside = std::ffi::OsString::from(".");
    beside.push(name);
    beside.push(".outx-part");
    let beside = path.with_file_name(beside);
    let written = || -> io::Result<()> {
        let mut file = File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    written().inspect_err(|_| drop(fs::remove_file(&beside)))
}

fn make_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => fs::create_dir_all(folder),
        _ => Ok(()),
    }
}

fn is_full(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|meta| meta.len() > 0)
}

fn read(path: &Path, format: Format) -> io::Result<Vec<Row>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let objects = |values: Vec<Value>| {
        let row = |value| match value {
            Value::Object(row) => Ok(row),
            _ => Err(io::Error::other("the file that is there holds something else than rows")),
        };
        values.into_iter().map(row).collect()
    };
    match format {
        Format::Csv => {
            let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
            let header = reader.headers().map_err(io::Error::other)?.clone();
            let row = |record: csv::StringRecord| {
                let cells = header.iter().zip(record.iter());
                cells.map(|(name, cell)| (name.to_owned(), Value::from(cell))).collect()
            };
            reader.records().map(|record| record.map(row).map_err(io::Error::other)).collect()
        }
        Format::Json if text.trim().is_empty() => Ok(Vec::new()),
        Format::Json => objects(serde_json::from_str(text)?),
        Format::JsonLines => {
            let lines = text.lines().filter(|line| !line.trim().is_empty());
            objects(lines.map(serde_json::from_str).collect::<Result<_, _>>()?)
        }
        Format::Text => Ok(Vec::new()),
    }
}

fn merge(known: Vec<Row>, new: Vec<Row>, mode: Mode<'_>) -> Vec<Row> {
    let key = match mode {
        Mode::Replace | Mode::Append { key: None } => return known.into_iter().chain(new).collect(),
        Mode::Append { key: Some(key) } | Mode::Upsert { key } => key,
    };
    let mut all: IndexMap<String, Row> = IndexMap::new();
    for (number, row) in known.into_iter().enumerate() {
        // Two old rows of one key are both kept: what is there is not ours to tidy.
        let name = cell(row.get(key));
        let name = if all.contains_key(&name) { format!("{name}\u{0}{number}") } else { name };
        all.insert(name, row);
    }
    for row in new {
        let name = cell(row.get(key));
        match all.get_mut(&name) {
            Some(known) if matches!(mode, Mode::Upsert { .. }) => known.extend(row),
            Some(_) => {}
            None => drop(all.insert(name, row)),
        }
    }
    all.into_values().collect()
}

fn to_csv(rows: &[Row], columns: &[String]) -> io::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    if !columns.is_empty() {
        writer.write_record(columns).map_err(io::Error::other)?;
    }
    for row in rows {
        let cells = columns.iter().map(|name| cell(row.get(name)));
        writer.write_record(cells).map_err(io::Error::other)?;
    }
    writer.into_inner().map_err(|error| io::Error::other(error.to_string()))
}

fn lines(lines: impl Iterator<Item = String>) -> Vec<u8> {
    let mut out = Vec::new();
    for line in lines {
        out.extend_from_slice(line.as_bytes());
        out.push(b'\n');
    }
    out
}

fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// A spreadsheet runs a text that begins with one of these as a formula; a quote before it stops that.
fn harmless(row: &Row) -> Row {
    let safe = |value: &Value| match value {
        Value::String(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => {
            Value::from(format!("'{text}"))
        }
        other => other.clone(),
    };
    row.iter().map(|(name, value)| (name.clone(), safe(value))).collect()
}
