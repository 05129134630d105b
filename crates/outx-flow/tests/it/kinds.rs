//! The kinds that ship, each by itself.

#![expect(clippy::expect_used, reason = "helpers of tests fail as tests do")]

use outx_flow::journal::{StepError, StepErrorKind};
use outx_flow::{Kind, KindContext, KindEffect, Registry, Start};
use outx_model::{Effect, Endpoint};
use outx_transport::VirtualClock;
use serde_json::{Value, json};
use std::fs;
use std::sync::Arc;
use tempfile::TempDir;

fn kind(name: &str) -> Arc<dyn Kind> {
    Registry::shipped().get(name).expect("a kind").clone()
}

/// A folder to write into.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    /// Does what `core.write-file` does with an input.
    fn write(&self, input: &Value) -> Result<Value, StepError> {
        self.run("core.write-file", input)
    }

    fn run(&self, name: &str, input: &Value) -> Result<Value, StepError> {
        let kind = kind(name);
        let Start::Local(input) = kind.start(input)? else { panic!("it is done on the spot") };
        let context = KindContext::in_folder(self.0.path());
        let clock = VirtualClock::new("2026-03-02T09:00:00Z".parse().expect("a moment"));
        clock.simulate(kind.run(&input, &context)).expect("not stalled")
    }

    /// Writes, and gives what the file then holds.
    fn wrote(&self, input: &Value) -> String {
        self.write(input).unwrap_or_else(|error| panic!("{input}: {}", error.message));
        self.read(input["path"].as_str().expect("a path"))
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.0.path().join(path)).expect("readable")
    }

    fn put(&self, path: &str, content: &str) {
        fs::write(self.0.path().join(path), content).expect("writable");
    }

    fn fails(&self, input: &Value) -> String {
        self.write(input).expect_err("an error").message
    }

    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).expect("a folder");
        let mut names: Vec<_> =
            entries.map(|entry| entry.expect("entry").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

#[test]
fn there_is_a_kind_for_each_endpoint_with_its_effect_and_shape() {
    for endpoint in Endpoint::ALL {
        let kind = kind(&format!("linkedin.{endpoint}"));
        assert_eq!(kind.endpoint(), Some(endpoint));
        let write = endpoint.effect() == Effect::Write;
        assert_eq!(kind.effect() == KindEffect::Write, write);
        assert_eq!(kind.effect() == KindEffect::Read, !write);
        assert!(kind.view().is_some());
        let fields = kind.fields().expect("known");
        assert_eq!(fields.len(), endpoint.spec().fields.len());
    }
}

#[test]
fn a_task_is_started_with_what_will_be_sent() {
    let start =
        kind("linkedin.fetch-profile").start(&json!({ "profile_slug": "https://linkedin.com/in/Ada/" }));
    let input = json!({ "profile_slug": "ada" });
    assert_eq!(start, Ok(Start::Task { endpoint: Endpoint::FetchProfile, input }));
    let refused = kind("linkedin.fetch-profile").start(&json!({})).expect_err("refused");
    assert_eq!(refused.kind, StepErrorKind::Rejected);
}

#[test]
fn set_and_log_give_what_they_are_given() {
    let value = json!({ "a": [1, null], "message": "hello" });
    for name in ["core.set", "core.log"] {
        assert_eq!(kind(name).effect(), KindEffect::None);
        assert_eq!(kind(name).start(&value), Ok(Start::Done(value.clone())));
    }
}

#[test]
fn rows_are_written_in_each_format() {
    let folder = Folder::new();
    let rows = json!([{ "b": "x, \"y\"", "a": 1 }, { "a": null, "c": [1, { "d": true }] }]);
    assert_eq!(
        folder.wrote(&json!({ "path": "x.csv", "rows": rows })),
        "b,a,c\n\"x, \"\"y\"\"\",1,\n,,\"[1,{\"\"d\"\":true}]\"\n"
    );
    assert_eq!(
        folder.wrote(&json!({ "path": "y.csv", "rows": rows, "columns": ["a", "none", "b"] })),
        "a,none,b\n1,,\"x, \"\"y\"\"\"\n,,\n"
    );
    let written = folder.wrote(&json!({ "path": "x.json", "rows": rows }));
    assert_eq!(serde_json::from_str::<Value>(&written).expect("json"), rows);
    assert_eq!(
        folder.wrote(&json!({ "path": "x.jsonl", "rows": rows })),
        "{\"b\":\"x, \\\"y\\\"\",\"a\":1}\n{\"a\":null,\"c\":[1,{\"d\":true}]}\n"
    );
    assert_eq!(folder.wrote(&json!({ "path": "x.txt", "row": { "a": 1, "b": "two" } })), "1\ttwo\n");
    assert_eq!(folder.wrote(&json!({ "path": "plain", "format": "csv", "row": { "a": 1 } })), "a\n1\n");
}

#[test]
fn values_are_written_as_json_or_text() {
    let folder = Folder::new();
    assert_eq!(folder.wrote(&json!({ "path": "x.json", "value": { "a": 1 } })), "{\n  \"a\": 1\n}\n");
    assert_eq!(folder.wrote(&json!({ "path": "x.txt", "value": "Hello" })), "Hello\n");
    assert_eq!(folder.wrote(&json!({ "path": "x.txt", "value": "you\n", "mode": "append" })), "Hello\nyou\n");
    assert_eq!(folder.wrote(&json!({ "path": "x.md", "value": 5 })), "5\n");
}

#[test]
fn the_output_says_where_and_how_many() {
    let folder = Folder::new();
    let output = folder
        .write(&json!({ "path": "out/deep/x.csv", "rows": [{ "a": 1 }, { "a": 2 }] }))
        .expect("written");
    assert_eq!(output["rows"], 2);
    assert_eq!(output["path"], folder.0.path().join("out/deep/x.csv").display().to_string());
}

#[test]
fn replace_takes_the_place_of_all_upsert_of_equal_keys_append_of_nothing() {
    for path in ["x.csv", "x.json", "x.jsonl"] {
        let folder = Folder::new();
        let write = |mode: &str, rows: Value| {
            let mut input = json!({ "path": path, "mode": mode, "rows": rows });
            if mode != "replace" {
                input["key"] = "url".into();
            }
            folder.write(&input).expect("written")["rows"].clone()
        };
        assert_eq!(write("replace", json!([{ "url": "a", "n": "1" }, { "url": "b", "n": "1" }])), 2);
        assert_eq!(
            write("upsert", json!([{ "url": "b", "n": "2" }, { "url": "c", "n": "2", "new": "x" }])),
            3
        );
        let after_upsert = folder.read(path);
        assert_eq!(
            write("upsert", json!([{ "url": "b", "n": "2" }, { "url": "c", "n": "2", "new": "x" }])),
            3
        );
        assert_eq!(folder.read(path), after_upsert, "{path}: doing it twice is doing it once");
        assert_eq!(write("append", json!([{ "url": "a", "n": "3" }, { "url": "d", "n": "3" }])), 4);
        if path == "x.csv" {
            assert_eq!(folder.read(path), "url,n,new\na,1,\nb,2,\nc,2,x\nd,3,\n");
        }
        assert_eq!(write("replace", json!([{ "url": "z" }])), 1);
        assert_eq!(folder.files(), [path], "nothing is left beside it");
    }
    let folder = Folder::new();
    let append = json!({ "path": "x.csv", "mode": "append", "row": { "a": "1" } });
    assert_eq!(folder.wrote(&append), "a\n1\n");
    assert_eq!(folder.wrote(&append), "a\n1\n1\n", "without a key, twice is twice");
}

#[test]
fn rows_of_other_hands_are_kept() {
    let folder = Folder::new();
    // A byte order mark, equal keys, and a column of somebody else.
    folder.put("x.csv", "\u{feff}url,mine\na,1\na,2\nb,3\n");
    let row =
        json!({ "path": "x.csv", "mode": "upsert", "key": "url", "row": { "url": "b", "invited": true } });
    assert_eq!(folder.wrote(&row), "url,mine,invited\na,1,\na,2,\nb,3,true\n");
    // Named columns give the order of what is written; they take nothing away.
    folder.put("x.csv", "url,mine\na,1\n");
    let mut named = row.clone();
    named["columns"] = json!(["invited", "url"]);
    assert_eq!(folder.wrote(&named), "invited,url,mine\n,a,1\ntrue,b,\n");
    // A file that was saved with semicolons has no such column: nothing is mixed up.
    folder.put("x.csv", "url;mine\na;1\n");
    assert!(folder.fails(&row).contains("the file that is there has no column `url`"));
    assert_eq!(folder.read("x.csv"), "url;mine\na;1\n");
    folder.put("x.json", "{\"not\": \"rows\"}");
    let row = json!({ "path": "x.json", "mode": "append", "row": { "a": 1 } });
    assert!(folder.write(&row).is_err());
    assert_eq!(folder.read("x.json"), "{\"not\": \"rows\"}");
}

#[test]
fn cells_that_a_spreadsheet_would_run_are_made_harmless() {
    let folder = Folder::new();
    let cells = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "a=1", "1-2"];
    let rows: Vec<Value> = cells.iter().map(|cell| json!({ "url": cell })).collect();
    let written = folder.wrote(&json!({ "path": "x.csv", "rows": rows }));
    assert_eq!(written, "url\n'=1+1\n'+1\n'-1\n'@SUM(A1)\n'\t=1\na=1\n1-2\n");
    // A number is one, and a key that was made harmless is still that key.
    assert_eq!(folder.wrote(&json!({ "path": "n.csv", "row": { "n": -1 } })), "n\n-1\n");
    let again = json!({ "path": "x.csv", "mode": "upsert", "key": "url", "row": { "url": "=1+1" } });
    assert_eq!(folder.wrote(&again), written);
    // Other formats are no spreadsheets.
    assert_eq!(folder.wrote(&json!({ "path": "x.txt", "value": "=1+1" })), "=1+1\n");
    assert_eq!(folder.wrote(&json!({ "path": "x.jsonl", "row": { "a": "=1" } })), "{\"a\":\"=1\"}\n");
}

