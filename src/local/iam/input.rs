//! Reading an operation's members, with IAM's complaints.

use regex::Regex;
use serde_json::Value;
use std::sync::LazyLock;

use crate::local::error::ServiceError;

/// The characters of most IAM names.
static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^[\w+=,.@-]+$").ok());

/// An operation's input.
pub struct Input(Value);

/// A member that does not follow its rules.
pub fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::bad_request("ValidationError", message)
}

fn violates(value: &str, member: &str, constraint: &str) -> ServiceError {
    invalid(format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {constraint}"
    ))
}

/// `RoleName` as messages spell it: `roleName`.
fn lower_first(member: &str) -> String {
    let mut letters = member.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

impl Input {
    /// Reads from the members of a form.
    pub fn new(members: Value) -> Self {
        Self(members)
    }

    /// A member that may be missing.
    pub fn text(&self, member: &str) -> Option<&str> {
        self.0[member].as_str()
    }

    /// A member that must be there.
    pub fn required(&self, member: &str) -> Result<&str, ServiceError> {
        self.text(member).ok_or_else(|| {
            invalid(format!(
                "1 validation error detected: Value null at '{}' failed to satisfy constraint: Member must not be null",
                lower_first(member)
            ))
        })
    }

    /// A required name of at most `longest` characters out of letters, digits and `_+=,.@-`.
    pub fn name(&self, member: &str, longest: usize) -> Result<&str, ServiceError> {
        let name = self.required(member)?;
        let spelled = lower_first(member);
        if name.is_empty() {
            return Err(violates(name, &spelled, "Member must have length greater than or equal to 1"));
        }
        if name.chars().count() > longest {
            let constraint = format!("Member must have length less than or equal to {longest}");
            return Err(violates(name, &spelled, &constraint));
        }
        let fits = name.is_ascii() && NAME.as_ref().is_some_and(|pattern| pattern.is_match(name));
        if fits {
            Ok(name)
        } else {
            let message = format!(
                "The specified value for {spelled} is invalid. It must contain only alphanumeric characters and/or the \
                 following: +=,.@_-"
            );
            Err(invalid(message))
        }
    }

    /// A number between two bounds.
    pub fn number(&self, member: &str, least: i64, most: i64) -> Result<Option<i64>, ServiceError> {
        let Some(text) = self.text(member) else { return Ok(None) };
        let spelled = lower_first(member);
        let number: i64 = text.parse().map_err(|_| violates(text, &spelled, "Member must be an integer"))?;
        if number < least {
            let constraint = format!("Member must have value greater than or equal to {least}");
            return Err(violates(text, &spelled, &constraint));
        }
        if number > most {
            return Err(violates(text, &spelled, &format!("Member must have value less than or equal to {most}")));
        }
        Ok(Some(number))
    }

    /// The items of a list; a list that is missing or empty has none.
    pub fn list(&self, member: &str) -> &[Value] {
        self.0[member].as_array().map_or(&[], Vec::as_slice)
    }

    /// A path: `/`, or segments between slashes.
    pub fn path(&self, member: &str) -> Result<&str, ServiceError> {
        let path = self.text(member).unwrap_or("/");
        let fits = path.starts_with('/')
            && path.ends_with('/')
            && path.len() <= 512
            && path.bytes().all(|b| (0x21..=0x7e).contains(&b));
        if fits {
            Ok(path)
        } else {
            let message = format!(
                "The specified value for {} is invalid. It must begin and end with / and contain only alphanumeric \
                 characters and/or / characters.",
                lower_first(member)
            );
            Err(invalid(message))
        }
    }
}
