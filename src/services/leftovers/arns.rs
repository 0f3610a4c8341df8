//! From an ARN to the resource it names: address and identity, nothing else.

use std::collections::BTreeMap;

use crate::resource::{Address, Fields, Kind, Resource};

/// A resource of which only the name is known.
pub(super) fn named(kind: Kind, name: &str, identity: &[(&str, &str)]) -> Resource {
    let identity = identity.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    Resource {
        address: Address::new(kind, name),
        identity: BTreeMap::from_iter(identity),
        fields: Fields::new(),
        depends_on: Vec::new(),
        existing: false,
    }
}

/// The resource of an ARN that the tagging API lists; `None` for what pipectl does not make.
pub(super) fn resource(arn: &str) -> Option<Resource> {
    let mut parts = arn.splitn(6, ':').skip(2);
    let (service, resource) = (parts.next()?, parts.nth(2)?);
    let (kind, part, name) = match (service, resource.split_once('/')) {
        ("s3", None) => (Kind::S3Bucket, "bucket", resource),
        ("glue", Some(("database", name))) => (Kind::GlueDatabase, "database", name),
        ("glue", Some(("job", name))) => (Kind::GlueJob, "job", name),
        ("glue", Some(("crawler", name))) => (Kind::GlueCrawler, "crawler", name),
        ("glue", Some(("workflow", name))) => (Kind::GlueWorkflow, "workflow", name),
        ("glue", Some(("trigger", name))) => (Kind::GlueTrigger, "trigger", name),
        ("athena", Some(("workgroup", name))) => (Kind::AthenaWorkgroup, "workgroup", name),
        ("quicksight", Some(("datasource", id))) => (Kind::QuicksightDataSource, "data_source", id),
        ("quicksight", Some(("dataset", id))) => (Kind::QuicksightDataSet, "data_set", id),
        ("quicksight", Some(("dashboard", id))) => (Kind::QuicksightDashboard, "dashboard", id),
        _ => return None,
    };
    Some(named(kind, name, &[(part, name)]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::spanned::Spanned;
    use crate::services::testing::{desired, manifest};

    /// What `desired` makes of a name is what is made of its ARN: the handlers find the same thing by both.
    #[test]
    fn arns_name_what_is_desired() {
        let mut seen = 0;
        let mut manifest = manifest();
        manifest.schedule = Some(Spanned::unplaced("cron(0 3 * * ? *)".into()));
        for want in desired(&manifest).unwrap() {
            let id = |part: &str| want.identity[part].clone();
            let arn = match want.address.kind {
                Kind::S3Bucket => format!("s3:::{}", id("bucket")),
                Kind::GlueDatabase => format!("glue:us-east-1:123456789012:database/{}", id("database")),
                Kind::GlueJob => format!("glue:us-east-1:123456789012:job/{}", id("job")),
                Kind::GlueCrawler => format!("glue:us-east-1:123456789012:crawler/{}", id("crawler")),
                Kind::GlueWorkflow => format!("glue:us-east-1:123456789012:workflow/{}", id("workflow")),
                Kind::GlueTrigger => format!("glue:us-east-1:123456789012:trigger/{}", id("trigger")),
                Kind::AthenaWorkgroup => format!("athena:us-east-1:123456789012:workgroup/{}", id("workgroup")),
                Kind::QuicksightDataSource => {
                    format!("quicksight:us-east-1:123456789012:datasource/{}", id("data_source"))
                }
                Kind::QuicksightDataSet => format!("quicksight:us-east-1:123456789012:dataset/{}", id("data_set")),
                Kind::QuicksightDashboard => {
                    format!("quicksight:us-east-1:123456789012:dashboard/{}", id("dashboard"))
                }
                _ => continue,
            };
            let found = resource(&format!("arn:aws:{arn}")).unwrap();
            assert_eq!(found.address, want.address);
            assert!(found.identity.iter().all(|(part, value)| want.identity.get(part) == Some(value)), "{arn}");
            seen += 1;
        }
        assert!(seen >= 8, "{seen}");
    }

    #[test]
    fn other_arns_are_nothing_of_ours() {
        for arn in ["arn:aws:s3:::b/key", "arn:aws:glue:us-east-1:1:table/d/t", "arn:aws:sns:us-east-1:1:topic", "x"] {
            assert_eq!(resource(arn), None, "{arn}");
        }
    }
}
