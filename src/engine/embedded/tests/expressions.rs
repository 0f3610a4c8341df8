//! Expressions as `derived_column` and `filter` meet them.

use super::*;

/// `expr` over each of the rows of `csv`, whose columns are `columns`.
fn derived(columns: &str, csv: &str, expr: Expr) -> Vec<String> {
    let after = format!("out {}", expr.data_type);
    let all = format!("{columns}, {after}");
    let steps = vec![
        step(Operation::DerivedColumn(vec![("out".into(), expr)]), &all),
        step(Operation::SelectFields(names(&["n", "out"])), &format!("n int, {after}")),
    ];
    let bench = Bench::new(&[("s/1.csv", csv)]);
    let rows = bench.rows(&flow(columns, steps));
    rows.iter().map(|row| row.split_once('|').unwrap().1.to_string()).collect()
}

const NUMBERS: &str = "n int, a int, b double, c bigint";
const NUMBERS_CSV: &str = "n,a,b,c\n1,7,2.5,0\n2,-7,-0.0,2\n3,,,\n";

#[test]
fn arithmetic_and_comparison() {
    use BinaryOp::*;
    let a = || column("a", "int");
    let b = || column("b", "double");
    let wide = || of(Node::Widen(Box::new(a())), "bigint");
    assert_eq!(derived(NUMBERS, NUMBERS_CSV, binary(a(), Divide, int(2), "int")), ["3", "-3", "NULL"]);
    assert_eq!(
        derived(NUMBERS, NUMBERS_CSV, binary(wide(), Modulo, column("c", "bigint"), "bigint")),
        ["NULL", "-1", "NULL"]
    );
    let zero = of(Node::Literal(Literal::Double(0.0)), "double");
    assert_eq!(derived(NUMBERS, NUMBERS_CSV, binary(b(), Equal, zero.clone(), "boolean")), ["false", "true", "NULL"]);
    assert_eq!(
        derived(NUMBERS, NUMBERS_CSV, of(Node::In(Box::new(b()), vec![zero.clone()]), "boolean")),
        ["false", "true", "NULL"]
    );
    assert_eq!(derived(NUMBERS, NUMBERS_CSV, binary(b(), Divide, zero, "double")), ["NULL", "NULL", "NULL"]);
    let widened = of(Node::Widen(Box::new(a())), "double");
    assert_eq!(derived(NUMBERS, NUMBERS_CSV, binary(widened, Multiply, b(), "double")), ["17.5", "0.0", "NULL"]);
    assert_eq!(derived(NUMBERS, NUMBERS_CSV, of(Node::Negate(Box::new(a())), "int")), ["-7", "7", "NULL"]);
    assert_eq!(
        derived(NUMBERS, NUMBERS_CSV, of(Node::Widen(Box::new(a())), "decimal(12,2)")),
        ["7.00", "-7.00", "NULL"]
    );
}

#[test]
fn overflow_fails_the_run() {
    let expr = binary(column("a", "int"), BinaryOp::Multiply, int(2_000_000_000), "int");
    let steps = vec![step(Operation::DerivedColumn(vec![("a".into(), expr)]), NUMBERS)];
    let bench = Bench::new(&[("s/1.csv", NUMBERS_CSV)]);
    let error = bench.error(&flow(NUMBERS, steps));
    assert!(
        ["overflow: `7 * 2000000000` is out of range for int", "overflow: `-7 * 2000000000` is out of range for int"]
            .contains(&error.as_str()),
        "{error}"
    );
}

#[test]
fn an_overflow_behind_a_case_that_is_not_taken_is_none() {
    use BinaryOp::*;
    let huge = binary(column("a", "int"), Multiply, int(2_000_000_000), "int");
    let small = binary(column("a", "int"), Less, int(100), "boolean");
    let expr = of(Node::Case(vec![(small, int(1))], Box::new(huge)), "int");
    assert_eq!(derived(NUMBERS, "n,a,b,c\n1,7,,\n2,0,,\n", expr), ["1", "1"]);
}

#[test]
fn logic_has_three_values() {
    use BinaryOp::*;
    let columns = "n int, a boolean, b boolean";
    let csv = "n,a,b\n1,t,t\n2,t,f\n3,t,\n4,f,\n5,,\n";
    let (a, b) = (|| column("a", "boolean"), || column("b", "boolean"));
    assert_eq!(derived(columns, csv, binary(a(), And, b(), "boolean")), ["true", "false", "NULL", "false", "NULL"]);
    assert_eq!(derived(columns, csv, binary(a(), Or, b(), "boolean")), ["true", "true", "true", "NULL", "NULL"]);
    assert_eq!(
        derived(columns, csv, of(Node::Not(Box::new(a())), "boolean")),
        ["false", "false", "false", "true", "NULL"]
    );
    assert_eq!(
        derived(columns, csv, of(Node::IsNull(Box::new(b())), "boolean")),
        ["false", "false", "true", "true", "true"]
    );
    let null = of(Node::Widen(Box::new(of(Node::Literal(Literal::Null), "boolean"))), "boolean");
    let list = of(Node::In(Box::new(a()), vec![b(), null]), "boolean");
    assert_eq!(derived(columns, csv, list), ["true", "NULL", "NULL", "NULL", "NULL"]);
}

