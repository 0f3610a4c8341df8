//! The top level.

use indexmap::IndexMap;

use super::{athena, crawler, environments, job, quicksight, sources, storage, tables};
use crate::error::Error;
use crate::manifest::model::{Environment, Iam, Manifest, Operator};
use crate::manifest::read::{Fields, Reader, boolean, map_of, one_key, record, text_of, variant};
use crate::manifest::rules;
use crate::manifest::spanned::Spanned;

/// The whole manifest, overlaid and interpolated; the chosen environment's name is in the reading.
pub fn manifest() -> impl Reader<Out = Manifest> {
    record("the manifest", |m| {
        let name =
            m.required("name", "The pipeline's name, part of all resource names.", text_of(&rules::PIPELINE).spanned());
        let id = m.optional(
            "id",
            "Written by `init`: makes another pipeline of the same name a stranger.",
            text_of(&rules::PIPELINE_ID).spanned(),
        );
        let description = m.optional("description", "What the pipeline is for.", text_of(&rules::DESCRIPTION));
        let region = m.required("region", "The AWS region, e.g. us-east-1.", text_of(&rules::REGION).spanned());
        let tags = m.listed("tags", "Tags put on every resource that takes tags.", tags());
        m.listed(
            "variables",
            "Values from outside: `--var x=y` or PIPECTL_VAR_x, used as ${var.x}.",
            map_of(&rules::VARIABLE, environments::variable()),
        );
        let declared = m.listed(
            "environments",
            "Environments by name; each is merged over the rest: maps merge, lists and scalars replace, null removes.",
            map_of(&rules::ENVIRONMENT, environments::environment()),
        );
        let environment = environment(m, declared);
        m.hint("account", "pin the account in an environment: `environments: { prod: { account: ... } }`");
        m.hint("profile", "set the profile in an environment: `environments: { prod: { profile: ... } }`");
        let storage = m.required("storage", "Where data lies in S3.", storage::storage());
        if let (Some(storage), Some(region)) = (&storage, &region) {
            storage::check_keys(m, storage, region);
        }
        let iam = m.section("iam", "Roles, and who runs the pipeline.", iam());
        let sources =
            m.required("sources", "Raw inputs by name.", map_of(&rules::TABLE, sources::source()).not_empty());
        let tables = m.required(
            "tables",
            "What lands in the warehouse, by name: one folder each.",
            map_of(&rules::TABLE, tables::table()).not_empty(),
        );
        let job = m.section("job", "The Glue job that writes all tables.", job::job());
        let crawler = m.section("crawler", "The Glue crawler and the database it fills.", crawler::crawler());
        let schedule = m.or(
            "schedule",
            "When job and crawler run by themselves: on_demand, or cron(minute hour day month weekday year) in UTC.",
            text_of(&rules::CRON).spanned().map(|text| Some(text).filter(|text| text.value != "on_demand")),
            "on_demand",
        );
        if let (Some(Some(_)), Some(Some(crawls))) = (&schedule, crawler.as_ref().map(|crawler| &crawler.schedule)) {
            m.fault(schedule_twice(crawls));
        }
        let athena = m.section("athena", "Athena's workgroup and named queries.", athena::athena());
        let quicksight = m.optional(
            "quicksight",
            "Data sets and dashboards; nothing of QuickSight is made without it.",
            quicksight::quicksight(),
        );
        let protect = m.or("protect", "True: destroying and replacing are refused.", boolean(), "false");
        let cx = m.cx()?;
        let (path, folder) = (cx.path.clone(), cx.folder.clone());
        let mut manifest = Manifest {
            path,
            folder,
            name: name?,
            id: id?,
            description: description?,
            region: region?,
            environment: environment?,
            tags: tags?,
            storage: storage?,
            iam: iam?,
            sources: sources?,
            tables: tables?,
            job: job?,
            crawler: crawler?,
            schedule: schedule?,
            athena: athena?,
            quicksight: quicksight?,
            protect: protect?,
        };
        if manifest.crawler.database.name.is_empty() {
            manifest.crawler.database.name = Spanned::unplaced(manifest.base_name().replace('-', "_"));
        }
        Some(manifest)
    })
}

/// The workflow of `schedule` starts the crawler after the job; one that also starts by itself would meet it halfway.
fn schedule_twice(crawls: &Spanned<String>) -> Error {
    Error::manifest("schedule-twice", "both `schedule` and `crawler.schedule` start the crawler")
        .at(crawls.place.clone())
        .with_expected("`crawler.schedule: on_demand` beside `schedule`, which runs job, then crawler")
        .with_help("remove one of the two")
}

/// The chosen environment with what its entry pins.
fn environment(
    m: &mut Fields<'_>,
    declared: Option<IndexMap<Spanned<String>, environments::Entry>>,
) -> Option<Environment> {
    let declared = declared?;
    let mut defaults = declared.iter().filter(|(_, entry)| entry.default);
    if let (Some((first, _)), Some((second, _))) = (defaults.next(), defaults.next()) {
        m.fault(
            Error::manifest("several-defaults", format!("`{}` is a second default environment", second.value))
                .at(second.place.clone())
                .with_help(format!("`{}` is one already; remove one `default: true`", first.value)),
        );
    }
    let chosen = m.cx()?.environment.clone();
    let entry = declared.get(chosen.name.as_str());
    let account = entry.and_then(|entry| entry.account.clone());
    let profile = entry.and_then(|entry| entry.profile.clone());
    Some(Environment { account, profile, ..chosen })
}

fn tags() -> impl Reader<Out = IndexMap<Spanned<String>, Spanned<String>>> {
    map_of(&rules::TAG_KEY, text_of(&rules::TAG_VALUE).or_number().spanned()).try_map(|tags, _| {
        if tags.len() <= rules::MAX_TAGS {
            return Ok(tags);
        }
        Err(Error::manifest("too-many-tags", format!("there are {} tags", tags.len())).with_expected(format!(
            "at most {}: AWS takes 50, three mark what is ours and one lists yours",
            rules::MAX_TAGS
        )))
    })
}

fn iam() -> impl Reader<Out = Iam> {
    record("iam", |m| {
        let job_role = m.optional(
            "job_role",
            "An existing role for the job, by name: used and not owned. Absent: one is made.",
            text_of(&rules::ROLE).spanned(),
        );
        let permissions_boundary = m.optional(
            "permissions_boundary",
            "The ARN of a policy put as permissions boundary on the role and the user that are made.",
            text_of(&rules::POLICY_ARN).spanned(),
        );
        let operator = m.optional("operator", "Who may run and read this pipeline, and not deploy it.", operator());
        Some(Iam { job_role: job_role?, permissions_boundary: permissions_boundary?, operator: operator? })
    })
}

/// `{ user: NAME }` or `{ group: NAME }`.
fn operator() -> impl Reader<Out = Operator> {
    let user = text_of(&rules::USER).spanned().map(Operator::User);
    let group = text_of(&rules::GROUP).spanned().map(Operator::Group);
    one_key(
        "an operator",
        vec![
            variant("user", "A user that is made; its rights come from a group of the same name.", user),
            variant("group", "A group that is made, for people to be put into.", group),
        ],
    )
    .map(|operator| operator.value)
}
