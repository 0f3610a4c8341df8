//! What live AWS looked like when a plan was made, as one hash, and what moved since.
//!
//! It covers account, region, and of each resource: address, existence, whose it is, identity, and the managed fields
//! in their normal form. Entries of maps that the manifest does not name, dates and whatever else AWS tells are left
//! out: they may move without touching the plan.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::canonical;
use super::diff;
use super::document::{Change, FieldChange};
use crate::resource::kinds::specs;
use crate::resource::{Address, Fields, Kind, Live, Ownership, Resource, Shape};

/// One resource as it was seen: what is there (if anything), and what is wanted (if anything), which says which map
/// entries are managed.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// Which resource.
    pub address: &'a Address,
    /// As found.
    pub live: Option<&'a Live>,
    /// As wanted.
    pub want: Option<&'a Resource>,
}

/// The hash of all that was seen, whatever its order: 64 hex digits.
pub fn fingerprint<'a>(account: &str, region: &str, seen: impl IntoIterator<Item = Seen<'a>>) -> String {
    let resources: Map<String, Value> = seen.into_iter().map(|one| (one.address.to_string(), state(one))).collect();
    let all = json!({"format": 1, "account": account, "region": region, "resources": resources});
    hex::encode(Sha256::digest(canonical::text(&all)))
}

fn state(seen: Seen<'_>) -> Value {
    let Some(live) = seen.live else { return json!("absent") };
    json!({
        "ours": live.ownership == Ownership::Ours,
        "identity": live.resource.identity,
        "fields": managed(seen.address.kind, &live.resource.fields, seen.want),
    })
}

/// The managed fields in normal form: of maps only the entries that are wanted or listed as ours, when something is wanted. An entry that is
/// missing is there as null.
pub fn managed(kind: Kind, fields: &Fields, want: Option<&Resource>) -> Fields {
    let field = |spec| {
        let value = diff::normal(spec, &diff::value(spec, fields));
        match (spec.shape, &value, want.map(|w| diff::value(spec, &w.fields))) {
            (Shape::Map, Value::Object(entries), Some(Value::Object(wanted))) => {
                let ours = entries.keys().filter(|key| diff::is_ours(spec, entries, key));
                let one = |key: &String| (key.clone(), entries.get(key).cloned().unwrap_or_default());
                wanted.keys().chain(ours).map(one).collect()
            }
            _ => value,
        }
    };
    specs(kind).iter().map(|spec| (spec.name.to_owned(), field(spec))).collect()
}

/// How a resource moved since it was planned for.
#[derive(Clone, Debug, PartialEq)]
pub enum Moved {
    /// It was not there and is now.
    Appeared,
    /// It was there and is no longer.
    Vanished,
    /// It was made again: it has another identity.
    Remade,
    /// Managed fields differ: as planned for, and as they are.
    Fields(Vec<FieldChange>),
}

impl Moved {
    /// As a person would say it: "it no longer exists", "`workers` was 2 and is 5".
    pub fn told(&self) -> String {
        match self {
            Moved::Appeared => "it exists now".to_owned(),
            Moved::Vanished => "it no longer exists".to_owned(),
            Moved::Remade => "it was made again by somebody else".to_owned(),
            Moved::Fields(fields) => fields.iter().map(told).collect::<Vec<_>>().join(", "),
        }
    }
}

fn told(change: &FieldChange) -> String {
    let short = |value: &Value| {
        let text = value.to_string();
        (text.chars().count() <= 40).then_some(text)
    };
    match (short(&change.before), short(&change.after)) {
        (Some(before), Some(after)) => format!("`{}` was {before} and is {after}", change.path),
        _ => format!("`{}` differs", change.path),
    }
}

/// Whether, and how, what is there `now` differs from what `change` was planned for.
pub fn moved(change: &Change, now: Option<&Resource>) -> Option<Moved> {
    let (planned, now) = match (&change.live, now) {
        (None, None) => return None,
        (None, Some(_)) => return Some(Moved::Appeared),
        (Some(_), None) => return Some(Moved::Vanished),
        (Some(planned), Some(now)) => (planned, now),
    };
    if planned.identity != now.identity {
        return Some(Moved::Remade);
    }
    let side = |resource: &Resource| managed(change.kind, &resource.fields, change.desired.as_ref());
    let fields = diff::between(change.kind, &side(planned), &side(now));
    (!fields.is_empty()).then_some(Moved::Fields(fields))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn job(fields: Value) -> Live {
        let resource = Resource {
            address: Address::new(Kind::GlueJob, "j"),
            identity: BTreeMap::from([("job".into(), "j".into())]),
            fields: fields.as_object().unwrap().iter().map(|(k, v)| (k.clone(), v.clone())).collect(),
            depends_on: Vec::new(),
            existing: false,
        };
        Live { resource, ownership: Ownership::Ours }
    }

    fn print(live: Option<&Live>, want: Option<&Live>) -> String {
        let address = Address::new(Kind::GlueJob, "j");
        fingerprint("1", "r", [Seen { address: &address, live, want: want.map(|w| &w.resource) }])
    }

    #[test]
    fn only_what_is_managed_counts() {
        let want = job(json!({"tags": {"team": "a"}}));
        let first = print(Some(&job(json!({"workers": 2, "tags": {"team": "a"}}))), Some(&want));
        let foreign = print(Some(&job(json!({"workers": 2.0, "tags": {"other": "x", "team": "a"}}))), Some(&want));
        assert_eq!(first, foreign);
        let tag = print(Some(&job(json!({"tags": {"team": "b"}}))), Some(&want));
        let workers = print(Some(&job(json!({"workers": 3, "tags": {"team": "a"}}))), Some(&want));
        let mut strange = job(json!({"tags": {"team": "a"}}));
        strange.ownership = Ownership::Strangers("it carries no pipectl tags".into());
        let all = [first, tag, workers, print(Some(&strange), Some(&want)), print(None, Some(&want))];
        assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), all.len());
    }

    #[test]
    fn moves_are_told() {
        let planned = job(json!({"workers": 2, "tags": {"team": "a"}})).resource;
        let change = Change {
            address: planned.address.clone(),
            kind: Kind::GlueJob,
            action: crate::plan::Action::Update,
            reason: String::new(),
            destroys_data: false,
            fields: Vec::new(),
            desired: Some(job(json!({"workers": 9, "tags": {"team": "a"}})).resource),
            live: Some(planned.clone()),
        };
        let told = |now: Option<&Resource>| moved(&change, now).map(|m| m.told());
        assert_eq!(told(Some(&planned)), None);
        assert_eq!(told(None).unwrap(), "it no longer exists");
        let now = job(json!({"workers": 5, "tags": {"x": "y"}})).resource;
        assert_eq!(told(Some(&now)).unwrap(), "`workers` was 2 and is 5, `tags.team` was \"a\" and is null");
        let mut remade = planned.clone();
        remade.identity.insert("id".into(), "2".into());
        assert_eq!(moved(&change, Some(&remade)), Some(Moved::Remade));
    }
}
