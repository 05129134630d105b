//! Hostile bytes for the loader, the checker, the expressions, and from programs that are kinds.
//!
//! A driver of a few lines, on the stable toolchain: it changes texts of a corpus and keeps those that bring about what no
//! text did before, told by the sorts of findings and values that come of it. A text that panics, hangs or breaks a law is
//! written beside the corpus, which is tried whole at each run, so that it fails from then on until it is mended.
//!
//! `OUTX_FUZZ=10m cargo test --release --package outx-flow --test it fuzz` goes on for so long, and writes what was new into
//! the corpus; without it a short run with one seed is made.

#![expect(clippy::expect_used, clippy::print_stderr, reason = "helpers of tests fail and speak as tests do")]
#![expect(
    clippy::disallowed_methods,
    reason = "whether a text keeps people waiting is a matter of the real clock"
)]

use outx_flow::diagnostic::{Source, Span, mend, render};
use outx_flow::expr::{Scope, Template, Value};
use outx_flow::yaml::{Node, NodeValue, load};
use outx_flow::{CheckOptions, check, parse_duration};
use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// No text may keep anybody waiting for so long. Far above what a debug build takes, for machines that do other work, too.
const TOO_LONG: Duration = Duration::from_secs(10);

/// So many texts are tried in the short run.
const SHORT: usize = 1_500;

/// Texts longer than this are cut: what is large is the business of tests of its own.
const LONGEST: usize = 4_000;

/// What a text brings about, in words that are the same for the same sort of thing.
type Behaviour = BTreeSet<String>;

struct Target {
    name: &'static str,
    /// Does what is to be tried, asserts the laws, and says how it went.
    run: fn(&[u8]) -> Behaviour,
    /// Pieces that mean something.
    pieces: &'static [&'static str],
}

/// A generator of numbers, the same from the same seed.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % most.max(1) as u64).unwrap_or_default()
    }
}

/// A text with a few changes, each of which may take a part of another text.
fn changed(text: &[u8], other: &[u8], pieces: &[&str], draw: &mut Draw) -> Vec<u8> {
    let mut text = text.to_vec();
    for _ in 0..=draw.below(4) {
        let at = draw.below(text.len() + 1);
        let length = draw.below(12).min(text.len() - at);
        let long = draw.below(200).min(text.len() - at);
        match draw.below(8) {
            0 => drop(text.splice(at..at + length, [])),
            1 => drop(text.splice(at..at, pieces[draw.below(pieces.len())].bytes())),
            2 => drop(text.splice(at..at + length, pieces[draw.below(pieces.len())].bytes())),
            3 if at < text.len() => text[at] ^= 1 << draw.below(8),
            4 => {
                let again = text[at..at + long].repeat(1 + draw.below(3));
                drop(text.splice(at..at, again));
            }
            5 => {
                let from = draw.below(other.len() + 1);
                let to = (from + draw.below(300)).min(other.len());
                drop(text.splice(at..at, other[from..to].iter().copied()));
            }
            6 => {
                let line = pieces[draw.below(pieces.len())].repeat(1 + draw.below(20));
                drop(text.splice(at..at, line.bytes()));
            }
            _ => drop(text.splice(at..at + long, [])),
        }
        text.truncate(LONGEST);
    }
    text
}

/// The beginning of a message, without what it quotes: names out of a text tell no sorts apart.
fn sort(message: &str) -> String {
    let own = message.split(['`', '\'']).next().unwrap_or_default();
    own.split(' ').filter(|word| word.bytes().all(|byte| byte.is_ascii_lowercase())).take(9).collect()
}

fn folder(target: &Target) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/fuzz").join(target.name)
}

/// The committed texts, and those of the other tests where they fit.
fn corpus(target: &Target) -> Vec<Vec<u8>> {
    let mut folders = vec![folder(target)];
    if target.name == "loader" {
        let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data");
        folders.extend(["check/ok", "check/err", "yaml/ok", "yaml/err"].map(|folder| data.join(folder)));
    }
    let mut files: Vec<PathBuf> = folders
        .iter()
        .flat_map(|folder| {
            folder.read_dir().expect("the corpus").map(|entry| entry.expect("an entry").path())
        })
        .filter(|path| path.extension().is_none_or(|ending| ending != "snap"))
        .collect();
    files.sort();
    files.iter().map(|path| fs::read(path).expect("readable")).collect()
}

