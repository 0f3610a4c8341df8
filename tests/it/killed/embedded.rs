//! The embedded engine: each run a process of `pipectl`.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::super::support::bench::put;
use super::super::support::project::Project;
use super::moments::{Delay, GLANCE, Random, rounds, tell};
use super::tables::{Ended, FLOW, assert_complete, assert_sound, data, publishing};

/// How long after the publish began a kill may come.
const PUBLISH: Duration = Duration::from_millis(4);

/// Kills a run when its time has come; true when it was still running.
fn kill(child: &mut Child, delay: Delay, published: impl Fn() -> bool) -> bool {
    while !delay.is_over(&published) {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        std::thread::sleep(GLANCE);
    }
    child.kill().unwrap();
    child.wait().unwrap();
    true
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
    let run = |version: i32| {
        put(&project.path("data/plays/a.csv"), &data(version));
        project.run(&["run", "--local", "--only", "upload"]).ok();
        let mut command = project.command(&["run", "--local", "--only", "job"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let rounds = rounds(10, 100);
    let started = Instant::now();
    assert!(run(0).wait().unwrap().success());
    let whole = started.elapsed();
    let mut before = assert_complete(&warehouse, &Ended::default(), 0, false);
    let (mut random, mut killed, mut rolled) = (Random::new(), 0, 0);
    for (round, next) in (1..=rounds as i32).enumerate() {
        let mut child = run(next);
        let delay = random.delay(round, whole, PUBLISH);
        killed += usize::from(kill(&mut child, delay, || publishing(&warehouse)));
        rolled += usize::from(publishing(&warehouse));
        assert_sound(&warehouse, &before, next);
        assert!(run(next).wait().unwrap().success(), "the run after round {round}");
        before = assert_complete(&warehouse, &before, next, false);
    }
    assert!(killed * 2 >= rounds, "only {killed} of {rounds} were killed");
    tell(killed, rolled);
}
