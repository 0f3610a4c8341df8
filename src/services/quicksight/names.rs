//! Ids and ARNs: all follow from the manifest, the account and the region.

use crate::aws::Session;
use crate::manifest::model::Manifest;
use crate::services::Context;

/// The id of the data source: the one that is used, or the pipeline's own.
pub fn data_source_id(manifest: &Manifest) -> String {
    let existing = manifest.quicksight.as_ref().and_then(|q| q.data_source.existing.as_ref());
    existing.map_or_else(|| manifest.base_name(), |id| id.value.clone())
}

/// The id of a data set by its name in the manifest.
pub fn data_set_id(manifest: &Manifest, name: &str) -> String {
    format!("{}-{name}", manifest.base_name())
}

/// The id of a dashboard by its name in the manifest.
pub fn dashboard_id(manifest: &Manifest, name: &str) -> String {
    format!("{}-{name}", manifest.base_name())
}

/// The ARN of `datasource/x`, `dataset/x` or `dashboard/x`.
pub(in crate::services) fn arn(cx: &Context<'_>, resource: &str) -> String {
    format!("arn:{}:quicksight:{}:{}:{resource}", cx.partition, cx.region, cx.account)
}

/// The same, where a session tells the account.
pub(super) fn live_arn(aws: &Session, resource: &str) -> String {
    format!("arn:{}:quicksight:{}:{}:{resource}", aws.partition, aws.region, aws.account)
}

/// The ARN of one of QuickSight's own themes: `CLASSIC`.
pub(super) fn theme_arn(cx: &Context<'_>, name: &str) -> String {
    format!("arn:{}:quicksight::aws:theme/{name}", cx.partition)
}

/// The ARN of `user/default/x`, `group/default/x` or `namespace/default`. People are kept in the identity region, which
/// need not be the pipeline's.
pub(super) fn principal_arn(cx: &Context<'_>, written: &str) -> String {
    if written.starts_with("arn:") {
        return written.to_owned();
    }
    let region = cx.manifest.quicksight.as_ref().and_then(|q| q.identity_region.as_ref());
    let region = region.map_or(cx.region, |region| region.value.as_str());
    format!("arn:{}:quicksight:{region}:{}:{written}", cx.partition, cx.account)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::spanned::Spanned;
    use crate::services::testing::{in_context, manifest};

    #[test]
    fn people_live_in_the_identity_region() {
        let mut manifest = manifest();
        let written = "user/default/lead@example.com";
        let arn = |manifest: &Manifest| in_context(manifest, |cx| principal_arn(cx, written));
        assert_eq!(arn(&manifest), format!("arn:aws:quicksight:us-east-1:123456789012:{written}"));
        manifest.quicksight.as_mut().unwrap().identity_region = Some(Spanned::unplaced("eu-west-1".into()));
        assert_eq!(arn(&manifest), format!("arn:aws:quicksight:eu-west-1:123456789012:{written}"));
        let whole = "arn:aws:quicksight:us-east-2:210987654321:user/default/x";
        assert_eq!(in_context(&manifest, |cx| principal_arn(cx, whole)), whole);
    }
}
