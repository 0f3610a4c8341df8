//! CSV sources: RFC 4180, columns bound by header name file by file, nothing but text out.
//!
//! - [`records`][]: bytes to records.
//! - [`reader`][]: records to batches of the declared columns.
//! - [`quick`][]: regular files in [`pieces`], by several threads at a time.

pub mod pieces;
pub mod quick;
pub mod reader;
pub mod records;
