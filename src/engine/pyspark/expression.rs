//! Typed expressions as Spark columns.
//!
//! Spark's operators are used where they mean what [`crate::flow::expr`] says (with ANSI mode off: a division by zero is
//! NULL, for one), helpers of `python/expressions.py` where they do not.

use super::conversion;
use super::layout::Py;
use crate::flow::conversion::value::DAY;
use crate::flow::expr::{BinaryOp, Expr, Function, Literal, Node, micros_of, months_of};
use crate::flow::pattern::{Replacement, pattern, replacement};
use crate::flow::types::DataType;

/// The column of that name.
pub fn column(name: &str) -> Py {
    Py::call("col", [column_name(name)])
}

/// A column's name where Spark parses one: in back quotes unless it is plain.
pub fn column_name(name: &str) -> Py {
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if plain { Py::string(name) } else { Py::string(format!("`{}`", name.replace('`', "``"))) }
}

/// `expr` as a column.
pub fn column_of(expr: &Expr) -> Py {
    match &expr.node {
        Node::Column(name) => column(name),
        Node::Literal(literal) => literal_column(literal, &expr.data_type),
        Node::Widen(inner) => match bare(expr) {
            Some(value) if expr.data_type != DataType::Bigint => Py::call("lit", [value]),
            _ => cast(column_of(inner), &expr.data_type),
        },
        Node::Cast(inner) => conversion::converted(column_of(inner), &inner.data_type, &expr.data_type, None),
        Node::Negate(inner) if is_whole(&expr.data_type) => {
            whole(&expr.data_type, "sub", vec![Py::call("lit", [Py::text("0")]), column_of(inner)])
        }
        Node::Negate(inner) => column_of(inner).prefix("-"),
        Node::Not(inner) => match &inner.node {
            Node::IsNull(operand) => column_of(operand).method("isNotNull", []),
            _ => column_of(inner).prefix("~"),
        },
        Node::Binary(op, left, right) => binary(*op, left, right, &expr.data_type),
        Node::IsNull(inner) => column_of(inner).method("isNull", []),
        Node::In(inner, list) => column_of(inner).method("isin", list.iter().map(operand).collect::<Vec<_>>()),
        Node::Like(inner, pattern) => like(column_of(inner), pattern),
        Node::Case(branches, otherwise) => case(branches, otherwise),
        Node::Call(function, arguments) => call(*function, arguments, &expr.data_type),
    }
}

/// `expr` where Spark takes a column or a Python value: a literal stays bare.
fn operand(expr: &Expr) -> Py {
    bare(expr).unwrap_or_else(|| column_of(expr))
}

/// A literal as the Python value that Spark reads with the same meaning.
fn bare(expr: &Expr) -> Option<Py> {
    match (&expr.node, &expr.data_type) {
        (Node::Widen(inner), DataType::Double) => match inner.node {
            Node::Literal(Literal::Integer(i)) => Some(Py::text(double(i as f64))),
            Node::Widen(_) => bare(&Expr { node: inner.node.clone(), data_type: DataType::Double }),
            _ => None,
        },
        (Node::Widen(inner), DataType::Bigint) => bare(inner),
        (Node::Literal(Literal::String(text)), _) => Some(Py::string(text)),
        (Node::Literal(Literal::Boolean(b)), _) => Some(Py::text(if *b { "True" } else { "False" })),
        (Node::Literal(Literal::Integer(i)), _) => Some(Py::text(i.to_string())),
        (Node::Literal(Literal::Double(f)), _) => Some(Py::text(double(*f))),
        _ => None,
    }
}

fn double(f: f64) -> String {
    if f.is_finite() { format!("{f:?}") } else { format!("float(\"{f}\")") }
}

fn literal_column(literal: &Literal, data_type: &DataType) -> Py {
    let lit = |value: Py| Py::call("lit", [value]);
    match literal {
        Literal::Null => cast(lit(Py::text("None")), data_type),
        Literal::String(text) => lit(Py::string(text)),
        Literal::Boolean(b) => lit(Py::text(if *b { "True" } else { "False" })),
        Literal::Integer(i) if *data_type == DataType::Int => lit(Py::text(i.to_string())),
        Literal::Integer(i) => cast(lit(Py::text(i.to_string())), data_type),
        Literal::Double(f) if *data_type == DataType::Double => lit(Py::text(double(*f))),
        Literal::Double(f) => cast(lit(Py::text(double(*f))), data_type),
        Literal::Date(text) => cast(lit(Py::string(text)), &DataType::Date),
        Literal::Timestamp(text) => cast(lit(Py::string(text)), &DataType::Timestamp),
    }
}

