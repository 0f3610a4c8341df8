//! The `Expression` of `GetPartitions`: a SQL condition over partition keys, such as `year >= 2000 AND type = 'single'`.

use std::cmp::Ordering;

use serde_json::Value;
use sqlparser::ast::{BinaryOperator, Expr, UnaryOperator, Value as Literal};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;

use super::support::text;

/// A condition that parsed and names only partition keys.
pub struct Filter {
    condition: Expr,
    keys: Vec<(String, bool)>,
}

/// Parses a condition over the table's partition keys (`[{Name, Type}]`).
pub fn parse(expression: &str, keys: &[Value]) -> Result<Filter, String> {
    let parsed = Parser::new(&GenericDialect {}).try_with_sql(expression).and_then(|mut p| p.parse_expr());
    let condition = parsed.map_err(|e| format!("Unable to parse expression: {e}"))?;
    let numeric = |kind: &str| {
        ["int", "integer", "bigint", "smallint", "tinyint", "long", "decimal"].iter().any(|n| kind.starts_with(n))
    };
    let keys = keys.iter().map(|k| (text(k, "Name").to_lowercase(), numeric(&text(k, "Type").to_lowercase())));
    let filter = Filter { condition, keys: keys.collect() };
    // A trial run tells what cannot be evaluated before any partition is looked at.
    filter.evaluate(&filter.condition, &vec![String::from("0"); filter.keys.len()])?;
    Ok(filter)
}

/// A value while evaluating: a key's or literal's text, and whether it compares as a number.
struct Operand {
    text: String,
    numeric: bool,
}

impl Filter {
    /// Whether a partition with these values passes.
    pub fn keeps(&self, values: &[String]) -> bool {
        self.evaluate(&self.condition, values) == Ok(true)
    }

    fn evaluate(&self, condition: &Expr, values: &[String]) -> Result<bool, String> {
        match condition {
            Expr::Nested(inner) => self.evaluate(inner, values),
            Expr::Value(v) if matches!(v.value, Literal::Boolean(_)) => Ok(v.value == Literal::Boolean(true)),
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => Ok(!self.evaluate(expr, values)?),
            Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
                Ok(self.evaluate(left, values)? & self.evaluate(right, values)?)
            }
            Expr::BinaryOp { left, op: BinaryOperator::Or, right } => {
                Ok(self.evaluate(left, values)? | self.evaluate(right, values)?)
            }
            Expr::BinaryOp { left, op, right } => {
                let order = self.compare(left, right, values)?;
                match op {
                    BinaryOperator::Eq => Ok(order == Ordering::Equal),
                    BinaryOperator::NotEq => Ok(order != Ordering::Equal),
                    BinaryOperator::Lt => Ok(order == Ordering::Less),
                    BinaryOperator::LtEq => Ok(order != Ordering::Greater),
                    BinaryOperator::Gt => Ok(order == Ordering::Greater),
                    BinaryOperator::GtEq => Ok(order != Ordering::Less),
                    other => Err(format!("Unsupported expression: operator {other}")),
                }
            }
            Expr::InList { expr, list, negated } => {
                let mut found = false;
                for item in list {
                    found |= self.compare(expr, item, values)? == Ordering::Equal;
                }
                Ok(found != *negated)
            }
            Expr::Between { expr, negated, low, high } => {
                let above = self.compare(expr, low, values)? != Ordering::Less;
                let below = self.compare(expr, high, values)? != Ordering::Greater;
                Ok((above && below) != *negated)
            }
            Expr::Like { negated, expr, pattern, .. } => {
                let pattern = regex::escape(&self.operand(pattern, values)?.text).replace('%', ".*").replace('_', ".");
                let pattern = regex::Regex::new(&format!("(?s)^{pattern}$")).map_err(|e| e.to_string())?;
                Ok(pattern.is_match(&self.operand(expr, values)?.text) != *negated)
            }
            other => Err(format!("Unsupported expression: {other}")),
        }
    }

    fn compare(&self, left: &Expr, right: &Expr, values: &[String]) -> Result<Ordering, String> {
        let (left, right) = (self.operand(left, values)?, self.operand(right, values)?);
        if left.numeric || right.numeric {
            let numbers = (left.text.parse::<f64>(), right.text.parse::<f64>());
            if let (Ok(l), Ok(r)) = numbers {
                return Ok(l.total_cmp(&r));
            }
        }
        Ok(left.text.cmp(&right.text))
    }

    fn operand(&self, operand: &Expr, values: &[String]) -> Result<Operand, String> {
        match operand {
            Expr::Nested(inner) => self.operand(inner, values),
            Expr::Identifier(ident) => {
                let key = self.keys.iter().position(|(name, _)| *name == ident.value.to_lowercase());
                let key = key.ok_or_else(|| format!("Unknown partition key: {}", ident.value))?;
                Ok(Operand { text: values[key].clone(), numeric: self.keys[key].1 })
            }
            Expr::Value(v) => match &v.value {
                Literal::Number(text, _) => Ok(Operand { text: text.clone(), numeric: true }),
                Literal::SingleQuotedString(text) => Ok(Operand { text: text.clone(), numeric: false }),
                other => Err(format!("Unsupported expression: {other}")),
            },
            Expr::UnaryOp { op: UnaryOperator::Minus, expr } => {
                let inner = self.operand(expr, values)?;
                Ok(Operand { text: format!("-{}", inner.text), numeric: inner.numeric })
            }
            other => Err(format!("Unsupported expression: {other}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn conditions_keep_what_they_say() {
        let keys = [json!({"Name": "year", "Type": "int"}), json!({"Name": "kind", "Type": "string"})];
        let keeps = |expression: &str, year: &str, kind: &str| {
            parse(expression, &keys).map(|f| f.keeps(&[year.to_owned(), kind.to_owned()]))
        };
        assert_eq!(keeps("year > 999 AND kind = 'single'", "1999", "single"), Ok(true));
        assert_eq!(keeps("year = 01999 and not kind in ('a', 'b')", "1999", "single"), Ok(true));
        assert_eq!(keeps("(year between 1990 and 1998) OR kind LIKE 's%e'", "1999", "single"), Ok(true));
        assert_eq!(keeps("kind > 'single'", "1999", "single"), Ok(false));
        assert!(keeps("day = 1", "1", "x").unwrap_err().contains("Unknown partition key"));
        assert!(keeps("year ===", "1", "x").is_err());
    }
}