#[test]
fn an_empty_result_never_replaces_a_full_file_unless_told() {
    let folder = Folder::new();
    assert_eq!(folder.wrote(&json!({ "path": "new.csv", "rows": [], "columns": ["a"] })), "a\n");
    for (path, empty) in [
        ("x.csv", json!({ "rows": [] })),
        ("x.json", json!({ "rows": [] })),
        ("x.json", json!({ "value": null })),
        ("x.json", json!({ "value": {} })),
        ("x.txt", json!({ "value": "" })),
    ] {
        folder.put(path, "full");
        let mut input = empty.clone();
        input["path"] = path.into();
        assert!(folder.fails(&input).contains("allow_empty: true"), "{input}");
        assert_eq!(folder.read(path), "full");
        input["allow_empty"] = true.into();
        folder.write(&input).expect("written");
        assert_ne!(folder.read(path), "full");
    }
}

#[test]
fn a_file_that_cannot_be_written_is_said_and_leaves_nothing() {
    let folder = Folder::new();
    fs::create_dir(folder.0.path().join("x.csv")).expect("a folder in the way");
    let error = folder.write(&json!({ "path": "x.csv", "row": { "a": 1 } })).expect_err("refused");
    assert_eq!(error.kind, StepErrorKind::Io);
    assert!(error.message.contains("x.csv"), "{}", error.message);
    assert_eq!(folder.files(), ["x.csv"], "no half-written file is left beside it");
}