/// Spark's own cast, for conversions that cannot fail.
fn cast(py: Py, to: &DataType) -> Py {
    py.method("cast", [Py::string(to.to_string())])
}

fn is_whole(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Int | DataType::Bigint)
}

/// Exact arithmetic of whole numbers.
fn whole(data_type: &DataType, operate: &str, operands: Vec<Py>) -> Py {
    let mut arguments = vec![Py::string(data_type.to_string()), Py::text(operate)];
    arguments.extend(operands);
    Py::call("whole", arguments)
}

fn binary(op: BinaryOp, left: &Expr, right: &Expr, data_type: &DataType) -> Py {
    let exact = |operate| whole(data_type, operate, vec![column_of(left), column_of(right)]);
    let operator = match op {
        BinaryOp::Add if is_whole(data_type) => return exact("add"),
        BinaryOp::Subtract if is_whole(data_type) => return exact("sub"),
        BinaryOp::Multiply if is_whole(data_type) => return exact("mul"),
        BinaryOp::Divide if is_whole(data_type) => return exact("quotient"),
        BinaryOp::Concat => return Py::call("F.concat", concatenated(left, right)),
        BinaryOp::Add => "+",
        BinaryOp::Subtract => "-",
        BinaryOp::Multiply => "*",
        BinaryOp::Divide => "/",
        BinaryOp::Modulo => "%",
        BinaryOp::Equal => "==",
        BinaryOp::NotEqual => "!=",
        BinaryOp::Less => "<",
        BinaryOp::LessOrEqual => "<=",
        BinaryOp::Greater => ">",
        BinaryOp::GreaterOrEqual => ">=",
        BinaryOp::And => "&",
        BinaryOp::Or => "|",
    };
    let result = column_of(left).infix(operator, operand(right));
    // Spark widens the result of decimals.
    if matches!(data_type, DataType::Decimal(..)) { cast(result, data_type) } else { result }
}

/// `a || b || c` as one list.
fn concatenated(left: &Expr, right: &Expr) -> Vec<Py> {
    let mut parts = match &left.node {
        Node::Binary(BinaryOp::Concat, a, b) => concatenated(a, b),
        _ => vec![column_of(left)],
    };
    parts.push(column_of(right));
    parts
}

fn case(branches: &[(Expr, Expr)], otherwise: &Expr) -> Py {
    let mut chain: Option<Py> = None;
    for (condition, value) in branches {
        let arguments = [column_of(condition), column_of(value)];
        chain = Some(match chain {
            None => Py::call("F.when", arguments),
            Some(chain) => chain.method("when", arguments),
        });
    }
    match chain {
        Some(chain) => chain.method("otherwise", [column_of(otherwise)]),
        None => column_of(otherwise),
    }
}

