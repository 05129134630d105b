//! What is said of expressions that somebody could have written.

use outx_flow::expr::{Expr, Shape, Type, TypeFinding, TypeScope};

/// One of everything that is known.
fn scope() -> TypeScope {
    let post = Type::record(
        [
            ("text", Type::text().or_null()),
            ("likes", Type::from(Shape::Int).or_null()),
            ("posted_at", Type::text().or_null()),
        ],
        true,
    );
    let output = Type::record(
        [
            ("name", Type::text().or_null()),
            ("followers", Type::from(Shape::Int).or_null()),
            ("posts", Type::list(post)),
        ],
        true,
    );
    let step = Type::record(
        [("output", output.or_null()), ("status", Type::words(["succeeded", "failed", "skipped"]))],
        true,
    );
    let lead = Type::record([("url", Type::text()), ("first_name", Type::text().or_null())], false);
    TypeScope::new().with("steps", Type::record([("a", step)], true)).with("lead", lead).with(
        "inputs",
        Type::record(
            [("topic", Type::text()), ("n", Type::one_of([Shape::Int, Shape::Double])), ("any", Type::ANY)],
            true,
        ),
    )
}

fn findings(text: &str) -> Vec<TypeFinding> {
    Expr::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).types(&scope()).findings
}

fn ty(text: &str) -> Type {
    let typed = Expr::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).types(&scope());
    assert!(typed.findings.is_empty(), "{text}: {:?}", typed.findings);
    typed.ty
}

#[test]
fn what_is_right_has_its_type_and_nothing_is_said() {
    for (text, described) in [
        ("steps.a.output.name", "a text"),
        ("steps.a.output.followers * 2", "a whole number"),
        ("steps.a.output.posts", "a list"),
        ("steps.a.output.posts[0].text + '!'", "a text"),
        ("steps.a.output.posts.map(p, p.likes)[0]", "a whole number"),
        ("steps.a.output.posts.filter(p, p.likes > 3).map(p, p.text)[0]", "a text"),
        ("steps.a.output.posts.exists(p, mentions(p.text, [inputs.topic]))", "true or false"),
        ("steps.a.output.posts.all(i, p, i < 3 && p.likes > 1)", "true or false"),
        ("steps.a.output.posts.transformList(i, p, p.likes + i)[0]", "a whole number"),
        ("steps.a.output.posts.sortBy(p, default(p.posted_at, ''))[0].likes", "a whole number"),
        ("newest(steps.a.output.posts).text", "a text"),
        ("steps.a.output.posts.first().likes", "a whole number"),
        ("default(steps.a.output.name, 'nobody')", "a text"),
        ("default(steps.a.output.followers, 'none')", "a whole number or a text"),
        ("cel.bind(p, steps.a.output.posts[0], p.text)", "a text"),
        ("steps.?a.?output.?name.orValue('x')", "a text"),
        ("steps.a.output.posts.map(p, {'t': p.text, 'n': 1}).map(q, q.n)[0]", "a whole number"),
        ("{'a': 1, 'b': 'x'}.b", "a text"),
        ("{'a': 1}.transformMap(k, v, k + string(v))['a']", "a text"),
        ("inputs.n + 1", "a whole number"),
        ("inputs.n * 0.5", "a decimal number"),
        ("inputs.n", "a number"),
        ("inputs.any.whatever[3].more + 1", "a whole number"),
        ("inputs.any", "anything"),
        ("lead.other", "anything"),
        ("lead.first_name == null", "true or false"),
        ("steps.a.status == 'succeeded' ? 1 : 2", "a whole number"),
        ("steps.a.status in ['failed', 'skipped']", "true or false"),
        ("[1, 'a', null][0]", "a whole number or a text"),
        ("[[1], [2]].flatten()[0]", "a whole number"),
        ("[].map(x, x + 1)", "a list"),
        ("type(1) == int && type('a') == string", "true or false"),
        ("timestamp(steps.a.output.posts[0].posted_at) > ago('14d')", "true or false"),
        ("math.greatest(1, 2) + math.least([3, 4])", "a whole number"),
        ("optional.of(steps.a.output.name).optMap(x, x + '!').orValue('')", "a text"),
        ("size(steps.a.output.posts) > 0 || has(lead.first_name)", "true or false"),
        ("steps.a.output.posts.map(p, p.text).join(', ')", "a text"),
        ("null == steps.a.status", "true or false"),
    ] {
        assert_eq!(ty(text).to_string(), described, "{text}");
    }
    assert_eq!(ty("inputs.any || true").known_bool(), Some(true));
}

