//! The columns an expression sees.

use crate::error::{Error, nearest};
use crate::flow::types::{Column, Schema};

/// The columns an expression sees.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// The columns.
    pub schema: &'a Schema,
    /// Of a column that is not among them: what became of it, as in "`drop_fields` dropped it (pipeline.yaml:12:9)".
    pub fate: &'a dyn Fn(&str) -> Option<String>,
}

impl<'a> Scope<'a> {
    /// These columns, with nothing known of others.
    pub fn new(schema: &'a Schema) -> Self {
        Scope { schema, fate: &|_| None }
    }

    /// The column of that name, in any case. Errors: `unknown-column`, without a place.
    pub fn column(&self, name: &str) -> Result<&'a Column, Error> {
        let lower = name.to_lowercase();
        self.schema.column(&lower).ok_or_else(|| {
            let error = unknown_column(&lower, self.schema.names());
            match (self.fate)(&lower) {
                Some(fate) => error.with_note(fate),
                None => error,
            }
        })
    }
}

/// `unknown-column`, with what there is instead.
pub fn unknown_column<'a>(name: &str, there: impl Iterator<Item = &'a str>) -> Error {
    const SHOWN: usize = 24;
    let there: Vec<&str> = there.collect();
    let more = if there.len() > SHOWN { format!(", and {} more", there.len() - SHOWN) } else { String::new() };
    let error = Error::manifest("unknown-column", format!("unknown column `{name}`"))
        .with_expected(format!("one of {}{more}", there[..there.len().min(SHOWN)].join(", ")));
    match nearest(name, there.iter().copied()) {
        Some(near) => error.with_help(format!("did you mean `{near}`?")),
        None => error,
    }
}
