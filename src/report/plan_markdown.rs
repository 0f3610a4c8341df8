//! A plan for a pull request: a table, details folded away, short enough for any forge.

use super::plan::{is_news, marker, sentence};
use super::plan_fields::{Line, Sign, clean, inline, is_text, lines};
use crate::plan::{Action, Change, Plan};

/// The longest comment that GitHub takes is 65,536 characters; bytes are never fewer.
const MOST: usize = 65_535;
/// Room for the words on what is left out.
const RESERVE: usize = 300;
/// Lines of one field.
const FOLD: usize = 120;

/// The whole comment, shorter than 65,536 bytes whatever the plan.
pub fn render(plan: &Plan) -> String {
    let Plan { pipeline, environment, account, region, .. } = plan;
    let mut out = format!("### pipectl plan: {} ({}) in {account}, {region}\n\n", text(pipeline), text(environment));
    if plan.has_changes() {
        out.push_str(&format!("**{}**\n", sentence(&plan.summary)));
    } else {
        out.push_str("**No changes.** AWS matches pipeline.yaml.\n");
    }
    if plan.changes.iter().any(|c| c.destroys_data) {
        out.push_str("\n> **Warning:** this destroys data.\n");
    }
    let news: Vec<&Change> = plan.changes.iter().filter(|c| is_news(c)).collect();
    if news.is_empty() {
        return out;
    }
    // Rows first and at most half of the room, so that a long plan still shows what it is about.
    out.push_str("\n| | resource | why |\n|---|---|---|\n");
    let rows: Vec<String> = news.iter().map(|c| row(c)).collect();
    append(&mut out, &rows, MOST / 2, "resources", |left| format!("| | … | {left} |\n"));
    let details: Vec<String> = news.iter().filter_map(|c| details(c)).collect();
    append(&mut out, &details, MOST - RESERVE, "details", |left| format!("\n… {left}\n"));
    out
}

/// Appends pieces while they fit below `most` bytes; else, once, the words on how many are left out. A piece that does
/// not fit leaves room for smaller ones behind it.
fn append(out: &mut String, pieces: &[String], most: usize, noun: &str, words: impl Fn(&str) -> String) {
    let mut left = 0;
    for piece in pieces {
        if out.len() + piece.len() <= most {
            out.push_str(piece);
        } else {
            left += 1;
        }
    }
    if left > 0 {
        out.push_str(&words(&format!("{left} more {noun} left out, `pipectl plan` shows them")));
    }
}

fn row(change: &Change) -> String {
    let data = if change.destroys_data { "**destroys data**: " } else { "" };
    let address = text(&change.address.to_string());
    format!("| `{}` | {address} | {data}{} |\n", marker(change.action), text(&change.reason))
}

fn details(change: &Change) -> Option<String> {
    if change.fields.is_empty() {
        return None;
    }
    let mut body = String::new();
    for field in &change.fields {
        let path = clean(&field.path);
        let short = inline(&field.before).len() + inline(&field.after).len() <= 200;
        if short && !is_text(change.kind, field) {
            if change.action != Action::Create {
                body.push_str(&format!("- {path}: {}\n", inline(&field.before)));
            }
            body.push_str(&format!("+ {path}: {}\n", inline(&field.after)));
            continue;
        }
        body.push_str(&format!("# {path}\n"));
        for Line { sign, text } in lines(change.kind, field, FOLD) {
            body.push_str(&match sign {
                Sign::Minus => format!("- {text}\n"),
                Sign::Plus => format!("+ {text}\n"),
                Sign::Context => format!("  {text}\n"),
                Sign::Aside => format!("# … {text}\n"),
            });
        }
    }
    let fence = fence(&body);
    let head = format!("{} {}", escape(marker(change.action)), escape(&change.address.to_string()));
    Some(format!("\n<details><summary><code>{head}</code></summary>\n\n{fence}diff\n{body}{fence}\n\n</details>\n"))
}

/// A fence longer than any run of back quotes inside.
fn fence(body: &str) -> String {
    let mut longest = 0;
    let mut run = 0;
    for c in body.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    "`".repeat((longest + 1).max(3))
}

/// Text inside Markdown and inside a table cell; back quotes keep their meaning.
fn text(text: &str) -> String {
    escape(&clean(text)).replace('|', "\\|").replace('*', "\\*")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::{demo, input, resource, set, snapshot};
    use crate::plan::{destroy, plan};
    use crate::resource::{Resource, Snapshot};
    use serde_json::json;

    #[test]
    fn a_table_and_details() {
        let mut live = demo();
        set(&mut live, "glue_job.demo", "workers", json!(10));
        set(&mut live, "s3_object.script", "content", json!("import sys\n```\nprint(1)\n"));
        let desired = demo();
        let plan = plan(&input(&desired, &snapshot(&live))).unwrap();
        insta::assert_snapshot!(render(&plan), @r"
        ### pipectl plan: demo (default) in 123456789012, us-east-1

        **2 to update; 8 unchanged.**

        | | resource | why |
        |---|---|---|
        | `~` | s3_object.script | `content` differs |
        | `~` | glue_job.demo | `workers` differs |

        <details><summary><code>~ s3_object.script</code></summary>

        ````diff
        # content
          import sys
        - ```
          print(1)
        ````

        </details>

        <details><summary><code>~ glue_job.demo</code></summary>

        ```diff
        - workers: 10
        + workers: 2
        ```

        </details>
        ");
    }

    #[test]
    fn nothing_and_destruction() {
        let desired = demo();
        let found = snapshot(&desired);
        insta::assert_snapshot!(render(&plan(&input(&desired, &found)).unwrap()), @r"
        ### pipectl plan: demo (default) in 123456789012, us-east-1

        **No changes.** AWS matches pipeline.yaml.
        ");
        let gone = render(&destroy(&input(&desired, &found), true).unwrap());
        assert!(gone.contains("> **Warning:** this destroys data."));
        assert!(gone.contains("| `-` | s3_bucket.demo | **destroys data**: destroy was asked for |"));
    }

    #[test]
    fn however_long_the_plan_it_fits() {
        let script = "x = '<&|`'\n".repeat(300);
        let many: Vec<Resource> = (0..700)
            .map(|n| {
                resource(&format!("athena_named_query.query-{n}"), json!({"sql": format!("select {n}\n{script}")}), &[])
            })
            .collect();
        let comment = render(&plan(&input(&many, &Snapshot::default())).unwrap());
        assert!(comment.len() <= MOST, "{}", comment.len());
        assert!(comment.contains("more resources left out") && comment.contains("more details left out"));
        assert_eq!(comment.matches("<details>").count(), comment.matches("</details>").count());
    }
}
