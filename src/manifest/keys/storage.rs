//! `storage`: the three places in S3.

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
        agree(m, &[("staging", &staging), ("warehouse", &warehouse), ("results", &results)]);
        Some(Storage { staging: staging?, warehouse: warehouse?, results: results? })
    })
}

/// `s3://bucket/prefix/`, or `{ uri, existing, versioning }`.
fn place() -> impl Reader<Out = Place3> {
    let uri = || text_of(&rules::S3_URI).spanned().map(with_slash);
    let short = uri().map(|uri| Place3 { uri, existing: false, versioning: false });
    let long = record("a place in S3", move |m| {
        let uri = m.required("uri", "Where: s3://bucket/prefix/", uri());
        let existing = m.or("existing", "True: the bucket is used, not owned.", boolean(), "false");
        let versioning = m.or("versioning", "True: the bucket keeps old versions.", boolean(), "false");
        if existing == Some(true) && m.given("versioning") {
            m.fault(
                Error::manifest("not-ours", "`versioning` is a setting of a bucket that is not ours")
                    .at(m.place("versioning"))
                    .with_help("remove `versioning`, or `existing: true`"),
            );
        }
        Some(Place3 { uri: uri?, existing: existing?, versioning: versioning? })
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
            if place.existing != other.existing || place.versioning != other.versioning {
                m.fault(
                    Error::manifest(
                        "places-disagree",
                        format!(
                            "`{other_name}` and `{name}` share the bucket `{}` but not its settings",
                            place.bucket()
                        ),
                    )
                    .at(place.uri.place.clone())
                    .with_help("give both the same `existing` and `versioning`, or a bucket each"),
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