/// Tries one text; it is kept where it fails.
fn attempt(target: &Target, text: &[u8]) -> Behaviour {
    let begun = Instant::now();
    let done = catch_unwind(AssertUnwindSafe(|| (target.run)(text)));
    let took = begun.elapsed();
    let why = match &done {
        Ok(behaviour) if took <= TOO_LONG => return behaviour.clone(),
        Ok(_) => format!("it took {took:?}"),
        Err(_) => "it broke a law, or panicked".to_owned(),
    };
    let path = folder(target).join(format!("failed-{}", outx_model::ContentHash::of_bytes(text)));
    fs::write(&path, text).expect("written");
    panic!("{why}; the text is {}", path.display());
}

fn fuzz(target: &Target) {
    let asked = std::env::var("OUTX_FUZZ").ok();
    let length = asked.as_deref().map(|length| parse_duration(length).expect("a duration"));
    let mut texts = corpus(target);
    assert!(texts.len() >= 8, "the corpus is missing");
    let mut seen: BTreeSet<String> = texts.iter().flat_map(|text| attempt(target, text)).collect();
    let first = if length.is_some() { u64::from(std::process::id()) } else { 7 };
    let (mut draw, begun, mut tried) = (Draw(first), Instant::now(), 0);
    while length.map_or(tried < SHORT, |length| begun.elapsed() < length) {
        tried += 1;
        let (one, other) = (draw.below(texts.len()), draw.below(texts.len()));
        let text = changed(&texts[one], &texts[other], target.pieces, &mut draw);
        let behaviour = attempt(target, &text);
        if !behaviour.is_subset(&seen) {
            seen.extend(behaviour);
            if length.is_some() && text.len() <= 400 {
                let name = outx_model::ContentHash::of_bytes(&text).to_string();
                fs::write(folder(target).join(&name[..16]), &text).expect("written");
            }
            texts.push(text);
        }
    }
    eprintln!("{}: {tried} texts, {} sorts of behaviour, seed {first}", target.name, seen.len());
}

#[test]
fn files_that_nobody_would_write() {
    fuzz(&Target {
        name: "loader",
        run: load_and_check,
        pieces: &[
            "\n",
            "\n  ",
            "\t",
            ": ",
            " #",
            "- ",
            "? ",
            "{",
            "}",
            "[",
            "]",
            ",",
            "\"",
            "'",
            "\\",
            "|\n",
            ">-\n",
            "&a ",
            "*a",
            "!x ",
            "!!str ",
            "<<: ",
            "${{ ",
            " }}",
            "---\n",
            "...\n",
            "%YAML 1.2\n",
            "\u{feff}",
            "你",
            "🙂",
            "\r\n",
            "\0",
            "\u{85}",
            "\u{2028}",
            "outx: 1\n",
            "steps:\n",
            "uses: core.set\n",
            "each: [1]\n",
            "if: steps.a.output\n",
            "needs: [a]",
            "after: a\n",
            "0x",
            "1e9",
            ".inf",
            "~",
            "9223372036854775808",
            "steps.a.status",
            "default(",
            "inputs: {",
            "type: table",
            "schedule: { cron: ",
            "limits: {",
            "\\u12",
        ],
    });
}

#[test]
fn programs_that_say_anything() {
    fuzz(&Target {
        name: "protocol",
        run: super::protocol::talk_of,
        pieces: &[
            "\n",
            "\n...\n",
            "{",
            "}",
            "[",
            "\"",
            ",",
            ":",
            "\"outx\":1,",
            "\"name\":\"score\",",
            "\"version\":\"1\",",
            "\"doc\":\"d\",",
            "\"effect\":\"write\",",
            "\"effect\":\"none\"",
            "\"effect\":\"read\"",
            "\"timeout\":\"1h\"",
            "\"timeout\":\"99999999999999999999d\"",
            "\"input\":{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}}}",
            "\"required\":[\"a\"]",
            "{\"say\":\"progress\",\"message\":\"x\"}\n",
            "{\"say\":\"result\",\"output\":{\"n\":1}}\n",
            "{\"say\":\"result\"}\n",
            "{\"say\":\"error\",\"message\":\"no\"}\n",
            "{\"say\":\"refused\",\"message\":\"busy\",\"after\":\"30s\"}\n",
            "\"after\":\"292000000d\"",
            "\"after\":null",
            "null",
            "1e999",
            "-0",
            "\\ud800",
            "\u{fdd0}",
            "\0",
            "\r",
            "你",
        ],
    });
}

