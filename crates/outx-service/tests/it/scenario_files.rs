//! Scenarios as they are written: what is read, and what is said of what is wrong.

use insta::{Settings, assert_snapshot};
use outx_service::{Scenario, ScenarioError};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

fn files(folder: &str) -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/scenario").join(folder);
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    assert!(paths.len() > 3);
    let read = |path: PathBuf| {
        let value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        (path.file_stem().unwrap().to_str().unwrap().to_owned(), value)
    };
    paths.into_iter().map(read).collect()
}

#[test]
fn good_scenarios_are_read() {
    for (name, value) in files("ok") {
        let read = Scenario::read(&value).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_ne!(read, Scenario::default(), "{name}");
    }
}

#[test]
fn all_that_is_wrong_is_told_with_place_and_remedy() {
    for (name, value) in files("err") {
        let Err(error) = Scenario::read(&value) else { panic!("{name} was read") };
        for problem in &error.problems {
            assert!(!problem.reason.is_empty() && !problem.remedy.is_empty(), "{name}: {problem}");
        }
        assert!(!error.to_string().contains("outx_secret"), "{name}: a key shows");
        let mut settings = Settings::clone_current();
        settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/scenario/err"));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| assert_snapshot!(name, error));
    }
}

/// The places of all values, from the outside in.
fn places(value: &Value, path: &str) -> Vec<String> {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(map) => {
            map.iter().map(|(key, inner)| (key.replace('~', "~0").replace('/', "~1"), inner)).collect()
        }
        Value::Array(all) => all.iter().enumerate().map(|(at, inner)| (at.to_string(), inner)).collect(),
        _ => Vec::new(),
    };
    let deeper = inner.iter().flat_map(|(key, inner)| places(inner, &format!("{path}/{key}")));
    std::iter::once(path.to_owned()).chain(deeper).collect()
}

/// Whatever stands in a place, the reader comes to an end, and a key is never shown.
#[test]
fn any_value_in_any_place_is_judged() {
    let (_, everything) = files("ok").into_iter().find(|(name, _)| name == "everything").unwrap();
    let strange = [
        json!(null),
        json!(-1),
        json!(1.5),
        json!(""),
        json!("ü…"),
        json!([]),
        json!([[]]),
        json!({}),
        json!({ "": 0 }),
        json!(true),
    ];
    let mut refused = 0;
    for place in places(&everything, "") {
        for value in &strange {
            let mut changed = everything.clone();
            *changed.pointer_mut(&place).unwrap() = value.clone();
            if let Err(ScenarioError { problems }) = Scenario::read(&changed) {
                refused += 1;
                assert!(problems.iter().all(|problem| !problem.to_string().contains("outx_")), "{place}");
            }
        }
    }
    assert!(refused > 500, "{refused}");
}

#[test]
fn no_key_shows_in_a_scenario() {
    let (_, everything) = files("ok").into_iter().find(|(name, _)| name == "everything").unwrap();
    assert!(!format!("{:?}", Scenario::read(&everything).unwrap()).contains("outx_red"));
}
