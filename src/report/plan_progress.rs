//! An apply as it goes on: one live line a change on a terminal, plain lines elsewhere. All on stderr.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::out::Out;
use super::plan_fields::clean;
use super::style::Style;
use super::words;
use crate::apply::Event;
use crate::plan::Action;
use crate::resource::Address;

/// Shows events as they come.
#[derive(Debug)]
pub struct ApplyProgress {
    out: Out,
    bars: MultiProgress,
    running: Mutex<BTreeMap<Address, ProgressBar>>,
}

impl ApplyProgress {
    /// A view on stderr.
    pub fn new(out: &Out) -> Self {
        Self { out: *out, bars: MultiProgress::new(), running: Mutex::default() }
    }

    /// Takes one event.
    pub fn event(&self, event: &Event) {
        match event {
            Event::Started { address, action } if self.out.live => self.start(address, doing(*action)),
            Event::Started { .. } => {}
            Event::Waiting { address, what } if self.out.live => self.start(address, &format!("waiting for {what}")),
            _ => {}
        }
        if let Event::Finished { address, .. }
        | Event::Failed { address, .. }
        | Event::Kept { address, .. }
        | Event::Skipped { address, .. } = event
        {
            self.end(address);
        }
        if let Some(line) = line(event, self.out.stderr) {
            self.say(&line);
        }
    }

    /// Clears what is still live.
    pub fn finish(&self) {
        for bar in std::mem::take(&mut *self.running()).into_values() {
            bar.finish_and_clear();
        }
    }

    fn running(&self) -> MutexGuard<'_, BTreeMap<Address, ProgressBar>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn say(&self, line: &str) {
        if self.out.live {
            let _ = self.bars.println(line);
        } else {
            self.out.note(line);
        }
    }

    fn start(&self, address: &Address, doing: &str) {
        let bar = self.bars.add(ProgressBar::new_spinner());
        let style = ProgressStyle::with_template("{spinner} {prefix}  {elapsed}  {msg:.dim}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.set_prefix(address.to_string());
        bar.set_message(doing.to_owned());
        bar.enable_steady_tick(Duration::from_millis(100));
        let old = self.running().insert(address.clone(), bar);
        self.clear(old);
    }

    fn end(&self, address: &Address) {
        let bar = self.running().remove(address);
        self.clear(bar);
    }

    fn clear(&self, bar: Option<ProgressBar>) {
        if let Some(bar) = bar {
            bar.finish_and_clear();
            self.bars.remove(&bar);
        }
    }
}

/// The line that stays, when one does.
fn line(event: &Event, style: Style) -> Option<String> {
    Some(match event {
        Event::Started { .. } | Event::Waiting { .. } => return None,
        Event::Finished { address, action, seconds } => {
            let took = style.dim(&format!("{} in {}", done(*action), words::seconds(*seconds)));
            format!("{} {address}  {took}", style.green("✓"))
        }
        Event::Kept { address, what } => format!("{} {address}  kept: it holds {}", style.yellow("!"), clean(what)),
        Event::Failed { address, action, error } => {
            let head = format!("{} {address}  not {}", style.red("✗"), done(*action));
            let block: Vec<String> = super::error::render(error, style).lines().map(|l| format!("  {l}")).collect();
            format!("{head}\n{}", block.join("\n"))
        }
        Event::Skipped { address, because } => {
            format!("{} {address}  {}", style.yellow("-"), style.dim(&format!("not begun: {because}")))
        }
        Event::Note(text) => format!("{} {}", style.yellow("!"), clean(text)),
    })
}

fn doing(action: Action) -> &'static str {
    match action {
        Action::Create => "creating",
        Action::Update => "updating",
        Action::Replace => "replacing",
        Action::Delete => "deleting",
        Action::Adopt => "taking over",
        Action::None => "looking",
    }
}

fn done(action: Action) -> &'static str {
    match action {
        Action::Create => "created",
        Action::Update => "updated",
        Action::Replace => "replaced",
        Action::Delete => "deleted",
        Action::Adopt => "taken over",
        Action::None => "looked at",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, Kind};
    use crate::plan::testing::address;
    use std::sync::Arc;

    #[test]
    fn what_stays_on_the_screen() {
        let at = || address("glue_job.demo");
        let error = Error::new(Kind::Aws, "aws-refused", "glue:CreateJob failed: no").with_help("try this");
        let events = [
            Event::Started { address: at(), action: Action::Create },
            Event::Finished { address: at(), action: Action::Create, seconds: 0.42 },
            Event::Waiting { address: at(), what: "`workers` to be seen".into() },
            Event::Failed { address: at(), action: Action::Update, error: Arc::new(error) },
            Event::Skipped { address: at(), because: "`iam_role.r` failed".into() },
            Event::Kept { address: address("s3_bucket.b"), what: "3 objects".into() },
            Event::Note("the lock was not removed".into()),
        ];
        let lines: Vec<String> = events.iter().filter_map(|e| line(e, Style::PLAIN)).collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        ✓ glue_job.demo  created in 0.4 s
        ✗ glue_job.demo  not updated
          error[aws-refused]: glue:CreateJob failed: no
           = help: try this
        - glue_job.demo  not begun: `iam_role.r` failed
        ! s3_bucket.b  kept: it holds 3 objects
        ! the lock was not removed
        ");
    }
}
