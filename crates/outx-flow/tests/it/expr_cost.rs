//! What an evaluation may cost: what is reasonable passes, and what is not ends in an error before it has taken much
//! memory. Time is not asserted; the steps that are counted stand for it. Loops that only turn are in `expr.rs`, and all
//! of it with time and memory in `cargo bench --package outx-benches --bench expressions`.

use outx_flow::expr::{Expr, ExprErrorKind, Scope, TypeScope, Value};
use serde_json::{Value as Json, json};

/// The most bytes that an evaluation may have at once, besides the values that it was given.
const MOST: u64 = 100_000_000;

fn scope() -> Scope {
    let items: Vec<Json> = (0..100_000).map(|n| json!({ "likes": n, "text": format!("post {n}") })).collect();
    Scope::new()
        .with("xs", Value::from_json((0..1_000).collect::<Vec<i64>>().into()))
        .with("items", Value::from_json(items.into()))
        .with("long", Value::from("x".repeat(256 * 1024)))
        .with("longer", Value::from("x".repeat(4 * 1024 * 1024)))
        .with("words", Value::from("a word ".repeat(30_000)))
}

/// What came of an expression, and the most bytes that it had at once.
fn measured(text: &str, scope: &Scope) -> (Result<(), ExprErrorKind>, u64) {
    let mut outcome = Ok(());
    let memory = allocation_counter::measure(|| {
        outcome = Expr::parse(text).and_then(|it| it.evaluate(scope)).map(drop).map_err(|error| error.kind());
    });
    (outcome, memory.bytes_max)
}

#[test]
fn one_pass_over_a_hundred_thousand_items_is_fine() {
    let scope = scope();
    for text in [
        "items.filter(i, i.likes > 50000).size()",
        "items.map(i, i.text).size()",
        "items.exists(i, i.likes < 0)",
        "items.distinct_by('text').size()",
        "words.split(' ').size()",
        "items.map(i, i.text).join(', ').size()",
    ] {
        let (outcome, bytes) = measured(text, &scope);
        assert_eq!(outcome, Ok(()), "{text}");
        assert!(bytes < MOST, "{text} took {bytes} bytes");
    }
}

#[test]
fn what_would_take_for_ever_or_all_memory_is_refused() {
    let scope = scope();
    let bound = |times: usize, from: &str, more: &str| {
        (0..times).fold(from.to_owned(), |text, _| format!("cel.bind(x, {text}, {more})"))
    };
    let doubled = bound(30, "'0123456789abcdef'", "x + x");
    let maps = bound(14, "xs", "{'a': x, 'b': x, 'c': x}");
    let chain = vec!["1"; 2_000].join("+");
    let nested = format!("{}1{}", "[".repeat(60), "]".repeat(60));
    for text in [
        &doubled,
        &maps,
        "long.replace('x', long)",
        "longer.replace('', longer)",
        "xs.map(x, 'a').join(long)",
        "'%s'.format([xs.map(a, items)])",
        "xs.map(a, xs.map(b, long + long))",
        "xs.map(a, 'x' + long + 'y' + long)",
        "xs.map(a, long.split(''))",
        "longer.split('')",
        "longer.split('x')",
        "xs.map(a, long.split('', 100000))",
        "xs.all(a, xs.all(b, !long.matches('y')))",
        "xs.all(a, xs.all(b, long.charAt(262143) == 'x'))",
        "xs.all(a, xs.all(b, long.substring(1).size() > 1))",
        "xs.map(a, xs.map(b, long.upperAscii()))",
        "xs.map(a, xs.map(b, base64.encode(bytes(long))))",
        "xs.all(a, xs.all(b, bytes(long).size() > 1))",
        "xs.map(a, xs.map(b, strings.quote(long)))",
        &chain,
        &nested,
    ] {
        let (outcome, bytes) = measured(text, &scope);
        let shown = text.get(..80).unwrap_or(text);
        assert_eq!(outcome, Err(ExprErrorKind::Limit), "{shown}");
        assert!(bytes < MOST, "{shown} took {bytes} bytes");
    }
}

#[test]
fn a_pattern_is_compiled_once_in_an_evaluation_and_may_not_be_large() {
    let scope = scope();
    // Compiled for each item, this would be a hundred times as much.
    let cost = |text: &str| {
        let expr = Expr::parse(text).expect("an expression");
        let mut outcome = None;
        let memory = allocation_counter::measure(|| outcome = Some(expr.evaluate(&scope)));
        assert_eq!(outcome, Some(Ok(Value::from(true))), "{text}");
        memory.count_total
    };
    let (one, many) =
        (cost("xs[0] == 0 && 'x1'.matches('x[0-9]+')"), cost("xs.all(x, 'x1'.matches('x[0-9]+'))"));
    assert!(many < one * 30, "{one} and {many} allocations");
    let error = Expr::parse("'a'.matches('((a{1,100}){1,100}){1,100}')").and_then(|it| it.evaluate(&scope));
    assert_eq!(error.expect_err("too large").message(), "the pattern cannot be read: it is too large");
}

#[test]
fn a_text_is_parsed_once() {
    let names = TypeScope::new();
    let steps = Value::from_json(json!({ "s1": { "output": { "x": 1 } } }));
    let scope = Scope::new().with("steps", steps);
    // The first of all makes what is kept for the others.
    let warm = Expr::parse("steps.s1.output.x + 1").expect("an expression");
    assert!(warm.types(&names).findings.is_empty() && warm.evaluate(&scope).is_ok());
    let allocations = |work: &mut dyn FnMut()| allocation_counter::measure(work).count_total;
    let mut expr = None;
    let parsing = allocations(&mut || expr = Expr::parse("steps.s1.output.x + 2").ok());
    let expr = expr.expect("an expression");
    let typing = allocations(&mut || drop(expr.types(&names)));
    let first = allocations(&mut || drop(expr.evaluate(&scope)));
    let again = allocations(&mut || drop(expr.evaluate(&scope)));
    assert!(typing * 8 < parsing, "{typing} allocations for the types, {parsing} to parse it");
    assert!(first * 4 < parsing, "{first} allocations at the first evaluation, {parsing} to parse it");
    assert!(again < first, "{again} allocations at the second evaluation, {first} at the first");
    // A plain path is never parsed.
    let mut path = None;
    let reading = allocations(&mut || path = Expr::parse("steps.s2.output['x'][0]").ok());
    let typing = allocations(&mut || drop(path.as_ref().map(|it| it.types(&names))));
    assert!(
        (reading + typing) * 4 < parsing,
        "{reading} and {typing} allocations for a path, {parsing} to parse"
    );
}

#[test]
fn comparing_what_is_known_allocates_nothing() {
    let scope = Scope::new().with("status", Value::from("failed")).with("count", Value::from(3));
    for text in [
        "status == 'succeeded' || status == 'skipped'",
        "count > 2 && status != 'skipped'",
        "count * 2 - 1",
        "count in [1, 2]",
    ] {
        let expr = Expr::parse(text).expect("an expression");
        let value = expr.evaluate(&scope);
        let cost = allocation_counter::measure(|| assert_eq!(expr.evaluate(&scope), value, "{text}"));
        // An operator's result and a list that is written out are put on the heap by the interpreter.
        assert!(cost.count_total <= 12, "{text}: {} allocations", cost.count_total);
    }
}