/// An expression, the part that is wrong, how the message begins, and the remedy.
const WRONG: &[(&str, &str, &str, &str)] = &[
    ("steps.a.output.posts[0].txt", "txt", "`steps.a.output.posts[0]` has no `txt`", "did you mean `text`?"),
    ("steps.a.output.posts.map(p, p.txt)", "txt", "`p` has no `txt`", "did you mean `text`?"),
    ("steps.a.output.posts.exists(p, p.lkes > 3)", "lkes", "`p` has no `lkes`", "did you mean `likes`?"),
    ("steps.a.output.posts.all(i, p, p.lkes > i)", "lkes", "`p` has no `lkes`", "did you mean `likes`?"),
    ("cel.bind(q, steps.a.output, q.nam)", "nam", "`q` has no `nam`", "did you mean `name`?"),
    (
        "newest(steps.a.output.posts).zzz",
        "zzz",
        "`newest(steps.a.output.posts)` has no `zzz`",
        "it has text, likes, posted_at",
    ),
    ("has(steps.a.output.nam)", "nam", "`steps.a.output` has no `nam`", "did you mean `name`?"),
    ("steps.a.output.?nam", "nam", "`steps.a.output` has no `nam`", "did you mean `name`?"),
    ("steps.a.output['nam']", "'nam'", "`steps.a.output` has no `nam`", "did you mean `name`?"),
    (
        "steps.a.output.posts.text",
        "text",
        "`steps.a.output.posts` is a list: it has no `text`",
        "read one item: `steps.a.output.posts[0].text`, or all of them: `steps.a.output.posts.map(x, x.text)`",
    ),
    ("inputs.topic.x", "x", "`inputs.topic` is a text: it has no `x`", ""),
    ("inputs.topic[0]", "inputs.topic[0]", "`inputs.topic[0]`: a text has no items", ""),
    ("'a' + 1", "'a' + 1", "`+` does not take a text and a whole number", "write `'a' + string(1)`"),
    (
        "steps.a.output.followers + 1.5",
        "steps.a.output.followers + 1.5",
        "`+` does not take a whole number and a decimal number",
        "write `double(steps.a.output.followers) + 1.5`",
    ),
    (
        "lead.url > 3",
        "lead.url > 3",
        "`>` does not take a text and a whole number",
        "write `int(lead.url) > 3`",
    ),
    (
        "steps.a.output.posts.filter(p, p.posted_at > ago('14d'))",
        "p.posted_at > ago('14d')",
        "`>` does not take a text and a moment",
        "write `timestamp(p.posted_at) > ago('14d')`",
    ),
    (
        "steps.a.output.posts > 3",
        "steps.a.output.posts > 3",
        "`>` does not take a list and a whole number",
        "ask how long it is: `size(steps.a.output.posts) > 3`",
    ),
    (
        "steps.a.output.posts && true",
        "steps.a.output.posts",
        "`&&` takes what is true or false, not a list",
        "ask whether it is empty: `size(steps.a.output.posts) > 0`",
    ),
    (
        "inputs.topic ? 1 : 2",
        "inputs.topic",
        "what stands before `?` must be true or false, not a text",
        "compare it: `inputs.topic != ''`",
    ),
    (
        "'a' in inputs.topic",
        "'a' in inputs.topic",
        "`in` looks into a list or an object, not a text",
        "write `inputs.topic.contains('a')`",
    ),
    ("size(3)", "3", "`size` takes a text, bytes, a list or an object, not a whole number", ""),
    ("inputs.topic.contains(3)", "3", "`contains` takes a text, not a whole number", "write `string(3)`"),
    (
        "inputs.topic.substring('a')",
        "'a'",
        "`substring` takes a whole number, not a text",
        "write `int('a')`",
    ),
    (
        "trim(inputs.topic)",
        "trim(inputs.topic)",
        "`trim` is called on a value",
        "write `inputs.topic.trim()`",
    ),
    (
        "inputs.topic.mentions('a')",
        "inputs.topic.mentions('a')",
        "`mentions` is not called on a value",
        "write `mentions(inputs.topic, 'a')`",
    ),
    ("inputs.topic.trim('a')", "inputs.topic.trim('a')", "`trim` takes no arguments, not 1", ""),
    ("mentions(inputs.topic)", "mentions(inputs.topic)", "`mentions` takes 2 arguments, not 1", ""),
    (
        "default(inputs.topic)",
        "default(inputs.topic)",
        "`default` takes 2 arguments, not 1",
        "write `default(x, y)`: y where x is null or not there",
    ),
    (
        "inputs.topic.map(x, x)",
        "inputs.topic",
        "`inputs.topic` is a text: only a list or an object can be gone through",
        "",
    ),
    ("first(inputs.topic)", "inputs.topic", "`first` takes a list, not a text", ""),
    (
        "duration('2 weeks')",
        "duration('2 weeks')",
        "that is no duration",
        "write it as in duration('1h30m'), with h, m, s and ms; a day is 24h",
    ),
    (
        "inputs.topic == 1",
        "inputs.topic == 1",
        "`inputs.topic` is a text, and `1` is a whole number: they are never equal",
        "in quotes it is a text: `'1'`",
    ),
    (
        "steps.a.status == 'succeded'",
        "'succeded'",
        "`steps.a.status` is never `succeded`",
        "did you mean `'succeeded'`?",
    ),
    (
        "'done' != steps.a.status",
        "'done'",
        "`steps.a.status` is never `done`",
        "it is one of succeeded, failed, skipped",
    ),
    (
        "steps.a.status in ['failed', 'skiped']",
        "'skiped'",
        "`steps.a.status` is never `skiped`",
        "did you mean `'skipped'`?",
    ),
    (
        "1 in steps.a.output.posts.map(p, p.text)",
        "1 in steps.a.output.posts.map(p, p.text)",
        "nothing in `steps.a.output.posts.map(p, p.text)` ever equals `1`",
        "",
    ),
    (
        "lead.frist_name",
        "frist_name",
        "`frist_name` is no declared column",
        "did you mean `first_name`? if the file has `frist_name` too, declare it as a column",
    ),
];

