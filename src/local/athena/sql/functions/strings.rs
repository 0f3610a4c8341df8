//! Functions of text. Lengths and places count Unicode code points.

use datafusion::arrow::array::{ArrayRef, AsArray, ListBuilder, StringBuilder};
use datafusion::arrow::datatypes::{DataType, Int32Type, Int64Type};
use datafusion::common::ScalarValue;
use md5::Digest;

use super::super::failure::{Failure, Outcome};
use super::super::kernel::{Call, Kernel, Run, at};
use super::super::typed::Typed;
use super::super::{operators, types};
use super::Param::{Bigint, Binary, Boolean, Text, Texts};
use super::{Entry, Overload, Special, unexpected};

pub(super) const ENTRIES: &[Entry] = &[
    (
        "length",
        &[
            Overload { params: &[Text], returns: Bigint, run: |c| counts(c, |s| s.chars().count() as i64) },
            Overload { params: &[Binary], returns: Bigint, run: bytes },
        ],
    ),
    ("lower", &[Overload { params: &[Text], returns: Text, run: |c| mapped(c, |s| s.chars().map(lower).collect()) }]),
    ("upper", &[Overload { params: &[Text], returns: Text, run: |c| mapped(c, |s| s.chars().map(upper).collect()) }]),
    (
        "trim",
        &[
            Overload { params: &[Text], returns: Text, run: |c| mapped(c, |s| s.trim_matches(is_space).to_owned()) },
            Overload { params: &[Text, Text], returns: Text, run: |c| trimmed(c, true, true) },
        ],
    ),
    (
        "ltrim",
        &[
            Overload {
                params: &[Text],
                returns: Text,
                run: |c| mapped(c, |s| s.trim_start_matches(is_space).to_owned()),
            },
            Overload { params: &[Text, Text], returns: Text, run: |c| trimmed(c, true, false) },
        ],
    ),
    (
        "rtrim",
        &[
            Overload {
                params: &[Text],
                returns: Text,
                run: |c| mapped(c, |s| s.trim_end_matches(is_space).to_owned()),
            },
            Overload { params: &[Text, Text], returns: Text, run: |c| trimmed(c, false, true) },
        ],
    ),
    ("substr", SUBSTR),
    ("substring", &[SUBSTR[0], SUBSTR[1]]),
    (
        "replace",
        &[
            Overload {
                params: &[Text, Text],
                returns: Text,
                run: |c| zipped(c, |s, find| Ok(Some(s.replace(find, "")))),
            },
            Overload { params: &[Text, Text, Text], returns: Text, run: replace },
        ],
    ),
    (
        "strpos",
        &[
            Overload { params: &[Text, Text], returns: Bigint, run: strpos },
            Overload { params: &[Text, Text, Bigint], returns: Bigint, run: strpos },
        ],
    ),
    (
        "starts_with",
        &[Overload { params: &[Text, Text], returns: Boolean, run: |c| tested(c, |s, p| s.starts_with(p)) }],
    ),
    (
        "split",
        &[
            Overload { params: &[Text, Text], returns: Texts, run: split },
            Overload { params: &[Text, Text, Bigint], returns: Texts, run: split },
        ],
    ),
    ("split_part", &[Overload { params: &[Text, Text, Bigint], returns: Text, run: split_part }]),
    ("lpad", &[Overload { params: &[Text, Bigint, Text], returns: Text, run: |c| padded(c, true) }]),
    ("rpad", &[Overload { params: &[Text, Bigint, Text], returns: Text, run: |c| padded(c, false) }]),
    ("chr", &[Overload { params: &[Bigint], returns: Text, run: chr }]),
    ("translate", &[Overload { params: &[Text, Text, Text], returns: Text, run: translate }]),
    ("levenshtein_distance", &[Overload { params: &[Text, Text], returns: Bigint, run: levenshtein }]),
    ("hamming_distance", &[Overload { params: &[Text, Text], returns: Bigint, run: hamming }]),
    ("from_utf8", &[Overload { params: &[Binary], returns: Text, run: from_utf8 }]),
    ("to_utf8", &[Overload { params: &[Text], returns: Binary, run: to_utf8 }]),
    ("md5", &[Overload { params: &[Binary], returns: Binary, run: |c| digest(c, |b| md5::Md5::digest(b).to_vec()) }]),
    (
        "sha256",
        &[Overload { params: &[Binary], returns: Binary, run: |c| digest(c, |b| sha2::Sha256::digest(b).to_vec()) }],
    ),
    (
        "sha512",
        &[Overload { params: &[Binary], returns: Binary, run: |c| digest(c, |b| sha2::Sha512::digest(b).to_vec()) }],
    ),
    ("to_hex", &[Overload { params: &[Binary], returns: Text, run: to_hex }]),
    ("to_base64", &[Overload { params: &[Binary], returns: Text, run: to_base64 }]),
];

