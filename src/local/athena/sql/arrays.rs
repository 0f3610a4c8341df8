//! Arrays and rows: literals, access, concatenation, and what UNNEST needs.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, ListArray, PrimitiveArray, StructArray, make_array};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::{interleave, take};
use datafusion::arrow::datatypes::{DataType, Field, Int64Type, UInt32Type};
use datafusion::common::ScalarValue;

use super::conditional;
use super::failure::{Failure, Outcome};
use super::kernel::{Call, Kernel, at};
use super::typed::{Typed, common};
use super::types;

/// `ARRAY[a, b]`.
pub fn array(elements: Vec<Typed>) -> Outcome<Typed> {
    let (elements, data_type) = conditional::unify(elements, "All ARRAY elements")?;
    if elements.is_empty() {
        let empty = ScalarValue::List(ScalarValue::new_list_nullable(&[], &DataType::Null));
        return Ok(Typed::literal(empty));
    }
    Ok(Kernel::call("array_constructor", construct, elements, types::list_of(data_type)))
}

fn construct(call: &Call<'_>) -> Outcome<ArrayRef> {
    let columns: Vec<&dyn Array> = call.args.iter().map(AsRef::as_ref).collect();
    let places: Vec<_> = (0..call.rows).flat_map(|row| (0..columns.len()).map(move |c| (c, row))).collect();
    let values = interleave(&columns, &places)?;
    let offsets = OffsetBuffer::from_lengths(std::iter::repeat_n(columns.len(), call.rows));
    Ok(Arc::new(ListArray::new(item_field(call.returns), offsets, values, None)))
}

/// The field of a list type's elements.
pub fn item_field(list: &DataType) -> Arc<Field> {
    match list {
        DataType::List(field) => field.clone(),
        other => Arc::new(Field::new("item", other.clone(), true)),
    }
}

/// Lists of elements picked from `values` by their places there; `None` is a NULL list.
pub fn picked(
    call: &Call<'_>,
    values: &ArrayRef,
    mut row: impl FnMut(usize) -> Outcome<Option<Vec<u32>>>,
) -> Outcome<ArrayRef> {
    let mut places = Vec::new();
    let mut lengths = Vec::with_capacity(call.rows);
    let mut valid = Vec::with_capacity(call.rows);
    for i in 0..call.rows {
        let picks = row(i)?;
        valid.push(picks.is_some());
        let picks = picks.unwrap_or_default();
        lengths.push(picks.len());
        places.extend(picks);
    }
    let values = take(values, &PrimitiveArray::<UInt32Type>::from(places), None)?;
    let offsets = OffsetBuffer::from_lengths(lengths);
    Ok(Arc::new(ListArray::new(item_field(call.returns), offsets, values, Some(NullBuffer::from(valid)))))
}

/// The places of a row's elements among the list's values.
pub fn places(list: &ListArray, row: usize) -> std::ops::Range<usize> {
    let offsets = list.value_offsets();
    offsets[row] as usize..offsets[row + 1] as usize
}

/// `array[index]`: from 1; out of range fails. `map[key]` is Athena's only.
pub fn subscript(value: Typed, index: Typed) -> Outcome<Typed> {
    let Some(element) = types::element(&value.data_type).cloned() else {
        return match value.data_type {
            DataType::Map(..) => Err(Failure::athena_only("a subscript of a map")),
            DataType::Null => Ok(Typed::literal(ScalarValue::Null)),
            _ => Err(Failure::type_mismatch(format!(
                "Cannot use {} for subscript of {}",
                index.type_name(),
                value.type_name()
            ))),
        };
    };
    if common(&index.data_type, &DataType::Int64) != Some(DataType::Int64) {
        let (index, value) = (index.type_name(), value.type_name());
        return Err(Failure::type_mismatch(format!("Cannot use {index} for subscript of {value}")));
    }
    let index = bigint(index, "subscript")?;
    Ok(Kernel::call("subscript", |c| element_of(c, true), vec![value, index], element))
}

