//! Checking: what is valid, and what is said of what is not.

#![expect(clippy::expect_used, reason = "helpers of tests fail as tests do")]

use outx_flow::diagnostic::{Diagnostic, Severity, Source, render};
use outx_flow::{CheckOptions, Checked, Strength, Workflow, check};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/check");

/// The files that those of the data and of the library call.
fn beside() -> Arc<BTreeMap<String, String>> {
    let called = |folder, below: &'static str| {
        let files = files(folder).into_iter();
        files.map(move |(name, source)| (format!("{below}{name}.yaml"), source.text().to_owned()))
    };
    Arc::new(called("called", "").chain(called("../../../../../workflows/parts", "parts/")).collect())
}

fn checked(source: &Source) -> Checked {
    check(source, &CheckOptions { resolver: beside(), ..CheckOptions::shipped() })
}

/// All files of a folder, with their names without the ending.
fn files(folder: &str) -> Vec<(String, Source)> {
    let folder = PathBuf::from(DATA).join(folder);
    let mut files: Vec<PathBuf> =
        folder.read_dir().expect("data").map(|entry| entry.expect("entry").path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "yaml"));
    files.retain(|file| !file.to_string_lossy().ends_with(".test.yaml"));
    files.sort();
    assert!(!files.is_empty(), "the data is missing");
    let source = |file: PathBuf| {
        let name = file.file_name().expect("name").to_string_lossy().into_owned();
        let source = Source::new(name.as_str(), std::fs::read_to_string(&file).expect("readable"));
        (name.trim_end_matches(".yaml").to_owned(), source)
    };
    files.into_iter().map(source).collect()
}

fn valid(text: &str) -> Workflow {
    let source = Source::new("x.yaml", text);
    let Checked { workflow, diagnostics } = checked(&source);
    workflow.unwrap_or_else(|| panic!("{}", render(&source, &diagnostics, false)))
}

fn findings(text: &str) -> Vec<Diagnostic> {
    checked(&Source::new("x.yaml", text)).diagnostics
}

#[test]
fn what_is_right_is_valid_and_says_nothing() {
    for (name, source) in files("ok").into_iter().chain(files("../../../../../workflows")) {
        let Checked { workflow, diagnostics } = checked(&source);
        assert!(diagnostics.is_empty(), "{name}:\n{}", render(&source, &diagnostics, false));
        assert!(workflow.is_some(), "{name}");
    }
}

#[test]
fn what_is_wrong_is_shown_where_it_is() {
    let files = files("err");
    // Each of these has one mistake, such as a person makes.
    assert!(files.iter().filter(|(name, _)| name.starts_with("one_")).count() >= 120);
    for (name, source) in files {
        let Checked { workflow, diagnostics } = checked(&source);
        let refused = diagnostics.iter().any(Diagnostic::is_error);
        assert_eq!(workflow.is_none(), refused, "{name}: a workflow is given exactly if there is no error");
        assert!(!diagnostics.is_empty(), "{name}");
        for found in &diagnostics {
            // What a field takes is said by its kind, with the remedy in the same words.
            let says_it = found.help.is_some() || ["OX110", "OX112", "OX132"].contains(&found.code);
            assert!(says_it || !name.starts_with("one_"), "{name}: no remedy: {}", found.message);
        }
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(PathBuf::from(DATA).join("err"));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name, render(&source, &diagnostics, false)));
    }
}

#[test]
fn every_code_of_the_checker_has_an_example() {
    let mut codes: Vec<&str> =
        files("err").iter().flat_map(|(_, source)| checked(source).diagnostics).map(|it| it.code).collect();
    codes.sort_unstable();
    codes.dedup();
    for code in [
        "OX101", "OX102", "OX110", "OX111", "OX113", "OX114", "OX115", "OX116", "OX117", "OX118", "OX119",
        "OX120", "OX121", "OX122", "OX123", "OX124", "OX125", "OX126", "OX130", "OX131", "OX132", "OX133",
        "OX140", "OX141", "OX142", "OX143", "OX144", "OX201", "OX202", "OX203", "OX204", "OX205", "OX206",
        "OX207", "OX208", "OX210", "OX211", "OX212", "OX213", "OX214", "OX215", "OX216", "OX217", "OX301",
        "OX302", "OX303", "OX304", "OX305", "OX306", "OX320", "OX321", "OX322", "OX323", "OX324", "OX325",
        "OX326", "OX327", "OX328", "OX401", "OX402", "OX403", "OX404", "OX405",
    ] {
        assert!(codes.contains(&code), "no example of {code}");
    }
}

