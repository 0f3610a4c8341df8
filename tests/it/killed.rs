//! Runs that are killed as by `kill -9`, at random moments: a table is the old one or, after the next run, the new one; never
//! has it a file that is not whole, and a mix of old and new never lasts.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::Int32Type;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::support::bench::{Bench, put};
use super::support::project::{self, Project};

/// Rows of each version of the data.
const ROWS: usize = 4_000;

/// Rows that a run appends.
const ADDED: usize = 100;

const FLOW: &str = "sources:
  plays: { path: data/plays/, format: csv, columns: { id: int, version: int, part: string } }
tables:
  plain:
    steps: [{ source: plays }]
    files: 2
  parted:
    steps: [{ table: plain }]
    partition_by: [part]
  added:
    steps: [{ source: plays }, { filter: id < 100 }]
    write: append
";

fn rounds(sample: usize, all: usize) -> usize {
    if std::env::var_os("PIPECTL_TEST_ALL").is_some() { all } else { sample }
}

/// The data of a version. Its partitions change from version to version, too.
fn data(version: i32) -> Vec<u8> {
    let mut text = String::from("id,version,part\n");
    for id in 0..ROWS {
        text.push_str(&format!("{id},{version},p{}\n", (id + version as usize) % 7 + version as usize % 3));
    }
    text.into_bytes()
}

/// How many rows of each version a table has. Panics when a file is not whole.
fn versions(table: &Path) -> BTreeMap<i32, usize> {
    let mut versions = BTreeMap::new();
    let files = walkdir::WalkDir::new(table).into_iter().filter_map(Result::ok).filter(|e| e.file_type().is_file());
    for file in files {
        let shown = file.path().display();
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(file.path()).unwrap())
            .and_then(|builder| builder.build())
            .unwrap_or_else(|e| panic!("{shown} is not whole: {e}"));
        for batch in reader {
            let batch = batch.unwrap_or_else(|e| panic!("{shown} is not whole: {e}"));
            let column = batch.column_by_name("version").unwrap().as_primitive::<Int32Type>().clone();
            column.iter().flatten().for_each(|version| *versions.entry(version).or_default() += 1);
        }
    }
    versions
}

/// What the tables hold after a run that ended: the version of those that are overwritten, and what was appended, in rows
/// of each version.
#[derive(Clone, Debug)]
struct Ended {
    version: i32,
    added: BTreeMap<i32, usize>,
}

/// What a warehouse must be like after a run of version `next` was killed.
fn assert_sound(warehouse: &Path, before: &Ended, next: i32) {
    let publishing = warehouse.join("_pipectl/publishing.json").exists();
    let mut seen = BTreeSet::new();
    for table in ["plain", "parted"] {
        let found = versions(&warehouse.join(table));
        assert!(found.keys().all(|version| [before.version, next].contains(version)), "{table}: {found:?}");
        if !publishing {
            assert_eq!(found.values().copied().collect::<Vec<_>>(), [ROWS], "{table} is a mix that lasts: {found:?}");
            seen.extend(found.keys().copied());
        }
    }
    let added = versions(&warehouse.join("added"));
    let mut with_next = before.added.clone();
    with_next.insert(next, ADDED);
    if publishing {
        assert!(added == before.added || added == with_next, "{added:?}");
    } else {
        assert_eq!(seen.len(), 1, "one table is old, another new: {seen:?}");
        assert_eq!(added, if seen.contains(&next) { with_next } else { before.added.clone() });
    }
}

/// After a run that ended well; the one before it may have been published, too.
fn assert_complete(warehouse: &Path, before: &Ended, next: i32) -> Ended {
    for table in ["plain", "parted"] {
        assert_eq!(versions(&warehouse.join(table)), BTreeMap::from([(next, ROWS)]), "{table}");
    }
    let added = versions(&warehouse.join("added"));
    let mut others = added.clone();
    let new = others.remove(&next);
    assert!(others == before.added && [Some(ADDED), Some(2 * ADDED)].contains(&new), "{added:?}");
    assert!(!warehouse.join("_pipectl/publishing.json").exists());
    let left = walkdir::WalkDir::new(warehouse.join("_pipectl")).into_iter().filter_map(Result::ok);
    let left: Vec<PathBuf> =
        left.map(|e| e.into_path()).filter(|p| p.extension().is_some_and(|e| e == "parquet")).collect();
    assert!(left.is_empty(), "{left:?}");
    Ended { version: next, added }
}

