//! Dashboards as pages: one Athena query a visual, and what came of each.

use std::collections::HashMap;

use futures::StreamExt;

use super::queries::{QueryPlan, query};
use crate::aws::Session;
use crate::dashboard::model::{Dashboard, Dashboards};
use crate::dashboard::page::{Header, Page, VisualResult, render};
use crate::dashboard::sql::visual_query;
use crate::error::Result;

/// How many queries run at once; Athena's smallest regional quota for active DML queries is 20.
const PARALLEL: usize = 8;

/// Where a dashboard's queries run.
#[derive(Clone, Debug)]
pub struct Place {
    /// The workgroup.
    pub workgroup: String,
    /// The database.
    pub database: String,
}

/// A page, and what did not come out.
#[derive(Clone, Debug)]
pub struct Made {
    /// The HTML.
    pub html: String,
    /// How many visuals it has.
    pub visuals: usize,
    /// Title and reason of each visual that has no data; the page says so in its place.
    pub failed: Vec<(String, String)>,
    /// Bytes that Athena scanned.
    pub bytes_scanned: u64,
}

/// Runs a dashboard's queries and writes its page. A visual whose query fails is told, on the page and in [`Made::failed`].
///
/// Errors: what no SQL can say (`visual_query`).
pub async fn page(
    aws: &Session,
    dashboards: &Dashboards,
    dashboard: &Dashboard,
    place: &Place,
    header: Header,
) -> Result<Made> {
    let mut asked = Vec::new();
    for sheet in &dashboard.sheets {
        for visual in &sheet.visuals {
            asked.push((visual, visual_query(dashboards, dashboard, sheet, visual)?));
        }
    }
    let answers = futures::stream::iter(asked).map(|(visual, asked)| async move {
        let plan = QueryPlan {
            name: Some(visual.title.clone()),
            workgroup: place.workgroup.clone(),
            database: place.database.clone(),
            sql: asked.sql,
            place: None,
        };
        (visual, asked.columns, query(aws, &plan, None).await)
    });
    let answers: Vec<_> = answers.buffered(PARALLEL).collect().await;
    let mut visuals = HashMap::new();
    let (mut failed, mut bytes_scanned) = (Vec::new(), 0);
    for (visual, columns, answer) in answers {
        let result = match answer {
            Ok(answer) => {
                bytes_scanned += answer.bytes_scanned;
                Ok(VisualResult { columns, rows: answer.rows })
            }
            Err(error) => {
                failed.push((visual.title.clone(), error.message().to_owned()));
                Err(error.message().to_owned())
            }
        };
        visuals.insert(visual.id.clone(), result);
    }
    let count = visuals.len();
    let html = render(&Page { dashboard, visuals, header });
    Ok(Made { html, visuals: count, failed, bytes_scanned })
}
