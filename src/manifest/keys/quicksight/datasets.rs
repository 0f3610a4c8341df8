//! Data sets.

use crate::error::{Error, Result};
use crate::manifest::model::quicksight::{Dataset, DatasetFrom, ImportMode, Refresh, Weekday};
use crate::manifest::read::{Reader, choice, map_of, map_of_columns, record, text_of};
use crate::manifest::rules;

const MODES: &[(&str, ImportMode)] = &[("spice", ImportMode::Spice), ("direct_query", ImportMode::DirectQuery)];
const DAYS: &[(&str, Weekday)] = &[
    ("MON", Weekday::Monday),
    ("TUE", Weekday::Tuesday),
    ("WED", Weekday::Wednesday),
    ("THU", Weekday::Thursday),
    ("FRI", Weekday::Friday),
    ("SAT", Weekday::Saturday),
    ("SUN", Weekday::Sunday),
];

/// One entry of `datasets`.
pub fn dataset() -> impl Reader<Out = Dataset> {
    record("a data set", |m| {
        let table = m.optional("table", "The table of this pipeline that it shows.", text_of(&rules::TABLE).spanned());
        let query = m.optional("query", "The named query that it shows.", text_of(&rules::QUERY).spanned());
        m.exactly_one(&["table", "query"]);
        let import_mode = m.or(
            "import_mode",
            "Where its rows lie. spice: in QuickSight's memory, read anew by runs and refreshes; direct_query: in Athena.",
            choice(MODES),
            "spice",
        );
        let refresh = m.optional(
            "refresh",
            "When SPICE reads it anew by itself, in UTC: off, hourly, daily HH:MM or weekly MON HH:MM; by default an hour after \
             `schedule`, when there is one.",
            text_of(&rules::REFRESH).try_map(|text, _| refresh(&text)).spanned(),
        );
        let columns = m.listed(
            "columns",
            "Types of a query's columns, where they cannot be known from its SQL: name to type.",
            map_of_columns(text_of(&rules::NOT_EMPTY).spanned()),
        );
        let calculated_fields = m.listed(
            "calculated_fields",
            "Further columns: name to expression in the portable dialect, over the data set's columns.",
            map_of(&rules::NEW_COLUMN, text_of(&rules::NOT_EMPTY).spanned()),
        );
        if import_mode == Some(ImportMode::DirectQuery) && matches!(&refresh, Some(Some(at)) if at.value.is_some()) {
            m.fault(
                Error::manifest("misplaced-key", "a data set that asks Athena directly is never refreshed")
                    .at(m.place("refresh"))
                    .with_help("remove `refresh`, or use `import_mode: spice`"),
            );
        }
        let from = table?.map(DatasetFrom::Table).or(query?.map(DatasetFrom::Query));
        Some(Dataset {
            from: from?,
            import_mode: import_mode?,
            refresh: refresh?,
            columns: columns?,
            calculated_fields: calculated_fields?,
        })
    })
}

/// `off`, `hourly`, `daily HH:MM`, `weekly MON HH:MM`; the rule has seen to the shape.
fn refresh(text: &str) -> Result<Option<Refresh>> {
    let at = |time: &str| {
        let (hour, minute) = time.split_once(':')?;
        let (hour, minute) = (hour.parse().ok()?, minute.parse().ok()?);
        (hour < 24 && minute < 60).then_some((hour, minute))
    };
    let words: Vec<&str> = text.split(' ').collect();
    let read = match words.as_slice() {
        ["off"] => Some(None),
        ["hourly"] => Some(Some(Refresh::Hourly)),
        ["daily", time] => at(time).map(|(hour, minute)| Some(Refresh::Daily(hour, minute))),
        ["weekly", day, time] => DAYS
            .iter()
            .find(|(name, _)| name == day)
            .zip(at(time))
            .map(|((_, day), (hour, minute))| Some(Refresh::Weekly(*day, hour, minute))),
        _ => None,
    };
    read.ok_or_else(|| {
        Error::manifest("invalid-value", format!("`{text}` is not a refresh")).with_expected(rules::REFRESH.expected)
    })
}
