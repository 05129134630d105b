//! What a check is compared with: the YAML read, each expression compiled by the bare crate, the steps sorted. It knows
//! no spans, no types, no kinds, and finds nothing that is wrong.

use cel::Env;
use petgraph::algo::toposort;
use petgraph::graph::DiGraph;
use serde_yaml::Value;
use std::collections::HashMap;

/// Gives how many steps were put in order.
///
/// # Panics
///
/// When the workflow has other steps than those of the benchmarks: `with` holds texts and numbers.
#[expect(clippy::expect_used, reason = "a benchmark that cannot be set up must not go on")]
pub fn bare_check(text: &str) -> usize {
    let root: Value = serde_yaml::from_str(text).expect("YAML");
    let steps = root.get("steps").and_then(Value::as_mapping).expect("steps");
    let env = Env::stdlib();
    let mut graph = DiGraph::new();
    let mut known = HashMap::new();
    for (id, step) in steps {
        let node = graph.add_node(());
        let with = step.get("with").and_then(Value::as_mapping).expect("with");
        for text in with.values().filter_map(Value::as_str) {
            let source = text.trim_start_matches("${{").trim_end_matches("}}");
            let program = env.compile(source).expect("an expression");
            assert!(program.references().has_variable("steps"));
            let read = source.trim().strip_prefix("steps.").and_then(|rest| rest.split('.').next());
            if let Some(on) = read.and_then(|id| known.get(id)) {
                graph.add_edge(*on, node, ());
            }
        }
        known.insert(id.as_str().expect("an id"), node);
    }
    toposort(&graph, None).expect("no circle").len()
}
