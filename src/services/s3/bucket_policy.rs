//! A bucket's policy: nobody comes in without TLS, and nobody from another account.
//!
//! What pipectl denies stands in statements of its own, told by their `Sid`. The `policy` field holds these alone; the
//! statements of others stay as they are, and so does the document's version as long as there are some.

use serde_json::{Map, Value, json};

use crate::aws::{Call, Session, absent};
use crate::error::Result;
use crate::resource::Fields;
use crate::services::{Context, fields};

/// What the `Sid`s of our statements begin with.
const OURS: &str = "Pipectl";
const VERSION: &str = "2012-10-17";

/// Our statements for this bucket.
///
/// AWS's services act in the owner's name when they read for its queries, crawls and jobs; where one comes in its own name
/// it has no account, so it is let pass here and is held by the identities' own policies. A caller without any identity
/// has no account either, and is denied.
pub(super) fn wanted(cx: &Context<'_>, bucket: &str) -> Value {
    let arn = format!("arn:{}:s3:::{bucket}", cx.partition);
    let deny = |sid: &str, condition: Value| {
        json!({
            "Sid": format!("{OURS}{sid}"),
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [arn.clone(), format!("{arn}/*")],
            "Condition": condition,
        })
    };
    ours(vec![
        deny("TlsOnly", json!({"Bool": {"aws:SecureTransport": "false"}})),
        deny(
            "OwnerOnly",
            json!({
                "StringNotEquals": {"aws:PrincipalAccount": cx.account},
                "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
            }),
        ),
    ])
}

fn ours(statements: Vec<Value>) -> Value {
    if statements.is_empty() { Value::Null } else { json!({"Version": VERSION, "Statement": statements}) }
}

/// Our part of the policy; null when there is none.
pub(super) async fn read(aws: &Session, bucket: &str) -> Result<Value> {
    let policy = get(aws, bucket).await?;
    Ok(ours(statements(policy.as_ref()).into_iter().filter(is_ours).collect()))
}

/// Puts our part in the place of the one that is there. (The call replaces the whole policy.)
pub(super) async fn write(aws: &Session, bucket: &str, is_new: bool, want: &Fields) -> Result<()> {
    let live = if is_new { None } else { get(aws, bucket).await? };
    let want = want.get("policy").filter(|policy| policy.is_object());
    let Some(policy) = merged(live.as_ref(), want) else {
        return match live {
            None => Ok(()),
            Some(_) => {
                let gone = aws.s3.delete_bucket_policy().bucket(bucket).expected_bucket_owner(&aws.account);
                absent(gone.send().await.call("s3:DeleteBucketPolicy"), &["NoSuchBucketPolicy"]).map(drop)
            }
        };
    };
    let put = aws.s3.put_bucket_policy().bucket(bucket).policy(policy.to_string());
    put.expected_bucket_owner(&aws.account).send().await.call("s3:PutBucketPolicy").map(drop)
}

/// The statements of others with ours behind them; `None` when there are none at all.
fn merged(live: Option<&Value>, want: Option<&Value>) -> Option<Value> {
    let mut all: Vec<Value> = statements(live).into_iter().filter(|statement| !is_ours(statement)).collect();
    let foreign = !all.is_empty();
    all.extend(statements(want));
    let mut policy = match live {
        Some(Value::Object(members)) if foreign => members.clone(),
        _ => Map::from_iter([("Version".to_owned(), json!(VERSION))]),
    };
    if all.is_empty() {
        return None;
    }
    policy.insert("Statement".to_owned(), Value::Array(all));
    Some(Value::Object(policy))
}

/// A policy's statements; one alone may stand without a list around it.
fn statements(policy: Option<&Value>) -> Vec<Value> {
    match policy.and_then(|policy| policy.get("Statement")) {
        Some(Value::Array(statements)) => statements.clone(),
        Some(statement @ Value::Object(_)) => vec![statement.clone()],
        _ => Vec::new(),
    }
}

fn is_ours(statement: &Value) -> bool {
    statement["Sid"].as_str().is_some_and(|sid| sid.starts_with(OURS))
}