/// The edges of the outermost block, by the steps' ids.
fn edges(workflow: &Workflow) -> Vec<(String, String, Strength)> {
    let id = |step: usize| workflow.block.steps[step].id.to_string();
    workflow.block.graph.edges().into_iter().map(|(step, on, how)| (id(step), id(on), how)).collect()
}

fn edge(step: &str, on: &str, how: Strength) -> (String, String, Strength) {
    (step.to_owned(), on.to_owned(), how)
}

#[test]
fn what_is_read_says_how_strongly_one_waits() {
    let workflow = valid(
        "outx: 1\nname: x\nsteps:\n\
         \x20 a: { uses: core.set, with: { x: 1 } }\n\
         \x20 f: { each: [1], steps: { s: { uses: core.set } } }\n\
         \x20 output: { uses: core.set, with: { x: '${{ steps.a.output }}' } }\n\
         \x20 status: { uses: core.set, with: { x: '${{ steps.a.status }}' } }\n\
         \x20 both: { uses: core.set, with: { x: '${{ steps.a.status + string(steps.a.output.x) }}' } }\n\
         \x20 needs: { needs: a, uses: core.set }\n\
         \x20 after: { after: a, uses: core.set }\n\
         \x20 items: { uses: core.set, with: { x: '${{ steps.f.items }}' } }\n\
         \x20 rows: { needs: f, uses: core.set, with: { x: '${{ steps.f.rows }}' } }\n",
    );
    assert_eq!(
        edges(&workflow),
        [
            edge("output", "a", Strength::Need),
            edge("status", "a", Strength::Order),
            edge("both", "a", Strength::Need),
            edge("needs", "a", Strength::Need),
            edge("after", "a", Strength::Order),
            edge("items", "f", Strength::Items),
            edge("rows", "f", Strength::Need),
        ]
    );
}

#[test]
fn after_makes_reading_a_matter_of_order_but_needs_stays() {
    let workflow = valid(
        "outx: 1\nname: x\nsteps:\n\
         \x20 a: { uses: core.set, with: { x: 1 } }\n\
         \x20 reads: { after: a, uses: core.set, with: { x: '${{ default(steps.a.output.x, 0) }}' } }\n\
         \x20 error: { after: a, uses: core.set, with: { x: '${{ steps.a.error }}' } }\n\
         \x20 needs: { after: a, needs: a, uses: core.set }\n",
    );
    let how: Vec<_> = edges(&workflow).into_iter().map(|(_, _, how)| how).collect();
    assert_eq!(how, [Strength::Order, Strength::Order, Strength::Need]);
}

#[test]
fn what_inner_steps_read_outside_is_a_dependency_of_the_fan_out() {
    let workflow = valid(
        "outx: 1\nname: x\nsteps:\n\
         \x20 a: { uses: core.set, with: { x: 1 } }\n\
         \x20 b: { uses: core.set, with: { x: 1 } }\n\
         \x20 c: { uses: core.set, with: { x: 1 } }\n\
         \x20 d: { uses: core.set, with: { x: 1 } }\n\
         \x20 f:\n\
         \x20   after: a\n\
         \x20   each: [1]\n\
         \x20   as: one\n\
         \x20   key: ${{ steps.d.output.x }}\n\
         \x20   steps:\n\
         \x20     s: { uses: core.set, with: { x: '${{ steps.a.output.x }}' } }\n\
         \x20     g: { each: [1], as: two, steps: { t: { if: steps.b.status == 'failed', uses: core.set } } }\n\
         \x20   outputs: { c: '${{ steps.c.output.x }}' }\n",
    );
    assert_eq!(
        edges(&workflow),
        [
            // Its `after` does not weaken what a step inside needs.
            edge("f", "a", Strength::Need),
            edge("f", "b", Strength::Order),
            edge("f", "c", Strength::Need),
            edge("f", "d", Strength::Need),
        ]
    );
}

#[test]
fn warnings_do_not_keep_a_workflow_from_running() {
    let (_, source) = files("err").into_iter().find(|(name, _)| name == "after").expect("data");
    let Checked { workflow, diagnostics } = checked(&source);
    assert!(workflow.is_some());
    assert!(diagnostics.iter().all(|found| found.severity == Severity::Warning));
    let reads: Vec<_> = diagnostics.iter().filter(|found| found.code == "OX304").collect();
    assert_eq!(reads.len(), 1, "only the careless reader is warned");
}

