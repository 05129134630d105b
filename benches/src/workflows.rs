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

/// One step for each of so many items.
pub fn fan_out(items: usize) -> String {
    let list: Vec<String> = (0..items).map(|item| item.to_string()).collect();
    format!(
        "outx: 1\nname: fan-out\ninputs:\n  list: {{ type: array, default: [{}] }}\nsteps:\n  all:\n    \
         each: ${{{{ inputs.list }}}}\n    as: n\n    steps:\n      one: {{ uses: core.set, with: {{ x: \"${{{{ n }}}}\" }} }}\n",
        list.join(", ")
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
