//! What an expression costs, beside the bare `cel` crate on the same values in the same run; and what the most
//! expensive expressions take before they are refused.
//!
//! `cargo bench --package outx-benches --bench expressions` prints three tables: µs an evaluation and the ratio, the
//! filter over large items, and time and memory of each costly expression.

#![expect(clippy::print_stdout, reason = "a benchmark prints its tables")]
#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up must not go on")]

use cel::{Context, Env, extensions};
use outx_flow::expr::{Expr, Scope, Value};
use serde_json::{Value as Json, json};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What a workflow mostly has: paths, comparisons, a text put together.
const SCALARS: &[&str] = &[
    "profile.followers > 10",
    "profile.name == 'Ada' && profile.followers > 10",
    "status == 'succeeded' || status == 'skipped'",
    "'Hello ' + profile.name + '!'",
    "size(profile.name) > 3 ? profile.followers * 2 : 0",
    "has(profile.name) && profile.name.startsWith('A')",
    "profile.name.contains('da')",
];

const LOOPS: &[&str] = &[
    "ints.map(x, x + 1)",
    "ints.filter(x, x % 2 == 0)",
    "ints.exists(x, x < 0)",
    "ints.all(x, x >= 0)",
    "posts.filter(p, p.likes > 500)",
    "posts.map(p, p.text)",
];

fn values() -> Json {
    let posts: Vec<Json> =
        (0..1_000).map(|n| json!({ "likes": n, "text": format!("post {n}"), "by": "ada" })).collect();
    json!({
        "profile": { "name": "Ada", "followers": 980, "headline": "x".repeat(100) },
        "status": "succeeded",
        "ints": (0..1_000).collect::<Vec<i64>>(),
        "posts": posts,
    })
}

/// 1,000 items of 10 kB.
fn large() -> Json {
    let items: Vec<Json> = (0..1_000).map(|n| json!({ "likes": n, "text": "x".repeat(10_000) })).collect();
    json!({ "posts": items })
}

fn scope(json: &Json) -> Scope {
    let names = json.as_object().expect("names");
    names
        .iter()
        .fold(Scope::new(), |scope, (name, value)| scope.with(name.as_str(), Value::from_json(value.clone())))
}

/// The crate alone, with its values bound once and for all; ours binds them for each evaluation, as a run must.
fn bare_context(json: &Json) -> (Arc<Env>, Context<'static, 'static>) {
    let mut env = Env::stdlib();
    env.add_extension(extensions::strings).expect("an extension");
    let env = Arc::new(env);
    let mut context = Context::with_env(Arc::clone(&env));
    for (name, value) in json.as_object().expect("names") {
        context.add_variable_from_value(name.as_str(), bare_value(value));
    }
    (env, context)
}

/// As the crate would have it: integers are ints.
fn bare_value(json: &Json) -> cel::Value {
    match json {
        Json::Number(number) => number.as_i64().map_or(cel::Value::Null, cel::Value::Int),
        Json::String(text) => cel::Value::String(Arc::new(text.clone())),
        Json::Array(items) => cel::Value::List(Arc::new(items.iter().map(bare_value).collect())),
        Json::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| (name.clone(), bare_value(value)));
            fields.collect::<std::collections::HashMap<String, cel::Value>>().into()
        }
        _ => cel::Value::Null,
    }
}

fn json_of(value: &cel::Value) -> Json {
    match value {
        cel::Value::Bool(it) => json!(it),
        cel::Value::Int(it) => json!(it),
        cel::Value::String(it) => json!(**it),
        cel::Value::List(items) => items.iter().map(json_of).collect(),
        cel::Value::Map(map) => {
            Json::Object(map.map.iter().map(|(key, value)| (key.to_string(), json_of(value))).collect())
        }
        _ => Json::Null,
    }
}

/// The least time of one call, in µs: what disturbs a round can only add to it. The two in turn, so that a busy moment
/// of the machine meets both.
fn both(mut ours: impl FnMut(), mut theirs: impl FnMut()) -> (f64, f64) {
    const ROUNDS: usize = 61;
    let calls = |work: &mut dyn FnMut()| {
        let one = time(&mut *work, 1).max(Duration::from_nanos(50));
        usize::try_from(Duration::from_millis(2).as_nanos() / one.as_nanos()).unwrap_or(1).clamp(1, 20_000)
    };
    let (n, m) = (calls(&mut ours), calls(&mut theirs));
    let (mut least, mut bare) = (f64::MAX, f64::MAX);
    for _ in 0..ROUNDS {
        least = least.min(per_call(time(&mut ours, n), n));
        bare = bare.min(per_call(time(&mut theirs, m), m));
    }
    (least, bare)
}

#[expect(clippy::cast_precision_loss, reason = "counts are small")]
fn per_call(all: Duration, calls: usize) -> f64 {
    all.as_secs_f64() * 1e6 / calls as f64
}

fn time(work: &mut dyn FnMut(), calls: usize) -> Duration {
    #[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
    let start = Instant::now();
    for _ in 0..calls {
        work();
    }
    start.elapsed()
}

fn table(title: &str, texts: &[&str], json: &Json) {
    let (scope, (env, context)) = (scope(json), bare_context(json));
    println!("\n{title:<55} {:>10} {:>10} {:>7}", "outx µs", "bare µs", "ratio");
    for text in texts {
        let (expr, program) =
            (Expr::parse(text).expect("an expression"), env.compile(text).expect("a program"));
        let ours = expr.evaluate(&scope).expect("a value").to_json();
        let theirs = json_of(&program.execute(&context).expect("a value"));
        assert_eq!(ours, theirs, "{text}");
        let (ours, theirs) =
            both(|| drop(black_box(expr.evaluate(&scope))), || drop(black_box(program.execute(&context))));
        println!("{text:<55} {ours:>10.2} {theirs:>10.2} {:>7.2}", ours / theirs);
    }
}

fn main() {
    table("scalars", SCALARS, &values());
    table("loops over 1,000", LOOPS, &values());
    table("1,000 items of 10 kB", &["posts.filter(p, p.likes > 500)"], &large());
    outx_benches::costly(|text, json| {
        let scope = scope(json);
        let mut outcome = String::new();
        let mut spent = Duration::ZERO;
        let memory = allocation_counter::measure(|| {
            #[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
            let start = Instant::now();
            outcome = match Expr::parse(text).and_then(|it| it.evaluate(&scope)) {
                Ok(_) => "a value".to_owned(),
                Err(error) => error.message().to_owned(),
            };
            spent = start.elapsed();
        });
        (outcome, spent, memory.bytes_max)
    });
}
