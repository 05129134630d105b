//! Expressions, whatever is drawn: the fast paths are the interpreter's, JSON survives, nothing panics.

use crate::expr::scope;
use outx_flow::expr::{Expr, Scope, Template, Value};
use proptest::prelude::*;
use serde_json::json;

/// A plain path of the scope, right or wrong.
fn path() -> impl Strategy<Value = String> {
    let root = prop::sample::select(vec!["steps", "inputs", "xs", "nothing", "list"]);
    let part = prop::sample::select(vec![
        ".a",
        ".output",
        ".none",
        ".posts",
        "[0]",
        "[7]",
        "['a']",
        "[\"output\"]",
        ".l",
        ".m",
        ".text",
        ".name",
        ".in",
        "[-1]",
        "['x']",
    ]);
    (root, prop::collection::vec(part, 0..5)).prop_map(|(root, parts)| format!("{root}{}", parts.concat()))
}

/// Values of all sorts under short names.
fn mixed() -> Scope {
    let values = json!({ "t": true, "f": false, "a": "a", "b": "b", "n": null, "i": 1, "d": 1.0, "l": ["a"], "m": { "a": "a" } });
    Scope::new().with("v", Value::from_json(values)).with("w", Value::from_json(json!("a")))
}

/// A condition over those, plain or not, right or wrong.
fn condition() -> impl Strategy<Value = String> {
    let side = prop::sample::select(vec![
        "v.t", "v.f", "v.a", "v.b", "v.n", "v.i", "v.d", "v.l", "v.m", "v.m.a", "v.none", "w", "nothing",
        "'a'", "'b'", "true", "false", "null", "1", "v.l[0]",
    ]);
    let equal = (side.clone(), prop::sample::select(vec!["==", "!="]), side.clone())
        .prop_map(|(left, sign, right)| format!("{left} {sign} {right}"));
    let leaf = prop_oneof![3 => equal, 1 => side.prop_map(str::to_owned)];
    leaf.prop_recursive(4, 16, 2, |inner| {
        let sign = prop::sample::select(vec!["&&", "||"]);
        let both = (inner.clone(), sign, inner.clone())
            .prop_map(|(left, sign, right)| format!("({left}) {sign} ({right})"));
        prop_oneof![3 => both, 1 => inner.prop_map(|inner| format!("!({inner})"))]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn plain_conditions_are_the_same_as_in_the_interpreter(text in condition()) {
        let fast = Expr::parse(&text).and_then(|it| it.evaluate(&mixed()));
        let full = Expr::parse_in_full(&text).and_then(|it| it.evaluate(&mixed()));
        prop_assert_eq!(fast, full);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn the_fast_path_is_the_same_as_the_interpreter(text in path()) {
        let (fast, full) = (Expr::parse(&text), Expr::parse_in_full(&text));
        let (fast, full) = match (fast, full) {
            (Ok(fast), Ok(full)) => (fast, full),
            (fast, full) => return { prop_assert_eq!(fast.err(), full.err()); Ok(()) },
        };
        prop_assert_eq!(fast.references(), full.references());
        prop_assert_eq!(fast.evaluate(&scope()), full.evaluate(&scope()));
    }

    #[test]
    fn plain_literals_are_the_same_as_in_the_interpreter(text in r#"-?[0-9]{1,20}|'[a-zé$ }{]{0,8}'|"[a-z']{0,6}"|true|false|null"#) {
        let fast = Expr::parse(&text).and_then(|it| it.evaluate(&scope()));
        let full = Expr::parse_in_full(&text).and_then(|it| it.evaluate(&scope()));
        prop_assert_eq!(fast, full);
    }

    #[test]
    fn json_survives_an_expression(numbers in prop::collection::vec(any::<i64>(), 0..5), text in ".*", key in "[a-z]{1,5}") {
        let json = json!({ key.clone(): numbers, "t": { "text": text } });
        let scope = Scope::new().with("x", Value::from_json(json.clone()));
        for source in ["x", "[x][0]", "{'v': x}.v", "x.transformMap(k, v, v)", "default(x, 1)"] {
            let value = Expr::parse(source).and_then(|it| it.evaluate(&scope)).map(|it| it.to_json());
            prop_assert_eq!(value, Ok(json.clone()), "{}", source);
        }
    }

    #[test]
    fn no_text_panics(text in r#"(\PC|[a-z.()\[\]{}'"$?:&|+!,\\ \n]){0,60}"#) {
        if let Ok(expr) = Expr::parse(&text) {
            drop(expr.evaluate(&scope()));
        }
        if let Ok(template) = Template::parse(&text) {
            drop(template.evaluate(&scope()));
        }
    }

    #[test]
    fn nothing_made_of_words_of_the_language_panics(words in prop::collection::vec(prop::sample::select(vec![
        "steps", ".a", ".output", "[", "]", "(", ")", "{", "}", "'x'", "1", "-1", "2.5", "+", "-", "*", "/", "%", "==", "!=", "<", ">=", "&&", "||", "!",
        "?", ":", ",", " in ", "default(", "xs", ".map(x, ", ".filter(y, ", ".all(i, v, ", "size(", "mentions(", "null", "true", "x", "has(", "inputs.l",
        "cel.bind(x, ", ".?a", "[?", ".sort()", ".join(", ".replace(", "timestamp(", "duration('1h')", "b'x'", "1u", "math.greatest(", "newest(", ".first()",
        "${{", "}}", "optional.of(", "Foo{", "\n", "//", "`a b`", "r'", "'''",
    ]), 0..14)) {
        let text = words.concat();
        if let Ok(expr) = Expr::parse(&text) {
            drop(expr.evaluate(&scope()));
        }
        drop(Template::parse(&text).and_then(|it| it.evaluate(&scope())));
    }
}
