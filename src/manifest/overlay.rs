//! Environments over the rest: maps merge, lists and scalars replace, null removes.

use indexmap::IndexMap;

use super::node::{Map, Node, Value};
use super::spanned::Spanned;

/// Lays `over` over `base`. What comes from `over` keeps its own place, keys included; a map that both have stays at
/// the base's place. New keys come after the base's.
pub fn overlay(base: Node, over: Node) -> Node {
    match (base.value, over.value) {
        (Value::Map(below), Value::Map(above)) => Node { value: Value::Map(merge(below, above)), place: base.place },
        (_, Value::Map(above)) => Node { value: Value::Map(merge(Map::new(), above)), place: over.place },
        (_, value) => Node { value, place: over.place },
    }
}

/// Lays the entries of one map over another's.
pub fn merge(below: Map, above: Map) -> Map {
    let mut above: IndexMap<Spanned<String>, Option<Node>> = above.into_iter().map(|(k, v)| (k, Some(v))).collect();
    let mut merged = Map::with_capacity(below.len() + above.len());
    for (key, base) in below {
        let over = above.get_full_mut(&key).and_then(|(_, over_key, node)| Some((over_key.clone(), node.take()?)));
        match over {
            None => merged.insert(key, base),
            Some((_, over)) if over.is_null() => None,
            Some((over_key, over)) => {
                let both_maps = base.as_map().is_some() && over.as_map().is_some();
                merged.insert(if both_maps { key } else { over_key }, overlay(base, over))
            }
        };
    }
    let new = above.into_iter().filter_map(|(key, over)| Some((key, over?))).filter(|(_, over)| !over.is_null());
    merged.extend(new.map(|(key, over)| (key, overlay(Node::unplaced(""), over))));
    merged
}
