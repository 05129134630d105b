//! Expressions and texts: values, references, functions, limits, errors.

use outx_flow::expr::{Expr, ExprError, ExprErrorKind, Scope, Template, Value, known_functions};
use serde_json::{Value as Json, json};

/// What a workflow has at hand: one of everything.
pub(crate) fn scope() -> Scope {
    Scope::new()
        .with(
            "steps",
            Value::from_json(json!({
                "a": { "output": {
                    "name": "Ada", "none": null, "followers": 980, "ratio": 0.5, "big": u64::MAX,
                    "posts": [
                        { "text": "On Rust and rest", "likes": 3, "posted_at": "2026-01-02T00:00:00Z", "by": "x" },
                        { "text": null, "likes": 5, "posted_at": "2026-03-02T00:00:00Z", "by": "y" },
                        { "text": "third", "likes": 1, "posted_at": null, "by": "x" },
                    ],
                    "field with space": true,
                } }
            })),
        )
        .with("inputs", Value::from_json(json!({ "topic": "rust", "l": [1, 2, 2, 3], "s": ["b", "a"], "m": { "b": 1, "a": [1] } })))
        .with("xs", Value::from_json((0..1000).collect::<Vec<i64>>().into()))
}

fn eval(text: &str) -> Result<Json, ExprError> {
    Expr::parse(text)?.evaluate(&scope()).map(|it| it.to_json())
}

fn good(text: &str) -> Json {
    match eval(text) {
        Ok(value) => value,
        Err(error) => panic!("{text}: {error} {error:?}"),
    }
}

fn bad(text: &str) -> ExprError {
    match eval(text) {
        Ok(value) => panic!("{text} is {value}"),
        Err(error) => error,
    }
}

#[test]
fn expressions_give_json() {
    for (text, value) in [
        ("steps.a.output.followers * 2", json!(1960)),
        ("steps.a.output.ratio + 0.5", json!(1.0)),
        ("steps.a.output.big", json!(u64::MAX)),
        ("'a' + \"b\"", json!("ab")),
        ("[1, 2.5, true, null, 'x', 3u]", json!([1, 2.5, true, null, "x", 3])),
        ("inputs.l.map(x, x * 2)", json!([2, 4, 4, 6])),
        ("{1: 'a', true: 'b'}", json!({ "1": "a", "true": "b" })),
        ("timestamp('2026-01-02T03:04:05Z') + duration('1h')", json!("2026-01-02T04:04:05Z")),
        ("[duration('90s')]", json!(["90s"])),
        ("duration('123.321456s').getMilliseconds()", json!(321)),
        ("timestamp('2026-01-02T03:04:05.678Z').getMilliseconds()", json!(678)),
        ("optional.none()", json!(null)),
        ("{'a': optional.of(1)}", json!({ "a": 1 })),
        ("steps.a.output.`field with space`", json!(true)),
        ("steps.?nothing.x.orValue(7)", json!(7)),
        ("has(steps.a.output.name) && !has(steps.b)", json!(true)),
    ] {
        assert_eq!(good(text), value, "{text}");
    }
}

