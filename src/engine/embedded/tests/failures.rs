//! Casts that lose too much, and checks that fail.

use super::*;

fn losing(max_loss: f64) -> Flow {
    let conversions = vec![conversion("id", "string", "int", max_loss), conversion("d", "string", "date", 1.0)];
    flow(
        "id string, d string",
        vec![
            step(Operation::ChangeSchema(conversions), "id int, d date"),
            step(Operation::DropFields(names(&["d"])), "id int"),
            step(Operation::Filter(of(Node::Literal(Literal::Boolean(false)), "boolean")), "id int"),
        ],
    )
}

const IDS: &str = "id,d\n4CztQckkyknWT9MxYtSaIa,2015\nx,2015-06-09\n,\n";

#[test]
fn losses_are_counted_over_all_rows_that_reach_the_step() {
    let bench = Bench::new(&[("s/1.csv", IDS)]);
    let metrics = bench.run(&losing(1.0), "r").unwrap();
    let losses: Vec<_> =
        metrics.tables["t"].cast_losses.iter().map(|(column, loss)| (column.as_str(), loss.lost, loss.of)).collect();
    assert_eq!(losses, [("id", 2, 2), ("d", 1, 2)], "though a later filter keeps no row and the column is dropped");
    assert_eq!(metrics.tables["t"].rows, 0);
}

#[test]
fn too_great_a_loss_publishes_nothing() {
    let bench = Bench::new(&[("s/1.csv", IDS)]);
    assert_eq!(
        bench.error(&losing(0.05)),
        "cast-loss: change_schema id -> int lost 2 of 2 values (100 %), more than max_cast_loss 0.05"
    );
    let kept = bench.kept("r");
    assert_eq!(kept.status, crate::flow::metrics::Status::Failed);
    let table = &kept.tables["t"];
    assert_eq!(
        (table.rows, table.files, table.bytes, table.checks.len(), table.cast_losses["id"].lost),
        (0, 0, 0, 0, 2)
    );
}

#[test]
fn losses_behind_a_join_with_nothing_are_none() {
    let join = Operation::Join {
        input: Input::Source("e".into()),
        how: JoinKind::Inner,
        on: pairs(&[("id", "id")]),
        right: Vec::new(),
    };
    let change = Operation::ChangeSchema(vec![conversion("d", "string", "date", 0.0)]);
    let mut flow =
        flow("id string, d string", vec![step(join, "id string, d string"), step(change, "id string, d date")]);
    flow.sources.insert("e".into(), source("id string, n int"));
    let bench = Bench::new(&[("s/1.csv", IDS), ("e/1.csv", "id,n\nnobody,none\n")]);
    let metrics = bench.run(&flow, "r").unwrap();
    assert!(metrics.tables["t"].cast_losses.is_empty());
    assert_eq!(metrics.sources["e"].cast_losses["n"].lost, 1, "though no row of it is used");
}

fn check(name: &str, rule: Rule, severity: Severity) -> Check {
    Check { name: name.into(), rule, severity }
}

fn checked(checks: Vec<Check>) -> Flow {
    let mut flow = flow("id string, v double, p int", vec![]);
    flow.tables["t"].checks = checks;
    flow.tables["t"].output.partition_by = names(&["p"]);
    flow
}

const ROWS: &str = "id,v,p\na,1,1\na,2,2\na,,1\n,4,\n,0.0,1\n";

#[test]
fn checks_count_failing_rows() {
    use Severity::Warn;
    let at_most = binary(
        column("v", "double"),
        BinaryOp::LessOrEqual,
        of(Node::Literal(Literal::Double(1.0)), "double"),
        "boolean",
    );
    let flow = checked(vec![
        check("unique(id)", Rule::Unique(names(&["id"])), Warn),
        check("unique(id, p)", Rule::Unique(names(&["id", "p"])), Warn),
        check("unique(v)", Rule::Unique(names(&["v"])), Severity::Error),
        check("not_null(id)", Rule::NotNull("id".into()), Warn),
        check("not_null(p)", Rule::NotNull("p".into()), Warn),
        check("between(v)", Rule::Holds(at_most), Warn),
        check("row_count", Rule::RowCount { min: Some(6), max: None }, Warn),
        check("row_count", Rule::RowCount { min: Some(5), max: Some(5) }, Severity::Error),
    ]);
    let metrics = Bench::new(&[("s/1.csv", ROWS)]).run(&flow, "r").unwrap();
    let verdicts: Vec<_> =
        metrics.tables["t"].checks.iter().map(|v| (v.check.as_str(), v.passed, v.failing_rows)).collect();
    assert_eq!(
        verdicts,
        [
            ("unique(id)", false, 2),
            ("unique(id, p)", false, 1),
            ("unique(v)", true, 0),
            ("not_null(id)", false, 2),
            ("not_null(p)", false, 1),
            ("between(v)", false, 2),
            ("row_count", false, 5),
            ("row_count", true, 0),
        ]
    );
}

#[test]
fn a_failed_check_leaves_the_old_table() {
    let bench = Bench::new(&[("s/1.csv", "id,v,p\nold,1,1\n")]);
    let unique = || check("unique(id)", Rule::Unique(names(&["id"])), Severity::Error);
    let flow = checked(vec![unique(), check("not_null(id)", Rule::NotNull("id".into()), Severity::Error)]);
    bench.run(&flow, "r1").unwrap();
    let before = bench.files();
    bench.stage("s/1.csv", ROWS);
    let error = bench.run(&flow, "r2").unwrap_err();
    assert_eq!(
        shown(&error),
        "check-failed: check unique(id) failed on 2 rows of table t & check-failed: check not_null(id) failed on 2 rows of table t"
    );
    let kept = bench.kept("r2");
    assert_eq!(
        kept.error.unwrap(),
        "check unique(id) failed on 2 rows of table t; check not_null(id) failed on 2 rows of table t"
    );
    assert_eq!((kept.tables["t"].rows, kept.tables["t"].checks.len()), (5, 2));
    assert_eq!(
        bench.files(),
        [&["_pipectl/r1/metrics.json".to_string(), "_pipectl/r2/metrics.json".to_string()], &before[1..]].concat()
    );
    assert_eq!(bench.published("t"), ["old|1.0"]);
}

#[test]
fn checks_over_no_rows_pass() {
    let flow = checked(vec![
        check("unique(id)", Rule::Unique(names(&["id"])), Severity::Error),
        check("not_null(id)", Rule::NotNull("id".into()), Severity::Error),
    ]);
    let metrics = Bench::new(&[("s/1.csv", "id,v,p\n")]).run(&flow, "r").unwrap();
    assert!(metrics.tables["t"].checks.iter().all(|verdict| verdict.passed));
}

#[test]
fn a_run_id_is_not_a_path() {
    let bench = Bench::new(&[("s/1.csv", "id,v,p\n")]);
    for run_id in ["", "..", "a/b", "a b"] {
        let (flow, places) = (flow("id string", vec![]), bench.places());
        let outcome = futures::executor::block_on(run(&flow, &places, run_id, &|_| ()));
        assert_eq!(outcome.unwrap_err().code(), "invalid-run-id", "{run_id}");
    }
    assert!(bench.files().is_empty());
}
