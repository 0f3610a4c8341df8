//! A bucket's policy: checked and kept; nobody is ever denied by it.

use s3s::dto::*;
use s3s::{S3ErrorCode, S3Request, S3Result};
use serde_json::Value;

use super::refuse::{refuse, refuse_as};
use super::{bucket, settings};
use crate::local::store::Store;

const POLICY: &str = "policy";

/// `PutBucketPolicy`.
pub async fn put(store: &Store, request: S3Request<PutBucketPolicyInput>) -> S3Result<PutBucketPolicyOutput> {
    let input = request.input;
    check(&input.policy, &input.bucket)?;
    settings::update(store, &input.bucket, |settings| {
        settings.insert(POLICY.to_owned(), input.policy);
        Ok(())
    })
    .await?;
    Ok(PutBucketPolicyOutput {})
}

/// `GetBucketPolicy`: the text as it was put.
pub async fn get(store: &Store, request: S3Request<GetBucketPolicyInput>) -> S3Result<GetBucketPolicyOutput> {
    let policy = bucket::find(store, &request.input.bucket)?.settings.remove(POLICY);
    let policy = policy.ok_or_else(|| refuse(S3ErrorCode::NoSuchBucketPolicy, "The bucket policy does not exist"))?;
    Ok(GetBucketPolicyOutput { policy: Some(policy) })
}

/// `DeleteBucketPolicy`.
pub async fn delete(store: &Store, request: S3Request<DeleteBucketPolicyInput>) -> S3Result<DeleteBucketPolicyOutput> {
    settings::remove(store, &request.input.bucket, POLICY).await?;
    Ok(DeleteBucketPolicyOutput {})
}

/// A bucket policy: JSON with statements, each with effect, principal, action, and resources of this bucket.
fn check(text: &str, bucket: &str) -> S3Result<()> {
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
        assert_eq!(code(check(deny, "b")), "ok");
        assert_eq!(code(check(deny, "other")), "MalformedPolicy");
        for text in ["", "[]", "{}", r#"{"Statement":[]}"#, r#"{"Statement":{"Effect":"Maybe"}}"#] {
            assert_eq!(code(check(text, "b")), "MalformedPolicy", "{text}");
        }
    }
}
