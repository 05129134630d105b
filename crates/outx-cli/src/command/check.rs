//! `outx check`

use super::{print_json, read_source};
use crate::args::{CheckArgs, CheckOutput};
use crate::beside::replace_file;
use crate::called::Beside;
use crate::fault::Fault;
use crate::kinds::{Purpose, options};
use crate::print::{say, stderr, tell};
use crate::{Exit, sarif};
use outx_flow::diagnostic::{Source, render};
use outx_flow::{CheckOptions, Repair, Repaired, check as check_source, repair};
use serde_json::{Value, json};
use std::io::IsTerminal;
use std::path::Path;
use std::sync::Arc;

pub(crate) fn check(args: &CheckArgs) -> Result<Exit, Fault> {
    let mut exit = Exit::Success;
    let (mut files, mut found) = (Vec::new(), Vec::new());
    for path in &args.files {
        let source = read_source(path)?;
        let options = CheckOptions { resolver: Arc::new(Beside::of(path)), ..options(Purpose::File, false) };
        let Repaired { source, made, checked } = if args.fix {
            mended_in_place(path, &source, &options)?
        } else {
            let checked = check_source(&source, &options);
            Repaired { source, made: Vec::new(), checked }
        };
        let valid = checked.workflow.is_some();
        if !valid {
            exit = Exit::Usage;
        }
        match args.output {
            CheckOutput::Json => {
                let findings: Vec<_> =
                    checked.diagnostics.iter().map(|finding| finding.to_json(&source)).collect();
                let mut file = json!({ "file": source.name(), "valid": valid, "diagnostics": findings });
                if args.fix {
                    file["fixed"] = made.iter().map(as_json).collect();
                }
                files.push(file);
            }
            CheckOutput::Sarif => found.push((source, checked.diagnostics)),
            CheckOutput::Text => {
                for Repair { code, message, place, now } in &made {
                    let now = shortened(now);
                    say!("{}:{}:{}: {code} mended: {message}{now}", source.name(), place.line, place.column);
                }
                stderr(&render(&source, &checked.diagnostics, std::io::stderr().is_terminal()));
                if valid {
                    tell!("{}: valid", source.name());
                }
            }
        }
    }
    match args.output {
        CheckOutput::Json => print_json(&json!({ "valid": exit == Exit::Success, "files": files })),
        CheckOutput::Sarif => print_json(&sarif::log(&found)),
        CheckOutput::Text => {}
    }
    Ok(exit)
}

/// Makes the safe fixes of a file, and writes it where there are any. Line ends and a byte order mark stay as they are.
fn mended_in_place(path: &Path, source: &Source, options: &CheckOptions) -> Result<Repaired, Fault> {
    let repaired = repair(source, options);
    if !repaired.made.is_empty() {
        let unwritable = |error| Fault::io(&format!("cannot write {}", path.display()), &error);
        let before = std::fs::read(path).map_err(unwritable)?;
        let mark = "\u{feff}".as_bytes();
        let has_mark = before.starts_with(mark);
        if before.strip_prefix(mark).unwrap_or(&before) != source.text().as_bytes() {
            let message = format!("{} was changed while it was checked: nothing is written", path.display());
            return Err(Fault::usage(message, "check it again"));
        }
        let mark = if has_mark { mark } else { &[] };
        replace_file(path, &[mark, repaired.source.text().as_bytes()].concat()).map_err(unwritable)?;
    }
    Ok(repaired)
}

fn as_json(made: &Repair) -> Value {
    let Repair { code, message, place, now } = made;
    json!({ "code": code, "message": message, "line": place.line, "column": place.column, "now": now })
}

/// What stands there now, where it is short enough to be read at a glance.
fn shortened(now: &str) -> String {
    let line = now.trim();
    if line.is_empty() || line.contains('\n') || line.chars().count() > 80 {
        return String::new();
    }
    format!("; now `{line}`")
}
