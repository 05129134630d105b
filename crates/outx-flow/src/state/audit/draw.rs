//! Workflows from a seed, as files.

use crate::check::{CheckOptions, check};
use crate::definition::Workflow;
use crate::diagnostic::Source;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

/// SplitMix64: the same numbers for a seed on every machine.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    pub(super) fn percent(&mut self, share: usize) -> bool {
        self.below(100) < share
    }

    pub(super) fn pick<T: Clone>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())].clone()
    }
}

/// What the others call.
const CALLED: &str = r#"
outx: 1
name: called
steps:
  wait: { uses: core.wait, with: { for: 1h } }
  each:
    each: [1]
    steps:
      one: { uses: linkedin.fetch-profile, with: { profile_slug: ada } }
  two: { needs: [wait], uses: linkedin.like-post, with: { social_urn: "urn:li:activity:7" } }
"#;

/// A file of the one workflow; `strange` of a hundred ids stand for another kind of step than usual.
pub(super) fn workflow(dice: &mut Dice, strange: usize) -> Arc<Workflow> {
    let mut text = String::from("outx: 1\nname: x\nsteps:\n");
    block(&mut text, dice, strange, 0);
    for end in ["on_failure", "finally"] {
        if dice.percent(30) {
            writeln!(text, "{end}:").unwrap();
            // Its steps have names of their own.
            let mut steps = String::new();
            block(&mut steps, dice, strange, 2);
            text.push_str(&steps.replace("          ", "  ").replace("s2", &end[..2]));
        }
    }
    let source = Source::new("x.yaml", text.clone());
    let called = [("called.yaml".to_owned(), CALLED.to_owned())].into_iter().collect::<BTreeMap<_, _>>();
    let options = CheckOptions { resolver: Arc::new(called), ..CheckOptions::shipped() };
    let checked = check(&source, &options);
    Arc::new(checked.workflow.unwrap_or_else(|| panic!("{text}\n{:?}", checked.diagnostics)))
}

fn block(text: &mut String, dice: &mut Dice, strange: usize, depth: usize) {
    let pad = " ".repeat(2 + 4 * depth);
    let mut before: Vec<String> = Vec::new();
    let mut ids: Vec<usize> = (0..8).collect();
    for _ in 0..=dice.below(4) {
        let number = ids.remove(dice.below(ids.len()));
        let id = format!("s{depth}{number}");
        writeln!(text, "{pad}{id}:").unwrap();
        if !before.is_empty() && dice.percent(60) {
            let word = dice.pick(&["needs", "after"]);
            let on: Vec<_> = (0..=dice.below(2)).map(|_| dice.pick(&before)).collect();
            let on: std::collections::BTreeSet<_> = on.into_iter().collect();
            let on: Vec<_> = on.into_iter().collect();
            writeln!(text, "{pad}  {word}: [{}]", on.join(", ")).unwrap();
        }
        let kind = if dice.percent(strange) { dice.below(8) } else { number };
        let uses = match kind {
            0 | 1 if depth < 2 => {
                writeln!(text, "{pad}  each: [1]\n{pad}  as: i{depth}").unwrap();
                writeln!(text, "{pad}  concurrency: {}\n{pad}  steps:", 1 + dice.below(3)).unwrap();
                block(text, dice, strange, depth + 1);
                before.push(id);
                continue;
            }
            6 if depth < 2 => {
                writeln!(text, "{pad}  repeat: {{ max: 3 }}\n{pad}  steps:").unwrap();
                block(text, dice, strange, depth + 1);
                before.push(id);
                continue;
            }
            7 => {
                writeln!(text, "{pad}  call: called.yaml").unwrap();
                before.push(id);
                continue;
            }
            2 => "core.set, with: { x: 1 }",
            3 => "core.wait, with: { for: 1h }",
            4 => "linkedin.fetch-profile, with: { profile_slug: ada }",
            _ => "linkedin.send-connection-request, with: { profile_urn: \"urn:li:fsd_profile:A\" }",
        };
        let (uses, with) = uses.split_once(", ").unwrap();
        writeln!(text, "{pad}  uses: {uses}\n{pad}  {with}").unwrap();
        before.push(id);
    }
}
