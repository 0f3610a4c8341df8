//! Trino 435 in a process of its own: `tests/trino/Judge.java`, one for all tests of a run.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{LazyLock, Mutex};

use serde_json::{Value, json};

use super::answer::Answer;

static JUDGE: LazyLock<Judge> = LazyLock::new(Judge::start);

/// The process and who waits for its answers.
struct Judge {
    requests: Mutex<(u64, ChildStdin)>,
    waiting: Mutex<HashMap<u64, Sender<Answer>>>,
}

impl Judge {
    fn start() -> Self {
        let folder = std::env::var("PIPECTL_TEST_TRINO")
            .expect("PIPECTL_TEST_TRINO is not set: run the tests through tests/run.sh");
        let classes = format!("{folder}/classes:{folder}/lib/*");
        let log = std::fs::File::create(std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("trino.log")).unwrap();
        let mut child = Command::new("java")
            // Short of half a minute, what compiles quickly is quicker than what runs quickly.
            .args(["-Xmx2g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", &classes, "Judge"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("java");
        let (requests, answers) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        std::thread::spawn(move || {
            for line in answers.lines() {
                JUDGE.deliver(&line.unwrap());
            }
            // Whoever still waits is told by its channel's end.
            JUDGE.waiting.lock().unwrap().clear();
            let _ = child.wait();
        });
        Judge { requests: Mutex::new((0, requests)), waiting: Mutex::default() }
    }

    fn deliver(&self, line: &str) {
        let answer: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        let waiting = self.waiting.lock().unwrap().remove(&answer["id"].as_u64().unwrap());
        let _ = waiting.unwrap().send(Answer::of_judge(&answer));
    }

    fn ask(&self, sql: &str) -> Receiver<Answer> {
        let (sender, receiver) = channel();
        let mut requests = self.requests.lock().unwrap();
        requests.0 += 1;
        let id = requests.0;
        self.waiting.lock().unwrap().insert(id, sender);
        writeln!(requests.1, "{}", json!({ "id": id, "sql": sql })).expect("Trino has died: see target/tmp/trino.log");
        requests.1.flush().expect("Trino has died: see target/tmp/trino.log");
        receiver
    }
}

/// What Trino answers to these queries, once it has.
pub fn ask(queries: &[String]) -> Vec<Receiver<Answer>> {
    queries.iter().map(|sql| JUDGE.ask(sql)).collect()
}
