//! How many rows `drop_duplicates` steps drop.

use super::*;

const COLUMNS: &str = "k string, v double";

fn drop_by(by: &[&str], order_by: &[&str], after: &str) -> Step {
    let order_by = order_by.iter().map(|column| SortKey { column: column.to_string(), descending: false });
    step(Operation::DropDuplicates { by: names(by), order_by: order_by.collect() }, after)
}

fn by_k(after: &str) -> Step {
    drop_by(&["k"], &["v"], after)
}

/// Each entry as `columns: dropped of all`.
fn told(metrics: &Metrics) -> Vec<String> {
    let told = |d: &Duplicates| format!("{}: {} of {}", d.by.join(" "), d.dropped, d.of);
    metrics.tables["t"].duplicates.iter().map(told).collect()
}

/// What is told of a flow over these rows.
fn counts(csv: &str, flow: &Flow) -> Vec<String> {
    told(&Bench::new(&[("s/1.csv", csv)]).run(flow, "r").unwrap())
}

const ROWS: &str = "k,v\na,1\na,2\na,2\n,5\n,4\nb,\n";

/// `flow`, written otherwise.
fn others(flow: &Flow) -> [Flow; 3] {
    let [mut by_number, mut by_text, mut csv] = [flow.clone(), flow.clone(), flow.clone()];
    by_number.tables["t"].output.partition_by = names(&["v"]);
    by_text.tables["t"].output.partition_by = names(&["k"]);
    by_text.tables["t"].schema = schema("v double, k string");
    csv.tables["t"].output.format = OutputFormat::Csv { gzip: false };
    [by_number, by_text, csv]
}

#[test]
fn rows_of_one_key_count_however_they_are_written() {
    let flow = flow(COLUMNS, vec![by_k(COLUMNS)]);
    assert_eq!(counts(ROWS, &flow), ["k: 3 of 6"]);
    for other in others(&flow) {
        assert_eq!(counts(ROWS, &other), ["k: 3 of 6"], "{:?}", other.tables["t"].output);
    }
    assert_eq!(counts("k,v\na,1\nb,1\n,1\n", &flow), [""; 0], "nothing to tell");
}

#[test]
fn whole_rows_are_equal_with_zeros_of_either_sign() {
    let flow = flow(COLUMNS, vec![drop_by(&["k", "v"], &[], COLUMNS)]);
    let csv = "k,v\na,0.0\na,-0.0\na,1\n,\n,\n,1\n";
    let bench = Bench::new(&[("s/1.csv", csv)]);
    assert_eq!(bench.rows(&flow), ["NULL|1.0", "NULL|NULL", "a|0.0", "a|1.0"]);
    assert_eq!(told(&bench.kept("r")), ["k v: 2 of 6"]);
    for other in others(&flow) {
        assert_eq!(counts(csv, &other), ["k v: 2 of 6"], "{:?}", other.tables["t"].output);
    }
}

#[test]
fn what_a_join_multiplies_is_counted_behind_it() {
    let join = Operation::Join {
        input: Input::Source("r".into()),
        how: JoinKind::Left,
        on: pairs(&[("k", "id")]),
        right: pairs(&[("w", "w")]),
    };
    let (joined, after) = (step(join, "k string, v double, w int"), "k string, v double, w int");
    let steps = vec![joined, drop_by(&["k"], &["v", "w"], after), drop_by(&["v"], &["k", "w"], after)];
    let mut flow = flow(COLUMNS, steps);
    flow.sources.insert("r".into(), source("id string, w int"));
    let csv = "k,v\na,1\nb,1\nc,\n";
    let bench = Bench::new(&[("s/1.csv", csv), ("r/1.csv", "id,w\na,10\na,11\na,12\nb,13\n")]);
    assert_eq!(bench.rows(&flow), ["a|1.0|10", "c|NULL|NULL"]);
    assert_eq!(told(&bench.kept("r")), ["k: 2 of 5", "v: 1 of 3"]);
}

/// `t` reads the part `p`, in which duplicates are dropped, in as many branches.
fn of_a_part(branches: usize) -> Flow {
    let read = |input| step(Operation::Read(input), COLUMNS);
    let branch = || Branch {
        input: Input::Part("p".into()),
        columns: vec![("k".into(), column("k", "string")), ("v".into(), column("v", "double"))],
    };
    let mut flow = flow(COLUMNS, vec![]);
    let union = Operation::Union((1..branches).map(|_| branch()).collect());
    let from = if branches == 0 { Input::Source("s".into()) } else { Input::Part("p".into()) };
    flow.tables["t"].steps = vec![read(from), step(union, COLUMNS), step(Operation::Distinct, COLUMNS)];
    flow.tables["t"].parts.insert("p".into(), vec![read(Input::Source("s".into())), by_k(COLUMNS)]);
    flow
}

/// Whoever reads the part, or nobody; and what DISTINCT leaves out is not counted.
#[test]
fn a_part_counts_once() {
    for branches in 0..3 {
        assert_eq!(counts(ROWS, &of_a_part(branches)), ["k: 3 of 6"], "{branches}");
    }
}

#[test]
fn rows_that_nobody_asks_for_are_counted_though() {
    let never = Operation::Filter(of(Node::Literal(Literal::Boolean(false)), "boolean"));
    let flow = flow(COLUMNS, vec![by_k(COLUMNS), step(never, COLUMNS), drop_by(&["v"], &["k"], COLUMNS)]);
    assert_eq!(counts(ROWS, &flow), ["k: 3 of 6"]);
}

#[test]
fn nothing_is_told_before_the_table_is_written() {
    let lossy = step(Operation::ChangeSchema(vec![conversion("k", "string", "int", 0.0)]), "k int, v double");
    let bench = Bench::new(&[("s/1.csv", ROWS)]);
    bench.error(&flow(COLUMNS, vec![by_k(COLUMNS), lossy]));
    assert_eq!(told(&bench.kept("r")), [""; 0]);
    let mut flow = flow(COLUMNS, vec![by_k(COLUMNS)]);
    let rule = Rule::RowCount { min: Some(9), max: None };
    flow.tables["t"].checks.push(Check { name: "row_count".into(), rule, severity: Severity::Error });
    bench.error(&flow);
    assert_eq!(told(&bench.kept("r")), ["k: 3 of 6"], "it was written, and audited");
}