const SUBSTR: &[Overload] = &[
    Overload { params: &[Text, Bigint], returns: Text, run: substr },
    Overload { params: &[Text, Bigint, Bigint], returns: Text, run: substr },
    Overload { params: &[Binary, Bigint], returns: Binary, run: part_of_bytes },
    Overload { params: &[Binary, Bigint, Bigint], returns: Binary, run: part_of_bytes },
];

pub(super) const SPECIALS: &[(&str, Special)] =
    &[("concat", concat), ("concat_ws", concat_ws), ("codepoint", codepoint)];

/// Java's `Character.isWhitespace`: spaces that break a line, and some control characters.
fn is_space(c: char) -> bool {
    match c {
        '\u{a0}' | '\u{2007}' | '\u{202f}' | '\u{85}' => false,
        '\u{1c}'..='\u{1f}' => true,
        c => c.is_whitespace(),
    }
}

/// Java's `Character.toLowerCase`: one character for one.
fn lower(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

/// Java's `Character.toUpperCase`: one character for one, `ß` stays.
fn upper(c: char) -> char {
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

fn mapped(c: &Call<'_>, f: impl Fn(&str) -> String) -> Outcome<ArrayRef> {
    let texts = c.args[0].as_string::<i32>();
    c.texts(|i| Ok(at(texts, i).map(&f)))
}

fn bytes(c: &Call<'_>) -> Outcome<ArrayRef> {
    let bytes = c.args[0].as_binary::<i32>();
    c.primitives::<Int64Type>(|i| Ok(at(bytes, i).map(|b| b.len() as i64)))
}

fn counts(c: &Call<'_>, f: impl Fn(&str) -> i64) -> Outcome<ArrayRef> {
    let texts = c.args[0].as_string::<i32>();
    c.primitives::<Int64Type>(|i| Ok(at(texts, i).map(&f)))
}

fn zipped(c: &Call<'_>, f: impl Fn(&str, &str) -> Outcome<Option<String>>) -> Outcome<ArrayRef> {
    let (a, b) = (c.args[0].as_string::<i32>(), c.args[1].as_string::<i32>());
    c.texts(|i| at(a, i).zip(at(b, i)).map_or(Ok(None), |(a, b)| f(a, b)))
}

fn tested(c: &Call<'_>, f: impl Fn(&str, &str) -> bool) -> Outcome<ArrayRef> {
    let (a, b) = (c.args[0].as_string::<i32>(), c.args[1].as_string::<i32>());
    c.booleans(|i| Ok(at(a, i).zip(at(b, i)).map(|(a, b)| f(a, b))))
}

fn trimmed(c: &Call<'_>, start: bool, end: bool) -> Outcome<ArrayRef> {
    zipped(c, |text, set| {
        let cut = |ch: char| set.contains(ch);
        let text = if start { text.trim_start_matches(cut) } else { text };
        Ok(Some(if end { text.trim_end_matches(cut) } else { text }.to_owned()))
    })
}

/// From 1, negative from the end; a start of 0 or beyond the text is empty.
fn substr(c: &Call<'_>) -> Outcome<ArrayRef> {
    let texts = c.args[0].as_string::<i32>();
    c.texts(|i| {
        let Some((text, (start, length))) = at(texts, i).zip(part(c, i)) else { return Ok(None) };
        let range = picked(text.chars().count(), start, length);
        Ok(Some(text.chars().skip(range.start).take(range.len()).collect::<String>()))
    })
}

fn part_of_bytes(c: &Call<'_>) -> Outcome<ArrayRef> {
    let bytes = c.args[0].as_binary::<i32>();
    Ok(binaries(c, |i| {
        let (bytes, (start, length)) = at(bytes, i).zip(part(c, i))?;
        Some(bytes[picked(bytes.len(), start, length)].to_vec())
    }))
}

/// The start and length that a row asks for.
fn part(c: &Call<'_>, row: usize) -> Option<(i64, i64)> {
    let start = at(c.args[1].as_primitive::<Int64Type>(), row)?;
    let length = match c.args.get(2) {
        None => i64::MAX,
        Some(lengths) => at(lengths.as_primitive::<Int64Type>(), row)?,
    };
    Some((start, length))
}

/// The places of a part within so many.
fn picked(whole: usize, start: i64, length: i64) -> std::ops::Range<usize> {
    let from = if start < 0 { (whole as i64).saturating_add(start) } else { start - 1 };
    if start == 0 || from < 0 || from >= whole as i64 || length <= 0 {
        return 0..0;
    }
    from as usize..from.saturating_add(length).min(whole as i64) as usize
}

/// An empty text to find puts the replacement around every character, as Trino does.
fn replace(c: &Call<'_>) -> Outcome<ArrayRef> {
    let with = c.args[2].as_string::<i32>();
    let (a, b) = (c.args[0].as_string::<i32>(), c.args[1].as_string::<i32>());
    c.texts(|i| {
        let (Some(text), Some(find), Some(with)) = (at(a, i), at(b, i), at(with, i)) else { return Ok(None) };
        Ok(Some(text.replace(find, with)))
    })
}

/// Where the text is found, from 1; the third argument says which of its places, a negative one from the end.
fn strpos(c: &Call<'_>) -> Outcome<ArrayRef> {
    let (a, b) = (c.args[0].as_string::<i32>(), c.args[1].as_string::<i32>());
    let instances = c.args.get(2).map(|a| a.as_primitive::<Int64Type>());
    c.primitives::<Int64Type>(|i| {
        let instance = instances.map_or(Some(1), |instances| at(instances, i));
        let (Some(text), Some(find), Some(instance)) = (at(a, i), at(b, i), instance) else { return Ok(None) };
        if instance == 0 || instance == i64::MIN {
            let message = "'instance' must be a positive or negative number.";
            return Err(Failure::new("INVALID_FUNCTION_ARGUMENT", message));
        }
        if find.is_empty() {
            return Ok(Some(1));
        }
        // Places may overlap.
        let starts = text.char_indices().enumerate().filter(|(_, (byte, _))| text[*byte..].starts_with(find));
        let places: Vec<usize> = starts.map(|(place, _)| place + 1).collect();
        let nth = usize::try_from(instance.unsigned_abs() - 1).unwrap_or(usize::MAX);
        let found = if instance > 0 { places.get(nth) } else { places.iter().rev().nth(nth) };
        Ok(Some(found.map_or(0, |place| *place as i64)))
    })
}

fn split(c: &Call<'_>) -> Outcome<ArrayRef> {
    let (texts, delimiters) = (c.args[0].as_string::<i32>(), c.args[1].as_string::<i32>());
    let limits = c.args.get(2).map(|a| a.as_primitive::<Int64Type>());
    let mut lists = ListBuilder::new(StringBuilder::new());
    for i in 0..c.rows {
        let limit = limits.map_or(Some(i64::MAX), |l| at(l, i));
        let (Some(text), Some(delimiter), Some(limit)) = (at(texts, i), at(delimiters, i), limit) else {
            lists.append_null();
            continue;
        };
        if limit <= 0 {
            return Err(Failure::new("INVALID_FUNCTION_ARGUMENT", "Limit must be positive"));
        }
        if limits.is_some() && limit > i64::from(i32::MAX) {
            return Err(Failure::new("INVALID_FUNCTION_ARGUMENT", "Limit is too large"));
        }
        if delimiter.is_empty() {
            return Err(Failure::new("INVALID_FUNCTION_ARGUMENT", "The delimiter may not be the empty string"));
        }
        let parts = text.splitn(usize::try_from(limit).unwrap_or(usize::MAX), delimiter);
        lists.append_value(parts.map(Some));
    }
    Ok(std::sync::Arc::new(lists.finish()))
}

fn split_part(c: &Call<'_>) -> Outcome<ArrayRef> {
    let indexes = c.args[2].as_primitive::<Int64Type>();
    let (texts, delimiters) = (c.args[0].as_string::<i32>(), c.args[1].as_string::<i32>());
    c.texts(|i| {
        let (Some(text), Some(delimiter), Some(index)) = (at(texts, i), at(delimiters, i), at(indexes, i)) else {
            return Ok(None);
        };
        if index <= 0 {
            return Err(Failure::new("INVALID_FUNCTION_ARGUMENT", "Index must be greater than zero"));
        }
        let index = index as usize - 1;
        Ok(if delimiter.is_empty() {
            text.chars().nth(index).map(|c| c.to_string())
        } else {
            text.split(delimiter).nth(index).map(str::to_owned)
        })
    })
}

fn padded(c: &Call<'_>, left: bool) -> Outcome<ArrayRef> {
    let (texts, sizes, pads) =
        (c.args[0].as_string::<i32>(), c.args[1].as_primitive::<Int64Type>(), c.args[2].as_string::<i32>());
    c.texts(|i| {
        let (Some(text), Some(size), Some(pad)) = (at(texts, i), at(sizes, i), at(pads, i)) else { return Ok(None) };
        let Ok(size) = i32::try_from(size).and_then(usize::try_from) else {
            let message = "Target length must be in the range [0..2147483647]";
            return Err(Failure::new("INVALID_FUNCTION_ARGUMENT", message));
        };
        if pad.is_empty() {
            return Err(Failure::new("INVALID_FUNCTION_ARGUMENT", "Padding string must not be empty"));
        }
        let length = text.chars().count();
        if length >= size {
            return Ok(Some(text.chars().take(size).collect()));
        }
        let padding: String = pad.chars().cycle().take(size - length).collect();
        Ok(Some(if left { padding + text } else { text.to_owned() + &padding }))
    })
}

fn chr(c: &Call<'_>) -> Outcome<ArrayRef> {
    let codes = c.args[0].as_primitive::<Int64Type>();
    c.texts(|i| {
        let Some(code) = at(codes, i) else { return Ok(None) };
        let bad = || Failure::new("INVALID_FUNCTION_ARGUMENT", format!("Not a valid Unicode code point: {code}"));
        u32::try_from(code).ok().and_then(char::from_u32).map(|c| Some(c.to_string())).ok_or_else(bad)
    })
}

fn translate(c: &Call<'_>) -> Outcome<ArrayRef> {
    let columns: Vec<_> = c.args.iter().map(|a| a.as_string::<i32>()).collect();
    c.texts(|i| {
        let (Some(text), Some(from), Some(to)) = (at(columns[0], i), at(columns[1], i), at(columns[2], i)) else {
            return Ok(None);
        };
        let to: Vec<char> = to.chars().collect();
        let one = |ch: char| match from.chars().position(|f| f == ch) {
            None => Some(ch),
            Some(place) => to.get(place).copied(),
        };
        Ok(Some(text.chars().filter_map(one).collect::<String>()))
    })
}

fn levenshtein(c: &Call<'_>) -> Outcome<ArrayRef> {
    let (a, b) = (c.args[0].as_string::<i32>(), c.args[1].as_string::<i32>());
    c.primitives::<Int64Type>(|i| Ok(at(a, i).zip(at(b, i)).map(|(a, b)| strsim::levenshtein(a, b) as i64)))
}

fn hamming(c: &Call<'_>) -> Outcome<ArrayRef> {
    let (a, b) = (c.args[0].as_string::<i32>(), c.args[1].as_string::<i32>());
    c.primitives::<Int64Type>(|i| {
        let Some((a, b)) = at(a, i).zip(at(b, i)) else { return Ok(None) };
        if a.chars().count() != b.chars().count() {
            let message = "The input strings to hamming_distance function must have the same length";
            return Err(Failure::new("INVALID_FUNCTION_ARGUMENT", message));
        }
        Ok(Some(a.chars().zip(b.chars()).filter(|(a, b)| a != b).count() as i64))
    })
}

/// What is no UTF-8 becomes U+FFFD.
fn from_utf8(c: &Call<'_>) -> Outcome<ArrayRef> {
    let bytes = c.args[0].as_binary::<i32>();
    c.texts(|i| Ok(at(bytes, i).map(String::from_utf8_lossy)))
}

fn binaries(c: &Call<'_>, row: impl Fn(usize) -> Option<Vec<u8>>) -> ArrayRef {
    std::sync::Arc::new(datafusion::arrow::array::BinaryArray::from_iter((0..c.rows).map(row)))
}

fn to_utf8(c: &Call<'_>) -> Outcome<ArrayRef> {
    let texts = c.args[0].as_string::<i32>();
    Ok(binaries(c, |i| at(texts, i).map(|t| t.as_bytes().to_vec())))
}

fn digest(c: &Call<'_>, hash: impl Fn(&[u8]) -> Vec<u8>) -> Outcome<ArrayRef> {
    let bytes = c.args[0].as_binary::<i32>();
    Ok(binaries(c, |i| at(bytes, i).map(&hash)))
}

fn to_hex(c: &Call<'_>) -> Outcome<ArrayRef> {
    let bytes = c.args[0].as_binary::<i32>();
    c.texts(|i| Ok(at(bytes, i).map(hex::encode_upper)))
}

fn to_base64(c: &Call<'_>) -> Outcome<ArrayRef> {
    use base64::Engine as _;
    let bytes = c.args[0].as_binary::<i32>();
    c.texts(|i| Ok(at(bytes, i).map(|b| base64::engine::general_purpose::STANDARD.encode(b))))
}

fn concat(name: &'static str, args: Vec<Typed>) -> Outcome<Typed> {
    if args.len() < 2 {
        if args.iter().any(|a| a.data_type == DataType::Null) {
            return Err(Failure::ambiguous());
        }
        let run: Run = |c| {
            let message = "There must be two or more concatenation arguments";
            let texts = c.args[0].as_string::<i32>();
            c.texts::<String>(|i| match at(texts, i) {
                None => Ok(None),
                Some(_) => Err(Failure::new("INVALID_FUNCTION_ARGUMENT", message)),
            })
        };
        return match <[Typed; 1]>::try_from(args) {
            Ok([one]) if one.data_type == DataType::Utf8 => Ok(Kernel::call(name, run, vec![one], DataType::Utf8)),
            Ok([one]) => Err(Failure::athena_only(format!("concat of {} alone", one.type_name()))),
            Err(args) => Err(unexpected(name, &args, "concat(varchar, varchar, ...)")),
        };
    }
    operators::concat(args)
}

/// Of a text that is known to be one character: Trino has it for `varchar(1)` alone.
fn codepoint(name: &'static str, args: Vec<Typed>) -> Outcome<Typed> {
    match args.as_slice() {
        [one] if one.constant_text().is_some_and(|t| t.chars().count() == 1) => {}
        [one] if one.constant_text().is_some_and(str::is_empty) => {
            let message = "Input string must be a single character string";
            return Err(Failure::new("INVALID_FUNCTION_ARGUMENT", message).unplaced());
        }
        [one] if one.data_type == DataType::Null => return Ok(Typed::literal(ScalarValue::Int32(None))),
        [one] if one.data_type == DataType::Utf8 && one.constant().is_none() => {
            return Err(Failure::athena_only("codepoint of a column"));
        }
        _ => return Err(unexpected(name, &args, "codepoint(varchar(1))")),
    }
    let run = |c: &Call<'_>| {
        let texts = c.args[0].as_string::<i32>();
        c.primitives::<Int32Type>(|i| Ok(at(texts, i).and_then(|t| t.chars().next()).map(|c| c as i32)))
    };
    Ok(Kernel::call(name, run, args, DataType::Int32))
}

/// NULL parts are left out; a NULL separator gives NULL.
fn concat_ws(name: &'static str, args: Vec<Typed>) -> Outcome<Typed> {
    if let [separator, list] = args.as_slice()
        && matches!(separator.data_type, DataType::Utf8 | DataType::Null)
        && types::element(&list.data_type).is_some_and(|e| matches!(e, DataType::Utf8 | DataType::Null))
    {
        let list = list.clone().coerced(&types::list_of(DataType::Utf8));
        let args = vec![list, separator.clone().coerced(&DataType::Utf8)];
        return super::scalar("array_join", args).unwrap_or_else(|| Err(unexpected(name, &[], "")));
    }
    let texts = args.iter().all(|a| matches!(a.data_type, DataType::Utf8 | DataType::Null));
    if args.len() < 2 || !texts {
        return Err(unexpected(name, &args, "concat_ws(varchar, varchar, ...)"));
    }
    let args = args.into_iter().map(|a| a.coerced(&DataType::Utf8)).collect();
    let run = |c: &Call<'_>| {
        let columns: Vec<_> = c.args.iter().map(|a| a.as_string::<i32>()).collect();
        c.texts(|i| {
            let parts = columns[1..].iter().filter_map(|column| at(*column, i));
            Ok(at(columns[0], i).map(|separator| parts.collect::<Vec<_>>().join(separator)))
        })
    };
    Ok(Kernel::call(name, run, args, DataType::Utf8))
}
