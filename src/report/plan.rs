//! A plan for people: one line a resource, what differs below it, the counts at the end.

use super::plan_fields::{Line, Sign, clean, essence, inline, is_text, lines};
use super::style::Style;
use crate::plan::{Action, Change, FieldChange, Plan, Summary, UNCHANGED};

/// Lines of one field before the rest is folded away.
const FOLD: usize = 12;
/// The longest `before -> after` that stays on its line.
const WIDTH: usize = 100;

/// The whole view. `verbose` shows every field of what is made, whole texts, and what stays.
pub fn render(plan: &Plan, style: Style, verbose: bool) -> String {
    let Plan { pipeline, environment, account, region, .. } = plan;
    let mut out = format!("{}\n", style.bold(&format!("{pipeline} ({environment}) in account {account}, {region}")));
    let shown: Vec<&Change> = plan.changes.iter().filter(|c| verbose || is_news(c)).collect();
    if !shown.is_empty() {
        out.push('\n');
    }
    for change in shown {
        one(&mut out, change, style, verbose);
    }
    out.push('\n');
    if plan.has_changes() {
        out.push_str(&format!("{} {}\n", style.bold("Plan:"), sentence(&plan.summary)));
    } else {
        out.push_str(&format!("{}\n", style.green("No changes. AWS matches pipeline.yaml.")));
    }
    let lost: Vec<String> = plan.changes.iter().filter(|c| c.destroys_data).map(|c| c.address.to_string()).collect();
    if !lost.is_empty() {
        out.push_str(&format!("{}\n", style.red(&format!("Data will be destroyed in {}.", lost.join(", ")))));
    }
    out
}

/// `12 to create, 1 to update`; `nothing to do` when there is nothing.
pub fn summary(summary: &Summary) -> String {
    let Summary { create, update, replace, delete, adopt, unchanged: _ } = *summary;
    let parts = [(create, "create"), (update, "update"), (replace, "replace"), (delete, "delete"), (adopt, "adopt")];
    let parts: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, verb)| format!("{n} to {verb}")).collect();
    if parts.is_empty() { "nothing to do".to_owned() } else { parts.join(", ") }
}

/// The summary with what stays.
pub(super) fn sentence(of: &Summary) -> String {
    match of.unchanged {
        0 => format!("{}.", summary(of)),
        n => format!("{}; {n} unchanged.", summary(of)),
    }
}

/// The sign of an action: `+ ~ -/+ - <= =`.
pub(super) fn marker(action: Action) -> &'static str {
    match action {
        Action::Create => "+",
        Action::Update => "~",
        Action::Replace => "-/+",
        Action::Delete => "-",
        Action::Adopt => "<=",
        Action::None => "=",
    }
}

/// Whether a person wants to see it: what changes, and what stays for a reason of its own.
pub(super) fn is_news(change: &Change) -> bool {
    change.action != Action::None || change.reason != UNCHANGED
}

fn painted(action: Action, text: &str, style: Style) -> String {
    match action {
        Action::Create => style.green(text),
        Action::Update | Action::Adopt => style.yellow(text),
        Action::Replace | Action::Delete => style.red(text),
        Action::None => style.dim(text),
    }
}

fn one(out: &mut String, change: &Change, style: Style, verbose: bool) {
    let Change { address, action, .. } = change;
    let mark = painted(*action, &format!("{:>3}", marker(*action)), style);
    let compact = *action == Action::Create && !verbose;
    let aside = match action {
        Action::Create => essence(change).into_iter().take(4).collect::<Vec<_>>().join(", "),
        _ => clean(&change.reason),
    };
    let aside = if aside.is_empty() { aside } else { format!("  {}", style.dim(&aside)) };
    let alarm = if change.destroys_data { format!("  {}", style.red("destroys data")) } else { String::new() };
    out.push_str(&format!("{mark} {}{alarm}{aside}\n", style.bold(&address.to_string())));
    if !compact {
        for change_of in &change.fields {
            field(out, change, change_of, style, verbose);
        }
    }
}

