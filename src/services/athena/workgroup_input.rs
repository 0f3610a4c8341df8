//! Workgroups between Athena's form and ours. An update sends changes alone; clearing a setting needs its `Remove...` flag.

use aws_sdk_athena::types::{
    EncryptionConfiguration, EncryptionOption, EngineVersion, ResultConfiguration, ResultConfigurationUpdates,
    WorkGroup, WorkGroupConfiguration, WorkGroupConfigurationUpdates,
};
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::resource::Fields;
use crate::services::fields;

/// The managed fields of a live workgroup, but for its tags.
pub(super) fn fields_of(workgroup: &WorkGroup) -> Fields {
    let configuration = workgroup.configuration();
    let results = configuration.and_then(|c| c.result_configuration());
    let encryption = results.and_then(|r| r.encryption_configuration());
    let engine = configuration.and_then(|c| c.engine_version()).and_then(|e| e.selected_engine_version());
    Fields::from([
        ("description".to_owned(), json!(workgroup.description().unwrap_or_default())),
        ("output_location".to_owned(), json!(results.and_then(|r| r.output_location()))),
        // What the service does when a setting is not there (API reference, WorkGroupConfiguration).
        ("enforce".to_owned(), json!(configuration.and_then(|c| c.enforce_work_group_configuration()).unwrap_or(true))),
        ("encryption".to_owned(), json!(encryption.map_or("none", |e| e.encryption_option().as_str()))),
        ("kms_key".to_owned(), json!(encryption.and_then(|e| e.kms_key()))),
        (
            "bytes_scanned_cutoff".to_owned(),
            configuration.and_then(|c| c.bytes_scanned_cutoff_per_query()).map_or(Value::Null, |bytes| json!(bytes)),
        ),
        (
            "publish_metrics".to_owned(),
            json!(configuration.and_then(|c| c.publish_cloud_watch_metrics_enabled()).unwrap_or(false)),
        ),
        ("engine_version".to_owned(), json!(engine.unwrap_or("AUTO"))),
    ])
}

/// The configuration of a new workgroup.
pub(super) fn new(want: &Fields) -> Result<WorkGroupConfiguration> {
    let results = ResultConfiguration::builder()
        .set_output_location(fields::text(want, "output_location").map(str::to_owned))
        .set_encryption_configuration(encryption(want)?)
        .build();
    Ok(WorkGroupConfiguration::builder()
        .result_configuration(results)
        .set_enforce_work_group_configuration(fields::flag(want, "enforce"))
        .set_publish_cloud_watch_metrics_enabled(fields::flag(want, "publish_metrics"))
        .set_bytes_scanned_cutoff_per_query(cutoff(want))
        .set_engine_version(engine(want))
        .build())
}

/// The updates that change `names`.
pub(super) fn changed(want: &Fields, names: &[String]) -> Result<WorkGroupConfigurationUpdates> {
    let touched = |name: &str| fields::touches(names, name);
    let mut updates = WorkGroupConfigurationUpdates::builder();
    if touched("enforce") {
        updates = updates.set_enforce_work_group_configuration(fields::flag(want, "enforce"));
    }
    if touched("publish_metrics") {
        updates = updates.set_publish_cloud_watch_metrics_enabled(fields::flag(want, "publish_metrics"));
    }
    if touched("bytes_scanned_cutoff") {
        updates = match cutoff(want) {
            Some(bytes) => updates.bytes_scanned_cutoff_per_query(bytes),
            None => updates.remove_bytes_scanned_cutoff_per_query(true),
        };
    }
    if touched("engine_version") {
        updates = updates.set_engine_version(engine(want));
    }
    let mut results = ResultConfigurationUpdates::builder();
    if touched("output_location") {
        results = match fields::text(want, "output_location") {
            Some(location) => results.output_location(location),
            None => results.remove_output_location(true),
        };
    }
    let encrypts = touched("encryption") || touched("kms_key");
    if encrypts {
        results = match encryption(want)? {
            Some(encryption) => results.encryption_configuration(encryption),
            None => results.remove_encryption_configuration(true),
        };
    }
    if touched("output_location") || encrypts {
        updates = updates.result_configuration_updates(results.build());
    }
    Ok(updates.build())
}

fn encryption(want: &Fields) -> Result<Option<EncryptionConfiguration>> {
    let Some(option) = fields::text(want, "encryption").filter(|option| *option != "none") else { return Ok(None) };
    EncryptionConfiguration::builder()
        .encryption_option(EncryptionOption::from(option))
        .set_kms_key(fields::text(want, "kms_key").map(str::to_owned))
        .build()
        .map(Some)
        .map_err(|e| Error::bug(format!("an encryption cannot be built: {e}")))
}

fn engine(want: &Fields) -> Option<EngineVersion> {
    let version = fields::text(want, "engine_version")?;
    Some(EngineVersion::builder().selected_engine_version(version).build())
}

fn cutoff(want: &Fields) -> Option<i64> {
    want.get("bytes_scanned_cutoff").and_then(Value::as_i64)
}
