//! Names that may be a source's or a table's: `x`, and `source.x` or `table.x` where both are called x.

use crate::error::{Error, nearest};
use crate::manifest::model::{Input, Manifest};
use crate::manifest::spanned::Spanned;

/// What `name` names. Errors: `unknown-input`, `ambiguous-input`, at the name.
pub fn input(name: &Spanned<String>, manifest: &Manifest) -> Result<Input, Error> {
    let lower = name.to_lowercase();
    let (is_source, is_table) = (|n: &str| manifest.sources.contains_key(n), |n: &str| manifest.tables.contains_key(n));
    if let Some(source) = lower.strip_prefix("source.").filter(|n| is_source(n)) {
        return Ok(Input::Source(name.with(source.to_string())));
    }
    if let Some(table) = lower.strip_prefix("table.").filter(|n| is_table(n)) {
        return Ok(Input::Table(name.with(table.to_string())));
    }
    match (is_source(&lower), is_table(&lower)) {
        (true, false) => Ok(Input::Source(name.with(lower))),
        (false, true) => Ok(Input::Table(name.with(lower))),
        (true, true) => Err(Error::manifest("ambiguous-input", format!("`{lower}` is a source and a table"))
            .with_help(format!("write `source.{lower}` or `table.{lower}`"))
            .at(name.place.clone())),
        (false, false) => {
            let there: Vec<&str> = manifest.sources.keys().chain(manifest.tables.keys()).map(|n| n.as_str()).collect();
            let error = Error::manifest("unknown-input", format!("no source or table is called `{}`", name.value))
                .with_expected(format!("one of {}", there.join(", ")))
                .at(name.place.clone());
            Err(match nearest(&lower, there.iter().copied()) {
                Some(near) => error.with_help(format!("did you mean `{near}`?")),
                None => error,
            })
        }
    }
}
