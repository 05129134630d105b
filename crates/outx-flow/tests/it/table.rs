//! Tables from files of all formats.

#![expect(clippy::expect_used, reason = "helpers of tests fail as tests do")]

use outx_flow::diagnostic::{Source, render};
use outx_flow::table::{BadRows, Column, ColumnType, RowProblem, Table, check_rows, read_rows};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::fmt::Write as _;

fn columns() -> Vec<Column> {
    vec![
        Column { required: true, ..Column::new("url", ColumnType::Person) },
        Column { from: Some("Given Name".into()), ..Column::new("first_name", ColumnType::Text) },
        Column::new("age", ColumnType::Integer),
    ]
}

fn one(ty: ColumnType) -> [Column; 1] {
    [Column { required: true, ..Column::new("url", ty) }]
}

fn rows(name: &str, bytes: impl AsRef<[u8]>, columns: &[Column]) -> Value {
    match read_rows(name, bytes.as_ref(), columns, BadRows::Refuse) {
        Ok(table) => json!(table.rows),
        Err(bad) => panic!("{}", said(&bad)),
    }
}

fn bad(name: &str, text: &str, columns: &[Column]) -> Vec<RowProblem> {
    read_rows(name, text.as_bytes(), columns, BadRows::Refuse).expect_err("refused")
}

fn said(problems: &[RowProblem]) -> String {
    problems.iter().map(RowProblem::to_string).collect::<Vec<_>>().join("\n") + "\n"
}

fn shown(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/table"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn one_table_in_every_format() {
    let want = json!([
        { "url": "ada", "first_name": "Ada; \"L\"", "age": 36, "Team": "blue" },
        { "url": "urn:li:person:X", "first_name": null, "age": null, "Team": null },
    ]);
    let list = r#"[ { "URL": "linkedin.com/in/Ada", "given_name": "Ada; \"L\"", "Age": 36, "Team": "blue" },
        { "url": "urn:li:person:X", "Team": null } ]"#;
    let lines = list.trim_matches(['[', ' ', ']']).replace(" },\n", " }\n\n");
    let csv = "URL;given name; AGE ;Team\nlinkedin.com/in/Ada;\"Ada; \"\"L\"\"\";36;blue\n\nurn:li:person:X;;;\n;;;\n";
    for (name, text) in [
        ("leads.csv", csv.to_owned()),
        ("LEADS.CSV", format!("\u{feff}{}", csv.replace('\n', "\r\n"))),
        ("leads.csv", csv.trim_end_matches(";;;\n").trim_end().to_owned()),
        ("leads.tsv", "url\tGIVEN_NAME\tage\tTeam\nlinkedin.com/in/Ada\t\"Ada; \"\"L\"\"\"\t36\tblue\nurn:li:person:X\n".into()),
        ("leads", "url,GivenName,age,Team\nlinkedin.com/in/Ada,\"Ada; \"\"L\"\"\",36,blue\nurn:li:person:X,,,\n".into()),
        ("leads.json", list.to_owned()),
        ("leads.jsonl", lines.clone()),
        ("-", lines),
    ] {
        assert_eq!(rows(name, &text, &columns()), want, "{name}\n{text}");
    }
}

