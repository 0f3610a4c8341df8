//! The local cloud: an AWS-compatible endpoint on loopback that really executes.
//!
//! State lies under one folder (`.pipectl/cloud/`): objects are plain files at `s3/<bucket>/<key>`, everything else is
//! JSON documents. One HTTP server serves all services; a request is told apart by its target header, its form
//! action, the service that it is signed for, or else is S3's.
//!
//! | part | what |
//! |---|---|
//! | [`server`], [`router`] | the listener; one call from signature to answer |
//! | [`json`], [`rest`], [`query`] | the wire of Glue and Athena; that of QuickSight; that of IAM and STS |
//! | [`s3`], [`iam`], [`sts`], [`glue`], [`athena`], [`quicksight`], [`tagging`], [`logs`] | the services |
//! | [`store`], [`keys`] | the state |
//! | [`sigv4`] | signatures |
//! | [`request_log`] | one JSON line a call |
//! | [`faults`], [`endings`], [`lag`] | what goes wrong on purpose |

pub mod athena;
pub mod body;
pub mod endings;
pub mod error;
pub mod faults;
pub mod glue;
pub mod heavy;
pub mod iam;
pub mod json;
pub mod keys;
pub mod lag;
pub mod logs;
pub mod options;
pub mod owners;
pub mod paging;
pub mod query;
pub mod quicksight;
mod regions;
pub mod request_log;
pub mod rest;
pub mod router;
pub mod s3;
pub mod server;
pub mod service;
pub mod shapes;
pub mod sigv4;
pub mod store;
pub mod sts;
pub mod tagging;

pub use error::{ServiceError, ServiceResult};
pub use options::{Endpoint, Options};
pub use server::{Cloud, start};
pub use service::{JsonService, RestService};
pub use store::Store;
