//! How a bucket encrypts what comes in: with S3's own keys, or with a KMS key and then with a bucket key, so that not every
//! object costs a call to KMS.

use aws_sdk_s3::types::{
    ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
};
use serde_json::{Value, json};

use super::bucket_settings::unbuildable;
use crate::aws::{Call, Session, absent};
use crate::error::Result;
use crate::resource::Fields;
use crate::services::fields;

/// The fields that the one call writes.
pub(super) const FIELDS: &[&str] = &["encryption", "kms_key", "bucket_key"];

/// Encryption with S3's own keys.
const OWN_KEYS: &str = "AES256";
/// Encryption with a key of KMS.
const KMS: &str = "aws:kms";

/// The fields of a bucket with this key.
pub(super) fn wanted(kms_key: Option<&str>) -> [(String, Value); 3] {
    [
        ("encryption".to_owned(), json!(if kms_key.is_some() { KMS } else { OWN_KEYS })),
        ("kms_key".to_owned(), json!(kms_key)),
        ("bucket_key".to_owned(), json!(kms_key.is_some())),
    ]
}

/// The fields as they are. A bucket key means something with KMS alone: S3 tells of one with its own keys, too.
pub(super) async fn read(aws: &Session, bucket: &str) -> Result<Fields> {
    let rule = rule(aws, bucket).await?;
    let default = rule.as_ref().and_then(|rule| rule.apply_server_side_encryption_by_default());
    let algorithm = default.map_or("none", |default| default.sse_algorithm().as_str());
    let bucket_key = rule.as_ref().and_then(|rule| rule.bucket_key_enabled()).unwrap_or(false);
    Ok(Fields::from([
        ("encryption".to_owned(), json!(algorithm)),
        ("kms_key".to_owned(), json!(default.and_then(|default| default.kms_master_key_id()))),
        ("bucket_key".to_owned(), json!(bucket_key && algorithm.starts_with(KMS))),
    ]))
}

/// Writes the three together. What else the rule says, such as ways of encryption that are blocked, stays.
pub(super) async fn write(aws: &Session, bucket: &str, is_new: bool, want: &Fields) -> Result<()> {
    let live = if is_new { None } else { rule(aws, bucket).await? };
    let algorithm = ServerSideEncryption::from(fields::text(want, "encryption").unwrap_or(OWN_KEYS));
    let default = ServerSideEncryptionByDefault::builder()
        .sse_algorithm(algorithm)
        .set_kms_master_key_id(fields::text(want, "kms_key").map(str::to_owned))
        .build()
        .map_err(unbuildable)?;
    let rule = ServerSideEncryptionRule::builder()
        .apply_server_side_encryption_by_default(default)
        .set_bucket_key_enabled(fields::flag(want, "bucket_key"))
        .set_blocked_encryption_types(live.and_then(|rule| rule.blocked_encryption_types))
        .build();
    let configuration = ServerSideEncryptionConfiguration::builder().rules(rule).build().map_err(unbuildable)?;
    let put = aws.s3.put_bucket_encryption().bucket(bucket).server_side_encryption_configuration(configuration);
    put.expected_bucket_owner(&aws.account).send().await.call("s3:PutEncryptionConfiguration").map(drop)
}

async fn rule(aws: &Session, bucket: &str) -> Result<Option<ServerSideEncryptionRule>> {
    let got = aws.s3.get_bucket_encryption().bucket(bucket).expected_bucket_owner(&aws.account).send().await;
    let got = absent(got.call("s3:GetEncryptionConfiguration"), &["ServerSideEncryptionConfigurationNotFoundError"])?;
    let configuration = got.and_then(|answer| answer.server_side_encryption_configuration);
    Ok(configuration.and_then(|configuration| configuration.rules.into_iter().next()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::{Canned, Reply, session};

    const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/1234abcd";

    fn rule(default: &str, rest: &str) -> Reply {
        let default =
            format!("<ApplyServerSideEncryptionByDefault>{default}</ApplyServerSideEncryptionByDefault>{rest}");
        let root = "ServerSideEncryptionConfiguration";
        Reply::new(200, format!("<{root}><Rule>{default}</Rule></{root}>"))
    }

    #[tokio::test]
    async fn a_key_goes_with_a_bucket_key() {
        let server = Canned::start(vec![
            Reply::new(200, ""),
            rule(
                &format!("<SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>{KEY}</KMSMasterKeyID>"),
                "<BucketKeyEnabled>true</BucketKeyEnabled>",
            ),
        ])
        .await;
        let want = Fields::from(wanted(Some(KEY)));
        write(&session(&server), "b", true, &want).await.unwrap();
        let body = &server.asked()[0].body;
        assert!(body.contains("<SSEAlgorithm>aws:kms</SSEAlgorithm>"), "{body}");
        assert!(body.contains(&format!("<KMSMasterKeyID>{KEY}</KMSMasterKeyID>")), "{body}");
        assert!(body.contains("<BucketKeyEnabled>true</BucketKeyEnabled>"), "{body}");
        assert_eq!(read(&session(&server), "b").await.unwrap(), want);
    }

    /// New buckets of the console have one with S3's own keys, where it does nothing.
    #[tokio::test]
    async fn a_bucket_key_without_kms_is_none() {
        let own = rule("<SSEAlgorithm>AES256</SSEAlgorithm>", "<BucketKeyEnabled>true</BucketKeyEnabled>");
        let server = Canned::start(vec![own]).await;
        assert_eq!(read(&session(&server), "b").await.unwrap(), Fields::from(wanted(None)));
    }

    #[tokio::test]
    async fn what_is_blocked_stays_blocked() {
        let blocked = "<BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes>";
        let server =
            Canned::start(vec![rule("<SSEAlgorithm>aws:kms</SSEAlgorithm>", blocked), Reply::new(200, "")]).await;
        write(&session(&server), "b", false, &Fields::from(wanted(None))).await.unwrap();
        let body = &server.asked()[1].body;
        assert!(body.contains(blocked) && body.contains("<SSEAlgorithm>AES256</SSEAlgorithm>"), "{body}");
    }
}
