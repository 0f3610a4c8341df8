//! CSV sources: RFC 4180, columns bound by header name file by file, nothing but text out.
//!
//! - [`records`][]: bytes to records.
//! - [`reader`][]: records to batches of the declared columns.

pub mod reader;
pub mod records;
