//! Columns, as sources declare them and `change_schema` converts them.

use crate::manifest::model::ColumnDecl;
use crate::manifest::read::{Reader, either, number, record, text, text_of};
use crate::manifest::rules;

/// `type`, or `{ type, description, format, max_cast_loss }`.
pub fn column() -> impl Reader<Out = ColumnDecl> {
    let data_type = || text_of(&rules::NOT_EMPTY).spanned();
    let short =
        data_type().map(|data_type| ColumnDecl { data_type, description: None, format: None, max_cast_loss: None });
    let long = record("a column", move |m| {
        let data_type =
            m.required("type", "Its type, as Athena writes it: bigint, decimal(10,2), array<string>.", data_type());
        let description = m.optional("description", "What it holds.", text_of(&rules::DESCRIPTION));
        let format = m.optional("format", "A date pattern that is accepted, too, e.g. yyyy.", text().spanned());
        let max_cast_loss = m.optional("max_cast_loss", MAX_CAST_LOSS, number(0.0..=1.0));
        Some(ColumnDecl {
            data_type: data_type?,
            description: description?,
            format: format?,
            max_cast_loss: max_cast_loss?,
        })
    });
    either(short, long)
}

/// What `max_cast_loss` is, of a column or a table.
pub const MAX_CAST_LOSS: &str =
    "The share (0 to 1) of the values that a conversion may lose before the run fails; NULLs do not count.";
