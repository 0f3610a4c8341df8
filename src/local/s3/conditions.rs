//! Conditional calls: `If-Match` and its kin.

use s3s::dto::{ETag, ETagCondition, Timestamp};
use s3s::{S3Error, S3ErrorCode, S3Result};

use super::object::{Object, timestamp};
use super::refuse::{no_such_key, precondition_failed, with_header};

/// The conditions of a read.
#[derive(Default)]
pub struct ReadConditions {
    /// `If-Match`.
    pub matches: Option<ETagCondition>,
    /// `If-None-Match`.
    pub none_match: Option<ETagCondition>,
    /// `If-Modified-Since`.
    pub modified_since: Option<Timestamp>,
    /// `If-Unmodified-Since`.
    pub unmodified_since: Option<Timestamp>,
}

/// What the conditions of a read say.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Go on.
    Read,
    /// The client has it already.
    NotModified,
    /// A condition does not hold.
    Failed,
}

impl ReadConditions {
    /// ETags have the word where both an ETag and a time are given. Times count in whole seconds, as headers do.
    pub fn judge(&self, object: &Object) -> Verdict {
        let modified = timestamp(object.modified / 1_000_000_000 * 1_000_000_000);
        let failed = match (&self.matches, &self.unmodified_since) {
            (Some(condition), _) => !is_met(condition, &object.etag),
            (None, Some(since)) => modified > *since,
            (None, None) => false,
        };
        if failed {
            return Verdict::Failed;
        }
        let unchanged = match (&self.none_match, &self.modified_since) {
            (Some(condition), _) => is_met(condition, &object.etag),
            (None, Some(since)) => modified <= *since,
            (None, None) => false,
        };
        if unchanged { Verdict::NotModified } else { Verdict::Read }
    }

    /// The verdict as the error that stops a read.
    pub fn check(&self, object: &Object) -> S3Result<()> {
        match self.judge(object) {
            Verdict::Read => Ok(()),
            Verdict::Failed => Err(precondition_failed()),
            Verdict::NotModified => {
                let error = S3Error::new(S3ErrorCode::NotModified);
                Err(with_header(error, "etag", &format!("\"{}\"", object.etag)))
            }
        }
    }
}

/// The conditions of a write, against the object that is there now.
pub fn check_write(
    matches: Option<&ETagCondition>,
    none_match: Option<&ETagCondition>,
    current: Option<&Object>,
) -> S3Result<()> {
    if let Some(condition) = matches {
        let object = current.ok_or_else(no_such_key)?;
        if !is_met(condition, &object.etag) {
            return Err(precondition_failed());
        }
    }
    match (none_match, current) {
        (Some(condition), Some(object)) if is_met(condition, &object.etag) => Err(precondition_failed()),
        _ => Ok(()),
    }
}

fn is_met(condition: &ETagCondition, etag: &str) -> bool {
    match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(ETag::Strong(given) | ETag::Weak(given)) => given == etag,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn etag(text: &str) -> Option<ETagCondition> {
        Some(ETagCondition::ETag(ETag::Strong(text.to_owned())))
    }

    fn object() -> Object {
        Object { etag: "e".into(), modified: 5_500_000_000, ..Default::default() }
    }

    fn at(seconds: u64) -> Option<Timestamp> {
        Some(timestamp(seconds * 1_000_000_000))
    }

    #[test]
    fn reads() {
        let judge = |conditions: ReadConditions| conditions.judge(&object());
        let none = ReadConditions::default;
        assert_eq!(judge(none()), Verdict::Read);
        assert_eq!(judge(ReadConditions { matches: etag("x"), ..none() }), Verdict::Failed);
        assert_eq!(judge(ReadConditions { matches: etag("e"), unmodified_since: at(1), ..none() }), Verdict::Read);
        assert_eq!(judge(ReadConditions { unmodified_since: at(4), ..none() }), Verdict::Failed);
        assert_eq!(judge(ReadConditions { unmodified_since: at(5), ..none() }), Verdict::Read);
        assert_eq!(judge(ReadConditions { none_match: etag("e"), ..none() }), Verdict::NotModified);
        assert_eq!(judge(ReadConditions { none_match: etag("x"), modified_since: at(9), ..none() }), Verdict::Read);
        assert_eq!(judge(ReadConditions { modified_since: at(5), ..none() }), Verdict::NotModified);
        assert_eq!(judge(ReadConditions { modified_since: at(4), ..none() }), Verdict::Read);
    }

    #[test]
    fn writes() {
        let code = |m: Option<ETagCondition>, n: Option<ETagCondition>, current: Option<&Object>| {
            check_write(m.as_ref(), n.as_ref(), current).map_err(|e| e.code().as_str().to_owned())
        };
        let failed = Err("PreconditionFailed".to_owned());
        assert_eq!(code(None, Some(ETagCondition::Any), None), Ok(()));
        assert_eq!(code(None, Some(ETagCondition::Any), Some(&object())), failed.clone());
        assert_eq!(code(etag("e"), None, Some(&object())), Ok(()));
        assert_eq!(code(etag("x"), None, Some(&object())), failed);
        assert_eq!(code(etag("e"), None, None), Err("NoSuchKey".to_owned()));
    }
}
