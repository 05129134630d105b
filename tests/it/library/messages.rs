//! The API shows no replies, so nobody is written to again unless a person has looked and said yes.

use super::{checked, entries};
use outx_flow::diagnostic::Source;
use outx_flow::{Block, CheckOptions, Step, Strength, check};

/// Whether a step sends messages, itself or in the steps inside of it.
fn writes(step: &Step) -> bool {
    let sends = |kind: &str| kind == "linkedin.send-message" || kind == "outx.task";
    match step.block() {
        Some(block) => block.steps.iter().any(writes),
        None => step.uses().is_some_and(|uses| sends(uses.kind.name())),
    }
}

fn asks(step: &Step) -> bool {
    step.uses().is_some_and(|uses| uses.kind.name() == "core.approve")
}

/// Whether a step of a block comes after another, by such ties alone.
fn follows(block: &Block, step: usize, on: usize, ties: impl Fn(Strength) -> bool + Copy) -> bool {
    let edges = block.graph.edges();
    let mut next = edges.iter().filter(|(from, _, how)| *from == step && ties(*how));
    next.any(|(_, to, _)| *to == on || follows(block, *to, on, ties))
}

/// The pairs of messages of a block, and of the blocks inside of it, between which nobody is asked.
fn unasked(block: &Block) -> Vec<String> {
    let steps = &block.steps;
    let mut found: Vec<_> = steps.iter().filter_map(|step| Some(unasked(step.block()?))).flatten().collect();
    let messages: Vec<_> = (0..steps.len()).filter(|step| writes(&steps[*step])).collect();
    // What comes second can be sent only after a yes that was asked for after the first.
    let is_asked = |first: usize, second: usize| {
        (0..steps.len()).filter(|step| asks(&steps[*step])).any(|ask| {
            follows(block, ask, first, |_| true) && follows(block, second, ask, |how| how == Strength::Need)
        })
    };
    for (at, &one) in messages.iter().enumerate() {
        for &other in &messages[at + 1..] {
            if !is_asked(one, other) && !is_asked(other, one) {
                found.push(format!("{} and {}", steps[one].id, steps[other].id));
            }
        }
        // Once is enough to be sent again and again, where nobody is asked each time.
        let repeats = steps[one].repeat().is_some();
        let asked_inside = |inside: &Block| {
            let ids = 0..inside.steps.len();
            ids.clone().filter(|step| writes(&inside.steps[*step])).all(|message| {
                ids.clone().any(|ask| {
                    asks(&inside.steps[ask]) && follows(inside, message, ask, |how| how == Strength::Need)
                })
            })
        };
        if repeats && !steps[one].block().is_some_and(asked_inside) {
            found.push(format!("{} again and again", steps[one].id));
        }
    }
    found
}

#[test]
fn nobody_gets_a_second_message_without_a_yes() {
    let mut with_two = 0;
    for entry in entries() {
        let workflow = checked(&entry);
        for (_, block) in workflow.blocks() {
            assert_eq!(unasked(block), Vec::<String>::new(), "{}", entry.shown());
        }
        let messages =
            workflow.all_steps().into_iter().filter(|(_, step)| step.block().is_none() && writes(step));
        with_two += usize::from(messages.count() > 1);
    }
    assert!(with_two > 0, "no workflow of the library shows how a second message is asked for");
}

#[test]
fn a_second_message_that_nobody_is_asked_about_is_seen() {
    let message = "uses: linkedin.send-message, with: { recipient_urn: 'urn:li:fsd_profile:A', message: x }";
    let said = |steps: &str| {
        let source = Source::new("x.yaml", format!("outx: 1\nname: x\nsteps:\n{steps}"));
        let workflow = check(&source, &CheckOptions::shipped()).workflow.unwrap();
        unasked(&workflow.block)
    };
    let ask = "uses: core.approve, with: { message: 'Again?' }";
    let two = |ties: [&str; 3]| {
        said(&format!(
            "  a: {{ {message} }}\n  ask: {{ {}, {ask} }}\n  rest: {{ {}, uses: core.wait, with: {{ for: 1d }} }}\n  b: {{ {}, {message} }}\n",
            ties[0], ties[1], ties[2]
        ))
    };
    assert!(two(["needs: [a]", "needs: [ask]", "needs: [rest]"]).is_empty());
    assert!(two(["after: [a]", "needs: [a]", "needs: [ask, rest]"]).is_empty());
    // After a no it would be sent, too.
    assert_eq!(two(["needs: [a]", "needs: [a]", "after: [ask]"]), ["a and b"]);
    // It was asked before the first was sent.
    assert_eq!(two(["needs: []", "needs: [a]", "needs: [ask, rest]"]), ["a and b"]);
    let inside =
        format!("  each:\n    repeat: {{ every: 1d, max: 2 }}\n    steps:\n      a: {{ {message} }}\n");
    assert_eq!(said(&inside), ["each again and again"]);
}
