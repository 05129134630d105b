//! The values that a run is given: types, defaults, files, and what is said of wrong ones.

#![expect(clippy::expect_used, reason = "helpers of tests fail as tests do")]

use outx_flow::diagnostic::Source;
use outx_flow::{CheckOptions, Given, InputFault, Workflow, check, resolve_inputs};
use serde_json::{Value, json};

/// A workflow that declares these inputs.
fn declaring(inputs: &str) -> Workflow {
    let text = format!("outx: 1\nname: x\ninputs:\n{inputs}steps: {{ s: {{ uses: core.set }} }}\n");
    let checked = check(&Source::new("x.yaml", &text), &CheckOptions::shipped());
    checked.workflow.unwrap_or_else(|| panic!("{:?}", checked.diagnostics))
}

fn text(name: &str, text: &str) -> (String, Given) {
    (name.to_owned(), Given::Text(text.to_owned()))
}

fn value(name: &str, value: Value) -> (String, Given) {
    (name.to_owned(), Given::Json(value))
}

fn file(name: &str, file: &str, content: &str) -> (String, Given) {
    (name.to_owned(), Given::File { name: file.to_owned(), bytes: content.as_bytes().to_vec() })
}

fn faults(workflow: &Workflow, given: &[(String, Given)]) -> Vec<String> {
    let faults = resolve_inputs(workflow, given).expect_err("refused");
    let say = |fault: InputFault| match fault {
        InputFault::Declared(found) => {
            let place = workflow.source.place(found.span.start);
            let help = found.help.map(|help| format!(" ({help})")).unwrap_or_default();
            format!("{} {}:{} {}{help}", found.code, place.line, place.column, found.message)
        }
        InputFault::Row(problem) => problem.to_string(),
        InputFault::Unknown(message) => message,
    };
    faults.into_iter().map(say).collect()
}

/// What one input of a type becomes, or the one thing that is said against it.
fn of(ty: &str, given: Given) -> Result<Value, String> {
    let workflow = declaring(&format!("  it: {ty}\n"));
    let given = [("it".to_owned(), given)];
    match resolve_inputs(&workflow, &given) {
        Ok(mut values) => Ok(values["it"].take()),
        Err(_) => Err(faults(&workflow, &given).join("; ")),
    }
}

#[test]
fn a_text_stays_what_was_typed_and_other_types_read_json() {
    let typed = |ty: &str, text: &str| of(ty, Given::Text(text.into()));
    assert_eq!(typed("{ type: text }", "12"), Ok(json!("12")));
    assert_eq!(typed("{ type: string }", "{\"a\": 1}"), Ok(json!("{\"a\": 1}")));
    assert_eq!(typed("{ type: text }", ""), Ok(json!("")));
    assert_eq!(typed("{ type: any }", "{\"a\": 1}"), Ok(json!({ "a": 1 })));
    assert_eq!(typed("{ type: any }", "plain words"), Ok(json!("plain words")));
    assert_eq!(typed("{ type: integer }", "12"), Ok(json!(12)));
    assert_eq!(typed("{ type: number }", "1.5"), Ok(json!(1.5)));
    assert_eq!(typed("{ type: boolean }", "true"), Ok(json!(true)));
    assert_eq!(typed("{ type: array }", "[1, \"a\"]"), Ok(json!([1, "a"])));
    assert_eq!(typed("{ type: object }", "{\"a\": 1}"), Ok(json!({ "a": 1 })));
    assert_eq!(typed("{ type: date }", "2026-03-02"), Ok(json!("2026-03-02")));
}

