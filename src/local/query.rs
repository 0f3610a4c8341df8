//! The query protocol of IAM and STS: a form with `Action` and `Version` goes in, XML comes out.

use async_trait::async_trait;
use s3s::{Body, HttpResponse};
use serde_json::{Map, Value};

use super::error::{ServiceError, ServiceResult};
use super::sigv4::Refusal;

/// A service of the query protocol. Inputs and outputs are JSON in the shape of the API: the form's `Tags.member.1.Key`
/// arrives as `{"Tags": [{"Key": ..}]}`, all scalars as strings.
#[async_trait]
pub trait QueryService: Send + Sync {
    /// The name in a signature's scope: `iam`.
    fn scope(&self) -> &'static str;

    /// The XML namespace of its answers.
    fn namespace(&self) -> &'static str;

    /// One call; the output's members, or `Null` when it has none.
    async fn call(&self, operation: &str, input: Value) -> ServiceResult;
}

/// A form as its action and input.
pub fn parse(body: &[u8]) -> Result<(String, Value), ServiceError> {
    let mut input = Value::Object(Map::new());
    let mut action = None;
    for (name, value) in form_pairs(body) {
        match name.as_str() {
            "Action" => action = Some(value),
            "Version" => {}
            _ => {
                let path: Vec<&str> = name.split('.').collect();
                insert(&mut input, &path, value).ok_or_else(|| {
                    ServiceError::bad_request("MalformedInput", format!("The parameter {name} contradicts another one"))
                })?;
            }
        }
    }
    let missing = || ServiceError::bad_request("MissingAction", "Missing Action");
    Ok((action.ok_or_else(missing)?, input))
}

/// The pairs of an `application/x-www-form-urlencoded` text, decoded.
fn form_pairs(body: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(body);
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (form_decode(name), form_decode(value))
        })
        .collect()
}

fn form_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = bytes.get(at + 1..at + 3).filter(|_| bytes[at] == b'%').and_then(|h| hex::decode(h).ok());
        match (bytes[at], escaped) {
            (_, Some(decoded)) => {
                out.extend(decoded);
                at += 3;
                continue;
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Puts `value` at `path` below `node`; `None` when something else stands there. `member.N` is an element of a list,
/// in the order of the form.
fn insert(node: &mut Value, path: &[&str], value: String) -> Option<()> {
    match path {
        [] => *node = Value::String(value),
        ["member", number, rest @ ..] => {
            if node.as_object().is_some_and(Map::is_empty) {
                *node = Value::Array(Vec::new());
            }
            let list = node.as_array_mut()?;
            let number: usize = number.parse().ok().filter(|n| (1..=list.len() + 1).contains(n))?;
            if list.len() < number {
                list.push(Value::Object(Map::new()));
            }
            insert(&mut list[number - 1], rest, value)?;
        }
        [name, rest @ ..] => {
            insert(node.as_object_mut()?.entry(*name).or_insert_with(|| Map::new().into()), rest, value)?
        }
    }
    Some(())
}

/// The wire shape of an answer.
pub fn respond(result: &ServiceResult, action: &str, namespace: &str, request_id: &str) -> HttpResponse {
    let (status, body) = match result {
        Ok(output) => (200, success(output, action, namespace, request_id)),
        Err(error) => (error.status, failure(error, namespace, request_id)),
    };
    let mut response = http::Response::new(Body::from(body));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("text/xml"));
    if let Ok(id) = request_id.parse() {
        headers.insert("x-amzn-requestid", id);
    }
    response
}

fn success(output: &Value, action: &str, namespace: &str, request_id: &str) -> String {
    let mut xml = format!("<{action}Response xmlns=\"{namespace}\">");
    if !output.is_null() {
        write_element(&mut xml, &format!("{action}Result"), output);
    }
    let metadata = serde_json::json!({ "RequestId": request_id });
    write_element(&mut xml, "ResponseMetadata", &metadata);
    xml + &format!("</{action}Response>\n")
}

fn failure(error: &ServiceError, namespace: &str, request_id: &str) -> String {
    let mut xml = format!("<ErrorResponse xmlns=\"{namespace}\">");
    let kind = if error.status < 500 { "Sender" } else { "Receiver" };
    let body = serde_json::json!({ "Type": kind, "Code": error.code, "Message": error.message });
    write_element(&mut xml, "Error", &body);
    write_element(&mut xml, "RequestId", &Value::from(request_id));
    xml + "</ErrorResponse>\n"
}

/// Writes a value as an element: members as elements, lists as `<member>`s; a null member is left out.
fn write_element(xml: &mut String, name: &str, value: &Value) {
    xml.push_str(&format!("<{name}>"));
    match value {
        Value::Object(members) => {
            members.iter().filter(|(_, v)| !v.is_null()).for_each(|(name, value)| write_element(xml, name, value));
        }
        Value::Array(items) => items.iter().for_each(|item| write_element(xml, "member", item)),
        Value::String(text) => xml.push_str(&quick_xml::escape::escape(text.as_str())),
        other => xml.push_str(&other.to_string()),
    }
    xml.push_str(&format!("</{name}>"));
}

/// A refusal of the signature, as these services put it.
pub fn refusal(refusal: Refusal) -> ServiceError {
    let (code, message) = match refusal {
        Refusal::Missing => ("MissingAuthenticationToken", "Request is missing Authentication Token".to_owned()),
        Refusal::Incomplete(message) => ("IncompleteSignature", message),
        Refusal::UnknownKey => {
            ("InvalidClientTokenId", "The security token included in the request is invalid.".to_owned())
        }
        Refusal::Mismatch(message) => ("SignatureDoesNotMatch", message),
    };
    ServiceError::new(403, code, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn forms_become_inputs() {
        let form = b"Action=TagRole&Version=2010-05-08&RoleName=a%2Bb+c&Tags.member.1.Key=k&Tags.member.1.Value=%C3%BC\
                     &Tags.member.2.Key=l&Tags.member.2.Value=&TagKeys.member.1=x";
        let (action, input) = parse(form).unwrap();
        assert_eq!(action, "TagRole");
        assert_eq!(
            input,
            json!({ "RoleName": "a+b c", "Tags": [{ "Key": "k", "Value": "ü" }, { "Key": "l", "Value": "" }], "TagKeys": ["x"] })
        );
    }

    #[test]
    fn bad_forms_are_refused() {
        assert_eq!(parse(b"Version=1").unwrap_err().code, "MissingAction");
        for form in ["Action=A&X=1&X.Y=2", "Action=A&X.member.5=1", "Action=A&X.member.x=1"] {
            assert_eq!(parse(form.as_bytes()).unwrap_err().code, "MalformedInput", "{form}");
        }
    }

    #[test]
    fn outputs_become_xml() {
        let output = json!({ "Role": { "RoleName": "a<b" }, "Tags": [{ "Key": "k" }, "x"], "IsTruncated": false, "Marker": null });
        insta::assert_snapshot!(
            success(&output, "GetRole", "urn:x", "id"),
            @r#"<GetRoleResponse xmlns="urn:x"><GetRoleResult><Role><RoleName>a&lt;b</RoleName></Role><Tags><member><Key>k</Key></member><member>x</member></Tags><IsTruncated>false</IsTruncated></GetRoleResult><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></GetRoleResponse>"#
        );
    }
}