#[test]
fn an_input_that_makes_no_sense_is_refused_before_anything_is_touched() {
    let kind = kind("core.write-file");
    for (input, said) in [
        (json!({ "rows": [] }), "`path` must be a text that is not empty"),
        (json!({ "path": " ", "rows": [] }), "`path` must be a text that is not empty"),
        (json!({ "path": "x", "rows": [] }), "`format` is needed"),
        (json!({ "path": "x.csv", "format": "xlsx", "rows": [] }), "`format` is needed"),
        (json!({ "path": "x.csv" }), "give exactly one of `rows`, `row` and `value`"),
        (json!({ "path": "x.csv", "rows": [], "row": {} }), "give exactly one of `rows`, `row` and `value`"),
        (json!({ "path": "x.csv", "rows": [1] }), "a row must be an object, not 1"),
        (json!({ "path": "x.csv", "rows": null }), "`rows` must be a list of objects, not null"),
        (json!({ "path": "x.csv", "value": 1 }), "takes `rows` or `row`, not `value`"),
        (json!({ "path": "x.csv", "rows": [], "mode": "upsert" }), "`mode: upsert` needs a `key`"),
        (json!({ "path": "x.csv", "rows": [], "mode": "merge" }), "`mode: merge` is none of"),
        (json!({ "path": "x.json", "value": 1, "mode": "append" }), "`value` can only replace a file"),
        (json!({ "path": "x.txt", "rows": [], "mode": "append" }), "rows of a text file can only replace it"),
    ] {
        let refused = kind.start(&input).expect_err("refused");
        assert!(refused.message.contains(said), "{input}: {}", refused.message);
    }
}

#[test]
fn files_are_read_as_rows_or_values() {
    let folder = Folder::new();
    let read =
        |path: &str, format: Value| folder.run("core.read-file", &json!({ "path": path, "format": format }));
    folder.put("a.csv", "\u{feff}Name;Town\r\nAda;\r\nBo;Oslo\r\n");
    assert_eq!(
        read("a.csv", Value::Null).unwrap(),
        json!({ "rows": [{ "Name": "Ada", "Town": null }, { "Name": "Bo", "Town": "Oslo" }] })
    );
    folder.put("a.jsonl", "{\"x\": 1}\n\n{\"x\": [2]}\n");
    assert_eq!(read("a.jsonl", Value::Null).unwrap(), json!({ "rows": [{ "x": 1 }, { "x": [2] }] }));
    folder.put("list.json", "[{\"x\": 1}]");
    assert_eq!(
        read("list.json", Value::Null).unwrap(),
        json!({ "rows": [{ "x": 1 }], "value": [{ "x": 1 }] })
    );
    folder.put("value.data", "{\"x\": 1}");
    assert_eq!(read("value.data", "json".into()).unwrap(), json!({ "value": { "x": 1 } }));
    folder.put("note.txt", "\u{feff}hello\n");
    assert_eq!(read("note.txt", Value::Null).unwrap(), json!({ "value": "hello\n" }));
    for (path, says) in [
        ("none.csv", "cannot read"),
        ("value.data", "`format` is needed"),
        ("", "`path` must be a text"),
        ("a.json", "is not JSON"),
    ] {
        folder.put("a.json", "{");
        let message = read(path, Value::Null).unwrap_err().message;
        assert!(message.contains(says), "{path}: {message}");
    }
}

