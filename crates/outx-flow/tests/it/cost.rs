//! What reading a file may cost, whatever it holds: counted in allocations, which no other work on the machine changes.

use allocation_counter::measure;
use outx_flow::diagnostic::{Source, render};
use outx_flow::{CheckOptions, Resolver, check};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

/// A name, a file, and what it is refused with.
fn hostile() -> Vec<(&'static str, String, &'static str)> {
    let mut laughs = String::from("a0: &a0 lol\n");
    for level in 1..=20 {
        let ten = vec![format!("*a{}", level - 1); 10].join(", ");
        let _ = writeln!(laughs, "a{level}: &a{level} [{ten}]");
    }
    vec![
        (
            "a bomb of aliases",
            format!("a: &a [{}]\nb: [{}]\n", "x, ".repeat(7_500), "*a, ".repeat(5_600)),
            "OX010",
        ),
        ("laughs", laughs, "OX010"),
        ("a line of dashes", "- ".repeat(100_000), "OX011"),
        ("brackets", "[".repeat(200_000), "OX011"),
        ("braces", "{a: ".repeat(50_000), "OX011"),
        ("half a million values", format!("[{}]\n", "1,".repeat(499_000)), "OX011"),
        ("a million values", format!("a: [{}]\n", "1,".repeat(1_000_000)), "OX011"),
        ("100 MB", "x".repeat(100_000_000), "OX011"),
        ("a long text with a colon", format!("a: {}: b\n", "y".repeat(900_000)), "OX003"),
        ("escapes without an end", format!("a: \"{}\n", "\\u4f60".repeat(160_000)), "OX005"),
    ]
}

#[test]
fn what_is_hostile_is_refused_for_little() {
    let options = CheckOptions::shipped();
    for (name, text, code) in hostile() {
        let source = Source::new("x.yaml", &text);
        let mut found = Vec::new();
        let cost = measure(|| found = check(&source, &options).diagnostics);
        assert_eq!(found.first().map(|it| it.code), Some(code), "{name}");
        // At most 100,000 values are kept, and as many bytes as the file itself may have, a few times over.
        assert!(cost.bytes_max < 40_000_000, "{name}: {} bytes at once", cost.bytes_max);
        assert!(cost.count_total < 1_000_000, "{name}: {} allocations", cost.count_total);
        let shown = measure(|| drop(render(&source, &found, false)));
        assert!(shown.bytes_max < 4_000_000, "{name}: {} bytes to show it", shown.bytes_max);
    }
}

#[test]
fn what_checking_costs_grows_with_the_file_and_no_faster() {
    let options = CheckOptions::shipped();
    let steps = |count: usize| {
        let mut text = String::from("outx: 1\nname: x\nsteps:\n  s0: { uses: core.set }\n");
        for step in 1..count {
            let before = step - 1;
            let _ = writeln!(
                text,
                "  s{step}: {{ after: s{before}, uses: core.log, with: {{ message: \"${{{{ steps.s{before}.status }}}}\" }} }}"
            );
        }
        Source::new("x.yaml", text)
    };
    let cost = |count| {
        let source = steps(count);
        let mut valid = false;
        let cost = measure(|| valid = check(&source, &options).workflow.is_some());
        assert!(valid);
        cost.count_total
    };
    // The first check of all makes what is kept for the others.
    cost(10);
    let (some, more) = (cost(500), cost(4_000));
    assert!(more < some * 10, "{some} allocations for 500 steps, {more} for eight times as many");
}

#[test]
fn calls_of_calls_cost_no_more_than_their_files() {
    // Each file calls the next one so many times, and the one after that once.
    let chain = |width: usize| -> BTreeMap<String, String> {
        let file = |n: usize| {
            let steps: String = (0..width)
                .map(|s| format!("  s{s}: {{ call: f{}.yaml }}\n", n + 1))
                .chain((n < 7).then(|| format!("  over: {{ call: f{}.yaml }}\n", n + 2)))
                .collect();
            let steps =
                if n == 8 { "  s: { uses: core.log, with: { message: x } }\n".to_owned() } else { steps };
            (format!("f{n}.yaml"), format!("outx: 1\nname: f{n}\nsteps:\n{steps}"))
        };
        (1..=8).map(file).collect()
    };
    let reads = Arc::new(AtomicUsize::new(0));
    let check_with = |width: usize| {
        let resolver = Arc::new(Counted(chain(width), reads.clone()));
        let options = CheckOptions { resolver, ..CheckOptions::shipped() };
        let source = Source::new("x.yaml", "outx: 1\nname: x\nsteps:\n  a: { call: f1.yaml }\n");
        reads.store(0, SeqCst);
        let checked = check(&source, &options);
        (checked, reads.load(SeqCst))
    };
    let (checked, read) = check_with(2);
    assert!(checked.workflow.is_some() && checked.diagnostics.is_empty(), "{:?}", checked.diagnostics);
    assert_eq!(read, 8, "each file is read and checked once");
    let (checked, read) = check_with(10);
    assert!(checked.workflow.is_none() && read <= 8);
    let first = &checked.diagnostics[0];
    assert!(first.message.contains("more than 20000 steps"), "{}", first.message);
}

/// Files that are counted when they are read.
#[derive(Debug)]
struct Counted(BTreeMap<String, String>, Arc<AtomicUsize>);

impl Resolver for Counted {
    fn read(&self, path: &str) -> Result<String, String> {
        self.1.fetch_add(1, SeqCst);
        self.0.read(path)
    }
}
