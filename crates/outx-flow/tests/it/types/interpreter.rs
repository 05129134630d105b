//! The tables of operators and functions against the interpreter: what it takes is never refused, what it gives
//! is of the type that was told, and what it never takes is found.

use outx_flow::expr::{Expr, ExprErrorKind, Scope, TypeFindingKind, TypeScope, Value, known_functions};

/// Values of each sort, as they are written. Those of one sort stand together: an operator or a function that takes
/// a sort at all takes one of these.
const SAMPLES: &[&[&str]] = &[
    &["null"],
    &["true", "false"],
    &["1", "0", "3"],
    &["1u", "2u"],
    &["1.5", "2.0"],
    &["'a'", "'1'", "'1h'", "'2026-01-02T00:00:00Z'", "'true'", "'Europe/Oslo'", "'YQ=='"],
    &["b'a'"],
    &["[1, 2]", "['a']", "[{'posted_at': 'a', 'a': 1}]"],
    &["{'a': 1}", "{1: 2}"],
    &["timestamp('2026-01-02T00:00:00Z')"],
    &["duration('1h')"],
    &["type(1)"],
    &["optional.of(1)", "optional.none()"],
];

/// What became of an expression: whether the interpreter takes such values, whatever comes of it.
enum Outcome {
    Value(Value),
    /// It takes such values; these did not suit it.
    Unsuited,
    NotTaken,
}

fn evaluate(text: &str) -> Outcome {
    // Whatever it gives becomes something that JSON has.
    let shown = format!("[{text}]");
    match Expr::parse(&shown).and_then(|it| it.evaluate(&Scope::new())) {
        Ok(value) => Outcome::Value(value.item(0).unwrap_or_default()),
        Err(error) if error.message().contains("not JSON") || error.message().contains("is not a value") => {
            Outcome::Unsuited
        }
        Err(error) if error.message().contains("number that JSON has") => Outcome::Unsuited,
        Err(error) => {
            let refuses = error.kind() == ExprErrorKind::Type
                || ["does not take", "cannot", " takes ", "unknown name"]
                    .iter()
                    .any(|it| error.message().contains(it));
            if refuses { Outcome::NotTaken } else { Outcome::Unsuited }
        }
    }
}

/// Holds all expressions of some sorts against the interpreter.
fn compare(texts: &[String]) {
    let mut taken = false;
    let mut found = None;
    for text in texts {
        let Ok(expr) = Expr::parse(text) else { return };
        let typed = expr.types(&TypeScope::new());
        let refused =
            typed.findings.iter().find(|it| !it.kind.is_warning() && it.kind != TypeFindingKind::Fails);
        match evaluate(text) {
            // Null has no items and mentions nothing, whatever else is asked.
            Outcome::Value(_) if text.contains("null") && is_null_safe(text) => taken = true,
            Outcome::Value(value) => {
                assert_eq!(refused, None, "{text} is {value:?}");
                assert!(typed.ty.holds(&value), "{text} is {value:?}, which is not {:?}", typed.ty);
                taken = true;
            }
            Outcome::Unsuited => {
                assert_eq!(refused, None, "{text} takes such values");
                taken = true;
            }
            Outcome::NotTaken => {}
        }
        found = found.or(refused.map(|it| it.message.clone()));
    }
    let null = texts.iter().any(|text| text.contains("null"));
    assert!(taken || null || found.is_some(), "nothing is found, but the interpreter never takes {texts:?}");
}

fn is_null_safe(text: &str) -> bool {
    ["mentions(", "first(", "last(", "newest(", "distinct_by("].iter().any(|it| text.contains(it))
}

#[test]
fn operators_take_what_the_interpreter_takes() {
    for sign in ["+", "-", "*", "/", "%", "<", "<=", ">", ">=", "==", "!=", "in"] {
        for left in SAMPLES {
            for right in SAMPLES {
                let texts = left.iter().flat_map(|l| right.iter().map(move |r| format!("{l} {sign} {r}")));
                compare(&texts.collect::<Vec<_>>());
            }
        }
    }
    for of in SAMPLES {
        for sign in ["-", "!"] {
            compare(&of.iter().map(|it| format!("{sign}({it})")).collect::<Vec<_>>());
        }
        for sign in ["&&", "||"] {
            compare(&of.iter().map(|it| format!("{it} {sign} {it}")).collect::<Vec<_>>());
        }
        compare(&of.iter().map(|it| format!("{it} ? 1 : 'a'")).collect::<Vec<_>>());
        for key in SAMPLES {
            let texts = of.iter().flat_map(|l| key.iter().map(move |r| format!("{l}[{r}]")));
            for text in texts {
                // Whether a key is there is another question than whether such keys are taken.
                let typed = Expr::parse(&text).map(|it| it.types(&TypeScope::new()));
                if let (Ok(typed), Outcome::Value(value)) = (typed, evaluate(&text)) {
                    assert!(typed.findings.is_empty(), "{text}: {:?}", typed.findings);
                    assert!(typed.ty.holds(&value), "{text} is {value:?}, which is not {:?}", typed.ty);
                }
            }
        }
    }
}

#[test]
fn functions_take_what_the_interpreter_takes() {
    const MACROS: &[&str] = &[
        "all",
        "cel.bind",
        "exists",
        "exists_one",
        "existsOne",
        "filter",
        "has",
        "map",
        "optFlatMap",
        "optMap",
        "sortBy",
        "transformList",
        "transformMap",
        "transformMapEntry",
    ];
    let mut tried = 0;
    for function in known_functions()
        .iter()
        .filter(|it| !MACROS.contains(&it.name) && !["ago", "contacted"].contains(&it.name))
    {
        let name = function.name;
        compare(&[format!("{name}()")]);
        for one in SAMPLES {
            compare(&one.iter().map(|a| format!("{name}({a})")).collect::<Vec<_>>());
            // Nothing of a namespace is called on a value.
            let member = !name.contains('.');
            if member {
                compare(&one.iter().map(|a| format!("{a}.{name}()")).collect::<Vec<_>>());
            }
            tried += 2;
            for two in SAMPLES {
                let pairs: Vec<(&str, &str)> =
                    one.iter().flat_map(|a| two.iter().map(move |b| (*a, *b))).collect();
                compare(&pairs.iter().map(|(a, b)| format!("{name}({a}, {b})")).collect::<Vec<_>>());
                if member {
                    compare(&pairs.iter().map(|(a, b)| format!("{a}.{name}({b})")).collect::<Vec<_>>());
                }
                tried += 2;
            }
        }
        // Of three and four, the first sample of each sort has to do.
        for (a, b, c) in triples(&["true", "1", "1.5", "'a'", "[1, 2]"]).filter(|_| !name.contains('.')) {
            compare(&[format!("{a}.{name}({b}, {c})")]);
        }
    }
    let firsts: Vec<&str> = SAMPLES.iter().map(|sort| sort[0]).filter(|it| *it != "type(1)").collect();
    for (a, b, c) in triples(&firsts) {
        compare(&[format!("'aba'.replace({a}, {b}, {c})")]);
        compare(&[format!("default({a}, {b}, {c})")]);
    }
    assert!(tried > 20_000, "{tried}");
}

fn triples<'a>(of: &'a [&'a str]) -> impl Iterator<Item = (&'a str, &'a str, &'a str)> {
    of.iter().flat_map(move |a| of.iter().flat_map(move |b| of.iter().map(move |c| (*a, *b, *c))))
}
