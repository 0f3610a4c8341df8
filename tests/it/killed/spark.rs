//! Spark: five runs side by side in one process, each over a warehouse of its own, killed together at whatever each is doing.
//! Java takes longer to start than such a run takes, so that a process a run would take half an hour.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};

use super::super::support::bench::{Bench, put};
use super::super::support::project::{self, repository};
use super::super::support::spark::Job;
use super::moments::{GLANCE, Random, rounds, tell};
use super::tables::{Ended, FLOW, OTHER, assert_complete, assert_sound, data, left_over, publishing};

/// So many runs go side by side.
const LANES: usize = 5;

/// How long after a publish began a kill may come.
const PUBLISH: Duration = Duration::from_millis(400);

/// Glue ends a run after seven days at the latest; what is older was left by one that was killed.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A process in which Spark runs scripts (`tests/python/killed_spark.py`).
struct Process {
    child: Child,
    batches: ChildStdin,
    told: Receiver<Value>,
}

impl Process {
    fn start() -> Self {
        let mut command = Command::new(project::python());
        command.arg(repository().join("tests/python/killed_spark.py"));
        // Java is in the group, too.
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let (sender, told) = channel();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        std::thread::spawn(move || {
            let said = lines.map_while(Result::ok).filter_map(|line| serde_json::from_str(&line).ok());
            said.take_while(|what: &Value| sender.send(what.clone()).is_ok()).for_each(drop);
        });
        Process { batches: child.stdin.take().unwrap(), child, told }
    }

    fn wait_until_ready(&self) {
        assert_eq!(self.told.recv().expect("Spark does not start"), json!({ "ready": true }));
    }

    /// Begins jobs, each after a while.
    fn begin(&mut self, jobs: &[(&Lane, Job, Duration)]) {
        let one = |(lane, job, after): &(&Lane, Job, Duration)| {
            let uri = |folder: &Path| format!("file://{}/", folder.display());
            let script = lane.script();
            std::fs::write(&script, &job.script).unwrap();
            json!({ "script": script, "after": after.as_secs_f64(), "arguments": [
                "--pipectl_run_id", job.run_id,
                "--pipectl_staging", uri(&job.staging),
                "--pipectl_warehouse", uri(&job.warehouse),
            ] })
        };
        writeln!(self.batches, "{}", jobs.iter().map(one).collect::<Value>()).unwrap();
    }

    /// Waits for a batch, of which each job must end well.
    fn finish(&mut self, jobs: &[(&Lane, Job, Duration)]) {
        self.begin(jobs);
        let mut running = jobs.len();
        while running > 0 {
            let what = self.told.recv().expect("Spark has died");
            if let Some(ended) = what.get("ended") {
                assert_eq!(*ended, Value::Null, "{}", ended.as_str().unwrap_or_default());
                running -= 1;
            }
        }
    }

    /// Kills the process and its Java; returns how many runs were under way.
    fn kill(mut self) -> usize {
        kill_group(&self.child);
        self.child.wait().unwrap();
        // The pipe ends when the last process is gone that holds it.
        let told: Vec<Value> = self.told.iter().collect();
        let count = |what: &str| told.iter().filter(|line| line.get(what).is_some()).count();
        let failed: Vec<&Value> = told.iter().filter(|line| line["ended"].is_string()).collect();
        assert!(failed.is_empty(), "{failed:?}");
        count("begun") - count("ended")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            kill_group(&self.child);
            let _ = self.child.wait();
        }
    }
}

fn kill_group(child: &Child) {
    Command::new("kill").args(["-9", "--", &format!("-{}", child.id())]).stderr(Stdio::null()).status().unwrap();
}

/// A warehouse, and what it must hold.
struct Lane {
    bench: Bench,
    before: Ended,
}

