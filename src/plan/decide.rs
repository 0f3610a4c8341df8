//! What happens to one resource, and why.

use super::diff;
use super::document::{Action, Change, FieldChange};
use crate::error::{Error, Kind as ErrorKind};
use crate::resource::kinds::{deletion_destroys_data, specs};
use crate::resource::{Kind, Live, Ownership, Resource, Shape, Spec};

/// The reason of a resource that stays as it is.
pub const UNCHANGED: &str = "nothing differs";

/// How it was decided.
#[derive(Debug)]
pub(super) enum Decision {
    /// This happens.
    Change(Box<Change>),
    /// Somebody else's is in the way: how we know.
    Stranger(String),
    /// It cannot be planned.
    Refuse(Error),
}

/// Decides on a wanted resource.
pub(super) fn decide(want: &Resource, live: Option<&Live>, adopt: bool) -> Decision {
    let kind = want.address.kind;
    if want.existing {
        return match live {
            Some(live) => Decision::made(change(want, Some(live), Action::None, "it is used, not owned", Vec::new())),
            None => Decision::Refuse(missing(want)),
        };
    }
    let Some(live) = live else {
        let fields = diff::creation(kind, &want.fields);
        return Decision::made(change(want, None, Action::Create, "it does not exist", fields));
    };
    let fields = diff::diff(kind, &live.resource.fields, &want.fields);
    let replacing: Vec<&str> =
        diff::names(kind, &fields).into_iter().filter(|name| spec(kind, name).is_some_and(|s| s.replaces)).collect();
    if let Ownership::Strangers(told) = &live.ownership {
        return match (adopt, replacing.is_empty()) {
            (false, _) => Decision::Stranger(told.clone()),
            (true, false) => Decision::Refuse(cannot_adopt(want, &replacing)),
            (true, true) => {
                Decision::made(change(want, Some(live), Action::Adopt, format!("taken over: {told}"), fields))
            }
        };
    }
    if !replacing.is_empty() {
        let reason = format!("{}, which cannot change in place", differ(&replacing));
        return Decision::made(change(want, Some(live), Action::Replace, reason, fields));
    }
    if fields.is_empty() {
        return Decision::made(change(want, Some(live), Action::None, UNCHANGED, fields));
    }
    let reason = differ(&told(kind, &fields));
    Decision::made(change(want, Some(live), Action::Update, reason, fields))
}

/// The change that takes a resource away.
pub(super) fn removal(live: &Resource, reason: &str, with_data: bool) -> Change {
    let kind = live.address.kind;
    Change {
        address: live.address.clone(),
        kind,
        action: Action::Delete,
        reason: reason.to_owned(),
        destroys_data: with_data && deletion_destroys_data(kind),
        fields: Vec::new(),
        desired: None,
        live: Some(live.clone()),
    }
}

/// A change of a wanted resource.
pub(super) fn change(
    want: &Resource,
    live: Option<&Live>,
    action: Action,
    reason: impl Into<String>,
    fields: Vec<FieldChange>,
) -> Change {
    let kind = want.address.kind;
    let touches_data = diff::names(kind, &fields).iter().any(|n| spec(kind, n).is_some_and(|s| s.destroys_data));
    let destroys_data = match action {
        Action::Replace => touches_data || deletion_destroys_data(kind),
        Action::Update | Action::Adopt => touches_data,
        _ => false,
    };
    Change {
        address: want.address.clone(),
        kind,
        action,
        reason: reason.into(),
        destroys_data,
        fields,
        desired: Some(want.clone()),
        // What is there stands on what the wanted one stands on; reading cannot tell.
        live: live.map(|l| Resource { depends_on: want.depends_on.clone(), ..l.resource.clone() }),
    }
}

impl Decision {
    fn made(change: Change) -> Self {
        Decision::Change(Box::new(change))
    }
}

fn spec(kind: Kind, name: &str) -> Option<&'static Spec> {
    specs(kind).iter().find(|s| s.name == name)
}

/// What differs, as a reason names it: map entries by key, everything else by field.
fn told(kind: Kind, fields: &[FieldChange]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for change in fields {
        let field = diff::field_of(&change.path);
        let name = if spec(kind, field).is_some_and(|s| s.shape == Shape::Map) { change.path.as_str() } else { field };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// "`a` differs", "`a` and `b` differ", "`a`, `b` and 3 more differ".
fn differ(names: &[&str]) -> String {
    match names {
        [one] => format!("`{one}` differs"),
        [one, two] => format!("`{one}` and `{two}` differ"),
        [one, two, three] => format!("`{one}`, `{two}` and `{three}` differ"),
        [one, two, rest @ ..] => format!("`{one}`, `{two}` and {} more differ", rest.len()),
        [] => UNCHANGED.to_owned(),
    }
}

fn missing(want: &Resource) -> Error {
    let name = want.identity.values().cloned().collect::<Vec<_>>().join("/");
    let name = if name.is_empty() { want.address.name.clone() } else { name };
    Error::new(ErrorKind::Conflict, "missing-existing", format!("`{}` does not exist", want.address))
        .with_expected(format!("`{name}` to be there already: the manifest says `existing: true` of it"))
        .with_help("make it first, correct its name, or take `existing: true` away and let pipectl make it")
}

fn cannot_adopt(want: &Resource, replacing: &[&str]) -> Error {
    let live = replacing.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
    Error::new(
        ErrorKind::Conflict,
        "adopt-replaces",
        format!("`{}` cannot be taken over: {}", want.address, differ(replacing)),
    )
    .with_expected(format!("{live} as in the manifest: a difference there can only be made by deleting it"))
    .with_help("change the manifest to what is there, or delete the resource yourself")
}
