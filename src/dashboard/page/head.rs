//! The page's head: what data this is, where from, when.

use chrono::{DateTime, Utc};

/// What the head says.
#[derive(Clone, Debug)]
pub struct Header {
    /// The pipeline's name.
    pub pipeline: String,
    /// The environment; `None` when the pipeline has no environments.
    pub environment: Option<String>,
    /// Where the data lies: account and region, or the local cloud.
    pub place: String,
    /// The run that made the data; `None` when there is no record of one.
    pub run: Option<Run>,
    /// When the page was made.
    pub generated_at: DateTime<Utc>,
}

/// A run.
#[derive(Clone, Debug)]
pub struct Run {
    /// Its id.
    pub id: String,
    /// When it was done.
    pub finished_at: DateTime<Utc>,
}

impl Header {
    /// The facts as the entries of a description list.
    pub fn facts(&self) -> String {
        let mut facts = Vec::new();
        if let Some(run) = &self.run {
            facts.push(("Data as of", time(run.finished_at)));
        }
        let environment = self.environment.iter().map(|e| format!(" · {e}")).collect::<String>();
        facts.push(("Pipeline", format!("{}{environment} · {}", self.pipeline, self.place)));
        facts.extend(self.run.iter().map(|run| ("Run", run.id.clone())));
        let fact = |(name, value): (&str, String)| format!("<div><dt>{name}</dt><dd>{}</dd></div>", escaped(&value));
        facts.into_iter().map(fact).collect::<Vec<_>>().join("\n")
    }

    /// The foot of the page.
    pub fn foot(&self) -> String {
        escaped(&format!("Generated {} by pipectl from {}.", time(self.generated_at), self.pipeline))
    }
}

fn time(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y, %H:%M UTC").to_string()
}

/// Text as HTML, also within quotes.
pub fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
    html
}
