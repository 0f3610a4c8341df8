//! Policy documents: what IAM refuses, with its words, and how it sends them.

use serde_json::{Map, Value};

use crate::local::error::ServiceError;

/// The most characters of a trust policy, white space not counted.
const MAX_TRUST: usize = 2048;

type Checked = Result<(), ServiceError>;

fn malformed(message: impl Into<String>) -> ServiceError {
    ServiceError::bad_request("MalformedPolicyDocument", message)
}

/// A document as it comes back: percent-encoded after RFC 3986.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(byte as char),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// A role's trust policy: who may assume it.
pub fn check_trust(text: &str) -> Checked {
    if text.chars().filter(|c| !c.is_whitespace()).count() > MAX_TRUST {
        let message = format!("Cannot exceed quota for ACLSizePerRole: {MAX_TRUST}");
        return Err(ServiceError::new(409, "LimitExceeded", message));
    }
    for statement in statements(text)? {
        for field in ["Resource", "NotResource"] {
            if statement.contains_key(field) {
                return Err(malformed(format!("Has prohibited field {field}")));
            }
        }
        let principal = statement.get("Principal").or_else(|| statement.get("NotPrincipal"));
        check_principal(principal.ok_or_else(|| malformed("Missing required field Principal"))?)?;
        let actions = texts(statement.get("Action").ok_or_else(|| malformed("Missing required field Action"))?)?;
        if actions.iter().any(|action| !action.starts_with("sts:")) {
            return Err(malformed("AssumeRole policy may only specify STS AssumeRole actions."));
        }
    }
    Ok(())
}

/// A role's permissions: what it may do.
pub fn check_permissions(text: &str) -> Checked {
    for statement in statements(text)? {
        if statement.contains_key("Principal") || statement.contains_key("NotPrincipal") {
            return Err(malformed("Policy document should not specify a principal."));
        }
        let actions = statement.get("Action").or_else(|| statement.get("NotAction"));
        let actions = texts(actions.ok_or_else(|| malformed("Policy statement must contain actions."))?)?;
        if actions.iter().any(|action| *action != "*" && !action.contains(':')) {
            let message = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
            return Err(malformed(message));
        }
        let resources = statement.get("Resource").or_else(|| statement.get("NotResource"));
        let resources = texts(resources.ok_or_else(|| malformed("Policy statement must contain resources."))?)?;
        if let Some(wrong) =
            resources.iter().find(|r| **r != "*" && (!r.starts_with("arn:") || r.split(':').count() < 6))
        {
            return Err(malformed(format!("Resource {wrong} must be in ARN format or \"*\".")));
        }
    }
    Ok(())
}

/// The statements, after what is common to all policies was checked.
fn statements(text: &str) -> Result<Vec<Map<String, Value>>, ServiceError> {
    let Ok(Value::Object(mut policy)) = serde_json::from_str(text) else {
        return Err(malformed("This policy contains invalid Json"));
    };
    let syntax = || malformed("Syntax errors in policy.");
    if policy.keys().any(|key| !["Version", "Id", "Statement"].contains(&key.as_str())) {
        return Err(syntax());
    }
    if policy.get("Version").is_some_and(|v| v != "2012-10-17" && v != "2008-10-17") {
        return Err(malformed("The policy must contain a valid version string"));
    }
    let statements = match policy.remove("Statement") {
        Some(Value::Array(statements)) if !statements.is_empty() => statements,
        Some(statement @ Value::Object(_)) => vec![statement],
        _ => return Err(syntax()),
    };
    let mut ids: Vec<String> = Vec::new();
    let mut checked = Vec::new();
    for statement in statements {
        let Value::Object(statement) = statement else { return Err(syntax()) };
        const FIELDS: [&str; 10] = [
            "Sid",
            "Effect",
            "Principal",
            "NotPrincipal",
            "Action",
            "NotAction",
            "Resource",
            "NotResource",
            "Condition",
            "",
        ];
        if statement.keys().any(|key| !FIELDS.contains(&key.as_str())) {
            return Err(syntax());
        }
        if !["Allow", "Deny"].iter().any(|effect| statement.get("Effect").is_some_and(|e| e == effect)) {
            return Err(syntax());
        }
        if let Some(id) = statement.get("Sid") {
            let id = id.as_str().ok_or_else(syntax)?;
            if !id.bytes().all(|b| b.is_ascii_alphanumeric()) {
                let message = "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular \
                               expression [0-9A-Za-z]*";
                return Err(malformed(message));
            }
            if !id.is_empty() && ids.iter().any(|seen| seen == id) {
                return Err(malformed("Statement IDs (SID) in a single policy must be unique."));
            }
            ids.push(id.to_owned());
        }
        if statement.get("Condition").is_some_and(|c| !c.is_object()) {
            return Err(syntax());
        }
        checked.push(statement);
    }
    Ok(checked)
}