/// Whatever stands in a file is refused with places that are in it, or is a tree whose places are.
fn load_and_check(bytes: &[u8]) -> Behaviour {
    let (source, unreadable) = Source::from_bytes("x.yaml", bytes);
    if unreadable.is_some() {
        return Behaviour::from(["not a text".to_owned()]);
    }
    let mut behaviour = Behaviour::new();
    if let Ok(tree) = load(&source) {
        sorts(&tree, &source, &mut behaviour);
    }
    let checked = check(&source, &CheckOptions::shipped());
    assert_eq!(
        checked.workflow.is_none(),
        checked.diagnostics.iter().any(outx_flow::diagnostic::Diagnostic::is_error)
    );
    for found in &checked.diagnostics {
        assert!(found.span.start <= found.span.end && found.span.end <= source.text().len(), "{found:?}");
        behaviour.insert(format!("{} {}", found.code, sort(&found.message)));
        if let Some(fix) = &found.fix {
            assert!(fix.fits(source.text()), "{found:?}");
        }
    }
    assert!(checked.diagnostics.is_empty() || !render(&source, &checked.diagnostics, true).is_empty());
    let mended = mend(source.text(), &checked.diagnostics, |_, _| true);
    assert!(!mended.made.is_empty() || mended.text == source.text());
    behaviour
}

fn sorts(node: &Node, source: &Source, behaviour: &mut Behaviour) {
    assert!(source.text().get(node.span.start..node.span.end).is_some(), "{:?}", node.span);
    match &node.value {
        NodeValue::Text(text) => {
            behaviour.insert(format!("{:?}", text.style));
            let end = text.value.len();
            let place = text.span_in_source(source.text(), Span::new(end / 2, end));
            assert!(source.text().get(place.start..place.end).is_some(), "{place:?}");
        }
        NodeValue::List(items) => items.iter().for_each(|item| sorts(item, source, behaviour)),
        NodeValue::Map(entries) => {
            for (_, value) in entries {
                sorts(value, source, behaviour);
            }
        }
        _ => drop(behaviour.insert(node.type_name().to_owned())),
    }
}

#[test]
fn expressions_that_nobody_would_write() {
    fuzz(&Target {
        name: "expression",
        run: evaluate,
        pieces: &[
            "${{ ",
            " }}",
            "'",
            "\"",
            "\"\"\"",
            "r'",
            "b'",
            "\\",
            "(",
            ")",
            "[",
            "]",
            "{",
            "}",
            ".",
            "?.",
            ",",
            "+",
            "-",
            "*",
            "/",
            "%",
            "==",
            "!=",
            "<=",
            "&&",
            "||",
            "!",
            "? 1 : 2",
            " in ",
            "inputs",
            "inputs.list",
            "inputs.text",
            "size(",
            "default(",
            ".map(x, ",
            ".filter(x, ",
            ".all(i, v, ",
            ".exists(x, ",
            "has(",
            "cel.bind(x, ",
            ".join(',')",
            ".split('')",
            ".replace('a', ",
            ".format([",
            "first(",
            "newest(",
            "distinct_by(",
            "mentions(",
            "math.greatest(",
            "base64.encode(b'",
            "lists.range(",
            "string(",
            "int(",
            "double(",
            "duration('1h')",
            "timestamp('",
            "9223372036854775807",
            "-9223372036854775808",
            "1e308",
            "0u",
            "null",
            "true",
            "//",
            "你",
            "\u{7f}",
            "`",
            "[1, 2, 3]",
            "{'a': 1}",
            ".flatten()",
            ".sortBy(x, ",
            ".reverse()",
            "slug(",
            "ago('1d')",
        ],
    });
}

/// Whatever stands in a text is refused with a place in it, or has a value, within the limits of cost.
fn evaluate(bytes: &[u8]) -> Behaviour {
    let Ok(text) = std::str::from_utf8(bytes) else { return Behaviour::from(["not a text".to_owned()]) };
    let mut behaviour = Behaviour::new();
    let told = |error: &outx_flow::expr::ExprError| {
        assert!(error.offset().is_none_or(|offset| offset <= text.len()), "{error:?}");
        sort(error.message())
    };
    let scope = Scope::new().with(
        "inputs",
        Value::from_json(serde_json::json!({ "text": "a b", "list": [1, 2, { "a": null }], "n": 7 })),
    );
    for template in [Template::parse(text), Template::parse_condition(text)] {
        let template = match template {
            Ok(template) => template,
            Err(error) => {
                behaviour.insert(told(&error));
                continue;
            }
        };
        for reference in template.references() {
            assert!(text.get(reference.offset..).is_some(), "{reference:?}");
        }
        behaviour.insert(match template.evaluate(&scope) {
            Ok(value) => format!("gives {}", value.kind()),
            Err(error) => told(&error),
        });
    }
    behaviour
}
