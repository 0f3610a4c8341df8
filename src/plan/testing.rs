//! A small pipeline as tests plan and apply it: every kind, with real dependencies.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Change, Input, Plan};
use crate::resource::{Address, Fields, Live, Ownership, Resource, Snapshot};

/// The address in a short form, `glue_job.demo`.
pub fn address(text: &str) -> Address {
    text.parse().unwrap()
}

/// A resource of the demo pipeline.
pub fn resource(text: &str, fields: Value, depends_on: &[&str]) -> Resource {
    let address = address(text);
    let mut fields: Fields = fields.as_object().unwrap().iter().map(|(k, v)| (k.clone(), v.clone())).collect();
    for name in ["tags", "metadata", "parameters"] {
        if super::diff::names(address.kind, &[change(name)]).len() == 1 {
            let marks = fields.entry(name.to_owned()).or_insert_with(|| json!({}));
            marks["pipectl:pipeline"] = json!("demo");
        }
    }
    Resource {
        identity: BTreeMap::from([("name".to_owned(), address.name.clone())]),
        address,
        fields,
        depends_on: depends_on.iter().map(|d| self::address(d)).collect(),
        existing: false,
    }
}

fn change(path: &str) -> super::FieldChange {
    super::FieldChange { path: path.to_owned(), before: Value::Null, after: Value::Null }
}

/// Ten resources, one of each kind.
pub fn demo() -> Vec<Resource> {
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::demo/staging/*"}]});
    let columns = json!([{"name": "id", "type": "string"}, {"name": "n", "type": "int"}]);
    vec![
        resource("s3_bucket.demo", json!({"versioning": "off"}), &[]),
        resource("s3_prefix.staging", json!({}), &["s3_bucket.demo"]),
        resource("s3_object.script", json!({"content": "import sys\nprint(1)\n"}), &["s3_bucket.demo"]),
        resource("iam_role.demo", json!({"inline_policy": policy}), &["s3_bucket.demo"]),
        resource("glue_database.demo", json!({"description": "demo"}), &[]),
        resource("glue_table.hits", json!({"columns": columns}), &["glue_database.demo"]),
        resource("glue_job.demo", json!({"workers": 2}), &["iam_role.demo", "s3_object.script"]),
        resource("glue_crawler.demo", json!({"schedule": null}), &["iam_role.demo", "glue_table.hits"]),
        resource("athena_workgroup.demo", json!({}), &["s3_bucket.demo"]),
        resource(
            "athena_named_query.top",
            json!({"sql": "select 1", "workgroup": "demo"}),
            &["athena_workgroup.demo", "glue_database.demo"],
        ),
    ]
}

/// What would be found after applying `desired`.
pub fn snapshot(desired: &[Resource]) -> Snapshot {
    let live = |r: &Resource| (r.address.clone(), Live { resource: r.clone(), ownership: Ownership::Ours });
    Snapshot { resources: desired.iter().map(live).collect(), ..Snapshot::default() }
}

/// Changes one field of one resource of a list.
pub fn set(list: &mut [Resource], address: &str, field: &str, value: Value) {
    let resource = list.iter_mut().find(|r| r.address.to_string() == address).unwrap();
    resource.fields.insert(field.to_owned(), value);
}

/// Makes a resource of the snapshot a stranger's.
pub fn estrange(snapshot: &mut Snapshot, text: &str) {
    let told = "it carries no pipectl tags".to_owned();
    snapshot.resources.get_mut(&address(text)).unwrap().ownership = Ownership::Strangers(told);
}

/// The input for `desired` and `snapshot` alone.
pub fn input<'a>(desired: &'a [Resource], snapshot: &'a Snapshot) -> Input<'a> {
    Input {
        pipeline: "demo",
        environment: "default",
        account: "123456789012",
        region: "us-east-1",
        desired,
        snapshot,
        adopt: &[],
        target: &[],
        protect: false,
        sealed: true,
    }
}

/// A plan in lines: action, address, reason, fields.
pub fn shown(plan: &Plan) -> String {
    let mut lines = Vec::new();
    for change in &plan.changes {
        lines.push(line(change));
        for field in &change.fields {
            lines.push(format!("    {}: {} -> {}", field.path, field.before, field.after));
        }
    }
    lines.join("\n")
}

/// A plan in lines without fields.
pub fn outline(plan: &Plan) -> String {
    plan.changes.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn line(change: &Change) -> String {
    let action = format!("{:?}", change.action).to_lowercase();
    let data = if change.destroys_data { " (destroys data)" } else { "" };
    format!("{action} {}{data}: {}", change.address, change.reason)
}
