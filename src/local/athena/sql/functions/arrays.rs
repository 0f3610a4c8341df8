//! Functions of arrays. Places count from 1.

use std::cmp::Ordering;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, DynComparator, Int64Array, ListArray, make_comparator};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::compute::SortOptions;
use datafusion::arrow::datatypes::{DataType, Int64Type};

use super::super::arrays::{self, bigint, item_field, picked, places};
use super::super::compare::{Nan, equality};
use super::super::failure::{Failure, Outcome};
use super::super::kernel::{Call, Kernel, Run, at};
use super::super::typed::{Typed, common};
use super::super::{conditional, render, types};
use super::{Entry, Special, unexpected};

pub(super) const ENTRIES: &[Entry] = &[];

pub(super) const SPECIALS: &[(&str, Special)] = &[
    ("cardinality", cardinality),
    ("element_at", element_at),
    ("contains", contains),
    ("array_position", array_position),
    ("array_join", array_join),
    ("array_distinct", |name, args| same_list(name, args, distinct)),
    ("array_sort", array_sort),
    ("array_min", |name, args| extreme(name, args, |c| element(c, Ordering::Less))),
    ("array_max", |name, args| extreme(name, args, |c| element(c, Ordering::Greater))),
    ("array_remove", array_remove),
    ("array_union", |name, args| two_lists(name, args, union)),
    ("array_intersect", |name, args| two_lists(name, args, |c| filtered(c, true))),
    ("array_except", |name, args| two_lists(name, args, |c| filtered(c, false))),
    ("arrays_overlap", arrays_overlap),
    ("slice", slice),
    ("flatten", flatten),
    ("reverse", reverse),
    ("sequence", sequence),
    ("repeat", repeat),
];

fn list(name: &'static str, args: &[Typed]) -> Outcome<DataType> {
    match args.first().and_then(|a| types::element(&a.data_type)) {
        Some(element) => Ok(element.clone()),
        None => Err(unexpected(name, args, &format!("{name}(array(E), ...)"))),
    }
}

fn expect(name: &'static str, args: &[Typed], count: usize) -> Outcome<()> {
    if args.len() == count { Ok(()) } else { Err(unexpected(name, args, &format!("{name} of {count} arguments"))) }
}

fn same(values: &dyn Array, others: &dyn Array) -> Outcome<DynComparator> {
    Ok(make_comparator(values, others, SortOptions { descending: false, nulls_first: false })?)
}

fn cardinality(name: &'static str, args: Vec<Typed>) -> Outcome<Typed> {
    expect(name, &args, 1)?;
    let unknown = args[0].data_type == DataType::Null;
    let nothing = types::list_of(DataType::Null);
    let args = if unknown { args.into_iter().map(|a| a.coerced(&nothing)).collect() } else { args };
    list(name, &args)?;
    let run: Run = |c| {
        let lists = c.args[0].as_list::<i32>();
        c.primitives::<Int64Type>(|i| Ok(lists.is_valid(i).then(|| places(lists, i).len() as i64)))
    };
    Ok(Kernel::call(name, run, args, DataType::Int64))
}

fn element_at(name: &'static str, args: Vec<Typed>) -> Outcome<Typed> {
    expect(name, &args, 2)?;
    let [value, index] = <[Typed; 2]>::try_from(args).map_err(|args| unexpected(name, &args, ""))?;
    arrays::element_at(value, index)
}

/// The list and a value of its element type, coerced to their common type.
fn list_and_element(name: &'static str, args: Vec<Typed>) -> Outcome<Vec<Typed>> {
    expect(name, &args, 2)?;
    let element = list(name, &args)?;
    let to = common(&element, &args[1].data_type);
    let to = to.ok_or_else(|| unexpected(name, &args, &format!("{name}(array(E), E)")))?;
    let [list, value] = <[Typed; 2]>::try_from(args).map_err(|args| unexpected(name, &args, ""))?;
    Ok(vec![list.coerced(&types::list_of(to.clone())), value.coerced(&to)])
}

