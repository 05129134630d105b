//! The one JSON object that the program prints, read as a stranger would read it.

use super::process::Done;
use serde_json::Value;
use std::collections::BTreeMap;

/// How a run stands.
#[derive(Debug, Clone)]
pub(crate) struct Report {
    pub(crate) json: Value,
}

impl Report {
    /// Stdout must be exactly one JSON object on one line, with the promised keys.
    #[track_caller]
    pub(crate) fn of(done: &Done) -> Self {
        assert_eq!(done.stdout.lines().count(), 1, "stdout: {}\nstderr: {}", done.stdout, done.stderr);
        let json: Value = serde_json::from_str(&done.stdout).unwrap();
        for key in ["run_id", "status", "outputs", "steps", "waiting_for"] {
            assert!(json.get(key).is_some(), "no `{key}` in {json}");
        }
        assert!(json["run_id"].is_string() && json["steps"].is_object() && json["waiting_for"].is_array());
        Self { json }
    }

    pub(crate) fn run(&self) -> &str {
        self.json["run_id"].as_str().unwrap()
    }

    pub(crate) fn status(&self) -> &str {
        self.json["status"].as_str().unwrap()
    }

    pub(crate) fn outputs(&self) -> &Value {
        &self.json["outputs"]
    }

    /// The reasons that it waits for.
    pub(crate) fn waits_for(&self) -> Vec<&str> {
        let reasons = self.json["waiting_for"].as_array().unwrap().iter();
        reasons.map(|waiting| waiting["reason"].as_str().unwrap()).collect()
    }

    /// Every step by its path: `profile`, `person`, `person[ada].invite`.
    pub(crate) fn steps(&self) -> BTreeMap<String, Value> {
        let mut found = BTreeMap::new();
        collect("", &self.json["steps"], &mut found);
        for part in ["on_failure", "finally"] {
            if let Some(steps) = self.json.get(part) {
                collect(&format!("{part}."), steps, &mut found);
            }
        }
        found
    }

    pub(crate) fn step(&self, path: &str) -> Value {
        self.steps().get(path).unwrap_or_else(|| panic!("no step {path} in {}", self.json)).clone()
    }
}

fn collect(before: &str, steps: &Value, found: &mut BTreeMap<String, Value>) {
    for (id, step) in steps.as_object().unwrap() {
        for key in ["status", "task_id", "output", "error"] {
            assert!(step.get(key).is_some(), "no `{key}` in step {before}{id}: {step}");
        }
        let path = format!("{before}{id}");
        for item in step["items"].as_array().into_iter().flatten() {
            collect(&format!("{path}[{}].", item["key"].as_str().unwrap()), &item["steps"], found);
        }
        if let Some(steps) = step.get("steps") {
            collect(&format!("{path}."), steps, found);
        }
        found.insert(path, step.clone());
    }
}
