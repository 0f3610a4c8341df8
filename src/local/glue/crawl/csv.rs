//! The crawler's built-in CSV classifier, for commas.

use std::io::Read;
use std::path::Path;

use super::schema::{Classification, Inferred};
use crate::flow::packed;
use crate::local::error::ServiceError;

/// How many rows are looked at to tell the types.
const SAMPLE: usize = 1000;

/// What a text file says of itself as CSV; `None` when it is none: a column alone, or rows of unlike widths.
pub fn infer(path: &Path, bytes: u64) -> Result<Option<Inferred>, ServiceError> {
    let mut content = Vec::new();
    // What cannot be unpacked is unknown.
    if packed::open(path).and_then(|mut file| file.read_to_end(&mut content)).is_err() {
        return Ok(None);
    }
    let Ok(content) = String::from_utf8(content) else { return Ok(None) };
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(content.as_bytes());
    let mut rows: Vec<csv::StringRecord> = Vec::new();
    let mut count = 0;
    for record in reader.records() {
        let Ok(record) = record else { return Ok(None) };
        count += 1;
        if rows.len() <= SAMPLE {
            rows.push(record);
        }
    }
    let Some((first, data)) = rows.split_first() else { return Ok(None) };
    let width = first.len();
    if width < 2 || data.iter().any(|row| row.len() != width) {
        return Ok(None);
    }
    let kinds: Vec<&str> = (0..width).map(|i| kind_of(data.iter().map(|row| &row[i]))).collect();
    let header = is_header(first, &kinds);
    let columns = (0..width).map(|i| match header {
        true => (first[i].trim().to_lowercase(), kinds[i].to_owned()),
        false => (format!("col{i}"), kind_of(rows.iter().map(|row| &row[i])).to_owned()),
    });
    let quoted = content.contains('"');
    Ok(Some(Inferred {
        classification: Classification::Csv { header, quoted },
        columns: columns.collect(),
        objects: 1,
        records: count - u64::from(header),
        bytes,
    }))
}

/// A header's fields are all texts, short, and names; and some row below has a value that is none: where all columns are
/// texts, nothing tells a header from a row.
fn is_header(first: &csv::StringRecord, kinds: &[&str]) -> bool {
    let is_name = |field: &str| {
        let field = field.trim();
        !field.is_empty()
            && field.len() < 150
            && field.chars().all(|c| c.is_alphanumeric() || "_- .".contains(c))
            && kind_of(std::iter::once(field)) == "string"
    };
    first.iter().all(is_name) && kinds.iter().any(|kind| *kind != "string")
}

fn kind_of<'t>(values: impl Iterator<Item = &'t str>) -> &'static str {
    let (mut seen, mut integers, mut doubles) = (false, true, true);
    for value in values.map(str::trim).filter(|v| !v.is_empty()) {
        seen = true;
        integers &= value.parse::<i64>().is_ok();
        doubles &= value.parse::<f64>().is_ok() && value.contains(|c: char| c.is_ascii_digit());
    }
    match (seen, integers, doubles) {
        (true, true, _) => "bigint",
        (true, _, true) => "double",
        _ => "string",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inferred(content: &str) -> Option<(bool, Vec<String>, u64)> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), content).unwrap();
        let found = infer(file.path(), 1).unwrap()?;
        let Classification::Csv { header, .. } = found.classification else { panic!() };
        Some((header, found.columns.into_iter().map(|(n, t)| format!("{n}:{t}")).collect(), found.records))
    }

    #[test]
    fn a_header_is_told_from_data_only_where_types_differ() {
        let columns = |list: &[&str]| list.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            inferred("Id,Score,name\n1,2.5,x\n2,,y\n"),
            Some((true, columns(&["id:bigint", "score:double", "name:string"]), 2))
        );
        assert_eq!(inferred("id,name\na,x\n"), Some((false, columns(&["col0:string", "col1:string"]), 2)));
        assert_eq!(inferred("1,x\n2,y\n"), Some((false, columns(&["col0:bigint", "col1:string"]), 2)));
        assert_eq!(inferred("just text\n"), None);
        assert_eq!(inferred("a,b\n1\n"), None);
    }
}
