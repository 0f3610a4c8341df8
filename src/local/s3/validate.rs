//! What S3 refuses in the documents of a bucket's settings.

use std::collections::BTreeSet;

use s3s::dto::*;
use s3s::{S3ErrorCode, S3Result};
use serde_json::Value;

use super::refuse::{invalid_argument, malformed_xml, refuse, refuse_as};

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

/// A bucket policy: JSON with statements, each with effect, principal, action, and resources of this bucket.
pub fn policy(text: &str, bucket: &str) -> S3Result<()> {
    let malformed = |message: &'static str| Err(refuse(S3ErrorCode::MalformedPolicy, message));
    let Ok(Value::Object(policy)) = serde_json::from_str(text) else {
        return malformed("Policies must be valid JSON and the first byte must be '{'");
    };
    if text.len() > 20 * 1024 {
        return Err(refuse_as(
            http::StatusCode::BAD_REQUEST,
            "PolicyTooLarge",
            "Policy exceeds the maximum allowed document size.",
        ));
    }
    if policy.keys().any(|key| !["Version", "Id", "Statement"].contains(&key.as_str())) {
        return malformed("Unknown field");
    }
    let statements = match policy.get("Statement") {
        Some(Value::Array(statements)) if !statements.is_empty() => statements.iter().collect(),
        Some(statement @ Value::Object(_)) => vec![statement],
        _ => return malformed("Missing required field Statement"),
    };
    for statement in statements {
        if !["Allow", "Deny"].iter().any(|effect| statement["Effect"] == *effect) {
            return malformed("Missing required field Effect");
        }
        let has = |fields: [&str; 2]| fields.iter().any(|field| !statement[*field].is_null());
        if !has(["Principal", "NotPrincipal"]) {
            return malformed("Missing required field Principal");
        }
        if !has(["Action", "NotAction"]) {
            return malformed("Missing required field Action");
        }
        let resource = if statement["Resource"].is_null() { &statement["NotResource"] } else { &statement["Resource"] };
        let arn = format!(":s3:::{bucket}");
        let ours = |value: &Value| {
            let rest = value.as_str().and_then(|text| text.strip_prefix("arn:aws")?.split_once(arn.as_str()));
            rest.is_some_and(|(_, rest)| rest.is_empty() || rest.starts_with('/') || rest.starts_with('*'))
        };
        match resource {
            Value::Null => return malformed("Missing required field Resource"),
            Value::Array(items) if !items.is_empty() && items.iter().all(ours) => {}
            text @ Value::String(_) if ours(text) => {}
            _ => return malformed("Policy has invalid resource"),
        }
    }
    Ok(())
}

/// A lifecycle: one to a thousand rules with distinct ids, each enabled or disabled, each doing something, with positive
/// days, and no object moved after it expired.
pub fn lifecycle(configuration: &BucketLifecycleConfiguration) -> S3Result<()> {
    if !(1..=1000).contains(&configuration.rules.len()) {
        return Err(malformed_xml());
    }
    let mut ids = BTreeSet::new();
    for rule in &configuration.rules {
        let id = rule.id.as_deref().unwrap_or_default();
        if id.chars().count() > 255 {
            return Err(invalid_argument("ID length should not exceed allowed limit of 255"));
        }
        if !ids.insert(id) {
            return Err(invalid_argument("Rule ID must be unique. Found same ID for more than one rule"));
        }
        if !["Enabled", "Disabled"].contains(&rule.status.as_str()) || (rule.filter.is_none() && rule.prefix.is_none())
        {
            return Err(malformed_xml());
        }
        actions(rule)?;
    }
    Ok(())
}

fn actions(rule: &LifecycleRule) -> S3Result<()> {
    let transitions = rule.transitions.as_deref().unwrap_or_default();
    let nothing = rule.expiration.is_none()
        && transitions.is_empty()
        && rule.noncurrent_version_expiration.is_none()
        && rule.noncurrent_version_transitions.as_deref().unwrap_or_default().is_empty()
        && rule.abort_incomplete_multipart_upload.is_none();
    if nothing {
        return Err(refuse(S3ErrorCode::InvalidRequest, "At least one action needs to be specified in a rule"));
    }
    let expires = rule.expiration.as_ref().and_then(|e| e.days);
    if expires.is_some_and(|days| days < 1) {
        return Err(invalid_argument("'Days' for Expiration action must be a positive integer"));
    }
    for transition in transitions {
        let Some(class) = transition.storage_class.as_ref().map(|c| c.as_str()) else { return Err(malformed_xml()) };
        let Some(days) = transition.days else { continue };
        if days < 0 {
            return Err(invalid_argument("'Days' for Transition action must be nonnegative"));
        }
        if matches!(class, "STANDARD_IA" | "ONEZONE_IA") && days < 30 {
            return Err(invalid_argument(format!(
                "'Days' in Transition action must be greater than or equal to 30 for storageClass '{class}'"
            )));
        }
        if expires.is_some_and(|expires| expires <= days) {
            return Err(invalid_argument(
                "'Days' in the Expiration action must be greater than 'Days' in the Transition action",
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(result: S3Result<()>) -> String {
        result.map_or_else(|e| e.code().as_str().to_owned(), |()| "ok".to_owned())
    }

    #[test]
    fn policies() {
        let deny = r#"{"Version":"2012-10-17","Statement":[{"Sid":"x","Effect":"Deny","Principal":"*","Action":"s3:*",
            "Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}"#;
        assert_eq!(code(policy(deny, "b")), "ok");
        assert_eq!(code(policy(deny, "other")), "MalformedPolicy");
        for text in ["", "[]", "{}", r#"{"Statement":[]}"#, r#"{"Statement":{"Effect":"Maybe"}}"#] {
            assert_eq!(code(policy(text, "b")), "MalformedPolicy", "{text}");
        }
    }

    #[test]
    fn lifecycles() {
        let rule = |days: i32, class: &str, expires: Option<i32>| {
            let transition = Transition {
                days: Some(days),
                storage_class: Some(TransitionStorageClass::from(class.to_owned())),
                ..Default::default()
            };
            let rule = LifecycleRule {
                abort_incomplete_multipart_upload: None,
                expiration: expires.map(|days| LifecycleExpiration { days: Some(days), ..Default::default() }),
                filter: Some(LifecycleRuleFilter { prefix: Some("staging/".into()), ..Default::default() }),
                id: Some("x".into()),
                noncurrent_version_expiration: None,
                noncurrent_version_transitions: None,
                prefix: None,
                status: ExpirationStatus::from_static("Enabled"),
                transitions: Some(vec![transition]),
            };
            BucketLifecycleConfiguration { rules: vec![rule] }
        };
        assert_eq!(code(lifecycle(&rule(90, "GLACIER_IR", None))), "ok");
        assert_eq!(code(lifecycle(&rule(1, "STANDARD_IA", None))), "InvalidArgument");
        assert_eq!(code(lifecycle(&rule(90, "GLACIER_IR", Some(90)))), "InvalidArgument");
        assert_eq!(code(lifecycle(&rule(90, "GLACIER_IR", Some(0)))), "InvalidArgument");
        let mut idle = rule(1, "GLACIER_IR", None);
        idle.rules[0].transitions = None;
        assert_eq!(code(lifecycle(&idle)), "InvalidRequest");
        let mut twice = rule(1, "GLACIER_IR", None);
        twice.rules.push(twice.rules[0].clone());
        assert_eq!(code(lifecycle(&twice)), "InvalidArgument");
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
