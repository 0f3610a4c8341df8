//! Job runs on Spark: the script that a job names, through `spark-submit`, much as Glue runs it.
//!
//! Spark sees a bucket as the folder that it is here: in the job's arguments and in the script's text, the URIs of buckets
//! that exist become those of their folders. What else a script asks AWS for (boto3), it asks the local cloud.

pub mod failure;
mod process;
mod uris;

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use tokio::process::Command;

use super::printed::{self, Printed};
use super::support::text;
use crate::error::{Error, Result};
use crate::local::store::Store;

/// The part of Glue's Python library that runs here, for scripts that import it.
const LIBRARY: &[(&str, &str)] = &[
    ("__init__.py", include_str!("awsglue/__init__.py")),
    ("context.py", include_str!("awsglue/context.py")),
    ("dynamicframe.py", include_str!("awsglue/dynamicframe.py")),
    ("job.py", include_str!("awsglue/job.py")),
    ("transforms.py", include_str!("awsglue/transforms.py")),
    ("utils.py", include_str!("awsglue/utils.py")),
];

/// Settings of every run: all cores, loopback alone, plain files without checksum files beside them.
const SETTINGS: &[(&str, &str)] = &[
    ("spark.driver.host", "127.0.0.1"),
    ("spark.driver.bindAddress", "127.0.0.1"),
    ("spark.ui.enabled", "false"),
    ("spark.sql.session.timeZone", "UTC"),
    ("spark.sql.shuffle.partitions", "8"),
    ("spark.hadoop.fs.file.impl", "org.apache.hadoop.fs.RawLocalFileSystem"),
];

/// The `spark-submit` to run jobs with: that of `SPARK_HOME`, else the first on the `PATH`.
///
/// Errors: `no-spark`.
pub fn find() -> Result<PathBuf> {
    let home = std::env::var_os("SPARK_HOME").map(|home| PathBuf::from(home).join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = home.into_iter().chain(std::env::split_paths(&path));
    folders.map(|folder| folder.join("spark-submit")).find(|submit| submit.is_file()).ok_or_else(|| {
        Error::usage("no-spark", "--spark needs Spark, and there is no spark-submit in SPARK_HOME or on the PATH").with_help(
            "`pip install pyspark==3.5.4` brings the Spark of Glue 5.0 (it runs on Java 17); without --spark the embedded \
             engine runs the job",
        )
    })
}

/// Runs the script at `script` to its end; the failure is the message that the run shows.
///
/// Dropping it ends Spark with all its processes. What the script prints goes to the run's logs.
pub async fn run(
    store: &Store,
    submit: &Path,
    run: &Value,
    script: &str,
    arguments: &Map<String, Value>,
) -> std::result::Result<(), String> {
    let folder = tempfile::Builder::new().prefix("spark-").tempdir_in(store.root().join("tmp"));
    let folder = folder.map_err(|e| format!("No folder for Spark: {e}"))?;
    let program = prepare(store, folder.path(), script).map_err(|error| error.to_string())?;
    let mut logs = Printed::of(store, text(run, "Id")).map_err(|error| error.to_string())?;
    let mut command = Command::new(submit);
    command.args(["--master", "local[*]", "--name", text(run, "JobName")]);
    for (name, value) in SETTINGS {
        command.arg("--conf").arg(format!("{name}={value}"));
    }
    let warehouse = folder.path().join("spark-warehouse");
    command.arg("--conf").arg(format!("spark.sql.warehouse.dir={}", warehouse.display()));
    command.arg(&program);
    command.args(["--JOB_NAME", text(run, "JobName"), "--JOB_RUN_ID", text(run, "Id")]);
    for (name, value) in arguments {
        command.arg(name).arg(uris::local(store, value.as_str().unwrap_or_default()));
    }
    command.current_dir(folder.path()).env("PYTHONPATH", python_path(folder.path()));
    if let Some(endpoint) = store.endpoint() {
        command.env("AWS_ENDPOINT_URL", &endpoint.url).env("AWS_ACCESS_KEY_ID", &endpoint.access_key_id);
        command.env("AWS_SECRET_ACCESS_KEY", &endpoint.secret_access_key).env("AWS_DEFAULT_REGION", store.region());
        command.env_remove("AWS_SESSION_TOKEN").env_remove("AWS_PROFILE");
    }
    let Printed { output, error } = &mut logs;
    match process::run(command, |line| output.say(line), |line| error.say(line)).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(printed::reason(store, text(run, "Id"))),
        Err(error) => Err(format!("LAUNCH ERROR | {} cannot be run: {error}", submit.display())),
    }
}

/// The script beside Glue's library; gives the script's path.
fn prepare(store: &Store, folder: &Path, script: &str) -> Result<PathBuf> {
    let library = folder.join("python").join("awsglue");
    std::fs::create_dir_all(&library).map_err(|e| Error::io("create", &library, e))?;
    for (name, content) in LIBRARY {
        let path = library.join(name);
        std::fs::write(&path, content).map_err(|e| Error::io("write", &path, e))?;
    }
    let path = folder.join("script.py");
    std::fs::write(&path, uris::local_in_text(store, script)).map_err(|e| Error::io("write", &path, e))?;
    Ok(path)
}

/// Glue's library before what the user has.
fn python_path(folder: &Path) -> std::ffi::OsString {
    let own = folder.join("python");
    let users = std::env::var_os("PYTHONPATH").unwrap_or_default();
    let all = std::iter::once(own.clone()).chain(std::env::split_paths(&users).filter(|p| !p.as_os_str().is_empty()));
    std::env::join_paths(all).unwrap_or_else(|_| own.into_os_string())
}
