//! Functions `over` a window: the columns they take, and what stands for them in the list.

use std::cell::RefCell;

use sqlparser::ast::{
    Expr as Ast, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Value, WindowFrame, WindowFrameBound,
    WindowFrameUnits, WindowSpec, WindowType,
};

use super::query::{Sql, columns_of, completed, descending, not_portable};
use super::rows::{Rows, plain};
use crate::error::{Error, Result};
use crate::flow::aggregates::{AggregateFunction, is_aggregate};
use crate::flow::document::{Operation, SortKey};
use crate::flow::expr::{Expr, Node};
use crate::flow::parse::{name_span, place, place_of};
use crate::flow::types::DataType;
use crate::flow::typing::{Scope, aggregate_call, of_tree};
use crate::flow::windows::{Frame, Window, WindowFunction};

/// The windows of one list.
pub struct Windows<'a> {
    sql: &'a Sql<'a>,
    rows: &'a Rows,
    calls: RefCell<Vec<Call>>,
}

/// A call over a window whose keys are expressions still.
#[derive(Clone, PartialEq)]
struct Call {
    function: WindowFunction,
    data_type: DataType,
    partition_by: Vec<Expr>,
    order_by: Vec<(Expr, bool)>,
    frame: Frame,
}

type Special<'s> = &'s dyn Fn(&Ast) -> Option<Result<Expr>>;

impl<'a> Windows<'a> {
    /// None yet; names are those of `rows`.
    pub fn new(sql: &'a Sql<'a>, rows: &'a Rows) -> Self {
        Windows { sql, rows, calls: RefCell::default() }
    }

    fn column(number: usize) -> String {
        // No column of a person starts with a space.
        format!(" window {number}")
    }

    /// The column that stands for `part`, when it is a call over a window; `inner` knows what stands in it.
    pub fn special(&self, part: &Ast, inner: Special<'_>) -> Option<Result<Expr>> {
        let Ast::Function(function) = part else { return None };
        let name = function.name.to_string().to_lowercase();
        match &function.over {
            Some(WindowType::WindowSpec(spec)) => {
                let at = place(self.sql.text, name_span(function));
                let call = self.call(&name, function, spec, inner).map_err(|error| error.at(at));
                Some(call.map(|call| self.column_of(call)))
            }
            Some(WindowType::NamedWindow(_)) => {
                Some(Err(not_portable("a named window", "write the window behind `over`")))
            }
            None if RANKS.contains(&name.as_str()) => {
                Some(Err(Error::manifest("not-portable", format!("`{name}` needs a window"))
                    .with_help(format!("write `{name}(...) over (partition by x order by y)`"))))
            }
            None => None,
        }
    }

    fn column_of(&self, call: Call) -> Expr {
        let data_type = call.data_type.clone();
        let mut calls = self.calls.borrow_mut();
        let number = calls.iter().position(|known| *known == call).unwrap_or_else(|| {
            calls.push(call);
            calls.len() - 1
        });
        Expr { node: Node::Column(Self::column(number)), data_type }
    }

    fn expr(&self, tree: &Ast, inner: Special<'_>) -> Result<Expr> {
        of_tree(self.sql.text, tree, &Scope::new(self.rows.schema()), inner)
    }

