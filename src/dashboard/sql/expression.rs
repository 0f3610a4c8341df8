//! Typed expressions as Trino's SQL, with exactly the meaning that [`crate::flow::expr`] gives them.
//!
//! Trino's operators and functions are used where they mean the same; where they do not, something longer that does. What
//! cannot be said exactly is an error.

use super::conversion;
use crate::error::{Error, Result};
use crate::flow::expr::{BinaryOp, Expr, Function, Literal, Node};
use crate::flow::types::DataType;

/// Where the names of an expression come from.
#[derive(Clone, Copy, Debug)]
pub struct Names<'n> {
    /// The relation of the columns.
    pub relation: &'n str,
    /// Parameters by name, each with the column that holds its value.
    pub parameters: &'n [(&'n str, String)],
}

impl Names<'_> {
    /// A column of the relation.
    pub fn column(&self, name: &str) -> String {
        format!("{}.{}", self.relation, quoted(name))
    }
}

/// A name in double quotes.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text in single quotes.
pub fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// Trino's name of a type.
pub fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::String => "varchar".into(),
        DataType::Boolean => "boolean".into(),
        DataType::Int => "integer".into(),
        DataType::Bigint => "bigint".into(),
        DataType::Float => "real".into(),
        DataType::Double => "double".into(),
        DataType::Decimal(p, s) => format!("decimal({p}, {s})"),
        DataType::Date => "date".into(),
        DataType::Timestamp => "timestamp".into(),
        DataType::Array(element) => format!("array({})", type_name(element)),
        DataType::Struct(fields) => {
            let fields = fields.iter().map(|(name, t)| format!("{} {}", quoted(name), type_name(t)));
            format!("row({})", fields.collect::<Vec<_>>().join(", "))
        }
    }
}

/// `expr` as SQL that can stand as an operand.
pub fn sql(expr: &Expr, names: &Names<'_>) -> Result<String> {
    let operand = |e: &Expr| sql(e, names);
    Ok(match &expr.node {
        Node::Column(name) => match name.strip_prefix(':') {
            None => names.column(name),
            Some(parameter) => {
                let found = names.parameters.iter().find(|(known, _)| *known == parameter);
                found.map(|(_, column)| column.clone()).ok_or_else(|| {
                    Error::manifest("unknown-parameter", format!("the dashboard has no parameter `{parameter}`"))
                })?
            }
        },
        Node::Literal(value) => literal(value, &expr.data_type),
        Node::Widen(inner) => format!("CAST({} AS {})", operand(inner)?, type_name(&expr.data_type)),
        Node::Cast(inner) => conversion::converted(&operand(inner)?, &inner.data_type, &expr.data_type)?,
        Node::Negate(inner) => format!("(- {})", operand(inner)?),
        Node::Not(inner) => format!("(NOT {})", operand(inner)?),
        Node::Binary(op, left, right) => binary(*op, &operand(left)?, &operand(right)?, &expr.data_type),
        Node::IsNull(inner) => format!("({} IS NULL)", operand(inner)?),
        Node::In(inner, list) => {
            let list = list.iter().map(operand).collect::<Result<Vec<_>>>()?;
            format!("({} IN ({}))", operand(inner)?, list.join(", "))
        }
        Node::Like(inner, pattern) => like(&operand(inner)?, pattern),
        Node::Case(branches, otherwise) => {
            let mut case = String::from("CASE");
            for (condition, value) in branches {
                case.push_str(&format!(" WHEN {} THEN {}", operand(condition)?, operand(value)?));
            }
            format!("({case} ELSE {} END)", operand(otherwise)?)
        }
        Node::Call(function, arguments) => {
            let given = arguments.iter().map(operand).collect::<Result<Vec<_>>>()?;
            call(*function, arguments, &given)?
        }
    })
}

/// A constant of that type.
pub fn literal(value: &Literal, data_type: &DataType) -> String {
    let typed = |text: String| format!("CAST({text} AS {})", type_name(data_type));
    match value {
        Literal::Null => typed("NULL".into()),
        Literal::String(value) => text(value),
        Literal::Boolean(b) => b.to_string().to_uppercase(),
        Literal::Integer(i) if *data_type == DataType::Int && (0..=i64::from(i32::MAX)).contains(i) => i.to_string(),
        // Quoted: the least number of all has no positive twin to be negated.
        Literal::Integer(i) => typed(text(&i.to_string())),
        Literal::Double(f) if !f.is_finite() => typed(text(match f {
            f if f.is_nan() => "NaN",
            f if *f > 0.0 => "Infinity",
            _ => "-Infinity",
        })),
        Literal::Double(f) if *data_type == DataType::Double && f.is_sign_positive() => format!("{f:E}"),
        Literal::Double(f) => typed(format!("{f:E}")),
        Literal::Date(day) => format!("DATE {}", text(day)),
        Literal::Timestamp(at) => format!("TIMESTAMP {}", text(at)),
    }
}

