//! What roles, users and groups share: how IAM names, sends and refuses things.

use std::collections::BTreeMap;

use aws_sdk_iam::types::Tag;
use serde_json::Value;

use crate::error::{Error, Kind as ErrorKind, Result};
use crate::resource::Fields;
use crate::services::fields;

/// The name of our inline policy.
pub(super) const INLINE: &str = "pipectl";
/// What IAM answers for what is not there.
pub(super) const MISSING: &[&str] = &["NoSuchEntity", "NoSuchEntityException"];

/// Whether a creation was refused because the name is taken.
pub(super) fn is_there(error: &Error) -> bool {
    matches!(error.aws_code(), Some("EntityAlreadyExists" | "EntityAlreadyExistsException"))
}

/// A policy document as IAM gives it back: URL-encoded JSON.
pub(super) fn document(encoded: &str) -> Value {
    fields::parsed(&decode(encoded))
}

/// Percent-decoding (RFC 3986). What is no escape stays as it is.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The wanted tags in the SDK's form.
pub(super) fn sdk_tags(want: &Fields) -> Result<Vec<Tag>> {
    let unbuildable = |e| Error::bug(format!("a tag cannot be built: {e}"));
    fields::map(want, "tags")
        .into_iter()
        .map(|(k, v)| Tag::builder().key(k).value(v).build().map_err(unbuildable))
        .collect()
}

/// The `tags` field of these.
pub(super) fn tags_field(tags: &[Tag]) -> Value {
    let tags: BTreeMap<String, String> =
        tags.iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect();
    fields::object(&tags)
}

/// The error for what others put on a role, user or group that is to go: `help` says how it is taken away.
pub(super) fn has_foreign(what: &str, foreign: &[String], help: &str) -> Error {
    let list = foreign.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    Error::new(ErrorKind::Conflict, "foreign-policies", format!("{what} has what somebody else put there: {list}"))
        .with_expected("nothing but pipectl's own, so that nobody's work is lost")
        .with_help(format!("if it may go: {help}, then run the same command again"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_escape_stays() {
        assert_eq!(decode("a%20b%zz%2"), "a b%zz%2");
        assert_eq!(decode("%C3%BC+"), "ü+");
    }
}
