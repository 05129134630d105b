//! What a program says of itself.

use crate::kind::{KindEffect, KindField, Takes};
use outx_model::parse_duration;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What a program says of itself, in its first line.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    name: String,
    version: String,
    doc: String,
    effect: KindEffect,
    fields: Option<Vec<(String, bool, Takes, String)>>,
    timeout: Duration,
}

/// The line itself.
#[derive(Deserialize)]
struct Said {
    outx: u64,
    name: String,
    version: String,
    doc: String,
    effect: String,
    #[serde(default)]
    input: Option<Map<String, Value>>,
    /// For people and tools; what it gives is not checked.
    #[serde(default, rename = "output")]
    _output: Option<Map<String, Value>>,
    #[serde(default)]
    timeout: Option<String>,
}

impl Manifest {
    /// The version of the protocol.
    pub const PROTOCOL: u64 = 1;
    /// How long the line may be.
    pub const LONGEST: usize = 64 * 1024;
    /// How long it may take to come.
    pub const PATIENCE: Duration = Duration::from_secs(5);
    /// How long a program may take for its work, if it says nothing else.
    pub const TIMEOUT: Duration = Duration::from_mins(5);
    /// The longest that it can say.
    pub const LONGEST_TIMEOUT: Duration = Duration::from_hours(1);

    /// The line that asks for it.
    pub fn asked() -> String {
        json!({ "outx": Self::PROTOCOL, "ask": "describe" }).to_string()
    }

    /// Reads the line.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in a sentence.
    pub fn read(line: &str) -> Result<Self, String> {
        let said: Said = serde_json::from_str(line)
            .map_err(|error| format!("it does not say what it is in a line of JSON: {error}"))?;
        if said.outx != Self::PROTOCOL {
            return Err(format!(
                "it speaks version {} of the protocol, and this outx speaks {}",
                said.outx,
                Self::PROTOCOL
            ));
        }
        let effect = match said.effect.as_str() {
            "none" => KindEffect::None,
            "idempotent" => KindEffect::Idempotent,
            "read" => KindEffect::Read,
            "write" => KindEffect::Write,
            other => {
                return Err(format!(
                    "its `effect` is none, idempotent, read or write, not `{}`",
                    other.escape_debug()
                ));
            }
        };
        let timeout = match said.timeout.as_deref().map(parse_duration) {
            None => Self::TIMEOUT,
            Some(Ok(timeout)) if !timeout.is_zero() && timeout <= Self::LONGEST_TIMEOUT => timeout,
            Some(_) => return Err("its `timeout` is a duration of at most 1h, such as 30s".into()),
        };
        if said.version.trim().is_empty() || said.doc.trim().is_empty() {
            return Err("its `version` and its `doc` must say something".into());
        }
        if !super::ProgramKind::is_name(&said.name) {
            return Err(
                "its `name` has lower-case letters, digits and dashes, and begins with a letter".into()
            );
        }
        let is_plain = |text: &str| !text.chars().any(char::is_control);
        if !is_plain(&said.version) || !is_plain(&said.doc) {
            return Err("its `version` and its `doc` must be one line without control characters".into());
        }
        // An output may be of any type.
        if said.input.as_ref().and_then(|input| input.get("type")).is_some_and(|of| of != "object") {
            return Err("the schema of its `input` must be that of an object".into());
        }
        let fields = said.input.as_ref().map(fields).transpose()?;
        let Said { name, version, doc, .. } = said;
        Ok(Self { name, version, doc, effect, fields, timeout })
    }

    /// Its name: that of its file without what all begin with.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The version of the program.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// One line for people.
    pub fn doc(&self) -> &str {
        &self.doc
    }

    /// What it does to the world.
    pub fn effect(&self) -> KindEffect {
        self.effect
    }

    /// How long its work may take.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The fields that it takes; nothing where it takes any.
    pub fn fields(&self) -> Option<Vec<KindField>> {
        let field = |(name, required, takes, doc): &(String, bool, Takes, String)| KindField {
            name: kept(name),
            required: *required,
            takes: *takes,
            doc: kept(doc),
        };
        Some(self.fields.as_ref()?.iter().map(field).collect())
    }
}

/// A text that lives as long as the process. Each is kept once, and there are as many as the fields of the kinds.
fn kept(text: &str) -> &'static str {
    static KEPT: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut all = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = all.get(text) {
        return known;
    }
    let text: &'static str = text.to_owned().leak();
    all.insert(text);
    text
}

