//! `run`: the pipeline's stages, watched.

use std::borrow::Cow;
use std::path::Path;

use super::args::{Global, RunArgs};
use super::attach;
use super::connect::{Connected, Purpose};
use super::workspace::Workspace;
use crate::aws::Session;
use crate::cost::{Billing, Rates};
use crate::dashboard::model::{From, ImportMode};
use crate::error::{Error, Kind, Place, Result};
use crate::flow::document::Flow;
use crate::flow::queries::read;
use crate::flow::select::select;
use crate::manifest;
use crate::manifest::model::Manifest;
use crate::report::Out;
use crate::report::progress::RunProgress;
use crate::report::run as view;
use crate::report::words;
use crate::run::job::JobPlan;
use crate::run::queries::QueryPlan;
use crate::run::refresh::RefreshPlan;
use crate::run::upload::SourceFiles;
use crate::run::{Ended, RunPlan, RunRecord, RunStatus, Stage, pipeline};
use crate::services::layout::Layout;
use crate::services::quicksight::actions::dashboard_url;
use crate::services::quicksight::names;
use crate::services::s3::download::download;

/// `run`: stages, progress, result.
pub async fn run(global: &Global, args: &RunArgs, out: &Out) -> Result<u8> {
    let connected =
        Connected::open_for(global, Purpose { plans: false, spark: args.spark, memory_limit: args.memory_limit })
            .await?;
    let ended = perform(&connected, args, out).await?;
    if let Some(folder) = &args.results {
        fetch(&connected.aws, &ended.record, folder, out).await?;
    }
    finish(ended, out)
}

/// Writes the answers of a run's queries to `folder`, a CSV file each.
async fn fetch(aws: &Session, record: &RunRecord, folder: &Path, out: &Out) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|e| Error::io("create", folder, e))?;
    for (name, query) in &record.queries {
        let path = folder.join(format!("{name}.csv"));
        let bytes = download(aws, &query.location, &path).await?;
        out.note(&format!("wrote {}, {}", path.display(), words::bytes(bytes)));
    }
    Ok(())
}

/// Plans and drives a run over an open connection, or goes on with one.
pub async fn perform(connected: &Connected, args: &RunArgs, out: &Out) -> Result<Ended> {
    let plan = match &args.attach {
        None => plan(connected, begin(connected, args)?, args.detach)?,
        Some(run) => {
            let record = attach::unfinished(connected, run.as_deref()).await?;
            if record.status != RunStatus::Running {
                return Ok(attach::over(record));
            }
            RunPlan { again: true, ..plan(connected, record, false)? }
        }
    };
    let progress = RunProgress::new(out);
    let ended = pipeline::run(&connected.aws, &plan, &|event| progress.event(&event), interrupted(out)).await;
    progress.finish();
    Ok(ended)
}

/// Ends at the first Ctrl-C; the second ends the process.
async fn interrupted(out: &Out) {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
    out.note("interrupted: writing down where the run is; Ctrl-C again stops at once");
    tokio::spawn(async {
        if tokio::signal::ctrl_c().await.is_ok() {
            std::process::exit(i32::from(Kind::Interrupted.exit_code()));
        }
    });
}

/// Prints the result; a failed run's error is returned after it, so that stdout holds the result either way.
pub fn finish(ended: Ended, out: &Out) -> Result<u8> {
    out.result(&ended.record, |style| view::summary(&ended.record, &ended.answers, style))?;
    match ended.error {
        None => Ok(0),
        Some(error) => Err(error),
    }
}

/// A run that has its id and knows its stages.
fn begin(connected: &Connected, args: &RunArgs) -> Result<RunRecord> {
    let now = chrono::Utc::now();
    let run_id = format!("{}-{}", now.format("%Y%m%dT%H%M%SZ"), &uuid::Uuid::new_v4().simple().to_string()[..4]);
    let spice = connected.workspace.dashboards.datasets.iter().any(|set| set.import_mode == ImportMode::Spice);
    let planned: Vec<Stage> = Stage::ALL
        .into_iter()
        .filter(|s| args.only.is_none_or(|only| *s == only) && args.from.is_none_or(|from| *s >= from))
        .filter(|s| *s != Stage::Refresh || spice)
        .collect();
    if args.detach && !planned.contains(&Stage::Job) {
        return Err(Error::usage("nothing-to-detach", "--detach is given, and no job would be started").with_help(
            "only the job goes on by itself: leave --detach out, or choose stages with the job among them",
        ));
    }
    let started = now.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let selected = selected(connected, args)?;
    Ok(RunRecord { planned, selected, ..RunRecord::begin(run_id, started) })
}

/// The tables that the run takes in; none where it takes in all.
fn selected(connected: &Connected, args: &RunArgs) -> Result<Vec<String>> {
    let Workspace { manifest, flow, .. } = &connected.workspace;
    if !args.select.is_empty() && manifest.job.script.is_some() {
        return Err(Error::usage("select-with-script", "--select is given, and the job's script is written by hand")
            .with_help("which tables such a script writes is its own affair: leave --select out"));
    }
    let tables = select(flow, &args.select)?;
    Ok(if tables.len() == flow.tables.len() { Vec::new() } else { tables })
}

