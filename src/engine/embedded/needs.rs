//! The columns that each step's outcome has to have for what comes after it.
//!
//! Our own operators are walls to DataFusion's optimizer, so columns that nobody needs are left out before.

use std::collections::{BTreeSet, HashMap};

use crate::flow::document::{Input, Operation, Step, Table};
use crate::flow::expr::Expr;
use crate::flow::types::Schema;

/// For each step the columns of its outcome that are needed, in order. At least one each, so that rows can be counted.
pub struct Needs<'t> {
    /// Of the steps of each part.
    pub parts: HashMap<&'t str, Vec<Schema>>,
    /// Of the table's own steps.
    pub steps: Vec<Schema>,
}

type Names = BTreeSet<String>;

/// What `table` needs.
pub fn needs(table: &Table) -> Needs<'_> {
    let mut of_parts = HashMap::new();
    let steps = walk(&table.steps, all(&table.schema), &mut of_parts);
    let mut parts = HashMap::new();
    // A part is read by later parts and by the table: these come first here.
    for (name, steps) in table.parts.iter().rev() {
        let needed = of_parts.remove(name.as_str()).unwrap_or_default();
        parts.insert(name.as_str(), walk(steps, needed, &mut of_parts));
    }
    Needs { parts, steps }
}

fn walk<'t>(steps: &'t [Step], mut needed: Names, of_parts: &mut HashMap<&'t str, Names>) -> Vec<Schema> {
    let mut schemas = Vec::with_capacity(steps.len());
    for (number, step) in steps.iter().enumerate().rev() {
        if needed.is_empty() {
            needed.extend(step.schema.names().next().map(str::to_string));
        }
        let (own, mut below) = below(step, &needed, &mut |part, columns| {
            of_parts.entry(part).or_default().extend(columns);
        });
        let columns = step.schema.columns.iter().filter(|column| own.contains(&column.name));
        schemas.push(Schema { columns: columns.cloned().collect() });
        if let Some(before) = number.checked_sub(1) {
            below.retain(|name| steps[before].schema.column(name).is_some());
        }
        needed = below;
    }
    schemas.reverse();
    schemas
}

/// What `step` has to leave when `needed` is needed of it, and what it needs of the step before. `of_part` is told what
/// it needs of parts.
fn below<'t>(step: &'t Step, needed: &Names, of_part: &mut dyn FnMut(&'t str, Names)) -> (Names, Names) {
    let mut own = needed.clone();
    let mut below = needed.clone();
    match &step.operation {
        Operation::Read(input) => {
            if let Input::Part(part) = input {
                of_part(part, below.clone());
            }
        }
        Operation::SelectFields(_) | Operation::DropFields(_) => {}
        Operation::RenameField(names) => {
            let old =
                |new: &String| names.iter().find(|(_, to)| to == new).map_or(new.clone(), |(from, _)| from.clone());
            below = needed.iter().map(old).collect();
        }
        Operation::ChangeSchema(conversions) => {
            // What is converted is counted, needed or not.
            own.extend(conversions.iter().map(|conversion| conversion.column.clone()));
            below = own.clone();
        }
        Operation::Filter(condition) => below.extend(columns(condition)),
        Operation::DerivedColumn(derived) => {
            below.retain(|name| derived.iter().all(|(new, _)| new != name));
            below.extend(computed(derived, needed));
        }
        Operation::Project(projected) => below = computed(projected, needed),
        Operation::Join { input, on, right, .. } => {
            if let Input::Part(part) = input {
                let keys = on.iter().map(|(_, key)| key.clone());
                let values = right.iter().filter(|(_, new)| needed.contains(new)).map(|(name, _)| name.clone());
                of_part(part, keys.chain(values).collect());
            }
            below.retain(|name| right.iter().all(|(_, new)| new != name));
            below.extend(on.iter().map(|(left, _)| left.clone()));
        }
        Operation::Union(branches) => {
            for branch in branches {
                if let Input::Part(part) = &branch.input {
                    of_part(part, computed(&branch.columns, needed));
                }
            }
        }
        Operation::Aggregate { by, values } => {
            own.extend(by.iter().cloned());
            let wanted = values.iter().filter(|(name, _)| needed.contains(name));
            below = wanted.filter_map(|(_, value)| value.argument.as_ref()).flat_map(columns).collect();
            below.extend(by.iter().cloned());
        }
        Operation::Limit { order_by, .. } => below.extend(order_by.iter().map(|key| key.column.clone())),
        Operation::Window(windows) => {
            below.retain(|name| windows.iter().all(|(new, _)| new != name));
            for (_, window) in windows.iter().filter(|(name, _)| needed.contains(name)) {
                below.extend(window.function.columns().into_iter().map(str::to_string));
                below.extend(window.partition_by.iter().cloned());
                below.extend(window.order_by.iter().map(|key| key.column.clone()));
            }
        }
        Operation::Explode { column, into, .. } => {
            below.remove(into);
            below.insert(column.clone());
        }
        Operation::Unpivot { columns, name, value } => {
            own.extend([name.clone(), value.clone()]);
            below.retain(|needed| needed != name && needed != value);
            below.extend(columns.iter().cloned());
        }
        // Every column has a say in which row stays.
        Operation::Distinct | Operation::DropDuplicates { .. } => {
            own = all(&step.schema);
            below = own.clone();
        }
    }
    (own, below)
}