fn call(function: Function, arguments: &[Expr], data_type: &DataType) -> Py {
    let all = || arguments.iter().map(column_of).collect::<Vec<_>>();
    match function {
        Function::Year => Py::call("F.year", all()),
        Function::Month => Py::call("F.month", all()),
        Function::Day => Py::call("F.dayofmonth", all()),
        Function::Lower => Py::call("F.lower", all()),
        Function::Upper => Py::call("F.upper", all()),
        Function::Trim => Py::call("F.trim", all()),
        Function::Length => Py::call("F.length", all()),
        Function::Substr => substr(arguments),
        Function::Replace => Py::call("F.replace", all()),
        Function::Concat => Py::call("F.concat", all()),
        Function::Coalesce => Py::call("F.coalesce", all()),
        // `F.nullif` of 3.5 stumbles over columns that are not resolved yet.
        Function::NullIf => {
            Py::call("F.call_function", [Py::string("nullif"), column_of(&arguments[0]), column_of(&arguments[1])])
        }
        Function::Abs if is_whole(data_type) => whole(data_type, "F.abs", all()),
        Function::Abs => Py::call("F.abs", all()),
        Function::Floor => Py::call("floor", all()),
        Function::Ceil => Py::call("ceil", all()),
        Function::Round => {
            let digits = arguments.get(1).map(operand);
            Py::call("F.round", arguments.iter().take(1).map(column_of).chain(digits).collect::<Vec<_>>())
        }
        Function::Cardinality => Py::call("F.array_size", all()),
        Function::ElementAt => Py::call("F.element_at", [column_of(&arguments[0]), operand(&arguments[1])]),
        Function::Contains => Py::call("contains", all()),
        Function::LTrim => Py::call("F.ltrim", all()),
        Function::RTrim => Py::call("F.rtrim", all()),
        Function::LPad | Function::RPad => {
            let name = if function == Function::LPad { "lpad" } else { "rpad" };
            Py::call("F.call_function", [vec![Py::string(name)], all()].concat())
        }
        Function::StartsWith => column_of(&arguments[0]).method("startswith", [operand(&arguments[1])]),
        Function::EndsWith => column_of(&arguments[0]).method("endswith", [operand(&arguments[1])]),
        Function::StrPos => Py::call("F.call_function", [vec![Py::string("instr")], all()].concat()),
        Function::Reverse => Py::call("F.reverse", all()),
        Function::Split => {
            let pattern = regex_syntax::escape(written(&arguments[1]));
            Py::call("F.split", [column_of(&arguments[0]), Py::string(pattern), Py::text("-1")])
        }
        Function::ArrayJoin => Py::call("F.call_function", [vec![Py::string("array_join")], all()].concat()),
        Function::Sqrt => Py::call("sqrt", all()),
        Function::Greatest | Function::Least => {
            let name = if function == Function::Greatest { "F.greatest" } else { "F.least" };
            without_minus_zero(Py::call(name, all()), data_type)
        }
        Function::Hour => Py::call("F.hour", all()),
        Function::Minute => Py::call("F.minute", all()),
        Function::Second => Py::call("F.second", all()),
        Function::Quarter => Py::call("F.quarter", all()),
        Function::Week => Py::call("F.weekofyear", all()),
        Function::DayOfWeek => Py::call("F.weekday", all()).infix("+", Py::text("1")),
        Function::DayOfYear => Py::call("F.dayofyear", all()),
        Function::DateTrunc => {
            let (unit, of) = (written(&arguments[0]), column_of(&arguments[1]));
            match data_type {
                DataType::Date if unit == "day" => of,
                DataType::Date => Py::call("F.trunc", [of, Py::string(unit)]),
                _ => Py::call("F.date_trunc", [Py::string(unit), of]),
            }
        }
        Function::DateAdd => date_add(written(&arguments[0]), &arguments[1], &arguments[2]),
        Function::DateDiff => {
            let micros = |e: &Expr| Py::call("F.unix_micros", [column_of(e)]);
            let length = micros_of(written(&arguments[0])).unwrap_or(1);
            let between = micros(&arguments[2]).infix("-", micros(&arguments[1]));
            whole(&DataType::Bigint, "quotient", vec![between, Py::call("lit", [Py::text(length.to_string())])])
        }
        Function::RegexpLike | Function::RegexpExtract | Function::RegexpReplace | Function::RegexpSplit => {
            regexp(function, column_of(&arguments[0]), &arguments[1..])
        }
    }
}

/// The text of an argument that typing has seen to be written out.
fn written(argument: &Expr) -> &str {
    match &argument.node {
        Node::Literal(Literal::String(text)) => text,
        _ => "",
    }
}

/// Of zeros of both signs, which are equal, Spark keeps the one that comes first.
pub fn without_minus_zero(number: Py, data_type: &DataType) -> Py {
    match data_type {
        DataType::Double => number.infix("+", Py::text("0.0")),
        DataType::Float => number.infix("+", cast(Py::call("lit", [Py::text("0.0")]), data_type)),
        _ => number,
    }
}