#[test]
fn texts() {
    let columns = "n int, a string";
    let csv = "n,a\n1,Ágætis\n2,  x  \n3,\n4,50%_a\n";
    let a = || column("a", "string");
    assert_eq!(derived(columns, csv, call(Function::Upper, vec![a()], "string")), ["ÁGÆTIS", "  X  ", "NULL", "50%_A"]);
    assert_eq!(derived(columns, csv, call(Function::Trim, vec![a()], "string")), ["Ágætis", "x", "NULL", "50%_a"]);
    assert_eq!(derived(columns, csv, call(Function::Length, vec![a()], "int")), ["6", "5", "NULL", "5"]);
    assert_eq!(
        derived(columns, csv, call(Function::Substr, vec![a(), int(2), int(3)], "string")),
        ["gæt", " x ", "NULL", "0%_"]
    );
    assert_eq!(
        derived(columns, csv, binary(a(), BinaryOp::Concat, text("!"), "string")),
        ["Ágætis!", "  x  !", "NULL", "50%_a!"]
    );
    let like = |pattern: &str| of(Node::Like(Box::new(a()), pattern.into()), "boolean");
    assert_eq!(derived(columns, csv, like("_g%s")), ["true", "false", "NULL", "false"]);
    assert_eq!(derived(columns, csv, like("%\\%\\_%")), ["false", "false", "NULL", "true"]);
    assert_eq!(derived(columns, csv, like("á%")), ["false", "false", "NULL", "false"]);
    assert_eq!(
        derived(columns, csv, binary(a(), BinaryOp::Greater, text("z"), "boolean")),
        ["true", "false", "NULL", "false"]
    );
    assert_eq!(derived(columns, csv, call(Function::Coalesce, vec![a(), text("-")], "string"))[2], "-");
    assert_eq!(derived(columns, csv, call(Function::NullIf, vec![a(), text("  x  ")], "string"))[1], "NULL");
    let part = call(Function::Substr, vec![a(), int(1), int(2)], "string");
    let number = of(Node::Cast(Box::new(part)), "int");
    assert_eq!(derived(columns, csv, number), ["NULL", "NULL", "NULL", "50"]);
}

#[test]
fn dates_and_lists() {
    let columns = "n int, d date, l array<string>";
    let csv = "n,d,l\n1,1999-12-31,\"['a', 'b']\"\n2,1850-01-02,[]\n3,,\n";
    let (d, l) = (|| column("d", "date"), || column("l", "array<string>"));
    assert_eq!(derived(columns, csv, call(Function::Year, vec![d()], "int")), ["1999", "1850", "NULL"]);
    let later = of(Node::Literal(Literal::Date("1900-01-01".into())), "date");
    assert_eq!(
        derived(columns, csv, binary(d(), BinaryOp::GreaterOrEqual, later, "boolean")),
        ["true", "false", "NULL"]
    );
    let instant = of(Node::Widen(Box::new(d())), "timestamp");
    let noon = of(Node::Literal(Literal::Timestamp("1999-12-30 12:00:00.5".into())), "timestamp");
    assert_eq!(
        derived(columns, csv, binary(instant.clone(), BinaryOp::Greater, noon, "boolean")),
        ["true", "false", "NULL"]
    );
    assert_eq!(derived(columns, csv, call(Function::Month, vec![instant], "int")), ["12", "1", "NULL"]);
    assert_eq!(derived(columns, csv, call(Function::Cardinality, vec![l()], "int")), ["2", "0", "NULL"]);
    assert_eq!(derived(columns, csv, call(Function::ElementAt, vec![l(), int(2)], "string")), ["b", "NULL", "NULL"]);
    assert_eq!(
        derived(columns, csv, call(Function::Contains, vec![l(), text("a")], "boolean")),
        ["true", "false", "NULL"]
    );
}

#[test]
fn rounding() {
    let b = || column("b", "double");
    let csv = "n,a,b,c\n1,,1.005,\n2,,-2.5,\n3,,,\n";
    assert_eq!(derived(NUMBERS, csv, call(Function::Round, vec![b(), int(2)], "double")), ["1.01", "-2.5", "NULL"]);
    assert_eq!(derived(NUMBERS, csv, call(Function::Round, vec![b()], "double")), ["1.0", "-3.0", "NULL"]);
    assert_eq!(derived(NUMBERS, csv, call(Function::Floor, vec![b()], "double")), ["1.0", "-3.0", "NULL"]);
}

#[test]
fn long_chains_of_operators() {
    let (mut sum, mut any) = (column("a", "int"), of(Node::Literal(Literal::Boolean(false)), "boolean"));
    for i in 0..250 {
        sum = binary(sum, BinaryOp::Add, int(1), "int");
        any = binary(any, BinaryOp::Or, binary(column("a", "int"), BinaryOp::Equal, int(i), "boolean"), "boolean");
    }
    assert_eq!(derived(NUMBERS, NUMBERS_CSV, sum), ["257", "243", "NULL"]);
    assert_eq!(derived(NUMBERS, NUMBERS_CSV, any), ["true", "false", "NULL"]);
}

#[test]
fn derived_columns_see_the_input_row() {
    let columns = "a int, b int";
    let steps = vec![step(
        Operation::DerivedColumn(vec![
            ("a".into(), column("b", "int")),
            ("b".into(), column("a", "int")),
            ("c".into(), binary(column("a", "int"), BinaryOp::Subtract, column("b", "int"), "int")),
        ]),
        "a int, b int, c int",
    )];
    assert_eq!(Bench::new(&[("s/1.csv", "a,b\n1,2\n")]).rows(&flow(columns, steps)), ["2|1|-1"]);
}

#[test]
fn filters_keep_what_is_true() {
    let condition = binary(column("a", "int"), BinaryOp::Greater, int(1), "boolean");
    let steps = vec![step(Operation::Filter(condition), "a int")];
    assert_eq!(Bench::new(&[("s/1.csv", "a,b\n1,2\n2,2\n,2\n")]).rows(&flow("a int", steps)), ["2"]);
}
