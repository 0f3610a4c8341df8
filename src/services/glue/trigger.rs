//! `glue_trigger`: two in the workflow of a `schedule`. One starts the job at the appointed times; the other starts the
//! crawler when that run of the job has succeeded.
//!
//! A trigger in a workflow answers to runs of that workflow alone: `pipectl run` starts job and crawler itself and wakes
//! neither. (AWS Glue guide, "Overview of workflows".)

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_glue::types::{Trigger as SdkTrigger, TriggerState, TriggerType};
use serde_json::json;

use super::tagging::{self, MISSING, TAKEN};
use super::trigger_input::{self, ACTIVATED};
use super::{crawler, job, workflow};
use crate::aws::retry::{BEING_CHANGED, TRIGGER_BUSY, retry_while};
use crate::aws::wait::{Backoff, Progress, poll};
use crate::aws::{Call, Session, absent};
use crate::error::{Error, Kind as ErrorKind, Result};
use crate::resource::{Address, Fields, Kind, Live, Owner, Resource};
use crate::services::{Context, Deleted, Handler, create, fields, marks};

/// The IAM actions that triggers need.
pub const ACTIONS: &[&str] = &[
    "glue:CreateTrigger",
    "glue:DeleteTrigger",
    "glue:GetTags",
    "glue:GetTrigger",
    "glue:StartTrigger",
    "glue:StopTrigger",
    "glue:TagResource",
    "glue:UntagResource",
    "glue:UpdateTrigger",
];

/// How long a change of state or a deletion may take: one to two minutes are common
/// (cloudformation-coverage-roadmap#2103).
const PATIENCE: Duration = Duration::from_secs(300);

/// The triggers; none without `schedule`.
pub fn desired(cx: &Context<'_>) -> Vec<Resource> {
    let Some(schedule) = &cx.manifest.schedule else { return Vec::new() };
    let base = cx.manifest.base_name();
    let (job, crawler) = (job::address(&base), crawler::address(&base));
    let one = |part: &str, description: &str, own: Fields, depends_on: Vec<Address>| {
        let name = format!("{base}-{part}");
        let mut fields = Fields::from([
            ("description".to_owned(), json!(description)),
            ("workflow".to_owned(), json!(base)),
            ("schedule".to_owned(), json!(null)),
            ("state".to_owned(), json!(ACTIVATED)),
            ("predicate".to_owned(), json!(null)),
            ("tags".to_owned(), marks::tags(cx)),
        ]);
        fields.extend(own);
        Resource {
            address: Address::new(Kind::GlueTrigger, &name),
            identity: BTreeMap::from([("trigger".to_owned(), name)]),
            fields,
            depends_on: [vec![workflow::address(&base)], depends_on].concat(),
            existing: false,
        }
    };
    // No arguments: the run takes the job's own, and its id from Glue.
    let starts_job = Fields::from([
        ("type".to_owned(), json!("SCHEDULED")),
        ("schedule".to_owned(), json!(schedule.value)),
        ("actions".to_owned(), json!([{"job": base}])),
    ]);
    let starts_crawler = Fields::from([
        ("type".to_owned(), json!("CONDITIONAL")),
        ("predicate".to_owned(), json!({"conditions": [{"job": base, "state": "SUCCEEDED"}]})),
        ("actions".to_owned(), json!([{"crawler": base}])),
    ]);
    vec![
        one("schedule", "Starts the job at the appointed times", starts_job, vec![job.clone()]),
        one("crawl", "Starts the crawler when the job has succeeded", starts_crawler, vec![job, crawler]),
    ]
}

/// Triggers' dealings with Glue.
#[derive(Debug)]
pub struct Trigger;

#[async_trait]
impl Handler for Trigger {
    fn kind(&self) -> Kind {
        Kind::GlueTrigger
    }

    async fn read(&self, aws: &Session, owner: &Owner, want: &Resource) -> Result<Option<Live>> {
        let name = fields::id(want, "trigger")?;
        let Some(trigger) = get(aws, name).await?.filter(|t| t.state() != Some(&TriggerState::Deleting)) else {
            return Ok(None);
        };
        let Some(tags) = absent(tagging::read(aws, &format!("trigger/{name}")).await, MISSING)? else {
            return Ok(None);
        };
        let ownership = owner.judge(&tags);
        let mut live = trigger_input::fields_of(&trigger);
        live.insert("tags".to_owned(), fields::object(&tags));
        Ok(Some(Live { resource: Resource { fields: live, ..want.clone() }, ownership }))
    }

