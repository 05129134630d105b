//! Expressions that would take for ever, or all memory, if nothing stopped them.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

use serde_json::{Value, json};
use std::time::Duration;

/// Tries each costly expression: `measure` gives what came of it, how long it took, and the most bytes that were
/// allocated at once.
pub fn costly(measure: impl Fn(&str, &Value) -> (String, Duration, u64)) {
    let values = values();
    println!("\n{:<62} {:>8} {:>9}  what came of it", "costly expressions", "ms", "MB");
    for (name, text) in expressions() {
        let (outcome, spent, bytes) = measure(&text, &values);
        #[expect(clippy::cast_precision_loss, reason = "it is shown in MB")]
        let megabytes = bytes as f64 / 1e6;
        let shown: String = outcome.chars().take(48).collect();
        println!("{name:<62} {:>8.1} {megabytes:>9.1}  {shown}", spent.as_secs_f64() * 1e3);
    }
}

fn values() -> Value {
    let items: Vec<Value> =
        (0..100_000).map(|n| json!({ "likes": n, "text": format!("post {n}") })).collect();
    json!({
        "xs": (0..1_000).collect::<Vec<i64>>(),
        "items": items,
        "long": "x".repeat(256 * 1024),
        "words": "a word ".repeat(30_000),
    })
}

/// Names and expressions.
fn expressions() -> Vec<(&'static str, String)> {
    let doubled =
        (0..30).fold("'0123456789abcdef'".to_owned(), |text, _| format!("cel.bind(x, {text}, x + x)"));
    let lists = (0..24).fold("xs".to_owned(), |text, _| format!("cel.bind(x, {text}, x + x)"));
    let shared =
        (0..14).fold("xs".to_owned(), |text, _| format!("cel.bind(m, {text}, {{'a': m, 'b': m, 'c': m}})"));
    let own = |text: &str| text.to_owned();
    vec![
        ("one pass over 100,000 items: filter", own("items.filter(i, i.likes > 50000).size()")),
        ("one pass over 100,000 items: map", own("items.map(i, i.text).size()")),
        ("one pass over 100,000 items: exists", own("items.exists(i, i.likes < 0)")),
        ("nested passes", own("xs.map(a, xs.map(b, xs.filter(c, a == b)))")),
        ("nested passes over items", own("items.exists(a, items.exists(b, a.likes == -1))")),
        ("texts doubled by binds", doubled),
        ("lists doubled by binds", lists),
        ("maps tripled by binds", shared),
        ("replace of a text in itself", own("long.replace('x', long)")),
        ("join by a long text", own("xs.map(x, 'a').join(long)")),
        ("format of a long list", own("'%s'.format([xs.map(a, items)])")),
        ("texts added up in a loop", own("xs.map(a, xs.map(b, long + long))")),
        ("split into letters, many times", own("xs.map(a, long.split(''))")),
        ("a pattern on a long text, many times", own("xs.all(a, xs.all(b, !long.matches('y')))")),
        ("a slow pattern on a long text", own("long.matches('(x*)*(x*)*(x*)*y')")),
        ("a large pattern, many times", own("xs.all(a, xs.all(b, !'b'.matches('(a{1,50}){1,50}$')))")),
        ("a pattern that grows", own("'a'.matches('((a{1,100}){1,100}){1,100}')")),
        ("errors passed over by ||", own("xs.exists(a, xs.exists(b, xs.exists(c, 1 / 0 == 1))) || true")),
        ("errors passed over by all", own("xs.all(a, xs.all(b, xs.all(c, 1 / 0 == 1))) || true")),
        ("a range", own("lists.range(1000000000).size()")),
        ("ranges of ranges", own("lists.range(1000000).map(x, lists.range(1000000))")),
        ("distinct", own("lists.range(100000).distinct()")),
        ("sort, many times", own("xs.map(a, items.sortBy(i, i.text))")),
        ("reverse and slice, many times", own("xs.map(a, items.reverse().slice(0, 50000))")),
        ("flatten", own("xs.map(a, xs.map(b, xs)).flatten()")),
        ("equality of long lists", own("xs.all(a, xs.all(b, items == items))")),
        ("mentions of many words", own("xs.all(a, !mentions(words, items.map(i, i.text)))")),
        ("letters by their place", own("xs.all(a, xs.all(b, long.charAt(262143) == 'x'))")),
        ("parts of a long text", own("xs.all(a, xs.all(b, long.substring(1).size() > 1))")),
        ("upper case of a long text", own("xs.map(a, long.upperAscii())")),
        ("encoding of a long text", own("xs.map(a, base64.encode(bytes(long)))")),
        ("conversions of a long text", own("xs.all(a, xs.all(b, bytes(long).size() > 1))")),
        ("quotes around a long text", own("xs.map(a, strings.quote(long))")),
        ("distinct by a field", own("xs.map(a, items.distinct_by('text'))")),
        ("a chain of 2,000 terms", vec!["1"; 2000].join("+")),
        ("deep nesting", format!("{}1{}", "[".repeat(60), "]".repeat(60))),
    ]
}
