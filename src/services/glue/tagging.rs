//! Tags of Glue's resources, by ARN; every ARN can be computed.

use std::collections::BTreeMap;

use crate::aws::{Call, Session};
use crate::error::Result;
use crate::resource::Fields;
use crate::services::fields;

/// What Glue answers for what is not there.
pub(in crate::services) const MISSING: &[&str] = &["EntityNotFoundException"];
/// What Glue answers for a name that is taken.
pub(super) const TAKEN: &[&str] = &["AlreadyExistsException", "IdempotentParameterMismatchException"];

/// The ARN of `job/x`, `crawler/x` or `database/x`.
pub(super) fn arn(aws: &Session, resource: &str) -> String {
    format!("arn:{}:glue:{}:{}:{resource}", aws.partition, aws.region, aws.account)
}

/// The tags, foreign ones included.
pub(super) async fn read(aws: &Session, resource: &str) -> Result<BTreeMap<String, String>> {
    let got = aws.glue.get_tags().resource_arn(arn(aws, resource)).send().await.call("glue:GetTags")?;
    Ok(got.tags.into_iter().flatten().collect())
}

/// Sets the wanted tags, and takes away those of ours that are no longer wanted, which comes first: the list of ours must not
/// forget one that is still there. Glue leaves the others alone.
pub(super) async fn write(aws: &Session, resource: &str, live: &Fields, want: &Fields) -> Result<()> {
    let gone = fields::gone(live, want, "tags");
    if !gone.is_empty() {
        let call = aws.glue.untag_resource().resource_arn(arn(aws, resource)).set_tags_to_remove(Some(gone));
        call.send().await.call("glue:UntagResource")?;
    }
    let tags = fields::hash(fields::map(want, "tags"));
    let call = aws.glue.tag_resource().resource_arn(arn(aws, resource)).set_tags_to_add(Some(tags));
    call.send().await.call("glue:TagResource").map(drop)
}
