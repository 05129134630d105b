//! Files of the language as trees: what is read, what is refused, and where it stands.

#![expect(clippy::expect_used, reason = "helpers of tests fail as tests do")]

use outx_flow::diagnostic::{Diagnostic, Source, Span, render};
use outx_flow::yaml::{MAX_BYTES, MAX_COPIED, MAX_DEPTH, MAX_NODES, Node, NodeValue, Text, TextStyle, load};
use proptest::prelude::*;
use serde_json::json;
use std::fmt::Write as _;
use std::path::PathBuf;

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/yaml");

/// All files of a folder, each given to `show`, whose answer is the snapshot beside the file.
fn each_file(folder: &str, show: impl Fn(&Source) -> String) {
    let folder = PathBuf::from(DATA).join(folder);
    let mut files: Vec<PathBuf> =
        folder.read_dir().expect("data").map(|entry| entry.expect("entry").path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "yaml"));
    files.sort();
    assert!(files.len() > 4, "the data is missing");
    for file in files {
        let name = file.file_name().expect("name").to_string_lossy().into_owned();
        let source = Source::new(name.as_str(), std::fs::read_to_string(&file).expect("readable"));
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(&folder);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name.trim_end_matches(".yaml"), show(&source)));
    }
}

fn refused(text: &str) -> Vec<Diagnostic> {
    load(&Source::new("x.yaml", text)).expect_err("refused")
}

fn code(text: &str) -> &'static str {
    refused(text)[0].code
}

fn loaded(text: &str) -> Node {
    load(&Source::new("x.yaml", text)).unwrap_or_else(|found| panic!("{text:?}: {found:?}"))
}

/// Every text of a tree.
fn texts<'a>(node: &'a Node, found: &mut Vec<(&'a Text, Span)>) {
    match &node.value {
        NodeValue::Text(text) => found.push((text, node.span)),
        NodeValue::List(items) => items.iter().for_each(|item| texts(item, found)),
        NodeValue::Map(entries) => entries.iter().for_each(|(_, value)| texts(value, found)),
        _ => {}
    }
}

#[test]
fn what_is_well_formed_is_read() {
    each_file("ok", |source| match load(source) {
        Ok(node) => serde_json::to_string_pretty(&node.to_json()).expect("json"),
        Err(found) => panic!("{}", render(source, &found, false)),
    });
}

#[test]
fn mistakes_are_named_with_place_and_remedy() {
    each_file("err", |source| {
        let found = load(source).expect_err(source.name());
        for finding in &found {
            assert!(finding.help.is_some(), "{}: no remedy: {}", source.name(), finding.message);
        }
        render(source, &found, false)
    });
}

/// The places of the expressions `${{ a }}` to `${{ y }}` in a file with all styles.
#[test]
fn places_inside_values_are_exact_in_all_styles() {
    let text = "plain: Hello ${{ a.b }}, 你好 ${{ c }} x   # c\nmulti: one ${{ d }}\n  two 🙂 ${{ e }}\n\n  three ${{ f }}\nsq: 'it''s ${{ g }}\n  and ''${{ h }}'' '\ndq: \"tab\\t\\u4f60 ${{ i }} \\\n   joined ${{ j }}\n  folded \\\"${{ k }}\\\"\\ud83d\\ude42 ${{ k2 }}\"\nlit: |\n  first ${{ l }}\n\n    deep 你 ${{ m }}\nfold: >-\n  a ${{ n }}\n  b ${{ o }}\n\n    kept ${{ p }}\n  c ${{ q }}\nseq: [ '${{ r }}', \"${{ s }}\" ]\n? key t\n: !!str &x ${{ u }}\r\nkeep: |2+ # c\n   ${{ v }}\n\nlist:\n- |\n ${{ w }}\n- >\n  y\n  ${{ x }}\nand: *x\nlast: ${{ y }}";
    for text in [text.to_owned(), text.replace('\r', "").replace('\n', "\r\n")] {
        let tree = loaded(&text);
        let mut found = Vec::new();
        texts(&tree, &mut found);
        let mut seen = 0;
        for (value, _) in found {
            for (offset, _) in value.value.match_indices("${{ ") {
                let name = value.value[offset + 4..].split(' ').next().expect("a name");
                let written = format!("${{{{ {name} }}}}");
                let want = text.find(&written).expect("written");
                let end = offset + written.len();
                assert_eq!(value.place_in_source(&text, offset), want, "{name} in {:?}", value.style);
                assert_eq!(
                    value.span_in_source(&text, Span::new(offset, end)),
                    Span::new(want, want + written.len()),
                    "{name} in {:?}",
                    value.style
                );
                seen += 1;
            }
        }
        assert_eq!(seen, 25, "all of them, and the alias's again");
    }
}

