//! The data side, engine-neutral: types, steps, portable SQL, conversions, typing.
//!
//! | module | what it does |
//! |---|---|
//! | [`types`], [`type_syntax`] | the types of columns; how they are written |
//! | [`conversion`] | what a text or value becomes in another type: the one table |
//! | [`expr`], [`functions`], [`portable_sql`] | typed expressions; the functions of portable SQL; its page |
//! | [`aggregates`], [`windows`] | functions over many rows |
//! | [`pattern`] | regular expressions that engines read alike |
//! | [`parse`], [`typing`] | an expression's text -> its typed tree |
//! | [`sql`] | a query's text -> operations |
//! | [`headers`], [`parquet`], [`packed`] | the header lines of a source's files; the columns of Parquet files; `.gz` |
//! | [`compile`] | a manifest -> its [`document::Flow`], all names resolved |
//! | [`document`], [`metrics`], [`verdict`] | what engines read; what a run tells; when it fails |
//! | [`queries`] | Athena's queries against the flow's tables |
//! | [`lineage`] | what columns are made of |
//! | [`select`] | which tables a run takes in |
//! | [`impact`] | what the author may not have meant |

pub mod aggregates;
pub mod compile;
pub mod conversion;
pub mod document;
pub mod expr;
pub mod functions;
pub mod headers;
pub mod impact;
pub mod lineage;
pub mod metrics;
pub mod packed;
pub mod parquet;
pub mod parse;
pub mod pattern;
pub mod portable_sql;
pub mod queries;
pub mod select;
pub mod sql;
pub mod type_syntax;
pub mod types;
pub mod typing;
pub mod verdict;
pub mod windows;
