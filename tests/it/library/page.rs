//! The library's own page, made from its files.

use super::{Entry, checked, entries, folder, outcomes};
use std::fmt::Write;
use std::{env, fs};

const BEGIN: &str = "<!-- Made from the files; OUTX_REFRESH=1 writes it anew. -->\n";
const END: &str = "<!-- So far. -->\n";

/// What the comment at the top says after a word, over as many lines as it takes.
fn header(entry: &Entry, word: &str) -> String {
    let comment = entry.source.text().lines().take_while(|line| line.starts_with('#'));
    let mut lines = comment
        .map(|line| line.trim_start_matches('#'))
        .skip_while(|line| !line.trim_start().starts_with(&format!("{word}: ")));
    let first = lines.next().unwrap_or_else(|| panic!("{} does not say `# {word}: …`", entry.shown()));
    let more = lines.take_while(|line| line.starts_with("   "));
    let words: Vec<_> = std::iter::once(first).chain(more).map(str::trim).collect();
    words.join(" ").trim_start_matches(&format!("{word}: ")).replace('|', "\\|")
}

fn table() -> String {
    let mut table = String::from(
        "| workflow | what it does | costs | touches | ends | tests |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    for (entry, outcome) in entries().into_iter().zip(outcomes()) {
        let workflow = checked(&entry);
        let does =
            workflow.description.clone().unwrap_or_else(|| panic!("{} says not what it does", entry.shown()));
        let [costs, touches, ends] = ["Costs", "Touches", "Ends"].map(|word| header(&entry, word));
        writeln!(
            table,
            "| [{}]({}) | {does} | {costs} | {touches} | {ends} | [{} cases, {} %]({}) |",
            workflow.name,
            entry.shown(),
            outcome.cases,
            outcome.percent,
            entry.tests().display(),
        )
        .unwrap();
    }
    table
}

#[test]
fn the_table_of_the_library_is_fresh() {
    let path = folder().join("README.md");
    let page = fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("where the table begins");
    let (_, after) = rest.split_once(END).expect("where the table ends");
    let fresh = format!("{before}{BEGIN}\n{}\n{END}{after}", table());
    if env::var_os("OUTX_REFRESH").is_some() {
        fs::write(&path, &fresh).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap();
    assert!(committed == fresh, "workflows/README.md is out of date; OUTX_REFRESH=1 writes it anew");
}

#[test]
fn every_workflow_names_its_schema_and_its_file_is_named_like_it() {
    for entry in entries() {
        let up = "../".repeat(entry.path.components().count());
        let first = format!("# yaml-language-server: $schema={up}docs/outx.schema.json\n");
        assert!(entry.source.text().starts_with(&first), "{} does not begin with {first}", entry.shown());
        let tests = folder().join(entry.path.with_extension("test.yaml"));
        let first = format!("# yaml-language-server: $schema={up}docs/outx-test.schema.json\n");
        let text = fs::read_to_string(&tests).unwrap();
        assert!(text.starts_with(&first), "{} does not begin with {first}", tests.display());
        let stem = entry.path.file_stem().unwrap().to_string_lossy();
        assert_eq!(checked(&entry).name, stem, "{}", entry.shown());
    }
}