#[test]
fn spans_hold_what_they_name() {
    let text = "a: \"你好\" # x\r\n🙂: [b, {c: d}]\r\ne:\r\n  - f: 'g'\r\n    h: i j\r\n\r\n";
    let source = Source::new("x.yaml", text);
    let tree = load(&source).expect("good");
    let slice = |node: &Node| source.slice(node.span).to_owned();
    let at = |key: &str| tree.get(key).expect("there");
    assert_eq!(slice(at("a")), "\"你好\"");
    assert_eq!(slice(at("🙂")), "[b, {c: d}]");
    assert_eq!(slice(at("e")), "- f: 'g'\r\n    h: i j");
    assert_eq!(slice(&at("🙂").as_list().expect("list")[1]), "{c: d}");
    let keys: Vec<&str> = tree.as_map().expect("map").iter().map(|(key, _)| source.slice(key.span)).collect();
    assert_eq!(keys, ["a", "🙂", "e"]);
    assert_eq!(source.place(at("🙂").as_list().expect("list")[0].span.start).column, 5);
}

#[test]
fn a_comment_behind_plain_text_is_told() {
    let cut = |text: &str| {
        let tree = loaded(text);
        let value = tree.get("a").and_then(Node::as_text).expect("text");
        value.cut_by_comment.map(|span| text[span.start..span.end].to_owned())
    };
    assert_eq!(cut("a: we are #1  \nb: x"), Some("#1  ".into()));
    assert_eq!(cut("a: x\t# y\r\n"), Some("# y".into()));
    assert_eq!(cut("a: x\n  y # z\n"), Some("# z".into()));
    assert_eq!(cut("a: x#1\n# z\n"), None);
    assert_eq!(cut("a: 'x' # z\n"), None);
    assert_eq!(cut("a: |  # z\n  x # y\n"), None);
    assert_eq!(cut("{ a: x # y\n}"), Some("# y".into()));
    let literal = loaded("a: |\n  x\n");
    assert_eq!(literal.get("a").and_then(Node::as_text).map(|text| text.style), Some(TextStyle::Literal));
}

#[test]
fn a_small_file_cannot_cost_much() {
    // 45 KB in which each of 3,000 elements is an alias of 3,000 more.
    let bomb = format!("a: &a [{}]\nb: [{}]\n", "x, ".repeat(7_500), "*a, ".repeat(5_600));
    assert!(bomb.len() < 46_000);
    assert_eq!(code(&bomb), "OX010");
    // Ten times ten times ten: exponential.
    let mut laughs = String::from("a0: &a0 lol\n");
    for level in 1..=20 {
        let name = level - 1;
        writeln!(laughs, "a{level}: &a{level} [{}]", vec![format!("*a{name}"); 10].join(", ")).expect("text");
    }
    assert_eq!(code(&laughs), "OX010");
    // A long text, many times: few nodes, many bytes.
    let long = format!("a: &a '{}'\nb: [{}]", "x".repeat(500_000), "*a,".repeat(5_000));
    assert_eq!(code(&long), "OX010");
    // Depth through aliases.
    let mut deep = String::from("a0: &a0 [x]\n");
    for level in 1..200 {
        writeln!(deep, "a{level}: &a{level} [*a{}]", level - 1).expect("text");
    }
    assert_eq!(code(&deep), "OX011");

    assert_eq!(code(&"- ".repeat(100_000)), "OX011");
    assert_eq!(code(&"[".repeat(100_000)), "OX011");
    assert_eq!(code(&"{a: ".repeat(100_000)), "OX011");
    assert_eq!(code(&format!("[{}]", "1,".repeat(MAX_NODES))), "OX011");
    assert_eq!(code(&"x".repeat(100_000_000)), "OX011");
    assert_eq!(code(&"a: b\n".repeat(90_000)), "OX006", "not more findings than anybody reads");
    assert!(refused(&"a: b\n".repeat(90_000)).len() <= 50);
    // Refusals of large files are still shown in little.
    for text in ["x".repeat(MAX_BYTES + 1), "- ".repeat(100_000), format!("a: {}: b", "y".repeat(900_000))] {
        let source = Source::new("x.yaml", text);
        let shown = render(&source, &load(&source).expect_err("refused"), false);
        assert!(shown.len() < 3_000, "{} bytes", shown.len());
    }
}

