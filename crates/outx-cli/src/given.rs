//! Inputs as people give them: `-i name=value`, `-i name=@file`, `--inputs file`.

use crate::Exit;
use crate::args::InputArgs;
use crate::command::run::{ROWS_SHOWN, wrong_inputs};
use crate::fault::Fault;
use crate::print::say;
use outx_flow::diagnostic::{Diagnostic, Source, Span, render};
use outx_flow::table::{BadRows, RowProblem};
use outx_flow::{Given, Workflow, resolve_inputs_with};
use std::fs;
use std::path::Path;

/// All inputs, in the order in which later ones override earlier ones.
pub(crate) fn gather(args: &InputArgs) -> Result<Vec<(String, Given)>, Fault> {
    let mut given = Vec::new();
    if let Some(path) = &args.inputs_file {
        let serde_json::Value::Object(values) = yaml(path)? else {
            let help = "write one line for each input: `name: value`";
            return Err(Fault::usage(format!("{} holds no inputs", path.display()), help));
        };
        given.extend(values.into_iter().map(|(name, value)| (name, Given::Json(value))));
    }
    given.extend(pairs(&args.pairs)?);
    Ok(given)
}

/// The inputs of a workflow, checked and completed. Rows that are left out are told.
pub(crate) fn resolved(workflow: &Workflow, args: &InputArgs) -> Result<serde_json::Value, Fault> {
    let given = gather(args)?;
    let resolved = resolve_inputs_with(workflow, &given, bad_rows(args.skip_bad_rows))
        .map_err(|faults| wrong_inputs(workflow, &given, &faults))?;
    say_left_out(&resolved.left_out);
    Ok(resolved.values)
}

/// What becomes of bad rows.
pub(crate) fn bad_rows(skip: bool) -> BadRows {
    if skip { BadRows::LeaveOut } else { BadRows::Refuse }
}

/// Says which rows are left out, a line each.
pub(crate) fn say_left_out(problems: &[RowProblem]) {
    let mut lines: Vec<_> = problems.iter().map(|problem| (&problem.file, problem.line)).collect();
    lines.dedup();
    let rows = match lines.len() {
        0 => return,
        1 => "1 row is".to_owned(),
        count => format!("{count} rows are"),
    };
    say!("{rows} left out:");
    for problem in problems.iter().take(ROWS_SHOWN) {
        say!("  {problem}");
    }
    if problems.len() > ROWS_SHOWN {
        say!("  and {} more", problems.len() - ROWS_SHOWN);
    }
}

/// What `-i` says, in its order.
pub(crate) fn pairs(pairs: &[String]) -> Result<Vec<(String, Given)>, Fault> {
    let mut given = Vec::new();
    for pair in pairs {
        let Some((name, value)) = pair.split_once('=') else {
            let help = "write `-i name=value`, or `-i name=@file`";
            return Err(Fault::usage(format!("`-i {pair}` has no `=`"), help));
        };
        let value = match value.strip_prefix('@') {
            Some(path) => {
                let bytes = fs::read(path).map_err(|error| unreadable(Path::new(path), &error))?;
                Given::File { name: path.to_owned(), bytes }
            }
            None => Given::Text(value.to_owned()),
        };
        given.push((name.to_owned(), value));
    }
    Ok(given)
}

/// A file of YAML, or of JSON, which is YAML too.
pub(crate) fn yaml(path: &Path) -> Result<serde_json::Value, Fault> {
    let text = fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
    serde_yaml::from_str(&text).map_err(|error| not_yaml(path, &text, &error))
}

/// A mistake in such a file, shown where it is.
fn not_yaml(path: &Path, text: &str, error: &serde_yaml::Error) -> Fault {
    let source = Source::new(path.display().to_string(), text);
    let at = error.location().map_or(0, |place| place.index());
    let finding = Diagnostic::error("OX412", format!("this is not YAML: {error}"), Span::new(at, at + 1));
    Fault::rendered(Exit::Usage, &render(&source, &[finding], false))
}

pub(crate) fn unreadable(path: &Path, error: &std::io::Error) -> Fault {
    Fault::usage(format!("cannot read {}: {error}", path.display()), "")
}