fn field(out: &mut String, change: &Change, field: &FieldChange, style: Style, verbose: bool) {
    let path = clean(&field.path);
    if !is_text(change.kind, field) {
        let (before, after) = (inline(&field.before), inline(&field.after));
        if before.chars().count() + after.chars().count() <= WIDTH {
            let line = match change.action {
                Action::Create => format!("{path}: {}", style.green(&after)),
                _ => format!("{path}: {} {} {}", style.red(&before), style.dim("->"), style.green(&after)),
            };
            out.push_str(&format!("        {line}\n"));
            return;
        }
    }
    out.push_str(&format!("        {path}:\n"));
    for Line { sign, text } in lines(change.kind, field, if verbose { usize::MAX } else { FOLD }) {
        let line = match sign {
            Sign::Minus => style.red(&format!("- {text}")),
            Sign::Plus => style.green(&format!("+ {text}")),
            Sign::Context => format!("  {text}"),
            Sign::Aside => style.dim(&format!("  … {text}")),
        };
        out.push_str(&format!("          {}\n", line.trim_end()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::{address, demo, estrange, input, resource, set, snapshot};
    use crate::plan::{Input, destroy, plan};
    use crate::resource::Snapshot;
    use serde_json::json;

    fn drifted() -> Plan {
        let mut live = demo();
        set(&mut live, "glue_job.demo", "workers", json!(10));
        set(&mut live, "glue_job.demo", "tags", json!({"pipectl:pipeline": "other"}));
        set(&mut live, "s3_object.script", "content", json!("import sys\nprint(2)\n"));
        set(&mut live, "iam_role.demo", "inline_policy", json!({"Version": "2012-10-17", "Statement": []}));
        set(&mut live, "athena_named_query.top", "workgroup", json!("primary"));
        live.push(resource("glue_table.old", json!({}), &[]));
        let mut found = snapshot(&live);
        found.resources.remove(&address("glue_table.hits"));
        estrange(&mut found, "glue_database.demo");
        let (desired, adopt) = (demo(), [address("glue_database.demo")]);
        plan(&Input { adopt: &adopt, ..input(&desired, &found) }).unwrap()
    }

    #[test]
    fn every_action_has_its_sign_and_reason() {
        insta::assert_snapshot!(render(&drifted(), Style::PLAIN, false), @r#"
        demo (default) in account 123456789012, us-east-1

          ~ s3_object.script  `content` differs
                content:
                    import sys
                  - print(2)
                  + print(1)
          ~ iam_role.demo  `inline_policy` differs
                inline_policy.Statement[Read]:
                  + {"Action":["s3:GetObject"],"Effect":"Allow","Resource":["arn:aws:s3:::demo/staging/*"],"Sid":"Read"}
         <= glue_database.demo  taken over: it carries no pipectl tags
          + glue_table.hits  2 columns
          ~ glue_job.demo  `workers` and `tags.pipectl:pipeline` differ
                workers: 10 -> 2
                tags.pipectl:pipeline: "other" -> "demo"
        -/+ athena_named_query.top  `workgroup` differs, which cannot change in place
                workgroup: "primary" -> "demo"
          - glue_table.old  it left the manifest

        Plan: 1 to create, 3 to update, 1 to replace, 1 to delete, 1 to adopt; 4 unchanged.
        "#);
    }

    #[test]
    fn a_first_plan_is_short_and_verbosely_long() {
        let desired = demo();
        let first = plan(&input(&desired, &Snapshot::default())).unwrap();
        insta::assert_snapshot!(render(&first, Style::PLAIN, false), @r#"
        demo (default) in account 123456789012, us-east-1

          + s3_bucket.demo
          + s3_prefix.staging
          + s3_object.script  2 lines
          + iam_role.demo  inline policy with 1 statement
          + glue_database.demo
          + glue_table.hits  2 columns
          + glue_job.demo
          + glue_crawler.demo
          + athena_workgroup.demo
          + athena_named_query.top  workgroup demo, 1 line

        Plan: 10 to create.
        "#);
        let verbose = render(&first, Style::PLAIN, true);
        assert!(verbose.contains("        workers: 2\n        timeout_minutes: 60\n"), "{verbose}");
    }

    #[test]
    fn no_changes() {
        let desired = demo();
        let none = plan(&input(&desired, &snapshot(&desired))).unwrap();
        insta::assert_snapshot!(render(&none, Style::PLAIN, false), @r"
        demo (default) in account 123456789012, us-east-1

        No changes. AWS matches pipeline.yaml.
        ");
        assert!(render(&none, Style::PLAIN, true).contains("  = glue_job.demo  nothing differs\n"));
        assert_eq!(summary(&none.summary), "nothing to do");
    }

    #[test]
    fn a_destroy_says_what_stays_and_what_is_lost() {
        let desired = demo();
        let mut found = snapshot(&desired);
        estrange(&mut found, "glue_job.demo");
        found.resources.retain(|a, _| ["s3_bucket.demo", "glue_job.demo"].contains(&a.to_string().as_str()));
        let plan = destroy(&input(&desired, &found), true).unwrap();
        insta::assert_snapshot!(render(&plan, Style::PLAIN, false), @r"
        demo (default) in account 123456789012, us-east-1

          = glue_job.demo  it is not this pipeline's and stays: it carries no pipectl tags
          - s3_bucket.demo  destroys data  destroy was asked for

        Plan: 1 to delete; 1 unchanged.
        Data will be destroyed in s3_bucket.demo.
        ");
    }

    #[test]
    fn colour_changes_nothing_but_colour() {
        let plan = drifted();
        let coloured = render(&plan, Style { color: true }, true);
        let mut bare = String::new();
        let mut rest = coloured.as_str();
        while let Some((before, after)) = rest.split_once("\x1b[") {
            bare.push_str(before);
            rest = after.split_once('m').unwrap().1;
        }
        bare.push_str(rest);
        let plain = render(&plan, Style::PLAIN, true);
        let trim = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        assert_eq!(trim(&bare), trim(&plain));
        assert!(coloured.contains("\x1b[32m+"));
    }
}
