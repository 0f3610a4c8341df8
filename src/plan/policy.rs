//! IAM and bucket policies, compared as policies.
//!
//! AWS gives a policy back in another form than it took: one string for a list of one, one statement for a list of
//! one, an account's root ARN for its id. The normal form here makes equal policies equal values:
//!
//! - `Statement`, `Action`, `Resource` and every condition's values are lists, sorted, without repeats;
//! - `Principal: "*"` is `{"AWS": ["*"]}`, and `arn:aws:iam::123456789012:root` is `123456789012`
//!   (IAM guide, "AWS JSON policy elements: Principal");
//! - numbers and booleans in conditions are strings; an empty `Sid` is none; a missing `Version` is `2008-10-17`
//!   (IAM guide, "IAM JSON policy elements: Version").

use serde_json::{Map, Value, json};

use super::canonical;
use super::document::FieldChange;

/// The normal form of a policy document. Text is parsed first; text that is no JSON stays as it is, null stays null.
pub fn normal(policy: &Value) -> Value {
    let parsed = match policy {
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(value) if value.is_object() => value,
            _ => return policy.clone(),
        },
        other => other.clone(),
    };
    let Value::Object(members) = parsed else { return parsed };
    let mut out = Map::new();
    for (key, value) in members {
        let value = match key.as_str() {
            "Statement" => Value::Array(canonical::set(&list(&value).iter().map(statement).collect::<Vec<_>>())),
            _ => value,
        };
        out.insert(key, value);
    }
    out.entry("Version").or_insert_with(|| json!("2008-10-17"));
    canonical::normal(&Value::Object(out))
}

/// The differences of two policies under `path`: statements are told by their `Sid` where both sides have it
/// (`inline_policy.Statement[Logs].Action`), else as gone and come.
pub fn diff(path: &str, before: &Value, after: &Value) -> Vec<FieldChange> {
    let (before, after) = (normal(before), normal(after));
    if before == after {
        return Vec::new();
    }
    let (Value::Object(old), Value::Object(new)) = (&before, &after) else {
        return vec![FieldChange { path: path.to_owned(), before, after }];
    };
    let mut changes = Vec::new();
    let mut keys: Vec<&String> = old.keys().chain(new.keys()).filter(|key| *key != "Statement").collect();
    keys.sort();
    keys.dedup();
    for key in keys {
        push(&mut changes, format!("{path}.{key}"), old.get(key), new.get(key));
    }
    statements(&format!("{path}.Statement"), &items(old.get("Statement")), &items(new.get("Statement")), &mut changes);
    changes
}

fn statements(path: &str, before: &[Value], after: &[Value], changes: &mut Vec<FieldChange>) {
    let gone: Vec<&Value> = before.iter().filter(|s| !after.contains(s)).collect();
    let come: Vec<&Value> = after.iter().filter(|s| !before.contains(s)).collect();
    let twin = |side: &[&Value], one: &Value| -> Option<Value> {
        let id = sid(one)?;
        let same: Vec<&&Value> = side.iter().filter(|s| sid(s) == Some(id)).collect();
        (same.len() == 1).then(|| (*same[0]).clone())
    };
    let mut unnamed = 0;
    for statement in &gone {
        match twin(&come, statement) {
            Some(other) => members(&label(path, statement, &mut unnamed), statement, &other, changes),
            None => push(changes, label(path, statement, &mut unnamed), Some(statement), None),
        }
    }
    for statement in come {
        if twin(&gone, statement).is_none() {
            push(changes, label(path, statement, &mut unnamed), None, Some(statement));
        }
    }
}

fn members(path: &str, before: &Value, after: &Value, changes: &mut Vec<FieldChange>) {
    let (Value::Object(old), Value::Object(new)) = (before, after) else { return };
    let mut keys: Vec<&String> = old.keys().chain(new.keys()).collect();
    keys.sort();
    keys.dedup();
    for key in keys {
        push(changes, format!("{path}.{key}"), old.get(key), new.get(key));
    }
}

fn push(changes: &mut Vec<FieldChange>, path: String, before: Option<&Value>, after: Option<&Value>) {
    if before != after {
        let value = |side: Option<&Value>| side.cloned().unwrap_or(Value::Null);
        changes.push(FieldChange { path, before: value(before), after: value(after) });
    }
}

fn label(path: &str, statement: &Value, unnamed: &mut usize) -> String {
    sid(statement).map_or_else(
        || {
            *unnamed += 1;
            format!("{path}[#{unnamed}]")
        },
        |id| format!("{path}[{id}]"),
    )
}

fn sid(statement: &Value) -> Option<&str> {
    statement.get("Sid").and_then(Value::as_str)
}

fn items(value: Option<&Value>) -> Vec<Value> {
    value.map(list).unwrap_or_default()
}

fn list(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    }
}

fn statement(value: &Value) -> Value {
    let Value::Object(members) = value else { return value.clone() };
    let mut out = Map::new();
    for (key, value) in members {
        let value = match key.as_str() {
            "Sid" if value == "" => continue,
            "Action" | "NotAction" | "Resource" | "NotResource" => Value::Array(canonical::set(&list(value))),
            "Principal" | "NotPrincipal" => principal(value),
            "Condition" => condition(value),
            _ => value.clone(),
        };
        out.insert(key.clone(), value);
    }
    Value::Object(out)
}