#[test]
fn the_limits_themselves_are_allowed() {
    assert!(load(&Source::new("x", format!("{}1{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH)))).is_ok());
    assert_eq!(code(&format!("{}1{}", "[".repeat(MAX_DEPTH + 1), "]".repeat(MAX_DEPTH + 1))), "OX011");
    assert!(load(&Source::new("x", format!("[{}]", "1,".repeat(MAX_NODES - 1)))).is_ok());
    let copies = |count: usize| format!("- &a 1\n{}", "- *a\n".repeat(count));
    assert!(load(&Source::new("x", copies(MAX_COPIED))).is_ok());
    assert_eq!(code(&copies(MAX_COPIED + 1)), "OX010");
    assert!(load(&Source::new("x", format!("'{}'", "x".repeat(MAX_BYTES - 2)))).is_ok());
}

#[test]
fn a_byte_order_mark_moves_nothing() {
    let source = Source::new("x.yaml", "\u{feff}a: b: c\n");
    let found = load(&source).expect_err("refused");
    assert_eq!(source.locate(found[0].span.start), "x.yaml:1:5");
}

#[test]
fn findings_for_programs() {
    let source = Source::new("dir/x.yaml", "你: 1\nb: 2\n你: 3\n");
    let found = load(&source).expect_err("refused");
    assert_eq!(
        found[0].to_json(&source),
        json!({
            "severity": "error", "code": "OX006", "message": "the key `你` stands here twice",
            "file": "dir/x.yaml", "line": 3, "column": 1, "end_line": 3, "end_column": 2,
            "label": "again", "help": "rename or remove one of them",
            "notes": [{ "line": 1, "column": 1, "message": "first here" }], "fix": null,
        })
    );
}

#[test]
fn marks_stand_under_what_they_mark() {
    let text = "a: x\n\tb: 你好 🙂 here\nc:\n  long\nend\n";
    let source = Source::new("x.yaml", text);
    let at = |word: &str| {
        let start = text.find(word).expect("there");
        Span::new(start, start + word.len())
    };
    let findings = [
        Diagnostic::error("OX000", "after wide characters\nand a tab", at("here")).with_label("this one"),
        Diagnostic::warning("OX000", "over several lines", Span::new(at("c:").start, at("end").start))
            .with_help("first\n\u{1b}[31mno colours\nlast"),
        Diagnostic::error("OX000", "at the end", Span::at(text.len())).with_note(at("a: x"), "far above"),
        Diagnostic::error("OX000", "beyond the end", Span::new(900, 2)),
    ];
    insta::with_settings!({ omit_expression => true, snapshot_path => DATA, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("marks", render(&source, &findings, false));
    });
    assert!(render(&source, &findings, true).contains("\u{1b}["));
    assert!(
        !render(&source, &findings, true).contains("\u{1b}[31mno"),
        "the file's own sequences are harmless"
    );
}

/// A workflow with all that the language has of YAML.
const WORKFLOW: &str = "outx: 1\nname: warm-intro\ninputs:\n  leads: { type: table, columns: { url: person }, required: [url] }\nvars: &v\n  note: \"Hello ${{ a.b }}, I liked \\u4f60\"\n  'k': 'it''s'\nsteps:\n  person:\n    each: ${{ inputs.leads }}\n    if: !!str x # c\n    with:\n      - |\n        block\n      - >-\n        folded\n        more\n      - *v\n";

/// What people's slips are made of.
const PIECES: [&str; 24] = [
    "\t", "\n", "\r\n", ": ", " #", "- ", "? ", "{", "}", "[", "]", "\"", "'", "\\", "|\n", ">\n", "&a ",
    "*a ", "!x ", "${{ ", "你", "🙂", "---\n", "%",
];

fn holds(text: &str) -> Result<(), TestCaseError> {
    let source = Source::new("x.yaml", text);
    match load(&source) {
        Ok(tree) => {
            let mut found = Vec::new();
            texts(&tree, &mut found);
            for (value, span) in found {
                prop_assert!(span.start <= span.end && span.end <= source.text().len());
                for (offset, _) in value.value.char_indices() {
                    let place = value.place_in_source(source.text(), offset);
                    prop_assert!(source.text().is_char_boundary(place), "{place} in {text:?}");
                    prop_assert!(span.start <= place && place <= span.end);
                }
                if value.style == TextStyle::Plain && !source.slice(span).contains(['\n', '\r']) {
                    prop_assert_eq!(source.slice(span), value.value.as_str());
                }
            }
        }
        Err(found) => {
            prop_assert!(!found.is_empty());
            for finding in &found {
                prop_assert!(
                    source.text().get(finding.span.start..finding.span.end).is_some(),
                    "{finding:?} in {text:?}"
                );
            }
            let shown = render(&source, &found, false);
            prop_assert!(shown.contains(&format!("--> {}", source.locate(found[0].span.start))), "{shown}");
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn loading_never_panics(text in "\\PC{0,60}|[ \\t\\n:#&*!|>'\"%@`{}\\[\\],a-c$?-]{0,80}") {
        holds(&text)?;
    }

    #[test]
    fn slips_in_a_workflow_never_panic(
        slips in prop::collection::vec((any::<prop::sample::Index>(), 0..PIECES.len(), 0..4_usize), 1..6),
    ) {
        let mut text = WORKFLOW.to_owned();
        for (at, piece, cut) in slips {
            let from = text.floor_char_boundary(at.index(text.len()));
            let to = text.ceil_char_boundary((from + cut).min(text.len()));
            text.replace_range(from..to, PIECES[piece]);
        }
        holds(&text)?;
    }

    #[test]
    fn places_in_quoted_texts(value in "[a-c \"'\\\\\\n\\t你🙂é\\u{7}]{0,30}") {
        // JSON is YAML, so this is a quoted text with escapes of several kinds.
        let text = format!("k: {}", json!(value));
        let tree = loaded(&text);
        let read = tree.get("k").and_then(Node::as_text).expect("text");
        prop_assert_eq!(&read.value, &value);
        for (offset, character) in value.char_indices().filter(|(_, character)| !character.is_whitespace()) {
            let written = &text[read.place_in_source(&text, offset)..];
            let escaped = matches!(character, '"' | '\\' | '\u{7}');
            prop_assert!(written.starts_with(if escaped { '\\' } else { character }), "{} in {}", offset, text);
        }
    }

    #[test]
    fn rendering_never_panics(
        text in "[a \\t\\n\\r你🙂é\\u{0}\\u{1b}\\u{301}\\u{200d}\\u{202e}x]{0,200}",
        spans in prop::collection::vec((0..250_usize, 0..250_usize), 1..4),
        repeat in prop::sample::select(vec![1_usize, 1, 1, 30]),
        message in "\\PC{0,20}",
    ) {
        let source = Source::new("dir/x.yaml", text.repeat(repeat));
        let mut finding = Diagnostic::error("OX000", message.as_str(), Span::new(spans[0].0, spans[0].1))
            .with_label(message.as_str())
            .with_help(message.as_str());
        for (start, end) in &spans[1..] {
            finding = finding.with_note(Span::new(*start, *end), message.as_str());
        }
        let shown = render(&source, &[finding.clone()], false);
        let place = source.locate(finding.span.start);
        prop_assert!(shown.contains(&format!("--> {place}\n")), "{} not in\n{}", place, shown);
        render(&source, &[finding.clone()], true);
        prop_assert!(finding.to_json(&source)["line"].is_number());
    }
}
