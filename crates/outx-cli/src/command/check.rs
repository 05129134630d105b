//! `outx check`

use super::{print_json, read_source};
use crate::args::{CheckArgs, CheckOutput};
use crate::called::Beside;
use crate::fault::Fault;
use crate::print::{stderr, tell};
use crate::{Exit, sarif};
use outx_flow::diagnostic::render;
use outx_flow::{CheckOptions, check as check_source};
use serde_json::json;
use std::io::IsTerminal;
use std::sync::Arc;

pub(crate) fn check(args: &CheckArgs) -> Result<Exit, Fault> {
    let mut exit = Exit::Success;
    let (mut files, mut found) = (Vec::new(), Vec::new());
    for path in &args.files {
        let source = read_source(path)?;
        let options = CheckOptions { resolver: Arc::new(Beside::of(path)), ..CheckOptions::shipped() };
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
