//! The JSON Schema of scenarios takes what the reader takes.

use outx_service::Scenario;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// Whether a value fits a schema, by the few keywords that the scenario's has; patterns are left to the reader.
fn fits(root: &Value, schema: &Value, value: &Value) -> bool {
    schema.as_object().unwrap().iter().all(|(keyword, wanted)| match keyword.as_str() {
        "$ref" => fits(root, root.pointer(wanted.as_str().unwrap().trim_start_matches('#')).unwrap(), value),
        "anyOf" => wanted.as_array().unwrap().iter().any(|schema| fits(root, schema, value)),
        "const" => value == wanted,
        "enum" => wanted.as_array().unwrap().contains(value),
        "type" => match wanted.as_str().unwrap() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "integer" => value.is_u64() || value.is_i64(),
            "boolean" => value.is_boolean(),
            other => panic!("{other}"),
        },
        "required" => wanted.as_array().unwrap().iter().all(|key| value.get(key.as_str().unwrap()).is_some()),
        "properties" => {
            let known = wanted.as_object().unwrap();
            known.iter().all(|(key, schema)| value.get(key).is_none_or(|value| fits(root, schema, value)))
        }
        "patternProperties" => {
            let (pattern, wanted) = wanted.as_object().unwrap().iter().next().unwrap();
            assert_eq!(pattern, "^(read|write):[a-z0-9-]{1,48}$");
            let others = value.as_object().into_iter().flatten().filter(|(key, _)| is_word(key));
            others.into_iter().all(|(_, value)| fits(root, wanted, value))
        }
        "additionalProperties" => {
            let known = schema.get("properties").and_then(Value::as_object);
            let has_word = schema.get("patternProperties").is_some();
            let is_other =
                |key: &str| known.is_none_or(|known| !known.contains_key(key)) && !(has_word && is_word(key));
            let others = value.as_object().into_iter().flatten().filter(|(key, _)| is_other(key));
            others.into_iter().all(|(_, value)| *wanted != json!(false) && fits(root, wanted, value))
        }
        "items" => value.as_array().unwrap().iter().all(|item| fits(root, wanted, item)),
        "minimum" => value.as_u64() >= wanted.as_u64(),
        "maximum" => value.as_u64() <= wanted.as_u64(),
        "$schema" | "$defs" | "title" | "description" | "pattern" | "format" | "default" => true,
        other => panic!("an unknown keyword {other}"),
    })
}

/// Whether a key names an endpoint that the catalogue has not.
fn is_word(key: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_name = |name: &str| (1..=48).contains(&name.len()) && name.chars().all(fits);
    key.strip_prefix("read:").or_else(|| key.strip_prefix("write:")).is_some_and(is_name)
}

fn scenarios(folder: &str) -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/scenario").join(folder);
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let json = paths.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    json.map(|path| (path.display().to_string(), serde_json::from_slice(&fs::read(&path).unwrap()).unwrap()))
        .collect()
}

#[test]
fn the_schema_takes_what_is_read_and_refuses_what_is_misspelt() {
    let schema = Scenario::json_schema();
    for (name, scenario) in scenarios("ok") {
        assert!(fits(&schema, &schema, &scenario), "{name}");
    }
    for (name, scenario) in scenarios("err") {
        assert!(!fits(&schema, &schema, &scenario), "{name}");
    }
}

/// Each key and each word of the fullest scenario, misspelt, is refused by both.
#[test]
fn a_misspelt_key_is_refused_by_schema_and_reader() {
    let schema = Scenario::json_schema();
    let (_, everything) =
        scenarios("ok").into_iter().find(|(name, _)| name.ends_with("everything.json")).unwrap();
    let text = everything.to_string();
    for key in [
        "latency",
        "like-post",
        "times",
        "until",
        "fault",
        "phases",
        "processing",
        "retry_after",
        "role",
        "accepts",
        "percent",
        "failed-output",
        "shares_data",
    ] {
        let misspelt = text.replacen(&format!("\"{key}\":"), &format!("\"{key}x\":"), 1);
        assert_ne!(misspelt, text, "{key}");
        let misspelt: Value = serde_json::from_str(&misspelt).unwrap();
        assert!(Scenario::read(&misspelt).is_err(), "{key}");
        assert!(!fits(&schema, &schema, &misspelt), "{key}");
    }
}
