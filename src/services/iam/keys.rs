//! The rights to use the KMS keys of the storage: exactly those that it names, and only through S3.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::manifest::model::Place3;
use crate::services::Context;

/// To read what a key encrypted.
const READ: &[&str] = &["kms:Decrypt"];
/// To write under a key; uploads in parts are read back to be joined.
const WRITE: &[&str] = &["kms:Decrypt", "kms:GenerateDataKey"];

/// Statements for the keys of places that are read alone, and of places that are written.
///
/// A key named by an alias cannot stand in a policy by that name: the statement holds for the keys that have the alias.
/// (KMS guide, "Use aliases to control access to KMS keys".)
pub(in crate::services) fn statements(cx: &Context<'_>, read: &[&Place3], written: &[&Place3]) -> Vec<Value> {
    let written = keys(written);
    let read: BTreeSet<&str> = keys(read).difference(&written).copied().collect();
    let mut statements = Vec::new();
    for (what, actions, arns) in [("Read", READ, read), ("Write", WRITE, written)] {
        let (aliases, keys): (Vec<&str>, Vec<&str>) = arns.into_iter().partition(|arn| arn.contains(":alias/"));
        if !keys.is_empty() {
            statements.push(statement(cx, format!("{what}WithKeys"), actions, json!(keys), None));
        }
        for (number, alias) in (1..).zip(aliases) {
            let (base, name) = alias.split_once(":alias/").unwrap_or((alias, ""));
            let resource = json!([format!("{base}:key/*")]);
            let named = json!({"kms:ResourceAliases": [format!("alias/{name}")]});
            statements.push(statement(cx, format!("{what}WithAlias{number}"), actions, resource, Some(named)));
        }
    }
    statements
}

fn keys<'a>(places: &[&'a Place3]) -> BTreeSet<&'a str> {
    places.iter().filter_map(|place| place.kms_key.as_ref()).map(|key| key.value.as_str()).collect()
}

fn statement(cx: &Context<'_>, sid: String, actions: &[&str], resource: Value, alias: Option<Value>) -> Value {
    let domain = if cx.partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
    let through = format!("s3.{}.{domain}", cx.region);
    let mut condition = json!({"StringEquals": {"kms:ViaService": [through]}});
    if let Some(alias) = alias {
        condition["ForAnyValue:StringEquals"] = alias;
    }
    json!({"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource, "Condition": condition})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::spanned::Spanned;
    use crate::services::testing::{in_context, manifest};

    const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/1234abcd";
    const ALIAS: &str = "arn:aws:kms:us-east-1:123456789012:alias/lake";

    fn made(staging: Option<&str>, warehouse: Option<&str>) -> Vec<Value> {
        let mut manifest = manifest();
        let key = |arn: Option<&str>| arn.map(|arn| Spanned::unplaced(arn.to_owned()));
        manifest.storage.staging.kms_key = key(staging);
        manifest.storage.warehouse.kms_key = key(warehouse);
        let storage = &manifest.storage;
        in_context(&manifest, |cx| statements(cx, &[&storage.staging, &storage.results], &[&storage.warehouse]))
    }

    #[test]
    fn no_keys_no_rights() {
        assert_eq!(made(None, None), Vec::<Value>::new());
    }

    #[test]
    fn what_is_written_is_written_under_its_key_alone() {
        let through = json!({"StringEquals": {"kms:ViaService": ["s3.us-east-1.amazonaws.com"]}});
        assert_eq!(
            made(Some(ALIAS), Some(KEY)),
            [
                json!({"Sid": "ReadWithAlias1", "Effect": "Allow", "Action": ["kms:Decrypt"],
                    "Resource": ["arn:aws:kms:us-east-1:123456789012:key/*"],
                    "Condition": {"StringEquals": through["StringEquals"],
                        "ForAnyValue:StringEquals": {"kms:ResourceAliases": ["alias/lake"]}}}),
                json!({"Sid": "WriteWithKeys", "Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                    "Resource": [KEY], "Condition": through}),
            ]
        );
        // One key for both is asked for once, with the greater right.
        assert_eq!(made(Some(KEY), Some(KEY)).len(), 1);
    }
}
