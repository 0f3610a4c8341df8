//! What QuickSight answers for what is not there, and for a name that is taken.

use crate::error::{Error, Kind, Result};
use crate::resource::Resource;

/// What QuickSight answers for an id that is taken.
pub(super) const TAKEN: &[&str] = &["ResourceExistsException"];

/// `None` when it is not there. An account without QuickSight answers with the same code, "not signed up": that stays an
/// error.
pub(super) fn present<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error)
            if error.aws_code() == Some("ResourceNotFoundException") && error.code() != "quicksight-not-subscribed" =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// The error for what went away between two looks.
pub(super) fn gone(want: &Resource) -> Error {
    Error::new(Kind::Conflict, "gone", format!("`{}` went away meanwhile", want.address)).with_help("plan again")
}
