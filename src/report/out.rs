//! The two streams: results go to stdout alone, everything else to stderr.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is the one place that prints")]

use std::io::{IsTerminal, Write};

use serde::Serialize;

use super::style::Style;
use crate::error::{Error, Result};

/// What form results take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// One JSON document on stdout.
    Json,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Where and how to print.
#[derive(Clone, Copy, Debug)]
pub struct Out {
    /// The form of results.
    pub format: Format,
    /// How stdout is dressed.
    pub stdout: Style,
    /// How stderr is dressed.
    pub stderr: Style,
    /// Whether stderr can show live lines.
    pub live: bool,
    /// Details are wanted.
    pub verbose: bool,
}

impl Out {
    /// Decides from the arguments, the environment and what the streams are.
    pub fn new(format: Format, color: Color, verbose: bool) -> Self {
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
        let wanted = |terminal: bool| match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && !no_color,
        };
        let error_terminal = std::io::stderr().is_terminal();
        Self {
            format,
            stdout: Style { color: wanted(std::io::stdout().is_terminal()) },
            stderr: Style { color: wanted(error_terminal) },
            live: error_terminal && !no_color,
            verbose,
        }
    }

    /// True when results are JSON.
    pub fn json(&self) -> bool {
        self.format == Format::Json
    }

    /// Prints a result: `human` as it is, or `value` as JSON.
    pub fn result<T: Serialize>(&self, value: &T, human: impl FnOnce(Style) -> String) -> Result<()> {
        let text = match self.format {
            Format::Human => human(self.stdout),
            Format::Json => {
                let text = serde_json::to_string_pretty(value)
                    .map_err(|e| Error::bug(format!("a result does not serialise: {e}")))?;
                text + "\n"
            }
        };
        self.text(&text)
    }

    /// Prints text to stdout as it is. A reader that went away (`| head`) is no error.
    pub fn text(&self, text: &str) -> Result<()> {
        let mut stdout = std::io::stdout().lock();
        match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
            Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(Error::io("write to", "stdout".as_ref(), e)),
            _ => Ok(()),
        }
    }

    /// Tells something on stderr, with a line end.
    pub fn note(&self, text: &str) {
        eprintln!("{text}");
    }

    /// Shows an error on stderr, or as a JSON document when results are JSON.
    pub fn error(&self, error: &Error) {
        eprint!("{}", super::error::render(error, self.stderr));
    }

    /// Prints warnings to stderr.
    pub fn warnings(&self, warnings: &[Error]) {
        eprint!("{}", super::error::warnings(warnings, self.stderr));
    }
}

/// Asks a yes/no question on the terminal; anything but `yes` is no. Not a terminal: no.
pub fn confirm(question: &str) -> bool {
    if !std::io::stdin().is_terminal() {
        return false;
    }
    eprint!("{question} Only `yes` goes on: ");
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).is_ok() && answer.trim() == "yes"
}
