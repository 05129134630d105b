//! Workflows drawn at random, beside a naive model of what waits for what.

#![expect(clippy::expect_used, reason = "helpers of tests fail as tests do")]

use outx_flow::diagnostic::{Source, render};
use outx_flow::{Block, CheckOptions, Strength, Workflow, check};
use proptest::prelude::*;
use proptest::sample::Index;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A workflow of steps in blocks.
#[derive(Debug, Clone)]
pub(crate) struct Drawn {
    steps: Vec<DrawnStep>,
    blocks: Vec<Vec<usize>>,
    /// Whether the second block is what is done at the end.
    has_end: bool,
}

#[derive(Debug, Clone)]
struct DrawnStep {
    /// In which block it stands.
    block: usize,
    /// The block inside of it, for a fan-out or a repetition.
    inner: Option<usize>,
    repeats: bool,
    /// What its named value reads: one of its own, or for the steps inside.
    var: Vec<(usize, &'static str)>,
    /// The steps around whose values it reads.
    reads_vars: Vec<usize>,
    needs: Vec<usize>,
    after: Vec<usize>,
    /// What its condition reads, and then what its input or list reads.
    reads: Vec<(usize, &'static str)>,
    flow: bool,
}

/// What is drawn of one step: its block, what it is, the order, what it reads, how it is written, and its named values.
type Draw = (Index, u8, Vec<Index>, Vec<Index>, Vec<(Index, bool)>, bool, Vec<(Index, bool)>, Vec<Index>);

/// Any workflow of 1 to 12 steps, nested up to three deep.
pub(crate) fn workflow() -> impl Strategy<Value = Drawn> {
    let some = || prop::collection::vec(any::<Index>(), 0..3);
    let reads = || prop::collection::vec((any::<Index>(), any::<bool>()), 0..3);
    let step = (any::<Index>(), 0..10_u8, some(), some(), reads(), any::<bool>(), reads(), some());
    let end = prop::bool::weighted(0.3);
    (prop::collection::vec(step, 1..12), end).prop_map(|(draws, has_end)| Drawn::of(&draws, has_end))
}

impl Drawn {
    fn of(choices: &[Draw], has_end: bool) -> Self {
        let blocks = vec![Vec::new(); if has_end { 2 } else { 1 }];
        let mut drawn = Self { steps: Vec::new(), blocks, has_end };
        for (block, form, needs, after, reads, flow, var, reads_vars) in choices {
            let block = block.index(drawn.blocks.len());
            let me = drawn.steps.len();
            let visible = drawn.visible(block, me);
            // At the end all other steps have ended: there is no order to be said.
            let beside: Vec<usize> =
                visible.iter().copied().filter(|on| drawn.is_at_the_end(*on) == drawn.ends(block)).collect();
            let pick =
                |from: &[usize], index: &Index| (!from.is_empty()).then(|| from[index.index(from.len())]);
            let read = |(index, status): &(Index, bool)| {
                let on = pick(&visible, index)?;
                let is_each = drawn.steps[on].inner.is_some() && !drawn.steps[on].repeats;
                let what = if is_each { "items" } else { "output" };
                Some((on, if *status { "status" } else { what }))
            };
            let named: Vec<usize> =
                drawn.around(block).into_iter().filter(|step| !drawn.steps[*step].var.is_empty()).collect();
            let deep = drawn.depth(block) < 3;
            let mut step = DrawnStep {
                block,
                inner: (*form < 4 && deep).then_some(drawn.blocks.len()),
                repeats: *form < 2 && deep,
                needs: needs.iter().filter_map(|index| pick(&beside, index)).collect(),
                after: after.iter().filter_map(|index| pick(&beside, index)).collect(),
                reads: reads.iter().filter_map(read).collect(),
                var: var.iter().filter_map(read).collect(),
                reads_vars: reads_vars.iter().filter_map(|index| pick(&named, index)).collect(),
                flow: *flow,
            };
            step.needs.dedup();
            step.after.dedup();
            if step.inner.is_some() {
                drawn.blocks.push(Vec::new());
            }
            drawn.blocks[block].push(me);
            drawn.steps.push(step);
        }
        // Whatever holds steps has some.
        for block in 0..drawn.blocks.len() {
            if drawn.blocks[block].is_empty() {
                drawn.blocks[block].push(drawn.steps.len());
                let (needs, after, reads, var, reads_vars) = Default::default();
                let (inner, repeats, flow) = (None, false, true);
                drawn.steps.push(DrawnStep {
                    block,
                    inner,
                    repeats,
                    var,
                    reads_vars,
                    needs,
                    after,
                    reads,
                    flow,
                });
            }
        }
        drawn
    }

    fn owner(&self, block: usize) -> Option<usize> {
        self.steps.iter().position(|step| step.inner == Some(block))
    }

    fn depth(&self, block: usize) -> usize {
        self.owner(block).map_or(0, |owner| 1 + self.depth(self.steps[owner].block))
    }

    /// The steps around a block, from within.
    fn around(&self, block: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut at = block;
        while let Some(owner) = self.owner(at) {
            found.push(owner);
            at = self.steps[owner].block;
        }
        found
    }

    /// Whether a block is done at the end.
    fn ends(&self, block: usize) -> bool {
        let outermost = self.around(block).last().map_or(block, |owner| self.steps[*owner].block);
        self.has_end && outermost == 1
    }

    fn is_at_the_end(&self, step: usize) -> bool {
        self.ends(self.steps[step].block)
    }

    /// The steps that one of a block may name without a circle: those drawn before the outermost step around it.
    fn visible(&self, block: usize, me: usize) -> Vec<usize> {
        let (mut found, mut at, mut before) = (Vec::new(), block, me);
        loop {
            found.extend(self.blocks[at].iter().copied().filter(|step| *step < before));
            let Some(owner) = self.owner(at) else {
                if self.ends(at) {
                    found.extend(&self.blocks[0]);
                }
                return found;
            };
            (at, before) = (self.steps[owner].block, before.min(owner));
        }
    }

    pub(crate) fn text(&self) -> String {
        let mut text = "outx: 1\nname: drawn\nsteps:\n".to_owned();
        self.write(0, 1, &mut text);
        if self.has_end {
            text += "finally:\n";
            self.write(1, 1, &mut text);
        }
        text
    }

    fn write(&self, block: usize, depth: usize, text: &mut String) {
        let pad = "  ".repeat(depth);
        for number in &self.blocks[block] {
            let step = &self.steps[*number];
            let ids = |list: &[usize]| {
                let ids: Vec<_> = list.iter().map(|on| format!("s{on}")).collect();
                format!("[{}]", ids.join(", "))
            };
            let read = |(on, what): &(usize, &str)| format!("steps.s{on}.{what}");
            let mut keys = Vec::new();
            if !step.needs.is_empty() {
                keys.push(format!("needs: {}", ids(&step.needs)));
            }
            if !step.after.is_empty() {
                keys.push(format!("after: {}", ids(&step.after)));
            }
            let mut reads = step.reads.iter();
            if let Some(first) = reads.next() {
                keys.push(format!("if: \"{} != null\"", read(first)));
            }
            let mut values: Vec<_> = reads.map(read).collect();
            values.extend(step.reads_vars.iter().map(|around| format!("vars.v{around}")));
            if !step.var.is_empty() {
                let named: Vec<_> = step.var.iter().map(read).collect();
                keys.push(format!("vars: {{ v{number}: \"${{{{ [{}] }}}}\" }}", named.join(", ")));
                if step.inner.is_none() {
                    values.push(format!("vars.v{number}"));
                }
            }
            let list = format!("[{}]", values.join(", "));
            match step.inner {
                None => {
                    let with = format!("with: {{ message: \"${{{{ {list} }}}}\" }}");
                    keys.extend(["uses: core.log".to_owned(), with]);
                }
                Some(_) if step.repeats => {
                    keys.push(format!(
                        "repeat: {{ every: 1h, max: 3, until: \"iteration > 2 || size({list}) > 5\" }}"
                    ));
                }
                Some(_) => keys.push(format!("each: \"${{{{ {list} }}}}\"")),
            }
            if step.flow && step.inner.is_none() {
                writeln!(text, "{pad}s{number}: {{ {} }}", keys.join(", ")).expect("a text");
                continue;
            }
            writeln!(text, "{pad}s{number}:").expect("a text");
            for key in keys {
                writeln!(text, "{pad}  {key}").expect("a text");
            }
            if let Some(inner) = step.inner {
                if !step.repeats {
                    writeln!(text, "{pad}  as: i{number}").expect("a text");
                }
                writeln!(text, "{pad}  steps:").expect("a text");
                self.write(inner, depth + 2, text);
            }
        }
    }

    /// Who waits for whom and how, read off the steps one by one.
    fn model(&self) -> BTreeMap<(String, String), Strength> {
        let mut edges = BTreeMap::new();
        for (number, step) in self.steps.iter().enumerate() {
            let mut direct: Vec<(usize, Strength)> = Vec::new();
            direct.extend(step.needs.iter().map(|on| (*on, Strength::Need)));
            direct.extend(step.after.iter().map(|on| (*on, Strength::Order)));
            // What `until` reads is read by the steps inside: `after` of the repetition is not about those.
            let first = step.reads.iter().take(1).map(|read| (read, false));
            let more = step.reads.iter().skip(1).map(|read| (read, step.repeats));
            let own = step.var.iter().filter(|_| step.inner.is_none()).map(|read| (read, false));
            let around = step.reads_vars.iter().flat_map(|step| &self.steps[*step].var);
            let around = around.map(|read| (read, step.repeats));
            direct.extend(first.chain(more).chain(own).chain(around).map(|((on, what), firm)| {
                let how = match *what {
                    _ if step.after.contains(on) && !firm => Strength::Order,
                    "status" => Strength::Order,
                    "items" => Strength::Items,
                    _ => Strength::Need,
                };
                (*on, how)
            }));
            // What is done at the end waits for no step but those beside it.
            for (on, how) in
                direct.into_iter().filter(|(on, _)| self.is_at_the_end(*on) == self.is_at_the_end(number))
            {
                // Whoever stands beside the other one waits for it: this step, or the fan-out that it is in.
                let mut waits = number;
                while self.steps[waits].block != self.steps[on].block {
                    waits = self.owner(self.steps[waits].block).expect("it is around");
                }
                let edge = edges.entry((format!("s{waits}"), format!("s{on}"))).or_insert(how);
                *edge = (*edge).max(how);
            }
        }
        edges
    }
}

/// Who waits for whom in a workflow, in all of its blocks.
pub(crate) fn edges_of(workflow: &Workflow) -> BTreeMap<(String, String), Strength> {
    fn add(block: &Block, edges: &mut BTreeMap<(String, String), Strength>) {
        let id = |step: usize| block.steps[step].id.to_string();
        edges.extend(block.graph.edges().into_iter().map(|(step, on, how)| ((id(step), id(on)), how)));
        block.steps.iter().filter_map(|step| step.block()).for_each(|inner| add(inner, edges));
    }
    let mut edges = BTreeMap::new();
    for (_, block) in workflow.blocks() {
        add(block, &mut edges);
    }
    edges
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_drawn_workflow_is_valid_and_waits_as_the_model_says(drawn in workflow()) {
        let text = drawn.text();
        let source = Source::new("x.yaml", &text);
        let checked = check(&source, &CheckOptions::shipped());
        let Some(workflow) = checked.workflow else {
            return Err(TestCaseError::fail(format!("{text}\n{}", render(&source, &checked.diagnostics, false))));
        };
        prop_assert_eq!(edges_of(&workflow), drawn.model(), "{}", text);
    }

    #[test]
    fn a_reference_that_leads_nowhere_is_always_found(drawn in workflow(), which in any::<Index>(), how in 0..4_usize) {
        let text = drawn.text();
        // A digit is put where no step and no attribute has one, and a letter where a step ends.
        let places: Vec<usize> = match how {
            0 => text.match_indices("steps.s").map(|(at, found)| at + found.len()).collect(),
            3 => text.match_indices("vars.v").map(|(at, found)| at + found.len()).collect(),
            1 => text.match_indices("steps.s").filter_map(|(at, _)| Some(at + 7 + text[at + 7..].find('.')? + 1)).collect(),
            _ => text
                .match_indices("needs: [s")
                .chain(text.match_indices("after: [s"))
                .map(|(at, found)| at + found.len())
                .collect(),
        };
        prop_assume!(!places.is_empty());
        let at = places[which.index(places.len())];
        let mut wrong = text.clone();
        wrong.insert_str(at, "999");
        let source = Source::new("x.yaml", &wrong);
        let checked = check(&source, &CheckOptions::shipped());
        prop_assert!(checked.workflow.is_none(), "{}", wrong);
        let code = ["OX205", "OX206", "OX205", "OX204"][how];
        let line = source.place(at).line;
        // A cut expression such as `steps.s1.999output` is none at all.
        prop_assert!(
            checked.diagnostics.iter().any(|it| {
                (it.code == code || (how == 1 && it.code == "OX201")) && source.place(it.span.start).line == line
            }),
            "{}\n{}", wrong, render(&source, &checked.diagnostics, false)
        );
    }

    #[test]
    fn what_is_accepted_is_sent_to_the_letter(words in "[a-zA-Z0-9åé你🙂,.:;!?#&*@%$(){}\\[\\]'\"`~|<>=+/\\\\ \\t_-]{1,30}", style in 0..4_usize) {
        let text = words.trim();
        prop_assume!(!text.is_empty());
        let (written, said) = match style {
            // As it is: whatever YAML makes another text of must not get through.
            0 => {
                prop_assume!(!text.starts_with(['"', '\'', '|', '>', '!', '&']));
                (text.to_owned(), text.to_owned())
            }
            1 => (format!("'{}'", text.replace('\'', "''")), text.to_owned()),
            2 => (serde_json::to_string(text).expect("a text"), text.to_owned()),
            _ => (format!("|\n        {text}\n        {text}"), format!("{text}\n{text}\n")),
        };
        let file = format!(
            "outx: 1\nname: x\nsteps:\n  a:\n    uses: linkedin.send-message\n    with:\n      recipient_urn: A\n      message: {written}\n"
        );
        prop_assume!(!said.contains("${{"));
        let source = Source::new("x.yaml", &file);
        let checked = check(&source, &CheckOptions::shipped());
        let Some(workflow) = checked.workflow else {
            // Quoted or in a block, everything can be said that the service takes.
            prop_assert!(style == 0 || checked.diagnostics.iter().all(|it| it.code == "OX132"), "{}\n{}", file, render(&source, &checked.diagnostics, false));
            return Ok(());
        };
        let ahead = outx_flow::forecast(&std::sync::Arc::new(workflow), &serde_json::json!({}), jiff::Timestamp::UNIX_EPOCH)
            .expect("a workflow");
        let known = &ahead.steps["a"].known[0];
        prop_assert_eq!(known.input["message"].as_str(), Some(said.as_str()), "{}", file);
    }
}
