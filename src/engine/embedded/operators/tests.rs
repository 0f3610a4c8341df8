//! The operators beside loops over all rows, with all the memory there is and with none.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Int32Array, LargeStringArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef};
use datafusion::common::Result;
use datafusion::execution::TaskContext;
use datafusion::execution::memory_pool::{GreedyMemoryPool, MemoryPool};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::{SessionConfig, SessionContext};
use futures::TryStreamExt;
use proptest::prelude::*;

use super::super::session::runtime;
use super::arrange::arrange;
use super::first::{First, first};
use super::join::join;
use super::pairs::{From, Join};
use super::stage::{batches, stage};
use super::store::Room;
use super::tally::tallied;
use crate::flow::document::JoinKind;

type Row = (Option<i32>, Option<String>, Option<i32>);

fn schema(names: &[(&str, DataType)]) -> SchemaRef {
    Arc::new(Schema::new(names.iter().map(|(name, kind)| Field::new(*name, kind.clone(), true)).collect::<Vec<_>>()))
}

fn columns() -> SchemaRef {
    schema(&[("k", DataType::Int32), ("t", DataType::LargeUtf8), ("n", DataType::Int32)])
}

/// `rows` in two streams of batches of `size`.
fn plan(rows: &[Row], size: usize) -> Arc<dyn ExecutionPlan> {
    let batch = |rows: &[Row]| {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(rows.iter().map(|row| row.0).collect::<Int32Array>()),
            Arc::new(rows.iter().map(|row| row.1.as_deref()).collect::<LargeStringArray>()),
            Arc::new(rows.iter().map(|row| row.2).collect::<Int32Array>()),
        ];
        RecordBatch::try_new(self::columns(), columns).unwrap()
    };
    let all: Vec<RecordBatch> = rows.chunks(size).map(batch).collect();
    stage("Rows", columns(), 2, move |stream, _| {
        let mut mine = all.iter().skip(stream).step_by(2).cloned().collect::<Vec<_>>().into_iter();
        Ok(batches(columns(), move || Ok(mine.next())))
    })
}

fn show(batch: &RecordBatch) -> Vec<Vec<String>> {
    let cell = |column: &ArrayRef, row: usize| match (column.is_null(row), column.data_type()) {
        (true, _) => "NULL".to_string(),
        (_, DataType::Int32) => column.as_primitive::<Int32Type>().value(row).to_string(),
        _ => column.as_string::<i64>().value(row).to_string(),
    };
    (0..batch.num_rows()).map(|row| batch.columns().iter().map(|column| cell(column, row)).collect()).collect()
}

/// What each stream of `make`'s plan gives, with `memory` bytes.
fn streams(memory: usize, make: impl FnOnce(Room) -> Arc<dyn ExecutionPlan>) -> Vec<Vec<RecordBatch>> {
    let folder = tempfile::tempdir().unwrap();
    let plan = make(Room { name: "test", folder: folder.path().join("rows"), parts: 3 });
    let pool: Arc<dyn MemoryPool> = Arc::new(GreedyMemoryPool::new(memory));
    let runtime_env = RuntimeEnvBuilder::new().with_memory_pool(pool.clone()).build_arc().unwrap();
    let task: Arc<TaskContext> = SessionContext::new_with_config_rt(SessionConfig::new(), runtime_env).task_ctx();
    let count = plan.properties().partitioning.partition_count();
    let running: Vec<_> = (0..count).map(|stream| plan.execute(stream, task.clone()).unwrap()).collect();
    drop(plan);
    let all = running.into_iter().map(|rows| runtime().unwrap().spawn(rows.try_collect::<Vec<_>>()));
    let all: Vec<Result<Vec<RecordBatch>>> = futures::executor::block_on(futures::future::try_join_all(all)).unwrap();
    assert_eq!(pool.reserved(), 0, "what was reserved is given back");
    all.into_iter().map(Result::unwrap).collect()
}

fn sorted(streams: &[Vec<RecordBatch>]) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> = streams.iter().flatten().flat_map(show).collect();
    rows.sort();
    rows
}

fn texts(row: &Row) -> Vec<String> {
    let number = |n: Option<i32>| n.map_or("NULL".into(), |n| n.to_string());
    vec![number(row.0), row.1.clone().unwrap_or("NULL".into()), number(row.2)]
}

fn rows(most: usize) -> impl Strategy<Value = Vec<Row>> {
    let row = (prop::option::of(0..6i32), prop::option::of("[a-c]{0,2}"), prop::option::of(-3..3i32));
    prop::collection::vec(row, 0..most)
}

fn by_key() -> First {
    First { keys: vec![0], order: vec![(2, true), (1, false)] }
}

