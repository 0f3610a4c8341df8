//! `destroy`: takes the pipeline down; data stays unless it was asked for.

use super::args::{DestroyArgs, Global, Scope};
use super::connect::{Connected, bare};
use super::provision::{Doing, PLANNING, execute, input, provider};
use crate::apply::provider::READS;
use crate::apply::reader;
use crate::aws::Session;
use crate::error::{Error, Kind, Result};
use crate::manifest;
use crate::manifest::model::base_name;
use crate::plan::Plan;
use crate::plan::destroy::destroy as decide;
use crate::plan::planner::Input;
use crate::report::out::confirm;
use crate::report::{Out, plan as view, words};
use crate::resource::{Kind as ResourceKind, Owner};
use crate::services::leftovers::Search;
use crate::services::s3::actions as s3;

/// The environment of a manifest that declares none.
const UNDECLARED: &str = "default";

/// `destroy`: plans, shows what goes and what data goes with it, asks, does.
pub async fn destroy(global: &Global, args: &DestroyArgs, out: &Out) -> Result<u8> {
    if let Some(name) = &args.name {
        return by_name(global, args, name, out).await;
    }
    let declared = manifest::environments(&global.file)?;
    if global.env.is_none() && declared.list.len() > 1 {
        let names = declared.list.iter().map(|d| d.name.as_str()).collect::<Vec<_>>().join(", ");
        return Err(Error::usage("env-required", "destroy wants --env: the manifest declares several environments")
            .with_expected(format!("--env with one of {names}")));
    }
    let connected = Connected::open_for(global, PLANNING).await?;
    let search = connected.search();
    let desired = connected.desired()?;
    let snapshot = reader::everything(&provider(&connected.aws, &search), &desired, READS).await?;
    let scope = Scope::default();
    let plan =
        decide(&input(&connected.workspace, &connected.aws.account, &desired, &snapshot, &scope), args.delete_data)?;
    let task = Task { aws: &connected.aws, search: &search, bucket: Some(connected.control_bucket()) };
    task.carry_out(&plan, args, &connected.whereabouts(global), out).await
}

/// Without a manifest: what carries the marks is all that is known, and goes. What lies in other people's buckets stays.
async fn by_name(global: &Global, args: &DestroyArgs, name: &str, out: &Out) -> Result<u8> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty() && !global.local);
    let region = global.region.clone().or_else(|| variable("AWS_REGION")).or_else(|| variable("AWS_DEFAULT_REGION"));
    let region = region.or_else(|| global.local.then(|| "us-east-1".to_owned())).ok_or_else(|| {
        Error::usage("region-required", "destroy --name wants --region: no manifest says where the pipeline is")
            .with_expected("--region, or the variable AWS_REGION")
    })?;
    let (aws, cloud) = bare(global, &region).await?;
    let environment = global.env.as_deref();
    let search = Search {
        owner: Owner {
            pipeline: name.to_owned(),
            environment: environment.unwrap_or(UNDECLARED).to_owned(),
            id: args.id.clone(),
        },
        base: base_name(name, environment),
        warehouse: None,
    };
    let snapshot = reader::everything(&provider(&aws, &search), &[], READS).await?;
    let plan = decide(
        &Input {
            pipeline: name,
            environment: &search.owner.environment,
            account: &aws.account,
            region: &aws.region,
            desired: &[],
            snapshot: &snapshot,
            adopt: &[],
            target: &[],
            protect: false,
            sealed: false,
        },
        args.delete_data,
    )?;
    if !plan.has_changes() {
        out.note(&format!(
            "nothing in {region} carries the marks of pipeline `{name}`, environment `{}`{}",
            search.owner.environment,
            args.id.as_ref().map(|id| format!(", id `{id}`")).unwrap_or_default()
        ));
        return Ok(0);
    }
    let mut bucket = None;
    for found in plan.changes.iter().filter(|change| change.kind == ResourceKind::S3Bucket) {
        if !s3::list(&aws, &found.address.name, &search.control()).await?.is_empty() {
            bucket = Some(found.address.name.clone());
        }
    }
    let place = match &cloud {
        Some(_) => "the local cloud".to_owned(),
        None => format!("account {}, {}", aws.account, aws.region),
    };
    Task { aws: &aws, search: &search, bucket }.carry_out(&plan, args, &place, out).await
}

/// A pipeline to take down, and the bucket that holds its lock.
struct Task<'a> {
    aws: &'a Session,
    search: &'a Search,
    bucket: Option<String>,
}

impl Task<'_> {
    async fn carry_out(self, plan: &Plan, args: &DestroyArgs, place: &str, out: &Out) -> Result<u8> {
        out.note(view::render(plan, out.stderr, out.verbose).trim_end());
        if !plan.has_changes() {
            return Ok(0);
        }
        if args.delete_data {
            self.tell_data(plan, out).await?;
        }
        if !args.auto_approve && !confirm(&format!("\nDestroy all of this in {place}?")) {
            return Err(Error::new(Kind::Usage, "not-approved", "nothing was destroyed: it was not approved")
                .with_help("answer `yes`, or give --auto-approve where nobody can answer"));
        }
        let doing = Doing { verb: "destroy", parallelism: args.parallelism.into(), delete_data: args.delete_data };
        execute(self.aws, self.search, self.bucket, plan, &doing, out).await?;
        Ok(0)
    }

    /// What every bucket that goes takes with it.
    async fn tell_data(&self, plan: &Plan, out: &Out) -> Result<()> {
        let buckets = plan.changes.iter().filter(|c| c.kind == ResourceKind::S3Bucket && c.destroys_data);
        for bucket in buckets {
            let objects = s3::list(self.aws, &bucket.address.name, "").await?;
            let bytes = words::bytes(objects.iter().map(|o| o.size).sum());
            let count = words::count(objects.len() as u64, "object");
            out.note(&out.stderr.red(&format!("{} will be deleted with {count}, {bytes}", bucket.address)));
        }
        Ok(())
    }
}
