//! Joins, and keeping one row of many.

use super::*;

fn joined(how: JoinKind) -> Vec<String> {
    let right = Source { ..source("id string, name string, w int") };
    let shown = match how {
        JoinKind::Semi | JoinKind::Anti => vec![],
        _ => pairs(&[("name", "right_name"), ("w", "w")]),
    };
    let after = if shown.is_empty() { "k string, v int" } else { "k string, v int, right_name string, w int" };
    let join = Operation::Join { input: Input::Source("r".into()), how, on: pairs(&[("k", "id")]), right: shown };
    let mut flow = flow("k string, v int", vec![step(join, after)]);
    flow.sources.insert("r".into(), right);
    let bench =
        Bench::new(&[("s/1.csv", "k,v\na,1\nb,2\n,3\n"), ("r/1.csv", "w,id,name\n10,a,A\n11,a,B\n12,c,C\n13,,N\n")]);
    bench.rows(&flow)
}

#[test]
fn each_kind() {
    assert_eq!(joined(JoinKind::Inner), ["a|1|A|10", "a|1|B|11"]);
    assert_eq!(joined(JoinKind::Left), ["NULL|3|NULL|NULL", "a|1|A|10", "a|1|B|11", "b|2|NULL|NULL"]);
    assert_eq!(joined(JoinKind::Right), ["NULL|NULL|N|13", "a|1|A|10", "a|1|B|11", "c|NULL|C|12"]);
    assert_eq!(
        joined(JoinKind::Full),
        ["NULL|3|NULL|NULL", "NULL|NULL|N|13", "a|1|A|10", "a|1|B|11", "b|2|NULL|NULL", "c|NULL|C|12"]
    );
    assert_eq!(joined(JoinKind::Semi), ["a|1"]);
    assert_eq!(joined(JoinKind::Anti), ["NULL|3", "b|2"]);
}

#[test]
fn a_source_joins_itself_on_several_keys() {
    let columns = "a double, b date, v int";
    let join = Operation::Join {
        input: Input::Source("s".into()),
        how: JoinKind::Inner,
        on: pairs(&[("a", "a"), ("b", "b")]),
        right: pairs(&[("v", "other")]),
    };
    let flow = flow(columns, vec![step(join, "a double, b date, v int, other int")]);
    let csv = "a,b,v\n0.0,2000-01-01,1\n-0.0,2000-01-01,2\n0.0,,3\n1.5,2000-01-01,4\n";
    let rows = Bench::new(&[("s/1.csv", csv)]).rows(&flow);
    let shown: Vec<String> = rows.iter().map(|row| row.trim_start_matches('-').to_string()).collect();
    let mut shown: Vec<&str> = shown.iter().map(|row| row.split_once("01-01|").unwrap().1).collect();
    shown.sort_unstable();
    assert_eq!(shown, ["1|1", "1|2", "2|1", "2|2", "4|4"], "zeros are equal, NULL keys are not");
}

#[test]
fn an_earlier_table_joins_with_its_partition_column() {
    let mut flow = flow("k string, v int", vec![]);
    flow.tables["t"].output.partition_by = names(&["v"]);
    let join = Operation::Join {
        input: Input::Table("t".into()),
        how: JoinKind::Left,
        on: pairs(&[("k", "k")]),
        right: pairs(&[("v", "old")]),
    };
    let read = step(Operation::Read(Input::Source("s".into())), "k string, v int");
    flow.tables.insert("u".into(), table(vec![read, step(join, "k string, v int, old int")]));
    let bench = Bench::new(&[("s/1.csv", "k,v\na,1\nb,2\nc,\n")]);
    bench.run(&flow, "r").unwrap();
    assert_eq!(bench.published("u"), ["a|1|1", "b|2|2", "c|NULL|NULL"]);
}

fn first(csv: &str, by: &[&str], order_by: &[(&str, bool)]) -> Vec<String> {
    let columns = "k string, v double, l array<string>";
    let order_by =
        order_by.iter().map(|(column, descending)| SortKey { column: column.to_string(), descending: *descending });
    let steps = vec![step(Operation::DropDuplicates { by: names(by), order_by: order_by.collect() }, columns)];
    Bench::new(&[("s/1.csv", csv)]).rows(&flow(columns, steps))
}