/// `element_at(array, index)`: from 1, negative from the end; out of range is NULL.
pub fn element_at(value: Typed, index: Typed) -> Outcome<Typed> {
    let Some(element) = types::element(&value.data_type).cloned() else {
        return Err(Failure::athena_only(format!("element_at of {}", types::name(&value.data_type))));
    };
    let index = bigint(index, "element_at")?;
    Ok(Kernel::call("element_at", |c| element_of(c, false), vec![value, index], element))
}

/// An index or count as a bigint.
pub fn bigint(value: Typed, what: &str) -> Outcome<Typed> {
    match common(&value.data_type, &DataType::Int64) {
        Some(DataType::Int64) => Ok(value.coerced(&DataType::Int64)),
        _ => Err(Failure::type_mismatch(format!("{what} needs an integer, not {}", value.type_name()))),
    }
}

fn element_of(call: &Call<'_>, strict: bool) -> Outcome<ArrayRef> {
    let (lists, indexes) = (call.args[0].as_list::<i32>(), call.args[1].as_primitive::<Int64Type>());
    let bad = |message: String| Err(Failure::new("INVALID_FUNCTION_ARGUMENT", message));
    let mut picks: Vec<Option<u32>> = Vec::with_capacity(call.rows);
    for row in 0..call.rows {
        let (true, Some(index)) = (lists.is_valid(row), at(indexes, row)) else {
            picks.push(None);
            continue;
        };
        let range = places(lists, row);
        let length = range.len() as i64;
        picks.push(match index {
            0 => return bad("SQL array indices start at 1".into()),
            i if i < 0 && strict => return bad("Array subscript is negative: ".to_owned() + &i.to_string()),
            i if i.abs() > length && strict => {
                return bad(format!("Array subscript must be less than or equal to array length: {i} > {length}"));
            }
            i if i.abs() > length => None,
            i if i > 0 => Some(range.start as u32 + i as u32 - 1),
            i => Some((range.end as i64 + i) as u32),
        });
    }
    Ok(take(lists.values(), &PrimitiveArray::<UInt32Type>::from(picks), None)?)
}

/// `row.name`.
pub fn field(row: Typed, name: &str) -> Outcome<Typed> {
    let DataType::Struct(fields) = &row.data_type else {
        return Err(Failure::type_mismatch("Expression is not of type ROW"));
    };
    match fields.iter().position(|f| f.name().eq_ignore_ascii_case(name)) {
        Some(place) => {
            let data_type = fields[place].data_type().clone();
            Ok(field_at(row, place, data_type))
        }
        None => Err(Failure::new("COLUMN_NOT_FOUND", format!("Column '{name}' cannot be resolved"))),
    }
}

/// The row's field at that place.
pub fn field_at(row: Typed, place: usize, data_type: DataType) -> Typed {
    let place = Typed::literal(ScalarValue::Int64(Some(place as i64)));
    let run = |c: &Call<'_>| {
        let (rows, places) = (c.args[0].as_struct(), c.args[1].as_primitive::<Int64Type>());
        let place = if c.rows == 0 { 0 } else { places.value(0) as usize };
        masked(rows, place)
    };
    Kernel::call("row_field", run, vec![row, place], data_type)
}

/// A row's column, NULL where the row itself is.
fn masked(rows: &StructArray, place: usize) -> Outcome<ArrayRef> {
    let column = rows.column(place);
    let nulls = NullBuffer::union(rows.nulls(), column.nulls());
    Ok(make_array(column.to_data().into_builder().nulls(nulls).build()?))
}

/// `a || b` and `concat(a, b, ...)` with an array among them: arrays of one element type, or an element at an end.
pub fn concat(parts: Vec<Typed>) -> Outcome<Typed> {
    if parts.iter().any(|p| p.data_type == DataType::Null) {
        return Err(Failure::ambiguous());
    }
    let mut parts = parts.into_iter();
    let first = parts.next().ok_or_else(|| Failure::new("INVALID_FUNCTION_ARGUMENT", "nothing to concatenate"))?;
    parts.try_fold(first, joined_pair)
}

