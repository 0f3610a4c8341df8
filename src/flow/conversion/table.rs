//! The conversion table in words, with examples that the reference itself answers; docs/conversions.md is written from
//! it.

use std::fmt::Write;

use super::grammar::DATE_FORMATS;
use super::{Value, allowed, canonical_text, convert_text};
use crate::flow::types::DataType;

/// One target type's rule for text.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The target as people write it.
    pub to: &'static str,
    /// A concrete type for the examples.
    pub example_type: &'static str,
    /// What converts.
    pub rule: &'static str,
    /// Texts to show.
    pub examples: &'static [&'static str],
}

/// The rules for text, by target type.
pub const TEXT_RULES: [Rule; 9] = [
    Rule {
        to: "`string`",
        example_type: "string",
        rule: "The text as it is, white space included.",
        examples: &["Ágætis byrjun", " padded "],
    },
    Rule {
        to: "`boolean`",
        example_type: "boolean",
        rule: "`true`, `t`, `yes`, `y`, `1` and `false`, `f`, `no`, `n`, `0`, in any case.",
        examples: &["True", "no", "1", "on", "1.0"],
    },
    Rule {
        to: "`int`, `bigint`",
        example_type: "int",
        rule: "A sign or none, and digits; also with a point and nothing but zeros behind it. What the type cannot hold \
               is NULL, and so is anything with a fraction or an exponent.",
        examples: &["250", "+7", "250.0", "250.9", "1e3", "0x1F", "2147483648"],
    },
    Rule {
        to: "`float`, `double`",
        example_type: "double",
        rule: "Digits with or without a point and an exponent, rounded to the nearest. Too large is NULL; so are `NaN`, \
               `Infinity`, type suffixes and hexadecimal digits.",
        examples: &["0.25", ".5", "-1e-3", "1.5f", "NaN", "1e999"],
    },
    Rule {
        to: "`decimal(p,s)`",
        example_type: "decimal(4,2)",
        rule: "Digits with or without a point, no exponent; rounded half away from zero to `s` digits after the point. \
               What then has more than `p` digits is NULL.",
        examples: &["12.5", "1.005", "-1.005", "99.995", "1e1"],
    },
    Rule {
        to: "`date`",
        example_type: "date",
        rule: "`yyyy-MM-dd` of the years 0001 to 9999, a day that the calendar has (Gregorian throughout). A time of day \
               and a zone may follow as in `timestamp`; the date is the date as written. `format:` accepts a further \
               pattern, below.",
        examples: &[
            "2015-06-09",
            "2015-06-09 00:00:00 UTC",
            "2015-06-09T23:00-05:00",
            "2015-02-30",
            "2015",
            "20150609",
        ],
    },
    Rule {
        to: "`timestamp`",
        example_type: "timestamp",
        rule: "`yyyy-MM-dd`, a space or `T`, `HH:mm`, then or not `:ss` and a fraction of one to nine digits (cut off after \
               six), then or not `UTC`, `Z` or `+hh:mm` with or without a space before it. No zone is UTC; a date alone is \
               its midnight.",
        examples: &[
            "2015-06-09 07:08",
            "2015-06-09T07:08:09.123456789Z",
            "2015-06-09 00:30 +05:30",
            "2015-06-09",
            "2015-06-09 24:00",
        ],
    },
    Rule {
        to: "`array<T>`",
        example_type: "array<string>",
        rule: "A JSON array or a Python list literal of texts in double or single quotes, numbers, `True`/`true`, \
               `False`/`false`, and `None`/`null` for NULL. Escapes: `\\\\ \\' \\\" \\/ \\b \\f \\n \\r \\t \\xHH \\uHHHH`. Each \
               element converts to `T` by this table; if one does not, or the list is malformed, the whole value is NULL. \
               Lists and objects stand in the list when `T` is an array or a struct.",
        examples: &["['pop', \"children's music\"]", "[]", "[1, None]", "['pop'", "pop, rock"],
    },
    Rule {
        to: "`struct<...>`",
        example_type: "struct<a:int,b:array<date>>",
        rule: "A JSON object or a Python dict literal, written with the same texts, numbers and words. Names match in any \
               case; one that is missing is a NULL field, one that the struct has not is not read. If a field does not convert, \
               or a name stands twice, the whole value is NULL.",
        examples: &["{\"A\": 1, \"b\": [\"2015-06-09\"]}", "{'a': None}", "{'a': 'x'}", "[1]"],
    },
];