#[test]
fn maps_keep_the_order_in_which_they_are_written() {
    assert_eq!(good("{'z': 1, 'a': {'y': 2, 'b': 3}}").to_string(), r#"{"z":1,"a":{"y":2,"b":3}}"#);
    assert_eq!(good("{'z': 1, 'a': 2}.map(k, k)"), json!(["z", "a"]));
    assert_eq!(good("inputs.m.transformMap(k, v, k)").to_string(), r#"{"b":"b","a":"a"}"#);
    for twice in ["{'a': 1, 'a': 2}", "{0: 1, 0u: 2}", "{1u: 1, 2: 2, 1: 3}"] {
        assert_eq!(bad(twice).message(), "a map has the same key twice", "{twice}");
    }
}

#[test]
fn shared_values_equal_written_ones_in_both_directions() {
    for text in [
        "inputs.l == [1, 2, 2, 3]",
        "[1, 2, 2, 3] == inputs.l",
        "[1.0, 2.0, 2.0, 3.0] == inputs.l",
        "inputs.m == {'a': [1], 'b': 1}",
        "{'a': [1], 'b': 1} == inputs.m",
        "[inputs.m] == [{'a': [1], 'b': 1}]",
        "inputs.l != [1, 2, 2]",
        "[1, 2, 2] != inputs.l",
        "2 in inputs.l && !(9 in inputs.l) && 'a' in inputs.m",
        "[1] in [inputs.m.a] && inputs.m.a in [[1]]",
        "[[1], inputs.m.a].distinct() == [[1]]",
        "type(inputs.l) == list && type(inputs.m) == map && type(inputs.topic) == string",
        "steps.a.output.none == null && null == steps.a.output.none",
        "inputs.topic == 'rust' && 'rust' == inputs.topic",
        "inputs.l[0] == 1 && 1 == inputs.l[0] && inputs.l[1] < 3 && steps.a.output.ratio < 1",
        "{inputs.topic: 1}.rust == 1",
        "{'rust': 1}[inputs.topic] == 1",
        "inputs.l + [9] == [1, 2, 2, 3, 9] && [9] + inputs.l == [9, 1, 2, 2, 3]",
    ] {
        assert_eq!(good(text), json!(true), "{text}");
    }
}

#[test]
fn the_extensions_work_on_shared_values() {
    for (text, value) in [
        ("inputs.s.join('-')", json!("b-a")),
        ("inputs.s.sort()", json!(["a", "b"])),
        ("inputs.l.distinct()", json!([1, 2, 3])),
        ("[[1], [2, [3]]].flatten()", json!([1, 2, [3]])),
        ("inputs.l.slice(1, 3)", json!([2, 2])),
        ("inputs.l.reverse()", json!([3, 2, 2, 1])),
        ("inputs.l.sortBy(x, -x)", json!([3, 2, 2, 1])),
        ("math.greatest(inputs.l)", json!(3)),
        ("lists.range(3)", json!([0, 1, 2])),
        ("inputs.topic.upperAscii().replace('U', '_')", json!("R_ST")),
        ("'aXbXc'.replace('X', '-', 1)", json!("a-bXc")),
        ("'%s has %d'.format([inputs.topic, size(inputs.l)])", json!("rust has 4")),
        ("base64.encode(bytes(inputs.topic))", json!("cnVzdA==")),
        ("'a,b'.split(',')", json!(["a", "b"])),
        ("inputs.m.map(k, k)", json!(["b", "a"])),
    ] {
        assert_eq!(good(text), value, "{text}");
    }
}

#[test]
fn comprehensions_take_two_variables_and_names_are_bound() {
    for (text, value) in [
        ("inputs.m.exists(k, v, k == 'b' && v == 1)", json!(true)),
        ("inputs.l.all(i, v, i < 4 && v > 0)", json!(true)),
        ("inputs.l.exists_one(i, v, v == 3)", json!(true)),
        ("inputs.s.transformList(i, v, v + string(i))", json!(["b0", "a1"])),
        ("inputs.s.transformList(i, v, i == 1, v)", json!(["a"])),
        ("inputs.m.transformMap(k, v, k == 'a', [v])", json!({ "a": [[1]] })),
        ("inputs.s.transformMapEntry(i, v, {v: i})", json!({ "b": 0, "a": 1 })),
        ("cel.bind(x, inputs.l[2], x + x)", json!(4)),
        ("[1].map(x, [2].map(y, x + y))", json!([[3]])),
    ] {
        assert_eq!(good(text), value, "{text}");
    }
    assert_eq!(bad("inputs.m.all(k, k, true)").kind(), ExprErrorKind::Syntax);
    assert_eq!(bad("inputs.m.all(k, 1, true)").kind(), ExprErrorKind::Syntax);
}

#[test]
fn a_name_with_a_dot_before_it_is_that_of_the_scope() {
    for (text, value) in [
        ("[1, 2].map(inputs, .inputs.topic)", json!(["rust", "rust"])),
        ("[1, 2].map(xs, xs + size(.xs))", json!([1001, 1002])),
        ("[1].map(inputs, default(.inputs.none, .inputs.topic))", json!(["rust"])),
        // What a loop binds covers a name of the scope, and a name of the scope covers a type.
        ("[1, 2].map(xs, xs)", json!([1, 2])),
        (".steps.a.output.name + '!'", json!("Ada!")),
    ] {
        assert_eq!(good(text), value, "{text}");
    }
    let scope = Scope::new().with("int", Value::from(3));
    let covered = Expr::parse("int + 1").and_then(|it| it.evaluate(&scope));
    assert_eq!(covered.map(|it| it.to_json()), Ok(json!(4)));
}

#[test]
fn default_stands_in_for_null_and_for_what_is_missing() {
    for (text, value) in [
        ("default(steps.a.output.name, 'x')", json!("Ada")),
        ("default(steps.a.output.none, 'x')", json!("x")),
        ("default(steps.a.output.nothing, 'x')", json!("x")),
        ("default(steps.b.output.name, 'x')", json!("x")),
        ("default(steps.a.output.none.name, 'x')", json!("x")),
        ("default(steps.a.output['none']['name'], 'x')", json!("x")),
        ("default(inputs.l[9], 0)", json!(0)),
        ("default(inputs.l.filter(x, x > 5)[0], 0)", json!(0)),
        ("default(steps.a.output.nothing + '!', 'x')", json!("x")),
        ("default({'a': 1}.b, 2)", json!(2)),
        ("default([{'a': 1}][0].b, 2)", json!(2)),
        ("default(steps.?b, 'x')", json!("x")),
        ("default(steps.a.?output.?name, 'x')", json!("Ada")),
        ("default(default(steps.b, null), default(steps.c, 'y'))", json!("y")),
        (
            "inputs.l.map(x, default(steps.a.output.posts[x].text, string(x)))",
            json!(["1", "third", "third", "3"]),
        ),
        ("steps.a.output.posts.map(p, default(p.text, ''))", json!(["On Rust and rest", "", "third"])),
        ("size(default(steps.b.output.posts, [])) > 0", json!(false)),
        // The second is computed only where it is needed.
        ("default(1, 1 / 0)", json!(1)),
        ("default(cel.bind(x, 1, x), 2)", json!(1)),
    ] {
        assert_eq!(good(text), value, "{text}");
    }
    // Every other mistake is still one.
    assert_eq!(bad("default(1 / 0, 2)").message(), "division by zero");
    assert_eq!(bad("default(unknown.x, 2)").message(), "unknown name `unknown`");
    assert_eq!(bad("default(steps.a.output.name.x, 2)").message(), "a text has no fields");
    assert!(bad("default(steps.b, steps.c)").message().starts_with("no such field `c`"));
}

#[test]
fn the_functions_of_the_language() {
    for (text, value) in [
        ("steps.a.output.posts.exists(p, mentions(p.text, [inputs.topic]))", json!(true)),
        ("mentions('Trust me', ['rust'])", json!(false)),
        ("mentions(null, ['rust']) || mentions('rust', null) || mentions('rust', [])", json!(false)),
        ("mentions('I am RUSTY. Rust!', 'rust')", json!(true)),
        ("first_name('Dr. Ada Lovelace')", json!("Ada")),
        ("first_name(null)", json!(null)),
        ("slug('https://www.linkedin.com/in/ada/')", json!("ada")),
        ("slug(null)", json!(null)),
        ("first(inputs.s) + inputs.s.last()", json!("ba")),
        ("first([])", json!(null)),
        ("last(null)", json!(null)),
        ("newest(steps.a.output.posts).likes", json!(5)),
        ("steps.a.output.posts.newest('likes').likes", json!(5)),
        ("newest([])", json!(null)),
        ("distinct_by(steps.a.output.posts, 'by').map(p, p.likes)", json!([3, 5])),
        ("steps.a.output.posts.distinct_by('none').size()", json!(3)),
    ] {
        assert_eq!(good(text), value, "{text}");
    }
    assert_eq!(bad("slug('https://www.linkedin.com/company/x')").kind(), ExprErrorKind::Evaluation);
    assert_eq!(bad("mentions(1, ['x'])").message(), "mentions takes a text and a list of words");
    assert_eq!(bad("first('abc')").message(), "first takes a list");
}

#[test]
fn ago_counts_from_the_start_of_the_step() {
    let step = |at: &str| Scope::new().with("step", Value::from_json(json!({ "started_at": at })));
    let eval = |text: &str| Expr::parse(text).and_then(|it| it.evaluate(&step("2026-03-15T09:00:00.5Z")));
    for (text, value) in [
        ("ago('14d')", json!("2026-03-01T09:00:00.5Z")),
        ("ago('500ms')", json!("2026-03-15T09:00:00Z")),
        ("timestamp('2026-03-02T00:00:00+01:00') > ago('14d')", json!(true)),
        ("[1, 2].filter(x, timestamp('2026-02-02T00:00:00Z') > ago(string(x * 30) + 'd'))", json!([2])),
        ("ago('2h') - ago('3h') == duration('1h')", json!(true)),
        ("[ago('1h')].map(step, step < ago('30m'))[0]", json!(true)),
        ("default(ago('1d'), 'x')", json!("2026-03-14T09:00:00.5Z")),
    ] {
        assert_eq!(eval(text).map(|it| it.to_json()), Ok(value), "{text}");
    }
    for (text, message) in [
        ("ago('2 weeks')", "`2 weeks` is not a duration"),
        ("ago('99999999d')", "`99999999d` is longer than ten thousand years"),
        ("ago(14)", "ago takes a duration, such as ago('14d')"),
        ("ago()", "ago takes a duration, such as ago('14d')"),
    ] {
        let error = eval(text).expect_err(text);
        assert!(error.message().starts_with(message), "{text}: {error}");
    }
    let expr = Expr::parse("é == ago('14d')".trim_start_matches("é == ")).expect("good");
    let read: Vec<_> =
        expr.references().iter().map(|it| (it.root.as_str(), it.path.join("."), it.offset)).collect();
    assert_eq!(read, [("step", "started_at".to_owned(), 0)]);
    let late =
        Expr::parse("ago('1d')").and_then(|it| it.evaluate(&step("yesterday"))).expect_err("no moment");
    assert_eq!(late.message(), "`step.started_at` is no moment");
}

#[test]
fn errors_say_what_is_wrong_and_where() {
    for (text, message, offset) in [
        (
            "steps.a.output.nam",
            "no such field `nam`; there are name, none, followers, ratio, big, posts, field with space",
            Some(14),
        ),
        ("steps.b.output", "no such field `b`; there are a", Some(5)),
        ("1 + nothing.x", "unknown name `nothing`", Some(4)),
        ("inputs.l[9]", "the list has no item 9", None),
        ("steps.a.output.none.x", "cannot look into null", None),
        ("steps.a.output.name.x", "a text has no fields", None),
        ("1 / 0", "division by zero", None),
        ("'a'.matches('[a-')", "the pattern cannot be read: unclosed character class", Some(11)),
        ("int('many')", "the text is no number", Some(3)),
        ("timestamp('yesterday')", "that is no moment", Some(9)),
        ("duration('2 weeks')", "that is no duration", Some(8)),
        ("'a' + 1", "cannot add text and int", None),
        ("1 < 'a'", "cannot apply `<` to int and text", None),
        ("size(1)", "`size` does not take (int)", Some(4)),
        ("ago('14d')", "ago counts from `step.started_at`, which is not known here", None),
        (
            "contacted(1, '90d')",
            "contacted takes a person and a duration, such as contacted(lead.url, '90d')",
            None,
        ),
        (
            "contacted('ada')",
            "contacted takes a person and a duration, such as contacted(lead.url, '90d')",
            None,
        ),
        (
            "contacted('ada', '2 weeks')",
            "`2 weeks` is not a duration; write a whole number and a unit, such as 10ms, 30s, 5m, 6h or 14d",
            None,
        ),
        (
            "contacted('a b', '90d')",
            "`a b` is not the slug of a person; it is the last part of linkedin.com/in/NAME",
            None,
        ),
        (
            "contacted('ada', '90d')",
            "contacted asks the ledger of an account, and there is none here: only a run has one",
            None,
        ),
        ("nope(1)", "unknown name `nope`", Some(4)),
        ("0.0 / 0.0", "NaN is not a number that JSON has", None),
        ("[1.0 / 0.0]", "inf is not a number that JSON has", None),
        ("b'x'", "bytes are not JSON; say base64.encode(…) or string(…)", None),
        ("type(1)", "the type `int` is not a value; compare it, as in type(x) == int", None),
        ("9223372036854775807 + 1", "the number is too large", None),
        ("inputs.s.join(1)", "join takes a list of texts and a text to put between them", None),
    ] {
        let error = bad(text);
        assert_eq!(error.message(), message, "{text}");
        assert!(matches!(error.kind(), ExprErrorKind::Evaluation | ExprErrorKind::Type), "{text}");
        assert_eq!(error.offset(), offset, "{text}");
    }
    assert_eq!(bad("steps.b").help(), Some("say default(x, '…') where it may be missing"));
    assert_eq!(bad("'é' + nothing").offset(), Some(7), "offsets are bytes");
}

#[test]
fn what_is_not_an_expression_is_refused_with_its_place() {
    for (text, offset) in [
        ("", 0),
        ("1 +", 3),
        ("'é' + + 1", 7),
        ("a b", 2),
        ("a\n  ? b", 7),
        ("f(", 2),
        ("'open", 0),
        ("a.for(", 6),
        ("has(1)", 4),
        ("99999999999999999999", 0),
    ] {
        let error = Expr::parse(text).expect_err(text);
        assert_eq!(error.kind(), ExprErrorKind::Syntax, "{text}");
        assert_eq!(error.offset(), Some(offset), "{text}: {error}");
    }
}

/// Paths as `root.a.b`, with `!` behind a computed one.
fn references(text: &str) -> Vec<String> {
    let Ok(expr) = Expr::parse(text) else { panic!("{text} is an expression") };
    expr.references()
        .iter()
        .map(|it| {
            let mut name = it.root.clone();
            it.path.iter().for_each(|part| name = format!("{name}.{part}"));
            name + if it.computed { "!" } else { "" }
        })
        .collect()
}

#[test]
fn references_are_the_paths_from_free_names() {
    for (text, paths) in [
        ("steps.a.output.b", vec!["steps.a.output.b"]),
        (" steps.a ", vec!["steps.a"]),
        ("1 + size('x')", vec![]),
        ("steps['a']['b c'].d", vec!["steps.a.b c.d"]),
        ("steps.a.output.items[0].name", vec!["steps.a.output.items"]),
        ("steps[inputs.x].y", vec!["steps!", "inputs.x"]),
        ("steps.a[steps.b.c].d", vec!["steps.a", "steps.b.c"]),
        ("steps", vec!["steps!"]),
        ("steps.map(k, k)", vec!["steps!"]),
        ("steps.?a.?b.orValue(1)", vec!["steps.a.b"]),
        ("steps.a[?'b']", vec!["steps.a.b"]),
        ("has(steps.a.b) ? steps.a.b : inputs.c", vec!["steps.a.b", "steps.a.b", "inputs.c"]),
        ("steps.a.items.filter(i, i.x == inputs.y)", vec!["steps.a.items", "inputs.y"]),
        ("steps.a.transformMap(k, v, {k: v.x + inputs.z})", vec!["steps.a", "inputs.z"]),
        ("cel.bind(x, steps.a.b, x.c + y.d)", vec!["steps.a.b", "y.d"]),
        ("steps.a.exists(steps, steps.b) && steps.c.d", vec!["steps.a", "steps.c.d"]),
        ("math.greatest(inputs.l) + lists.range(2).size()", vec!["inputs.l"]),
        ("type(1) == int && x.`y-z`", vec!["x.y-z"]),
        (
            "default(lead.name, first_name(steps.p.output.full_name))",
            vec!["lead.name", "steps.p.output.full_name"],
        ),
        ("newest(steps.a.output.posts).text", vec!["steps.a.output.posts"]),
        ("steps.a.output.posts.sortBy(p, p.likes)", vec!["steps.a.output.posts"]),
    ] {
        assert_eq!(references(text), paths, "{text}");
    }
    let expr = Expr::parse("'é' + steps.a.b + inputs.c").expect("good");
    let offsets: Vec<_> = expr.references().iter().map(|it| it.offset).collect();
    assert_eq!(offsets, [7, 19]);
}

#[test]
fn calls_are_listed_with_name_arity_and_place() {
    let expr = Expr::parse("size(x) + y.trim() + math.abs(1) + ago('14d') + [1].map(z, foo(z, 1))[0]")
        .expect("good");
    let calls: Vec<_> = expr.functions().iter().map(|it| (it.name.as_str(), it.arity, it.member)).collect();
    assert_eq!(
        calls,
        [("size", 1, false), ("trim", 0, true), ("math.abs", 1, false), ("ago", 1, false), ("foo", 2, false)]
    );
    let source = expr.source();
    assert!(expr.functions().iter().all(|it| source[it.offset..].starts_with('(')), "{:?}", expr.functions());
    // A macro of the interpreter is called by the name that it has in the source.
    for name in ["math.greatest", "math.least"] {
        let expr = Expr::parse(&format!("{name}(1, 2)")).expect("good");
        assert_eq!(expr.functions().iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), [name]);
    }
}

#[test]
fn every_known_function_is_one_of_the_interpreter() {
    for function in known_functions() {
        let name = function.name;
        let unknown = |text: String| {
            let result = Expr::parse(&text).and_then(|it| it.evaluate(&scope()));
            result.is_err_and(|error| {
                error.message().contains("unknown name") || error.message().contains("called")
            })
        };
        // A macro expands with its number of arguments, a function says that it does not take them.
        let macros =
            ["all", "exists", "exists_one", "existsOne", "filter", "has", "map", "sortBy", "default"];
        if name.starts_with("opt") && !name.contains('.')
            || name.starts_with("transform")
            || macros.contains(&name)
        {
            continue;
        }
        let called =
            if name == "cel.bind" { "cel.bind(x, 1, x)".to_owned() } else { format!("{name}(1, 2)") };
        assert!(!unknown(called.clone()) || !unknown(format!("[1].{name}(2)")), "{name}");
    }
}

#[test]
fn what_is_too_large_or_too_deep_is_refused() {
    let chain = vec!["1"; 2000].join("+");
    let long_chain = vec!["1"; 300].join(" + ");
    for text in [
        chain,
        long_chain,
        format!("{}1{}", "(".repeat(200), ")".repeat(200)),
        format!("{}1{}", "[".repeat(60), "]".repeat(60)),
        format!("x{}", ".a".repeat(300)),
        format!("x{}", "[0]".repeat(300)),
        format!("{}1", "true ? 1 : ".repeat(100)),
        format!("x{}", ".f()".repeat(300)),
        format!("{}1{}", "f(".repeat(60), ")".repeat(60)),
        format!("{}1{}", "[1].map(x, ".repeat(60), ")".repeat(60)),
        format!("{}true{}", "[1].all(i, x, ".repeat(60), ")".repeat(60)),
        "x".repeat(5000),
        format!("'{}'", "x".repeat(5000)),
        format!("{}x", "a && (".repeat(100)),
        "{".repeat(4000),
    ] {
        let error = Expr::parse(&text).expect_err(&text);
        assert_eq!(error.kind(), ExprErrorKind::Limit, "{}: {error}", &text[..40]);
    }
}

#[test]
fn the_largest_that_is_taken_fits_the_stack_of_a_thread() {
    let texts = [
        vec!["1"; 150].join(" + "),
        format!("{}1{}", "(".repeat(47), ")".repeat(47)),
        format!("{}1{}", "[".repeat(47), "]".repeat(47)),
        format!("{}1{}", "{'a': ".repeat(47), "}".repeat(47)),
        format!("{}1{}", "size([".repeat(23), "])".repeat(23)),
        format!("{}1", "true ? 1 : ".repeat(45)),
        vec!["xs[0] == 0"; 250].join("&&"),
        format!("{}1{}", "[1].map(x, ".repeat(15), ")".repeat(15)),
        format!("{}1{}", "default(".repeat(40), ", 1)".repeat(40)),
        format!("[{}]", vec!["true ? 1 : 2"; 200].join(",")),
    ];
    // Threads of the standard library and of most executors have 2 MB.
    let run = move || {
        texts.iter().map(|text| Expr::parse(text).and_then(|it| it.evaluate(&scope())).err()).collect()
    };
    let errors: Vec<Option<ExprError>> = std::thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(run)
        .expect("a thread")
        .join()
        .expect("no overflow and no panic");
    assert!(errors.iter().all(Option::is_none), "{errors:?}");
}

#[test]
fn no_expression_hangs() {
    let doubled =
        (0..30).fold("'0123456789abcdef'".to_owned(), |text, _| format!("cel.bind(x, {text}, x + x)"));
    let shared =
        (0..14).fold("xs".to_owned(), |text, _| format!("cel.bind(m, {text}, {{'a': m, 'b': m, 'c': m}})"));
    for text in [
        "xs.map(a, xs.map(b, xs.filter(c, a == b)))",
        // Errors are passed over, but the count is not.
        "xs.exists(a, xs.exists(b, xs.exists(c, 1 / 0 == 1))) || true",
        "xs.all(i, a, xs.all(j, b, true))",
        "lists.range(1000000).map(x, lists.range(1000000))",
        "lists.range(100000).distinct()",
        "xs.all(a, xs.all(b, xs == xs))",
        "xs.all(a, xs.all(b, !(-1 in xs)))",
        "cel.bind(s, xs.map(x, 'abcdefghijklmnop').join(), xs.map(x, s).join().replace('a', s))",
        "cel.bind(s, xs.map(x, 'abcdefghijklmnop').join(), xs.all(a, xs.all(b, !s.contains('z'))))",
        "cel.bind(s, xs.map(x, 'abcdefghijklmnop').join(), xs.all(a, xs.all(b, !mentions(s, ['z']))))",
        "cel.bind(l, xs.map(a, xs), cel.bind(k, xs.map(a, l), '%s'.format([k])))",
        &doubled,
        &shared,
    ] {
        let error = Expr::parse(text).and_then(|it| it.evaluate(&scope())).expect_err(text);
        assert_eq!(error.kind(), ExprErrorKind::Limit, "{text}: {error}");
    }
    // The count begins anew for each evaluation.
    assert_eq!(good("xs.filter(a, xs.exists(b, b == a + 990)).size()"), json!(10));
}

#[test]
fn texts_hold_expressions() {
    let text = |text: &str| Template::parse(text).and_then(|it| it.evaluate(&scope())).map(|it| it.to_json());
    for (source, value) in [
        ("plain", json!("plain")),
        ("", json!("")),
        ("$ {{ a }} }}", json!("$ {{ a }} }}")),
        ("${{ steps.a.output.followers }}", json!(980)),
        ("${{steps.a.output.none}}", json!(null)),
        ("${{ inputs.l }}", json!([1, 2, 2, 3])),
        (
            "Hi ${{ steps.a.output.name }}, ${{ steps.a.output.followers }}/${{ steps.a.output.ratio }} ${{ true }}!",
            json!("Hi Ada, 980/0.5 true!"),
        ),
        ("${{ '}}' }}${{ \"}}\" }}", json!("}}}}")),
        ("${{ {'a': {'b': 1}} }}", json!({ "a": { "b": 1 } })),
        ("${{ {'a': {'b': 1}}.a.b }}x", json!("1x")),
        ("${{ r'\\' }}|${{ '\\'}}' }}", json!("\\|'}}")),
        ("${{ '${{' }}", json!("${{")),
        ("é ${{ 'ü' }}", json!("é ü")),
        (" ${{ 1 }}", json!(" 1")),
    ] {
        assert_eq!(text(source), Ok(value), "{source}");
    }
    for (source, message, offset) in [
        ("a ${{ b", "this `${{` is not closed", 2),
        ("a ${{ b }", "this `${{` is not closed", 2),
        ("a ${{ 'b }}", "the text that begins here is not closed", 6),
        ("a ${{ }}", "there is no expression in `${{ }}`", 2),
        ("é ${{ 1 + }}", "the expression is not finished", 11),
        ("é ${{ 1 + x.y }}", "unknown name `x`", 11),
        ("a ${{ steps.a.output.none }}", "`steps.a.output.none` is null in the middle of a text", 5),
        ("a ${{ inputs.l }}", "`inputs.l` is a list and cannot stand in the middle of a text", 5),
        ("${{ inputs.zz }} b", "no such field `zz`; there are topic, l, s, m", 10),
    ] {
        let error = text(source).expect_err(source);
        assert!(error.message().starts_with(message), "{source}: {error}");
        assert_eq!(error.offset(), Some(offset), "{source}");
    }
    let null = text("a ${{ steps.a.output.none }}").expect_err("null");
    assert_eq!(null.help(), Some("say default(steps.a.output.none, '…')"));
}

#[test]
fn a_template_knows_what_it_is_made_of() {
    let template = Template::parse("é ${{ steps.a.b }} and ${{ size(x.y) }}").expect("good");
    let references: Vec<_> = template.references().map(|it| (it.root, it.offset)).collect();
    assert_eq!(references, [("steps".to_owned(), 7), ("x".to_owned(), 33)]);
    assert_eq!(
        template.functions().map(|it| (it.name, it.offset)).collect::<Vec<_>>(),
        [("size".to_owned(), 32)]
    );
    assert!(!template.is_whole() && !template.is_constant());
    assert!(Template::parse("${{ a }}").expect("good").is_whole());
    assert!(Template::parse("a").expect("good").is_constant());
}

#[test]
fn conditions_are_bare_or_whole() {
    let value = |text: &str| {
        Template::parse_condition(text).and_then(|it| it.evaluate(&scope())).map(|it| it.to_json())
    };
    assert_eq!(value("inputs.topic == 'rust'"), Ok(json!(true)));
    assert_eq!(value(" ${{ inputs.topic == 'rust' }} "), Ok(json!(true)));
    assert!(value("${{ true }} && ${{ false }}").is_err());
    assert_eq!(value("  ${{ nothing }}").expect_err("unknown").offset(), Some(6));
    let template = Template::parse_condition(" ${{ steps.a.b }}").expect("good");
    assert_eq!(template.references().map(|it| it.offset).collect::<Vec<_>>(), [5]);
}

#[test]
fn expressions_are_shared_between_threads() {
    fn shared<T: Send + Sync + Clone>() {}
    shared::<Expr>();
    shared::<Template>();
    shared::<Value>();
    shared::<Scope>();
}
