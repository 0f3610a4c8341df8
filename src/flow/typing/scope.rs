//! The columns an expression sees.

use crate::error::{Error, Place, nearest};
use crate::flow::types::{Column, Schema};

/// What became of a column that was there before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fate {
    /// Which step did what, as in "`drop_fields` drops it".
    pub what: String,
    /// Where.
    pub place: Option<Place>,
    /// Its name now, when it was renamed.
    pub now: Option<String>,
}

impl Fate {
    /// The error with what became of its column, and what to write.
    pub fn tell(&self, error: Error, of: &str) -> Error {
        let at = self.place.as_ref().map_or(String::new(), |place| format!(" ({place})"));
        let error = error.with_note(format!("{of}{}{at}", self.what));
        match &self.now {
            Some(now) => error.with_help(format!("write `{now}`")),
            None => error.with_help("keep the column there, or leave it out here"),
        }
    }
}

/// The columns an expression sees.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// The columns.
    pub schema: &'a Schema,
    /// Of a column that is not among them: what became of it.
    pub fate: &'a dyn Fn(&str) -> Option<Fate>,
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
                Some(fate) => fate.tell(error, ""),
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
