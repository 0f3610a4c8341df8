//! Window functions.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, ScalarValue};
use datafusion::logical_expr::expr::{NullTreatment, WindowFunction, WindowFunctionParams};
use datafusion::logical_expr::utils::find_window_exprs;
use datafusion::logical_expr::{
    AggregateUDF, Expr as Plan, LogicalPlan, LogicalPlanBuilder, WindowFrame, WindowFrameBound, WindowFrameUnits,
    WindowFunctionDefinition,
};
use sqlparser::ast::{self, Expr, Function, NamedWindowExpr, Spanned, WindowSpec, WindowType};

use super::expr::argument_asts;
use super::group::rewritten;
use super::{Binder, Clause, Names};
use crate::local::athena::sql::failure::{Failure, Outcome};
use crate::local::athena::sql::scope::fold;
use crate::local::athena::sql::typed::Typed;
use crate::local::athena::sql::windows;
use crate::local::athena::sql::{aggregates, functions, sliding};

impl Binder<'_> {
    /// A call with OVER.
    pub(super) fn window(&self, name: &str, call: &Function, names: &Names<'_>) -> Outcome<Typed> {
        if let Clause::Rows(clause) = names.clause {
            let message =
                format!("{clause} cannot contain aggregations, window functions or grouping operations: [{call}]");
            return Err(Failure::new("EXPRESSION_NOT_SCALAR", message));
        }
        if names.clause == Clause::Aggregate {
            let message = format!("Cannot nest window functions or row pattern measures inside aggregation: [{call}]");
            return Err(Failure::new("NESTED_WINDOW", message));
        }
        let beginning = |failure: Failure| match self.places.word_before(call.span(), &["select"]) {
            Some(place) => failure.at_location(place),
            None => failure,
        };
        if !aggregates::is_known(name) && !windows::is_known(name) {
            if aggregates::is_trinos(name) {
                return Err(Failure::athena_only(format!("the function {name}")));
            }
            if functions::is_trinos(name) || functions::translated().iter().any(|function| function.name == name) {
                let message = format!("Not a window function: {name}");
                return Err(beginning(Failure::new("FUNCTION_NOT_WINDOW", message)));
            }
        }
        let spec = match &call.over {
            Some(WindowType::WindowSpec(spec)) => self.whole_spec(spec, names)?,
            Some(WindowType::NamedWindow(ident)) => {
                self.named_window(&fold(ident), names).map_err(|failure| failure.at(ident.span))?
            }
            None => return Err(Failure::new("SYNTAX_ERROR", "a window function needs OVER")),
        };
        let null_treatment = match call.null_treatment {
            None => None,
            Some(ast::NullTreatment::IgnoreNulls) => Some(NullTreatment::IgnoreNulls),
            Some(ast::NullTreatment::RespectNulls) => Some(NullTreatment::RespectNulls),
        };
        let partition_by = self.exprs(&spec.partition_by, names)?.into_iter().map(|p| p.expr).collect();
        let mut order_by = self.sort_keys(&spec.order_by, names)?;
        let window_frame = self.frame(&spec, !order_by.is_empty(), call)?;
        window_frame.regularize_order_bys(&mut order_by)?;
        if aggregates::is_known(name) {
            let (args, modifiers) = self.aggregate_parts(name, call, names)?;
            self.refuse_nested(&args, call)?;
            if call.filter.is_some() {
                let message = "FILTER is not yet supported for window functions";
                return Err(beginning(Failure::new("NOT_SUPPORTED", message)));
            }
            if modifiers.distinct {
                let message = format!("DISTINCT in window function parameters not yet supported: {call}");
                return Err(beginning(Failure::new("NOT_SUPPORTED", message)));
            }
            if !modifiers.order.is_empty() {
                return Err(Failure::athena_only(format!("ORDER BY inside {name} with OVER")));
            }
            let distinct = modifiers.distinct;
            let aggregate = aggregates::call(name, args, modifiers)?;
            let params = WindowFunctionParams {
                args: Vec::new(),
                partition_by,
                order_by,
                window_frame,
                filter: None,
                null_treatment,
                distinct,
            };
            return over_aggregate(aggregate, |function, args, filter| WindowFunction {
                fun: WindowFunctionDefinition::AggregateUDF(function),
                params: WindowFunctionParams { args, filter, ..params.clone() },
            });
        }
        if call.filter.is_some() {
            return Err(Failure::athena_only(format!("FILTER with {name}")));
        }
        let args = self.arguments(&call.args, names)?;
        self.refuse_nested(&args, call)?;
        if let Some(failing) = windows::bad_count(name, &args) {
            return Ok(failing);
        }
        let (function, args, inner, outer) = windows::function(name, args)?;
        let params = WindowFunctionParams {
            args: args.into_iter().map(|a| a.expr).collect(),
            partition_by,
            order_by,
            window_frame,
            filter: None,
            null_treatment,
            distinct: false,
        };
        let window = WindowFunction { fun: WindowFunctionDefinition::WindowUDF(function), params };
        Ok(Typed::new(Plan::WindowFunction(Box::new(window)), inner).coerced(&outer))
    }

    fn named_window(&self, name: &str, names: &Names<'_>) -> Outcome<WindowSpec> {
        let found = names.windows.iter().find(|window| fold(&window.0) == name);
        match found.map(|window| &window.1) {
            Some(NamedWindowExpr::WindowSpec(spec)) => self.whole_spec(spec, names),
            Some(NamedWindowExpr::NamedWindow(other)) if fold(other) != name => self.named_window(&fold(other), names),
            _ => Err(Failure::new("INVALID_WINDOW_REFERENCE", format!("Cannot resolve WINDOW name {name}"))),
        }
    }

    /// Refuses arguments that hold a window function.
    fn refuse_nested(&self, args: &[Typed], call: &Function) -> Outcome<()> {
        let place = args.iter().position(|arg| !find_window_exprs([&arg.expr]).is_empty());
        let Some(place) = place else { return Ok(()) };
        let message = "Cannot nest window functions or row pattern measures inside window function arguments";
        let failure = Failure::new("NESTED_WINDOW", message);
        Err(match argument_asts(&call.args).get(place) {
            Some(ast) => self.placed(failure, ast),
            None => failure,
        })
    }

    /// A specification with what it takes from the named one it builds on.
    fn whole_spec(&self, spec: &WindowSpec, names: &Names<'_>) -> Outcome<WindowSpec> {
        let Some(base) = &spec.window_name else { return Ok(spec.clone()) };
        let mut whole = self.named_window(&fold(base), names)?;
        if !spec.order_by.is_empty() {
            whole.order_by.clone_from(&spec.order_by);
        }
        if spec.window_frame.is_some() {
            whole.window_frame.clone_from(&spec.window_frame);
        }
        Ok(whole)
    }

    fn frame(&self, spec: &WindowSpec, ordered: bool, call: &Function) -> Outcome<WindowFrame> {
        let Some(frame) = &spec.window_frame else { return Ok(WindowFrame::new(ordered.then_some(false))) };
        if let Some(message) = impossible(frame) {
            let failure = Failure::new("INVALID_WINDOW_FRAME", message);
            let place = self.places.word_from(call.span().start, &["rows", "range", "groups"]);
            return Err(place.map_or(failure.clone(), |place| failure.at_location(place)));
        }
        let units = match frame.units {
            ast::WindowFrameUnits::Rows => WindowFrameUnits::Rows,
            ast::WindowFrameUnits::Range => WindowFrameUnits::Range,
            ast::WindowFrameUnits::Groups => WindowFrameUnits::Groups,
        };
        let distance = |ast: &Expr| {
            if units == WindowFrameUnits::Range {
                return Err(Failure::athena_only("a RANGE frame with a distance"));
            }
            if matches!(ast, Expr::UnaryOp { op: ast::UnaryOperator::Minus, .. }) {
                let message = "Window frame offset value must not be negative or null";
                return Err(Failure::new("INVALID_WINDOW_FRAME", message).unplaced());
            }
            Ok(ScalarValue::UInt64(Some(self.whole_number(ast, "a frame's bound")?)))
        };
        let bound = |bound: &ast::WindowFrameBound| -> Outcome<WindowFrameBound> {
            Ok(match bound {
                ast::WindowFrameBound::CurrentRow => WindowFrameBound::CurrentRow,
                ast::WindowFrameBound::Preceding(None) => WindowFrameBound::Preceding(ScalarValue::UInt64(None)),
                ast::WindowFrameBound::Following(None) => WindowFrameBound::Following(ScalarValue::UInt64(None)),
                ast::WindowFrameBound::Preceding(Some(n)) => WindowFrameBound::Preceding(distance(n)?),
                ast::WindowFrameBound::Following(Some(n)) => WindowFrameBound::Following(distance(n)?),
            })
        };
        let end = frame.end_bound.as_ref().map_or(Ok(WindowFrameBound::CurrentRow), bound)?;
        Ok(WindowFrame::new_bounds(units, bound(&frame.start_bound)?, end))
    }

    /// Adds the window functions of `values`, and rewrites these to their columns.
    pub(super) fn windowed(&self, plan: LogicalPlan, values: &mut [&mut Typed]) -> Outcome<LogicalPlan> {
        let windows = find_window_exprs(values.iter().map(|value| &value.expr));
        if windows.is_empty() {
            return Ok(plan);
        }
        let columns = windows.iter().map(|w| (w.clone(), Plan::Column(Column::from_name(w.schema_name().to_string()))));
        let columns: Vec<_> = columns.collect();
        let plan = LogicalPlanBuilder::window_plan(plan, windows)?;
        for value in values.iter_mut() {
            value.expr = rewritten(&value.expr, &columns)?;
        }
        Ok(plan)
    }
}

