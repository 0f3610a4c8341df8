//! One process with all that it starts.

use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

/// Runs it, with all it prints in the file `log`; whether it ended well. Dropped before its end, it is killed with all that it
/// started.
pub async fn run(mut command: Command, log: &Path) -> std::io::Result<bool> {
    if let Some(folder) = log.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let file = std::fs::File::create(log)?;
    command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file).kill_on_drop(true).process_group(0);
    let mut child = command.spawn()?;
    let group = child.id().map(Group);
    let ended = child.wait().await?;
    // Over: the number may soon be another's.
    std::mem::forget(group);
    Ok(ended.success())
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
    use std::time::Duration;

    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[tokio::test]
    async fn what_it_prints_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("logs/a.log");
        assert!(run(shell("echo out; echo err >&2"), &log).await.unwrap());
        assert_eq!(std::fs::read_to_string(&log).unwrap(), "out\nerr\n");
        assert!(!run(shell("exit 3"), &log).await.unwrap());
        assert!(run(Command::new("/nowhere/spark-submit"), &log).await.is_err());
    }

    #[tokio::test]
    async fn what_it_started_goes_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let (log, pid) = (folder.path().join("log"), folder.path().join("pid"));
        let script = format!("sh -c 'echo $$ > {0}.new; mv {0}.new {0}; sleep 60; true' & wait", pid.display());
        let going = tokio::time::timeout(Duration::from_secs(30), async {
            tokio::select! {
                _ = run(shell(&script), &log) => panic!("it ended"),
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