fn principal(value: &Value) -> Value {
    let Value::Object(kinds) = value else {
        return if value == "*" { json!({"AWS": ["*"]}) } else { value.clone() };
    };
    let kinds = kinds.iter().map(|(kind, who)| {
        let who: Vec<Value> =
            list(who).iter().map(|one| if kind == "AWS" { account_of_root(one) } else { one.clone() }).collect();
        (kind.clone(), Value::Array(canonical::set(&who)))
    });
    Value::Object(kinds.collect())
}

/// `arn:aws:iam::123456789012:root` -> `123456789012`; anything else as it is.
fn account_of_root(value: &Value) -> Value {
    let account = value.as_str().and_then(|arn| {
        let parts: Vec<&str> = arn.split(':').collect();
        match parts.as_slice() {
            ["arn", _, "iam", "", account, "root"] => Some(*account),
            _ => None,
        }
    });
    account.map_or_else(|| value.clone(), |account| json!(account))
}

fn condition(value: &Value) -> Value {
    let Value::Object(operators) = value else { return value.clone() };
    let operators = operators.iter().map(|(operator, keys)| {
        let keys = match keys {
            Value::Object(keys) => Value::Object(
                keys.iter()
                    .map(|(key, values)| {
                        let texts: Vec<Value> = list(values).iter().map(as_text).collect();
                        (key.clone(), Value::Array(canonical::set(&texts)))
                    })
                    .collect(),
            ),
            other => other.clone(),
        };
        (operator.clone(), keys)
    });
    Value::Object(operators.collect())
}

fn as_text(value: &Value) -> Value {
    match value {
        Value::Number(_) | Value::Bool(_) => json!(canonical::text(value)),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_aws_gives_back_equals_what_it_took() {
        let ours = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": ["s3:PutObject", "s3:GetObject"],
            "Resource": ["arn:aws:s3:::b/*"], "Condition": {"Bool": {"aws:SecureTransport": true}, "NumericEquals": {"s3:max-keys": [10]}}}]});
        let theirs = json!({"Statement": {
            "Condition": {"NumericEquals": {"s3:max-keys": "10"}, "Bool": {"aws:SecureTransport": ["true"]}},
            "Sid": "", "Resource": "arn:aws:s3:::b/*", "Action": ["s3:GetObject", "s3:PutObject"],
            "Principal": {"AWS": ["arn:aws:iam::123456789012:root"]}, "Effect": "Allow"}, "Version": "2012-10-17"});
        assert_eq!(normal(&ours), normal(&theirs));
        assert_eq!(normal(&json!(theirs.to_string())), normal(&ours), "text is parsed");
        assert_eq!(diff("p", &ours, &theirs), []);
    }

    #[test]
    fn everybody_has_two_spellings_but_a_star_action_is_no_principal() {
        let policy = |principal: Value| normal(&json!({"Statement": [{"Principal": principal, "Action": "*"}]}));
        assert_eq!(policy(json!("*")), policy(json!({"AWS": "*"})));
        assert_ne!(policy(json!("*")), policy(json!({"Service": "*"})));
    }

    #[test]
    fn real_differences_stay() {
        let policy = |effect: &str, version: &str| json!({"Version": version, "Statement": [{"Effect": effect, "Action": "s3:*"}]});
        assert_ne!(normal(&policy("Allow", "2012-10-17")), normal(&policy("Deny", "2012-10-17")));
        assert_ne!(normal(&policy("Allow", "2012-10-17")), normal(&policy("Allow", "2008-10-17")));
        let unversioned = json!({"Statement": {"Effect": "Allow", "Action": "s3:*"}});
        assert_eq!(normal(&unversioned), normal(&policy("Allow", "2008-10-17")));
    }

    #[test]
    fn differences_are_told_by_sid() {
        let before = json!({"Statement": [
            {"Sid": "Logs", "Effect": "Allow", "Action": "logs:PutLogEvents"}, {"Effect": "Allow", "Action": "x:Y"}]});
        let after = json!({"Statement": [
            {"Sid": "Logs", "Effect": "Allow", "Action": ["logs:PutLogEvents", "logs:CreateLogStream"]},
            {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject"}]});
        let shown: Vec<String> = diff("inline_policy", &before, &after)
            .into_iter()
            .map(|c| format!("{}: {} -> {}", c.path, c.before, c.after))
            .collect();
        insta::assert_snapshot!(shown.join("\n"), @r#"
        inline_policy.Statement[Logs].Action: ["logs:PutLogEvents"] -> ["logs:CreateLogStream","logs:PutLogEvents"]
        inline_policy.Statement[#1]: {"Action":["x:Y"],"Effect":"Allow"} -> null
        inline_policy.Statement[Read]: null -> {"Action":["s3:GetObject"],"Effect":"Allow","Sid":"Read"}
        "#);
    }

    #[test]
    fn no_policy_and_broken_text_are_themselves() {
        assert_eq!(normal(&Value::Null), Value::Null);
        assert_eq!(normal(&json!("not json")), json!("not json"));
        assert_eq!(diff("p", &Value::Null, &json!({"Statement": []})).len(), 1);
    }
}
