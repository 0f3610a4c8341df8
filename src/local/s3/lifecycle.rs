//! A bucket's lifecycle: checked and kept; nothing is ever moved or expired here.

use std::collections::BTreeSet;

use s3s::dto::*;
use s3s::{S3ErrorCode, S3Request, S3Result};

use super::refuse::{invalid_argument, malformed_xml, refuse};
use super::{bucket, settings};
use crate::local::store::Store;

const LIFECYCLE: &str = "lifecycle";
const LIFECYCLE_SIZE: &str = "lifecycle_minimum_size";
/// What AWS says of every lifecycle that does not choose otherwise.
const MINIMUM_SIZE: &str = "all_storage_classes_128K";

/// `PutBucketLifecycleConfiguration`: the rules are kept, nothing is ever expired here.
pub async fn put(
    store: &Store,
    request: S3Request<PutBucketLifecycleConfigurationInput>,
) -> S3Result<PutBucketLifecycleConfigurationOutput> {
    let input = request.input;
    let mut configuration = input.lifecycle_configuration.ok_or_else(malformed_xml)?;
    for rule in &mut configuration.rules {
        rule.id.get_or_insert_with(|| uuid::Uuid::new_v4().to_string());
    }
    check(&configuration)?;
    let size = input.transition_default_minimum_object_size;
    let size = size.unwrap_or_else(|| TransitionDefaultMinimumObjectSize::from_static(MINIMUM_SIZE));
    settings::update(store, &input.bucket, |settings| {
        settings.insert(LIFECYCLE_SIZE.to_owned(), size.as_str().to_owned());
        settings::write(settings, LIFECYCLE, &configuration)
    })
    .await?;
    Ok(PutBucketLifecycleConfigurationOutput { transition_default_minimum_object_size: Some(size) })
}

/// `GetBucketLifecycleConfiguration`.
pub async fn get(
    store: &Store,
    request: S3Request<GetBucketLifecycleConfigurationInput>,
) -> S3Result<GetBucketLifecycleConfigurationOutput> {
    let settings = bucket::find(store, &request.input.bucket)?.settings;
    let configuration: Option<BucketLifecycleConfiguration> = settings::read(&settings, LIFECYCLE)?;
    let configuration = configuration.ok_or_else(|| {
        refuse(S3ErrorCode::NoSuchLifecycleConfiguration, "The lifecycle configuration does not exist")
    })?;
    let size = settings.get(LIFECYCLE_SIZE).cloned().map(TransitionDefaultMinimumObjectSize::from);
    Ok(GetBucketLifecycleConfigurationOutput {
        rules: Some(configuration.rules),
        transition_default_minimum_object_size: size,
    })
}

/// `DeleteBucketLifecycle`.
pub async fn delete(
    store: &Store,
    request: S3Request<DeleteBucketLifecycleInput>,
) -> S3Result<DeleteBucketLifecycleOutput> {
    settings::remove(store, &request.input.bucket, LIFECYCLE).await?;
    Ok(DeleteBucketLifecycleOutput {})
}

/// A lifecycle: one to a thousand rules with distinct ids, each enabled or disabled, each doing something, with positive
/// days, and no object moved after it expired.
fn check(configuration: &BucketLifecycleConfiguration) -> S3Result<()> {
    if !(1..=1000).contains(&configuration.rules.len()) {
        return Err(malformed_xml());
    }
    let mut ids = BTreeSet::new();
    for rule in &configuration.rules {
        let id = rule.id.as_deref().unwrap_or_default();
        if id.chars().count() > 255 {
            return Err(invalid_argument("ID length should not exceed allowed limit of 255"));
        }
        if !ids.insert(id) {
            return Err(invalid_argument("Rule ID must be unique. Found same ID for more than one rule"));
        }
        if !["Enabled", "Disabled"].contains(&rule.status.as_str()) || (rule.filter.is_none() && rule.prefix.is_none())
        {
            return Err(malformed_xml());
        }
        actions(rule)?;
    }
    Ok(())
}

fn actions(rule: &LifecycleRule) -> S3Result<()> {
    let transitions = rule.transitions.as_deref().unwrap_or_default();
    let nothing = rule.expiration.is_none()
        && transitions.is_empty()
        && rule.noncurrent_version_expiration.is_none()
        && rule.noncurrent_version_transitions.as_deref().unwrap_or_default().is_empty()
        && rule.abort_incomplete_multipart_upload.is_none();
    if nothing {
        return Err(refuse(S3ErrorCode::InvalidRequest, "At least one action needs to be specified in a rule"));
    }
    let expires = rule.expiration.as_ref().and_then(|e| e.days);
    if expires.is_some_and(|days| days < 1) {
        return Err(invalid_argument("'Days' for Expiration action must be a positive integer"));
    }
    for transition in transitions {
        let Some(class) = transition.storage_class.as_ref().map(|c| c.as_str()) else { return Err(malformed_xml()) };
        let Some(days) = transition.days else { continue };
        if days < 0 {
            return Err(invalid_argument("'Days' for Transition action must be nonnegative"));
        }
        if matches!(class, "STANDARD_IA" | "ONEZONE_IA") && days < 30 {
            return Err(invalid_argument(format!(
                "'Days' in Transition action must be greater than or equal to 30 for storageClass '{class}'"
            )));
        }
        if expires.is_some_and(|expires| expires <= days) {
            return Err(invalid_argument(
                "'Days' in the Expiration action must be greater than 'Days' in the Transition action",
            ));
        }
    }
    order(transitions)
}

