//! Triggers between Glue's form and ours. UpdateTrigger replaces the whole definition, so an update is what GetTrigger
//! returned with the managed fields laid over it.

use aws_sdk_glue::types::{
    Action, Condition, CrawlState, JobRunState, Logical, LogicalOperator, Predicate, Trigger, TriggerState,
    TriggerUpdate,
};
use serde_json::{Map, Value, json};

use crate::resource::Fields;
use crate::services::fields;

/// On, as far as the manifest cares.
pub(super) const ACTIVATED: &str = "ACTIVATED";
/// Off.
pub(super) const DEACTIVATED: &str = "DEACTIVATED";

/// The managed fields of a live trigger, but for its tags.
pub(super) fn fields_of(trigger: &Trigger) -> Fields {
    let schedule = trigger.schedule().filter(|text| !text.is_empty());
    let workflow = trigger.workflow_name().filter(|text| !text.is_empty());
    Fields::from([
        ("description".to_owned(), json!(trigger.description().unwrap_or_default())),
        ("type".to_owned(), json!(trigger.r#type().map(|kind| kind.as_str()))),
        ("workflow".to_owned(), json!(workflow)),
        ("schedule".to_owned(), json!(schedule)),
        ("state".to_owned(), json!(state(trigger.state()))),
        ("predicate".to_owned(), trigger.predicate().map_or(Value::Null, predicate)),
        ("actions".to_owned(), trigger.actions().iter().map(action).collect()),
    ])
}

/// One that is on its way counts as arrived; one that was made and never started is off.
pub(super) fn state(state: Option<&TriggerState>) -> &'static str {
    match state {
        Some(TriggerState::Activated | TriggerState::Activating | TriggerState::Creating | TriggerState::Updating) => {
            ACTIVATED
        }
        _ => DEACTIVATED,
    }
}

/// The update that changes `names` of a live trigger and keeps everything else.
pub(super) fn changed(live: &Trigger, want: &Fields, names: &[String]) -> TriggerUpdate {
    let touched = |name: &str| fields::touches(names, name);
    let mut update = TriggerUpdate::builder()
        .set_name(live.name.clone())
        .set_description(live.description.clone())
        .set_schedule(live.schedule.clone())
        .set_actions(live.actions.clone())
        .set_predicate(live.predicate.clone())
        .set_event_batching_condition(live.event_batching_condition.clone())
        .build();
    if touched("description") {
        update.description = Some(fields::text(want, "description").unwrap_or_default().to_owned());
    }
    if touched("schedule") {
        update.schedule = fields::text(want, "schedule").map(str::to_owned);
    }
    if touched("predicate") {
        update.predicate = sdk_predicate(want);
    }
    if touched("actions") {
        update.actions = Some(sdk_actions(live.actions(), want));
    }
    update
}

/// The wanted predicate. Glue wants the operators spelt out: "Logical operator cannot be null or empty" (aws/aws-cdk#34652).
pub(super) fn sdk_predicate(want: &Fields) -> Option<Predicate> {
    let conditions = want.get("predicate")?.get("conditions")?.as_array()?;
    let one = |condition: &Value| {
        let state = string(condition, "state");
        let builder = Condition::builder().logical_operator(LogicalOperator::Equals);
        match string(condition, "crawler") {
            Some(crawler) => builder.crawler_name(crawler).set_crawl_state(state.as_deref().map(CrawlState::from)),
            None => builder.set_job_name(string(condition, "job")).set_state(state.as_deref().map(JobRunState::from)),
        }
        .build()
    };
    let logical = want["predicate"].get("logical").and_then(Value::as_str).map_or(Logical::And, Logical::from);
    Some(Predicate::builder().logical(logical).set_conditions(Some(conditions.iter().map(one).collect())).build())
}

/// The wanted actions; what the manifest cannot say of one that is there already stays.
pub(super) fn sdk_actions(live: &[Action], want: &Fields) -> Vec<Action> {
    let one = |wanted: &Value| {
        let (job, crawler) = (string(wanted, "job"), string(wanted, "crawler"));
        let known = live.iter().find(|a| a.job_name == job && a.crawler_name == crawler).cloned();
        let mut action = known.unwrap_or_else(|| Action::builder().build());
        action.job_name = job;
        action.crawler_name = crawler;
        let arguments = wanted.get("arguments").and_then(Value::as_object);
        action.arguments = arguments.map(|entries| {
            entries.iter().map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
        });
        action
    };
    fields::items(want, "actions").iter().map(one).collect()
}

/// With one condition it makes no difference whether all or any must hold.
fn predicate(predicate: &Predicate) -> Value {
    let one = |condition: &Condition| match condition.crawler_name() {
        Some(crawler) => json!({"crawler": crawler, "state": condition.crawl_state().map(CrawlState::as_str)}),
        None => json!({"job": condition.job_name(), "state": condition.state().map(JobRunState::as_str)}),
    };
    let conditions: Vec<Value> = predicate.conditions().iter().map(one).collect();
    let mut out = Map::new();
    if conditions.len() > 1 {
        out.insert("logical".to_owned(), json!(predicate.logical().map_or("AND", Logical::as_str)));
    }
    out.insert("conditions".to_owned(), conditions.into());
    out.into()
}

/// What it starts. Arguments that would change the run are told, for the job's own are what is wanted.
fn action(action: &Action) -> Value {
    let mut out = match action.crawler_name() {
        Some(crawler) => json!({"crawler": crawler}),
        None => json!({"job": action.job_name()}),
    };
    if let Some(arguments) = action.arguments().filter(|arguments| !arguments.is_empty()) {
        out["arguments"] = fields::object(arguments);
    }
    out
}

fn string(value: &Value, name: &str) -> Option<String> {
    value.get(name).and_then(Value::as_str).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::glue::trigger::tests::scheduled;

    #[test]
    fn an_update_keeps_what_the_manifest_cannot_say() {
        let want = scheduled("glue_trigger.spotify-dev-schedule").fields;
        let action = Action::builder().job_name("spotify-dev").timeout(7).arguments("--pipectl_warehouse", "s3://x/");
        let live =
            Trigger::builder().name("t").description("mine").schedule("cron(0 1 * * ? *)").actions(action.build());
        let live = live.build();
        let update = changed(&live, &want, &["schedule".into()]);
        assert_eq!(update.schedule(), Some("cron(0 3 * * ? *)"));
        assert_eq!((update.description(), update.actions()), (Some("mine"), live.actions()));
        let update = changed(&live, &want, &["actions".into()]);
        assert_eq!((update.actions()[0].timeout(), update.actions()[0].arguments()), (Some(7), None));
        assert_eq!(update.schedule(), Some("cron(0 1 * * ? *)"));
    }

    #[test]
    fn one_condition_needs_no_logic() {
        let want = scheduled("glue_trigger.spotify-dev-crawl").fields;
        let sent = sdk_predicate(&want).unwrap();
        assert_eq!(sent.conditions()[0].logical_operator(), Some(&LogicalOperator::Equals));
        assert_eq!(predicate(&sent), want["predicate"]);
        let any = Predicate::builder().logical(Logical::Any).conditions(sent.conditions()[0].clone()).build();
        assert_eq!(predicate(&any), want["predicate"]);
    }

    #[test]
    fn states_on_their_way_count_as_arrived() {
        for (live, shown) in [
            (TriggerState::Activated, ACTIVATED),
            (TriggerState::Activating, ACTIVATED),
            (TriggerState::Created, DEACTIVATED),
            (TriggerState::Deactivating, DEACTIVATED),
            (TriggerState::Deactivated, DEACTIVATED),
        ] {
            assert_eq!(state(Some(&live)), shown);
        }
    }
}