/// Kills a process group after `delay`, or when the publish begins; true when it was still running.
fn kill(child: &mut Child, warehouse: &Path, delay: Delay) -> bool {
    let started = Instant::now();
    let due = |published: &mut Option<Instant>| match delay {
        Delay::After(time) => started.elapsed() >= time,
        Delay::IntoPublish(time) => {
            if published.is_none() && warehouse.join("_pipectl/publishing.json").exists() {
                *published = Some(Instant::now());
            }
            published.is_some_and(|at| at.elapsed() >= time)
        }
    };
    let mut published = None;
    while !due(&mut published) {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    // The whole group: Spark's script has Java beside it.
    let group = format!("-{}", child.id());
    Command::new("kill").args(["-9", "--", &group]).stderr(Stdio::null()).status().unwrap();
    child.wait().unwrap();
    true
}

#[derive(Clone, Copy, Debug)]
enum Delay {
    After(Duration),
    IntoPublish(Duration),
}

/// Numbers that look random and are the same each time (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit.max(1)
    }

    /// Every other kill falls into the publish, which is short.
    fn delay(&mut self, round: usize, whole: Duration, publish: u64) -> Delay {
        match round % 2 {
            0 => Delay::After(Duration::from_micros(self.below(whole.as_micros() as u64 * 3 / 4))),
            _ => Delay::IntoPublish(Duration::from_micros(self.below(publish))),
        }
    }
}

/// Kills run after run, and tells how many with `--nocapture`; `start` begins one, of a version and a number of its own, to be killed or waited for.
#[allow(clippy::print_stderr, reason = "what it was shown by")]
fn kill_and_run_again(warehouse: &Path, rounds: usize, publish: u64, mut start: impl FnMut(i32, u32) -> Command) {
    let mut number = 0;
    let mut begin = |version| {
        number += 1;
        let mut command = start(version, number);
        command.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    };
    let started = Instant::now();
    assert!(begin(0).wait().unwrap().success());
    let whole = started.elapsed();
    let mut before = assert_complete(warehouse, &Ended { version: 0, added: BTreeMap::new() }, 0);
    let (mut random, mut killed, mut rolled) = (Random(0x9e37_79b9_7f4a_7c15), 0, 0);
    for (round, next) in (1..=rounds as i32).enumerate() {
        let delay = random.delay(round, whole, publish);
        let died = kill(&mut begin(next), warehouse, delay);
        killed += usize::from(died);
        rolled += usize::from(warehouse.join("_pipectl/publishing.json").exists());
        assert_sound(warehouse, &before, next);
        assert!(begin(next).wait().unwrap().success(), "the run after round {round} ({delay:?})");
        before = assert_complete(warehouse, &before, next);
    }
    assert!(killed * 2 >= rounds, "only {killed} of {rounds} were killed");
    eprintln!("{killed} of {rounds} runs were killed, {rolled} of them while they published");
}

#[test]
fn a_killed_local_run_leaves_the_old_tables_or_the_new() {
    let manifest = format!(
        "name: killed\nregion: us-east-1\nstorage:\n  staging: \"s3://killed-bucket/staging/\"\n  \
         warehouse: \"s3://killed-bucket/warehouse/\"\n  results: \"s3://killed-bucket/results/\"\n{FLOW}\
         job: {{}}\ncrawler: {{ database: killed }}\nathena: {{ queries: {{}} }}\n"
    );
    let project = Project::empty();
    put(&project.path("pipeline.yaml"), manifest.as_bytes());
    put(&project.path("data/plays/a.csv"), &data(0));
    project.run(&["apply", "--local", "--auto-approve"]).ok();
    let warehouse = project.path(".pipectl/cloud/s3/killed-bucket/warehouse");
    kill_and_run_again(&warehouse, rounds(10, 100), 4_000, |version, _| {
        put(&project.path("data/plays/a.csv"), &data(version));
        project.run(&["run", "--local", "--only", "upload"]).ok();
        project.command(&["run", "--local", "--only", "job"])
    });
}

#[test]
fn a_killed_spark_run_leaves_the_old_tables_or_the_new() {
    let bench = Bench::new(FLOW, &[("plays/a.csv", &data(0))]);
    let script = tempfile::Builder::new().suffix(".py").tempfile().unwrap();
    let warehouse = bench.spark_warehouse();
    kill_and_run_again(&warehouse, rounds(3, 20), 150_000, |version, number| {
        bench.stage("plays/a.csv", &data(version));
        let job = bench.spark_job(&format!("r{number}"));
        std::fs::write(script.path(), &job.script).unwrap();
        let mut command = Command::new(project::python());
        let uri = |folder: &Path| format!("file://{}/", folder.display());
        command.arg(script.path()).args(["--pipectl_run_id", &job.run_id]);
        command.args(["--pipectl_staging", &uri(&job.staging), "--pipectl_warehouse", &uri(&job.warehouse)]);
        command.env(
            "PYSPARK_SUBMIT_ARGS",
            "--master local[2] --conf spark.ui.enabled=false --conf spark.driver.host=127.0.0.1 \
             --conf spark.driver.bindAddress=127.0.0.1 --conf spark.sql.shuffle.partitions=2 pyspark-shell",
        );
        command
    });
}