async fn get(aws: &Session, bucket: &str) -> Result<Option<Value>> {
    let got = aws.s3.get_bucket_policy().bucket(bucket).expected_bucket_owner(&aws.account).send().await;
    let got = absent(got.call("s3:GetBucketPolicy"), &["NoSuchBucketPolicy"])?;
    Ok(got.and_then(|answer| answer.policy).map(|text| fields::parsed(&text)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::{Canned, Reply, session};
    use crate::services::testing::{in_context, manifest};

    const THEIRS: &str =
        r#"{"Version":"2008-10-17","Id":"log","Statement":{"Sid":"Logs","Effect":"Allow","Action":"s3:PutObject"}}"#;

    fn want() -> Fields {
        Fields::from([("policy".to_owned(), in_context(&manifest(), |cx| wanted(cx, "b")))])
    }

    fn sids(policy: &Value) -> Vec<&str> {
        policy["Statement"].as_array().unwrap().iter().map(|s| s["Sid"].as_str().unwrap()).collect()
    }

    #[test]
    fn what_is_denied() {
        insta::assert_json_snapshot!(want()["policy"], @r#"
        {
          "Version": "2012-10-17",
          "Statement": [
            {
              "Sid": "PipectlTlsOnly",
              "Effect": "Deny",
              "Principal": "*",
              "Action": "s3:*",
              "Resource": [
                "arn:aws:s3:::b",
                "arn:aws:s3:::b/*"
              ],
              "Condition": {
                "Bool": {
                  "aws:SecureTransport": "false"
                }
              }
            },
            {
              "Sid": "PipectlOwnerOnly",
              "Effect": "Deny",
              "Principal": "*",
              "Action": "s3:*",
              "Resource": [
                "arn:aws:s3:::b",
                "arn:aws:s3:::b/*"
              ],
              "Condition": {
                "StringNotEquals": {
                  "aws:PrincipalAccount": "123456789012"
                },
                "BoolIfExists": {
                  "aws:PrincipalIsAWSService": "false"
                }
              }
            }
          ]
        }
        "#);
    }

    #[tokio::test]
    async fn statements_of_others_stay_and_are_not_told() {
        let server = Canned::start(vec![Reply::new(200, THEIRS), Reply::new(204, ""), Reply::new(200, THEIRS)]).await;
        write(&session(&server), "b", false, &want()).await.unwrap();
        let put = server.asked()[1].json();
        assert_eq!(sids(&put), ["Logs", "PipectlTlsOnly", "PipectlOwnerOnly"]);
        assert_eq!((&put["Version"], &put["Id"]), (&json!("2008-10-17"), &json!("log")));
        assert_eq!(read(&session(&server), "b").await.unwrap(), Value::Null);
    }

    #[tokio::test]
    async fn one_of_ours_that_is_wanted_no_longer_goes() {
        let old = json!({"Version": VERSION, "Statement": [
            {"Sid": "PipectlOld", "Effect": "Deny"}, {"Sid": "Logs", "Effect": "Allow"}]});
        let text = old.to_string();
        let server =
            Canned::start(vec![Reply::new(200, text.clone()), Reply::new(200, text), Reply::new(204, "")]).await;
        let live = read(&session(&server), "b").await.unwrap();
        assert_eq!(sids(&live), ["PipectlOld"], "it is told");
        write(&session(&server), "b", false, &want()).await.unwrap();
        assert_eq!(sids(&server.asked()[2].json()), ["Logs", "PipectlTlsOnly", "PipectlOwnerOnly"]);
    }

    #[tokio::test]
    async fn without_any_statement_there_is_no_policy() {
        let ours = want()["policy"].to_string();
        let server = Canned::start(vec![Reply::new(200, ours), Reply::new(204, "")]).await;
        write(&session(&server), "b", false, &Fields::new()).await.unwrap();
        assert_eq!(server.asked()[1].method, "DELETE");
        let none = Reply::s3_error(404, "NoSuchBucketPolicy", "The bucket policy does not exist");
        let server = Canned::start(vec![none]).await;
        write(&session(&server), "b", false, &Fields::new()).await.unwrap();
        assert_eq!(server.asked().len(), 1);
    }
}
