//! One process with all that it starts.

use std::pin::pin;
use std::process::Stdio;
use std::time::Duration;

use futures::FutureExt;
use futures::future::FusedFuture;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Command;

/// How long what a process said is waited for once it has ended: something it started may hold its end of the pipe.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Runs it, and gives what it prints line by line to `output` and `error`; whether it ended well. Dropped before its end, it is
/// killed with all that it started.
pub async fn run(mut command: Command, output: impl FnMut(&str), error: impl FnMut(&str)) -> std::io::Result<bool> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true).process_group(0);
    let mut child = command.spawn()?;
    let group = child.id().map(Group);
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let mut said = pin!(async { tokio::join!(lines(out, output), lines(err, error)) }.fuse());
    let ended = tokio::select! {
        ended = child.wait() => ended?,
        _ = &mut said => child.wait().await?,
    };
    // Over: the number may soon be another's.
    std::mem::forget(group);
    if !said.is_terminated() {
        let _ = tokio::time::timeout(LAST_WORDS, said).await;
    }
    Ok(ended.success())
}

async fn lines(from: Option<impl AsyncRead + Unpin>, mut say: impl FnMut(&str)) {
    let Some(from) = from else { return };
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    while from.read_until(b'\n', &mut line).await.is_ok_and(|read| read > 0) {
        say(String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']));
        line.clear();
    }
}

/// A process group, named by its first process. Spark is Java, which starts Python: killing the first leaves the second.
struct Group(u32);

impl Drop for Group {
    fn drop(&mut self) {
        let _ = std::process::Command::new("kill").args(["-KILL", "--", &format!("-{}", self.0)]).status();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    async fn said(script: &str) -> (bool, Vec<String>, Vec<String>) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let well =
            run(shell(script), |line| out.push(line.to_owned()), |line| err.push(line.to_owned())).await.unwrap();
        (well, out, err)
    }

    #[tokio::test]
    async fn what_it_prints_is_told_line_by_line() {
        let (well, out, err) = said("echo out; echo err >&2; printf 'no end'").await;
        assert!(well);
        assert_eq!((out, err), (vec!["out".to_owned(), "no end".to_owned()], vec!["err".to_owned()]));
        assert!(!said("exit 3").await.0);
        assert!(run(Command::new("/nowhere/spark-submit"), |_| (), |_| ()).await.is_err());
    }

    #[tokio::test]
    async fn one_that_shuts_its_mouth_or_leaves_a_child_behind_is_waited_for_all_the_same() {
        assert!(said("exec >&- 2>&-; sleep 0.1").await.0);
        let started = std::time::Instant::now();
        assert_eq!(said("echo here; sleep 30 &").await.1, ["here"]);
        assert!(started.elapsed() < Duration::from_secs(20));
    }

    #[tokio::test]
    async fn what_it_started_goes_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let pid = folder.path().join("pid");
        let script = format!("sh -c 'echo $$ > {0}.new; mv {0}.new {0}; sleep 60; true' & wait", pid.display());
        let going = tokio::time::timeout(Duration::from_secs(30), async {
            tokio::select! {
                _ = run(shell(&script), |_| (), |_| ()) => panic!("it ended"),
                () = async { while !pid.exists() { tokio::time::sleep(Duration::from_millis(5)).await } } => {}
            }
        });
        going.await.unwrap();
        let id = std::fs::read_to_string(&pid).unwrap();
        // A killed process may wait to be buried: it has no command line any more.
        let lives = || std::fs::read(format!("/proc/{}/cmdline", id.trim())).is_ok_and(|line| !line.is_empty());
        for _ in 0..1000 {
            if !lives() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("process {id} lives on");
    }
}
