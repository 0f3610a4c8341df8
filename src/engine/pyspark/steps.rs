//! A table's steps as statements over `rows`.

use super::conversion::{converted, is_lossless};
use super::expression::{column, column_name, column_of, without_minus_zero};
use super::layout::Py;
use super::writer::Writer;
use super::{grouping, windows};
use crate::flow::document::{Branch, Conversion, Input, JoinKind, Operation, SortKey, Step};
use crate::flow::expr::{Expr, Node};
use crate::flow::types::{DataType, Schema};

/// Writes `step`, whose input columns are `before`, over the rows in the variable `name`.
pub fn write(writer: &mut Writer, name: &str, step: &Step, before: &Schema) {
    let rows = || Py::text(name);
    let assigned = match &step.operation {
        Operation::Read(input) => read(input),
        Operation::Join { input, how, on, right } => return join(writer, name, (input, *how), on, right, before),
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
        Operation::Project(columns) => rows().method("select", columns.iter().map(projected).collect::<Vec<_>>()),
        Operation::Filter(condition) => rows().method("where", [column_of(condition)]),
        Operation::Union(branches) => return branches.iter().for_each(|branch| union(writer, name, branch)),
        Operation::Distinct => rows().method("distinct", []),
        Operation::Limit { order_by, rows: count } => windows::limit(rows(), order_by, *count),
        Operation::Window(list) => windows::windows(rows(), list),
        Operation::Aggregate { by, values } => grouping::aggregate(rows(), by, values),
        Operation::Explode { column: array, into, outer } => {
            let explode = if *outer { "F.explode_outer" } else { "F.explode" };
            rows().method("withColumn", [Py::string(into), Py::call(explode, [column(array)])])
        }
        Operation::Unpivot { columns, name: label, value } => unpivot(rows(), columns, (label, value), before),
        Operation::DropDuplicates { by, order_by } if order_by.is_empty() => first_rows(alike(rows(), before), by, &[]),
        Operation::DropDuplicates { by, order_by } => first_rows(rows(), by, order_by),
    };
    writer.statement(&format!("{name} = "), &assigned);
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
        Input::Part(name) => Py::text(variable(name)),
    }
}

/// The variable that holds the rows of a part.
pub fn variable(part: &str) -> String {
    format!("{part}_part")
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

fn first_rows(rows: Py, by: &[String], order_by: &[SortKey]) -> Py {
    let by = by.iter().map(Py::string).collect();
    Py::call("first_rows", [Py::text("run"), rows, Py::List(by), Py::List(windows::order(order_by))])
}

/// Rows of which equal ones are the same: floating-point zeros have one sign.
fn alike(rows: Py, before: &Schema) -> Py {
    let floating = before.columns.iter().filter(|c| matches!(c.data_type, DataType::Float | DataType::Double));
    let entries: Vec<_> =
        floating.map(|c| (Py::string(&c.name), without_minus_zero(column(&c.name), &c.data_type))).collect();
    if entries.is_empty() { rows } else { rows.method("withColumns", [Py::Dict(entries)]) }
}

/// A column of a projection.
fn projected((name, expr): &(String, Expr)) -> Py {
    match &expr.node {
        Node::Column(column) if column == name => column_name(name),
        _ => column_of(expr).method("alias", [Py::string(name)]),
    }
}

/// One more input below the rows so far.
fn union(writer: &mut Writer, name: &str, branch: &Branch) {
    let plain = |(name, expr): &(String, Expr)| matches!(&expr.node, Node::Column(column) if column == name);
    let mut other = read(&branch.input);
    // By name, so that the order of the columns needs no words. An input has no columns but these.
    if !branch.columns.iter().all(plain) {
        other = other.method("select", branch.columns.iter().map(projected).collect::<Vec<_>>());
    }
    writer.statement(&format!("{name} = "), &Py::text(name).method("unionByName", [other]));
}

fn unpivot(rows: Py, columns: &[String], (name, value): (&str, &str), before: &Schema) -> Py {
    let kept = before.names().filter(|name| !columns.iter().any(|column| column == name)).map(column_name).collect();
    let turned = columns.iter().map(|name| column_name(name)).collect();
    let arguments = [Py::List(kept), Py::List(turned), Py::string(name), Py::string(value)];
    rows.method("unpivot", arguments)
}

/// The right side under its new names, its keys under names of their own; then the join by these names.
fn join(
    writer: &mut Writer,
    name: &str,
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
    let mut rows = Py::text(name).method("join", [Py::text("right"), condition, Py::string(word)]);
    if matches!(how, JoinKind::Right | JoinKind::Full) {
        let coalesced = |(left, key): &(String, String)| {
            (Py::string(left), Py::call("F.coalesce", [column(left), column(&key_name(key))]))
        };
        rows = rows.method("withColumns", [Py::Dict(on.iter().map(coalesced).collect())]);
    }
    if keeps_right {
        rows = rows.method("drop", keys.iter().map(|key| Py::string(key_name(key))).collect::<Vec<_>>());
    }
    writer.statement(&format!("{name} = "), &rows);
}
