//! Which step waits for which, known before anything runs.

use petgraph::Direction;
use petgraph::algo::{kosaraju_scc, toposort};
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;
use std::collections::VecDeque;

/// How strongly a step depends on another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Strength {
    /// Order only, whatever the other's status: `after`, or only its `.status` is read.
    Order,
    /// It reads the items of a fan-out: it runs unless the fan-out was skipped.
    Items,
    /// The other must have succeeded: `needs`, or its output is read.
    Need,
}

/// The dependencies within one block.
#[derive(Debug, Clone)]
pub struct Graph {
    dependents: Vec<Vec<usize>>,
    dependencies: Vec<Vec<(usize, Strength)>>,
    /// Each step's place in an order in which all that it waits for stands before it.
    places: Vec<usize>,
}

/// Steps that wait for each other in a circle, as the path of references: the first is named again at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cycle(pub Vec<usize>);

impl Graph {
    /// Makes the graph of `steps` steps from `(step, waits for, how)`.
    ///
    /// # Errors
    ///
    /// A shortest cycle through the first step that is in one.
    pub fn new(steps: usize, edges: &[(usize, usize, Strength)]) -> Result<Self, Cycle> {
        let mut inner: DiGraph<(), Strength> = DiGraph::with_capacity(steps, edges.len());
        for _ in 0..steps {
            inner.add_node(());
        }
        for &(step, on, strength) in edges {
            let (from, to) = (NodeIndex::new(on), NodeIndex::new(step));
            match inner.find_edge(from, to) {
                Some(edge) => inner[edge] = inner[edge].max(strength),
                None => drop(inner.add_edge(from, to, strength)),
            }
        }
        // petgraph's own question for a cycle is recursive: a long chain would overflow the stack.
        let Ok(order) = toposort(&inner, None) else { return Err(cycle(&inner)) };
        let mut places = vec![0; steps];
        for (place, node) in order.into_iter().enumerate() {
            places[node.index()] = place;
        }
        let mut dependents = vec![Vec::new(); steps];
        let mut dependencies = vec![Vec::new(); steps];
        for edge in inner.edge_references() {
            let (on, step) = (edge.source().index(), edge.target().index());
            dependents[on].push(step);
            dependencies[step].push((on, *edge.weight()));
        }
        // Smaller numbers first: steps that could start together start in the order of the file.
        for list in &mut dependents {
            list.sort_unstable();
        }
        for list in &mut dependencies {
            list.sort_unstable();
        }
        Ok(Self { dependents, dependencies, places })
    }

    /// How many steps there are.
    #[expect(clippy::len_without_is_empty, reason = "a block without steps is refused by the checker")]
    pub fn len(&self) -> usize {
        self.dependents.len()
    }

    /// A step's place in an order in which all that it waits for stands before it.
    pub fn place(&self, step: usize) -> usize {
        self.places[step]
    }

    /// The steps that wait for this one.
    pub fn dependents(&self, step: usize) -> &[usize] {
        &self.dependents[step]
    }

    /// What this step waits for, and how.
    pub fn dependencies(&self, step: usize) -> &[(usize, Strength)] {
        &self.dependencies[step]
    }

    /// All edges as `(step, waits for, how)`, in the order of the steps.
    pub fn edges(&self) -> Vec<(usize, usize, Strength)> {
        let steps = 0..self.len();
        steps.flat_map(|step| self.dependencies[step].iter().map(move |&(on, how)| (step, on, how))).collect()
    }
}

/// A shortest way round from the first step that is in a circle.
fn cycle(graph: &DiGraph<(), Strength>) -> Cycle {
    let circles = kosaraju_scc(graph);
    let circles = circles.iter().filter(|steps| {
        let [alone] = steps.as_slice() else { return true };
        graph.contains_edge(*alone, *alone)
    });
    let Some(start) = circles.flatten().min().copied() else { return Cycle(Vec::new()) };
    // Breadth first, from who waits to what is waited for, until the start is met again.
    let mut came = vec![None; graph.node_count()];
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        let mut next: Vec<_> = graph.neighbors_directed(node, Direction::Incoming).collect();
        next.sort_unstable();
        for on in next {
            if on == start {
                let way = std::iter::successors(Some(node), |at| came[at.index()]);
                let mut path: Vec<usize> = way.map(NodeIndex::index).collect();
                path.reverse();
                path.push(start.index());
                return Cycle(path);
            }
            if came[on.index()].is_none() {
                came[on.index()] = Some(node);
                queue.push_back(on);
            }
        }
    }
    Cycle(Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_cycle_is_a_path_of_references() {
        use Strength::Need;
        // 0 waits for 1, 1 for 2, 2 for 0; 3 waits for 0.
        let cycle = Graph::new(4, &[(0, 1, Need), (1, 2, Need), (2, 0, Need), (3, 0, Need)]).unwrap_err();
        assert_eq!(cycle, Cycle(vec![0, 1, 2, 0]));
        assert_eq!(Graph::new(1, &[(0, 0, Need)]).unwrap_err(), Cycle(vec![0, 0]));
    }

    #[test]
    fn the_strongest_of_two_dependencies_holds() {
        let graph = Graph::new(2, &[(1, 0, Strength::Order), (1, 0, Strength::Need)]).unwrap();
        assert_eq!(graph.dependencies(1), [(0, Strength::Need)]);
    }

    proptest! {
        #[test]
        fn all_steps_get_their_turn_or_a_real_cycle_is_shown(
            edges in proptest::collection::vec((0usize..8, 0usize..8), 0..20)
        ) {
            let edges: Vec<_> = edges.into_iter().map(|(a, b)| (a, b, Strength::Need)).collect();
            match Graph::new(8, &edges) {
                Ok(graph) => {
                    // Whatever waits for nothing that is left can go, until nothing is left.
                    let mut left: Vec<usize> = (0..8).collect();
                    while let Some(at) = left.iter().position(|step| {
                        graph.dependencies(*step).iter().all(|(on, _)| !left.contains(on))
                    }) {
                        left.remove(at);
                    }
                    prop_assert!(left.is_empty(), "{left:?} wait for each other");
                    for (step, on, how) in edges {
                        prop_assert!(graph.place(on) < graph.place(step));
                        prop_assert!(graph.dependencies(step).contains(&(on, how)));
                        prop_assert!(graph.dependents(on).contains(&step));
                    }
                }
                Err(Cycle(path)) => {
                    prop_assert!(path.len() >= 2 && path.first() == path.last());
                    for pair in path.windows(2) {
                        prop_assert!(edges.iter().any(|(step, on, _)| (*step, *on) == (pair[0], pair[1])));
                    }
                }
            }
        }
    }
}