/// Down the classes only, each later than the one before, and not out of `STANDARD_IA` before 30 days.
fn order(transitions: &[Transition]) -> S3Result<()> {
    const CLASSES: [&str; 6] =
        ["STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"];
    let mut moves: Vec<(usize, i32)> = Vec::new();
    for transition in transitions {
        let class = transition.storage_class.as_ref().and_then(|c| CLASSES.iter().position(|k| *k == c.as_str()));
        let class = class.ok_or_else(malformed_xml)?;
        if moves.iter().any(|(seen, _)| *seen == class) {
            let message = format!(
                "'StorageClass' must be different for 'Transition' actions in same 'Rule' ({})",
                CLASSES[class]
            );
            return Err(refuse(S3ErrorCode::InvalidRequest, message));
        }
        moves.extend(transition.days.map(|days| (class, days)));
    }
    moves.sort_unstable();
    for pair in moves.windows(2) {
        let [(warm, from), (cold, to)] = pair else { continue };
        let stay = if *warm == 0 { 30 } else { 1 };
        if to - from < stay {
            return Err(invalid_argument(format!(
                "'Days' in the Transition action for StorageClass '{}' must be {stay} days more than for StorageClass '{}'",
                CLASSES[*cold], CLASSES[*warm]
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(result: S3Result<()>) -> String {
        result.map_or_else(|e| e.code().as_str().to_owned(), |()| "ok".to_owned())
    }

    #[test]
    fn lifecycles() {
        let rule = |days: i32, class: &str, expires: Option<i32>| {
            let transition = Transition {
                days: Some(days),
                storage_class: Some(TransitionStorageClass::from(class.to_owned())),
                ..Default::default()
            };
            let rule = LifecycleRule {
                abort_incomplete_multipart_upload: None,
                expiration: expires.map(|days| LifecycleExpiration { days: Some(days), ..Default::default() }),
                filter: Some(LifecycleRuleFilter { prefix: Some("staging/".into()), ..Default::default() }),
                id: Some("x".into()),
                noncurrent_version_expiration: None,
                noncurrent_version_transitions: None,
                prefix: None,
                status: ExpirationStatus::from_static("Enabled"),
                transitions: Some(vec![transition]),
            };
            BucketLifecycleConfiguration { rules: vec![rule] }
        };
        assert_eq!(code(check(&rule(90, "GLACIER_IR", None))), "ok");
        assert_eq!(code(check(&rule(1, "STANDARD_IA", None))), "InvalidArgument");
        assert_eq!(code(check(&rule(90, "GLACIER_IR", Some(90)))), "InvalidArgument");
        assert_eq!(code(check(&rule(90, "GLACIER_IR", Some(0)))), "InvalidArgument");
        let mut idle = rule(1, "GLACIER_IR", None);
        idle.rules[0].transitions = None;
        assert_eq!(code(check(&idle)), "InvalidRequest");
        let mut twice = rule(1, "GLACIER_IR", None);
        twice.rules.push(twice.rules[0].clone());
        assert_eq!(code(check(&twice)), "InvalidArgument");
        let then = |days: i32, class: &str, days_after: i32, class_after: &str| {
            let (mut first, second) = (rule(days, class, None), rule(days_after, class_after, None));
            first.rules[0].transitions.as_mut().unwrap().extend(second.rules[0].transitions.clone().unwrap());
            code(check(&first))
        };
        assert_eq!(then(30, "STANDARD_IA", 60, "GLACIER_IR"), "ok");
        assert_eq!(then(30, "STANDARD_IA", 59, "GLACIER_IR"), "InvalidArgument");
        assert_eq!(then(90, "DEEP_ARCHIVE", 60, "GLACIER_IR"), "ok");
        assert_eq!(then(60, "DEEP_ARCHIVE", 90, "GLACIER_IR"), "InvalidArgument");
        assert_eq!(then(60, "GLACIER_IR", 90, "GLACIER_IR"), "InvalidRequest");
        assert_eq!(then(60, "TAPE", 90, "GLACIER_IR"), "MalformedXML");
    }
}
