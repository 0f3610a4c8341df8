//! What names mean at a place of a query.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Column;
use datafusion::logical_expr::LogicalPlan;
use sqlparser::ast::Ident;

use super::failure::{Failure, Outcome};

/// The name that a relation goes by in a FROM clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelationName {
    /// The database, for a table of the catalog without an alias.
    pub database: Option<String>,
    /// The table's name or its alias, lower case.
    pub table: String,
}

/// A column that a name can mean.
#[derive(Clone, Debug)]
pub struct Field {
    /// The relation it comes from, where it has a name.
    pub relation: Option<RelationName>,
    /// Its name in lower case; `None` for an unnamed expression.
    pub name: Option<String>,
    /// Its name as the query wrote it: results show that.
    pub shown: String,
    /// Its column in the plan: unique in the whole query.
    pub column: String,
    /// Its type.
    pub data_type: DataType,
}

impl Field {
    /// The plan's column.
    pub fn column(&self) -> Column {
        Column::new_unqualified(&self.column)
    }
}

/// A plan with the names of its columns.
#[derive(Clone, Debug)]
pub struct Relation {
    /// The plan; its columns are the fields' in order.
    pub plan: LogicalPlan,
    /// The columns.
    pub fields: Vec<Field>,
}

/// Lower case: Trino's identifiers are not told apart by case, quoted or not.
pub fn fold(ident: &Ident) -> String {
    ident.value.to_lowercase()
}

/// The column that `parts` name among `fields`, and how many parts it took: what is left dereferences a row.
pub fn resolve<'f>(fields: &'f [Field], parts: &[Ident]) -> Outcome<Option<(&'f Field, usize)>> {
    let names: Vec<String> = parts.iter().map(fold).collect();
    // The longest qualification first: `t.x` is a column of t before it is a field of a column t.
    for taken in (1..=names.len().min(4)).rev() {
        let found: Vec<_> = fields.iter().filter(|field| is_named(field, &names[..taken])).collect();
        match found.as_slice() {
            [] => {}
            [one] => return Ok(Some((one, taken))),
            _ => {
                let name = parts.iter().take(taken).map(|p| p.value.as_str()).collect::<Vec<_>>().join(".");
                let failure = Failure::new("AMBIGUOUS_NAME", format!("Column '{name}' is ambiguous"));
                return Err(failure.at(parts[0].span));
            }
        }
    }
    Ok(None)
}

fn is_named(field: &Field, names: &[String]) -> bool {
    let Some((column, qualifier)) = names.split_last() else { return false };
    if field.name.as_ref() != Some(column) {
        return false;
    }
    is_of(field, qualifier)
}

/// Whether the field comes from the relation of that name: `t`, `db.t`, `awsdatacatalog.db.t`.
pub fn is_of(field: &Field, qualifier: &[String]) -> bool {
    match (qualifier, &field.relation) {
        ([], _) => true,
        ([table], Some(relation)) => relation.table == *table,
        ([database, table], Some(relation)) => relation.table == *table && relation.database.as_ref() == Some(database),
        ([catalog, database, table], Some(relation)) => {
            catalog == "awsdatacatalog" && relation.table == *table && relation.database.as_ref() == Some(database)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(table: &str, name: &str) -> Field {
        Field {
            relation: Some(RelationName { database: Some("db".into()), table: table.into() }),
            name: Some(name.into()),
            shown: name.into(),
            column: format!("{table}_{name}"),
            data_type: DataType::Int32,
        }
    }

    fn idents(text: &str) -> Vec<Ident> {
        text.split('.').map(Ident::new).collect()
    }

    #[test]
    fn the_longest_qualification_wins() {
        let fields = [field("t", "x"), field("u", "x"), field("u", "t")];
        let found =
            |text: &str| resolve(&fields, &idents(text)).map(|f| f.map(|(field, taken)| (field.column.clone(), taken)));
        assert_eq!(found("T.X").unwrap(), Some(("t_x".into(), 2)));
        assert_eq!(found("db.u.x").unwrap(), Some(("u_x".into(), 3)));
        assert_eq!(found("awsdatacatalog.db.u.x.y").unwrap(), Some(("u_x".into(), 4)));
        assert_eq!(found("t.y").unwrap(), Some(("u_t".into(), 1)));
        assert_eq!(found("y").unwrap(), None);
        assert_eq!(found("x").unwrap_err().name, "AMBIGUOUS_NAME");
    }
}
