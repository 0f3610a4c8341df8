//! `destroy`: takes the pipeline down; data stays unless it was asked for.

use super::args::{DestroyArgs, Global, Scope};
use super::connect::Connected;
use super::provision::{Doing, execute, input, provider};
use crate::apply::provider::READS;
use crate::apply::reader;
use crate::error::{Error, Kind, Result};
use crate::manifest;
use crate::plan::destroy::destroy as decide;
use crate::report::out::confirm;
use crate::report::{Out, plan as view, words};
use crate::resource::Kind as ResourceKind;
use crate::services;
use crate::services::s3::actions as s3;

/// `destroy`: plans, shows what goes and what data goes with it, asks, does.
pub async fn destroy(global: &Global, args: &DestroyArgs, out: &Out) -> Result<u8> {
    let declared = manifest::environments(&global.file)?;
    if global.env.is_none() && declared.list.len() > 1 {
        let names = declared.list.iter().map(|d| d.name.as_str()).collect::<Vec<_>>().join(", ");
        return Err(Error::usage("env-required", "destroy wants --env: the manifest declares several environments")
            .with_expected(format!("--env with one of {names}")));
    }
    let connected = Connected::open(global).await?;
    let search = connected.search();
    let desired = services::desired(&connected.context(&search.owner))?;
    let snapshot = reader::everything(&provider(&connected, &search), &desired, READS).await?;
    let scope = Scope::default();
    let plan = decide(&input(&connected, &desired, &snapshot, &scope), args.delete_data)?;
    out.note(view::render(&plan, out.stderr, out.verbose).trim_end());
    if !plan.has_changes() {
        return Ok(0);
    }
    if args.delete_data {
        let buckets = plan.changes.iter().filter(|c| c.kind == ResourceKind::S3Bucket && c.destroys_data);
        for bucket in buckets {
            let objects = s3::list(&connected.aws, &bucket.address.name, "").await?;
            let bytes = words::bytes(objects.iter().map(|o| o.size).sum());
            let count = words::count(objects.len() as u64, "object");
            out.note(&out.stderr.red(&format!("{} will be deleted with {count}, {bytes}", bucket.address)));
        }
    }
    let question = format!("\nDestroy all of this in {}?", connected.whereabouts(global));
    if !args.auto_approve && !confirm(&question) {
        return Err(Error::new(Kind::Usage, "not-approved", "nothing was destroyed: it was not approved")
            .with_help("answer `yes`, or give --auto-approve where nobody can answer"));
    }
    let doing = Doing { verb: "destroy", parallelism: args.parallelism.into(), delete_data: args.delete_data };
    execute(&connected, &plan, &doing, out).await?;
    Ok(0)
}
