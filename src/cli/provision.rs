//! `plan`, `apply`, `unlock`: from the manifest to what AWS should be, and there.

use std::path::Path;
use std::sync::Arc;

use tokio::sync::watch;

use super::args::{ApplyArgs, Global, PlanArgs, Scope};
use super::connect::{Connected, Purpose};
use super::workspace::Workspace;
use crate::apply::provider::READS;
use crate::apply::{self, Aws, Interrupt, Lock, Options, Outcome, reader};
use crate::aws::Session;
use crate::aws::session::partition;
use crate::error::{Error, Kind, Result};
use crate::manifest::PLACEHOLDER_ACCOUNT;
use crate::plan::planner::{Input, plan as decide};
use crate::plan::{Plan, saved};
use crate::report::out::confirm;
use crate::report::plan_progress::ApplyProgress;
use crate::report::{Out, plan as view, plan_markdown};
use crate::resource::{Address, Kind as ResourceKind, Live, Ownership, Resource, Snapshot};
use crate::services;
use crate::services::layout::Layout;
use crate::services::leftovers::Search;
use crate::services::quicksight::preflight;
use crate::services::s3::lease::LeaseObject;

/// What most verbs here connect for.
pub const PLANNING: Purpose = Purpose { plans: true, spark: false, memory_limit: None };

/// `plan`: what would change.
pub async fn plan(global: &Global, args: &PlanArgs, out: &Out) -> Result<u8> {
    let (plan, connected) = match args.offline {
        true => (from_nothing(&Workspace::open(global, None)?, &args.scope)?, None),
        false => {
            let connected = Connected::open_for(global, PLANNING).await?;
            let plan = current(&connected, &args.scope, args.out.is_some() || out.json()).await?;
            preflight::check(&connected.aws, &plan).await?;
            (plan, Some(connected))
        }
    };
    if args.offline {
        out.note("offline: AWS was not asked, so everything is shown as new");
    }
    if let Some(path) = &args.out {
        saved::write(path, &plan)?;
    }
    if args.markdown {
        out.text(&plan_markdown::render(&plan))?;
    } else {
        out.result(&plan.public(), |style| view::render(&plan, style, out.verbose))?;
    }
    if let Some(path) = &args.out {
        out.note(&format!("saved to {}; `pipectl apply {}` does exactly this", path.display(), path.display()));
    }
    let code = if args.detailed_exitcode && plan.has_changes() { 2 } else { 0 };
    // The process ends here; giving thousands of small pieces back one by one would be waited for.
    std::mem::forget((plan, connected));
    Ok(code)
}

/// `apply`: plans, shows, asks, does; or executes a saved plan.
pub async fn apply(global: &Global, args: &ApplyArgs, out: &Out) -> Result<u8> {
    let purpose = Purpose { plans: args.plan.is_none(), ..PLANNING };
    let connected = Connected::open_for(global, purpose).await?;
    let done = match &args.plan {
        Some(path) => execute_saved(&connected, path, args, out).await?,
        None => converge(&connected, global, args, out).await?,
    };
    Ok(if done { 0 } else { 1 })
}

/// `unlock`: removes a lock that was left behind.
pub async fn unlock(global: &Global, out: &Out) -> Result<u8> {
    let connected = Connected::open(global).await?;
    let removed = apply::lock::unlock(&lease(&connected)).await?;
    out.result(&serde_json::json!({ "unlocked": removed.is_some(), "holder": removed }), |_| match &removed {
        Some(holder) => format!("removed the lock of {holder}\n"),
        None => "there is no lock\n".to_owned(),
    })?;
    Ok(0)
}

/// The plan for AWS as it is now; `sealed`: it is to be applied by another process.
pub async fn current(connected: &Connected, scope: &Scope, sealed: bool) -> Result<Plan> {
    let search = connected.search();
    let desired = connected.desired()?;
    let snapshot = reader::everything(&provider(&connected.aws, &search), &desired, READS).await?;
    let input = input(&connected.workspace, &connected.aws.account, &desired, &snapshot, scope);
    decide(&Input { sealed, ..input })
}

/// The plan for an AWS that holds nothing but what the manifest takes as existing.
fn from_nothing(workspace: &Workspace, scope: &Scope) -> Result<Plan> {
    let manifest = &workspace.manifest;
    let pinned = manifest.environment.account.as_ref().map(|account| account.value.as_str());
    let account = pinned.unwrap_or(PLACEHOLDER_ACCOUNT);
    let desired = workspace.desired(account, partition(&manifest.region))?;
    let existing = desired.iter().filter(|resource| resource.existing).map(|resource| {
        let ownership = Ownership::Strangers("it is used, not owned".to_owned());
        (resource.address.clone(), Live { resource: resource.clone(), ownership })
    });
    let snapshot = Snapshot { resources: existing.collect(), ..Snapshot::default() };
    decide(&Input { sealed: true, ..input(workspace, account, &desired, &snapshot, scope) })
}

