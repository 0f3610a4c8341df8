//! What is said of a name that is not there.

use sqlparser::ast::Ident;

use super::Checker;
use super::parse::place_of;
use super::scope::{Columns, Relation, Scope};
use crate::error::{Error, nearest};
use crate::flow::compile::columns::fate;
use crate::flow::typing::Fate;
use crate::manifest::model::Step;

impl Checker<'_> {
    /// Within `inside`, a name that is not there but is an alias of the select list is told so.
    pub fn aliases_hidden(&mut self, aliases: &[String], inside: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.hidden, aliases.to_vec());
        inside(self);
        self.hidden = before;
    }

    /// `unknown-column`: of `relation`, when one was named.
    pub fn unknown_column(&mut self, name: &Ident, relation: Option<&Relation>, scope: &Scope) {
        let column = name.value.to_lowercase();
        if !self.first_time(&column) {
            return;
        }
        let relations: Vec<&Relation> = relation.map_or_else(|| scope.relations().collect(), |one| vec![one]);
        let there: Vec<&str> = relations
            .iter()
            .flat_map(|r| match &r.columns {
                Columns::Known(names) => names.iter().map(|column| column.name.as_str()).collect(),
                Columns::Open => Vec::new(),
            })
            .collect();
        let of = match relation.and_then(|r| r.name.as_deref()) {
            Some(name) => format!(" of `{name}`"),
            None => String::new(),
        };
        let mut error = Error::manifest("unknown-column", format!("unknown column `{column}`{of}"));
        if !there.is_empty() {
            error = error.with_expected(format!("one of {}", there.join(", ")));
        }
        let tables: Vec<&String> = relations.iter().filter_map(|r| r.table.as_ref()).collect();
        let fates: Vec<(&&String, Fate)> = tables.iter().filter_map(|t| Some((t, self.fate(t, &column)?))).collect();
        for (other, table) in &self.flow.tables {
            if !tables.contains(&other) && table.schema.column(&column).is_some() {
                error = error.with_note(format!(
                    "table `{}{other}` has a column of that name",
                    self.manifest.crawler.table_prefix.value
                ));
            }
        }
        for (table, fate) in &fates {
            error = fate.tell(error, &format!("table `{table}`: "));
        }
        if self.hidden.contains(&column) {
            error = error.with_help(format!(
                "`{column}` is an alias of the select list, which Athena sees in ORDER BY alone: repeat the expression, or \
                 write its position, as in `GROUP BY 1`"
            ));
        } else if !fates.is_empty() {
            // Its fate said it all.
        } else if let Some(near) = nearest(&column, there.iter().copied()) {
            error = error.with_help(format!("did you mean `{near}`?"));
        } else if name.quote_style == Some('"') {
            error =
                error.with_help(format!("double quotes make a name; a text stands in single ones: '{}'", name.value));
        }
        self.faults.push(error.at(place_of(self.source, name)));
    }

    /// `unknown-table`: a name in `from` that no table of the database has.
    pub fn unknown_table(&mut self, name: &Ident, prefix: &str) {
        let table = name.value.to_lowercase();
        // In a database that others fill, too, there may be any table.
        if self.manifest.crawler.database.existing || !self.first_time(&format!("table {table}")) {
            return;
        }
        let there: Vec<String> = self.flow.tables.keys().map(|name| format!("{prefix}{name}")).collect();
        let error = Error::manifest("unknown-table", format!("unknown table `{table}`"))
            .with_expected(format!("one of {}", there.join(", ")));
        let error = if self.flow.tables.contains_key(&table) {
            error.with_help(format!("tables carry the prefix `{prefix}` in the catalog: write `{prefix}{table}`"))
        } else if self.flow.sources.contains_key(&table) {
            error.with_help(format!("`{table}` is a source; only what stands under `tables` is in the catalog"))
        } else if let Some(near) = nearest(&table, there.iter().map(String::as_str)) {
            error.with_help(format!("did you mean `{near}`?"))
        } else {
            error
        };
        self.faults.push(error.at(place_of(self.source, name)));
    }

    /// `unknown-table`: the first part of `x.y`, which is neither a relation nor a column here.
    pub fn unknown_relation(&mut self, name: &Ident, scope: &Scope) {
        let wanted = name.value.to_lowercase();
        if !self.first_time(&format!("relation {wanted}")) {
            return;
        }
        let there: Vec<&str> = scope.relations().filter_map(|r| r.name.as_deref()).collect();
        let error = Error::manifest("unknown-table", format!("`{wanted}` names neither a table nor a column here"))
            .with_expected(format!("one of {}", there.join(", ")));
        let near = nearest(&wanted, there.iter().copied());
        let hidden = self.flow.tables.contains_key(&wanted) && !there.is_empty();
        let error = match near {
            Some(near) => error.with_help(format!("did you mean `{near}`?")),
            None if hidden => error.with_help("a table that has an alias is known by the alias alone"),
            None => error,
        };
        self.faults.push(error.at(place_of(self.source, name)));
    }

    fn fate(&self, table: &str, column: &str) -> Option<Fate> {
        let (written, typed) = (self.manifest.tables.get(table)?, self.flow.tables.get(table)?);
        let begin = written.steps.iter().rposition(|step| matches!(step.value, Step::Sql(_))).unwrap_or(0);
        fate(&written.steps[begin..], &typed.steps, column)
    }

    /// Whether this is the first complaint of `what` in this query.
    fn first_time(&mut self, what: &str) -> bool {
        self.told.insert(what.to_string())
    }
}
