//! What came of a round, for people and for programs.

use super::{Ended, Round, Tested};
use crate::print::{stderr, stdout, tell};
use outx_flow::diagnostic::render;
use outx_harness::Explored;
use serde_json::{Value, json};
use std::io::IsTerminal;

/// Results on stdout; what is wrong with files on stderr.
pub(super) fn text(round: &Round) {
    let color = std::io::stdout().is_terminal();
    for file in &round.files {
        match &file.read {
            Err(wrong) => stderr(&render(&wrong.source, &wrong.findings, std::io::stderr().is_terminal())),
            Ok(read) => {
                if file.cases.iter().all(Option::is_none) {
                    continue;
                }
                tell!("{}", file.path.display());
                for ended in file.cases.iter().flatten() {
                    case(ended);
                    if !ended.verdict.holds() {
                        stdout(&render(&read.source, &ended.verdict.findings, color));
                    }
                }
            }
        }
    }
    covered(round);
    let cases = round.cases().count();
    let bad = round.cases().filter(|ended| !ended.holds()).count();
    let not_tried = round.files.iter().map(|file| file.cases.len()).sum::<usize>() - cases;
    let mut line = match (cases, bad) {
        (0, _) => "no case was tried".to_owned(),
        (1, 0) => "1 case, which holds".to_owned(),
        (1, 1) => "1 case, which does not hold".to_owned(),
        (cases, 0) => format!("{cases} cases, all hold"),
        (cases, 1) => format!("{cases} cases, 1 does not hold"),
        (cases, bad) => format!("{cases} cases, {bad} do not hold"),
    };
    if not_tried > 0 {
        line = format!("{line}; {not_tried} not tried");
    }
    let histories: usize = round.cases().filter_map(explored).map(|explored| explored.histories).sum();
    if histories > 0 {
        line = format!("{line}; {histories} histories explored");
    }
    tell!("{line}");
}

fn explored(ended: &Ended) -> Option<&Explored> {
    ended.explored.as_ref()?.as_ref().ok()
}

fn case(ended: &Ended) {
    let mark = if ended.holds() { "ok  " } else { "FAIL" };
    let elapsed = ended.verdict.played.as_ref().map(|played| played.elapsed);
    let elapsed = elapsed.filter(|elapsed| !elapsed.is_zero()).map(outx_harness::shown);
    let elapsed = elapsed.map(|elapsed| format!(", {elapsed} of its own time")).unwrap_or_default();
    tell!("  {mark} {} ({} ms{elapsed})", ended.verdict.name, ended.took.as_millis());
    match &ended.explored {
        Some(Err(why)) => tell!("       it could not be explored: {why}"),
        Some(Ok(Explored { broken: Some(broken), histories })) => {
            tell!("       history {histories} breaks a law; as a case of this file:");
            for line in broken.case.lines() {
                tell!("       {line}");
            }
        }
        _ => {}
    }
}

fn covered(round: &Round) {
    for (path, (workflow, coverage)) in &round.coverage {
        let missing = coverage.missing();
        tell!("{path}: {} % reached", coverage.percent());
        for point in missing {
            let place = workflow.source.locate(point.span.start);
            tell!("  {place}: `{}` {}", point.step, point.what.words());
        }
    }
    for (path, percent) in round.too_little() {
        tell!("{path}: {percent} % is less than the {} % that are wanted", round.min.unwrap_or_default());
    }
}

/// All of it as one JSON object.
pub(super) fn json(round: &Round) -> Value {
    let files: Vec<_> = round.files.iter().map(file).collect();
    let coverage: serde_json::Map<_, _> =
        round.coverage.iter().map(|(path, (_, coverage))| (path.clone(), coverage.to_json())).collect();
    json!({
        "valid": round.is_valid(),
        "holds": round.exit() == crate::Exit::Success,
        "files": files,
        "coverage": coverage,
    })
}

fn file(file: &Tested) -> Value {
    let path = file.path.display().to_string();
    match &file.read {
        Err(wrong) => {
            let findings: Vec<_> =
                wrong.findings.iter().map(|finding| finding.to_json(&wrong.source)).collect();
            json!({ "file": path, "valid": false, "diagnostics": findings, "cases": [] })
        }
        Ok(read) => {
            let cases = file.cases.iter().flatten().map(|ended| {
                let findings: Vec<_> =
                    ended.verdict.findings.iter().map(|finding| finding.to_json(&read.source)).collect();
                let played = ended.verdict.played.as_ref();
                let explored = explored(ended).map(|explored| {
                    let broken = explored.broken.as_ref();
                    json!({
                        "histories": explored.histories,
                        "broken": broken.map(|broken| json!({ "laws": broken.laws, "case": broken.case })),
                    })
                });
                json!({
                    "name": ended.verdict.name,
                    "holds": ended.holds(),
                    "status": played.map(|played| played.report.status.word()),
                    "elapsed_seconds": played.map(|played| played.elapsed.as_secs_f64()),
                    "diagnostics": findings,
                    "explored": explored,
                })
            });
            let cases: Vec<_> = cases.collect();
            json!({
                "file": path, "valid": true, "workflow": read.workflow.source.name(), "diagnostics": [], "cases": cases,
            })
        }
    }
}