/// A text or a list of texts.
fn texts(value: &Value) -> Result<Vec<&str>, ServiceError> {
    let texts: Option<Vec<&str>> = match value {
        Value::String(text) => Some(vec![text]),
        Value::Array(items) => items.iter().map(Value::as_str).collect(),
        _ => None,
    };
    texts.filter(|texts| !texts.is_empty()).ok_or_else(|| malformed("Syntax errors in policy."))
}

fn check_principal(principal: &Value) -> Checked {
    let Value::Object(kinds) = principal else {
        let message = "Invalid principal in policy: \"AWS\":\"*\" must be given as an object or \"*\"";
        return if principal == "*" { Ok(()) } else { Err(malformed(message)) };
    };
    for (kind, names) in kinds {
        for name in texts(names)? {
            let known = match kind.as_str() {
                "Service" => name.ends_with(".amazonaws.com") || name.ends_with(".amazonaws.com.cn"),
                "AWS" => {
                    name == "*"
                        || name.starts_with("arn:")
                        || (name.len() == 12 && name.bytes().all(|b| b.is_ascii_digit()))
                }
                "Federated" => !name.is_empty(),
                _ => false,
            };
            if !known {
                return Err(malformed(format!("Invalid principal in policy: \"{}\":\"{name}\"", kind.to_uppercase())));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trust_policies() {
        let trust = |statement: &str| {
            check_trust(&format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#)).map_err(|e| e.message)
        };
        let glue = r#"{"Effect":"Allow","Principal":{"Service":"glue.amazonaws.com"},"Action":"sts:AssumeRole",
            "Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"}}}"#;
        assert_eq!(trust(glue), Ok(()));
        let with = |old: &str, new: &str| trust(&glue.replace(old, new)).unwrap_err();
        assert_eq!(with("glue.amazonaws.com", "glue"), "Invalid principal in policy: \"SERVICE\":\"glue\"");
        assert_eq!(with("sts:AssumeRole", "s3:*"), "AssumeRole policy may only specify STS AssumeRole actions.");
        assert_eq!(with(r#""Effect":"Allow""#, r#""Effect":"Allow","Resource":"*""#), "Has prohibited field Resource");
        assert_eq!(check_trust("{").unwrap_err().message, "This policy contains invalid Json");
        assert_eq!(check_trust(&format!("\"{}\"", "x".repeat(2048))).unwrap_err().code, "LimitExceeded");
    }

    #[test]
    fn permissions() {
        let check = |statement: &str| {
            check_permissions(&format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#)).map_err(|e| e.message)
        };
        let read = r#"{"Sid":"Read","Effect":"Allow","Action":["s3:GetObject"],"Resource":"arn:aws:s3:::b/*"}"#;
        assert_eq!(check(read), Ok(()));
        assert_eq!(check(&format!("[{read}]")), Ok(()));
        let twice = check(&format!("[{read},{read}]")).unwrap_err();
        assert_eq!(twice, "Statement IDs (SID) in a single policy must be unique.");
        assert_eq!(
            check(&read.replace("s3:GetObject", "GetObject")).unwrap_err(),
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
        );
        assert_eq!(
            check(&read.replace("arn:aws:s3:::b/*", "b/*")).unwrap_err(),
            "Resource b/* must be in ARN format or \"*\"."
        );
        assert!(
            check(&read.replace("Read", "Read it"))
                .unwrap_err()
                .starts_with("Statement IDs (SID) must be alpha-numeric")
        );
        assert_eq!(check(&read.replace("Effect", "Efect")).unwrap_err(), "Syntax errors in policy.");
    }

    #[test]
    fn documents_travel_encoded() {
        assert_eq!(encode(r#"{"a b":"ü*"}"#), "%7B%22a%20b%22%3A%22%C3%BC%2A%22%7D");
    }
}