/// The first rows of each key by `n` descending, then `t`, NULLs last.
fn firsts(rows: &[Row]) -> Vec<Vec<String>> {
    let rank = |row: &Row| (row.2.is_none(), row.2.map(|n| -n), row.1.is_none(), row.1.clone());
    let mut found: BTreeMap<Option<i32>, &Row> = BTreeMap::new();
    for row in rows {
        let first = found.entry(row.0).or_insert(row);
        if rank(row) < rank(first) {
            *first = row;
        }
    }
    let mut found: Vec<_> = found.into_values().map(texts).collect();
    found.sort();
    found
}

/// Enough, none, and what runs short on the way.
const MEMORY: [usize; 3] = [1 << 30, 0, 3000];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_first_row_of_each_key_stays(rows in rows(80), size in 1..30usize) {
        for memory in MEMORY {
            let mut tallies = Vec::new();
            let mut told = |plan| {
                let (plan, tally) = tallied(plan);
                tallies.push(tally);
                plan
            };
            let found = streams(memory, |room| {
                let rows = told(plan(&rows, size));
                told(first(rows, 2, by_key(), room))
            });
            prop_assert_eq!(sorted(&found), firsts(&rows), "{} bytes", memory);
            let counts: Vec<_> = tallies.iter().map(|tally| tally.all()).collect();
            prop_assert_eq!(counts, [Some(rows.len() as u64), Some(firsts(&rows).len() as u64)], "{} bytes", memory);
        }
    }

    #[test]
    fn rows_of_one_value_stand_together_in_one_stream(rows in rows(80), size in 1..30usize, only: bool) {
        for memory in MEMORY {
            let only_first = only.then(by_key);
            let found = streams(memory, |room| arrange(plan(&rows, size), 2, vec![1], only_first, room));
            let mut expected: Vec<_> = rows.iter().map(texts).collect();
            expected.sort();
            prop_assert_eq!(sorted(&found), if only { firsts(&rows) } else { expected }, "{} bytes", memory);
            let mut seen = BTreeSet::new();
            for stream in &found {
                let mut values: Vec<String> = stream.iter().flat_map(show).map(|row| row[1].clone()).collect();
                values.dedup();
                for value in values {
                    prop_assert!(seen.insert(value.clone()), "{} comes twice with {} bytes", value, memory);
                }
            }
        }
    }

    #[test]
    fn joins_are_those_of_two_loops(left in rows(40), right in rows(40), size in 1..20usize, hold_left: bool) {
        use JoinKind::{Anti, Full, Inner, Left, Right, Semi};
        for how in [Inner, Left, Right, Full, Semi, Anti] {
            let one_side = matches!(how, Semi | Anti);
            let names = [("k", DataType::Int32), ("t", DataType::LargeUtf8), ("n", DataType::Int32), ("m", DataType::Int32)];
            let outcome = schema(&names[..if one_side { 3 } else { 4 }]);
            let key = if matches!(how, Right | Full) { From::Either(0, 0) } else { From::Left(0) };
            let mut columns = vec![key, From::Left(1), From::Left(2), From::Right(2)];
            columns.truncate(outcome.fields().len());
            let what = Join { how, on: (vec![0], vec![0]), columns, hold_left };
            let mut expected = Vec::new();
            let wide = |l: Option<&Row>, r: Option<&Row>| {
                let key = l.map_or(r.and_then(|r| r.0), |l| l.0);
                let mut row = texts(&(key, l.and_then(|l| l.1.clone()), l.and_then(|l| l.2)));
                if !one_side {
                    row.push(r.and_then(|r| r.2).map_or("NULL".into(), |n| n.to_string()));
                }
                row
            };
            let same = |l: &Row, r: &Row| l.0.is_some() && l.0 == r.0;
            for l in &left {
                let partners: Vec<&Row> = right.iter().filter(|r| same(l, r)).collect();
                match how {
                    Semi if !partners.is_empty() => expected.push(wide(Some(l), None)),
                    Anti if partners.is_empty() => expected.push(wide(Some(l), None)),
                    Semi | Anti => {}
                    Left | Full if partners.is_empty() => expected.push(wide(Some(l), None)),
                    _ => expected.extend(partners.iter().map(|r| wide(Some(l), Some(r)))),
                }
            }
            if matches!(how, Right | Full) {
                expected.extend(right.iter().filter(|r| !left.iter().any(|l| same(l, r))).map(|r| wide(None, Some(r))));
            }
            expected.sort();
            for memory in MEMORY {
                let (what, outcome) = (what.clone(), outcome.clone());
                let found = streams(memory, |room| join(plan(&left, size), plan(&right, size), outcome, what, room));
                prop_assert_eq!(sorted(&found), expected.clone(), "{:?} with {} bytes", how, memory);
            }
        }
    }
}
