//! The raw rows: plays of songs, some without genre, artist, day or energy; two artists share a name.

use std::cmp::Ordering;

use datafusion::arrow::array::{BooleanArray, Date32Array, Float64Array, Int32Array, Int64Array, StringArray};

use super::super::super::catalog::{Format, Table};
use super::super::{array, columns, folder, write};
use super::Shelf;

/// A value of a row, or of a result.
#[derive(Clone, Debug)]
pub enum Cell {
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(String),
    /// Greater than all.
    Null,
}

impl Cell {
    fn rank(&self) -> u8 {
        match self {
            Cell::Null => 1,
            _ => 0,
        }
    }

    pub fn number(&self) -> Option<f64> {
        match self {
            Cell::Int(i) => Some(*i as f64),
            Cell::Double(f) => Some(*f),
            _ => None,
        }
    }
}

impl Ord for Cell {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Cell::Bool(a), Cell::Bool(b)) => a.cmp(b),
            (Cell::Int(a), Cell::Int(b)) => a.cmp(b),
            (Cell::Text(a), Cell::Text(b)) => a.cmp(b),
            (a, b) if a.rank() != b.rank() => a.rank().cmp(&b.rank()),
            (a, b) => a.number().unwrap_or(0.0).total_cmp(&b.number().unwrap_or(0.0)),
        }
    }
}

impl PartialOrd for Cell {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Cell {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Cell {}

/// The columns, with their catalog types.
pub const COLUMNS: [(&str, &str); 9] = [
    ("genre", "string"),
    ("artist_id", "string"),
    ("artist", "string"),
    ("year", "int"),
    ("day", "date"),
    ("energy", "double"),
    ("popularity", "int"),
    ("listeners", "bigint"),
    ("explicit", "boolean"),
];

/// A row, by [`COLUMNS`].
pub type Row = Vec<Cell>;

/// The value of a row's column.
pub fn value<'r>(row: &'r Row, column: &str) -> &'r Cell {
    &row[COLUMNS.iter().position(|(name, _)| *name == column).unwrap()]
}

/// Always the same rows.
pub fn rows(count: usize) -> Vec<Row> {
    let mut state = 42_u64;
    let mut next = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let genres = ["rock", "pop", "jazz", "hip hop", "été", "O'Brien"];
    let names = ["Nina", "Miles", "Nina", "Fela", "Zoë"];
    let row = |_| {
        let (genre, artist, year) = (next(7) as usize, next(6) as usize, 1999 + next(6) as i64);
        let day = format!("{year}-{:02}-{:02}", 1 + next(12), 1 + next(28));
        let genre = genres.get(genre).map_or(Cell::Null, |g| Cell::Text((*g).into()));
        let (id, name) = match names.get(artist) {
            // A name changes its case now and then: the greatest is shown.
            Some(name) => (
                Cell::Text(format!("a{artist}")),
                match next(3) {
                    0 => Cell::Text(name.to_uppercase()),
                    _ => Cell::Text((*name).into()),
                },
            ),
            None => (Cell::Null, Cell::Null),
        };
        let energy = if next(9) == 0 { Cell::Null } else { Cell::Double(next(1000) as f64 / 1000.0) };
        let popularity = if next(12) == 0 { Cell::Null } else { Cell::Int(next(100) as i64 - 5) };
        let day = if next(15) == 0 { Cell::Null } else { Cell::Text(day) };
        vec![
            genre,
            id,
            name,
            Cell::Int(year),
            day,
            energy,
            popularity,
            Cell::Int(next(1_000_000) as i64),
            Cell::Bool(next(3) == 0),
        ]
    };
    (0..count).map(row).collect()
}

/// The rows as the table `plays`.
pub fn shelf(root: &std::path::Path, rows: &[Row]) -> Shelf {
    let texts = |c: usize| {
        array(StringArray::from_iter(rows.iter().map(|r| match &r[c] {
            Cell::Text(text) => Some(text.clone()),
            _ => None,
        })))
    };
    let ints = |c: usize| rows.iter().map(move |r| if let Cell::Int(i) = r[c] { Some(i) } else { None });
    let days = rows.iter().map(|r| match &r[4] {
        Cell::Text(day) => Some(super::super::super::text::parse_date(day).unwrap()),
        _ => None,
    });
    let data = vec![
        texts(0),
        texts(1),
        texts(2),
        array(Int32Array::from_iter(ints(3).map(|i| i.map(|i| i as i32)))),
        array(Date32Array::from_iter(days)),
        array(Float64Array::from_iter(rows.iter().map(|r| r[5].number()))),
        array(Int32Array::from_iter(ints(6).map(|i| i.map(|i| i as i32)))),
        array(Int64Array::from_iter(ints(7))),
        array(BooleanArray::from_iter(rows.iter().map(|r| Some(r[8] == Cell::Bool(true))))),
    ];
    write(&root.join("plays/part-0.parquet"), COLUMNS.iter().map(|(name, _)| *name).zip(data).collect());
    let table = Table {
        database: "db".into(),
        name: "plays".into(),
        columns: columns(&COLUMNS),
        keys: Vec::new(),
        format: Format::Parquet,
        folders: vec![folder(&root.join("plays"), &[])],
    };
    Shelf(vec![table])
}
