//! A query that says which database its tables are in. Athena reads a bare name in the database that a query is started in;
//! who starts it elsewhere (QuickSight has no place for a database beside its own SQL) needs the names in full.

use std::collections::HashMap;
use std::ops::ControlFlow;

use sqlparser::ast::{ObjectNamePart, Query, Statement, TableFactor, Visit, Visitor};
use sqlparser::tokenizer::Location;

use super::parse::{Parsed, parse};
use crate::error::SourceText;

/// The query with `"database".` before every table that is named by one word. Names that `with` makes stay as they are, and
/// so does a text that the parser does not read.
pub fn qualified(sql: &str, database: &str) -> String {
    let Ok(Parsed::Statement(statement)) = parse(&SourceText::new("query", sql)) else { return sql.to_owned() };
    let Statement::Query(query) = *statement else { return sql.to_owned() };
    let mut finder = Finder::default();
    let _ = query.visit(&mut finder);
    let prefix = format!("\"{}\".", database.replace('"', "\"\""));
    let mut out = String::with_capacity(sql.len() + finder.bare.len() * prefix.len());
    for (index, line) in sql.split_inclusive('\n').enumerate() {
        for (column, character) in line.chars().enumerate() {
            let here = Location { line: index as u64 + 1, column: column as u64 + 1 };
            if finder.bare.contains(&here) {
                out.push_str(&prefix);
            }
            out.push(character);
        }
    }
    out
}

/// Finds where bare table names begin.
#[derive(Default)]
struct Finder {
    bare: Vec<Location>,
    /// The names that `with` has made so far, innermost query last.
    made: Vec<Vec<String>>,
    /// The names that queries inside a `with` make once they end, by where these stand in memory.
    making: HashMap<usize, String>,
}

fn identity(query: &Query) -> usize {
    std::ptr::from_ref(query).addr()
}

impl Visitor for Finder {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let mut names = Vec::new();
        for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.making.insert(identity(&cte.query), cte.alias.name.value.clone());
        }
        if let Some(with) = query.with.as_ref().filter(|with| with.recursive) {
            names.extend(with.cte_tables.iter().map(|cte| cte.alias.name.value.clone()));
        }
        self.made.push(names);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        self.made.pop();
        if let (Some(name), Some(around)) = (self.making.remove(&identity(query)), self.made.last_mut()) {
            around.push(name);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        if let TableFactor::Table { name, args: None, .. } = factor
            && let [ObjectNamePart::Identifier(name)] = &name.0[..]
            && !self.made.iter().flatten().any(|made| made.eq_ignore_ascii_case(&name.value))
        {
            self.bare.push(name.span.start);
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_names_get_their_database() {
        for (sql, full) in [
            ("select * from hits", "select * from \"db\".hits"),
            ("select 'from hits' from \"Hits\" h", "select 'from hits' from \"db\".\"Hits\" h"),
            (
                "select *\nfrom hits a -- hits\njoin \n  artists b on a.id = b.id",
                "select *\nfrom \"db\".hits a -- hits\njoin \n  \"db\".artists b on a.id = b.id",
            ),
            ("select * from other.hits, c.d.e", "select * from other.hits, c.d.e"),
            (
                "select (select max(x) from hits) from artists where id in (select id from hits)",
                "select (select max(x) from \"db\".hits) from \"db\".artists where id in (select id from \"db\".hits)",
            ),
            (
                "select x from hits cross join unnest(genres) as t(x)",
                "select x from \"db\".hits cross join unnest(genres) as t(x)",
            ),
            ("select 'ü' as u, 1 from hits", "select 'ü' as u, 1 from \"db\".hits"),
        ] {
            assert_eq!(qualified(sql, "db"), full);
        }
    }

    #[test]
    fn what_with_makes_stays_as_it_is() {
        for (sql, full) in [
            (
                "with top as (select * from hits) select * from TOP",
                "with top as (select * from \"db\".hits) select * from TOP",
            ),
            // Not recursive: inside, the name is still the table's.
            (
                "with hits as (select * from hits) select * from hits",
                "with hits as (select * from \"db\".hits) select * from hits",
            ),
            (
                "with a as (select 1 x), b as (select * from a, c) select * from b, c",
                "with a as (select 1 x), b as (select * from a, \"db\".c) select * from b, \"db\".c",
            ),
            (
                "with recursive n as (select 1 x union all select x + 1 from n) select * from n",
                "with recursive n as (select 1 x union all select x + 1 from n) select * from n",
            ),
            (
                "select * from (with a as (select 1 x) select * from a) t, a",
                "select * from (with a as (select 1 x) select * from a) t, \"db\".a",
            ),
        ] {
            assert_eq!(qualified(sql, "db"), full);
        }
    }

    #[test]
    fn what_cannot_be_read_is_left_alone() {
        assert_eq!(qualified("show tables", "db"), "show tables");
        assert_eq!(qualified("select * frm hits where", "db"), "select * frm hits where");
    }
}