    fn call(&self, name: &str, function: &Function, spec: &WindowSpec, inner: Special<'_>) -> Result<Call> {
        let mut partition_by = Vec::new();
        for tree in &spec.partition_by {
            let key = self.expr(tree, inner)?;
            if !key.data_type.is_scalar() {
                return Err(Error::manifest(
                    "type-mismatch",
                    format!("`partition by` does not take {}", key.data_type),
                )
                .with_expected("scalars")
                .at(place_of(self.sql.text, tree)));
            }
            partition_by.push(key);
        }
        let mut order_by = Vec::new();
        for item in &spec.order_by {
            let at = |error: Error| error.at(place_of(self.sql.text, &item.expr));
            order_by.push((self.expr(&item.expr, inner)?, descending(&item.options).map_err(at)?));
        }
        let ordered = !order_by.is_empty();
        let needs_order = || {
            Error::manifest("no-meaning", format!("`{name}` over rows in no order has no meaning"))
                .with_help(format!("write `{name}(...) over (partition by x order by y)`"))
        };
        if RANKS.contains(&name) {
            if spec.window_frame.is_some() {
                return Err(not_portable(&format!("a frame of `{name}`"), "leave the frame out"));
            }
            if !ordered {
                return Err(needs_order());
            }
            let (function, data_type) = self.rank(name, function, inner)?;
            return Ok(Call { function, data_type, partition_by, order_by, frame: Frame::Peers });
        }
        if !is_aggregate(name) {
            return Err(not_portable(
                &format!("`{name}` over a window"),
                "row_number, rank, dense_rank, lag, lead, count, sum, avg, min and max are",
            ));
        }
        let frame = match &spec.window_frame {
            None if ordered => Frame::Peers,
            None => Frame::Whole,
            Some(_) if !ordered => return Err(needs_order()),
            Some(frame) => self.frame(frame)?,
        };
        let plain = Function { over: None, ..function.clone() };
        let aggregate = aggregate_call(self.sql.text, &plain, &Scope::new(self.rows.schema()), inner)?;
        use AggregateFunction as F;
        if matches!(aggregate.function, F::CountDistinct | F::Median | F::Stddev | F::BoolAnd | F::BoolOr) {
            return Err(not_portable(
                &format!("this form of `{name}` over a window"),
                "group, and join the groups to the rows",
            ));
        }
        let data_type = aggregate.data_type.clone();
        Ok(Call { function: WindowFunction::Aggregate(aggregate), data_type, partition_by, order_by, frame })
    }