    async fn create(&self, aws: &Session, want: &Resource) -> Result<()> {
        let name = fields::id(want, "trigger")?;
        let text = |field: &str| fields::text(&want.fields, field).map(str::to_owned);
        let call = aws
            .glue
            .create_trigger()
            .name(name)
            .set_description(text("description"))
            .set_type(text("type").as_deref().map(TriggerType::from))
            .set_workflow_name(text("workflow"))
            .set_schedule(text("schedule"))
            .set_predicate(trigger_input::sdk_predicate(&want.fields))
            .set_actions(Some(trigger_input::sdk_actions(&[], &want.fields)))
            .start_on_creation(text("state").as_deref() == Some(ACTIVATED))
            .set_tags(Some(fields::hash(fields::map(&want.fields, "tags"))));
        // Two triggers of one workflow are made at once: "Workflow x was modified while adding trigger y".
        let made = retry_while(&[&BEING_CHANGED, &TRIGGER_BUSY], || async {
            call.clone().send().await.call("glue:CreateTrigger").map(drop)
        })
        .await;
        match made {
            Ok(()) => bring_to_state(aws, name, &want.fields).await,
            Err(error) if error.aws_code().is_some_and(|code| TAKEN.contains(&code)) => {
                let going = get(aws, name).await?.is_some_and(|t| t.state() == Some(&TriggerState::Deleting));
                if going {
                    wait_until_gone(aws, name).await?;
                    return self.create(aws, want).await;
                }
                create::settle(self, aws, want, error).await
            }
            Err(error) => Err(error),
        }
    }

    async fn update(&self, aws: &Session, live: &Resource, want: &Resource, changed: &[String]) -> Result<()> {
        let name = fields::id(want, "trigger")?;
        if fields::touches(changed, "tags") {
            tagging::write(aws, &format!("trigger/{name}"), &live.fields, &want.fields).await?;
        }
        let definition = ["description", "schedule", "predicate", "actions"];
        if definition.iter().any(|field| fields::touches(changed, field)) {
            retry_while(&[&BEING_CHANGED, &TRIGGER_BUSY], || async {
                let live = get(aws, name).await?.ok_or_else(|| gone(want))?;
                let update = trigger_input::changed(&live, &want.fields, changed);
                let call = aws.glue.update_trigger().name(name).trigger_update(update);
                call.send().await.call("glue:UpdateTrigger").map(drop)
            })
            .await?;
        } else if !fields::touches(changed, "state") {
            return Ok(());
        }
        bring_to_state(aws, name, &want.fields).await
    }

    /// Waits until it is gone: its name and its workflow are free only then.
    async fn delete(&self, aws: &Session, live: &Resource, _delete_data: bool) -> Result<Deleted> {
        let name = fields::id(live, "trigger")?;
        let deleted = retry_while(&[&BEING_CHANGED, &TRIGGER_BUSY], || async {
            aws.glue.delete_trigger().name(name).send().await.call("glue:DeleteTrigger").map(drop)
        })
        .await;
        if absent(deleted, MISSING)?.is_some() {
            wait_until_gone(aws, name).await?;
        }
        Ok(Deleted::Gone)
    }

    fn actions(&self) -> &'static [&'static str] {
        ACTIONS
    }
}

async fn get(aws: &Session, name: &str) -> Result<Option<SdkTrigger>> {
    let got = aws.glue.get_trigger().name(name).send().await.call("glue:GetTrigger");
    Ok(absent(got, MISSING)?.and_then(|answer| answer.trigger))
}

fn gone(want: &Resource) -> Error {
    Error::new(ErrorKind::Conflict, "gone", format!("`{}` went away meanwhile", want.address)).with_help("plan again")
}

/// Starts or stops it where it is not as wanted, and waits until it is.
async fn bring_to_state(aws: &Session, name: &str, want: &Fields) -> Result<()> {
    let on = fields::text(want, "state").is_none_or(|state| state == ACTIVATED);
    if is_on(&settled(aws, name, |_| true).await?) == on {
        return Ok(());
    }
    let asked = retry_while(&[&BEING_CHANGED, &TRIGGER_BUSY], || async {
        if on {
            aws.glue.start_trigger().name(name).send().await.call("glue:StartTrigger").map(drop)
        } else {
            aws.glue.stop_trigger().name(name).send().await.call("glue:StopTrigger").map(drop)
        }
    })
    .await;
    match asked {
        // A repeated call finds it done already; whether it is shows below.
        Err(error) if error.message().contains("not allowed when trigger is in state") => {}
        other => other?,
    }
    settled(aws, name, |state| is_on(state) == on).await.map(drop)
}

fn is_on(state: &TriggerState) -> bool {
    *state == TriggerState::Activated
}

/// Its state, once nothing is under way and it is as hoped for.
async fn settled(aws: &Session, name: &str, hoped: impl Fn(&TriggerState) -> bool + Sync) -> Result<TriggerState> {
    let hoped = &hoped;
    poll(&format!("trigger {name}"), PATIENCE, Backoff::QUICK, || async move {
        let state = get(aws, name).await?.and_then(|trigger| trigger.state);
        Ok(match state {
            None => Progress::Pending("it is not seen yet".to_owned()),
            Some(state) => match state {
                TriggerState::Created | TriggerState::Activated | TriggerState::Deactivated if hoped(&state) => {
                    Progress::Done(state)
                }
                other => Progress::Pending(format!("it is {}", other.as_str())),
            },
        })
    })
    .await
}

async fn wait_until_gone(aws: &Session, name: &str) -> Result<()> {
    poll(&format!("the deletion of trigger {name}"), PATIENCE, Backoff::QUICK, || async move {
        Ok(match get(aws, name).await? {
            None => Progress::Done(()),
            Some(trigger) => Progress::Pending(format!("it is {}", trigger.state().map_or("there", |s| s.as_str()))),
        })
    })
    .await
}

#[cfg(test)]
#[path = "trigger_tests.rs"]
pub(super) mod tests;