fn plan(connected: &Connected, record: RunRecord, detach: bool) -> Result<RunPlan> {
    let manifest = &connected.workspace.manifest;
    let layout = Layout::of(manifest);
    let embedded = connected.is_local();
    if detach && embedded {
        return Err(Error::usage(
            "detach-with-local",
            "--detach is given with --local: there, jobs end with this process",
        )
        .with_help(
            "leave --detach out, or serve the local cloud in another terminal with `pipectl local serve` and give its \
                 address with --endpoint-url",
        ));
    }
    let flow = match record.selected.as_slice() {
        [] => Cow::Borrowed(&connected.workspace.flow),
        some => Cow::Owned(connected.workspace.flow.only(some)?),
    };
    Ok(RunPlan {
        record_key: layout.run_key(&record.run_id),
        records_bucket: layout.bucket.clone(),
        sources: sources(manifest, &layout, &flow)?,
        queries: touched(&connected.workspace, &record.selected),
        job: JobPlan {
            job: manifest.base_name(),
            warehouse_bucket: layout.warehouse.bucket.clone(),
            warehouse_prefix: layout.warehouse.prefix.clone(),
            script: (layout.bucket.clone(), layout.script_key(), connected.workspace.script().to_owned()),
            tables: record.selected.clone(),
            hand_written: manifest.job.script.is_some(),
            billed: !embedded,
        },
        record,
        again: false,
        detach,
        embedded,
        billing: billing(connected),
        crawler: manifest.base_name(),
        database: manifest.crawler.database.name.value.clone(),
        refreshes: refreshes(connected, &layout),
        dashboards: dashboards(connected),
    })
}

/// How runs are paid for; the embedded local cloud costs nothing.
pub fn billing(connected: &Connected) -> Option<Billing> {
    let billing = || Billing { declared: super::cost::declared(connected), rates: Rates::of(&connected.aws.region) };
    (!connected.is_local()).then(billing)
}

/// The local files of every source that has some, but not of those that `flow` has left out.
fn sources(manifest: &Manifest, layout: &Layout, flow: &Flow) -> Result<Vec<SourceFiles>> {
    let mut sources = Vec::new();
    for (name, source) in &manifest.sources {
        if source.path.starts_with("s3://") || !flow.sources.contains_key(&name.value) {
            continue;
        }
        let folder = layout.source(name);
        let files = manifest::files::expand(manifest, source)?.into_iter().map(|f| (f.path, f.name)).collect();
        sources.push(SourceFiles { bucket: folder.bucket, prefix: folder.prefix, files });
    }
    Ok(sources)
}

/// Where QuickSight shows the dashboards; the local cloud has no such place.
fn dashboards(connected: &Connected) -> Vec<(String, String)> {
    if connected.is_local() {
        return Vec::new();
    }
    let manifest = &connected.workspace.manifest;
    let url = |name: &str| dashboard_url(&connected.aws.region, &names::dashboard_id(manifest, name));
    connected.workspace.dashboards.dashboards.iter().map(|d| (d.name.clone(), url(&d.name))).collect()
}

/// The data sets in SPICE. What a query reads is not looked into: any table may have changed it.
fn refreshes(connected: &Connected, layout: &Layout) -> Vec<RefreshPlan> {
    let manifest = &connected.workspace.manifest;
    let prefix = &manifest.crawler.table_prefix.value;
    let sets = connected.workspace.dashboards.datasets.iter().filter(|set| set.import_mode == ImportMode::Spice);
    let plan = sets.map(|set| RefreshPlan {
        name: set.name.clone(),
        data_set_id: names::data_set_id(manifest, &set.name),
        bucket: layout.warehouse.bucket.clone(),
        folders: match &set.from {
            From::Table(table) => vec![layout.table(table.strip_prefix(prefix.as_str()).unwrap_or(table)).prefix],
            From::Query(_) => manifest.tables.keys().map(|table| layout.table(table).prefix).collect(),
        },
    });
    plan.collect()
}

/// The queries of a run: all, or those that read one of the tables `selected`, and those of which nobody knows what they read.
fn touched(workspace: &Workspace, selected: &[String]) -> Vec<QueryPlan> {
    let Workspace { manifest, flow, .. } = workspace;
    let mut plans = queries(manifest);
    if !selected.is_empty() {
        let mut wanted = manifest.athena.queries.values().map(|query| {
            let read = read(manifest, flow, query);
            read.is_empty() || read.iter().any(|(table, _)| selected.contains(table))
        });
        plans.retain(|_| wanted.next().unwrap_or(true));
    }
    plans
}

/// The manifest's queries, ready to run.
pub fn queries(manifest: &Manifest) -> Vec<QueryPlan> {
    let workgroup = workgroup(manifest);
    let plan = |(name, query): (&manifest::spanned::Spanned<String>, &manifest::model::Query)| QueryPlan {
        name: Some(name.value.clone()),
        workgroup: workgroup.clone(),
        database: manifest.crawler.database.name.value.clone(),
        sql: query.sql.text.clone(),
        place: Some(Place { source: query.sql.clone(), line: 1, column: 1, width: 1 }),
    };
    manifest.athena.queries.iter().map(plan).collect()
}

/// The name of the workgroup that queries run in.
pub fn workgroup(manifest: &Manifest) -> String {
    manifest.athena.workgroup.name.as_ref().map_or_else(|| manifest.base_name(), |n| n.value.clone())
}
