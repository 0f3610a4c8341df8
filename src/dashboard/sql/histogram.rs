//! A histogram's query: counts by bins of equal width between the least and the greatest value of the combination.

use super::result::{ResultColumn, Role};
use crate::flow::types::DataType;

use super::ranking::partition;

/// What follows `facts`, whose column `x0` holds the numbers: further table expressions, and the query itself.
///
/// The greatest value belongs to the last bin. Equal numbers alone make one bin without width.
pub fn query(bins: u32, combination: &[String]) -> (Vec<String>, String) {
    let prefix = |columns: &[String]| columns.iter().map(|c| format!("{c}, ")).collect::<String>();
    let own = prefix(combination);
    let over = partition(combination);
    let (last, bins) = (bins.max(1) - 1, bins.max(1));
    let tables = vec![
        format!(
            "counted AS (\n  SELECT {own}x0, count(*) AS n\n  FROM facts\n  WHERE is_finite(x0)\n  GROUP BY {own}x0\n)"
        ),
        format!(
            "bounds AS (\n  SELECT {own}x0, n,\n    min(x0) OVER ({}) AS lowest,\n    max(x0) OVER ({}) AS highest\n  FROM \
             counted\n)",
            over.trim_end(),
            over.trim_end()
        ),
        format!(
            "binned AS (\n  SELECT {own}lowest, highest, n,\n    IF(highest > lowest, CAST(least({last}E0, floor((x0 - \
             lowest) / (highest - lowest) * {bins}E0)) AS integer), 0) AS g0\n  FROM bounds\n)"
        ),
    ];
    let group = format!("{own}g0, lowest, highest");
    let order: String = combination.iter().map(|c| format!("{c} ASC NULLS FIRST, ")).collect();
    let query = format!(
        "SELECT {own}g0,\n  lowest + (highest - lowest) * g0 / {bins}E0 AS bin_from,\n  IF(g0 = {last}, highest, lowest + \
         (highest - lowest) * (g0 + 1) / {bins}E0) AS bin_to,\n  sum(n) AS v0\nFROM binned\nGROUP BY {group}\nORDER BY {order}g0"
    );
    (tables, query)
}

/// The result's columns behind those of the combination.
pub fn columns() -> Vec<ResultColumn> {
    let column = |name: &str, role, data_type| ResultColumn { name: name.into(), role, data_type };
    vec![
        column("g0", Role::Group(0), DataType::Int),
        column("bin_from", Role::Lower, DataType::Double),
        column("bin_to", Role::Upper, DataType::Double),
        column("v0", Role::Value(0), DataType::Bigint),
    ]
}
