//! Integration tests: one binary, because each links half a gigabyte.

mod convergence;
mod dashboard_page;
mod flagship;
mod house;
mod local;
mod local_athena;
mod local_glue;
mod lock;
mod real;
mod refusals;
mod spark;
mod support;
mod transfer;
