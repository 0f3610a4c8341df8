//! The local cloud, seen from outside: through the AWS SDK, boto3, the AWS CLI and bare HTTP.

pub mod cloud;

mod clients;
mod quicksight;
mod s3;
mod server;
