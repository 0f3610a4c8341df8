//! The data side, engine-neutral: types, steps, portable SQL, conversions, typing.

pub mod compile;
pub mod conversion;
pub mod document;
pub mod expr;
pub mod functions;
pub mod headers;
pub mod metrics;
pub mod parse;
pub mod type_syntax;
pub mod types;
pub mod typing;
pub mod verdict;
