//! The bare loop that an engine is compared with: a petgraph of steps, a queue, and a tokio task for each step
//! that is ready. It has no language, no facts, no values by hash, and cannot be resumed.

use petgraph::graph::{DiGraph, NodeIndex};
use serde_json::{Value, json};
use std::collections::VecDeque;
use tokio::task::JoinSet;

/// So many steps, each with the output of the one before.
pub fn bare_chain(steps: usize) -> usize {
    let mut graph = DiGraph::new();
    let nodes: Vec<NodeIndex> = (0..steps).map(|_| graph.add_node(())).collect();
    for pair in nodes.windows(2) {
        graph.add_edge(pair[0], pair[1], ());
    }
    run(&graph)
}

/// One step, then so many that wait for it alone.
pub fn bare_fan_out(items: usize) -> usize {
    let mut graph = DiGraph::new();
    let first = graph.add_node(());
    for _ in 0..items {
        let item = graph.add_node(());
        graph.add_edge(first, item, ());
    }
    run(&graph)
}

#[expect(clippy::expect_used, reason = "a benchmark that cannot be set up must not go on")]
fn run(graph: &DiGraph<(), ()>) -> usize {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let mut waits: Vec<usize> = graph
            .node_indices()
            .map(|node| graph.neighbors_directed(node, petgraph::Incoming).count())
            .collect();
        let mut ready: VecDeque<NodeIndex> =
            graph.node_indices().filter(|node| waits[node.index()] == 0).collect();
        let mut outputs: Vec<Value> = vec![Value::Null; graph.node_count()];
        let mut tasks = JoinSet::new();
        let mut done = 0;
        loop {
            while let Some(node) = ready.pop_front() {
                tasks.spawn(async move { (node, json!({ "x": node.index() })) });
            }
            let Some(ended) = tasks.join_next().await else { break };
            let (node, output) = ended.expect("a step that does not panic");
            outputs[node.index()] = output;
            done += 1;
            for next in graph.neighbors(node) {
                waits[next.index()] -= 1;
                if waits[next.index()] == 0 {
                    ready.push_back(next);
                }
            }
        }
        done
    })
}