/// The columns that the needed ones of `list` are computed from.
fn computed(list: &[(String, Expr)], needed: &Names) -> Names {
    list.iter().filter(|(name, _)| needed.contains(name)).flat_map(|(_, expr)| columns(expr)).collect()
}

fn columns(expr: &Expr) -> Names {
    expr.columns().into_iter().map(str::to_string).collect()
}

fn all(schema: &Schema) -> Names {
    schema.names().map(str::to_string).collect()
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;

    use super::*;
    use crate::flow::aggregates::{Aggregate, AggregateFunction};
    use crate::flow::document::*;
    use crate::flow::expr::Node;
    use crate::flow::types::{Column, DataType};
    use crate::flow::windows::{Frame, Window, WindowFunction};

    fn list(names: &str) -> Vec<String> {
        names.split_whitespace().map(str::to_string).collect()
    }

    fn schema(names: &str) -> Schema {
        let column = |name| Column { name, data_type: DataType::Int, description: None };
        Schema { columns: list(names).into_iter().map(column).collect() }
    }

    fn expr(name: &str) -> Expr {
        Expr { node: Node::Column(name.into()), data_type: DataType::Int }
    }

    fn key(name: &str) -> SortKey {
        SortKey { column: name.into(), descending: false }
    }

    fn conversion(column: &str) -> Conversion {
        Conversion { column: column.into(), from: DataType::String, to: DataType::Int, format: None, max_loss: 1.0 }
    }

    fn read(part: &str, after: &str) -> Step {
        step(Operation::Read(Input::Part(part.into())), after)
    }

    fn step(operation: Operation, after: &str) -> Step {
        Step { operation, schema: schema(after), continues: false }
    }

    fn shown(schemas: &[Schema]) -> Vec<String> {
        schemas.iter().map(|schema| schema.names().collect::<Vec<_>>().join(" ")).collect()
    }

    fn table(parts: Vec<(&str, Vec<Step>)>, steps: Vec<Step>) -> Table {
        Table {
            description: None,
            parts: parts.into_iter().map(|(name, steps)| (name.to_string(), steps)).collect::<IndexMap<_, _>>(),
            schema: steps[steps.len() - 1].schema.clone(),
            steps,
            output: Output {
                format: OutputFormat::Parquet(Compression::None),
                partition_by: Vec::new(),
                files: 1,
                write: Default::default(),
            },
            checks: Vec::new(),
        }
    }

    /// What is needed of the columns `a b c d`, when `operation` leaves `after` and `kept` is selected of that.
    fn before(operation: Operation, after: &str, kept: &str) -> String {
        let steps = vec![
            step(Operation::Read(Input::Source("s".into())), "a b c d"),
            step(operation, after),
            step(Operation::SelectFields(list(kept)), kept),
        ];
        shown(&needs(&table(Vec::new(), steps)).steps).remove(0)
    }

    #[test]
    fn each_operation_asks_for_what_it_looks_at() {
        let pair = |new: &str, of: &str| (new.to_string(), expr(of));
        let sum =
            |of| Aggregate { function: AggregateFunction::Sum, argument: Some(expr(of)), data_type: DataType::Int };
        let rows = Aggregate { function: AggregateFunction::CountRows, argument: None, data_type: DataType::Int };
        let window = |function| Window {
            function,
            data_type: DataType::Int,
            partition_by: list("b"),
            order_by: vec![key("c")],
            frame: Frame::Whole,
        };
        let other = || Input::Source("o".into());
        let join = |on: &str, right: &str| Operation::Join {
            input: other(),
            how: JoinKind::Inner,
            on: vec![(on.into(), "k".into())],
            right: list(right).into_iter().map(|name| (name.clone(), name)).collect(),
        };
        let branch = Branch { input: other(), columns: ["a", "b", "c", "d"].map(|name| pair(name, "x")).to_vec() };
        let explode = |into: &str| Operation::Explode { column: "b".into(), into: into.into(), outer: false };
        let unpivot = Operation::Unpivot { columns: list("c d"), name: "n".into(), value: "v".into() };
        for (operation, after, kept, expected) in [
            (Operation::DropFields(list("a")), "b c d", "c", "c"),
            (Operation::RenameField(vec![("a".into(), "b".into()), ("b".into(), "a".into())]), "b a c d", "a", "b"),
            (Operation::ChangeSchema(vec![conversion("a")]), "a b c d", "b", "a b"),
            (Operation::Filter(expr("d")), "a b c d", "b", "b d"),
            (Operation::DerivedColumn(vec![pair("e", "a"), pair("b", "c")]), "a b c d e", "b d", "c d"),
            (Operation::Project(vec![pair("x", "a"), pair("y", "b")]), "x y", "y", "b"),
            (join("a", "x y"), "a b c d x y", "d x", "a d"),
            (Operation::Union(vec![branch]), "a b c d", "c", "c"),
            (
                Operation::Aggregate { by: list("a"), values: vec![("x".into(), sum("b")), ("y".into(), sum("c"))] },
                "a x y",
                "y",
                "a c",
            ),
            // A row that is counted has a column.
            (Operation::Aggregate { by: vec![], values: vec![("n".into(), rows.clone())] }, "n", "n", "a"),
            (Operation::Distinct, "a b c d", "a", "a b c d"),
            (Operation::Limit { order_by: vec![key("d")], rows: 1 }, "a b c d", "a", "a d"),
            (
                Operation::Window(vec![("w".into(), window(WindowFunction::Lag(expr("d"), 1)))]),
                "a b c d w",
                "a w",
                "a b c d",
            ),
            (Operation::Window(vec![("w".into(), window(WindowFunction::Rank))]), "a b c d w", "a", "a"),
            (explode("b"), "a b c d", "a", "a b"),
            (explode("x"), "a b c d x", "b x", "b"),
            (unpivot, "a b n v", "n", "c d"),
            (Operation::DropDuplicates { by: list("a"), order_by: vec![key("b")] }, "a b c d", "c", "a b c d"),
        ] {
            assert_eq!(before(operation.clone(), after, kept), expected, "{operation:?}");
        }
    }

    #[test]
    fn two_conversions_in_a_row_keep_what_both_count() {
        let steps = vec![
            step(Operation::Read(Input::Source("s".into())), "a b c"),
            step(Operation::ChangeSchema(vec![conversion("a")]), "a b c"),
            step(Operation::ChangeSchema(vec![conversion("b")]), "a b c"),
            step(Operation::SelectFields(list("c")), "c"),
        ];
        assert_eq!(shown(&needs(&table(Vec::new(), steps)).steps), ["a b c", "a b c", "b c", "c"]);
    }

    #[test]
    fn parts_leave_what_any_reader_needs() {
        let join = Operation::Join {
            input: Input::Part("p".into()),
            how: JoinKind::Left,
            on: vec![("a".into(), "k".into())],
            right: vec![("x".into(), "x".into()), ("y".into(), "y".into())],
        };
        let union =
            Branch { input: Input::Part("q".into()), columns: vec![("a".into(), expr("m")), ("x".into(), expr("n"))] };
        let table = table(
            vec![
                ("p", vec![read("other", "k x y z w")]),
                (
                    "q",
                    vec![
                        read("p", "k x y z w"),
                        step(Operation::RenameField(vec![("w".into(), "m".into())]), "k x y z m"),
                    ],
                ),
            ],
            vec![
                read("r", "a b"),
                step(join, "a b x y"),
                step(Operation::SelectFields(list("a x")), "a x"),
                step(Operation::Union(vec![union]), "a x"),
            ],
        );
        let needs = needs(&table);
        assert_eq!(shown(&needs.steps), ["a", "a x", "a x", "a x"]);
        assert_eq!(shown(&needs.parts["q"]), ["w", "m"]);
        assert_eq!(shown(&needs.parts["p"]), ["k x w"]);
    }
}