#[test]
fn another_patience_leaves_a_learned_policy_what_it_is() {
    let step = |more: &str| format!("uses: linkedin.fetch-profile, with: {{ profile_slug: a }}{more}");
    let steps = [
        ("as_by_default", ""),
        ("patient", ", timeout: 20m"),
        ("impatient", ", poll: { timeout: 30s }"),
        ("paced", ", poll: { every: 2s }"),
        ("named", ", poll: { policy: fixed }"),
    ];
    let steps: Vec<_> = steps.iter().map(|(id, more)| format!("  {id}: {{ {} }}\n", step(more))).collect();
    let steps = steps.concat();
    let defaults = "defaults: { poll: { policy: learned, timeout: 2m } }";
    let workflow = valid(&format!("outx: 1\nname: x\n{defaults}\nsteps:\n{steps}"));
    let polls: Vec<_> = workflow.block.steps.iter().filter_map(|step| Some(step.uses()?.poll)).collect();
    let told: Vec<_> = polls.iter().map(|poll| (poll.is_learned, poll.timeout().as_secs())).collect();
    assert_eq!(told, [(true, 120), (true, 1_200), (true, 30), (false, 120), (false, 120)]);
    assert_eq!(polls[3].policy.every().as_secs(), 2);
}

#[test]
fn a_long_chain_and_a_long_circle_are_checked_as_fast_as_a_short_one() {
    let steps = |last: &str| {
        let mut text = String::from("outx: 1\nname: x\nsteps:\n");
        for n in 0..5_000 {
            let on = if n == 0 { last.to_owned() } else { format!("s{}", n - 1) };
            let needs = if on.is_empty() { on } else { format!("needs: {on}, ") };
            writeln!(text, "  s{n}: {{ {needs}uses: core.set }}").expect("a text");
        }
        text
    };
    assert_eq!(valid(&steps("")).block.steps.len(), 5_000);
    let found = findings(&steps("s4999"));
    assert_eq!(found.len(), 1);
    let message = &found[0].message;
    assert!(message.starts_with("these steps wait for each other: s0 → s4999 → s4998 → "), "{message}");
    assert!(message.ends_with(" → … → s0") && message.len() < 200, "{message}");
}

#[test]
fn a_finding_stands_where_the_expression_is_written_in_every_style() {
    // What may stand before an expression: wide letters, signs of two characters, a tab, an escape, a line end.
    let before = ["", "你好 ", "🙂 ", "e\u{301} ", "a\tb ", "it is "];
    let read = "${{ steps.nobody.output }}";
    let styles: [fn(&str) -> String; 8] = [
        |text| text.to_owned(),
        |text| format!("'it''s {text}'"),
        |text| format!("\"\\u4f60\\ud83d\\ude42\\t {text}\""),
        |text| format!("|\n        one\n          two 你\n        {text}"),
        |text| format!(">-\n        one\n        two 🙂\n\n        {text}\n        end"),
        |text| format!("{text}\n        and more"),
        |text| format!("\"one\n        two \\\n        {text}\""),
        |text| format!("[ 你, {{ a: \"{text}\" }} ]"),
    ];
    for words in before {
        for (number, style) in styles.iter().enumerate() {
            for ends in ["\n", "\r\n"] {
                let value = style(&format!("{words}{read} x"));
                let text = format!(
                    "outx: 1\nname: x\nsteps:\n  a:\n    uses: core.log\n    with:\n      message: {value}\n"
                );
                let text = text.replace('\n', ends);
                let found = findings(&text);
                let unknown: Vec<_> = found.iter().filter(|it| it.code == "OX205").collect();
                assert_eq!(unknown.len(), 1, "style {number} behind {words:?}: {found:?}");
                let (start, end) = (unknown[0].span.start, unknown[0].span.end);
                assert_eq!(&text[start..end], "steps.nobody.output", "style {number} behind {words:?}");
            }
        }
    }
}

#[test]
fn comments_are_allowed_where_nothing_is_sent() {
    assert_eq!(
        findings("outx: 1 # c\nname: x # c\nsteps:\n  a: # c\n    uses: core.set # c\n    needs: [] # c\n"),
        []
    );
}

