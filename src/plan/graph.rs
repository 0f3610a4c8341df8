//! The order of things: a stable topological sort, and cycles by name.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use petgraph::Direction;
use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::error::{Error, Result};
use crate::resource::{Address, Resource};

/// The indexes `0..count` in an order in which every edge `(before, after)` holds; of those that are free, the
/// smallest index comes first, so equal input always gives the equal order.
///
/// Fails with the indexes of a cycle, in its order.
pub fn topological(count: usize, edges: impl IntoIterator<Item = (usize, usize)>) -> Result<Vec<usize>, Vec<usize>> {
    let mut graph: DiGraph<(), ()> = DiGraph::with_capacity(count, 0);
    let nodes: Vec<NodeIndex> = (0..count).map(|_| graph.add_node(())).collect();
    for (before, after) in edges {
        graph.update_edge(nodes[before], nodes[after], ());
    }
    let mut waiting: Vec<usize> =
        nodes.iter().map(|n| graph.neighbors_directed(*n, Direction::Incoming).count()).collect();
    let mut free: BinaryHeap<Reverse<usize>> =
        waiting.iter().enumerate().filter(|(_, n)| **n == 0).map(|(at, _)| Reverse(at)).collect();
    let mut order = Vec::with_capacity(count);
    while let Some(Reverse(at)) = free.pop() {
        order.push(at);
        for next in graph.neighbors(nodes[at]) {
            waiting[next.index()] -= 1;
            if waiting[next.index()] == 0 {
                free.push(Reverse(next.index()));
            }
        }
    }
    if order.len() == count { Ok(order) } else { Err(cycle(&graph)) }
}

/// The shortest walk round some cycle of a graph that has one.
fn cycle(graph: &DiGraph<(), ()>) -> Vec<usize> {
    let mut knots: Vec<Vec<NodeIndex>> = tarjan_scc(graph);
    knots.retain(|knot| knot.len() > 1 || knot.iter().any(|n| graph.contains_edge(*n, *n)));
    knots.sort_by_key(|knot| knot.iter().min().copied());
    let Some(knot) = knots.first() else { return Vec::new() };
    let Some(start) = knot.iter().min().copied() else { return Vec::new() };
    // Breadth first from the smallest node until an edge leads back to it.
    let mut came_from: HashMap<NodeIndex, NodeIndex> = HashMap::new();
    let mut queue = std::collections::VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        let mut next: Vec<NodeIndex> = graph.neighbors(node).filter(|n| knot.contains(n)).collect();
        next.sort();
        for neighbour in next {
            if neighbour == start {
                let mut walk = vec![node.index()];
                let mut at = node;
                while at != start {
                    at = came_from[&at];
                    walk.push(at.index());
                }
                walk.reverse();
                return walk;
            }
            if let std::collections::hash_map::Entry::Vacant(entry) = came_from.entry(neighbour) {
                entry.insert(node);
                queue.push_back(neighbour);
            }
        }
    }
    Vec::new()
}

/// The resources' indexes, what is depended on first; ties by the given order.
///
/// A dependency on something that is not in the list, a repeated address or a cycle is a bug: the list is ours.
pub fn order(resources: &[Resource]) -> Result<Vec<usize>> {
    let mut at: HashMap<&Address, usize> = HashMap::new();
    for (index, resource) in resources.iter().enumerate() {
        if at.insert(&resource.address, index).is_some() {
            return Err(Error::bug(format!("`{}` is wanted twice", resource.address)));
        }
    }
    let mut edges = Vec::new();
    for (index, resource) in resources.iter().enumerate() {
        for dependency in &resource.depends_on {
            let Some(before) = at.get(dependency) else {
                let message = format!("`{}` depends on `{dependency}`, which is not wanted", resource.address);
                return Err(Error::bug(message));
            };
            edges.push((*before, index));
        }
    }
    topological(resources.len(), edges).map_err(|cycle| {
        let names: Vec<String> =
            cycle.iter().chain(cycle.first()).map(|i| format!("`{}`", resources[*i].address)).collect();
        Error::bug(format!("resources wait for each other: {}", names.join(" before ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::Kind;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn resource(name: &str, depends_on: &[&str]) -> Resource {
        Resource {
            address: Address::new(Kind::GlueJob, name),
            identity: BTreeMap::new(),
            fields: BTreeMap::new(),
            depends_on: depends_on.iter().map(|n| Address::new(Kind::GlueJob, *n)).collect(),
            existing: false,
        }
    }

    #[test]
    fn ties_keep_the_given_order() {
        let list = [resource("z", &["b"]), resource("y", &[]), resource("b", &[]), resource("a", &[])];
        assert_eq!(order(&list).unwrap(), [1, 2, 0, 3]);
    }

    #[test]
    fn a_cycle_is_named() {
        let list = [resource("a", &[]), resource("b", &["d", "a"]), resource("c", &["b"]), resource("d", &["c"])];
        assert_eq!(
            order(&list).unwrap_err().message(),
            "resources wait for each other: `glue_job.b` before `glue_job.c` before `glue_job.d` before `glue_job.b`"
        );
        assert_eq!(topological(1, [(0, 0)]), Err(vec![0]));
    }

    #[test]
    fn strange_lists_are_bugs() {
        assert_eq!(order(&[resource("a", &["b"])]).unwrap_err().code(), "bug");
        assert_eq!(order(&[resource("a", &[]), resource("a", &[])]).unwrap_err().code(), "bug");
    }

    proptest! {
        /// Every edge holds, everything is there once, and it is the smallest such order.
        #[test]
        fn the_order_respects_all_edges(count in 1usize..12, pairs in prop::collection::vec((0usize..12, 0usize..12), 0..30)) {
            let edges: Vec<(usize, usize)> = pairs.into_iter().map(|(a, b)| (a % count, b % count)).filter(|(a, b)| a != b)
                .map(|(a, b)| (a.max(b), a.min(b))).collect();
            let order = topological(count, edges.iter().copied()).unwrap();
            let mut sorted = order.clone();
            sorted.sort_unstable();
            prop_assert_eq!(sorted, (0..count).collect::<Vec<_>>());
            let place = |i: usize| order.iter().position(|o| *o == i).unwrap();
            prop_assert!(edges.iter().all(|(before, after)| place(*before) < place(*after)));
            for at in 0..count {
                let free = |i: usize| edges.iter().all(|(b, a)| *a != i || place(*b) < at);
                let smallest = order[at..].iter().copied().filter(|i| free(*i)).min();
                prop_assert_eq!(Some(order[at]), smallest);
            }
        }

        /// What is told as a cycle is one.
        #[test]
        fn cycles_are_real(count in 1usize..8, pairs in prop::collection::vec((0usize..8, 0usize..8), 0..20)) {
            let edges: Vec<(usize, usize)> = pairs.into_iter().map(|(a, b)| (a % count, b % count)).collect();
            if let Err(cycle) = topological(count, edges.iter().copied()) {
                prop_assert!(!cycle.is_empty());
                for (at, node) in cycle.iter().enumerate() {
                    prop_assert!(edges.contains(&(*node, cycle[(at + 1) % cycle.len()])));
                }
            }
        }
    }
}
