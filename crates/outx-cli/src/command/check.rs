//! `outx check`

use super::{print_json, read_source};
use crate::args::{CheckArgs, CheckOutput};
use crate::fault::Fault;
use crate::kinds::{Purpose, options};
use crate::print::{stderr, tell};
use crate::{Exit, sarif};
use outx_flow::check as check_source;
use outx_flow::diagnostic::render;
use serde_json::json;
use std::io::IsTerminal;

pub(crate) fn check(args: &CheckArgs) -> Result<Exit, Fault> {
    let options = options(Purpose::File, false);
    let mut exit = Exit::Success;
    let (mut files, mut found) = (Vec::new(), Vec::new());
    for path in &args.files {
        let source = read_source(path)?;
        let checked = check_source(&source, &options);
        let valid = checked.workflow.is_some();
        if !valid {
            exit = Exit::Usage;
        }
        match args.output {
            CheckOutput::Json => {
                let findings: Vec<_> =
                    checked.diagnostics.iter().map(|finding| finding.to_json(&source)).collect();
                files.push(json!({ "file": source.name(), "valid": valid, "diagnostics": findings }));
            }
            CheckOutput::Sarif => found.push((source, checked.diagnostics)),
            CheckOutput::Text => {
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
