//! `storage.lifecycle`: when objects move to cheaper storage, and when they go. What would break the pipeline itself, or what
//! S3 refuses, is refused here.

use crate::error::Error;
use crate::manifest::model::{Lifecycle, Lifecycles, Place3, StorageClass};
use crate::manifest::read::{Fields, Reader, days, record};
use crate::manifest::spanned::Spanned;

/// How long S3 wants an object to stay in `STANDARD`, and then in `STANDARD_IA`, before it moves on, in days.
/// (Amazon S3 User Guide, "Constraints and considerations for transitions".)
const STAY: u32 = 30;
/// A hundred years.
const MOST: u32 = 36_500;
/// Where pipectl's own files lie in the bucket of the results.
const CONTROL: &str = "pipectl/";

/// What a place holds, as far as ageing goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    /// Files that every run reads again.
    Sources,
    /// Tables, which every query reads and nothing can replace.
    Tables,
    /// Answers that have been fetched.
    Answers,
}

/// `storage.lifecycle`.
pub fn lifecycles() -> impl Reader<Out = Lifecycles> {
    record("storage.lifecycle", |m| {
        let staging = m.optional("staging", "Of the uploaded files.", lifecycle(Holds::Sources).spanned());
        let warehouse = m.optional("warehouse", "Of the tables' files.", lifecycle(Holds::Tables).spanned());
        let results = m.optional("results", "Of Athena's results.", lifecycle(Holds::Answers).spanned());
        Some(Lifecycles { staging: staging?, warehouse: warehouse?, results: results? })
    })
}

fn lifecycle(holds: Holds) -> impl Reader<Out = Lifecycle> {
    record("a lifecycle", move |m| {
        let classes = StorageClass::ALL.map(|class| (class, m.optional(class.key(), doc(class), age(class).spanned())));
        let from_one = || days(1..=MOST, "a number of days, at least `1d`").spanned();
        let expire = m.optional("expire", "Objects are deleted so long after they were made.", from_one());
        let expire_noncurrent = m.optional(
            "expire_noncurrent",
            "Old versions are deleted so long after they were replaced or deleted; needs `versioning`.",
            from_one(),
        );
        let abort_uploads = m.optional(
            "abort_uploads",
            "Uploads in parts that were never completed are given up after so long.",
            from_one(),
        );
        check_use(m, holds);
        let mut transitions = Vec::new();
        for (class, age) in classes {
            transitions.extend(age?.map(|age| (class, age)));
        }
        let read = Lifecycle {
            transitions,
            expire: expire?,
            expire_noncurrent: expire_noncurrent?,
            abort_uploads: abort_uploads?,
        };
        check_order(m, &read);
        Some(read)
    })
}

fn doc(class: StorageClass) -> &'static str {
    match class {
        StorageClass::StandardIa => "Objects move to STANDARD_IA (infrequent access) at this age.",
        StorageClass::IntelligentTiering => "Objects move to INTELLIGENT_TIERING at this age.",
        StorageClass::GlacierIr => "Objects move to GLACIER_IR (instant retrieval) at this age.",
        StorageClass::Glacier => "Objects move to GLACIER (read after minutes to hours) at this age; results only.",
        StorageClass::DeepArchive => {
            "Objects move to DEEP_ARCHIVE (read after hours to days) at this age; results only."
        }
    }
}

fn age(class: StorageClass) -> impl Reader<Out = u32> {
    match class {
        StorageClass::StandardIa => days(STAY..=MOST, "a number of days, at least `30d`"),
        _ => days(0..=MOST, "a number of days such as `90d`"),
    }
}

