//! A table's steps as statements over `rows`.

use super::conversion::{converted, is_lossless};
use super::expression::{column, column_name, column_of};
use super::layout::Py;
use super::writer::Writer;
use crate::flow::document::{Conversion, Input, JoinKind, Operation, SortKey, Step};
use crate::flow::types::Schema;

/// Writes `step`, whose input columns are `before`.
pub fn write(writer: &mut Writer, step: &Step, before: &Schema) {
    let rows = || Py::text("rows");
    let assigned = match &step.operation {
        Operation::Read(input) => read(input),
        Operation::Join { input, how, on, right } => return join(writer, (input, *how), on, right, before),
        Operation::SelectFields(names) => {
            rows().method("select", names.iter().map(|n| column_name(n)).collect::<Vec<_>>())
        }
        Operation::DropFields(names) => rows().method("drop", names.iter().map(Py::string).collect::<Vec<_>>()),
        Operation::RenameField(names) => {
            let new = |column: &str| names.iter().find(|(old, _)| old == column).map(|(_, new)| new.as_str());
            let columns = before.names().map(|name| renamed(name, new(name).unwrap_or(name)));
            rows().method("select", columns.collect::<Vec<_>>())
        }
        Operation::ChangeSchema(conversions) => {
            change(rows(), conversions, Py::string("change_schema"), Py::text("metrics"))
        }
        Operation::DerivedColumn(columns) => {
            let entries = columns.iter().map(|(name, expr)| (Py::string(name), column_of(expr))).collect();
            rows().method("withColumns", [Py::Dict(entries)])
        }
        Operation::Filter(condition) => rows().method("where", [column_of(condition)]),
        Operation::DropDuplicates { by, order_by } => first_rows(by, order_by),
    };
    writer.statement("rows = ", &assigned);
}

/// Whether a step counts losses.
pub fn measures(operation: &Operation) -> bool {
    match operation {
        Operation::ChangeSchema(conversions) => conversions.iter().any(|c| !is_lossless(&c.from, &c.to)),
        _ => false,
    }
}

/// The rows of a source or table.
pub fn read(input: &Input) -> Py {
    match input {
        Input::Source(name) => Py::text(format!("run.sources[{}]", Py::string(name).flat())),
        Input::Table(name) => Py::call("run.table", [Py::string(name)]),
    }
}

/// `rows` with `conversions` made; those that can lose values are measured.
pub fn change(rows: Py, conversions: &[Conversion], place: Py, metrics: Py) -> Py {
    let value = |c: &Conversion| converted(column(&c.column), &c.from, &c.to, c.format.as_deref());
    let (safe, measured): (Vec<_>, Vec<_>) =
        conversions.iter().filter(|c| c.from != c.to).partition(|c| is_lossless(&c.from, &c.to));
    let mut rows = rows;
    if !safe.is_empty() {
        let entries = safe.iter().map(|c| (Py::string(&c.column), value(c))).collect();
        rows = rows.method("withColumns", [Py::Dict(entries)]);
    }
    if measured.is_empty() {
        return rows;
    }
    let conversion = |c: &&Conversion| {
        let (to, limit) = (Py::string(c.to.to_string()), Py::text(c.max_loss.to_string()));
        Py::call("Conversion", [Py::string(&c.column), to, value(c), limit])
    };
    Py::call("run.convert", [rows, place, metrics, Py::List(measured.iter().map(conversion).collect())])
}

fn renamed(old: &str, new: &str) -> Py {
    if old == new { column_name(old) } else { column(old).method("alias", [Py::string(new)]) }
}

fn first_rows(by: &[String], order_by: &[SortKey]) -> Py {
    let key = |key: &SortKey| {
        let order = if key.descending { "F.desc_nulls_last" } else { "F.asc_nulls_last" };
        Py::call(order, [column_name(&key.column)])
    };
    let by = by.iter().map(|name| column_name(name)).collect();
    Py::call("first_rows", [Py::text("rows"), Py::List(by), Py::List(order_by.iter().map(key).collect())])
}

/// The right side under its new names, its keys under names of their own; then the join by these names.
fn join(
    writer: &mut Writer,
    (input, how): (&Input, JoinKind),
    on: &[(String, String)],
    right: &[(String, String)],
    before: &Schema,
) {
    let taken = |name: &str| before.column(name).is_some() || right.iter().any(|(_, new)| new == name);
    let key_name = |key: &str| {
        let mut name = format!("_right_{key}");
        while taken(&name) {
            name.push('_');
        }
        name
    };
    let mut keys: Vec<&str> = on.iter().map(|(_, key)| key.as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    let aliased = keys.iter().map(|key| column(key).method("alias", [Py::string(key_name(key))]));
    let columns = aliased.chain(right.iter().map(|(old, new)| renamed(old, new))).collect::<Vec<_>>();
    writer.statement("right = ", &read(input).method("select", columns));

    let (word, keeps_right) = match how {
        JoinKind::Inner => ("inner", true),
        JoinKind::Left => ("left", true),
        JoinKind::Right => ("right", true),
        JoinKind::Full => ("full", true),
        JoinKind::Semi => ("left_semi", false),
        JoinKind::Anti => ("left_anti", false),
    };
    let mut equal: Vec<Py> = on.iter().map(|(left, key)| column(left).infix("==", column(&key_name(key)))).collect();
    let condition = if equal.len() == 1 { equal.remove(0) } else { Py::List(equal) };
    let mut rows = Py::text("rows").method("join", [Py::text("right"), condition, Py::string(word)]);
    if matches!(how, JoinKind::Right | JoinKind::Full) {
        let coalesced = |(left, key): &(String, String)| {
            (Py::string(left), Py::call("F.coalesce", [column(left), column(&key_name(key))]))
        };
        rows = rows.method("withColumns", [Py::Dict(on.iter().map(coalesced).collect())]);
    }
    if keeps_right {
        rows = rows.method("drop", keys.iter().map(|key| Py::string(key_name(key))).collect::<Vec<_>>());
    }
    writer.statement("rows = ", &rows);
}
