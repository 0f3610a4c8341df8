//! The data side, engine-neutral: types, steps, portable SQL, conversions, typing.

pub mod document;
pub mod expr;
pub mod metrics;
pub mod types;
pub mod verdict;
