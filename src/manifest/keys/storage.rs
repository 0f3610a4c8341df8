//! `storage`: the three places in S3.

use super::lifecycle;
use crate::error::Error;
use crate::manifest::model::{Place3, Storage};
use crate::manifest::read::{Fields, Reader, boolean, either, record, text_of};
use crate::manifest::rules;
use crate::manifest::spanned::Spanned;

/// `storage`.
pub fn storage() -> impl Reader<Out = Storage> {
    record("storage", |m| {
        let staging = m.required("staging", "Raw files are uploaded here, one folder a source.", place());
        let warehouse = m.required("warehouse", "Tables land here, one folder each.", place());
        let results = m.required("results", "Athena's results, and pipectl's own files under pipectl/.", place());
        let lifecycle = m.section(
            "lifecycle",
            "When objects move to cheaper storage, and when they go, by place.",
            lifecycle::lifecycles(),
        );
        agree(m, &[("staging", &staging), ("warehouse", &warehouse), ("results", &results)]);
        if let Some(lifecycle) = &lifecycle {
            let places =
                [("staging", staging.as_ref()), ("warehouse", warehouse.as_ref()), ("results", results.as_ref())];
            lifecycle::check_places(m, lifecycle, places);
        }
        Some(Storage { staging: staging?, warehouse: warehouse?, results: results?, lifecycle: lifecycle? })
    })
}

/// `s3://bucket/prefix/`, or `{ uri, existing, versioning, kms_key }`.
fn place() -> impl Reader<Out = Place3> {
    let uri = || text_of(&rules::S3_URI).spanned().map(with_slash);
    let short = uri().map(|uri| Place3 { uri, existing: false, versioning: false, kms_key: None });
    let long = record("a place in S3", move |m| {
        let uri = m.required("uri", "Where: s3://bucket/prefix/", uri());
        let existing = m.or("existing", "True: the bucket is used, not owned.", boolean(), "false");
        let versioning = m.or("versioning", "True: the bucket keeps old versions.", boolean(), "false");
        let kms_key = m.optional(
            "kms_key",
            "The ARN of the KMS key (or of an alias) that encrypts the bucket. Absent: S3's own keys.",
            text_of(&rules::KMS_KEY).spanned(),
        );
        for key in ["versioning", "kms_key"] {
            if existing == Some(true) && m.given(key) {
                m.fault(
                    Error::manifest("not-ours", format!("`{key}` is a setting of a bucket that is not ours"))
                        .at(m.place(key))
                        .with_help(format!("remove `{key}`, or `existing: true`")),
                );
            }
        }
        Some(Place3 { uri: uri?, existing: existing?, versioning: versioning?, kms_key: kms_key? })
    });
    either(short, long)
}

fn with_slash(mut uri: Spanned<String>) -> Spanned<String> {
    if !uri.value.ends_with('/') {
        uri.value.push('/');
    }
    uri
}

/// Places in one bucket say the same of it, and none lies in another.
fn agree(m: &mut Fields<'_>, places: &[(&str, &Option<Place3>)]) {
    let places: Vec<_> = places.iter().filter_map(|(name, place)| Some((*name, place.as_ref()?))).collect();
    for (index, (name, place)) in places.iter().enumerate() {
        for (other_name, other) in &places[..index] {
            if place.bucket() != other.bucket() {
                continue;
            }
            let settings = |p: &Place3| (p.existing, p.versioning, p.kms_key.as_ref().map(|key| key.value.clone()));
            if settings(place) != settings(other) {
                m.fault(
                    Error::manifest(
                        "places-disagree",
                        format!(
                            "`{other_name}` and `{name}` share the bucket `{}` but not its settings",
                            place.bucket()
                        ),
                    )
                    .at(place.uri.place.clone())
                    .with_help("give both the same `existing`, `versioning` and `kms_key`, or a bucket each"),
                );
            }
            if place.prefix().starts_with(other.prefix()) || other.prefix().starts_with(place.prefix()) {
                m.fault(
                    Error::manifest("places-overlap", format!("`{name}` and `{other_name}` lie in one another"))
                        .at(place.uri.place.clone())
                        .with_note(format!("`{}` and `{}`", place.uri.value, other.uri.value))
                        .with_help("give each a prefix of its own, such as `staging/` and `warehouse/`"),
                );
            }
        }
    }
}

/// A bucket's key lies in the bucket's region, which is the pipeline's. (Amazon S3 User Guide, "Specifying server-side
/// encryption with AWS KMS".)
pub fn check_keys(m: &mut Fields<'_>, storage: &Storage, region: &str) {
    for key in storage.places().into_iter().filter_map(|(_, place, _)| place.kms_key.as_ref()) {
        let of = key.split(':').nth(3).unwrap_or_default();
        if of != region {
            m.fault(
                Error::manifest("key-elsewhere", format!("the key is in {of}, the bucket in {region}"))
                    .at(key.place.clone())
                    .with_expected(format!("a key in {region}: S3 encrypts with keys of the bucket's region alone")),
            );
        }
    }
}