    fn rank(&self, name: &str, function: &Function, inner: Special<'_>) -> Result<(WindowFunction, DataType)> {
        let form = || {
            let expected =
                if matches!(name, "lag" | "lead") { format!("{name}(x[, rows])") } else { format!("{name}()") };
            not_portable(&format!("this form of `{name}`"), "offsets are whole numbers, written out")
                .with_expected(expected)
        };
        let FunctionArguments::List(list) = &function.args else { return Err(form()) };
        let extras = function.filter.is_some()
            || function.null_treatment.is_some()
            || list.duplicate_treatment.is_some()
            || !list.clauses.is_empty();
        let mut arguments = Vec::new();
        for argument in &list.args {
            match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(tree)) => arguments.push(tree),
                _ => return Err(form()),
            }
        }
        if extras {
            return Err(form());
        }
        let plain = match (name, arguments.as_slice()) {
            ("row_number", []) => Some(WindowFunction::RowNumber),
            ("rank", []) => Some(WindowFunction::Rank),
            ("dense_rank", []) => Some(WindowFunction::DenseRank),
            _ => None,
        };
        if let Some(function) = plain {
            return Ok((function, DataType::Bigint));
        }
        let (tree, offset) = match arguments.as_slice() {
            [tree] if matches!(name, "lag" | "lead") => (tree, 1),
            [tree, offset] if matches!(name, "lag" | "lead") => (tree, number(offset).ok_or_else(form)?),
            _ => return Err(form()),
        };
        let value = self.expr(tree, inner)?;
        let data_type = value.data_type.clone();
        Ok(match name {
            "lag" => (WindowFunction::Lag(value, offset), data_type),
            _ => (WindowFunction::Lead(value, offset), data_type),
        })
    }

    fn frame(&self, frame: &WindowFrame) -> Result<Frame> {
        use WindowFrameBound::{CurrentRow, Following, Preceding};
        let form = || {
            not_portable(
                "this frame",
                "write `rows between n preceding and n following`, with `unbounded` or `current row` in their place",
            )
        };
        let count = |n: &Option<Box<Ast>>| match n {
            None => Ok(None),
            Some(n) => number(n).map(Some).ok_or_else(form),
        };
        let start = match &frame.start_bound {
            CurrentRow => Some(0),
            Preceding(n) => count(n)?,
            Following(_) => return Err(form()),
        };
        let end = match &frame.end_bound {
            None | Some(CurrentRow) => Some(0),
            Some(Following(n)) => count(n)?,
            Some(Preceding(_)) => return Err(form()),
        };
        match frame.units {
            WindowFrameUnits::Rows => Ok(Frame::Rows { preceding: start, following: end }),
            WindowFrameUnits::Range if (start, end) == (None, Some(0)) => Ok(Frame::Peers),
            WindowFrameUnits::Range if (start, end) == (None, None) => Ok(Frame::Whole),
            _ => Err(form()),
        }
    }

    /// Puts other names in the place of columns, in all calls.
    pub fn with_columns(&self, name: &dyn Fn(String) -> String) {
        let renamed = |e: Expr| e.with_columns(name);
        for call in self.calls.borrow_mut().iter_mut() {
            call.partition_by = std::mem::take(&mut call.partition_by).into_iter().map(renamed).collect();
            call.order_by = std::mem::take(&mut call.order_by).into_iter().map(|(e, d)| (renamed(e), d)).collect();
            call.function = call.function.clone().with_columns(name);
        }
    }

    /// Computes the windows; returns what their columns are called. A window that is an item alone has the item's name.
    pub fn apply(
        &self,
        sql: &Sql<'_>,
        rows: &mut Rows,
        list: &[(String, Expr)],
    ) -> Result<Box<dyn Fn(String) -> String>> {
        let calls = self.calls.borrow().clone();
        let (mut windows, mut names) = (Vec::new(), Vec::new());
        for (number, call) in calls.into_iter().enumerate() {
            let column = Self::column(number);
            let own = list.iter().find(|(_, e)| matches!(&e.node, Node::Column(name) if *name == column));
            let wanted = own.map_or_else(|| format!("_window_{}", number + 1), |(name, _)| name.clone());
            let partition_by = columns_of(rows, call.partition_by, "_over");
            let order_by = sql.sorted(rows, call.order_by, "_over")?;
            let window = Window {
                function: call.function,
                data_type: call.data_type,
                partition_by,
                order_by,
                frame: call.frame,
            };
            windows.push((wanted, window));
        }
        for (wanted, window) in &mut windows {
            let mut name = rows.free(wanted);
            while names.contains(&name) {
                name.push('_');
            }
            names.push(name.clone());
            *wanted = name;
            window.order_by = in_full(window, rows)?;
        }
        if !windows.is_empty() {
            let mut schema = rows.schema().clone();
            schema.columns.extend(windows.iter().map(|(name, window)| plain(name, &window.data_type)));
            rows.push(Operation::Window(windows), schema);
        }
        Ok(Box::new(move |name| {
            let number = (0..names.len()).find(|number| Self::column(*number) == name);
            number.map_or(name, |number| names[number].clone())
        }))
    }
}

/// The order, completed where each row has to have a place of its own.
fn in_full(window: &Window, rows: &Rows) -> Result<Vec<SortKey>> {
    let order_by = window.order_by.clone();
    let one_by_one = match window.function {
        WindowFunction::RowNumber | WindowFunction::Lag(..) | WindowFunction::Lead(..) => true,
        WindowFunction::Rank | WindowFunction::DenseRank => false,
        WindowFunction::Aggregate(_) => matches!(window.frame, Frame::Rows { .. }),
    };
    if one_by_one { completed(order_by, &window.partition_by, rows.schema()) } else { Ok(order_by) }
}

const RANKS: [&str; 5] = ["row_number", "rank", "dense_rank", "lag", "lead"];

fn number(tree: &Ast) -> Option<u32> {
    let Ast::Value(value) = tree else { return None };
    match &value.value {
        Value::Number(digits, false) => digits.parse().ok().filter(|n| *n <= i32::MAX as u32),
        _ => None,
    }
}