/// The rules for typed values, in words.
const TYPED_RULES: [(&str, &str, &str); 7] = [
    ("any type", "itself", "The value."),
    (
        "`int`, `bigint`, `float`, `double`, `decimal`",
        "`int`, `bigint`",
        "A whole number that the type can hold; anything with a fraction is NULL.",
    ),
    (
        "`int`, `bigint`, `float`, `double`, `decimal`",
        "`float`, `double`",
        "Rounded to the nearest; a finite number too large for float is NULL.",
    ),
    (
        "`int`, `bigint`, `float`, `double`, `decimal`",
        "`decimal(p,s)`",
        "Rounded half away from zero, a float or double by the shortest decimal that reads back as it; what then has more \
         than `p` digits is NULL.",
    ),
    ("`date`", "`timestamp`", "Its midnight."),
    ("`timestamp`", "`date`", "Its day in UTC."),
    (
        "`boolean`, `int`, `bigint`, `date`, `timestamp`, `decimal` of at most six digits after the point",
        "`string`",
        "`true` or `false`; digits; `yyyy-MM-dd`; `yyyy-MM-dd HH:mm:ss` with a fraction where there is one; exactly `s` \
         digits after the point.",
    ),
];

/// The page docs/conversions.md.
pub fn page() -> String {
    let mut page = String::from(
        "# Conversions\n\n\
         What a text, or a value of one type, becomes in another type: in a source's `columns`, in `change_schema`, in \
         `cast(x as t)`. One table for both engines; neither engine's own CAST is used, because they differ.\n\n\
         - An empty field, and a quoted empty one, is NULL before any of this, and is not counted.\n\
         - Spaces, tabs and line ends around a text are not looked at (but stay in a `string`).\n\
         - What does not convert becomes NULL, is counted, and is reported. Above `max_cast_loss` (a share of the values \
         that were not NULL) the run fails before anything is published.\n\n\
         This page is written from the code: `PIPECTL_REGENERATE=1 cargo test conversions_page`.\n\n\
         ## From text\n\n",
    );
    for rule in &TEXT_RULES {
        let _ = writeln!(page, "### {}\n\n{}\n", rule.to, rule.rule);
        if !rule.examples.is_empty() {
            page.push_str(&examples(rule));
        }
    }
    page.push_str("## Further date patterns\n\n| `format:` | accepts also |\n|---|---|\n");
    for format in &DATE_FORMATS {
        let written = format.pattern.replace("yyyy", "2015").replace("MM", "06").replace("dd", "09");
        let date = convert_text(&written, &DataType::Date, Some(format.pattern));
        let _ = writeln!(page, "| `{}` | `{written}` as {} |", format.pattern, shown(date, &DataType::Date));
    }
    page.push_str("\n## From typed values\n\n| from | to | value |\n|---|---|---|\n");
    for (from, to, rule) in &TYPED_RULES {
        let _ = writeln!(page, "| {from} | {to} | {rule} |");
    }
    page.push_str("\nEverything else is refused by `validate`:\n\n");
    page.push_str(&matrix());
    page
}

fn examples(rule: &Rule) -> String {
    let data_type: DataType = rule.example_type.parse().expect("an example's type");
    let mut table = format!("| text | as `{data_type}` |\n|---|---|\n");
    for text in rule.examples {
        let _ = writeln!(table, "| `{text}` | {} |", shown(convert_text(text, &data_type, None), &data_type));
    }
    table.push('\n');
    table
}

/// A value as the page shows it.
fn shown(value: Option<Value>, data_type: &DataType) -> String {
    fn plain(value: &Value, data_type: &DataType) -> String {
        match (value, data_type) {
            (Value::Double(f), _) => f.to_string(),
            (Value::Float(f), _) => f.to_string(),
            (Value::List(items), DataType::Array(element)) => {
                let item = |item: &Option<Value>| item.as_ref().map_or("NULL".to_string(), |item| plain(item, element));
                format!("[{}]", items.iter().map(item).collect::<Vec<_>>().join("; "))
            }
            (Value::Struct(values), DataType::Struct(fields)) => {
                let field = |(value, (name, to)): (&Option<Value>, &(String, DataType))| {
                    format!("{name}: {}", value.as_ref().map_or("NULL".to_string(), |value| plain(value, to)))
                };
                format!("({})", values.iter().zip(fields).map(field).collect::<Vec<_>>().join("; "))
            }
            _ => canonical_text(value, data_type).unwrap_or_default(),
        }
    }
    value.map_or("NULL".to_string(), |value| format!("`{}`", plain(&value, data_type)))
}

/// Which type converts to which, for one type of each kind.
fn matrix() -> String {
    let names = [
        "string",
        "boolean",
        "int",
        "bigint",
        "float",
        "double",
        "decimal(10,2)",
        "date",
        "timestamp",
        "array<string>",
        "struct<a:int>",
    ];
    let types: Vec<DataType> = names.iter().map(|name| name.parse().expect("a type's name")).collect();
    let mut table = format!("| from \\ to | {} |\n|---|{}\n", names.join(" | "), "---|".repeat(names.len()));
    for from in &types {
        let cells: Vec<&str> = types.iter().map(|to| if allowed(from, to) { "yes" } else { "-" }).collect();
        let _ = writeln!(table, "| {from} | {} |", cells.join(" | "));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_conversions_page_is_what_the_code_does() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/conversions.md");
        if std::env::var_os("PIPECTL_REGENERATE").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, page()).unwrap();
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(written, page(), "docs/conversions.md is stale: PIPECTL_REGENERATE=1 cargo test conversions_page");
    }
}
