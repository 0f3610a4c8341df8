//! A run as it goes on: one live line a stage on a terminal, plain lines elsewhere. All on stderr.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::out::Out;
use super::words;
use crate::run::{Event, Stage};

/// Shows events as they come.
#[derive(Debug)]
pub struct RunProgress {
    out: Out,
    bars: MultiProgress,
    lines: Mutex<BTreeMap<Stage, ProgressBar>>,
}

impl RunProgress {
    /// A view on stderr.
    pub fn new(out: &Out) -> Self {
        Self { out: *out, bars: MultiProgress::new(), lines: Mutex::new(BTreeMap::new()) }
    }

    /// Takes one event.
    pub fn event(&self, event: &Event) {
        let style = self.out.stderr;
        match event {
            Event::Started { run_id } => self.say(&format!("Run {run_id}")),
            Event::StageStarted(stage) if self.out.live => self.start(*stage),
            Event::StageStarted(_) | Event::Query { .. } => {}
            Event::JobBegun { job_run } => self.say(&style.dim(&format!("  job run {job_run}"))),
            Event::Warning(warning) => {
                self.say(super::error::warnings(std::slice::from_ref(warning), style).trim_end());
            }
            Event::StageLeft(stage) => {
                self.end(*stage, &format!("{} {:<8} {:>9}  goes on in Glue", style.yellow("»"), stage.as_str(), ""));
            }
            Event::Progress { stage, text, of } => self.progress(*stage, text, *of),
            Event::StageFinished { stage, seconds, summary } => {
                let head = format!("{} {:<8}", style.green("✓"), stage.as_str());
                self.end(*stage, &format!("{head} {:>9}  {summary}", words::seconds(*seconds)));
            }
            Event::StageFailed { stage, seconds } => {
                let head = format!("{} {:<8}", style.red("✗"), stage.as_str());
                self.end(*stage, &format!("{head} {:>9}  failed", words::seconds(*seconds)));
            }
        }
    }

    /// Clears what is still live.
    pub fn finish(&self) {
        let mut lines = self.lines.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for bar in std::mem::take(&mut *lines).into_values() {
            bar.finish_and_clear();
        }
    }

    fn say(&self, line: &str) {
        if self.out.live {
            let _ = self.bars.println(line);
        } else {
            self.out.note(line);
        }
    }

    fn start(&self, stage: Stage) {
        let bar = self.bars.add(ProgressBar::new_spinner());
        let style = ProgressStyle::with_template("{spinner} {prefix:<8} {elapsed:>9}  {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.set_prefix(stage.as_str());
        bar.enable_steady_tick(Duration::from_millis(100));
        self.lines.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(stage, bar);
    }

    fn progress(&self, stage: Stage, text: &str, of: Option<(u64, u64)>) {
        let lines = self.lines.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let Some(bar) = lines.get(&stage) else { return };
        bar.set_message(match (stage, of) {
            (Stage::Upload, Some((done, total))) => {
                format!("{text}, {} of {}", words::bytes(done), words::bytes(total))
            }
            (Stage::Job, Some((done, total))) => {
                format!("{text}, read {} of {}", words::bytes(done), words::bytes(total))
            }
            _ => text.to_owned(),
        });
    }

    fn end(&self, stage: Stage, line: &str) {
        let bar = self.lines.lock().unwrap_or_else(std::sync::PoisonError::into_inner).remove(&stage);
        if let Some(bar) = bar {
            bar.finish_and_clear();
            self.bars.remove(&bar);
        }
        self.say(line);
    }
}