/// Whether the element is there: NULL when it is not but a NULL is.
fn contains(name: &'static str, args: Vec<Typed>) -> Outcome<Typed> {
    let run: Run = |c| {
        let lists = c.args[0].as_list::<i32>();
        let equal = equality(lists.values(), &c.args[1], Nan::Differs)?;
        c.booleans(|i| {
            if !lists.is_valid(i) || !c.args[1].is_valid(i) {
                return Ok(None);
            }
            let found = places(lists, i).any(|p| lists.values().is_valid(p) && equal(p, i));
            let unknown = places(lists, i).any(|p| lists.values().is_null(p));
            Ok(if found { Some(true) } else { (!unknown).then_some(false) })
        })
    };
    Ok(Kernel::call(name, run, list_and_element(name, args)?, DataType::Boolean))
}

fn array_position(name: &'static str, args: Vec<Typed>) -> Outcome<Typed> {
    let run: Run = |c| {
        let lists = c.args[0].as_list::<i32>();
        let equal = equality(lists.values(), &c.args[1], Nan::Differs)?;
        c.primitives::<Int64Type>(|i| {
            if !lists.is_valid(i) || !c.args[1].is_valid(i) {
                return Ok(None);
            }
            let place = places(lists, i).position(|p| lists.values().is_valid(p) && equal(p, i));
            Ok(Some(place.map_or(0, |p| p as i64 + 1)))
        })
    };
    Ok(Kernel::call(name, run, list_and_element(name, args)?, DataType::Int64))
}

fn array_remove(name: &'static str, args: Vec<Typed>) -> Outcome<Typed> {
    let run: Run = |c| {
        let lists = c.args[0].as_list::<i32>();
        let equal = equality(lists.values(), &c.args[1], Nan::Differs)?;
        picked(c, lists.values(), |i| {
            let keep = |p: &usize| lists.values().is_null(*p) || !equal(*p, i);
            let there = lists.is_valid(i) && c.args[1].is_valid(i);
            Ok(there.then(|| places(lists, i).filter(keep).map(|p| p as u32).collect()))
        })
    };
    let args = list_and_element(name, args)?;
    let returns = args[0].data_type.clone();
    Ok(Kernel::call(name, run, args, returns))
}

/// `array_join(list, delimiter[, for NULL])`: NULLs are left out without the third argument.
fn array_join(name: &'static str, args: Vec<Typed>) -> Outcome<Typed> {
    let element = list(name, &args)?;
    if matches!(element, DataType::List(_) | DataType::Struct(_) | DataType::Map(..)) {
        let message = format!("Cannot cast {} to varchar", types::name(&element));
        return Err(Failure::new("OPERATOR_NOT_FOUND", message));
    }
    let texts = args.iter().skip(1).all(|a| a.data_type == DataType::Utf8);
    if !(2..=3).contains(&args.len()) || !texts {
        return Err(unexpected(name, &args, "array_join(array(E), varchar), array_join(array(E), varchar, varchar)"));
    }
    let run: Run = |c| {
        let lists = c.args[0].as_list::<i32>();
        let delimiters = c.args[1].as_string::<i32>();
        let for_null = c.args.get(2).map(|a| a.as_string::<i32>());
        c.texts(|i| {
            let (true, Some(delimiter)) = (lists.is_valid(i), at(delimiters, i)) else { return Ok(None) };
            let null = match for_null {
                None => None,
                Some(texts) => match at(texts, i) {
                    None => return Ok(None),
                    Some(text) => Some(text.to_owned()),
                },
            };
            let parts = places(lists, i).filter_map(|p| render::cast_text(lists.values(), p).or_else(|| null.clone()));
            Ok(Some(parts.collect::<Vec<_>>().join(delimiter)))
        })
    };
    Ok(Kernel::call(name, run, args, DataType::Utf8))
}

fn same_list(name: &'static str, args: Vec<Typed>, run: Run) -> Outcome<Typed> {
    if args.len() != 1 {
        return Err(Failure::athena_only(format!("{name} with a comparison")));
    }
    list(name, &args)?;
    let returns = args[0].data_type.clone();
    Ok(Kernel::call(name, run, args, returns))
}

fn distinct(c: &Call<'_>) -> Outcome<ArrayRef> {
    let lists = c.args[0].as_list::<i32>();
    let equal = not_distinct(lists.values())?;
    picked(c, lists.values(), |i| Ok(lists.is_valid(i).then(|| deduplicated(places(lists, i), &equal))))
}

