//! Orders and windows as Spark's.

use super::expression::{column_name, column_of};
use super::grouping;
use super::layout::Py;
use crate::flow::document::SortKey;
use crate::flow::windows::{Frame, Window, WindowFunction};

/// Sort keys; NULLs come last in both directions.
pub fn order(order_by: &[SortKey]) -> Vec<Py> {
    let key = |key: &SortKey| {
        let order = if key.descending { "F.desc_nulls_last" } else { "F.asc_nulls_last" };
        Py::call(order, [column_name(&key.column)])
    };
    order_by.iter().map(key).collect()
}

/// The first so many of `rows`.
pub fn limit(rows: Py, order_by: &[SortKey], count: u64) -> Py {
    rows.method("orderBy", order(order_by)).method("limit", [Py::text(count.to_string())])
}

/// `rows` with further columns, each over its window.
pub fn windows(rows: Py, list: &[(String, Window)]) -> Py {
    let entries = list.iter().map(|(name, window)| (Py::string(name), column(window))).collect();
    rows.method("withColumns", [Py::Dict(entries)])
}

fn column(window: &Window) -> Py {
    let over = specification(window);
    // Spark counts places as int.
    let place = |name: &str, over: Py| Py::call(name, []).method("over", [over]).method("cast", [Py::string("bigint")]);
    let beside = |name: &str, e, rows: &u32, over: Py| {
        Py::call(name, [column_of(e), Py::text(rows.to_string())]).method("over", [over])
    };
    match &window.function {
        WindowFunction::RowNumber => place("F.row_number", over),
        WindowFunction::Rank => place("F.rank", over),
        WindowFunction::DenseRank => place("F.dense_rank", over),
        WindowFunction::Lag(e, rows) => beside("F.lag", e, rows, over),
        WindowFunction::Lead(e, rows) => beside("F.lead", e, rows, over),
        WindowFunction::Aggregate(call) => grouping::call(call, Some(over)),
    }
}

fn specification(window: &Window) -> Py {
    let names: Vec<Py> = window.partition_by.iter().map(|name| column_name(name)).collect();
    let mut over = match (names.as_slice(), window.order_by.as_slice()) {
        ([], [_, ..]) => Py::call("Window.orderBy", order(&window.order_by)),
        (_, []) => Py::call("Window.partitionBy", names),
        _ => Py::call("Window.partitionBy", names).method("orderBy", order(&window.order_by)),
    };
    // Without a frame Spark means what the others say: peers in an order, else all.
    if let (WindowFunction::Aggregate(_), Frame::Rows { preceding, following }) = (&window.function, window.frame) {
        let bound = |rows: Option<u32>, sign: &str, all: &str| match rows {
            Some(0) => Py::text("0"),
            Some(rows) => Py::text(format!("{sign}{rows}")),
            None => Py::text(all),
        };
        let bounds =
            [bound(preceding, "-", "Window.unboundedPreceding"), bound(following, "", "Window.unboundedFollowing")];
        over = over.method("rowsBetween", bounds);
    }
    if let (WindowFunction::Aggregate(_), Frame::Whole, [_, ..]) =
        (&window.function, window.frame, window.order_by.as_slice())
    {
        let all = [Py::text("Window.unboundedPreceding"), Py::text("Window.unboundedFollowing")];
        over = over.method("rowsBetween", all);
    }
    over
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::types::DataType;

    #[test]
    fn windows_read_well() {
        let key = |column: &str, descending| SortKey { column: column.into(), descending };
        let window = Window {
            function: WindowFunction::RowNumber,
            data_type: DataType::Bigint,
            partition_by: vec!["a".into()],
            order_by: vec![key("b", true)],
            frame: Frame::Peers,
        };
        assert_eq!(
            windows(Py::text("rows"), &[("n".to_string(), window)]).flat(),
            r#"rows.withColumns({"n": F.row_number().over(Window.partitionBy("a").orderBy(F.desc_nulls_last("b"))).cast("bigint")})"#
        );
        assert_eq!(
            limit(Py::text("rows"), &[key("b", false)], 3).flat(),
            r#"rows.orderBy(F.asc_nulls_last("b")).limit(3)"#
        );
    }
}
