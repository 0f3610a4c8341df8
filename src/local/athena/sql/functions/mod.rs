//! Scalar functions by name: overloads, Trino's coercions of their arguments, and what each does.

mod arrays;
mod date_formats;
mod dates;
mod json;
mod names;
mod numbers;
mod regexps;
mod rounding;
mod strings;

use std::collections::HashMap;
use std::sync::OnceLock;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;

use super::failure::{Failure, Outcome};
use super::kernel::{Kernel, Run};
use super::typed::{Typed, common};
use super::types;

pub use names::{ATHENA_ONLY, is_trinos};

/// What an argument must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Param {
    Text,
    Bigint,
    Double,
    Boolean,
    Date,
    /// A timestamp with or without a zone, or a date.
    Moment,
    /// A timestamp without a zone.
    Timestamp,
    Texts,
    Binary,
}

impl Param {
    fn data_type(self) -> DataType {
        match self {
            Param::Text => DataType::Utf8,
            Param::Bigint => DataType::Int64,
            Param::Double => DataType::Float64,
            Param::Boolean => DataType::Boolean,
            Param::Date => DataType::Date32,
            Param::Moment | Param::Timestamp => types::TIMESTAMP,
            Param::Texts => types::list_of(DataType::Utf8),
            Param::Binary => DataType::Binary,
        }
    }

    /// The argument as this parameter takes it.
    fn take(self, arg: &Typed) -> Option<Typed> {
        let to = self.data_type();
        if self == Param::Moment && matches!(arg.data_type, DataType::Timestamp(_, Some(_))) {
            return super::cast::cast(arg.clone(), &to).ok();
        }
        (common(&arg.data_type, &to).as_ref() == Some(&to)).then(|| arg.clone().coerced(&to))
    }
}

/// One form of a function.
#[derive(Clone, Copy)]
struct Overload {
    params: &'static [Param],
    returns: Param,
    run: Run,
}

/// A function of fixed forms.
type Entry = (&'static str, &'static [Overload]);

/// A function whose result depends on its arguments' types.
type Special = fn(&'static str, Vec<Typed>) -> Outcome<Typed>;

fn entries() -> &'static HashMap<&'static str, &'static [Overload]> {
    static ENTRIES: OnceLock<HashMap<&'static str, &'static [Overload]>> = OnceLock::new();
    ENTRIES.get_or_init(|| {
        let groups = [
            strings::ENTRIES,
            regexps::ENTRIES,
            numbers::ENTRIES,
            dates::ENTRIES,
            date_formats::ENTRIES,
            json::ENTRIES,
            arrays::ENTRIES,
        ];
        groups.into_iter().flatten().map(|(name, overloads)| (*name, *overloads)).collect()
    })
}

fn specials() -> &'static HashMap<&'static str, (&'static str, Special)> {
    static SPECIALS: OnceLock<HashMap<&'static str, (&'static str, Special)>> = OnceLock::new();
    SPECIALS.get_or_init(|| {
        let groups = [strings::SPECIALS, numbers::SPECIALS, rounding::SPECIALS, dates::SPECIALS, arrays::SPECIALS];
        groups.into_iter().flatten().map(|(name, special)| (*name, (*name, *special))).collect()
    })
}

/// Calls the scalar function of that name; `None` when there is none.
pub fn scalar(name: &str, args: Vec<Typed>) -> Option<Outcome<Typed>> {
    if let Some((name, special)) = specials().get(name) {
        return Some(special(name, args));
    }
    let (name, overloads) = entries().get_key_value(name)?;
    let bare = |place: usize| args.get(place).is_some_and(|a| a.data_type == DataType::Null);
    // Forms for texts and for bytes or JSON that return another type each: a bare NULL fits them all.
    let ambiguous = match *name {
        "substr" | "json_extract_scalar" => bare(0),
        "lpad" | "rpad" => bare(0) && bare(2),
        _ => false,
    };
    let of_interval = |a: &Typed| a.data_type == types::DAY_TIME || a.data_type == types::YEAR_MONTH;
    if args.len() == 1 && of_interval(&args[0]) && matches!(overloads[0].params, [Param::Moment]) {
        return Some(Err(Failure::athena_only(format!("{name} of an interval"))));
    }
    if *name == "width_bucket" && args.len() == 2 {
        return Some(Err(Failure::athena_only("width_bucket with a list of bounds")));
    }
    let found = overloads.iter().filter(|o| o.params.len() == args.len()).find_map(|overload| {
        let taken =
            overload.params.iter().zip(&args).map(|(param, arg)| param.take(arg)).collect::<Option<Vec<_>>>()?;
        Some(Kernel::call(name, overload.run, taken, overload.returns.data_type()))
    });
    if ambiguous && found.is_some() {
        return Some(Err(Failure::ambiguous()));
    }
    Some(found.ok_or_else(|| {
        let forms = overloads.iter().map(|o| {
            let params: Vec<_> = o.params.iter().map(|p| types::name(&p.data_type())).collect();
            format!("{name}({})", params.join(", "))
        });
        unexpected(name, &args, &forms.collect::<Vec<_>>().join(", "))
    }))
}

/// A function that [`scalar`] translates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translated {
    /// Its name.
    pub name: &'static str,
    /// What its arguments must be, for each of its forms: `text`, `bigint`, `moment`. Empty when the function looks at the
    /// arguments' types itself.
    pub forms: Vec<Vec<String>>,
}

/// Every function that [`scalar`] translates, by name.
pub fn translated() -> Vec<Translated> {
    let kinds = |overload: &Overload| overload.params.iter().map(|param| format!("{param:?}").to_lowercase()).collect();
    let fixed = entries().iter().map(|(name, forms)| Translated { name, forms: forms.iter().map(kinds).collect() });
    let mut all: Vec<_> = fixed.chain(specials().keys().map(|name| Translated { name, forms: Vec::new() })).collect();
    all.sort_by_key(|function| function.name);
    all
}

/// The failure of a call with other arguments than the function takes.
fn unexpected(name: &str, args: &[Typed], forms: &str) -> Failure {
    let kinds: Vec<_> = args.iter().map(Typed::type_name).collect();
    let message = format!("Unexpected parameters ({}) for function {name}. Expected: {forms}", kinds.join(", "));
    Failure::new("FUNCTION_NOT_FOUND", message)
}

/// A function that is called without parentheses; `now` in milliseconds since 1970.
pub fn niladic(name: &str, now: i64) -> Option<Typed> {
    Some(Typed::literal(match name {
        "current_date" => ScalarValue::Date32(Some(now.div_euclid(86_400_000) as i32)),
        "current_timestamp" => ScalarValue::TimestampMillisecond(Some(now), Some("UTC".into())),
        "localtimestamp" => ScalarValue::TimestampMillisecond(Some(now), None),
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_in_one_group() {
        let groups = [
            strings::ENTRIES,
            regexps::ENTRIES,
            numbers::ENTRIES,
            dates::ENTRIES,
            date_formats::ENTRIES,
            json::ENTRIES,
            arrays::ENTRIES,
        ];
        let entries = groups.into_iter().flatten().map(|(name, _)| *name);
        let groups = [strings::SPECIALS, numbers::SPECIALS, rounding::SPECIALS, dates::SPECIALS, arrays::SPECIALS];
        let mut all: Vec<_> = entries.chain(groups.into_iter().flatten().map(|(name, _)| *name)).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        assert!(all.iter().all(|name| !names::ATHENA_ONLY.contains(name)));
    }
}
