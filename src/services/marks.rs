//! The marks of ownership in the forms that each service can carry them: tags, parameters, object metadata, and a line at
//! the end of a description.

use std::collections::BTreeMap;

use serde_json::Value;

use super::fields;
use crate::resource::{Owner, Ownership, Resource, listed};

/// Object metadata travels in header names, which know no colon: `pipectl:pipeline` is `pipectl-pipeline` there.
pub const METADATA_PREFIX: &str = "pipectl-";
const TAG_PREFIX: &str = "pipectl:";

/// The manifest's tags, their list, and the marks, as the `tags` field.
pub fn tags(cx: &super::Context<'_>) -> Value {
    let mut tags: BTreeMap<String, String> =
        cx.manifest.tags.iter().map(|(key, value)| (key.value.clone(), value.value.clone())).collect();
    tags.extend(listed::list(tags.keys().map(String::as_str)).map(|list| (listed::TAGS.to_owned(), list)));
    tags.extend(cx.owner.tags());
    fields::object(&tags)
}

/// The marks as object metadata.
pub fn metadata(owner: &Owner) -> Value {
    let renamed: BTreeMap<String, String> =
        owner.tags().into_iter().map(|(key, value)| (key.replace(TAG_PREFIX, METADATA_PREFIX), value)).collect();
    fields::object(&renamed)
}

/// Whose an object with this metadata is.
pub fn judge_metadata(owner: &Owner, metadata: &BTreeMap<String, String>) -> Ownership {
    let tags = metadata.iter().map(|(k, v)| (k.replacen(METADATA_PREFIX, TAG_PREFIX, 1), v.clone())).collect();
    match owner.judge(&tags) {
        Ownership::Strangers(told) => Ownership::Strangers(told.replace("pipectl tags", "pipectl metadata")),
        ours => ours,
    }
}

/// The owner whose marks a resource carries in its tags, parameters or metadata, or in its identity's `marker`.
pub fn owner_of(resource: &Resource) -> Option<Owner> {
    if let Some(marker) = resource.identity.get("marker") {
        return from_tags(&split_marker(marker).1);
    }
    ["tags", "parameters", "metadata"].iter().find_map(|field| {
        let entries = fields::map(&resource.fields, field);
        from_tags(&entries.into_iter().map(|(k, v)| (k.replacen(METADATA_PREFIX, TAG_PREFIX, 1), v)).collect())
    })
}

fn from_tags(tags: &BTreeMap<String, String>) -> Option<Owner> {
    Some(Owner {
        pipeline: tags.get(Owner::PIPELINE)?.clone(),
        environment: tags.get(Owner::ENVIRONMENT)?.clone(),
        id: tags.get(Owner::ID).cloned(),
    })
}

/// The marks in a description, for what takes no tags: `[pipectl spotify/dev]`, with an id `[pipectl spotify/dev 6f1c0a52]`.
pub fn marker(owner: &Owner) -> String {
    let id = owner.id.as_ref().map(|id| format!(" {id}")).unwrap_or_default();
    format!("[pipectl {}/{}{id}]", owner.pipeline, owner.environment)
}

/// A description with the marker behind it.
pub fn mark(description: &str, marker: &str) -> String {
    format!("{description} {marker}").trim_start().to_owned()
}

/// A description without its marker, and the marks it held as tags.
pub fn split_marker(description: &str) -> (&str, BTreeMap<String, String>) {
    let text = description.trim_end();
    let inside = text.strip_suffix(']').and_then(|rest| rest.rsplit_once("[pipectl "));
    let Some((before, marks)) = inside else { return (description, BTreeMap::new()) };
    let (names, id) = marks.split_once(' ').map_or((marks, None), |(names, id)| (names, Some(id)));
    let Some((pipeline, environment)) = names.split_once('/') else { return (description, BTreeMap::new()) };
    let owner = Owner { pipeline: pipeline.to_owned(), environment: environment.to_owned(), id: id.map(str::to_owned) };
    (before.trim_end(), owner.tags())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(id: Option<&str>) -> Owner {
        Owner { pipeline: "spotify".into(), environment: "dev".into(), id: id.map(str::to_owned) }
    }

    #[test]
    fn markers_round_trip() {
        for owner in [owner(None), owner(Some("6f1c0a52"))] {
            for description in ["", "Which artists?", "[a] note"] {
                let marked = mark(description, &marker(&owner));
                let (plain, tags) = split_marker(&marked);
                assert_eq!((plain, owner.judge(&tags)), (description, Ownership::Ours), "{marked}");
            }
        }
        assert_eq!(mark("Which?", &marker(&owner(None))), "Which? [pipectl spotify/dev]");
    }

    #[test]
    fn an_unmarked_description_is_a_strangers() {
        let (plain, tags) = split_marker("my query [draft]");
        assert_eq!(plain, "my query [draft]");
        assert!(matches!(owner(None).judge(&tags), Ownership::Strangers(_)));
        let (_, other) = split_marker("x [pipectl spotify/prod]");
        assert!(matches!(owner(None).judge(&other), Ownership::Strangers(_)));
    }

    #[test]
    fn metadata_names_are_header_names() {
        let metadata = metadata(&owner(Some("x1")));
        let keys: Vec<_> = metadata.as_object().unwrap().keys().cloned().collect();
        assert_eq!(keys, ["pipectl-environment", "pipectl-id", "pipectl-pipeline"]);
        let entries =
            metadata.as_object().unwrap().iter().map(|(k, v)| (k.clone(), v.as_str().unwrap().into())).collect();
        assert_eq!(judge_metadata(&owner(Some("x1")), &entries), Ownership::Ours);
        assert!(matches!(judge_metadata(&owner(None), &entries), Ownership::Strangers(_)));
    }
}