/// What the pipeline reads again stays readable, and what nothing can replace stays.
fn check_use(m: &mut Fields<'_>, holds: Holds) {
    let what = match holds {
        Holds::Sources => "every run reads staging again",
        Holds::Tables => "every query reads the warehouse",
        Holds::Answers => "",
    };
    for class in StorageClass::ALL.into_iter().filter(|class| !class.reads_at_once() && holds != Holds::Answers) {
        if m.given(class.key()) {
            m.fault(
                Error::manifest("lifecycle-unreadable", format!("`{}` takes hours to read, and {what}", class.key()))
                    .at(m.place(class.key()))
                    .with_expected("`standard_ia`, `intelligent_tiering` or `glacier_ir`, which are read at once")
                    .with_help("`glacier_ir` is the cheapest of these"),
            );
        }
    }
    if holds == Holds::Tables && m.given("expire") {
        m.fault(
            Error::manifest("lifecycle-loses-tables", "`expire` would take files out of tables")
                .at(m.place("expire"))
                .with_help("remove `expire`: a table's old files go when it is written anew")
                .with_note("in a versioned bucket `expire_noncurrent` limits how long replaced files are kept"),
        );
    }
    if m.says_nothing() {
        m.fault(
            Error::manifest("empty-map", "the lifecycle says nothing")
                .at(m.whole())
                .with_help("say what happens, such as `expire: 30d`, or remove the key"),
        );
    }
}

/// The one order that S3 knows: down the classes, then gone.
fn check_order(m: &mut Fields<'_>, lifecycle: &Lifecycle) {
    for pair in lifecycle.transitions.windows(2) {
        let [(warm, from), (cold, to)] = pair else { continue };
        let stay = if *warm == StorageClass::StandardIa { STAY } else { 1 };
        if to.value < from.value.saturating_add(stay) {
            let plural = if stay == 1 { "" } else { "s" };
            m.fault(
                Error::manifest(
                    "lifecycle-order",
                    format!("`{}` at {}d comes too early after `{}` at {}d", cold.key(), **to, warm.key(), **from),
                )
                .at(to.place.clone())
                .with_expected(format!("at least {stay} day{plural} later: `{}d` or more", from.value + stay)),
            );
        }
    }
    if let (Some((class, last)), Some(expire)) = (lifecycle.transitions.last(), &lifecycle.expire)
        && expire.value <= last.value
    {
        m.fault(
            Error::manifest(
                "lifecycle-order",
                format!("`expire` at {}d leaves nothing to move to `{}` at {}d", **expire, class.key(), **last),
            )
            .at(expire.place.clone())
            .with_expected("to expire after the last move"),
        );
    }
}

/// What only the places tell: whose the bucket is, whether it keeps versions, what else lies there.
pub fn check_places(m: &mut Fields<'_>, lifecycles: &Lifecycles, places: [(&'static str, Option<&Place3>); 3]) {
    let [_, _, (_, results)] = places;
    let Lifecycles { staging, warehouse, results: answers } = lifecycles;
    for (lifecycle, (name, place)) in [staging, warehouse, answers].into_iter().zip(places) {
        let (Some(lifecycle), Some(place)) = (lifecycle, place) else { continue };
        if place.existing {
            m.fault(
                Error::manifest(
                    "not-ours",
                    format!("the lifecycle of `{name}` is a setting of a bucket that is not ours"),
                )
                .at(lifecycle.place.clone())
                .with_help(format!("remove `lifecycle.{name}`, or `existing: true`")),
            );
            continue;
        }
        if let (false, Some(noncurrent)) = (place.versioning, &lifecycle.expire_noncurrent) {
            m.fault(needs_versions(name, noncurrent));
        }
        let control = results.filter(|results| results.bucket() == place.bucket()).is_some()
            && (CONTROL.starts_with(place.prefix()) || place.prefix().starts_with(CONTROL));
        if control {
            m.fault(
                Error::manifest(
                    "lifecycle-hits-control",
                    format!("the lifecycle of `{name}` would reach pipectl's own files: script, lock and run records"),
                )
                .at(lifecycle.place.clone())
                .with_note(format!(
                    "they lie under `s3://{}/{CONTROL}`, and `{name}` is `{}`",
                    place.bucket(),
                    place.uri.value
                ))
                .with_help(format!("give `{name}` a folder of its own, such as `s3://{}/{name}/`", place.bucket())),
            );
        }
    }
}

fn needs_versions(name: &str, noncurrent: &Spanned<u32>) -> Error {
    Error::manifest("needs-versioning", format!("`expire_noncurrent` does nothing: `{name}` keeps no old versions"))
        .at(noncurrent.place.clone())
        .with_help(format!("write `{name}: {{ uri: ..., versioning: true }}`, or remove `expire_noncurrent`"))
}
