//! Fields of a block, or an array of texts, to Arrow arrays. The empty text is NULL.

use std::borrow::Cow;

use arrow_array::builder::{LargeStringBuilder, ListBuilder};
use arrow_array::{Array, ArrowPrimitiveType, BooleanArray, LargeStringArray, ListArray, PrimitiveArray};
use arrow_buffer::{BooleanBufferBuilder, NullBuffer, NullBufferBuilder, ScalarBuffer};
use arrow_schema::FieldRef;

use crate::quick;
use crate::spans::Span;

/// Texts in rows, `None` where there is none.
pub trait Texts {
    /// How many rows.
    fn rows(&self) -> usize;

    /// Bytes of all texts together, about.
    fn bytes(&self) -> usize;

    /// The text in `row`; never empty.
    fn text(&self, row: usize) -> Option<Cow<'_, str>>;
}

/// Fields of a block.
pub struct Fields<'a> {
    /// The block.
    pub block: &'a str,
    /// Where the fields stand in it.
    pub spans: &'a [Span],
}

impl Texts for Fields<'_> {
    fn rows(&self) -> usize {
        self.spans.len()
    }

    fn bytes(&self) -> usize {
        self.spans.iter().map(|span| span.end() - span.start()).sum()
    }

    #[inline]
    fn text(&self, row: usize) -> Option<Cow<'_, str>> {
        let span = self.spans[row];
        let text = &self.block[span.start()..span.end()];
        if text.is_empty() {
            return None;
        }
        Some(if span.doubled() { Cow::Owned(text.replace("\"\"", "\"")) } else { Cow::Borrowed(text) })
    }
}

impl Texts for LargeStringArray {
    fn rows(&self) -> usize {
        self.len()
    }

    fn bytes(&self) -> usize {
        self.values().len()
    }

    #[inline]
    fn text(&self, row: usize) -> Option<Cow<'_, str>> {
        self.is_valid(row).then(|| Cow::Borrowed(self.value(row)))
    }
}

/// The texts themselves.
pub fn strings(texts: &impl Texts) -> LargeStringArray {
    let mut builder = LargeStringBuilder::with_capacity(texts.rows(), texts.bytes());
    for row in 0..texts.rows() {
        match texts.text(row) {
            Some(text) => builder.append_value(text),
            None => builder.append_null(),
        }
    }
    builder.finish()
}

/// The value of each text by `quick`, else by `table`; and how many had none.
pub fn values<T: ArrowPrimitiveType>(
    texts: &impl Texts,
    quick: impl Fn(&[u8]) -> Option<T::Native>,
    table: &dyn Fn(&str) -> Option<T::Native>,
) -> (PrimitiveArray<T>, u64) {
    let (mut values, mut nulls, mut lost) = (Vec::with_capacity(texts.rows()), NullBufferBuilder::new(texts.rows()), 0);
    for row in 0..texts.rows() {
        let Some(text) = texts.text(row) else {
            values.push(T::Native::default());
            nulls.append_null();
            continue;
        };
        match quick(text.as_bytes()).or_else(|| table(&text)) {
            Some(value) => {
                values.push(value);
                nulls.append_non_null();
            }
            None => {
                values.push(T::Native::default());
                nulls.append_null();
                lost += 1;
            }
        }
    }
    (PrimitiveArray::new(ScalarBuffer::from(values), nulls.finish()), lost)
}

/// As [`values`], of booleans.
pub fn booleans(texts: &impl Texts, table: &dyn Fn(&str) -> Option<bool>) -> (BooleanArray, u64) {
    let rows = texts.rows();
    let (mut values, mut valid, mut lost) = (BooleanBufferBuilder::new(rows), BooleanBufferBuilder::new(rows), 0);
    for row in 0..rows {
        let text = texts.text(row);
        let value = text.as_deref().and_then(|text| quick::boolean(text.as_bytes()).or_else(|| table(text)));
        lost += u64::from(text.is_some() && value.is_none());
        values.append(value.unwrap_or_default());
        valid.append(value.is_some());
    }
    let nulls = NullBuffer::new(valid.finish());
    (BooleanArray::new(values.finish(), (nulls.null_count() > 0).then_some(nulls)), lost)
}

/// As [`values`], of lists of texts, whose elements are of `field`.
pub fn lists(
    texts: &impl Texts,
    field: FieldRef,
    table: &dyn Fn(&str) -> Option<Vec<Option<String>>>,
) -> (ListArray, u64) {
    let mut builder = ListBuilder::new(LargeStringBuilder::new()).with_field(field);
    let mut lost = 0;
    for row in 0..texts.rows() {
        let Some(text) = texts.text(row) else {
            builder.append_null();
            continue;
        };
        if quick::texts(&text, |_| ()) {
            quick::texts(&text, |item| builder.values().append_value(item));
            builder.append(true);
            continue;
        }
        match table(&text) {
            Some(elements) => builder.append_value(elements),
            None => {
                builder.append_null();
                lost += 1;
            }
        }
    }
    (builder.finish(), lost)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::types::Int64Type;
    use arrow_schema::{DataType, Field};

    use super::*;
    use crate::fields::Scanner;

    #[test]
    fn fields_become_columns() {
        let block = "1,\"say \"\"hi\"\"\",true\n,,\n+2,é,maybe\n";
        let mut scanner = Scanner::new(3, &[0, 1, 2], false, 10);
        scanner.scan(block.as_bytes(), true).unwrap();
        let fields = |place| Fields { block, spans: scanner.spans(place) };
        let plus = |text: &str| text.strip_prefix('+').and_then(|digits| digits.parse().ok());
        let (numbers, lost) = values::<Int64Type>(&fields(0), quick::integer, &plus);
        assert_eq!((numbers.iter().collect::<Vec<_>>(), lost), (vec![Some(1), None, Some(2)], 0));
        let (flags, lost) = booleans(&fields(2), &|_| None);
        assert_eq!((flags.iter().collect::<Vec<_>>(), lost), (vec![Some(true), None, None], 1));
        let texts = strings(&fields(1));
        assert_eq!(texts.iter().collect::<Vec<_>>(), [Some("say \"hi\""), None, Some("é")]);
    }

    #[test]
    fn texts_become_lists() {
        let field = Arc::new(Field::new("element", DataType::LargeUtf8, true));
        let texts = LargeStringArray::from(vec![Some("['a', 'b']"), None, Some("[]"), Some("['a', x]"), Some("?")]);
        let table = |text: &str| text.starts_with('[').then(|| vec![Some("t".to_string()), None]);
        let (lists, lost) = lists(&texts, field, &table);
        assert_eq!((lists.len(), lists.null_count(), lists.values().len(), lost), (5, 2, 4, 1));
        assert_eq!(lists.value_length(3), 2);
    }
}
