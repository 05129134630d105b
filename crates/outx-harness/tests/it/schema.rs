//! The JSON Schema of test files: fresh, and of one mind with the reader where it can be.

use crate::support::data;
use boon::{Compiler, Schemas};
use outx_flow::diagnostic::Source;
use outx_flow::yaml;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn below(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[test]
fn the_committed_schema_is_fresh() {
    let fresh = format!("{:#}\n", outx_harness::schema());
    let path = below("../../docs/outx-test.schema.json");
    if env::var_os("OUTX_REFRESH").is_some() {
        fs::write(&path, &fresh).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == fresh, "docs/outx-test.schema.json is out of date; OUTX_REFRESH=1 writes it anew");
}

/// Tells of each test file what the schema has against it.
fn judged(folder: &Path, mut tell: impl FnMut(String, Option<String>)) {
    let mut compiler = Compiler::new();
    compiler.add_resource("test.json", outx_harness::schema()).unwrap_or_else(|error| panic!("{error}"));
    let mut schemas = Schemas::new();
    let index = compiler.compile("test.json", &mut schemas).unwrap_or_else(|error| panic!("{error}"));
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".test.yaml") {
            let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
            let tree =
                yaml::load(&Source::new(name.as_str(), text)).unwrap_or_else(|_| panic!("{name}")).to_json();
            tell(name, schemas.validate(&tree, index).err().map(|error| format!("{error:#}")));
        }
    }
}

#[test]
fn what_the_reader_takes_the_schema_takes() {
    let scenarios = fs::read_dir(below("tests/scenarios")).into_iter().flatten().flatten();
    let shipped = ["../../workflows", "../../workflows/parts", "../outx-cli/src/new"].map(below);
    let folders =
        [data("ok"), data("page")].into_iter().chain(shipped).chain(scenarios.map(|entry| entry.path()));
    let mut files = 0;
    for folder in folders {
        judged(&folder, |name, wrong| {
            assert_eq!(wrong, None, "{name}");
            files += 1;
        });
    }
    assert!(files > 60, "{files}");
}

#[test]
fn what_an_editor_can_see_is_seen() {
    // These are about more than the file, or about texts that are languages of their own.
    let unseen = [
        "block-nobody",
        "claim-of-an-unknown-name",
        "claim-that-is-no-expression",
        "elapsed-backwards",
        "file-outside-the-folder",
        "input-file-not-there",
        "input-missing",
        "input-of-a-bad-row",
        "input-unknown",
        "ledger-of-no-step",
        "limits-unreadable",
        "two-of-a-name",
        "unknown-output",
        "unknown-step",
        "workflow-not-there",
    ];
    let (mut seen, mut wrong) = (0, Vec::new());
    judged(&data("err"), |name, told| {
        let name = name.trim_end_matches(".test.yaml");
        // What does not come about is nothing that an editor knows.
        let is_valid = name.starts_with("fails-") || unseen.contains(&name);
        match told {
            Some(why) if is_valid => wrong.push(format!("{name}: {why}")),
            None if !is_valid => wrong.push(format!("{name} is not seen")),
            Some(_) => seen += 1,
            None => {}
        }
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen >= 20, "{seen}");
}
