//! Lists as CSV.

use crate::Exit;
use crate::fault::Fault;
use serde_json::Value;

/// A CSV table as a text.
pub(crate) fn csv(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Result<String, Fault> {
    let failed = |error: csv::Error| {
        Fault::new(Exit::Internal, format!("the list cannot be written as CSV: {error}"), "")
    };
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header).map_err(failed)?;
    for row in rows {
        writer.write_record(row).map_err(failed)?;
    }
    let bytes = writer.into_inner().map_err(|error| failed(error.into_error().into()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A value as a cell holds it: a text as it is, nothing for null, anything else as JSON.
pub(crate) fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