fn binary(op: BinaryOp, left: &str, right: &str, data_type: &DataType) -> String {
    let zero = if matches!(data_type, DataType::Int | DataType::Bigint) { "0" } else { "0E0" };
    let operator = op.symbol().to_uppercase();
    match op {
        BinaryOp::Divide | BinaryOp::Modulo => format!("({left} {operator} NULLIF({right}, {zero}))"),
        _ => format!("({left} {operator} {right})"),
    }
}

/// Trino refuses an escape before anything but `%`, `_` and itself.
fn like(value: &str, pattern: &str) -> String {
    if !pattern.contains('\\') {
        return format!("({value} LIKE {})", text(pattern));
    }
    let mut written = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match (c, if c == '\\' { chars.next() } else { None }) {
            ('\\', Some(special @ ('%' | '_' | '\\'))) => written.extend(['\\', special]),
            ('\\', Some(other)) => written.push(other),
            ('\\', None) => written.push_str("\\\\"),
            (c, _) => written.push(c),
        }
    }
    format!("({value} LIKE {} ESCAPE '\\')", text(&written))
}

fn call(function: Function, arguments: &[Expr], given: &[String]) -> Result<String> {
    let all = given.join(", ");
    let argument = |i: usize| -> Result<&String> {
        given.get(i).ok_or_else(|| Error::bug(format!("{function:?} lacks an argument")))
    };
    // Trino's are bigint.
    let int = |name: &str| format!("CAST({name}({all}) AS integer)");
    Ok(match function {
        Function::Year => int("year"),
        Function::Month => int("month"),
        Function::Day => int("day"),
        // Character by character in Trino: `ß` stays as it is.
        Function::Lower => format!("lower({all})"),
        Function::Upper => format!("upper({all})"),
        // Trino's trim takes all white space.
        Function::Trim => format!("regexp_replace({all}, '\\A +| +\\z', '')"),
        Function::Length => int("length"),
        Function::Substr => substr(arguments, given)?,
        Function::Replace => {
            let (value, from, to) = (argument(0)?, argument(1)?, argument(2)?);
            match &arguments[1].node {
                Node::Literal(Literal::String(from)) if !from.is_empty() => format!("replace({all})"),
                // Trino's puts `to` between all characters.
                _ => format!("IF({from} = '' AND {to} IS NOT NULL, {value}, replace({all}))"),
            }
        }
        Function::Concat | Function::Coalesce if given.len() == 1 => given[0].clone(),
        Function::Concat => format!("concat({all})"),
        Function::Coalesce => format!("COALESCE({all})"),
        Function::NullIf => format!("NULLIF({all})"),
        Function::Abs => format!("abs({all})"),
        // Adding zero takes the sign from -0.
        Function::Floor => format!("(floor({all}) + 0E0)"),
        Function::Ceil => format!("(ceil({all}) + 0E0)"),
        Function::Round => {
            let value = argument(0)?;
            let digits = match arguments.get(1).map(|digits| &digits.node) {
                None => 0,
                Some(Node::Literal(Literal::Integer(digits))) => (*digits).clamp(0, 30),
                Some(_) => return Err(Error::bug("round to digits that are no literal")),
            };
            // By the decimal that the double reads as; Trino's own round multiplies. What a decimal cannot hold has no
            // fraction. Back through text: rounded once.
            format!("COALESCE(CAST(CAST(TRY_CAST({value} AS decimal(38, {digits})) AS varchar) AS double), {value})")
        }
        Function::Cardinality => int("cardinality"),
        Function::ElementAt => format!("element_at({all})"),
        Function::Contains => {
            // Trino's is NULL where a NULL element might have been the text.
            let (items, value) = (argument(0)?, argument(1)?);
            format!("IF({items} IS NULL OR {value} IS NULL, CAST(NULL AS boolean), COALESCE(contains({all}), FALSE))")
        }
        other => {
            let name = crate::flow::functions::definition(other).name;
            return Err(Error::manifest("not-portable", format!("`{name}` is not there in dashboards"))
                .with_help("make a plain column of it in the table (`derived_column`)"));
        }
    })
}

/// Trino counts from the end where the start is negative.
fn substr(arguments: &[Expr], given: &[String]) -> Result<String> {
    let all = given.join(", ");
    let at_least = |i: usize, least: i64| match arguments.get(i).map(|a| &a.node) {
        Some(Node::Literal(Literal::Integer(n))) => *n >= least,
        Some(_) => false,
        None => true,
    };
    if at_least(1, 1) && at_least(2, 0) {
        return Ok(format!("substr({all})"));
    }
    let known = given.iter().map(|g| format!("{g} IS NULL")).collect::<Vec<_>>().join(" OR ");
    let (start, negative) = (&given[1], given.get(2).map_or(String::new(), |length| format!(" OR {length} < 0")));
    Ok(format!("CASE WHEN {known} THEN NULL WHEN {start} < 1{negative} THEN '' ELSE substr({all}) END"))
}