/// Whether two values are not told apart: NULL is NULL, NaN is NaN.
fn not_distinct(values: &ArrayRef) -> Outcome<impl Fn(usize, usize) -> bool + use<>> {
    let equal = equality(values, values, Nan::Same)?;
    let values = values.clone();
    Ok(move |p: usize, q: usize| match (values.is_null(p), values.is_null(q)) {
        (false, false) => equal(p, q),
        (left, right) => left == right,
    })
}

fn deduplicated(places: impl Iterator<Item = usize>, equal: impl Fn(usize, usize) -> bool) -> Vec<u32> {
    let mut kept: Vec<u32> = Vec::new();
    for place in places {
        if kept.iter().all(|other| !equal(*other as usize, place)) {
            kept.push(place as u32);
        }
    }
    kept
}

fn array_sort(name: &'static str, args: Vec<Typed>) -> Outcome<Typed> {
    match args.first().and_then(|a| types::element(&a.data_type)) {
        Some(DataType::List(_) | DataType::Struct(_) | DataType::Map(..)) => {
            Err(Failure::athena_only(format!("array_sort of {}", types::name(&args[0].data_type))))
        }
        _ => same_list(name, args, sorted),
    }
}

/// NULLs last.
fn sorted(c: &Call<'_>) -> Outcome<ArrayRef> {
    let lists = c.args[0].as_list::<i32>();
    let order = same(lists.values(), lists.values())?;
    picked(c, lists.values(), |i| {
        Ok(lists.is_valid(i).then(|| {
            let mut picks: Vec<u32> = places(lists, i).map(|p| p as u32).collect();
            picks.sort_by(|a, b| order(*a as usize, *b as usize));
            picks
        }))
    })
}

fn extreme(name: &'static str, args: Vec<Typed>, run: Run) -> Outcome<Typed> {
    expect(name, &args, 1)?;
    let element = list(name, &args)?;
    if matches!(element, DataType::List(_) | DataType::Struct(_) | DataType::Map(..)) {
        return Err(Failure::athena_only(format!("{name} of {}", types::name(&args[0].data_type))));
    }
    Ok(Kernel::call(name, run, args, element))
}

/// The least or greatest element; NULL of an empty list and of one with a NULL.
fn element(c: &Call<'_>, wanted: Ordering) -> Outcome<ArrayRef> {
    let lists = c.args[0].as_list::<i32>();
    let values = lists.values();
    let order = same(values, values)?;
    // NaN is neither the least nor the greatest, unless all are.
    let number = equality(values, values, Nan::Differs)?;
    let best = |i: usize| {
        if !lists.is_valid(i) || places(lists, i).any(|p| values.is_null(p)) {
            return None;
        }
        let better = |p: usize, best: usize| !number(best, best) || number(p, p) && order(p, best) == wanted;
        places(lists, i).reduce(|best, p| if better(p, best) { p } else { best }).map(|p| p as u32)
    };
    let picks: datafusion::arrow::array::UInt32Array = (0..c.rows).map(best).collect();
    Ok(datafusion::arrow::compute::take(values, &picks, None)?)
}

fn two_lists(name: &'static str, args: Vec<Typed>, run: Run) -> Outcome<Typed> {
    expect(name, &args, 2)?;
    list(name, &args)?;
    let (args, returns) = conditional::unify(args, "arrays")?;
    Ok(Kernel::call(name, run, args, returns))
}

/// Both lists' values in one, with where the second's begin.
fn together(c: &Call<'_>) -> Outcome<(ArrayRef, usize)> {
    let (a, b) = (c.args[0].as_list::<i32>(), c.args[1].as_list::<i32>());
    let values = datafusion::arrow::compute::concat(&[a.values().as_ref(), b.values().as_ref()])?;
    Ok((values, a.values().len()))
}

fn union(c: &Call<'_>) -> Outcome<ArrayRef> {
    let (a, b) = (c.args[0].as_list::<i32>(), c.args[1].as_list::<i32>());
    let (values, shift) = together(c)?;
    let equal = not_distinct(&values)?;
    picked(c, &values, |i| {
        let all = || places(a, i).chain(places(b, i).map(|p| p + shift));
        Ok((a.is_valid(i) && b.is_valid(i)).then(|| deduplicated(all(), &equal)))
    })
}