/// Why a frame cannot be.
fn impossible(frame: &ast::WindowFrame) -> Option<&'static str> {
    use ast::WindowFrameBound::{CurrentRow, Following, Preceding};
    let end = frame.end_bound.as_ref().unwrap_or(&CurrentRow);
    match (&frame.start_bound, end) {
        (Following(None), _) => Some("Window frame start cannot be UNBOUNDED FOLLOWING"),
        (_, Preceding(None)) => Some("Window frame end cannot be UNBOUNDED PRECEDING"),
        (CurrentRow, Preceding(_)) => Some("Window frame starting from CURRENT ROW cannot end with PRECEDING"),
        (Following(_), Preceding(_)) => Some("Window frame starting from FOLLOWING cannot end with PRECEDING"),
        (Following(_), CurrentRow) => Some("Window frame starting from FOLLOWING cannot end with CURRENT ROW"),
        _ => None,
    }
}

/// An aggregate's call turned into one over a window. What the aggregate is wrapped in (a cast) stays around it.
fn over_aggregate(
    aggregate: Typed,
    window: impl Fn(Arc<AggregateUDF>, Vec<Plan>, Option<Box<Plan>>) -> WindowFunction,
) -> Outcome<Typed> {
    let turned = aggregate.expr.transform_down(|e| {
        Ok(match e {
            Plan::AggregateFunction(call) => {
                let window = window(sliding::exactly(call.func), call.params.args, call.params.filter);
                Transformed::new(Plan::WindowFunction(Box::new(window)), true, TreeNodeRecursion::Jump)
            }
            other => Transformed::no(other),
        })
    })?;
    Ok(Typed::new(turned.data, aggregate.data_type))
}
