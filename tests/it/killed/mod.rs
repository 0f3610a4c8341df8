//! Runs that are killed as by `kill -9`, at random moments: a table is the old one or, after the next run, the new one; never
//! has it a file that is not whole, and a mix of old and new never lasts.
//!
//! `tests/run.sh --all` kills a hundred runs of each engine, and some of each are killed otherwise.

mod embedded;
mod moments;
mod spark;
mod tables;
