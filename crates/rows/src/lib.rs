//! The inner loops of pipectl's embedded engine, over Arrow arrays and nothing else.
//!
//! They stand in a crate of their own because they are what a run spends its time in: this crate is small and compiled at
//! the highest level, while the rest of pipectl is large and compiled quickly. What anything *means* is decided above, in
//! pipectl's `flow` and `engine`; here is only how it is done fast.
//!
//! - [`fields`], [`spans`][]: where the fields of CSV records stand in a block of bytes.
//! - [`quick`][]: texts as they are mostly written, to numbers, dates and the like.
//! - [`columns`][]: fields or texts to Arrow arrays.
//! - [`hash`][], [`compare`][]: keys and orders.
//! - [`first`][]: the first row of each key.
//! - [`matches`](mod@matches): the pairs of a join.
//! - [`groups`][]: rows put together by equal values.

pub mod columns;
pub mod compare;
pub mod fields;
pub mod first;
pub mod groups;
pub mod hash;
pub mod matches;
pub mod quick;
pub mod spans;