fn date_add(unit: &str, number: &Expr, of: &Expr) -> Py {
    let (number, value) = (column_of(number), column_of(of));
    let is_date = of.data_type == DataType::Date;
    let length = |length: i64| Py::text(length.to_string());
    match (months_of(unit), micros_of(unit)) {
        (Some(months), _) if is_date => Py::call("plus_months", [value, number, length(months.into())]),
        (Some(months), _) => Py::call("plus_months_at", [value, number, length(months.into())]),
        (None, micros) if is_date => Py::call("plus_days", [value, number, length(micros.unwrap_or(DAY) / DAY)]),
        (None, micros) => Py::call("plus_micros", [value, number, length(micros.unwrap_or(DAY))]),
    }
}

/// A function of a regular expression, which is written as Java reads it. What typing let through is portable.
fn regexp(function: Function, text: Py, arguments: &[Expr]) -> Py {
    let constant = |place: usize| match arguments.get(place).map(|argument| &argument.node) {
        Some(Node::Literal(Literal::String(text))) => text.as_str(),
        _ => "",
    };
    let found = pattern(constant(0)).ok();
    let groups = found.as_ref().map_or(0, |found| found.repeated_groups.len());
    let java = Py::string(found.map_or_else(String::new, |found| found.java));
    match function {
        Function::RegexpLike => text.method("rlike", [java]),
        Function::RegexpExtract => {
            let group = arguments.get(1).map_or(Py::text("0"), operand);
            Py::call("regexp_extract", [text, java, group])
        }
        Function::RegexpReplace => {
            let with = replacement(constant(1), groups).unwrap_or_default();
            Py::call("F.regexp_replace", [text, java, Py::string(java_replacement(&with))])
        }
        _ => Py::call("F.split", [text, java, Py::text("-1")]),
    }
}

/// A replacement as Java reads it.
fn java_replacement(parts: &[Replacement]) -> String {
    let mut written = String::new();
    for (place, part) in parts.iter().enumerate() {
        match part {
            Replacement::Text(text) => {
                // A digit behind a group would be read as part of its number.
                let after_group = place > 0 && text.starts_with(|c: char| c.is_ascii_digit());
                for (at, c) in text.chars().enumerate() {
                    if matches!(c, '\\' | '$') || at == 0 && after_group {
                        written.push('\\');
                    }
                    written.push(c);
                }
            }
            Replacement::Group(group) => written.push_str(&format!("${group}")),
        }
    }
    written
}

/// The value of a whole-number literal, also behind a minus.
fn constant(expr: &Expr) -> Option<i64> {
    match &expr.node {
        Node::Literal(Literal::Integer(i)) => Some(*i),
        Node::Negate(inner) => constant(inner).and_then(i64::checked_neg),
        _ => None,
    }
}

/// With a start and length that Spark reads alike its own function, else the helper.
fn substr(arguments: &[Expr]) -> Py {
    let text = column_of(&arguments[0]);
    let start = constant(&arguments[1]).filter(|start| *start >= 1);
    let length = arguments.get(2).map(|length| constant(length).filter(|length| *length >= 0));
    match (start, length) {
        (Some(start), None) => Py::call("F.substr", [text, Py::call("lit", [Py::text(start.to_string())])]),
        (Some(start), Some(Some(length))) => {
            Py::call("F.substring", [text, Py::text(start.to_string()), Py::text(length.to_string())])
        }
        _ => {
            let all = Py::call("F.length", [text.clone()]);
            let length = arguments.get(2).map_or(all, column_of);
            Py::call("substr", [text, column_of(&arguments[1]), length])
        }
    }
}

/// Spark's own `like`, except where it takes a character beyond U+FFFF apart.
fn like(text: Py, pattern: &str) -> Py {
    let pattern = like_pattern(pattern);
    if pattern.chars().all(|c| u32::from(c) <= 0xffff) {
        return text.method("like", [Py::string(pattern)]);
    }
    let mut regex = String::from("(?s)\\A");
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '%' => regex.push_str(".*"),
            '_' => regex.push('.'),
            '\\' => regex.extend(chars.next().map(|c| regex::escape(&c.to_string()))),
            c => regex.push_str(&regex::escape(&c.to_string())),
        }
    }
    regex.push_str("\\z");
    text.method("rlike", [Py::string(regex)])
}

