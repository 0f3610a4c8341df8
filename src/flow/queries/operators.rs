//! What Athena would refuse or fail on though every name is there: values of unlike types compared, and divisions that
//! nothing keeps from zero. Told as warnings, and only where the types are known: Athena has the last word.
//!
//! Trino converts between numbers, and from date to timestamp, for a comparison; nothing else. Whole numbers and decimals divided by zero end a query with
//! `DIVISION_BY_ZERO`; doubles and reals give Infinity or NaN.

use std::collections::HashSet;
use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Spanned, UnaryOperator, Value,
    Visit, Visitor,
};

use super::Checker;
use super::parse::place_between;
use super::scope::Scope;
use super::types::type_of;
use crate::error::Error;
use crate::flow::types::DataType;

/// The deepest expression that is told of.
const DEEPEST_TOLD: usize = 24;
/// Functions whose arguments may fail, or are chosen among.
const GUARDS: [&str; 2] = ["try", "if"];
/// Aggregates that are not zero over values that are above it.
const KEEP_ABOVE_ZERO: [&str; 4] = ["sum", "min", "max", "avg"];

impl Checker<'_> {
    /// Within `inside`, a division is only reached when something said so: it is in a CASE, an IF, a TRY.
    pub fn guarded(&mut self, inside: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.guarded, true);
        inside(self);
        self.guarded = before;
    }

    /// Whether a call guards its arguments.
    pub fn guards(function: &Function) -> bool {
        GUARDS.contains(&function.name.to_string().to_lowercase().as_str())
    }

    /// Looks at one operator between two values.
    pub fn operator(&mut self, whole: &Expr, left: &Expr, op: &BinaryOperator, right: &Expr, scope: &Scope) {
        use BinaryOperator::{Divide, Eq, Gt, GtEq, Lt, LtEq, Modulo, NotEq};
        match op {
            Eq | NotEq | Lt | LtEq | Gt | GtEq => {
                self.comparison(whole, left, right, scope);
            }
            Divide | Modulo if !self.guarded && is_shallow(whole) => self.division(whole, left, bare(right), scope),
            _ => {}
        }
    }

    fn division(&mut self, whole: &Expr, left: &Expr, right: &Expr, scope: &Scope) {
        let is_exact = |e| type_of(e, scope).as_ref().is_some_and(exact);
        if !is_exact(left) || !is_exact(right) || above_zero(right) || self.conditions.contains(&right.to_string()) {
            return;
        }
        let warning = Error::manifest("division-by-zero", format!("the query fails when `{right}` is 0"))
            .with_help(format!("divide by `nullif({right}, 0)`: the result is NULL then"));
        self.warnings.push(warning.at(place_between(self.source, whole.span())));
    }

    /// Values that are compared; texts, numbers, truths and times are four sorts. True when there was
    /// something to tell.
    pub fn comparison(&mut self, whole: &Expr, left: &Expr, right: &Expr, scope: &Scope) -> bool {
        let (Some(a), Some(b)) = (type_of(left, scope), type_of(right, scope)) else { return false };
        let (Some(x), Some(y)) = (sort(&a), sort(&b)) else { return false };
        if x == y || !is_shallow(whole) {
            return false;
        }
        let message =
            format!("`{left}` is {}, and `{right}` is {}: Athena does not compare them", trino(&a), trino(&b));
        let warning = Error::manifest("type-mismatch", message)
            .with_expected(
                "both of one type; for a comparison Athena converts numbers among themselves and dates to timestamps",
            )
            .at(place_between(self.source, whole.span()));
        let help = match (&a, &b) {
            (DataType::String, other) => Some(as_other(left, other)),
            (other, DataType::String) => Some(as_other(right, other)),
            _ => None,
        };
        self.warnings.push(match help {
            Some(help) => warning.with_help(help),
            None => warning,
        });
        true
    }
}

/// How a text becomes what it is compared with.
fn as_other(text: &Expr, other: &DataType) -> String {
    let literal = match text {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(literal) => Some(literal.as_str()),
            _ => None,
        },
        _ => None,
    };
    match (literal, other) {
        (Some(_), DataType::Date | DataType::Timestamp) => format!("write `{} {text}`", trino(other).to_uppercase()),
        (Some(literal), _) => format!("write `{literal}` without quotes, if it is {}", trino(other)),
        (None, _) => format!("convert it: `TRY_CAST({text} AS {})`", trino(other)),
    }
}