#[test]
fn people_and_companies_are_brought_to_one_form() {
    for given in ["https://www.linkedin.com/in/Ada-Example/", "linkedin.com/in/ada-example", "ada-example"] {
        assert_eq!(of("{ type: person }", Given::Text(given.into())), Ok(json!("ada-example")), "{given}");
    }
    let urn = "urn:li:fsd_profile:ACoA1";
    assert_eq!(of("{ type: person }", Given::Text(urn.into())), Ok(json!(urn)));
    assert_eq!(
        of("{ type: company }", Given::Text("https://www.linkedin.com/company/fjord/".into())),
        Ok(json!("fjord"))
    );
    let list = Given::Json(json!(["linkedin.com/in/ada", "bo"]));
    assert_eq!(of("{ type: array, items: person }", list), Ok(json!(["ada", "bo"])));
}

#[test]
fn a_value_of_another_type_is_refused_in_a_sentence() {
    for (ty, given, said) in [
        ("integer", json!("many"), "\"many\" is not a whole number"),
        ("integer", json!(1.5), "1.5 is not a whole number"),
        ("integer", json!(u64::MAX), "18446744073709551615 is not a whole number"),
        ("number", json!("1"), "\"1\" is not a number"),
        ("boolean", json!("yes"), "\"yes\" is not true or false"),
        ("text", json!(5), "5 is not a text"),
        ("text", json!(null), "null is not a text"),
        ("array", json!("a"), "\"a\" is not a list"),
        ("object", json!([1]), "[1] is not an object"),
        ("person", json!(5), "5 is not a person (profile URL, slug or URN)"),
        ("person", json!(""), "\"\" is not a person (profile URL, slug or URN)"),
        ("date", json!("2026-02-30"), "`2026-02-30` is not a day such as 2026-03-02"),
        ("date", json!("2026-03-02T09:00:00"), "`2026-03-02T09:00:00` is not a day such as 2026-03-02"),
        ("table", json!({ "url": "ada" }), "it must be a table: a list of rows, or a file as `@FILE.csv`"),
    ] {
        let refused = of(&format!("{{ type: {ty} }}"), Given::Json(given)).expect_err(ty);
        assert_eq!(refused, format!("OX411 4:3 the input `it`: {said}"));
    }
    let refused = of("{ type: array, items: integer }", Given::Json(json!([1, "x"]))).expect_err("refused");
    assert_eq!(refused, "OX411 4:3 the input `it`: item 2: \"x\" is not a whole number");
}

#[test]
fn what_is_not_given_has_its_default_and_the_last_one_given_counts() {
    let workflow = declaring(
        "  topic: rust\n  most: { type: integer, default: 3 }\n  note: { type: text, default: ~ }\n  free:\n",
    );
    let defaults = resolve_inputs(&workflow, &[]);
    assert_eq!(defaults, Ok(json!({ "topic": "rust", "most": 3, "note": null, "free": null })));
    let given = [value("most", json!(1)), text("topic", "go"), text("most", "2")];
    assert_eq!(
        resolve_inputs(&workflow, &given),
        Ok(json!({ "topic": "go", "most": 2, "note": null, "free": null }))
    );
}

#[test]
fn all_that_is_missing_or_unknown_is_said_at_once() {
    let workflow = declaring("  leads: { type: table, columns: { url: person } }\n  topic: { type: text }\n");
    assert_eq!(
        faults(&workflow, &[text("topics", "rust"), text("zzz", "1")]),
        [
            "OX410 4:3 the input `leads` is missing (give it with `-i leads=@FILE.csv`, or declare a `default`)",
            "OX410 5:3 the input `topic` is missing (give it with `-i topic=VALUE`, or declare a `default`)",
            "the workflow has no input `topics`; did you mean `topic`?",
            "the workflow has no input `zzz`; it takes leads, topic",
        ]
    );
}

#[test]
fn a_workflow_without_inputs_takes_none() {
    let source = Source::new("x.yaml", "outx: 1\nname: x\nsteps: { s: { uses: core.set } }\n");
    let workflow = check(&source, &CheckOptions::shipped()).workflow.expect("valid");
    assert_eq!(resolve_inputs(&workflow, &[]), Ok(json!({})));
    assert_eq!(
        faults(&workflow, &[text("a", "1")]),
        ["the workflow has no input `a`; the workflow takes no inputs"]
    );
}