/// What both planners are given.
pub fn input<'a>(
    workspace: &'a Workspace,
    account: &'a str,
    desired: &'a [Resource],
    snapshot: &'a Snapshot,
    scope: &'a Scope,
) -> Input<'a> {
    let manifest = &workspace.manifest;
    Input {
        pipeline: &manifest.name,
        environment: &manifest.environment.name,
        account,
        region: &manifest.region,
        desired,
        snapshot,
        adopt: &scope.adopt,
        target: &scope.target,
        protect: manifest.protect,
        sealed: false,
    }
}

/// AWS through our handlers.
pub fn provider<'a>(aws: &'a Session, search: &'a Search) -> Aws<'a> {
    Aws { session: aws, search, handler: services::handler }
}

/// Plans, shows, asks and applies; false when the user said no.
pub async fn converge(connected: &Connected, global: &Global, args: &ApplyArgs, out: &Out) -> Result<bool> {
    let plan = current(connected, &args.scope, false).await?;
    preflight::check(&connected.aws, &plan).await?;
    // A plan is not the result of these verbs: it goes where people look, and leaves stdout to what comes of it.
    out.note(view::render(&plan, out.stderr, out.verbose).trim_end());
    if !plan.has_changes() {
        return Ok(true);
    }
    if !args.auto_approve && !confirm(&format!("\nMake these changes in {}?", connected.whereabouts(global))) {
        return Err(Error::new(Kind::Usage, "not-approved", "nothing was changed: the plan was not approved")
            .with_help("answer `yes`, or give --auto-approve where nobody can answer"));
    }
    let doing = Doing { verb: "apply", parallelism: args.parallelism.into(), delete_data: false };
    execute(&connected.aws, &connected.search(), Some(connected.control_bucket()), &plan, &doing, out).await?;
    Ok(true)
}

async fn execute_saved(connected: &Connected, path: &Path, args: &ApplyArgs, out: &Out) -> Result<bool> {
    let plan = saved::read(path)?;
    let search = connected.search();
    let now = reader::snapshot(&provider(&connected.aws, &search), &saved::wants(&plan), READS).await?;
    saved::verify(&plan, &connected.aws.account, &connected.aws.region, &now)?;
    preflight::check(&connected.aws, &plan).await?;
    out.note(view::render(&plan, out.stderr, out.verbose).trim_end());
    if plan.has_changes() {
        let doing = Doing { verb: "apply", parallelism: args.parallelism.into(), delete_data: false };
        execute(&connected.aws, &search, Some(connected.control_bucket()), &plan, &doing, out).await?;
    }
    Ok(true)
}

/// How a plan is carried out.
#[derive(Clone, Copy, Debug)]
pub struct Doing {
    /// The verb, as the lock tells others.
    pub verb: &'static str,
    /// The most steps at once.
    pub parallelism: usize,
    /// Buckets go with what they hold.
    pub delete_data: bool,
}

/// Carries a plan out under the lock in `bucket`, with progress, and ends with its error when something was not done.
pub async fn execute(
    aws: &Session,
    search: &Search,
    bucket: Option<String>,
    plan: &Plan,
    doing: &Doing,
    out: &Out,
) -> Result<Outcome> {
    let lock = bucket.map(|bucket| {
        let lease = apply::lock::object(aws, &bucket, &search.base);
        Lock::new(Arc::new(lease), Address::new(ResourceKind::S3Bucket, bucket), doing.verb)
    });
    let options = Options {
        parallelism: doing.parallelism,
        delete_data: doing.delete_data,
        lock: lock.as_ref(),
        ..Options::new(interrupts(out))
    };
    let progress = ApplyProgress::new(out);
    let outcome = apply::execute(plan, &provider(aws, search), options, &|event| progress.event(&event)).await;
    progress.finish();
    let outcome = outcome?;
    out.note(&crate::report::plan_outcome::render(&outcome, out.stderr));
    match outcome.error() {
        Some(error) => Err(error),
        None => Ok(outcome),
    }
}

/// The object that holds the lease.
fn lease(connected: &Connected) -> LeaseObject {
    let layout = Layout::of(&connected.workspace.manifest);
    apply::lock::object(&connected.aws, &layout.bucket, &layout.base)
}

/// First Ctrl-C drains, second aborts.
fn interrupts(out: &Out) -> watch::Receiver<Interrupt> {
    let (sender, receiver) = watch::channel(Interrupt::None);
    let out = *out;
    tokio::spawn(async move {
        for (stage, text) in [
            (Interrupt::Drain, "interrupted: finishing what is under way; Ctrl-C again stops at once"),
            (Interrupt::Abort, "stopping at once; the next apply goes on from here"),
        ] {
            if tokio::signal::ctrl_c().await.is_err() || sender.send(stage).is_err() {
                return;
            }
            out.note(text);
        }
    });
    receiver
}
