//! The JSON Schema of the format: fresh, and of one mind with the checker where it can be.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use boon::{Compiler, Schemas};
use outx_flow::diagnostic::{Source, explanations};
use outx_flow::{Registry, schema, yaml};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn below(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[test]
fn the_committed_schema_is_fresh() {
    let fresh = serde_json::to_string_pretty(&schema(&Registry::shipped())).unwrap() + "\n";
    let path = below("../../docs/outx.schema.json");
    if env::var_os("OUTX_REFRESH").is_some() {
        fs::write(&path, &fresh).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == fresh, "docs/outx.schema.json is out of date; OUTX_REFRESH=1 writes it anew");
}

/// Whether the schema takes a file; nothing where it is no YAML at all.
fn takes(name: &str, text: &str) -> Option<Result<(), String>> {
    let tree: Value = yaml::load(&Source::new(name, text)).ok()?.to_json();
    let mut compiler = Compiler::new();
    compiler.add_resource("outx.schema.json", schema(&Registry::shipped())).unwrap();
    let mut schemas = Schemas::new();
    let index = compiler.compile("outx.schema.json", &mut schemas).unwrap();
    Some(schemas.validate(&tree, index).map_err(|error| format!("{error:#}")))
}

fn files(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(below(folder)).unwrap().flatten() {
        let path = entry.path();
        let name = path.display().to_string();
        let is_yaml = path.extension().is_some_and(|ending| ending == "yaml");
        if is_yaml && !name.ends_with(".test.yaml") {
            found.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
    assert!(!found.is_empty(), "{folder}");
    found
}

#[test]
fn what_the_checker_takes_the_schema_takes() {
    for folder in
        ["tests/data/check/ok", "../../workflows", "../../workflows/parts", "../../tests/data/workflows"]
    {
        for (name, text) in files(folder) {
            if let Some(Err(why)) = takes(&name, &text) {
                panic!("{name}: {why}");
            }
        }
    }
}

#[test]
fn what_an_editor_can_see_is_seen() {
    // These are about how a file is made, and not about what its expressions read.
    let seen = [
        "OX101", "OX110", "OX111", "OX114", "OX118", "OX120", "OX121", "OX130", "OX131", "OX132", "OX133",
        "OX403",
    ];
    let mut tried = Vec::new();
    for it in explanations() {
        let mut blocks = it.text.split("```yaml\n").skip(1).map(|part| {
            let block = part.split("```").next().unwrap_or_default();
            if block.starts_with("outx:") {
                block.to_owned()
            } else {
                format!("outx: 1\nname: example\n{block}")
            }
        });
        let wrong = blocks.next().and_then(|block| takes(it.code, &block));
        if seen.contains(&it.code) {
            assert!(matches!(wrong, Some(Err(_))), "{} is not seen: {wrong:?}", it.code);
            tried.push(it.code);
        }
        for right in blocks {
            assert_eq!(takes(it.code, &right), Some(Ok(())), "{}", it.code);
        }
    }
    assert_eq!(tried, seen);
}