fn joined_pair(left: Typed, right: Typed) -> Outcome<Typed> {
    let element = |t: &Typed| types::element(&t.data_type).cloned();
    let same = element(&left).zip(element(&right)).and_then(|(l, r)| common(&l, &r));
    let appended = element(&left).and_then(|l| common(&l, &right.data_type));
    let prepended = element(&right).and_then(|r| common(&left.data_type, &r));
    let (to, left, right) = match (same, appended, prepended) {
        (Some(to), ..) => (to, left, right),
        (None, Some(to), _) => (to.clone(), left, single(right.coerced(&to))),
        (None, None, Some(to)) => (to.clone(), single(left.coerced(&to)), right),
        (None, None, None) => {
            let message =
                format!("Unexpected parameters ({}, {}) for function concat", left.type_name(), right.type_name());
            return Err(Failure::new("FUNCTION_NOT_FOUND", message));
        }
    };
    let list = types::list_of(to);
    Ok(Kernel::call("array_concat", joined, vec![left.coerced(&list), right.coerced(&list)], list))
}

/// A list of the one element, NULL for NULL: to add a NULL gives NULL.
fn single(element: Typed) -> Typed {
    let returns = types::list_of(element.data_type.clone());
    let run = |c: &Call<'_>| {
        let values = c.args[0].clone();
        picked(c, &values, |i| Ok(values.is_valid(i).then(|| vec![i as u32])))
    };
    Kernel::call("single_element", run, vec![element], returns)
}

fn joined(call: &Call<'_>) -> Outcome<ArrayRef> {
    let lists: Vec<&ListArray> = call.args.iter().map(|a| a.as_list::<i32>()).collect();
    let values: Vec<&dyn Array> = lists.iter().map(|l| l.values().as_ref()).collect();
    let (mut picks, mut lengths, mut valid) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..call.rows {
        let whole = lists.iter().all(|l| l.is_valid(row));
        let before = picks.len();
        if whole {
            lists.iter().enumerate().for_each(|(i, list)| picks.extend(places(list, row).map(|place| (i, place))));
        }
        lengths.push(picks.len() - before);
        valid.push(whole);
    }
    let values = interleave(&values, &picks)?;
    let offsets = OffsetBuffer::from_lengths(lengths);
    Ok(Arc::new(ListArray::new(item_field(call.returns), offsets, values, Some(NullBuffer::from(valid)))))
}

/// For each row the list 1, 2, ... as long as its longest list: what WITH ORDINALITY counts.
pub fn ordinals(lists: Vec<Typed>) -> Typed {
    let run = |c: &Call<'_>| {
        let lists: Vec<_> = c.args.iter().map(|a| a.as_list::<i32>()).collect();
        let longest = |row| lists.iter().filter(|l| l.is_valid(row)).map(|l| places(l, row).len()).max().unwrap_or(0);
        let rows = (0..c.rows).map(|row| Some((1..=longest(row) as i64).map(Some).collect::<Vec<_>>()));
        let built = ListArray::from_iter_primitive::<Int64Type, _, _>(rows);
        let (_, offsets, values, nulls) = built.into_parts();
        Ok(Arc::new(ListArray::new(item_field(c.returns), offsets, values, nulls)) as ArrayRef)
    };
    Kernel::call("ordinals", run, lists, types::list_of(DataType::Int64))
}

/// The lists, the first of them with one NULL where all are empty: what an outer UNNEST keeps a row for.
pub fn never_empty(lists: Vec<Typed>) -> Vec<Typed> {
    let all = lists.clone();
    let run = |c: &Call<'_>| {
        let lists: Vec<_> = c.args.iter().map(|a| a.as_list::<i32>()).collect();
        let filled = |row: usize| lists.iter().any(|l| l.is_valid(row) && !places(l, row).is_empty());
        let values = lists[0].values();
        let with_null = {
            let null = datafusion::arrow::array::new_null_array(values.data_type(), 1);
            datafusion::arrow::compute::concat(&[values.as_ref(), null.as_ref()])?
        };
        let null = values.len() as u32;
        picked(c, &with_null, |row| {
            Ok(match (filled(row), lists[0].is_valid(row)) {
                (false, _) => Some(vec![null]),
                (true, true) => Some(places(lists[0], row).map(|p| p as u32).collect()),
                (true, false) => None,
            })
        })
    };
    let mut rest = lists.into_iter();
    let first = rest.next().map(|first| Kernel::call("never_empty", run, all, first.data_type));
    first.into_iter().chain(rest).collect()
}
