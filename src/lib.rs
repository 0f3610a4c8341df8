//! pipectl provisions and runs an analytics pipeline on AWS from one `pipeline.yaml`.
//!
//! The house, floors from the ground up. A module imports only floors below its own (`tests/it/house.rs` reads the
//! imports and fails on one that goes up).
//!
//! | floor | module | what lives there |
//! |---|---|---|
//! | 7 | [`cli`] | one file a verb: arguments -> library call -> report |
//! | 6 | [`local`] | the local cloud: an AWS-compatible endpoint on loopback |
//! | 6 | [`report`] | views of plans, runs, queries; the only place that prints |
//! | 5 | [`apply`] | executes a plan: order, parallelism, waits, lock, interrupts |
//! | 5 | [`run`] | the pipeline's stages and their events |
//! | 4 | [`services`] | per AWS service: desired, read, create, update, delete, and the actions of a run |
//! | 3 | [`aws`] | session, retries, error classification, waiting |
//! | 3 | [`plan`] | pure: graph, diff, plan document |
//! | 3 | [`dashboard`] | visuals -> SQL, -> QuickSight definition, -> one HTML page |
//! | 3 | [`engine`] | a flow -> DataFusion (runs it) or -> PySpark (writes it) |
//! | 2 | [`cost`] | a dated price table; what a run and a month cost |
//! | 2 | [`flow`] | the data side, engine-neutral: types, steps, portable SQL, conversions |
//! | 2 | [`resource`] | the vocabulary of infrastructure: address, kind, fields with their metadata |
//! | 1 | [`manifest`] | `pipeline.yaml` -> nodes with places -> overlay -> variables -> typed model |
//! | 0 | [`error`] | the rules of errors |
//!
//! docs/architecture.md follows one pipeline through these floors.

pub mod apply;
pub mod aws;
pub mod cli;
pub mod cost;
pub mod dashboard;
pub mod engine;
pub mod error;
pub mod flow;
pub mod local;
pub mod manifest;
pub mod plan;
pub mod report;
pub mod resource;
pub mod run;
pub mod services;
