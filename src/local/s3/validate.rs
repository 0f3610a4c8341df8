//! What S3 refuses in the documents of a bucket's settings. (Policies and lifecycles: where they are kept.)

use std::collections::BTreeSet;

use s3s::dto::*;
use s3s::{S3ErrorCode, S3Result};

use super::refuse::{invalid_argument, malformed_xml, refuse};

/// Tags: at most `most`, distinct keys of 1 to 128 characters, values to 256, no `aws:` keys.
pub fn tags(tags: &[Tag], most: usize) -> S3Result<()> {
    let invalid = |message: &'static str| Err(refuse(S3ErrorCode::InvalidTag, message));
    if tags.len() > most {
        return Err(refuse(S3ErrorCode::InvalidTag, format!("Object tags cannot be greater than {most}")));
    }
    let mut seen = BTreeSet::new();
    for tag in tags {
        let (Some(key), value) = (tag.key.as_deref(), tag.value.as_deref()) else { return Err(malformed_xml()) };
        if key.is_empty() || key.chars().count() > 128 {
            return invalid("The TagKey you have provided is invalid");
        }
        if key.starts_with("aws:") {
            return invalid("System tags cannot be added/updated by requester");
        }
        if value.is_none_or(|v| v.chars().count() > 256) {
            return invalid("The TagValue you have provided is invalid");
        }
        if !seen.insert(key) {
            return invalid("Cannot provide multiple Tags with the same key");
        }
    }
    Ok(())
}

/// Encryption: one rule, an algorithm that S3 has, a key only for KMS.
pub fn encryption(configuration: &ServerSideEncryptionConfiguration) -> S3Result<()> {
    let [rule] = configuration.rules.as_slice() else { return Err(malformed_xml()) };
    let Some(default) = &rule.apply_server_side_encryption_by_default else { return Err(malformed_xml()) };
    match (default.sse_algorithm.as_str(), &default.kms_master_key_id) {
        ("AES256", Some(_)) => Err(invalid_argument(
            "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
        )),
        ("AES256" | "aws:kms" | "aws:kms:dsse", _) => Ok(()),
        _ => Err(malformed_xml()),
    }
}

/// Ownership: one rule with a value that S3 has.
pub fn ownership(controls: &OwnershipControls) -> S3Result<()> {
    let known = ["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"];
    match controls.rules.as_slice() {
        [rule] if known.contains(&rule.object_ownership.as_str()) => Ok(()),
        _ => Err(malformed_xml()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(result: S3Result<()>) -> String {
        result.map_or_else(|e| e.code().as_str().to_owned(), |()| "ok".to_owned())
    }

    #[test]
    fn tag_sets() {
        let tag = |key: &str| Tag { key: Some(key.to_owned()), value: Some(String::new()) };
        assert_eq!(code(tags(&[tag("a"), tag("A")], 50)), "ok");
        assert_eq!(code(tags(&[tag("a"), tag("a")], 50)), "InvalidTag");
        assert_eq!(code(tags(&[tag("aws:x")], 50)), "InvalidTag");
        assert_eq!(code(tags(&vec![tag("a"); 51], 50)), "InvalidTag");
    }
}