#[test]
fn fail_fails_with_its_message() {
    let error = Folder::new().run("core.fail", &json!({ "message": "no lead is left" })).unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (StepErrorKind::Stated, "no lead is left"));
}

#[test]
fn a_request_that_cannot_be_sent_is_refused_before_it_is() {
    let kind = kind("core.http");
    let url = "https://example.com/secret";
    for (input, said) in [
        (json!({}), "`url` must be a text"),
        (json!({ "url": "example.com/secret" }), "the URL must begin with https:// or http://"),
        (json!({ "url": "https://user:secret@example.com/" }), "must not hold a user name or a password"),
        (
            json!({ "url": url, "method": "get" }),
            "`method` must be one of GET, HEAD, POST, PUT, PATCH, DELETE",
        ),
        (json!({ "url": url, "json": {} }), "a GET has no body; say `method: POST`"),
        (
            json!({ "url": url, "method": "POST", "json": {}, "body": "x" }),
            "either `json` or `body`, not both",
        ),
        (json!({ "url": url, "headers": { "x-token": "secret\n" } }), "the header `x-token` cannot be sent"),
        (json!({ "url": url, "headers": { "Host": "other" } }), "the header `Host` cannot be sent"),
        (json!({ "url": url, "headers": { "a b": "secret" } }), "the header `a b` cannot be sent"),
        (json!({ "url": url, "expect": [] }), "`expect` is a status from 200 to 599"),
        (json!({ "url": url, "expect": [200, 99] }), "not 99"),
        (json!({ "url": url, "timeout": "1h" }), "longer than 5m"),
        (json!({ "url": url, "timeout": "0s" }), "lets no answer come"),
        (json!({ "url": url, "repeatable": "yes" }), "`repeatable` must be true or false"),
    ] {
        let refused = kind.start(&input).expect_err("refused");
        assert!(refused.message.contains(said), "{input}: {}", refused.message);
        assert!(!refused.message.contains("secret"), "{input}: {}", refused.message);
    }
    let nothing = json!({ "url": url, "method": null, "json": null, "expect": null, "timeout": null });
    assert_eq!(kind.start(&nothing).expect("good"), Start::Local(nothing.clone()));
}

#[test]
fn what_a_request_does_is_known_from_its_method_and_what_the_file_says() {
    let kind = kind("core.http");
    for (known, effect) in [
        (json!({}), KindEffect::Read),
        (json!({ "method": "HEAD", "repeatable": false }), KindEffect::Read),
        (json!({ "method": "POST" }), KindEffect::Write),
        (json!({ "method": "DELETE", "repeatable": false }), KindEffect::Write),
        (json!({ "method": "PUT", "repeatable": true }), KindEffect::Idempotent),
    ] {
        let mut input = known.clone();
        input["url"] = "https://example.com/secret?q=secret".into();
        let made = kind.with_known(known.as_object().expect("an object")).expect("a kind");
        assert_eq!(made.effect(), effect, "{known}");
        let call = made.call(&input);
        assert_eq!(call.is_some(), effect == KindEffect::Write, "{known}");
        assert!(!made.shown(&input).to_string().contains("secret"));
        assert_eq!(made.shown(&input)["to"], "https://example.com");
    }
    assert_eq!(kind.effect(), KindEffect::Write, "of which nothing is known counts as one");
}

#[test]
fn a_program_that_cannot_be_started_is_refused_before_it_is() {
    let kind = kind("core.command");
    for (input, said) in [
        (json!({}), "`program` must be a text"),
        (json!({ "program": " " }), "must name a program"),
        (json!({ "program": "rm -rf" }), "there is no shell"),
        (json!({ "program": "sh", "args": "-c" }), "`args` must be a list"),
        (json!({ "program": "sh", "args": [{ "a": 1 }] }), "an argument must be a text or a number"),
        (json!({ "program": "sh", "args": ["a\0b"] }), "cannot hold a zero byte"),
        (json!({ "program": "sh", "expect": 256 }), "an exit status from 0 to 255"),
        (json!({ "program": "sh", "timeout": "2h" }), "longer than 1h"),
    ] {
        let refused = kind.start(&input).expect_err("refused");
        assert!(refused.message.contains(said), "{input}: {}", refused.message);
    }
}