#[test]
fn what_is_wrong_is_said_with_its_place_and_a_remedy() {
    for (text, part, message, help) in WRONG {
        let found = findings(text);
        let [found] = found.as_slice() else { panic!("{text}: {found:?}") };
        assert!(found.message.starts_with(*message), "{text}: {}", found.message);
        assert_eq!(&text[found.start..found.end], *part, "{text}");
        assert_eq!(found.help.as_deref().unwrap_or_default(), *help, "{text}");
    }
}

#[test]
fn one_mistake_brings_one_finding() {
    for text in [
        "steps.a.output.posts.map(p, p.txt + '!').join(', ').trim() == 'a'",
        "('a' + 1).size() > 3 && true",
        "steps.a.output.posts.filter(p, p.lkes > 1).map(p, p.text)",
        "steps.a.output.posts.sortBy(p, p.lkes)[0].text",
        "steps.a.output.posts.exists_one(p, p.lkes == 1)",
        "steps.a.output.posts.transformMap(i, p, p.lkes)",
        "default(steps.a.output.nam.first.second, '')",
    ] {
        assert_eq!(findings(text).len(), 1, "{text}: {:?}", findings(text));
    }
}

#[test]
fn the_largest_expression_fits_the_stack_of_a_thread() {
    let texts = [
        vec!["1"; 150].join(" + "),
        format!("{}1{}", "[".repeat(47), "]".repeat(47)),
        format!("{}1{}", "{'a': ".repeat(47), "}".repeat(47)),
        format!("{}1", "true ? 1 : ".repeat(45)),
        vec!["xs[0] == 0"; 250].join("&&"),
        format!("{}1{}", "[1].map(x, ".repeat(15), ")".repeat(15)),
        format!("{}1{}", "[1].all(i, x, ".repeat(9), " == 1)".repeat(9)),
        format!("{}1{}", "default(".repeat(40), ", 1)".repeat(40)),
        (0..14).fold("x".to_owned(), |text, _| format!("cel.bind(x, {text}, {{'a': x, 'b': x, 'c': x}})")),
    ];
    let run = move || {
        for text in &texts {
            if let Ok(expr) = Expr::parse(text) {
                drop(expr.types(&scope()));
            }
        }
    };
    std::thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(run)
        .expect("a thread")
        .join()
        .expect("no overflow");
}
