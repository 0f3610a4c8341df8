//! Who holds a lock, and whether they still live.

use std::fmt;

use chrono::{DateTime, SubsecRound, Utc};
use serde::{Deserialize, Serialize};

/// The holder of a lock, as written into it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Of this one holding, random.
    pub id: String,
    /// The user's name.
    pub user: String,
    /// The host's name.
    pub host: String,
    /// This boot of this host, and the process's own view of it; empty when it cannot be told.
    pub machine: String,
    /// The process.
    pub pid: u32,
    /// When that process started, as the host tells it; empty when it cannot be told.
    pub process: String,
    /// What it does: `pipectl apply`.
    pub command: String,
    /// Since when it holds the lock.
    pub since: DateTime<Utc>,
    /// When it last said so.
    pub renewed: DateTime<Utc>,
}

impl Holder {
    /// This process, now, running `command`.
    pub fn me(command: &str) -> Self {
        let now = Utc::now().trunc_subsecs(3);
        let pid = std::process::id();
        let user = ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
        Self {
            id: uuid::Uuid::new_v4().to_string(),
            user: user.filter(|u| !u.is_empty()).unwrap_or_else(|| "somebody".to_owned()),
            host: host(),
            machine: machine(),
            pid,
            process: started(pid).unwrap_or_default().unwrap_or_default(),
            command: command.to_owned(),
            since: now,
            renewed: now,
        }
    }

    /// Whether its process is known to be gone: it ran on this very boot of this host, and there is no process of that
    /// number that started when it did.
    pub fn is_dead(&self) -> bool {
        let here = machine();
        if here.is_empty() || here != self.machine || self.process.is_empty() {
            return false;
        }
        match started(self.pid) {
            Some(now) => now.as_deref() != Some(self.process.as_str()),
            None => false,
        }
    }
}

impl fmt::Display for Holder {
    /// `lead@laptop (pid 4711, pipectl apply, since 2026-11-21 02:37:05 UTC)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Holder { user, host, pid, command, since, .. } = self;
        write!(f, "{user}@{host} (pid {pid}, {command}, since {})", since.format("%Y-%m-%d %H:%M:%S UTC"))
    }
}

fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok().or_else(|| output("hostname", &[]));
    name.map(|n| n.trim().to_owned()).filter(|n| !n.is_empty()).unwrap_or_else(|| "some-host".to_owned())
}

/// Boot and process numbering: two processes that read the same can see each other's numbers.
fn machine() -> String {
    if let Ok(boot) = std::fs::read_to_string("/proc/sys/kernel/random/boot_id") {
        let numbers = std::fs::read_link("/proc/self/ns/pid").unwrap_or_default();
        return format!("{} {}", boot.trim(), numbers.display());
    }
    output("sysctl", &["-n", "kern.bootsessionuuid"]).unwrap_or_default()
}

/// When a process started, in whatever form; `Some(None)` when there is none, `None` when it cannot be told.
fn started(pid: u32) -> Option<Option<String>> {
    if std::path::Path::new("/proc/self/stat").exists() {
        return match std::fs::read_to_string(format!("/proc/{pid}/stat")) {
            // Field 22, counted after the command's name, which stands in parentheses and may hold anything (proc(5)).
            Ok(stat) => Some(Some(stat.rsplit(')').next()?.split_whitespace().nth(19)?.to_owned())),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Some(None),
            Err(_) => None,
        };
    }
    if cfg!(unix) {
        let text = std::process::Command::new("ps").args(["-o", "lstart=", "-p", &pid.to_string()]).output().ok()?;
        let text = String::from_utf8_lossy(&text.stdout).trim().to_owned();
        return Some((!text.is_empty()).then_some(text));
    }
    None
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = std::process::Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn we_live_and_a_process_that_ended_does_not() {
        let me = Holder::me("pipectl apply");
        assert!(!me.is_dead());
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let process = started(child.id()).unwrap().unwrap();
        let other = Holder { pid: child.id(), process, ..me.clone() };
        assert!(!other.is_dead());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(other.is_dead());
        assert!(Holder { process: "0".into(), ..me.clone() }.is_dead(), "the number was given to another process");
        assert!(!Holder { machine: "elsewhere".into(), ..other.clone() }.is_dead(), "we cannot see that host");
        assert!(!Holder { process: String::new(), ..other }.is_dead());
    }

    #[test]
    fn it_is_told_in_one_line_and_survives_its_text() {
        let since = "2026-11-21T02:37:05Z".parse().unwrap();
        let me = Holder { user: "lead".into(), host: "laptop".into(), pid: 4711, since, ..Holder::me("pipectl apply") };
        assert_eq!(me.to_string(), "lead@laptop (pid 4711, pipectl apply, since 2026-11-21 02:37:05 UTC)");
        assert_eq!(serde_json::from_str::<Holder>(&serde_json::to_string(&me).unwrap()).unwrap(), me);
    }
}
