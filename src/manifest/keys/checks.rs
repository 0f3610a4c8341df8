//! The checks of a table.

use crate::error::Error;
use crate::manifest::model::{Check, Rule, Severity};
use crate::manifest::read::{Reader, choice, integer, list, map_of_columns, pair, record, text, text_of};
use crate::manifest::rules;
use crate::manifest::spanned::Spanned;

const SEVERITIES: &[(&str, Severity)] = &[("error", Severity::Error), ("warn", Severity::Warn)];
const KEYS: &[&str] =
    &["unique", "not_null", "accepted_values", "between", "row_count", "expression", "matches", "references"];

/// One entry of `checks`; one that names several columns is several checks. Stands at its rule's key.
pub fn check() -> impl Reader<Out = Vec<Spanned<Check>>> {
    record("a check", |m| {
        let unique = m.optional("unique", "No two rows share these columns' values: one key.", columns());
        let not_null = m.optional("not_null", "These columns have no NULL.", columns());
        let accepted_values = m.optional(
            "accepted_values",
            "The column holds only these values, or NULL.",
            map_of_columns(list(text().spanned()).not_empty()).not_empty(),
        );
        let between = m.optional(
            "between",
            "The column lies in this closed interval, or is NULL: [least, greatest].",
            map_of_columns(pair(text().spanned(), "a list of two, `[least, greatest]`")).not_empty(),
        );
        let row_count = m.optional("row_count", "The table has this many rows.", row_count());
        let expression =
            m.optional("expression", "The expression is not false on any row.", text_of(&rules::NOT_EMPTY).spanned());
        let matches = m.optional(
            "matches",
            "The column's texts match this regular expression as a whole, or are NULL.",
            map_of_columns(text_of(&rules::NOT_EMPTY).spanned()).not_empty(),
        );
        let references = m.optional(
            "references",
            "Each value of the column, or NULL, is in that column of a table or source: `table.column`.",
            map_of_columns(text_of(&rules::NOT_EMPTY).spanned()).not_empty(),
        );
        let severity =
            m.or("severity", "What a failure means: the run fails, or says so.", choice(SEVERITIES), "error");
        m.exactly_one(KEYS);
        let mut found: Vec<Rule> = Vec::new();
        found.extend(unique?.map(Rule::Unique));
        found.extend(not_null?.map(Rule::NotNull));
        found.extend(
            accepted_values?.into_iter().flatten().map(|(column, values)| Rule::AcceptedValues(column, values)),
        );
        found.extend(between?.into_iter().flatten().map(|(column, (least, most))| Rule::Between(column, least, most)));
        found.extend(row_count?);
        found.extend(expression?.map(Rule::Expression));
        found.extend(matches?.into_iter().flatten().map(|(column, pattern)| Rule::Matches(column, pattern)));
        found.extend(references?.into_iter().flatten().map(|(column, target)| Rule::References(column, target)));
        let severity = severity?;
        let place = KEYS.iter().find_map(|key| m.place(key));
        let check = |rule| Spanned::new(Check { rule, severity }, place.clone());
        (!found.is_empty()).then(|| found.into_iter().map(check).collect())
    })
}

fn columns() -> impl Reader<Out = Vec<Spanned<String>>> {
    list(text_of(&rules::NOT_EMPTY).spanned()).not_empty()
}

fn row_count() -> impl Reader<Out = Rule> {
    record("row_count", |m| {
        let min = m.optional("min", "At least.", integer(0..=u64::MAX));
        let max = m.optional("max", "At most.", integer(0..=u64::MAX));
        let (min, max) = (min?, max?);
        let fault = match (min, max) {
            (None, None) => {
                Some(Error::manifest("missing-key", "`row_count` needs `min`, `max` or both").at(m.whole()))
            }
            (Some(min), Some(max)) if min > max => Some(
                Error::manifest("out-of-range", format!("no count is at least {min} and at most {max}"))
                    .at(m.place("max")),
            ),
            _ => None,
        };
        match fault {
            None => Some(Rule::RowCount { min, max }),
            Some(error) => {
                m.fault(error);
                None
            }
        }
    })
}