#[test]
fn the_first_row_of_each_key_stays() {
    let csv = "k,v,l\na,1,\na,2,\na,,\n,5,\n,4,\nb,,\n";
    assert_eq!(first(csv, &["k"], &[("v", false), ("l", false)]), ["NULL|4.0|NULL", "a|1.0|NULL", "b|NULL|NULL"]);
    assert_eq!(first(csv, &["k"], &[("v", true), ("l", false)]), ["NULL|5.0|NULL", "a|2.0|NULL", "b|NULL|NULL"]);
}

#[test]
fn ties_are_broken_by_bytes_and_lists() {
    let csv = "k,v,l\nz,1,\nÁ,1,\nZ,1,\n";
    assert_eq!(first(csv, &["v"], &[("k", false), ("l", false)]), ["Z|1.0|NULL"]);
    assert_eq!(first(csv, &["v"], &[("k", true), ("l", false)]), ["Á|1.0|NULL"]);
    let csv = "k,v,l\na,1,\"['b']\"\na,1,\"['a', 'z']\"\na,1,\n";
    assert_eq!(first(csv, &["k", "v"], &[("l", false)]), ["a|1.0|[a, z]"]);
    let csv = "k,v,l\na,1,\"['a']\"\na,1,\"[None, 'z']\"\na,1,\"[None]\"\n";
    assert_eq!(first(csv, &["k", "v"], &[("l", false)]), ["a|1.0|[NULL]"], "NULL elements first, prefixes first");
    let zeros = "k,v,l\nb,0.0,\na,-0.0,\n";
    assert_eq!(first(zeros, &["v"], &[("k", false), ("l", false)]), ["a|-0.0|NULL"]);
}

#[test]
fn a_part_that_several_steps_read_is_computed_once() {
    let read = |input, columns| step(Operation::Read(input), columns);
    let part = || Input::Part("p".into());
    let columns = "k string, v int, w string";
    let lossy = Operation::ChangeSchema(vec![conversion("w", "string", "int", 1.0)]);
    let join = Operation::Join {
        input: part(),
        how: JoinKind::Inner,
        on: pairs(&[("k", "k")]),
        right: pairs(&[("v", "other")]),
    };
    let columns_of_branch = [("k", "k", "string"), ("v", "v", "int"), ("other", "w", "int")];
    let branch = Branch {
        input: part(),
        columns: columns_of_branch.iter().map(|(to, of, kind)| (to.to_string(), column(of, kind))).collect(),
    };
    let mut table = table(vec![
        read(part(), "k string, v int, w int"),
        step(join, "k string, v int, w int, other int"),
        step(Operation::DropFields(names(&["w"])), "k string, v int, other int"),
        step(Operation::Union(vec![branch]), "k string, v int, other int"),
    ]);
    table
        .parts
        .insert("p".into(), vec![read(Input::Source("s".into()), columns), step(lossy, "k string, v int, w int")]);
    let mut flow = flow(columns, vec![]);
    flow.tables["t"] = table;
    let bench = Bench::new(&[("s/1.csv", "k,v,w\na,1,7\na,2,x\nb,3,\n")]);
    let metrics = bench.run(&flow, "r").unwrap();
    let rows = ["a|1|1", "a|1|2", "a|1|7", "a|2|1", "a|2|2", "a|2|NULL", "b|3|3", "b|3|NULL"];
    assert_eq!(bench.published("t"), rows);
    assert_eq!(metrics.tables["t"].cast_losses["w"].lost, 1, "counted once");
}

#[test]
fn a_part_that_nobody_reads_is_measured_though() {
    let columns = "k string, w string";
    let lossy = Operation::ChangeSchema(vec![conversion("w", "string", "int", 1.0)]);
    let mut flow = flow(columns, vec![]);
    let read = step(Operation::Read(Input::Source("s".into())), columns);
    flow.tables["t"].parts.insert("p".into(), vec![read, step(lossy, "k string, w int")]);
    let bench = Bench::new(&[("s/1.csv", "k,w\na,1\na,x\n")]);
    let metrics = bench.run(&flow, "r").unwrap();
    assert_eq!((metrics.tables["t"].rows, metrics.tables["t"].cast_losses["w"].lost), (2, 1));
}
