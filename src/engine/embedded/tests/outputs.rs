//! What is written, and where.

use super::*;

fn partitioned(csv: &str, columns: &str, by: &[&str]) -> (Bench, Metrics) {
    let mut flow = flow(columns, vec![]);
    flow.tables["t"].output.partition_by = names(by);
    let bench = Bench::new(&[("s/1.csv", csv)]);
    let metrics = bench.run(&flow, "r1").unwrap();
    (bench, metrics)
}

#[test]
fn one_file_with_the_types_that_spark_writes() {
    let columns = "a string, b boolean, c int, d bigint, e float, f double, g decimal(10,2), h date, i timestamp, j array<string>";
    let csv = "a,b,c,d,e,f,g,h,i,j\nx,t,1,2,0.5,0.25,1.5,2015-06-09,1850-01-01 00:00:00,\"['a', None]\"\n,,,,,,,,,\n";
    let bench = Bench::new(&[("s/1.csv", csv)]);
    let metrics = bench.run(&flow(columns, vec![]), "r1").unwrap();
    assert_eq!(bench.files(), ["_pipectl/r1/metrics.json", "t/part-00000-r1.snappy.parquet"]);
    let path = bench.warehouse().join("t/part-00000-r1.snappy.parquet");
    assert_eq!((metrics.tables["t"].rows, metrics.tables["t"].files), (2, 1));
    assert_eq!(metrics.tables["t"].bytes, path.metadata().unwrap().len());
    insta::assert_snapshot!(parquet_schema(&path), @"
    message arrow_schema {
      OPTIONAL BYTE_ARRAY a (STRING);
      OPTIONAL BOOLEAN b;
      OPTIONAL INT32 c;
      OPTIONAL INT64 d;
      OPTIONAL FLOAT e;
      OPTIONAL DOUBLE f;
      OPTIONAL INT64 g (DECIMAL(10,2));
      OPTIONAL INT32 h (DATE);
      OPTIONAL INT64 i (TIMESTAMP(MICROS,true));
      OPTIONAL group j (LIST) {
        REPEATED group list {
          OPTIONAL BYTE_ARRAY element (STRING);
        }
      }
    }
    ");
}

#[test]
fn partitions_are_folders() {
    let csv = "y,g,v\n1999,rock/pop,1\n2000,,2\n1999,rock/pop,3\n,soul,4\n";
    let (bench, metrics) = partitioned(csv, "v int, y int, g string", &["y", "g"]);
    assert_eq!(
        bench.files(),
        [
            "_pipectl/r1/metrics.json",
            "t/y=1999/g=rock%2Fpop/part-00000-r1.snappy.parquet",
            "t/y=2000/g=__HIVE_DEFAULT_PARTITION__/part-00000-r1.snappy.parquet",
            "t/y=__HIVE_DEFAULT_PARTITION__/g=soul/part-00000-r1.snappy.parquet",
        ]
    );
    assert_eq!(bench.published("t"), ["1", "2", "3", "4"]);
    assert_eq!(metrics.tables["t"].files, 3);
}

#[test]
fn many_partitions_have_one_file_each() {
    let rows: String = (0..20_000).map(|i| format!("{i},{}\n", i % 50)).collect();
    let (bench, metrics) = partitioned(&format!("v,p\n{rows}"), "v int, p bigint", &["p"]);
    assert_eq!((metrics.tables["t"].rows, metrics.tables["t"].files), (20_000, 50));
    assert_eq!(bench.published("t").len(), 20_000);
    assert_eq!(read(&bench.warehouse().join("t/p=7/part-00000-r1.snappy.parquet")).len(), 400);
}

#[test]
fn the_empty_text_of_a_partition_is_null_for_checks_and_readers() {
    let trimmed = call(Function::Trim, vec![column("g", "string")], "string");
    let mut flow =
        flow("v int, g string", vec![step(Operation::DerivedColumn(vec![("g".into(), trimmed)]), "v int, g string")]);
    let table_t = &mut flow.tables["t"];
    table_t.output.partition_by = names(&["g"]);
    table_t.checks =
        vec![Check { name: "not_null(g)".into(), rule: Rule::NotNull("g".into()), severity: Severity::Warn }];
    flow.tables.insert("u".into(), table(vec![step(Operation::Read(Input::Table("t".into())), "v int, g string")]));
    let bench = Bench::new(&[("s/1.csv", "v,g\n1,\"  \"\n2,\n3,x\n")]);
    let metrics = bench.run(&flow, "r").unwrap();
    assert_eq!(metrics.tables["t"].files, 2);
    assert_eq!(metrics.tables["t"].checks[0].failing_rows, 2);
    assert_eq!(bench.published("u"), ["1|NULL", "2|NULL", "3|x"]);
}

#[test]
fn a_table_without_rows() {
    let (bench, metrics) = partitioned("v,p\n", "v int, p int", &[]);
    assert_eq!(bench.files(), ["_pipectl/r1/metrics.json", "t/part-00000-r1.snappy.parquet"]);
    assert_eq!((metrics.tables["t"].rows, metrics.tables["t"].files), (0, 1));
    let (bench, metrics) = partitioned("v,p\n", "v int, p int", &["p"]);
    assert_eq!(bench.files(), ["_pipectl/r1/metrics.json"]);
    assert_eq!((metrics.tables["t"].rows, metrics.tables["t"].files), (0, 0));
}

#[test]
fn codecs_name_their_files() {
    for (codec, end) in [(Compression::Zstd, ".zstd"), (Compression::Gzip, ".gz"), (Compression::None, "")] {
        let mut flow = flow("a int", vec![]);
        flow.tables["t"].output.format = OutputFormat::Parquet(codec);
        let bench = Bench::new(&[("s/1.csv", "a\n1\n")]);
        assert_eq!(bench.rows(&flow), ["1"]);
        assert_eq!(bench.files()[1], format!("t/part-00000-r{end}.parquet"));
    }
}

#[test]
fn no_more_files_than_allowed() {
    for files in [1, 2, 16] {
        let mut flow = flow("a int", vec![]);
        flow.tables["t"].output.files = files;
        let bench = Bench::new(&[("s/1.csv", "a\n1\n2\n"), ("s/2.csv", "a\n3\n"), ("s/3.csv", "a\n4\n")]);
        let metrics = bench.run(&flow, "r").unwrap();
        assert!((1..=u64::from(files)).contains(&metrics.tables["t"].files));
        assert_eq!(bench.published("t"), ["1", "2", "3", "4"]);
    }
}

#[test]
fn the_next_run_replaces_the_files() {
    let bench = Bench::new(&[("s/1.csv", "a,p\n1,1\n2,2\n")]);
    let mut flow = flow("a int, p int", vec![]);
    flow.tables["t"].output.partition_by = names(&["p"]);
    bench.run(&flow, "r1").unwrap();
    bench.stage("s/1.csv", "a,p\n3,2\n");
    bench.run(&flow, "r2").unwrap();
    assert_eq!(
        bench.files(),
        ["_pipectl/r1/metrics.json", "_pipectl/r2/metrics.json", "t/p=2/part-00000-r2.snappy.parquet"]
    );
    assert_eq!(bench.published("t"), ["3"]);
}

#[test]
fn tables_build_on_tables() {
    let mut flow = flow("a int, p string", vec![]);
    flow.tables["t"].output.partition_by = names(&["p"]);
    let read = step(Operation::Read(Input::Table("t".into())), "a int, p string");
    let rename = step(Operation::RenameField(pairs(&[("p", "a"), ("a", "b")])), "b int, a string");
    let select = step(Operation::SelectFields(names(&["a", "b"])), "a string, b int");
    flow.tables.insert("u".into(), table(vec![read, rename, select]));
    let bench = Bench::new(&[("s/1.csv", "a,p\n1,x\n2,y\n3,\n")]);
    bench.run(&flow, "r").unwrap();
    assert_eq!(bench.published("u"), ["NULL|3", "x|1", "y|2"]);
}

#[test]
fn an_interrupted_publish_is_completed_by_the_next_run() {
    use super::super::publish::{Publishing, announce, put};
    let bench = Bench::new(&[("s/1.csv", "a\n1\n")]);
    let warehouse = bench.warehouse();
    put(&warehouse.join("old/part-0.parquet"), b"old").unwrap();
    put(&warehouse.join("_pipectl/r0/data/old/part-1.parquet"), b"new").unwrap();
    let tables = IndexMap::from([("old".to_string(), vec!["part-1.parquet".to_string()])]);
    announce(&warehouse, &Publishing::new(&warehouse, "r0", tables, &[]).unwrap()).unwrap();
    bench.run(&flow("a int", vec![]), "r").unwrap();
    assert_eq!(bench.files(), ["_pipectl/r/metrics.json", "old/part-1.parquet", "t/part-00000-r.snappy.parquet"]);
    assert_eq!(bench.seen.lock().unwrap()[0], Progress::RolledForward { run_id: "r0".into() });
}

#[test]
fn a_run_that_is_stopped_leaves_nothing() {
    let rows: String = (0..100_000).map(|i| format!("{i},{}\n", i % 9)).collect();
    let bench = Bench::new(&[("s/1.csv", &format!("a,p\n{rows}"))]);
    let mut flow = flow("a int, p int", vec![]);
    flow.tables["t"].output.partition_by = names(&["p"]);
    let places = bench.places();
    let began = std::sync::atomic::AtomicBool::new(false);
    let progress = |step: Progress| {
        began.fetch_or(matches!(step, Progress::WritingTable { .. }), std::sync::atomic::Ordering::Relaxed);
    };
    futures::executor::block_on(async {
        let mut running = Box::pin(run(&flow, &places, "r", None, &progress));
        while !began.load(std::sync::atomic::Ordering::Relaxed) && futures::poll!(&mut running).is_pending() {
            std::thread::yield_now();
        }
    });
    assert!(began.into_inner());
    // On a busy machine the run may have ended before it could be stopped. Files go while they are listed, so the list
    // is taken once.
    let ended = |files: &[String]| files.len() == 10 && files[0] == "_pipectl/r/metrics.json";
    let patience = std::time::Instant::now();
    loop {
        let files = bench.files();
        if files.is_empty() || ended(&files) {
            break;
        }
        assert!(patience.elapsed().as_secs() < 60, "left: {files:?}");
        std::thread::yield_now();
    }
}

/// More rows than the least limit has room for: they go to disk before duplicates are found, and before they are written.
#[test]
fn a_memory_limit_leaves_the_same_rows() {
    let columns = "k int, p int, t string";
    let row = |i: u32| format!("{},{},{i:0>1500}\n", i % 25_000, i % 7);
    let csv: String = std::iter::once("k,p,t\n".to_string()).chain((0..50_000).map(row)).collect();
    let order_by = ["t", "p"].map(|column| SortKey { column: column.into(), descending: column == "t" }).to_vec();
    let join = Operation::Join {
        input: Input::Source("names".into()),
        how: JoinKind::Left,
        on: pairs(&[("p", "p")]),
        right: pairs(&[("name", "name")]),
    };
    let after = "k int, p int, t string, name string";
    let first = Operation::DropDuplicates { by: names(&["k"]), order_by };
    let mut flow = flow(columns, vec![step(join, after), step(first, after)]);
    flow.sources.insert("names".into(), source("p int, name string"));
    flow.tables["t"].schema = schema("k int, t string, name string, p int");
    flow.tables["t"].output.partition_by = names(&["p"]);
    let [free, limited] = [None, Some(0)].map(|memory_limit| {
        let mut bench = Bench::new(&[("s/1.csv", &csv), ("names/1.csv", "p,name\n1,one\n3,three\n")]);
        bench.memory_limit = memory_limit;
        (bench.rows(&flow), bench.kept("r").tables["t"].duplicates.clone())
    });
    assert_eq!(free.0.len(), 25_000);
    assert!(free.0 == limited.0, "other rows");
    let duplicates = vec![Duplicates { by: names(&["k"]), dropped: 25_000, of: 50_000 }];
    assert_eq!([free.1, limited.1], [duplicates.clone(), duplicates]);
}
