//! Workflows whose steps do nothing, of any size.

use std::fmt::Write;

/// Steps that each read the one before.
pub fn chain(steps: usize) -> String {
    let mut text = String::from("outx: 1\nname: chain\nsteps:\n  s0: { uses: core.set, with: { x: 0 } }\n");
    for step in 1..steps {
        let before = step - 1;
        let _ = writeln!(
            text,
            "  s{step}: {{ uses: core.set, with: {{ x: \"${{{{ steps.s{before}.output.x }}}}\" }} }}"
        );
    }
    text
}

/// Steps that each compute from the one before, no two by the same expression.
pub fn computed(steps: usize) -> String {
    let mut text =
        String::from("outx: 1\nname: computed\nsteps:\n  s0: { uses: core.set, with: { x: 0 } }\n");
    for step in 1..steps {
        let before = step - 1;
        let _ = writeln!(
            text,
            "  s{step}: {{ uses: core.set, with: {{ x: \"${{{{ steps.s{before}.output.x + 1 }}}}\" }} }}"
        );
    }
    text
}

/// One step with an expression for each of so many items.
pub fn fan_out_computed(items: usize) -> String {
    fan_out(items).replace("{{ n }}", "{{ n + 1 }}")
}

/// The steps of a chain, so many times one after the other: a file may have 10,000 of them, a run any number.
pub fn again(chain: &str, times: usize) -> String {
    let (head, steps) = chain.split_once("steps:\n").unwrap_or_default();
    let mut text = format!("{head}steps:\n  all:\n    repeat: {{ max: {times} }}\n    steps:\n");
    for step in steps.lines() {
        let _ = writeln!(text, "    {step}");
    }
    text
}

/// One step for each of so many items.
pub fn fan_out(items: usize) -> String {
    format!(
        "outx: 1\nname: fan-out\nsteps:\n  all:\n    each: ${{{{ lists.range({items}) }}}}\n    as: n\n    \
         steps:\n      one: {{ uses: core.set, with: {{ x: \"${{{{ n }}}}\" }} }}\n"
    )
}

/// Steps that wait for nothing.
pub fn beside(steps: usize) -> String {
    let mut text = String::from("outx: 1\nname: beside\nsteps:\n");
    for step in 0..steps {
        let _ = writeln!(text, "  s{step}: {{ uses: core.set, with: {{ x: {step} }} }}");
    }
    text
}

/// One step for each of so many items, and then a question that nobody answers.
pub fn fan_out_that_asks(items: usize) -> String {
    fan_out(items) + "  ask: { after: all, uses: core.approve, with: { message: \"Is that enough?\" } }\n"
}
