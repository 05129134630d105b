//! Whether a case holds.

use crate::expect::{broken, check};
use crate::file::{Case, TestFile};
use crate::play::{Played, play};
use crate::snapshot::Snapshots;
use outx_flow::diagnostic::Diagnostic;
use std::collections::BTreeMap;

/// What came of one case.
#[derive(Debug)]
pub struct Verdict {
    /// The case's name.
    pub name: String,
    /// What does not hold, each at its place in the test file. Empty for a case that holds.
    pub findings: Vec<Diagnostic>,
    /// What came of it; nothing where it could not be played.
    pub played: Option<Played>,
}

impl Verdict {
    /// Whether it holds.
    pub fn holds(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Plays a case and compares what came with what it expects. `snapshots` are those of its file.
pub fn judge(file: &TestFile, case: &Case, snapshots: &Snapshots) -> Verdict {
    let name = case.name.clone();
    let played = match play(file, case) {
        Ok(played) => played,
        Err(error) => {
            let finding =
                Diagnostic::error("OX613", format!("the case cannot be played: {error}"), case.name_span);
            return Verdict { name, findings: vec![finding], played: None };
        }
    };
    let mut findings = surprises(case, &played);
    findings.extend(kills(case, &played));
    findings.extend(check(&case.expect, &played));
    findings.extend(broken(&case.never, &played));
    if let Some(span) = case.expect.snapshot {
        findings.extend(snapshots.compare(&case.name, span, &played));
    }
    findings.sort_by_key(|finding| finding.span.start);
    Verdict { name, findings, played: Some(played) }
}

/// Calls that the case says nothing of: of each sort the first, and how many more there were.
fn surprises(case: &Case, played: &Played) -> Vec<Diagnostic> {
    let mut sorts: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for call in &played.unscripted {
        sorts.entry(&call.call).or_default().push(call);
    }
    let finding = |(name, calls): (&str, Vec<&outx_flow::testing::Unscripted>)| {
        let first = calls[0];
        let more = match calls.len() {
            1 => String::new(),
            count => format!(", the first of {count}"),
        };
        let message = format!("the case says nothing of this call of {name}{more}");
        let (key, rule) = match name {
            "core.http" => ("http", "`http: [{ when: { url: … }, status: 200, json: {} }]`".to_owned()),
            "core.command" => ("commands", "`commands: [{ when: { program: … }, stdout: … }]`".to_owned()),
            name => ("service", format!("`service: {{ {name}: [{{ output: {{ … }} }}] }}`")),
        };
        // Where something is said of such calls already, that is what does not answer this one.
        let said = case.node.get(key).map(|node| if key == "service" { node.get(name) } else { Some(node) });
        let span = said.flatten().map_or(case.name_span, |node| node.span);
        let mut help = format!("{}\nanswer it: {rule}", first.input);
        if key == "service" {
            help.push_str(", or all others with `\"*\": from-schema`");
        }
        Diagnostic::error("OX611", message, span).with_help(help)
    };
    sorts.into_iter().map(finding).collect()
}

/// A kill that was wished for and never came tests nothing.
fn kills(case: &Case, played: &Played) -> Option<Diagnostic> {
    let (step, _) = case.crashes.first()?;
    if !played.kills.is_empty() {
        return None;
    }
    let span = case.node.get("crash_at").map_or(case.name_span, |node| node.span);
    let message = format!("nothing was killed: the run never came to `{step}`");
    Some(
        Diagnostic::error("OX610", message, span)
            .with_help("name a step that this case reaches, by its path"),
    )
}
