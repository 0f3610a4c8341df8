//! Sources: what is read, and what is refused.

use super::*;

#[test]
fn files_bind_by_name_and_convert() {
    let columns = "id string, n int, t timestamp";
    let files = [
        ("s/a.csv", "\u{feff}T,extra,ID,n\r\n2015-06-09 00:00:00 UTC,x,\"a,\"\"1\"\"\",250.0\r\n"),
        ("s/b.csv", "id,n,t\nb,,\n\nc,x,1815\n"),
        ("s/_temporary", "not,a,csv"),
    ];
    let bench = Bench::new(&files);
    let mut flow = flow(columns, vec![step(Operation::DropFields(names(&["t"])), "id string, n int")]);
    assert_eq!(bench.rows(&flow), ["a,\"1\"|250", "b|NULL", "c|NULL"]);
    let losses = &bench.kept("r").sources["s"].cast_losses;
    let losses: Vec<_> = losses.iter().map(|(column, loss)| (column.as_str(), loss.lost, loss.of)).collect();
    assert_eq!(losses, [("n", 1, 2), ("t", 1, 2)], "a column that is dropped later was converted, too");
    flow.sources["s"].columns[1].max_loss = 0.4;
    flow.sources["s"].columns[2].max_loss = 0.5;
    let error = shown(&bench.run(&flow, "again").unwrap_err());
    assert_eq!(error, "cast-loss: source s n -> int lost 1 of 2 values (50 %), more than max_cast_loss 0.4");
}

#[test]
fn a_source_nobody_reads_is_not_read() {
    let mut flow = flow("a int", vec![]);
    flow.sources.insert("unread".into(), source("b int"));
    let bench = Bench::new(&[("s/1.csv", "a\n1\n")]);
    assert_eq!(bench.rows(&flow), ["1"]);
    assert_eq!(bench.kept("r").sources.keys().collect::<Vec<_>>(), ["s"]);
}

#[test]
fn sources_in_place_are_a_folder_or_a_file() {
    for uri in ["s3://bucket/in/", "s3://bucket/in/1.csv"] {
        let mut flow = flow("a int", vec![]);
        flow.sources["s"].location = Location::InPlace(uri.into());
        let bench = Bench::new(&[("../elsewhere/in/1.csv", "a\n1\n")]);
        assert_eq!(bench.rows(&flow), ["1"], "{uri}");
    }
}

#[test]
fn many_files_and_many_rows() {
    let bench = Bench::new(&[]);
    for file in 0..7 {
        let rows: String = (0..5_000).map(|row| format!("{},x\n", file * 5_000 + row)).collect();
        bench.stage(&format!("s/{file}.csv"), &format!("a,b\n{rows}"));
    }
    let metrics = bench.run(&flow("a int", vec![]), "r").unwrap();
    assert_eq!(metrics.tables["t"].rows, 35_000);
    let mut rows: Vec<u32> = bench.published("t").iter().map(|row| row.parse().unwrap()).collect();
    rows.sort_unstable();
    assert!(rows.iter().copied().eq(0..35_000));
    let seen = bench.seen.lock().unwrap();
    let read = seen.iter().filter_map(|step| match step {
        Progress::ReadingSource { bytes, of, .. } => Some((*bytes, *of)),
        _ => None,
    });
    let (bytes, of) = read.max().unwrap();
    assert_eq!(bytes, of);
    assert!(seen.contains(&Progress::WritingTable { table: "t".into(), rows: 35_000 }));
    assert!(seen.contains(&Progress::Publishing { table: "t".into() }));
}

#[test]
fn what_is_malformed_fails_the_run() {
    for (text, expected) in [
        ("a,b\n1,2\n3\n", "ragged-row: `s/1.csv` record 2 (line 3) has 1 field, its header has 2"),
        ("a,b\n1,\"2\n3\"\n", "quoted-newline: `s/1.csv` line 2: a quoted field goes on in the next line"),
        ("a,b\n1,\"2", "unterminated-quote: `s/1.csv`: the quote opened on line 2 is never closed"),
        ("b\n1\n", "missing-column: `s/1.csv` has no column `a`"),
        ("", "missing-column: `s/1.csv` has no column `a`"),
    ] {
        let bench = Bench::new(&[("s/1.csv", text)]);
        assert_eq!(bench.error(&flow("a int", vec![])), expected);
        let kept = bench.kept("r");
        assert_eq!(kept.error.as_deref(), expected.split_once(": ").map(|(_, message)| message));
        assert!(kept.tables.is_empty() && kept.sources.is_empty());
    }
    let nothing = Bench::new(&[]);
    assert!(nothing.error(&flow("a int", vec![])).starts_with("no-files: source `s` has no files under"));
}

#[test]
fn multiline_fields() {
    let mut flow = flow("a string", vec![]);
    flow.sources["s"].format = SourceFormat::Csv { multiline: true };
    assert_eq!(Bench::new(&[("s/1.csv", "a\n\"x\r\ny\"\n")]).rows(&flow), ["x\r\ny"]);
}
