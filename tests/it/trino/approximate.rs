//! `approx_percentile`, the one function of the cases that answers roughly: Trino's digest merges neighbours into one point
//! and answers between points, by the order in which rows come; the local cloud keeps every value and answers exactly. Trino
//! promises no digits, so that a value cannot be held to a value. What can be held is its rank: how many values of the group
//! lie below it. Trino is asked for these values, too, and both answers must stand near the share that was asked for.

use std::collections::BTreeMap;

use super::answer::Answer;

const NAME: &str = "approx_percentile";

/// Below so many values Trino's digest keeps each one, and the answer is exact.
const EXACT: usize = 32;

/// How many values may lie between an answer and its share: what two points of the digest stand for, and one value more. A point
/// near the share `q` of `n` values stands for `n q (1 - q) / z`, with `z = 2c / (4 ln(n / 2c) + 24)` and the compression
/// `c` = 100 (`io.airlift.stats.TDigest` of stats 239, which Trino 435 runs): at the median 4 of 140 values, 230 of 5,000. An
/// answer lies between two points; the digests of parallel tasks are merged, which makes points uneven. Seen over the
/// flagship's groups: 1.2 points at most.
fn slack(share: f64, count: f64) -> f64 {
    let z = 200.0 / (4.0 * (count / 200.0).ln() + 24.0);
    2.0 * count * share * (1.0 - share) / z + 1.0
}

/// The query with the share and all values in the place of each percentile, as one text; none for a query that has none.
pub fn companion(sql: &str) -> Option<String> {
    let (mut rest, mut text) = (sql, String::new());
    while let Some(at) = rest.find(&format!("{NAME}(")) {
        let inside = &rest[at + NAME.len() + 1..];
        let (mut depth, mut commas, mut end) = (0, Vec::new(), 0);
        for (place, letter) in inside.char_indices() {
            match letter {
                '(' | '[' => depth += 1,
                ')' if depth == 0 => {
                    end = place;
                    break;
                }
                ')' | ']' => depth -= 1,
                ',' if depth == 0 => commas.push(place),
                _ => {}
            }
        }
        let [comma] = commas[..] else { return None };
        let (value, share) = (&inside[..comma], &inside[comma + 1..end]);
        text += &rest[..at];
        let all = format!("array_join(array_agg(CAST({} AS double)), ' ')", value.trim());
        text += &format!("concat_ws(' ', CAST({} AS varchar), {all})", share.trim());
        rest = &inside[end + 1..];
    }
    (!text.is_empty()).then(|| text + rest)
}

/// Trino's answer with the local cloud's percentiles in the place of those that differ, where both are near enough. `values`
/// is the answer to the companion.
pub fn level(ours: &Answer, theirs: &Answer, values: &Answer) -> Answer {
    let (
        Answer::Rows { types, rows: mine, .. },
        Answer::Rows { columns, types: kinds, rows },
        Answer::Rows { types: texts, rows: values, .. },
    ) = (ours, theirs, values)
    else {
        return theirs.clone();
    };
    if types != kinds {
        return theirs.clone();
    }
    let rough: Vec<usize> = (0..kinds.len()).filter(|at| kinds[*at] != texts[*at]).collect();
    let key = |row: &[Option<String>]| -> Vec<Option<String>> {
        row.iter().enumerate().map(|(at, cell)| cell.clone().filter(|_| !rough.contains(&at))).collect()
    };
    let by_key =
        |rows: &[Vec<Option<String>>]| -> BTreeMap<_, _> { rows.iter().map(|r| (key(r), r.clone())).collect() };
    let (mine, values) = (by_key(mine), by_key(values));
    let near = |row: &Vec<Option<String>>| {
        let mut row = row.clone();
        if let (Some(mine), Some(values)) = (mine.get(&key(&row)), values.get(&key(&row))) {
            for at in &rough {
                if let (Some(a), Some(b), Some(values)) = (&mine[*at], &row[*at], &values[*at])
                    && stands_at_its_share(a, values)
                    && stands_at_its_share(b, values)
                {
                    row[*at] = mine[*at].clone();
                }
            }
        }
        row
    };
    Answer::Rows { columns: columns.clone(), types: kinds.clone(), rows: rows.iter().map(near).collect() }
}

/// Whether the share, the first number of `values`, lies among the ranks of the answer within the rest.
fn stands_at_its_share(answer: &str, values: &str) -> bool {
    let mut values = values.split(' ').map(|v| v.parse::<f64>().unwrap());
    let (answer, share) = (answer.parse::<f64>().unwrap(), values.next().unwrap());
    let values: Vec<f64> = values.collect();
    let count = values.len() as f64;
    let below = values.iter().filter(|v| **v < answer).count() as f64;
    let until = values.iter().filter(|v| **v <= answer).count() as f64;
    let slack = slack(share, count);
    values.len() >= EXACT && (below - slack..=until + slack).contains(&(share * count))
}

#[test]
fn a_rank_may_miss_its_share_by_two_points_of_the_digest() {
    let numbers: Vec<String> = (0..140).map(|n| format!("{n}.0")).collect();
    let values = format!("0.5 {}", numbers.join(" "));
    for (answer, near) in [("70", true), ("77.5", true), ("62", true), ("79", false), ("60", false)] {
        assert_eq!(stands_at_its_share(answer, &values), near, "{answer}");
    }
    assert!(!stands_at_its_share("2", "0.5 1.0 2.0 3.0"), "of few values the digest keeps each");
    let at_an_end = format!("0.99 {}", numbers.join(" "));
    assert!(stands_at_its_share("138", &at_an_end) && !stands_at_its_share("135", &at_an_end));
}

#[test]
fn the_companion_asks_for_the_values_of_each_percentile() {
    let sql = "SELECT k, approx_percentile(CAST(x AS double), 5E-1) AS m FROM t GROUP BY k";
    assert_eq!(
        companion(sql).unwrap(),
        "SELECT k, concat_ws(' ', CAST(5E-1 AS varchar), array_join(array_agg(CAST(CAST(x AS double) AS double)), ' ')) \
         AS m FROM t GROUP BY k"
    );
    assert_eq!(companion("SELECT avg(x) FROM t"), None);
}
