//! `validate`, `script`, `schema`: no network, no threads.

use serde_json::json;

use super::args::{Global, ScriptArgs, ValidateArgs};
use super::workspace::Workspace;
use crate::error::{Error, Result};
use crate::manifest;
use crate::report::{Out, words};

/// `validate`: everything that can be known without AWS.
pub fn validate(global: &Global, args: &ValidateArgs, out: &Out) -> Result<u8> {
    let workspace = Workspace::open(global, None)?;
    let (flow, queries) = (&workspace.flow, workspace.manifest.athena.queries.len());
    let warnings = workspace.warnings();
    let checks: usize = flow.tables.values().map(|t| t.checks.len()).sum();
    let value = json!({
        "valid": true,
        "pipeline": workspace.manifest.name.value,
        "environment": workspace.manifest.environment.name,
        "sources": flow.sources.len(),
        "tables": flow.tables.iter().map(|(name, table)| (name.clone(), json!(table.schema))).collect::<serde_json::Map<_, _>>(),
        "checks": checks,
        "queries": queries,
        "datasets": workspace.dashboards.datasets.len(),
        "dashboards": workspace.dashboards.dashboards.len(),
        "warnings": warnings.iter().map(warning_value).collect::<Vec<_>>(),
    });
    out.warnings(&warnings);
    out.result(&value, |style| {
        let mut text = String::new();
        for (name, table) in &flow.tables {
            text.push_str(&format!("{} ({} columns)\n", style.bold(name), table.schema.columns.len()));
            if out.verbose {
                for column in &table.schema.columns {
                    text.push_str(&format!("  {:<28} {}\n", column.name, style.dim(&column.data_type.to_string())));
                }
            }
        }
        let dashboards = match workspace.dashboards.dashboards.len() {
            0 => String::new(),
            count => format!(", {}", words::count(count as u64, "dashboard")),
        };
        let warned = match warnings.len() {
            0 => String::new(),
            count => format!(", {}", style.yellow(&words::count(count as u64, "warning"))),
        };
        text.push_str(&format!(
            "{}: {} sources, {} tables, {checks} checks, {queries} queries{dashboards}{warned}\n",
            style.green("valid"),
            flow.sources.len(),
            flow.tables.len()
        ));
        text
    })?;
    Ok(if args.strict && !warnings.is_empty() { 1 } else { 0 })
}

fn warning_value(warning: &Error) -> serde_json::Value {
    json!({
        "code": warning.code(),
        "message": warning.message(),
        "file": warning.place().map(|place| place.source.path.display().to_string()),
        "line": warning.place().map(|place| place.line),
        "column": warning.place().map(|place| place.column),
        "help": warning.help(),
    })
}

/// `script`: the PySpark that Glue will run.
pub fn script(global: &Global, args: &ScriptArgs, out: &Out) -> Result<u8> {
    let workspace = Workspace::open(global, None)?;
    if let Some(written) = workspace.manifest.job.script.as_ref().filter(|_| args.out.is_some() || args.check.is_some())
    {
        let file = written.file.value.display();
        return Err(Error::usage(
            "hand-written",
            format!("the job runs `{file}`, which is written by hand: nothing is generated"),
        )
        .with_help("take `script` out of `job` to generate one from the tables' steps"));
    }
    let script = workspace.script();
    if let Some(path) = &args.check {
        let committed = std::fs::read_to_string(path).map_err(|e| Error::io("read", path, e))?;
        if committed != script {
            let error = Error::new(
                crate::error::Kind::Conflict,
                "stale-script",
                format!("`{}` is not what the manifest generates", path.display()),
            );
            return Err(error.with_help(format!("run `pipectl script --out {}` and commit the result", path.display())));
        }
        out.note(&format!("{} is current", path.display()));
        return Ok(0);
    }
    match &args.out {
        None => out.text(script)?,
        Some(path) => {
            if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
                std::fs::create_dir_all(folder).map_err(|e| Error::io("create", folder, e))?;
            }
            std::fs::write(path, script).map_err(|e| Error::io("write", path, e))?;
            out.note(&format!("wrote {}", path.display()));
        }
    }
    Ok(0)
}

/// `schema`: for editors.
pub fn schema(out: &Out) -> Result<u8> {
    let text = serde_json::to_string_pretty(&manifest::schema()).map_err(|e| Error::bug(e.to_string()))?;
    out.text(&(text + "\n"))?;
    Ok(0)
}
