//! Tables of the catalog over files.

use std::sync::Arc;

use datafusion::arrow::array::{
    Decimal128Array, Float64Array, Int32Array, Int64Array, ListArray, StringArray, TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::Int32Type;

use super::{Format, Request, Shelf, Table, array, columns, execute, failure, folder, run, table, write};

/// `hits`: partitioned by year and kind; one partition has no `title`, one file has its columns in another order.
fn shelf(root: &std::path::Path) -> Shelf {
    let ids = |list: &[i64]| array(Int64Array::from(list.to_vec()));
    let titles = |list: &[Option<&str>]| array(StringArray::from(list.to_vec()));
    write(&root.join("a/part-0.parquet"), vec![("id", ids(&[1, 2])), ("title", titles(&[Some("x"), None]))]);
    write(&root.join("a/_hidden.parquet"), vec![("id", ids(&[99]))]);
    std::fs::write(root.join("a/.marker"), "not parquet").unwrap();
    std::fs::write(root.join("a/empty"), "").unwrap();
    write(&root.join("b/deep/part-0.parquet"), vec![("TITLE", titles(&[Some("y")])), ("id", ids(&[3]))]);
    write(&root.join("c/part-0.parquet"), vec![("id", ids(&[4])), ("other", ids(&[0]))]);
    write(&root.join("unregistered/part-0.parquet"), vec![("id", ids(&[5])), ("title", titles(&[Some("z")]))]);
    let hits = Table {
        database: "db".into(),
        name: "hits".into(),
        columns: columns(&[("id", "bigint"), ("title", "string")]),
        keys: columns(&[("year", "int"), ("kind", "string")]),
        format: Format::Parquet,
        folders: vec![
            folder(&root.join("a"), &["1999", "p"]),
            folder(&root.join("b"), &["2000", "q"]),
            folder(&root.join("c"), &["__HIVE_DEFAULT_PARTITION__", "p"]),
            folder(&root.join("gone"), &["2001", "p"]),
        ],
    };
    Shelf(vec![hits])
}

#[test]
fn registered_partitions_are_read_and_pruned() {
    let root = tempfile::tempdir().unwrap();
    let shelf = shelf(root.path());
    let all = run("SELECT * FROM hits ORDER BY id", &shelf).unwrap();
    assert_eq!(table(&all), "1 | x | 1999 | p\n2 | NULL | 1999 | p\n3 | y | 2000 | q\n4 | NULL | NULL | p");
    assert_eq!(all.columns.iter().map(|c| c.0.as_str()).collect::<Vec<_>>(), ["id", "title", "year", "kind"]);
    let narrow = run("SELECT count(*) FROM awsdatacatalog.db.\"HITS\" WHERE year = 1999", &shelf).unwrap();
    assert_eq!((table(&narrow).as_str(), narrow.bytes_scanned), ("2", 0));
    let one = run("SELECT sum(id) FROM hits WHERE year = 1999", &shelf).unwrap();
    let two = run("SELECT sum(id) FROM hits WHERE year BETWEEN 1999 AND 2000", &shelf).unwrap();
    assert_eq!((table(&one).as_str(), table(&two).as_str()), ("3", "6"));
    assert!(one.bytes_scanned > 0 && one.bytes_scanned < two.bytes_scanned && two.bytes_scanned < all.bytes_scanned);
    assert_eq!(
        table(&run("SELECT kind, count(*) FROM hits WHERE year IS NULL GROUP BY kind", &shelf).unwrap()),
        "p | 1"
    );
    assert_eq!(table(&run("SELECT id FROM hits WHERE year < 2000 AND title = 'x' LIMIT 5", &shelf).unwrap()), "1");
}

#[test]
fn a_query_that_reads_too_much_is_stopped() {
    let root = tempfile::tempdir().unwrap();
    let request = Request { sql: "SELECT max(id) FROM hits".into(), database: "db".into(), now: 0, cutoff: Some(10) };
    let runtime = tokio::runtime::Builder::new_multi_thread().thread_stack_size(16 << 20).build().unwrap();
    let shelf = Arc::new(shelf(root.path()));
    let stopped =
        runtime.block_on(async { tokio::spawn(async move { execute(&request, shelf.as_ref()).await }).await });
    assert_eq!(stopped.unwrap().unwrap_err().name, super::super::scan::CUTOFF);
}

#[test]
fn files_are_held_to_the_tables_types() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("t/part-0.parquet");
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1), None]), None]);
    let times = TimestampMicrosecondArray::from(vec![1_499_500, -1501]).with_timezone("UTC");
    let money = Decimal128Array::from(vec![150, -5]).with_precision_and_scale(10, 2).unwrap();
    write(
        &path,
        vec![
            ("n", array(Int32Array::from(vec![1, 2]))),
            ("xs", array(list)),
            ("at", array(times)),
            ("money", array(money)),
            ("score", array(Float64Array::from(vec![0.5, 1e10]))),
        ],
    );
    let shelf = |list: &[(&str, &str)]| {
        Shelf(vec![Table {
            database: "db".into(),
            name: "t".into(),
            columns: columns(list),
            keys: Vec::new(),
            format: Format::Parquet,
            folders: vec![folder(&root.path().join("t"), &[])],
        }])
    };
    let good = shelf(&[
        ("n", "bigint"),
        ("xs", "array<int>"),
        ("at", "timestamp"),
        ("money", "decimal(10,2)"),
        ("score", "double"),
        ("missing", "struct<a:int>"),
    ]);
    let found = run("SELECT * FROM t ORDER BY n", &good).unwrap();
    assert_eq!(
        table(&found),
        "1 | [1, null] | 1970-01-01 00:00:01.500 | 1.50 | 0.5 | NULL\n\
         2 | NULL | 1969-12-31 23:59:59.998 | -0.05 | 1.0E10 | NULL"
    );
    let bad = failure("SELECT score FROM t", &shelf(&[("score", "string")]));
    assert_eq!(
        bad.to_string(),
        "HIVE_BAD_DATA: Field score's type DOUBLE in parquet file s3://bucket/t/part-0.parquet is incompatible with \
         type varchar defined in table schema"
    );
    // A column that is not asked for is not looked at.
    assert_eq!(table(&run("SELECT count(*) FROM t", &shelf(&[("score", "string")])).unwrap()), "2");
}

