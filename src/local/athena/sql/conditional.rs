//! CASE, IF, COALESCE, NULLIF, TRY.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::expr::Case;
use datafusion::logical_expr::{Expr, Operator};

use super::failure::{Failure, Outcome};
use super::kernel::Kernel;
use super::operators;
use super::typed::{Typed, common, exact};
use super::types;

/// The common type of values; where there is none, the place of the first that does not fit and why.
pub fn common_of(values: &[Typed], subject: &str) -> Result<DataType, (usize, Failure)> {
    let mut to = DataType::Null;
    for (place, value) in values.iter().enumerate() {
        to = common(&to, &value.data_type).ok_or_else(|| {
            let mut kinds: Vec<_> = values.iter().map(Typed::type_name).collect();
            let before = match to.clone() {
                DataType::Utf8 => kinds[..place].iter().find(|k| k.starts_with("varchar")).cloned(),
                _ => None,
            };
            let mut seen = std::collections::HashSet::new();
            kinds.retain(|kind| seen.insert(kind.clone()));
            let message = format!(
                "{subject} must be the same type or coercible to a common type. Cannot find common type between {} and \
                 {}, all types (without duplicates): [{}]",
                before.unwrap_or_else(|| types::name(&to)),
                value.type_name(),
                kinds.join(", ")
            );
            (place, Failure::type_mismatch(message))
        })?;
    }
    Ok(to)
}

/// Values brought to their common type.
pub fn unify(values: Vec<Typed>, subject: &str) -> Outcome<(Vec<Typed>, DataType)> {
    let to = common_of(&values, subject).map_err(|(_, failure)| failure)?;
    if let DataType::Decimal128(precision, scale) = to {
        let whole = |v: &Typed| exact(&v.data_type).map_or(0, |(p, s)| p as i16 - i16::from(s));
        if values.iter().any(|v| whole(v) > precision as i16 - i16::from(scale)) {
            return Err(Failure::athena_only("values that no decimal of 38 digits holds together"));
        }
    }
    Ok((values.into_iter().map(|v| v.coerced(&to)).collect(), to))
}

/// `CASE WHEN ... THEN ... ELSE ... END`.
pub fn case(branches: Vec<(Typed, Typed)>, otherwise: Option<Typed>) -> Outcome<Typed> {
    let (conditions, mut results): (Vec<_>, Vec<_>) = branches.into_iter().unzip();
    results.push(otherwise.unwrap_or_else(|| Typed::literal(ScalarValue::Null)));
    let (mut results, data_type) = unify(results, "All CASE results")?;
    let otherwise = results.pop().map(|e| Box::new(e.expr));
    let branches = conditions.into_iter().zip(results).map(|(when, then)| (Box::new(when.expr), Box::new(then.expr)));
    let case = Case { expr: None, when_then_expr: branches.collect(), else_expr: otherwise };
    Ok(Typed::new(Expr::Case(case), data_type))
}

/// `if(condition, then[, else])`.
pub fn if_function(mut args: Vec<Typed>) -> Outcome<Typed> {
    if !(2..=3).contains(&args.len()) {
        return Err(Failure::new("SYNTAX_ERROR", "Invalid number of arguments for 'if' function"));
    }
    let otherwise = (args.len() == 3).then(|| args.pop()).flatten();
    let then = args.remove(1);
    case(vec![(operators::boolean(args.remove(0), "IF condition")?, then)], otherwise)
}

/// `coalesce(a, b, ...)`: later arguments are not evaluated where an earlier one is there.
pub fn coalesce(args: Vec<Typed>) -> Outcome<Typed> {
    if args.len() < 2 {
        return Err(Failure::new("SYNTAX_ERROR", "The 'coalesce' function must have at least two arguments"));
    }
    let (mut args, data_type) = unify(args, "All COALESCE operands")?;
    let otherwise = args.pop().map(|e| Box::new(e.expr));
    let branch = |a: Typed| (Box::new(Expr::IsNotNull(Box::new(a.expr.clone()))), Box::new(a.expr));
    let case = Case { expr: None, when_then_expr: args.into_iter().map(branch).collect(), else_expr: otherwise };
    Ok(Typed::new(Expr::Case(case), data_type))
}

/// `nullif(a, b)`: of a's type.
pub fn null_if(args: Vec<Typed>) -> Outcome<Typed> {
    let [a, b] = <[Typed; 2]>::try_from(args)
        .map_err(|_| Failure::new("SYNTAX_ERROR", "Invalid number of arguments for 'nullif' function"))?;
    if common(&a.data_type, &b.data_type).is_none() {
        let message = format!("Types are not comparable with NULLIF: {} vs {}", a.type_name(), b.type_name());
        return Err(Failure::type_mismatch(message));
    }
    let equal = operators::comparison(Operator::Eq, a.clone(), b)?;
    let nothing = Typed::literal(ScalarValue::Null);
    case(vec![(equal, nothing)], Some(a))
}

/// `try(expression)`: NULL where it fails. Holds for expressions that are NULL when a part is; what can turn a failed
/// part's NULL into something else is refused.
pub fn attempt(args: Vec<Typed>) -> Outcome<Typed> {
    let [value] = <[Typed; 1]>::try_from(args)
        .map_err(|_| Failure::new("SYNTAX_ERROR", "The 'try' function must have exactly one argument"))?;
    let mut strict = true;
    value.expr.apply(|e| {
        strict &= !matches!(
            e,
            Expr::Case(_)
                | Expr::IsNull(_)
                | Expr::IsNotNull(_)
                | Expr::IsTrue(_)
                | Expr::IsNotTrue(_)
                | Expr::IsFalse(_)
                | Expr::IsNotFalse(_)
                | Expr::AggregateFunction(_)
                | Expr::WindowFunction(_)
        );
        Ok(if strict { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop })
    })?;
    if !strict {
        return Err(Failure::athena_only("try() around CASE, COALESCE, IS NULL or an aggregate"));
    }
    let lenient = value.expr.transform(|e| match &e {
        Expr::ScalarFunction(call) => Ok(match Kernel::leniently(call) {
            Some(lenient) => Transformed::yes(Expr::ScalarFunction(lenient)),
            None => Transformed::no(e),
        }),
        _ => Ok(Transformed::no(e)),
    })?;
    Ok(Typed::new(lenient.data, value.data_type))
}
