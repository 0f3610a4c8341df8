//! Names inside expressions. What is not known here is passed over.

use sqlparser::ast::{
    AccessExpr, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArguments, Ident,
    LambdaFunction, OneOrManyWithParens, Subscript, WindowSpec, WindowType,
};

use super::Checker;
use super::scope::Scope;

/// Functions with an argument that looks like a column and is a keyword: `normalize(x, NFC)`.
const TAKE_KEYWORDS: [&str; 1] = ["normalize"];

impl Checker<'_> {
    /// Checks several expressions.
    pub fn expressions<'e>(&mut self, all: impl Iterator<Item = &'e Expr>, scope: &Scope) {
        for e in all {
            self.expression(e, scope);
        }
    }

    /// Checks the names in an expression.
    pub fn expression(&mut self, e: &Expr, scope: &Scope) {
        // A row of operators leans left and is as deep as it is long; its left side is walked in a loop.
        let mut e = e;
        while let Expr::BinaryOp { left, op, right } = e {
            self.operator(e, left, op, right, scope);
            self.deeper((), |checker| checker.expression(right, scope));
            e = left;
        }
        self.deeper((), |checker| checker.inside(e, scope));
    }

    fn inside(&mut self, e: &Expr, scope: &Scope) {
        match e {
            Expr::Identifier(name) => self.name(name, scope),
            Expr::CompoundIdentifier(names) => self.path(names, scope),
            Expr::CompoundFieldAccess { root, access_chain } => self.access(root, access_chain, scope),
            Expr::IsFalse(x) | Expr::IsNotFalse(x) | Expr::IsTrue(x) | Expr::IsNotTrue(x) => self.expression(x, scope),
            Expr::IsNull(x) | Expr::IsNotNull(x) | Expr::IsUnknown(x) | Expr::IsNotUnknown(x) => {
                self.expression(x, scope)
            }
            Expr::Nested(x) | Expr::UnaryOp { expr: x, .. } | Expr::Cast { expr: x, .. } => self.expression(x, scope),
            Expr::Extract { expr: x, .. } | Expr::Ceil { expr: x, .. } | Expr::Floor { expr: x, .. } => {
                self.expression(x, scope);
            }
            Expr::IsDistinctFrom(x, y) | Expr::IsNotDistinctFrom(x, y) => {
                self.expressions([&**x, y].into_iter(), scope)
            }
            Expr::Position { expr, r#in } => self.expressions([&**expr, r#in].into_iter(), scope),
            Expr::AtTimeZone { timestamp, time_zone } => {
                self.expressions([&**timestamp, time_zone].into_iter(), scope);
            }
            Expr::Like { expr, pattern, .. } | Expr::ILike { expr, pattern, .. } => {
                self.expressions([&**expr, pattern].into_iter(), scope);
            }
            Expr::AnyOp { left, right, .. } | Expr::AllOp { left, right, .. } => {
                self.expressions([&**left, right].into_iter(), scope);
            }
            Expr::Between { expr, low, high, .. } => {
                self.expressions([&**expr, low, high].into_iter(), scope);
                let _ = self.comparison(e, expr, low, scope) || self.comparison(e, expr, high, scope);
            }
            Expr::InList { expr, list, .. } => {
                self.expression(expr, scope);
                let _ = list.iter().any(|one| self.comparison(e, expr, one, scope));
                self.expressions(list.iter(), scope);
            }
            Expr::Substring { expr, substring_from, substring_for, .. } => {
                let parts = [Some(expr), substring_from.as_ref(), substring_for.as_ref()];
                self.expressions(parts.into_iter().flatten().map(|e| &**e), scope);
            }
            Expr::Trim { expr, trim_what, .. } => {
                self.expression(expr, scope);
                self.expressions(trim_what.iter().map(|e| &**e), scope);
            }
            Expr::Case { operand, conditions, else_result, .. } => {
                self.expressions(operand.iter().map(|e| &**e), scope);
                self.expressions(conditions.iter().map(|when| &when.condition), scope);
                let results = conditions.iter().map(|when| &when.result).chain(else_result.as_deref());
                self.guarded(|checker| checker.expressions(results, scope));
            }
            Expr::Tuple(all) => self.expressions(all.iter(), scope),
            Expr::Array(array) => self.expressions(array.elem.iter(), scope),
            Expr::GroupingSets(sets) | Expr::Cube(sets) | Expr::Rollup(sets) => {
                self.expressions(sets.iter().flatten(), scope);
            }
            Expr::InSubquery { expr, subquery, .. } => {
                self.expression(expr, scope);
                self.query(subquery, scope);
            }
            Expr::Exists { subquery, .. } | Expr::Subquery(subquery) => drop(self.query(subquery, scope)),
            Expr::Function(function) if Self::guards(function) => {
                self.guarded(|checker| checker.function(function, scope));
            }
            Expr::Function(function) => self.function(function, scope),
            Expr::Lambda(lambda) => self.lambda(lambda, scope),
            _ => {}
        }
    }

    fn function(&mut self, function: &Function, scope: &Scope) {
        let takes_keywords = TAKE_KEYWORDS.contains(&function.name.to_string().to_lowercase().as_str());
        if let FunctionArguments::List(list) = &function.args {
            for (index, argument) in list.args.iter().enumerate() {
                let (FunctionArg::Unnamed(value)
                | FunctionArg::Named { arg: value, .. }
                | FunctionArg::ExprNamed { arg: value, .. }) = argument;
                if let FunctionArgExpr::Expr(e) = value
                    && !(takes_keywords && index > 0)
                {
                    self.expression(e, scope);
                }
            }
            for clause in &list.clauses {
                if let FunctionArgumentClause::OrderBy(keys) = clause {
                    self.expressions(keys.iter().map(|key| &key.expr), scope);
                }
            }
        }
        self.expressions(function.filter.iter().map(|e| &**e), scope);
        self.expressions(function.within_group.iter().map(|key| &key.expr), scope);
        if let Some(WindowType::WindowSpec(window)) = &function.over {
            self.window(window, scope);
        }
    }

    /// Checks a window's partitions and order.
    pub fn window(&mut self, window: &WindowSpec, scope: &Scope) {
        self.expressions(window.partition_by.iter(), scope);
        self.expressions(window.order_by.iter().map(|key| &key.expr), scope);
    }

    fn lambda(&mut self, lambda: &LambdaFunction, scope: &Scope) {
        let mut inside = scope.inner();
        match &lambda.params {
            OneOrManyWithParens::One(one) => drop(inside.values.insert(one.name.value.to_lowercase())),
            OneOrManyWithParens::Many(many) => inside.values.extend(many.iter().map(|p| p.name.value.to_lowercase())),
        }
        self.expression(&lambda.body, &inside);
    }

    fn access(&mut self, root: &Expr, chain: &[AccessExpr], scope: &Scope) {
        match (root, chain.first()) {
            (Expr::Identifier(name), Some(AccessExpr::Dot(Expr::Identifier(field)))) => {
                self.path(&[name.clone(), field.clone()], scope);
            }
            _ => self.expression(root, scope),
        }
        for step in chain {
            if let AccessExpr::Subscript(Subscript::Index { index }) = step {
                self.expression(index, scope);
            }
        }
    }

    /// `column`.
    pub fn name(&mut self, name: &Ident, scope: &Scope) {
        let wanted = name.value.to_lowercase();
        if !scope.may_have(&wanted) {
            self.unknown_column(name, None, scope);
        } else if let Some(relation) = scope.relations().find(|relation| relation.columns.may_have(&wanted)) {
            self.read.extend(relation.columns.origins(&wanted).cloned());
        }
    }

    /// `table.column`, `database.table.column`, `column.field`.
    fn path(&mut self, names: &[Ident], scope: &Scope) {
        let [first, second, rest @ ..] = names else { return };
        let (first_name, second_name) = (first.value.to_lowercase(), second.value.to_lowercase());
        let database = self.manifest.crawler.database.name.to_lowercase();
        let column = rest.first().filter(|_| first_name == database).map(|column| column.value.to_lowercase());
        let full = column.as_deref().and_then(|column| Some((scope.relation(&second_name)?, column)));
        let own = || scope.relations().find(|r| r.columns.may_have(&first_name)).map(|r| (r, first_name.as_str()));
        let short = scope.relation(&first_name).map(|relation| (relation, second_name.as_str()));
        if let Some((relation, column)) = short.or(full).or_else(own) {
            self.read.extend(relation.columns.origins(column).cloned());
        }
        if let Some(relation) = scope.relation(&first_name) {
            let own = scope.relations().any(|r| r.columns.may_have(&first_name));
            if !relation.columns.may_have(&second_name) && !own {
                self.unknown_column(second, Some(&relation.clone()), scope);
            }
        } else if first_name == database
            && let (Some(relation), Some(column)) = (scope.relation(&second_name), rest.first())
        {
            if !relation.columns.may_have(&column.value.to_lowercase()) {
                self.unknown_column(column, Some(&relation.clone()), scope);
            }
        } else if !scope.may_have(&first_name) {
            self.unknown_relation(first, scope);
        }
    }
}
