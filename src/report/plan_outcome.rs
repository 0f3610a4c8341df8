//! How an apply ended, for people.

use super::plan_fields::plural;
use super::style::Style;
use crate::apply::{Interrupt, Outcome, Unseen};

/// What stays, what is not seen yet, and the counts.
pub fn render(outcome: &Outcome, style: Style) -> String {
    let mut out = String::new();
    for (address, what) in &outcome.kept {
        out.push_str(&format!(
            "{} {address} stays: it holds {what}; `--delete-data` deletes it, too\n",
            style.yellow("!")
        ));
    }
    for Unseen { address, fields, failure } in &outcome.not_visible {
        let what = match fields.as_slice() {
            [] => String::new(),
            fields => format!(" ({})", fields.iter().map(|f| format!("`{f}`")).collect::<Vec<_>>().join(", ")),
        };
        let note = match failure {
            None => "AWS does not show it yet".to_owned(),
            Some(failure) => format!("it could not be read again: {failure}"),
        };
        out.push_str(&format!(
            "{} {address}{what} was done, but {note}; `pipectl plan` will tell\n",
            style.yellow("!")
        ));
    }
    let counts = outcome.counts();
    let mut parts = vec![plural(counts.done, "change") + " made"];
    let more = [(counts.kept, "kept"), (counts.failed, "failed"), (counts.skipped, "not begun")];
    parts.extend(more.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")));
    let line = parts.join(", ");
    let head = match (outcome.interrupt, counts.failed + counts.skipped) {
        (Interrupt::None, 0) => style.green("Done:"),
        (Interrupt::None, _) => style.red("Failed:"),
        _ => style.yellow("Interrupted:"),
    };
    out.push_str(&format!("{} {line}.", style.bold(&head)));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, Kind};
    use crate::plan::testing::address;
    use std::sync::Arc;

    #[test]
    fn it_ends_in_one_line_and_what_there_is_to_know() {
        let done = Outcome { done: vec![address("glue_job.a")], ..Outcome::default() };
        assert_eq!(render(&done, Style::PLAIN), "Done: 1 change made.");
        let outcome = Outcome {
            done: vec![address("glue_job.a"), address("glue_job.b")],
            kept: vec![(address("s3_bucket.b"), "3 objects, 2.0 KiB".into())],
            failed: vec![(address("iam_role.r"), Arc::new(Error::new(Kind::Aws, "x", "no")))],
            skipped: vec![(address("glue_crawler.c"), "`iam_role.r` failed".into())],
            not_visible: vec![
                Unseen { address: address("glue_job.a"), fields: vec!["workers".into()], failure: None },
                Unseen { address: address("iam_role.r"), fields: vec![], failure: Some("iam:GetRole failed".into()) },
            ],
            interrupt: Interrupt::None,
        };
        insta::assert_snapshot!(render(&outcome, Style::PLAIN), @r"
        ! s3_bucket.b stays: it holds 3 objects, 2.0 KiB; `--delete-data` deletes it, too
        ! glue_job.a (`workers`) was done, but AWS does not show it yet; `pipectl plan` will tell
        ! iam_role.r was done, but it could not be read again: iam:GetRole failed; `pipectl plan` will tell
        Failed: 2 changes made, 1 kept, 1 failed, 1 not begun.
        ");
    }
}