#[test]
fn csv_tables_bind_by_position() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("c");
    std::fs::create_dir_all(&path).unwrap();
    std::fs::write(path.join("a.csv"), "id,name\n1,\"a,b\"\n2,\n3\n4,\"\"\"q\"\" \\ \"\n").unwrap();
    let shelf = |escape| {
        Shelf(vec![Table {
            database: "db".into(),
            name: "c".into(),
            columns: columns(&[("id", "int"), ("name", "string")]),
            keys: Vec::new(),
            format: Format::Csv { separator: b',', quote: b'"', escape, skip: 1 },
            folders: vec![folder(&path, &[])],
        }])
    };
    let names = |escape| table(&run("SELECT name, id FROM c ORDER BY id", &shelf(escape)).unwrap());
    assert_eq!(names(1), "a,b | 1\n | 2\nNULL | 3\n\"q\" \\  | 4");
    assert_eq!(names(b'\\'), "a,b | 1\n | 2\nNULL | 3\n\"q\"   | 4", "a backslash is an escape unless told otherwise");
}

#[test]
fn json_tables_bind_by_name() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("j");
    std::fs::create_dir_all(&path).unwrap();
    let lines = "{\"id\":1,\"at\":\"2015-06-09 07:08:09.500000\",\"m\":1.50,\"tags\":[\"x\",null],\"row\":{\"a\":1}}\n\
                 {\"name\":\"b\",\"id\":2,\"day\":\"2015-06-09\",\"more\":[{}]}\n";
    std::fs::write(path.join("a.json"), lines).unwrap();
    let kinds = [
        ("id", "int"),
        ("name", "string"),
        ("day", "date"),
        ("at", "timestamp"),
        ("m", "decimal(10,2)"),
        ("tags", "array<string>"),
        ("row", "struct<a:int>"),
    ];
    let shelf = Shelf(vec![Table {
        database: "db".into(),
        name: "j".into(),
        columns: columns(&kinds),
        keys: Vec::new(),
        format: Format::Json,
        folders: vec![folder(&path, &[])],
    }]);
    let all = run("SELECT id, name, day, at, m, tags[1], row.a FROM j ORDER BY id", &shelf);
    assert_eq!(
        table(&all.unwrap()),
        "1 | NULL | NULL | 2015-06-09 07:08:09.500 | 1.50 | x | 1\n2 | b | 2015-06-09 | NULL | NULL | NULL | NULL"
    );
    assert_eq!(table(&run("SELECT count(*) FROM j", &shelf).unwrap()), "2");
    std::fs::write(path.join("b.json"), "{\"id\":").unwrap();
    assert_eq!(failure("SELECT id FROM j", &shelf).name, "HIVE_CURSOR_ERROR");
}

#[test]
fn the_catalog_shows_itself() {
    let root = tempfile::tempdir().unwrap();
    let shelf = shelf(root.path());
    assert_eq!(table(&run("SHOW TABLES", &shelf).unwrap()), "hits");
    assert_eq!(table(&run("SHOW TABLES IN `db` 'h*'", &shelf).unwrap()), "hits");
    assert_eq!(table(&run("show databases", &shelf).unwrap()), "db");
    assert_eq!(table(&run("SHOW PARTITIONS hits", &shelf).unwrap()).lines().next(), Some("year=1999/kind=p"));
    assert!(table(&run("DESCRIBE db.hits", &shelf).unwrap()).starts_with("id                   | bigint"));
    assert_eq!(failure("SHOW COLUMNS IN nowhere", &shelf).name, "TABLE_NOT_FOUND");
}
