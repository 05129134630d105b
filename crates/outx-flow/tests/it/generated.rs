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
}

#[derive(Debug, Clone)]
struct DrawnStep {
    /// In which block it stands.
    block: usize,
    /// The block inside of it, for a fan-out.
    inner: Option<usize>,
    needs: Vec<usize>,
    after: Vec<usize>,
    /// What its condition reads, and then what its input or list reads.
    reads: Vec<(usize, &'static str)>,
    flow: bool,
}

/// What is drawn of one step.
type Draw = (Index, bool, Vec<Index>, Vec<Index>, Vec<(Index, bool)>, bool);

/// Any workflow of 1 to 12 steps, nested up to three deep.
pub(crate) fn workflow() -> impl Strategy<Value = Drawn> {
    let some = || prop::collection::vec(any::<Index>(), 0..3);
    let reads = prop::collection::vec((any::<Index>(), any::<bool>()), 0..3);
    let step = (any::<Index>(), prop::bool::weighted(0.3), some(), some(), reads, any::<bool>());
    prop::collection::vec(step, 1..12).prop_map(|draws| Drawn::of(&draws))
}

impl Drawn {
    fn of(choices: &[Draw]) -> Self {
        let mut drawn = Self { steps: Vec::new(), blocks: vec![Vec::new()] };
        for (block, is_each, needs, after, reads, flow) in choices {
            let block = block.index(drawn.blocks.len());
            let me = drawn.steps.len();
            let visible = drawn.visible(block, me);
            let pick = |index: &Index| (!visible.is_empty()).then(|| visible[index.index(visible.len())]);
            let read = |(index, status): &(Index, bool)| {
                let on = pick(index)?;
                let what = if drawn.steps[on].inner.is_some() { "items" } else { "output" };
                Some((on, if *status { "status" } else { what }))
            };
            let deep = drawn.depth(block) < 3;
            let mut step = DrawnStep {
                block,
                inner: (*is_each && deep).then_some(drawn.blocks.len()),
                needs: needs.iter().filter_map(pick).collect(),
                after: after.iter().filter_map(pick).collect(),
                reads: reads.iter().filter_map(read).collect(),
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
        // A fan-out has steps.
        for block in 0..drawn.blocks.len() {
            if drawn.blocks[block].is_empty() {
                drawn.blocks[block].push(drawn.steps.len());
                let (needs, after, reads) = Default::default();
                drawn.steps.push(DrawnStep { block, inner: None, needs, after, reads, flow: true });
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

    /// The steps that one of a block may name without a circle: those drawn before the outermost step around it.
    fn visible(&self, block: usize, me: usize) -> Vec<usize> {
        let (mut found, mut at, mut before) = (Vec::new(), block, me);
        loop {
            found.extend(self.blocks[at].iter().copied().filter(|step| *step < before));
            let Some(owner) = self.owner(at) else { return found };
            (at, before) = (self.steps[owner].block, before.min(owner));
        }
    }

    pub(crate) fn text(&self) -> String {
        let mut text = "outx: 1\nname: drawn\nsteps:\n".to_owned();
        self.write(0, 1, &mut text);
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
            let values: Vec<_> = reads.map(read).collect();
            let value = format!("\"${{{{ [{}] }}}}\"", values.join(", "));
            match step.inner {
                None => keys.extend(["uses: core.log".to_owned(), format!("with: {{ message: {value} }}")]),
                Some(_) => keys.push(format!("each: {value}")),
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
                writeln!(text, "{pad}  as: i{number}\n{pad}  steps:").expect("a text");
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
            direct.extend(step.reads.iter().map(|(on, what)| {
                let how = match *what {
                    _ if step.after.contains(on) => Strength::Order,
                    "status" => Strength::Order,
                    "items" => Strength::Items,
                    _ => Strength::Need,
                };
                (*on, how)
            }));
            for (on, how) in direct {
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
        block.steps.iter().filter_map(|step| step.each()).for_each(|each| add(&each.block, edges));
    }
    let mut edges = BTreeMap::new();
    add(&workflow.block, &mut edges);
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
    fn a_reference_that_leads_nowhere_is_always_found(drawn in workflow(), which in any::<Index>(), how in 0..3_usize) {
        let text = drawn.text();
        // A digit is put where no step and no attribute has one, and a letter where a step ends.
        let places: Vec<usize> = match how {
            0 => text.match_indices("steps.s").map(|(at, found)| at + found.len()).collect(),
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
        let code = if how == 1 { "OX206" } else { "OX205" };
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
