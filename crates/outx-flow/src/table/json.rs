//! JSON: a list of objects, or an object a line.

use super::RowProblem;
use super::rows::Builder;
use crate::diagnostic::{Source, Span};
use serde_json::Value;

/// A file that is one list.
pub(super) fn read_list(source: &Source, builder: &mut Builder<'_>) -> Result<(), RowProblem> {
    let text = source.text();
    let parsed: Value = match serde_json::from_str(text) {
        Ok(parsed) => parsed,
        Err(error) => return Err(unreadable(text, 0, &error, builder)),
    };
    let Value::Array(items) = parsed else {
        let help = "a table is a list of objects: `[{ \"url\": … }, …]`";
        return Err(builder.fatal(Span::at(0), "the file does not hold a list", Some(help.into())));
    };
    let rows: Vec<(Value, usize)> = items.into_iter().zip(elements(text)).collect();
    find_missing(&rows, builder)?;
    for (row, at) in &rows {
        take(row, Span::new(*at, *at + 1), builder);
    }
    Ok(())
}

/// A file with a value on each line.
pub(super) fn read_lines(source: &Source, builder: &mut Builder<'_>) -> Result<(), RowProblem> {
    let mut start = 0;
    let mut rows = Vec::new();
    let mut broken = Vec::new();
    for line in source.text().split_inclusive('\n') {
        let begin = start + line.len() - line.trim_start().len();
        let value = line.trim();
        if !value.is_empty() {
            match serde_json::from_str::<Value>(value) {
                Ok(row) => rows.push((row, begin)),
                Err(error) => broken.push(unreadable(value, begin, &error, builder)),
            }
        }
        start += line.len();
    }
    find_missing(&rows, builder)?;
    let mut broken = broken.into_iter().peekable();
    for (row, at) in &rows {
        while let Some(problem) = broken.next_if(|problem| problem.span.start < *at) {
            builder.keep(problem);
        }
        take(row, Span::new(*at, *at + 1), builder);
    }
    broken.for_each(|problem| builder.keep(problem));
    Ok(())
}

/// A required key that no row has is one problem, not one for each row.
fn find_missing(rows: &[(Value, usize)], builder: &mut Builder<'_>) -> Result<(), RowProblem> {
    let objects: Option<Vec<_>> = rows.iter().map(|(row, _)| row.as_object()).collect();
    // Rows of another form are told one by one.
    let Some(objects) = objects else { return Ok(()) };
    let has =
        |column: usize| objects.iter().any(|row| row.keys().any(|key| builder.column(key) == Some(column)));
    let required = builder.columns.iter().enumerate().filter(|(_, column)| column.required);
    if required.map(|(number, _)| number).all(has) {
        return Ok(());
    }
    let mut keys: Vec<&str> = Vec::new();
    for key in objects.iter().flat_map(|row| row.keys()).take(10_000) {
        if !keys.contains(&key.as_str()) {
            keys.push(key);
        }
    }
    match rows.first() {
        Some((_, at)) if !keys.is_empty() => builder.find_missing(&keys, Span::new(*at, *at + 1)),
        _ => Ok(()),
    }
}

fn take(row: &Value, span: Span, builder: &mut Builder<'_>) {
    let object = match row {
        Value::Object(object) => object,
        Value::Array(_) | Value::Null => {
            builder.bad_row(span, "a row is an object such as `{ \"url\": … }`", None);
            return;
        }
        value if builder.columns.len() == 1 => {
            builder.row(&[Some(value.clone())], Vec::new(), &|_| span);
            return;
        }
        _ => {
            builder.bad_row(
                span,
                "a row is an object; a single value can only be one of a table with one column",
                None,
            );
            return;
        }
    };
    let mut values = vec![None; builder.columns.len()];
    let mut others = Vec::new();
    for (key, value) in object {
        match builder.column(key) {
            Some(column) if values[column].is_none() => values[column] = Some(value.clone()),
            Some(_) => {
                builder.bad_row(span, format!("two keys of the row mean the column `{key}`"), None);
                return;
            }
            None => others.push((key.clone(), value.clone())),
        }
    }
    builder.row(&values, others, &|_| span);
}

fn unreadable(text: &str, offset: usize, error: &serde_json::Error, builder: &mut Builder<'_>) -> RowProblem {
    let line: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let at = offset + (line + error.column().saturating_sub(1)).min(text.len());
    let said = error.to_string();
    // The place is told by us, and the reader's own counts bytes.
    let said = said.rsplit_once(" at line ").map_or(said.as_str(), |(said, _)| said);
    builder.fatal(Span::new(at, at + 1), format!("this is not JSON: {said}"), None)
}

/// Where the elements of a list begin. The text is valid JSON already.
fn elements(text: &str) -> Vec<usize> {
    let (mut depth, mut quoted, mut escaped, mut awaited) = (0_usize, false, false, false);
    let mut found = Vec::new();
    for (at, byte) in text.bytes().enumerate() {
        if quoted {
            quoted = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            continue;
        }
        if awaited && !byte.is_ascii_whitespace() && byte != b']' {
            found.push(at);
            awaited = false;
        }
        match byte {
            b'"' => quoted = true,
            b'[' | b'{' => {
                depth += 1;
                awaited = depth == 1;
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' => awaited = depth == 1,
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::elements;

    #[test]
    fn elements_of_a_list() {
        let text = r#" [ {"a": "],[\"{"}, 12 ,[1,2],"x\\", null ] "#;
        let first: Vec<char> =
            elements(text).into_iter().filter_map(|at| text[at..].chars().next()).collect();
        assert_eq!(first, ['{', '1', '[', '"', 'n']);
        assert!(elements("[]").is_empty());
    }
}
