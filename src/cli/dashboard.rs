//! `dashboard`: the manifest's dashboards as pages that open without a network.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Duration, Utc};
use indexmap::IndexMap;

use super::args::{DashboardArgs, Global};
use super::connect::Connected;
use super::{run, status};
use crate::dashboard::model::Dashboard;
use crate::dashboard::page::{Header, Run};
use crate::error::{Error, Result, nearest};
use crate::report::{Out, words};
use crate::run::pages::{self, Place};
use crate::run::{RunRecord, RunStatus};

/// `dashboard [NAME] [--html FILE] [--open]`.
pub async fn dashboard(global: &Global, args: &DashboardArgs, out: &Out) -> Result<u8> {
    let connected = Connected::open(global).await?;
    let chosen = choose(&connected, args)?;
    let newest = status::records(&connected, 20).await?;
    let last = newest.iter().find(|record| record.status == RunStatus::Succeeded);
    let written = write(&connected, global, &chosen, args.html.as_deref(), last, out).await?;
    out.result(&serde_json::json!({ "dashboards": written }), |_| {
        written.values().map(|path| format!("{}\n", path.display())).collect()
    })?;
    if args.open {
        for path in written.values() {
            open::that_detached(path).map_err(|e| Error::io("open", path, e))?;
        }
    }
    Ok(0)
}

fn choose<'a>(connected: &'a Connected, args: &DashboardArgs) -> Result<Vec<&'a Dashboard>> {
    let all = &connected.workspace.dashboards.dashboards;
    if all.is_empty() {
        return Err(Error::usage("no-dashboard", "the manifest declares no dashboard")
            .with_help("dashboards are described under `quicksight: { datasets: ..., dashboards: ... }`"));
    }
    let Some(name) = &args.name else {
        let drawn: Vec<&Dashboard> = all.iter().filter(|dashboard| dashboard.raw.is_none()).collect();
        return match (drawn.as_slice(), &args.html) {
            ([], _) => Err(raw(&all[0].name)),
            ([_, _, ..], Some(_)) => {
                Err(Error::usage("one-of", "--html takes one page, and there are several dashboards")
                    .with_expected(format!("one of {}", names(all))))
            }
            _ => Ok(drawn),
        };
    };
    match all.iter().find(|dashboard| dashboard.name == *name) {
        Some(dashboard) if dashboard.raw.is_some() => Err(raw(name)),
        Some(dashboard) => Ok(vec![dashboard]),
        None => {
            let error = Error::usage("unknown-dashboard", format!("unknown dashboard `{name}`"))
                .with_expected(format!("one of {}", names(all)));
            Err(match nearest(name, all.iter().map(|dashboard| dashboard.name.as_str())) {
                Some(near) => error.with_help(format!("did you mean `{near}`?")),
                None => error,
            })
        }
    }
}

fn names(all: &[Dashboard]) -> String {
    all.iter().map(|dashboard| dashboard.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn raw(name: &str) -> Error {
    Error::usage("raw-definition", format!("dashboard `{name}` is a definition in QuickSight's own words"))
        .with_help("only QuickSight draws it; a dashboard with `sheets` is a page, too")
}

/// Writes pages and tells where they are, by dashboard. `last` is the run that made the data.
pub async fn write(
    connected: &Connected,
    global: &Global,
    chosen: &[&Dashboard],
    html: Option<&Path>,
    last: Option<&RunRecord>,
    out: &Out,
) -> Result<IndexMap<String, PathBuf>> {
    let workspace = &connected.workspace;
    let manifest = &workspace.manifest;
    let place = Place { workgroup: run::workgroup(manifest), database: manifest.crawler.database.name.value.clone() };
    let folder = global.file.parent().unwrap_or(Path::new("")).join(".pipectl").join("dashboards");
    let mut written = IndexMap::new();
    for dashboard in chosen {
        let header = Header {
            pipeline: manifest.name.value.clone(),
            environment: manifest.environment.declared.then(|| manifest.environment.name.clone()),
            place: connected.place(),
            run: last.and_then(finished),
            generated_at: Utc::now(),
        };
        let page = pages::page(&connected.aws, &workspace.dashboards, dashboard, &place, header).await?;
        for (title, reason) in &page.failed {
            out.note(&format!("{} {}: `{title}` has no data: {reason}", out.stderr.yellow("!"), dashboard.name));
        }
        let path = html.map_or_else(|| folder.join(format!("{}.html", dashboard.name)), Path::to_path_buf);
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            std::fs::create_dir_all(parent).map_err(|e| Error::io("create", parent, e))?;
        }
        std::fs::write(&path, &page.html).map_err(|e| Error::io("write", &path, e))?;
        out.note(&out.stderr.dim(&format!(
            "{}: {}, {} scanned, {}",
            dashboard.name,
            words::count(page.visuals as u64, "visual"),
            words::bytes(page.bytes_scanned),
            words::bytes(page.html.len() as u64)
        )));
        written.insert(dashboard.name.clone(), path);
    }
    Ok(written)
}

/// The dashboards of the manifest that are drawn here.
pub fn drawn(connected: &Connected) -> Vec<&Dashboard> {
    connected.workspace.dashboards.dashboards.iter().filter(|dashboard| dashboard.raw.is_none()).collect()
}

/// When a run was done: when it started, and what its stages took.
fn finished(record: &RunRecord) -> Option<Run> {
    let started = DateTime::parse_from_rfc3339(&record.started).ok()?.to_utc();
    let seconds: f64 = record.stages.iter().map(|stage| stage.seconds).sum();
    Some(Run { id: record.run_id.clone(), finished_at: started + Duration::milliseconds((seconds * 1000.0) as i64) })
}
