//! Integration tests.

mod lock;