/// The values that conditions look at, as texts: who divides by one of them has thought of its zeros.
pub fn looked_at<'e>(conditions: impl Iterator<Item = &'e Expr>) -> HashSet<String> {
    let mut open: Vec<&Expr> = conditions.collect();
    let mut found = HashSet::new();
    let mut note = |e: &Expr| {
        if is_shallow(e) {
            found.insert(bare(e).to_string());
        }
    };
    while let Some(e) = open.pop() {
        match e {
            Expr::Nested(inner) => open.push(inner),
            Expr::BinaryOp { left, op: BinaryOperator::And | BinaryOperator::Or, right } => {
                open.extend([&**left, right])
            }
            Expr::BinaryOp { left, right, .. } => [left, right].into_iter().for_each(|side| note(side)),
            Expr::Between { expr, .. } | Expr::InList { expr, .. } => note(expr),
            _ => {}
        }
    }
    found
}

/// Whether an expression's text and place can be told: both recurse, and a query may be thousands of operators deep.
fn is_shallow(e: &Expr) -> bool {
    struct Depth(usize);
    impl Visitor for Depth {
        type Break = ();

        fn pre_visit_expr(&mut self, _: &Expr) -> ControlFlow<()> {
            self.0 += 1;
            if self.0 > DEEPEST_TOLD { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }

        fn post_visit_expr(&mut self, _: &Expr) -> ControlFlow<()> {
            self.0 -= 1;
            ControlFlow::Continue(())
        }
    }
    e.visit(&mut Depth(0)).is_continue()
}

#[derive(PartialEq)]
enum Sort {
    Text,
    Number,
    Truth,
    Time,
}

/// What a type compares with; nested types are passed over.
fn sort(data_type: &DataType) -> Option<Sort> {
    match data_type {
        DataType::String => Some(Sort::Text),
        DataType::Boolean => Some(Sort::Truth),
        DataType::Date | DataType::Timestamp => Some(Sort::Time),
        number if number.is_number() => Some(Sort::Number),
        _ => None,
    }
}

fn exact(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Int | DataType::Bigint | DataType::Decimal(..))
}

/// A type as Trino spells it.
fn trino(data_type: &DataType) -> String {
    match data_type {
        DataType::String => "varchar".to_owned(),
        DataType::Int => "integer".to_owned(),
        DataType::Float => "real".to_owned(),
        other => other.to_string(),
    }
}

/// Without parentheses around it.
fn bare(e: &Expr) -> &Expr {
    match e {
        Expr::Nested(inner) => bare(inner),
        other => other,
    }
}

/// Whether a divisor cannot be zero, as far as it shows.
fn above_zero(e: &Expr) -> bool {
    match e {
        Expr::Value(value) => match &value.value {
            Value::Number(text, _) => text.parse::<f64>().is_ok_and(|number| number != 0.0),
            _ => false,
        },
        Expr::Nested(x) | Expr::UnaryOp { op: UnaryOperator::Minus | UnaryOperator::Plus, expr: x } => above_zero(x),
        Expr::Cast { expr, .. } => above_zero(expr),
        Expr::BinaryOp { left, op: BinaryOperator::Multiply, right } => above_zero(left) && above_zero(right),
        Expr::Function(function) => call_above_zero(function),
        _ => false,
    }
}

fn call_above_zero(function: &Function) -> bool {
    let FunctionArguments::List(list) = &function.args else { return false };
    let first = list.args.first().and_then(|argument| match argument {
        FunctionArg::Unnamed(value) => Some(value),
        _ => None,
    });
    match (function.name.to_string().to_lowercase().as_str(), first) {
        ("nullif", _) => true,
        // A group has at least one row.
        ("count", Some(FunctionArgExpr::Wildcard) | None) => function.filter.is_none(),
        (name, Some(FunctionArgExpr::Expr(e))) => KEEP_ABOVE_ZERO.contains(&name) && above_zero(e),
        _ => false,
    }
}