/// The fields of a schema, as far as a kind's fields say it: names, types, and which must be there.
fn fields(schema: &Map<String, Value>) -> Result<Vec<(String, bool, Takes, String)>, String> {
    let nothing = Map::new();
    let properties = match schema.get("properties") {
        None => &nothing,
        Some(Value::Object(properties)) => properties,
        Some(_) => return Err("the `properties` of its `input` must be an object".into()),
    };
    let required: Vec<_> = schema.get("required").and_then(Value::as_array).into_iter().flatten().collect();
    for name in &required {
        if !name.as_str().is_some_and(|name| properties.contains_key(name)) {
            return Err(format!("its `input` requires {name}, which is none of its `properties`"));
        }
    }
    let field = |(name, schema): (&String, &Value)| {
        let takes = match schema["type"].as_str() {
            Some("string") => Takes::Text,
            Some("integer") => Takes::Integer,
            Some("boolean") => Takes::Boolean,
            Some("array") => Takes::List,
            Some("object") => Takes::Object,
            _ => Takes::Any,
        };
        let doc = schema["description"].as_str().unwrap_or("what its program says");
        (name.clone(), required.iter().any(|required| *required == name), takes, doc.to_owned())
    };
    let fields: Vec<_> = properties.iter().map(field).collect();
    let is_plain = |text: &str| !text.chars().any(char::is_control);
    if !fields.iter().all(|(name, _, _, doc)| is_plain(name) && is_plain(doc)) {
        return Err("names and descriptions of its fields must be one line without control characters".into());
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"outx":1,"name":"score","version":"1.0","doc":"scores a text","effect":"none",
        "input":{"type":"object","properties":{"text":{"type":"string","description":"what is scored"},
        "n":{"type":"integer"}},"required":["text"]},"output":{"type":"number"},"timeout":"30s"}"#;

    #[test]
    fn a_good_line_is_read_whole() {
        let manifest = Manifest::read(GOOD).unwrap();
        assert_eq!((manifest.name(), manifest.version(), manifest.doc()), ("score", "1.0", "scores a text"));
        assert_eq!((manifest.effect(), manifest.timeout()), (KindEffect::None, Duration::from_secs(30)));
        let fields = manifest.fields().unwrap();
        let fields: Vec<_> = fields.iter().map(|field| (field.name, field.required, field.takes)).collect();
        assert_eq!(fields, [("text", true, Takes::Text), ("n", false, Takes::Integer)]);
        let bare = r#"{"outx":1,"name":"x","version":"1","doc":"d","effect":"write"}"#;
        let again = Manifest::read(GOOD).unwrap().fields().unwrap();
        assert!(std::ptr::eq(fields_of(&again), fields_of(&manifest.fields().unwrap())), "kept once");
        let manifest = Manifest::read(bare).unwrap();
        assert!(manifest.fields().is_none());
        assert_eq!(manifest.timeout(), Manifest::TIMEOUT);
    }

    fn fields_of(fields: &[KindField]) -> &'static str {
        fields[0].doc
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (from, to, said) in [
            (GOOD, "hello", "does not say what it is"),
            ("\"outx\":1", "\"outx\":2", "speaks version 2"),
            ("\"effect\":\"none\"", "\"effect\":\"some\"", "not `some`"),
            ("\"30s\"", "\"2h\"", "at most 1h"),
            ("\"30s\"", "\"soon\"", "at most 1h"),
            ("\"score\"", "\"Score\"", "lower-case letters"),
            ("\"1.0\"", "\" \"", "must say something"),
            ("scores a text", "\\u001b[2Jx", "without control characters"),
            ("what is scored", "\\u001b[2Jx", "without control characters"),
            ("\"effect\":\"none\"", "\"effect\":\"\\u001b[2J\"", "not `\\u{1b}[2J`"),
            ("[\"text\"]", "[\"test\"]", "requires \"test\""),
            ("\"type\":\"object\",\"prop", "\"type\":\"array\",\"prop", "must be that of an object"),
            ("\"name\":\"score\",", "", "missing field `name`"),
        ] {
            let why = Manifest::read(&GOOD.replace(from, to)).unwrap_err();
            assert!(why.contains(said), "{to}: {why}");
        }
    }
}
