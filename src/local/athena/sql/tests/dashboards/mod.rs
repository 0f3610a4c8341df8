//! A dashboard's queries on the engine, against the same numbers folded in Rust from the raw rows.

mod cases;
mod expressions;
mod fold;
mod plays;

use super::{Shelf, render, run};