#[test]
fn findings_come_in_the_order_of_the_file_and_once() {
    for (name, source) in files("err") {
        let found = checked(&source).diagnostics;
        assert!(found.is_sorted_by_key(|it| it.span.start), "{name}");
        for (at, one) in found.iter().enumerate() {
            assert!(!found[at + 1..].contains(one), "{name}: {one:?}");
        }
    }
}

/// What is done to a file.
#[derive(Debug, Clone)]
enum Change {
    DeleteLine(usize),
    DoubleLine(usize),
    Indent(usize),
    SwapLines(usize, usize),
    ReplaceToken(usize, usize),
    DeleteToken(usize),
}

const TOKENS: &[&str] = &[
    "steps",
    "uses",
    "with",
    "each",
    "as",
    "key",
    "if",
    "needs",
    "after",
    "outputs",
    "poll",
    "${{",
    "}}",
    "{",
    "}",
    "[",
    "]",
    ":",
    "#",
    "'",
    "\"",
    "|",
    "~",
    "0",
    "-1",
    "a",
    "steps.a.output",
    "item",
    "core.set",
    "linkedin.like-post",
    "true",
    "å",
    "\t",
    "&x",
    "*x",
    "..",
    "9223372036854775808",
];

fn change() -> impl Strategy<Value = Change> {
    let n = 0usize..10_000;
    prop_oneof![
        n.clone().prop_map(Change::DeleteLine),
        n.clone().prop_map(Change::DoubleLine),
        n.clone().prop_map(Change::Indent),
        (n.clone(), n.clone()).prop_map(|(a, b)| Change::SwapLines(a, b)),
        (n.clone(), n.clone()).prop_map(|(a, b)| Change::ReplaceToken(a, b)),
        n.prop_map(Change::DeleteToken),
    ]
}

/// The pieces of a text: words with dots and dashes, spaces, and single signs.
fn tokens(text: &str) -> Vec<&str> {
    let class = |c: char| match c {
        _ if c.is_alphanumeric() || "._-".contains(c) => 0,
        ' ' => 1,
        _ => 2,
    };
    let mut found = Vec::new();
    let mut start = 0;
    let mut last = None;
    for (at, c) in text.char_indices() {
        if last.is_some_and(|last| last != class(c) || class(c) == 2) {
            found.push(&text[start..at]);
            start = at;
        }
        last = Some(class(c));
    }
    found.push(&text[start..]);
    found
}

fn apply(text: &str, change: &Change) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    let count = lines.len().max(1);
    let indented;
    match change {
        Change::DeleteLine(at) if !lines.is_empty() => drop(lines.remove(at % count)),
        Change::DoubleLine(at) if !lines.is_empty() => lines.insert(at % count, lines[at % count]),
        Change::Indent(at) if !lines.is_empty() => {
            indented = format!("  {}", lines[at % count]);
            lines[at % count] = &indented;
        }
        Change::SwapLines(a, b) if !lines.is_empty() => lines.swap(a % count, b % count),
        Change::ReplaceToken(at, with) => {
            let mut tokens = tokens(text);
            let at = at % tokens.len();
            tokens[at] = TOKENS[with % TOKENS.len()];
            return tokens.concat();
        }
        Change::DeleteToken(at) => {
            let mut tokens = tokens(text);
            tokens.remove(at % tokens.len());
            return tokens.concat();
        }
        _ => {}
    }
    lines.join("\n") + "\n"
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_change_of_a_file_makes_the_checker_panic(
        file in 0usize..100,
        changes in proptest::collection::vec(change(), 1..6),
    ) {
        let all: Vec<_> = files("ok").into_iter().chain(files("err")).collect();
        let mut text = all[file % all.len()].1.text().to_owned();
        for change in &changes {
            text = apply(&text, change);
        }
        let source = Source::new("x.yaml", &text);
        let Checked { workflow, diagnostics } = checked(&source);
        prop_assert_eq!(workflow.is_none(), diagnostics.iter().any(Diagnostic::is_error));
        for found in &diagnostics {
            prop_assert!(found.span.start <= found.span.end, "{:?}", found);
            prop_assert!(found.span.end <= source.text().len(), "{:?}", found);
        }
        // Whatever was found can be shown.
        prop_assert!(diagnostics.is_empty() || !render(&source, &diagnostics, false).is_empty());
    }
}
