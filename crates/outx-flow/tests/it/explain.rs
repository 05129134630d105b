//! The page of findings: complete, and true to the letter.

use outx_flow::diagnostic::{Source, explain, explanations};
use outx_flow::{CheckOptions, check};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The blocks of YAML in a text of Markdown.
fn blocks(text: &str) -> Vec<String> {
    let parts = text.split("```yaml\n").skip(1);
    parts.map(|part| part.split("```").next().unwrap_or_default().to_owned()).collect()
}

fn findings(block: &str) -> Vec<(&'static str, bool)> {
    let text = if block.starts_with("outx:") {
        block.to_owned()
    } else {
        format!("outx: 1\nname: example\n{block}")
    };
    let checked = check(&Source::new("example.yaml", text), &CheckOptions::shipped());
    checked.diagnostics.iter().map(|finding| (finding.code, finding.is_error())).collect()
}

#[test]
fn each_example_brings_its_finding_about_and_each_remedy_none() {
    let mut tried = 0;
    for it in explanations() {
        let blocks = blocks(it.text);
        if let Some(wrong) = blocks.first() {
            let found = findings(wrong);
            assert!(found.iter().any(|(code, _)| *code == it.code), "{}: the example has {found:?}", it.code);
            tried += 1;
        }
        for right in blocks.iter().skip(1) {
            let found = findings(right);
            assert!(found.is_empty(), "{}: the remedy has {found:?}", it.code);
        }
        assert!(!it.text.is_empty() && !it.title.is_empty(), "{}", it.code);
    }
    assert!(tried > 45, "{tried}");
}

/// The codes that stand in the sources below a folder.
fn codes(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            codes(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(&path).unwrap_or_default();
            for (at, _) in text.match_indices("\"OX") {
                found.extend(text.get(at + 1..at + 6).map(str::to_owned));
            }
        }
    }
}

#[test]
fn every_finding_is_explained_and_nothing_else() {
    let mut used = BTreeSet::new();
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for name in ["outx-flow", "outx-harness", "outx-cli"] {
        codes(&crates.join(name).join("src"), &mut used);
    }
    // The one of an example.
    used.remove("OX000");
    let explained: Vec<_> = explanations().map(|it| it.code.to_owned()).collect();
    assert_eq!(explained, used.into_iter().collect::<Vec<_>>());
    assert_eq!(explain("ox101").map(|it| it.title), Some("the first line"));
    assert_eq!(explain("OX999"), None);
}
