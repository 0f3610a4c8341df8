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

/// `change_schema` of these columns of `id string, n bigint, d string`.
fn changed(conversions: &[(&str, &str)], after: &str) -> Step {
    let conversions = conversions.iter().map(|(column, to)| conversion(column, "string", to, 0.0)).collect();
    step(Operation::ChangeSchema(conversions), after)
}

fn doubled(after: &str) -> Step {
    let twice = binary(column("n", "bigint"), BinaryOp::Multiply, column("n", "bigint"), "bigint");
    step(Operation::DerivedColumn(vec![("n".into(), twice)]), after)
}

#[test]
fn losses_come_before_what_fails_behind_them() {
    let bench = Bench::new(&[("s/1.csv", "id,n,d\nx,9000000000000000000,y\n1,1,z\n")]);
    let lost = |column: &str, to: &str, lost: u64| {
        let percent = lost * 50;
        format!(
            "cast-loss: change_schema {column} -> {to} lost {lost} of 2 values ({percent} %), more than max_cast_loss 0"
        )
    };
    let id = changed(&[("id", "int")], "id int, n bigint, d string");
    let d = changed(&[("d", "date")], "id int, n bigint, d date");
    let run = |steps| bench.error(&flow("id string, n bigint, d string", steps));
    assert_eq!(run(vec![id.clone(), doubled("id int, n bigint, d string")]), lost("id", "int", 1));
    let both = run(vec![id.clone(), d.clone(), doubled("id int, n bigint, d date")]);
    assert_eq!(both, format!("{} & {}", lost("id", "int", 1), lost("d", "date", 2)));
    // The rows do not reach the second one.
    assert!(run(vec![id, doubled("id int, n bigint, d string"), d]).starts_with("overflow"));
}

#[test]
fn a_source_at_fault_comes_before_all_else() {
    let bench = Bench::new(&[("s/1.csv", "id,n,d\nx,9000000000000000000,y\n"), ("z/1.csv", "k\n1,2\n")]);
    let steps = vec![changed(&[("id", "int")], "id int, n bigint, d string"), doubled("id int, n bigint, d string")];
    let mut flow = flow("id string, n bigint, d string", steps);
    flow.sources.insert("z".into(), source("k string"));
    flow.tables.insert("u".into(), table(vec![step(Operation::Read(Input::Source("z".into())), "k string")]));
    assert!(bench.error(&flow).starts_with("ragged-row"));
    assert!(bench.kept("r").tables.is_empty());
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
        let outcome = futures::executor::block_on(run(&flow, &places, run_id, None, &|_| ()));
        assert_eq!(outcome.unwrap_err().code(), "invalid-run-id", "{run_id}");
    }
    assert!(bench.files().is_empty());
}
