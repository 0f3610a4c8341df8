//! The conversion table: what a text, or a value of one type, becomes in another type. One meaning for every engine.
//!
//! - [`grammar`]: the accepted texts as regular expressions that Rust and Java read alike; the PySpark writer emits them.
//! - [`text`]: text to typed value, the reference; the embedded engine calls it.
//! - [`list`]: text to array.
//! - [`nested`]: text to structs and to arrays of arrays or structs; lines of JSON.
//! - [`typed`]: typed value to another type, and which conversions there are at all.
//! - [`value`]: the values these speak of, and their canonical text.
//! - [`table`]: the rules in words with examples; docs/conversions.md is written from it.
//!
//! What does not convert is NULL, and is counted as lost by whoever applies the conversion. Empty text is NULL before it
//! ever comes here, and is not counted.

pub mod grammar;
pub mod list;
pub mod nested;
pub mod table;
pub mod text;
pub mod typed;
pub mod value;

pub use text::convert_text;
pub use typed::{allowed, convert_value, why_not};
pub use value::{Value, canonical_text};