/// The pattern with only the escapes that Spark knows: before `%`, `_` and the backslash itself.
fn like_pattern(pattern: &str) -> String {
    let mut written = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            written.push(c);
            continue;
        }
        match chars.next() {
            Some(special @ ('%' | '_' | '\\')) => written.extend(['\\', special]),
            Some(other) => written.push(other),
            None => written.push_str("\\\\"),
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(i: i64) -> Expr {
        Expr { node: Node::Literal(Literal::Integer(i)), data_type: DataType::Int }
    }

    fn col(name: &str, data_type: DataType) -> Expr {
        Expr { node: Node::Column(name.to_string()), data_type }
    }

    fn infix(op: BinaryOp, left: Expr, right: Expr, data_type: DataType) -> Expr {
        Expr { node: Node::Binary(op, Box::new(left), Box::new(right)), data_type }
    }

    fn python(expr: &Expr) -> String {
        column_of(expr).flat()
    }

    #[test]
    fn names_are_quoted_where_spark_would_parse_them() {
        assert_eq!(column("release_date").flat(), r#"col("release_date")"#);
        assert_eq!(column("a.b`c").flat(), r#"col("`a.b``c`")"#);
    }

    #[test]
    fn literals_stay_bare_beside_a_column() {
        let popularity = col("popularity", DataType::Bigint);
        let one = Expr { node: Node::Widen(Box::new(int(1))), data_type: DataType::Bigint };
        let test = infix(BinaryOp::GreaterOrEqual, popularity.clone(), one.clone(), DataType::Boolean);
        assert_eq!(python(&test), r#"col("popularity") >= 1"#);
        let both = infix(BinaryOp::And, test.clone(), test, DataType::Boolean);
        assert_eq!(python(&both), r#"(col("popularity") >= 1) & (col("popularity") >= 1)"#);
        let sum = infix(BinaryOp::Add, popularity, one, DataType::Bigint);
        assert_eq!(python(&sum), r#"whole("bigint", add, col("popularity"), lit(1).cast("bigint"))"#);
    }

    #[test]
    fn doubles_divide_as_spark_divides() {
        let seconds = col("ms", DataType::Double);
        let thousand = Expr { node: Node::Widen(Box::new(int(1000))), data_type: DataType::Double };
        let quotient = infix(BinaryOp::Divide, seconds, thousand, DataType::Double);
        assert_eq!(python(&quotient), r#"col("ms") / 1000.0"#);
    }

    #[test]
    fn patterns_keep_only_known_escapes() {
        assert_eq!(like_pattern(r"50\%_\a\\"), r"50\%_a\\");
        assert_eq!(like_pattern("a\\"), "a\\\\");
        assert_eq!(like(Py::text("x"), r"50\%_").flat(), r#"x.like("50\\%_")"#);
        assert_eq!(like(Py::text("x"), r"😀.\%_%").flat(), r#"x.rlike("(?s)\\A😀\\.%..*\\z")"#);
    }

    #[test]
    fn patterns_are_written_for_java() {
        let text = |text: &str| Expr { node: Node::Literal(Literal::String(text.into())), data_type: DataType::String };
        let call = |function, arguments: Vec<Expr>| {
            let mut all = vec![col("t", DataType::String)];
            all.extend(arguments);
            python(&Expr { node: Node::Call(function, all), data_type: DataType::String })
        };
        assert_eq!(call(Function::RegexpLike, vec![text("^a.$")]), r#"col("t").rlike("^a[^\\n]\\z")"#);
        assert_eq!(
            call(Function::RegexpReplace, vec![text("(a)"), text("$1$$1\\")]),
            r#"F.regexp_replace(col("t"), "(a)", "$1\\$1\\\\")"#
        );
        assert_eq!(
            call(Function::RegexpReplace, vec![text("(a)"), text("$11")]),
            r#"F.regexp_replace(col("t"), "(a)", "$1\\1")"#
        );
        assert_eq!(call(Function::RegexpSplit, vec![text(",")]), r#"F.split(col("t"), ",", -1)"#);
    }

    #[test]
    fn positions_out_of_range_take_the_long_way() {
        let text = col("t", DataType::String);
        let call =
            |arguments: Vec<Expr>| Expr { node: Node::Call(Function::Substr, arguments), data_type: DataType::String };
        assert_eq!(python(&call(vec![text.clone(), int(1), int(4)])), r#"F.substring(col("t"), 1, 4)"#);
        assert_eq!(python(&call(vec![text, int(0)])), r#"substr(col("t"), lit(0), F.length(col("t")))"#);
    }
}