impl Lane {
    fn new() -> Self {
        let bench = Bench::new(FLOW, &[("plays/a.csv", &data(0))]);
        put(&bench.spark_warehouse().join("_pipectl").join(OTHER).join("data/plain/part-0.parquet"), b"");
        Lane { bench, before: Ended::default() }
    }

    fn script(&self) -> std::path::PathBuf {
        self.bench.spark_warehouse().with_file_name("job.py")
    }

    fn publishing(&self) -> bool {
        publishing(&self.bench.spark_warehouse())
    }

    fn assert_sound(&self, next: i32) {
        assert_sound(&self.bench.spark_warehouse(), &self.before, next);
    }

    fn assert_complete(&mut self, next: i32, repeats: bool) {
        self.before = assert_complete(&self.bench.spark_warehouse(), &self.before, next, repeats);
    }

    /// Makes what the killed run left as old as no run becomes.
    fn age(&self) {
        let then = SystemTime::now() - LONGEST - Duration::from_secs(60);
        for file in left_over(&self.bench.spark_warehouse()) {
            std::fs::File::options().append(true).open(file).unwrap().set_modified(then).unwrap();
        }
    }
}

/// A run of each lane, of that id.
fn jobs<'a>(lanes: &'a [Lane], id: &str, mut after: impl FnMut() -> Duration) -> Vec<(&'a Lane, Job, Duration)> {
    lanes.iter().map(|lane| (lane, lane.bench.spark_job(id), after())).collect()
}

#[test]
fn a_killed_spark_run_leaves_the_old_tables_or_the_new() {
    let wanted = rounds(8, 100);
    let mut lanes: Vec<Lane> = (0..LANES).map(|_| Lane::new()).collect();
    // One process lives on, and runs what is to end.
    let mut lasting = Process::start();
    lasting.wait_until_ready();
    let started = Instant::now();
    lasting.finish(&jobs(&lanes, "r0", || Duration::ZERO));
    let whole = started.elapsed();
    lanes.iter_mut().for_each(|lane| lane.assert_complete(0, false));
    let (mut random, mut killed, mut rolled) = (Random::new(), 0, 0);
    let mut victim = Process::start();
    for round in 0..wanted {
        let next = round as i32 + 1;
        lanes.iter().for_each(|lane| lane.bench.stage("plays/a.csv", &data(next)));
        victim.wait_until_ready();
        victim.begin(&jobs(&lanes, &format!("r{next}"), || random.part(whole / 4)));
        // Every other kill waits for so many publishes.
        let (publishes, mut seen) = (1 + random.below(LANES as u64) as usize, [false; LANES]);
        let delay = random.delay(round, whole, PUBLISH);
        let published = |seen: &mut [bool; LANES]| {
            seen.iter_mut().zip(&lanes).for_each(|(seen, lane)| *seen |= lane.publishing());
            seen.iter().filter(|seen| **seen).count() >= publishes
        };
        let begun = Instant::now();
        while !delay.is_over(|| published(&mut seen)) && begun.elapsed() < whole * 5 {
            std::thread::sleep(GLANCE);
        }
        killed += victim.kill();
        rolled += lanes.iter().filter(|lane| lane.publishing()).count();
        victim = Process::start();
        lanes.iter().for_each(|lane| lane.assert_sound(next));
        lanes.iter().for_each(Lane::age);
        // Glue repeats a run under its id; a person begins another.
        let repeats = random.below(2) == 0;
        let id = if repeats { format!("r{next}") } else { format!("r{next}-again") };
        lasting.finish(&jobs(&lanes, &id, || Duration::ZERO));
        lanes.iter_mut().for_each(|lane| lane.assert_complete(next, repeats));
        if killed >= wanted {
            break;
        }
    }
    assert!(killed >= wanted, "only {killed} runs were killed");
    tell(killed, rolled);
    for lane in &lanes {
        let other = lane.bench.spark_warehouse().join("_pipectl").join(OTHER).join("data/plain/part-0.parquet");
        assert!(other.exists(), "a run that may be under way was cleared away");
    }
}