#[test]
fn tables_come_from_files_and_from_json() {
    let ty = "{ type: table, columns: { url: person, n: integer }, required: [url] }";
    let rows = json!([{ "url": "ada", "n": 1 }, { "url": "bo", "n": null }]);
    let given = |name: &str, content: &str| Given::File { name: name.into(), bytes: content.into() };
    assert_eq!(of(ty, given("leads.csv", "URL;N\nlinkedin.com/in/Ada;1\nbo;\n")), Ok(rows.clone()));
    assert_eq!(
        of(ty, given("leads.jsonl", "{\"url\":\"ada\",\"n\":1}\n{\"url\":\"bo\"}\n")),
        Ok(rows.clone())
    );
    assert_eq!(of(ty, Given::Json(json!([{ "url": "ada", "n": 1 }, { "url": "bo" }]))), Ok(rows.clone()));
    assert_eq!(of(ty, Given::Text("[{\"url\":\"ada\",\"n\":\"1\"},{\"url\":\"bo\"}]".into())), Ok(rows));
    let refused = of(ty, given("leads.csv", "url,n\nada,x\n,2\n")).expect_err("refused");
    assert_eq!(
        refused,
        "leads.csv:2:5: `x` is not a whole number such as 12; leads.csv:3:1: `url` is empty, and required"
    );
}

#[test]
fn lists_come_from_files_by_their_endings() {
    let ty = "{ type: array, items: integer }";
    let given = |name: &str, content: &str| of(ty, Given::File { name: name.into(), bytes: content.into() });
    assert_eq!(given("n.txt", "\u{feff}1\r\n\r\n 2 \n"), Ok(json!([1, 2])));
    assert_eq!(given("n.json", "[1, 2]"), Ok(json!([1, 2])));
    assert_eq!(given("n.jsonl", "1\n\n2\n"), Ok(json!([1, 2])));
    assert_eq!(given("n", "1\n2\n"), Ok(json!([1, 2])));
    let said = |name: &str, content: &str| given(name, content).expect_err("refused");
    assert!(said("n.txt", "1\nx\n").ends_with("item 2: \"x\" is not a whole number"));
    assert!(said("n.json", "[1").contains("n.json is not JSON"));
    assert!(said("n.jsonl", "1\n{\n").contains("n.jsonl:2 is not JSON"));
    assert!(said("n.csv", "a,b\n").contains("n.csv is a table; declare `type: table` to read one"));
    // Of texts, a file has one a line, whatever they look like.
    let texts = Given::File { name: "t.txt".into(), bytes: b"1\n[x\n".to_vec() };
    assert_eq!(of("{ type: array, items: text }", texts), Ok(json!(["1", "[x"])));
    let objects = Given::File { name: "o.jsonl".into(), bytes: b"{\"a\":1}\n{\"a\":2}\n".to_vec() };
    assert_eq!(of("{ type: array }", objects), Ok(json!([{ "a": 1 }, { "a": 2 }])));
}

#[test]
fn a_file_may_be_a_text_or_json() {
    let workflow = declaring("  message: { type: text }\n  data: { type: object }\n");
    let given = [file("message", "m.txt", "\u{feff}Hello\nyou\n"), file("data", "d.json", "{\"a\": 1}")];
    assert_eq!(
        resolve_inputs(&workflow, &given),
        Ok(json!({ "message": "Hello\nyou\n", "data": { "a": 1 } }))
    );
    let not_text = Given::File { name: "m.txt".into(), bytes: vec![0xff, 0xfe] };
    assert!(of("{ type: text }", not_text).expect_err("refused").contains("m.txt is not UTF-8 text"));
    let not_json = Given::File { name: "d.json".into(), bytes: b"{".to_vec() };
    assert!(of("{ type: object }", not_json).expect_err("refused").contains("d.json is not JSON"));
}
