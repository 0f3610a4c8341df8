//! Steps after which a row is something else: `union`, `aggregate`, `split_string`, `explode`, `unpivot`, `pivot`.

use indexmap::IndexMap;
use serde_json::{Value as Json, json};

use super::steps::{name, names};
use crate::manifest::cx::Cx;
use crate::manifest::model::{Aggregate, Explode, Pivot, SplitString, Union, Unpivot};
use crate::manifest::node::{Node, Value};
use crate::manifest::read::{Reader, boolean, list, map_of, record, text, text_of, wrong_type};
use crate::manifest::rules;
use crate::manifest::spanned::Spanned;

fn new_column() -> impl Reader<Out = Spanned<String>> {
    text_of(&rules::NEW_COLUMN).spanned()
}

/// `[t]`, or `{ with: [t], allow_missing: true }`.
pub fn union() -> impl Reader<Out = Union> {
    UnionOf
}

struct UnionOf;

impl UnionOf {
    fn short() -> impl Reader<Out = Union> {
        names().map(|with| Union { with, allow_missing: false })
    }

    fn long() -> impl Reader<Out = Union> {
        record("a union", |m| {
            let with =
                m.required("with", "Tables or sources; `table.x` and `source.x` where both are called x.", names());
            let allow_missing =
                m.or("allow_missing", "A column that one side lacks is NULL there.", boolean(), "false");
            Some(Union { with: with?, allow_missing: allow_missing? })
        })
    }
}

impl Reader for UnionOf {
    type Out = Union;

    fn schema(&self) -> Json {
        json!({ "anyOf": [Self::short().schema(), Self::long().schema()] })
    }

    fn read(&self, node: &Node, cx: &mut Cx) -> Option<Union> {
        match &node.value {
            Value::List(_) => Self::short().read(node, cx),
            Value::Map(_) => Self::long().read(node, cx),
            Value::Scalar(_) => {
                cx.fault(
                    wrong_type("a list", node)
                        .with_expected("`[table, ...]`, or `{ with: [table, ...], allow_missing: true }`"),
                );
                None
            }
        }
    }
}

/// `{ by, values }`.
pub fn aggregate() -> impl Reader<Out = Aggregate> {
    record("an aggregate", |m| {
        let by = m.listed("by", "The key; without one all rows are one group.", list(name()));
        let values = m.required(
            "values",
            "New column to what it holds: `count(*)`, `sum(x)`, `max(x) - min(x)`.",
            map_of(&rules::NEW_COLUMN, name()).not_empty(),
        );
        Some(Aggregate { by: by?, values: values? })
    })
}

/// `{ column, pattern, into }`.
pub fn split_string() -> impl Reader<Out = SplitString> {
    record("split_string", |m| {
        let column = m.required("column", "The text to cut.", name());
        let pattern = m.required("pattern", "The regular expression between its parts.", text().spanned());
        let into = m.optional("into", "The column of the array; by default the text's own.", new_column());
        Some(SplitString { column: column?, pattern: pattern?, into: into? })
    })
}

/// `{ column, as, outer }`.
pub fn explode() -> impl Reader<Out = Explode> {
    record("explode", |m| {
        let column = m.required("column", "The array.", name());
        let into = m.optional("as", "The column of the elements; by default the array's own.", new_column());
        let outer =
            m.or("outer", "An array that is empty or NULL gives one row with NULL, not none.", boolean(), "false");
        Some(Explode { column: column?, into: into?, outer: outer? })
    })
}

/// `{ columns, name, value }`.
pub fn unpivot() -> impl Reader<Out = Unpivot> {
    record("unpivot", |m| {
        let columns = m.required("columns", "The columns that become rows (globs), of one type.", names());
        let name = m.required("name", "The new column of their names.", new_column());
        let value = m.required("value", "The new column of their values.", new_column());
        Some(Unpivot { columns: columns?, name: name?, value: value? })
    })
}

/// `{ by, column, values, value }`.
pub fn pivot() -> impl Reader<Out = Pivot> {
    record("pivot", |m| {
        let by = m.required("by", "The key of the rows.", names());
        let column = m.required("column", "The column whose values become columns.", name());
        let values = m.required(
            "values",
            "The values, which are the new columns' names; or { new_column: value } where a value is no name.",
            Values,
        );
        let value = m.required("value", "What the new columns hold: one aggregate, such as `sum(x)`.", name());
        Some(Pivot { by: by?, column: column?, values: values?, value: value? })
    })
}

/// `[value]`, or `{ column: value }`.
struct Values;

impl Values {
    fn map() -> impl Reader<Out = IndexMap<Spanned<String>, Spanned<String>>> {
        map_of(&rules::NEW_COLUMN, text().spanned()).not_empty()
    }
}

impl Reader for Values {
    type Out = IndexMap<Spanned<String>, Spanned<String>>;

    fn schema(&self) -> Json {
        json!({ "anyOf": [list(new_column()).not_empty().schema(), Self::map().schema()] })
    }

    fn read(&self, node: &Node, cx: &mut Cx) -> Option<Self::Out> {
        match &node.value {
            Value::List(_) => {
                let named = list(new_column()).not_empty().read(node, cx)?;
                Some(named.into_iter().map(|name| (name.clone(), name)).collect())
            }
            Value::Map(_) => Self::map().read(node, cx),
            Value::Scalar(_) => {
                let expected = "`[value, ...]`, or `{ new_column: value }` where a value is no column's name";
                cx.fault(wrong_type("a list or a map", node).with_expected(expected));
                None
            }
        }
    }
}