/// The distinct elements of the first list that the second has, or has not.
fn filtered(c: &Call<'_>, wanted: bool) -> Outcome<ArrayRef> {
    let (a, b) = (c.args[0].as_list::<i32>(), c.args[1].as_list::<i32>());
    let (values, shift) = together(c)?;
    let equal = not_distinct(&values)?;
    picked(c, &values, |i| {
        // What no other list takes from stays as it is, with what it has twice.
        if !wanted && a.is_valid(i) && b.is_valid(i) && places(b, i).is_empty() {
            return Ok(Some(places(a, i).map(|p| p as u32).collect()));
        }
        if !a.is_valid(i) || !b.is_valid(i) {
            return Ok(None);
        }
        let (first, second): (Vec<usize>, Vec<usize>) =
            (places(a, i).collect(), places(b, i).map(|q| q + shift).collect());
        // What two lists share comes in the order of the longer.
        let (first, second) = if wanted && first.len() < second.len() { (second, first) } else { (first, second) };
        let kept = first.into_iter().filter(|p| second.iter().any(|q| equal(*p, *q)) == wanted);
        Ok(Some(deduplicated(kept, &equal)))
    })
}

/// NULL when nothing is shared but a list has a NULL.
fn arrays_overlap(name: &'static str, args: Vec<Typed>) -> Outcome<Typed> {
    expect(name, &args, 2)?;
    list(name, &args)?;
    let (args, _) = conditional::unify(args, "arrays")?;
    let run: Run = |c| {
        let (a, b) = (c.args[0].as_list::<i32>(), c.args[1].as_list::<i32>());
        let equal = equality(a.values(), b.values(), Nan::Same)?;
        c.booleans(|i| {
            if !a.is_valid(i) || !b.is_valid(i) {
                return Ok(None);
            }
            if places(a, i).is_empty() || places(b, i).is_empty() {
                return Ok(Some(false));
            }
            let shared = places(a, i)
                .any(|p| a.values().is_valid(p) && places(b, i).any(|q| b.values().is_valid(q) && equal(p, q)));
            let unknown = |list: &ListArray| places(list, i).any(|p| list.values().is_null(p));
            Ok(if shared { Some(true) } else { (!(unknown(a) || unknown(b))).then_some(false) })
        })
    };
    Ok(Kernel::call(name, run, args, DataType::Boolean))
}

/// `slice(list, start, length)`: a negative start counts from the end.
fn slice(name: &'static str, args: Vec<Typed>) -> Outcome<Typed> {
    expect(name, &args, 3)?;
    list(name, &args)?;
    let returns = args[0].data_type.clone();
    let [list, start, length] = <[Typed; 3]>::try_from(args).map_err(|args| unexpected(name, &args, ""))?;
    let args = vec![list, bigint(start, name)?, bigint(length, name)?];
    let run: Run = |c| {
        let lists = c.args[0].as_list::<i32>();
        let (starts, lengths) = (c.args[1].as_primitive::<Int64Type>(), c.args[2].as_primitive::<Int64Type>());
        picked(c, lists.values(), |i| {
            let (true, Some(start), Some(length)) = (lists.is_valid(i), at(starts, i), at(lengths, i)) else {
                return Ok(None);
            };
            if length < 0 {
                return Err(invalid("length must be greater than or equal to 0"));
            }
            if start == 0 {
                return Err(invalid("SQL array indices start at 1"));
            }
            let range = places(lists, i);
            let from = if start > 0 { start - 1 } else { range.len() as i64 + start };
            Ok(Some(match usize::try_from(from) {
                Ok(from) => range.skip(from).take(length as usize).map(|p| p as u32).collect(),
                Err(_) => Vec::new(),
            }))
        })
    };
    Ok(Kernel::call(name, run, args, returns))
}

fn invalid(message: impl Into<String>) -> Failure {
    Failure::new("INVALID_FUNCTION_ARGUMENT", message)
}

fn flatten(name: &'static str, args: Vec<Typed>) -> Outcome<Typed> {
    expect(name, &args, 1)?;
    let returns = list(name, &args)?;
    if types::element(&returns).is_none() {
        return Err(unexpected(name, &args, "flatten(array(array(E)))"));
    }
    let run: Run = |c| {
        let lists = c.args[0].as_list::<i32>();
        let inner = lists.values().as_list::<i32>();
        picked(c, inner.values(), |i| {
            let all = || places(lists, i).filter(|p| inner.is_valid(*p)).flat_map(|p| places(inner, p));
            Ok(lists.is_valid(i).then(|| all().map(|p| p as u32).collect()))
        })
    };
    Ok(Kernel::call(name, run, args, returns))
}

