//! The conversion table as Spark columns: helpers of `python/conversions.py`, which take their regular expressions from
//! [`crate::flow::conversion::grammar`].

use super::layout::Py;
use crate::flow::conversion::grammar;
use crate::flow::types::DataType::{
    self, Array, Bigint, Boolean, Date, Decimal, Double, Float, Int, String, Struct, Timestamp,
};

/// `value` of type `from` as type `to`; NULL where it does not convert.
pub fn converted(value: Py, from: &DataType, to: &DataType, format: Option<&str>) -> Py {
    let cast = |value: Py, to: &DataType| value.method("cast", [Py::string(to.to_string())]);
    match (from, to) {
        _ if from == to => value,
        (String, _) => from_text(value, to, format),
        (Bigint, Int) => Py::call("bigint_to_int", [value]),
        (Float | Double, Int | Bigint) => with_kind("number_to_integer", value, to),
        (Decimal(..), Int | Bigint) => with_kind("decimal_to_integer", value, to),
        (Double, Float) => Py::call("narrowed", [value]),
        // As the double that it is, not by its own shorter text.
        (Float, Decimal(..)) => cast(cast(value, &Double), to),
        // Cannot fail, or is NULL out of range, or rounds half away from zero: as the table has it.
        _ => cast(value, to),
    }
}

/// Whether no value that is not NULL becomes NULL: nothing to count.
pub fn is_lossless(from: &DataType, to: &DataType) -> bool {
    from == to
        || matches!(
            (from, to),
            (_, String)
                | (Int, Bigint | Float | Double)
                | (Bigint | Float, Double)
                | (Bigint, Float)
                | (Date, Timestamp)
                | (Timestamp, Date)
        )
}

fn with_kind(helper: &str, value: Py, to: &DataType) -> Py {
    Py::call(helper, [value, Py::string(to.to_string())])
}

fn from_text(text: Py, to: &DataType, format: Option<&str>) -> Py {
    match to {
        String => text,
        Boolean => Py::call("text_to_boolean", [text]),
        Int | Bigint => with_kind("text_to_integer", text, to),
        Float | Double => with_kind("text_to_number", text, to),
        Decimal(..) => with_kind("text_to_decimal", text, to),
        Date => match format.and_then(grammar::date_format) {
            Some(format) => Py::call("text_to_date_or", [text, Py::string(format.pattern)]),
            None => Py::call("text_to_date", [text]),
        },
        Timestamp => Py::call("text_to_timestamp", [text]),
        Array(element) if **element == String => Py::call("text_to_list", [text]),
        Array(element) if !element.is_scalar() => Py::call("text_to_nested", [text, nested(to, format)]),
        Array(element) => match from_text(Py::text("item"), element, format) {
            Py::Call(head, arguments) if arguments.len() == 1 => Py::call("text_to_list", [text, Py::text(head)]),
            item => Py::call("text_to_list", [text, Py::text(format!("lambda item: {}", item.flat()))]),
        },
        Struct(_) => Py::call("text_to_nested", [text, nested(to, format)]),
    }
}

/// What `text_to_nested` needs to know of a type: a dict for a struct, a list for an array, else the conversion.
fn nested(to: &DataType, format: Option<&str>) -> Py {
    match to {
        Struct(fields) => {
            Py::Dict(fields.iter().map(|(name, field)| (Py::string(name), nested(field, format))).collect())
        }
        Array(element) => Py::List(vec![nested(element, format)]),
        String => Py::text("as_it_is"),
        scalar => match from_text(Py::text("text"), scalar, format) {
            Py::Call(head, arguments) if arguments.len() == 1 => Py::text(head),
            value => Py::text(format!("lambda text: {}", value.flat())),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn python(from: &str, to: &str, format: Option<&str>) -> std::string::String {
        converted(Py::text("x"), &from.parse().unwrap(), &to.parse().unwrap(), format).flat()
    }

    #[test]
    fn texts() {
        assert_eq!(python("string", "int", None), r#"text_to_integer(x, "int")"#);
        assert_eq!(python("string", "date", None), "text_to_date(x)");
        assert_eq!(python("string", "array<date>", None), "text_to_list(x, text_to_date)");
        assert_eq!(
            python("string", "array<decimal(4,2)>", None),
            r#"text_to_list(x, lambda item: text_to_decimal(item, "decimal(4,2)"))"#
        );
        assert_eq!(
            python("string", "array<struct<a:string,b:array<int>,c:date>>", None),
            r#"text_to_nested(x, [{"a": as_it_is, "b": [lambda text: text_to_integer(text, "int")], "c": text_to_date}])"#
        );
        assert_eq!(python("string", "date", Some("yyyyMMdd")), r#"text_to_date_or(x, "yyyyMMdd")"#);
    }

    #[test]
    fn typed_values() {
        assert_eq!(python("bigint", "int", None), "bigint_to_int(x)");
        assert_eq!(python("double", "bigint", None), r#"number_to_integer(x, "bigint")"#);
        assert_eq!(python("timestamp", "string", None), r#"x.cast("string")"#);
        assert_eq!(python("int", "int", None), "x");
    }
}
