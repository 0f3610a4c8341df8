//! Athena's queries on the local cloud and on Trino 435: the same rows and types, or the same errors.
//!
//! `tests/trino` holds the judge and the corpus; docs/athena-sql.md, which these tests keep current, says what is covered.

mod answer;
mod approximate;
mod corpus;
mod coverage;
mod expressions;
mod flagship;
mod judge;
mod queries;
mod report;