#[test]
fn one_value_a_line() {
    let want = json!([{ "url": "ada" }, { "url": "bob" }]);
    let columns = one(ColumnType::Person);
    assert_eq!(rows("x.txt", "linkedin.com/in/ada\r\n\r\n  bob \n", &columns), want);
    assert_eq!(rows("x.txt", "URL\nada\nbob", &columns), want, "with the header of a spreadsheet");
    assert_eq!(rows("x.json", r#"["ada", "bob"]"#, &columns), want);
    assert_eq!(rows("x.csv", "url\nada\nbob\n", &columns), want);
    let problems = bad("x.txt", "ada\n\n  Bob Example\n", &columns);
    assert_eq!((problems.len(), problems[0].line, problems[0].column), (1, 3, 1));
}

#[test]
fn bad_rows_are_all_told_with_their_cells() {
    let text = "url,Given Name,age\r\nlinkedin.com/in/ada,\"Ada\r\nL\",old\r\n,你好,1\r\nexample.com/in/x,你好,1.5\r\nok,,,,x\r\nok,y,7\r\n";
    let problems = bad("leads.csv", text, &columns());
    shown("bad_rows", &said(&problems));
    assert_eq!(problems[0].column_name.as_deref(), Some("age"));
    let table = read_rows("leads.csv", text.as_bytes(), &columns(), BadRows::LeaveOut).expect("left out");
    assert_eq!(
        table,
        Table {
            rows: json!([{ "url": "ok", "first_name": "y", "age": 7 }])
                .as_array()
                .expect("list")
                .iter()
                .map(|row| row.as_object().expect("row").clone())
                .collect(),
            left_out: problems.clone(),
        }
    );
    let source = Source::new("leads.csv", text);
    for problem in &problems {
        let place = source.locate(problem.to_diagnostic().span.start);
        assert!(problem.to_string().starts_with(&format!("{place}: ")));
    }
    shown("bad_cell", &render(&source, &[problems[3].to_diagnostic()], false));
}

#[test]
fn a_missing_column_is_one_problem() {
    let near = bad("l.csv", "Profile URL,Name\na,b\nc,d\n", &columns());
    let far = bad("l.csv", "x,Name\na,b\n", &columns());
    let json = bad("l.json", "[\n {\"urll\": \"a\"}, {\"urll\": \"b\"}]", &columns());
    let empty = bad("l.csv", "", &columns());
    shown("missing_column", &said(&[near, far, json, empty].concat()));
    assert_eq!(rows("l.json", "[]", &columns()), json!([]));
    assert_eq!(rows("l.csv", "url\n", &columns()), json!([]));
}

#[test]
fn files_that_are_no_table() {
    let column = one(ColumnType::Text);
    let all = [
        bad("l.csv", "url\n\"ada\nbob\n", &column),
        bad("l.csv", "url,x,URL\na,b,c\n", &column),
        bad("l.json", "{\"rows\": []}", &column),
        bad("l.json", "[\n  {\"url\": \"你好\"},,\n]", &column),
        bad("l.jsonl", "{\"url\": \"a\"}\n{\"url\": \n{\"url\": [1]}\n[1]\n", &column),
        bad("l.json", "[{\"url\": \"a\", \"URL\": \"b\"}, 3, null]", &columns()),
        read_rows("l.csv", b"url\ncaf\xe9\n", &column, BadRows::Refuse).expect_err("refused"),
    ];
    shown("no_table", &said(&all.concat()));
}

#[test]
fn rows_that_are_json_already() {
    let given = [
        json!({ "url": "linkedin.com/in/ada", "x": [1] }),
        json!({ "age": 1 }),
        json!({ "url": "b", "age": "2" }),
    ];
    let problems = check_rows("leads", &given, &columns(), BadRows::Refuse).expect_err("refused");
    assert_eq!(said(&problems), "leads:2:1: `url` is empty, and required\n");
    let table = check_rows("leads", &given, &columns(), BadRows::LeaveOut).expect("left out");
    assert_eq!(
        json!(table.rows),
        json!([
            { "url": "ada", "first_name": null, "age": null, "x": [1] },
            { "url": "b", "first_name": null, "age": 2 },
        ])
    );
}

#[test]
fn a_column_from_another_header_is_what_is_meant() {
    let columns = [Column { from: Some("Profile".into()), ..Column::new("url", ColumnType::Person) }];
    assert_eq!(rows("l.csv", "url,profile\nwrong,ada\n", &columns), json!([{ "url": "ada" }]));
    assert_eq!(rows("l.csv", "a,,a\n1,2,3\n", &[]), json!([{ "a": "1", "column_2": "2" }]));
}

proptest! {
    #[test]
    fn reading_never_panics(
        text in "\\PC{0,40}|[url,;\\t\"\\r\\n你🙂{}\\[\\]: a-c\\\\]{0,80}",
        header in prop::sample::select(vec!["", "url\n", "url,age\r\n", "[{\"url\":", "\u{feff}url;Given Name\n"]),
        name in prop::sample::select(vec!["x.csv", "x.json", "x.jsonl", "x.txt", "x"]),
    ) {
        let text = format!("{header}{text}");
        let source = Source::new(name, &text);
        for columns in [&columns()[..], &one(ColumnType::Person)] {
            for bad in [BadRows::Refuse, BadRows::LeaveOut] {
                let problems = match read_rows(name, text.as_bytes(), columns, bad) {
                    Ok(table) => table.left_out,
                    Err(problems) => problems,
                };
                for problem in problems {
                    let place = source.locate(problem.span.start);
                    prop_assert_eq!(place, format!("{}:{}:{}", problem.file, problem.line, problem.column));
                }
            }
        }
    }

    #[test]
    fn cells_come_back_as_they_were_written(
        cells in prop::collection::vec("[a-c,;\"\\n你é]{1,8}", 1..6),
        delimiter in prop::sample::select(vec![',', ';', '\t']),
    ) {
        let mut text = format!("n{delimiter}cell{delimiter}x\n");
        for (number, cell) in cells.iter().enumerate() {
            let cell = cell.replace('"', "\"\"");
            writeln!(text, "{number}{delimiter}\"{cell}\"{delimiter}").expect("text");
        }
        let columns = [Column::new("cell", ColumnType::Text), Column::new("n", ColumnType::Integer)];
        let table = read_rows("x.csv", text.as_bytes(), &columns, BadRows::Refuse).expect("good");
        let want: Vec<Value> = cells.iter().map(|cell| match cell.trim() { "" => Value::Null, cell => cell.into() }).collect();
        let got: Vec<Value> = table.rows.iter().map(|row| row["cell"].clone()).collect();
        prop_assert_eq!(got, want);
    }
}