/// `reverse` of a list or of a text.
fn reverse(name: &'static str, args: Vec<Typed>) -> Outcome<Typed> {
    expect(name, &args, 1)?;
    if args[0].data_type == DataType::Null {
        return Err(Failure::ambiguous());
    }
    if args[0].data_type == DataType::Binary {
        return Err(Failure::athena_only("reverse of varbinary"));
    }
    if args[0].data_type == DataType::Utf8 {
        let run: Run = |c| {
            let texts = c.args[0].as_string::<i32>();
            c.texts(|i| Ok(at(texts, i).map(|t| t.chars().rev().collect::<String>())))
        };
        return Ok(Kernel::call(name, run, args, DataType::Utf8));
    }
    same_list(name, args, |c| {
        let lists = c.args[0].as_list::<i32>();
        picked(c, lists.values(), |i| Ok(lists.is_valid(i).then(|| places(lists, i).rev().map(|p| p as u32).collect())))
    })
}

/// `sequence(start, stop[, step])` of integers.
fn sequence(name: &'static str, args: Vec<Typed>) -> Outcome<Typed> {
    if !(2..=3).contains(&args.len()) {
        return Err(unexpected(name, &args, "sequence(bigint, bigint), sequence(bigint, bigint, bigint)"));
    }
    if args.iter().any(|a| matches!(a.data_type, DataType::Date32 | DataType::Timestamp(..))) {
        return Err(Failure::athena_only("sequence of dates or times"));
    }
    let args = args.into_iter().map(|a| bigint(a, name)).collect::<Outcome<Vec<_>>>()?;
    let run: Run = |c| {
        let numbers: Vec<_> = c.args.iter().map(|a| a.as_primitive::<Int64Type>()).collect();
        let (mut values, mut lengths, mut valid) = (Vec::new(), Vec::new(), Vec::new());
        for i in 0..c.rows {
            let row: Option<Vec<i64>> = numbers.iter().map(|n| at(*n, i)).collect();
            valid.push(row.is_some());
            let before = values.len();
            if let Some(row) = row {
                let (start, stop) = (row[0], row[1]);
                let step = row.get(2).copied().unwrap_or(if start <= stop { 1 } else { -1 });
                if step == 0 {
                    return Err(invalid("step must not be zero"));
                }
                if stop > start && step < 0 || stop < start && step > 0 {
                    return Err(invalid(
                        "sequence stop value should be greater than or equal to start value if step is greater than zero otherwise stop should be less than or equal to start",
                    ));
                }
                let count = (i128::from(stop) - i128::from(start)) / i128::from(step) + 1;
                if count > 10_000 {
                    return Err(invalid("result of sequence function must not have more than 10000 entries"));
                }
                values.extend((0..count as i64).map(|n| start + n * step));
            }
            lengths.push(values.len() - before);
        }
        let offsets = OffsetBuffer::from_lengths(lengths);
        let values = Arc::new(Int64Array::from(values));
        Ok(Arc::new(ListArray::new(item_field(c.returns), offsets, values, Some(valid.into()))))
    };
    Ok(Kernel::call(name, run, args, types::list_of(DataType::Int64)))
}

/// `repeat(element, count)`.
fn repeat(name: &'static str, args: Vec<Typed>) -> Outcome<Typed> {
    expect(name, &args, 2)?;
    let [value, count] = <[Typed; 2]>::try_from(args).map_err(|args| unexpected(name, &args, ""))?;
    let returns = types::list_of(value.data_type.clone());
    let run: Run = |c| {
        let counts = c.args[1].as_primitive::<Int64Type>();
        picked(c, &c.args[0], |i| match at(counts, i) {
            None => Ok(None),
            Some(n) if n > 10_000 => {
                Err(invalid("count argument of repeat function must be less than or equal to 10000"))
            }
            Some(n) if n < 0 => Err(invalid("count argument of repeat function must be greater than or equal to 0")),
            Some(n) => Ok(Some(vec![i as u32; n as usize])),
        })
    };
    if common(&count.data_type, &DataType::Int32) != Some(DataType::Int32) {
        return Err(unexpected(name, &[value, count], "repeat(T, integer)"));
    }
    Ok(Kernel::call(name, run, vec![value, bigint(count, name)?], returns))
}
