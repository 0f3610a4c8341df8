//! The names that QuickSight accepts.

use super::{digit, lower, shape, wordy};
use crate::manifest::read::Rule;

/// A data set or dashboard: part of its id in QuickSight, and of the page's file name.
pub const ASSET: Rule = Rule {
    code: "invalid-name",
    what: "the name of a data set or dashboard",
    expected: "a lower-case letter, then lower-case letters, digits, `_` and `-`, at most 100 characters",
    pattern: "^[a-z][a-z0-9_-]{0,99}$",
    check: |text| shape(text, 1..=100, lower, |c| lower(c) || digit(c) || c == '_' || c == '-'),
};

/// Any QuickSight id. (QuickSight API, `RestrictiveResourceId`.)
pub const QUICKSIGHT_ID: Rule = Rule {
    code: "invalid-name",
    what: "a QuickSight id",
    expected: "1 to 512 letters, digits, `_` and `-`",
    pattern: r"^[\w-]{1,512}$",
    check: |text| shape(text, 1..=512, wordy, wordy),
};

/// A user or group. A namespace as a whole is refused: data sets do not take one.
pub const PRINCIPAL: Rule = Rule {
    code: "invalid-principal",
    what: "a QuickSight user or group",
    expected: "`user/NAMESPACE/NAME` or `group/NAMESPACE/NAME`, e.g. `user/default/lead@example.com`",
    pattern: "^(user|group)/[A-Za-z0-9._-]+/.+$",
    check: |text| {
        let (kind, rest) = text.split_once('/').ok_or("it has no `/`")?;
        match (kind, rest.split_once('/')) {
            ("user" | "group", Some((namespace, name))) if !name.is_empty() => {
                shape(namespace, 1..=64, |c| wordy(c) || c == '.', |c| wordy(c) || c == '.')?;
                match name.chars().find(|c| c.is_whitespace() || c.is_control()) {
                    Some(_) => Err("its name holds a space".into()),
                    None => Ok(()),
                }
            }
            ("user" | "group", _) => Err(format!("its namespace is missing: `{kind}/default/{rest}`?")),
            ("namespace", _) => Err("a data set cannot be shared with a namespace; name a group".into()),
            _ if text.starts_with("arn:") => Err("it is an ARN; write what follows the account".into()),
            _ => Err(format!("`{kind}` is neither `user` nor `group`")),
        }
    },
};

/// The ARN of a role.
pub const ROLE_ARN: Rule = Rule {
    code: "invalid-arn",
    what: "the ARN of an IAM role",
    expected: "`arn:aws:iam::123456789012:role/NAME`",
    pattern: "^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$",
    check: |text| super::iam_arn(text, "role", |account| (super::ACCOUNT.check)(account).is_ok()),
};

/// When SPICE reads a data set anew.
pub const REFRESH: Rule = Rule {
    code: "invalid-value",
    what: "a refresh",
    expected: "`off`, `hourly`, `daily HH:MM` or `weekly MON HH:MM`, in UTC",
    pattern: "^(off|hourly|daily [0-2][0-9]:[0-5][0-9]|weekly (MON|TUE|WED|THU|FRI|SAT|SUN) [0-2][0-9]:[0-5][0-9])$",
    check: |text| match text.rsplit_once(' ') {
        Some((_, time)) if time.len() != 5 => Err(format!("`{time}` is not a time of the form HH:MM")),
        _ => Ok(()),
    },
};

/// A title. (QuickSight API: sheet titles and control titles have up to 1,024 characters.)
pub const TITLE: Rule = Rule {
    code: "invalid-title",
    what: "a title",
    expected: "1 to 200 characters",
    pattern: r"^[\s\S]{1,200}$",
    check: |text| match text.chars().count() {
        _ if text.trim().is_empty() => Err("it is empty".into()),
        1..=200 => Ok(()),
        long => Err(format!("it has {long} characters")),
    },
};

/// A parameter's name. (QuickSight API: letters and digits alone.)
pub const PARAMETER: Rule = Rule {
    code: "invalid-name",
    what: "a parameter name",
    expected: "a lower-case letter, then lower-case letters and digits, at most 100 characters",
    pattern: "^[a-z][a-z0-9]{0,99}$",
    check: |text| shape(text, 1..=100, lower, |c| lower(c) || digit(c)),
};

/// A colour.
pub const COLOUR: Rule = Rule {
    code: "invalid-value",
    what: "a colour",
    expected: "`\"#rrggbb\"`, in quotes: without them `#` begins a comment",
    pattern: "^#[0-9a-fA-F]{6}$",
    check: |text| match text.strip_prefix('#') {
        Some(hex) if hex.len() == 6 && hex.chars().all(|c| c.is_ascii_hexdigit()) => Ok(()),
        Some(_) => Err("it has not six hexadecimal digits".into()),
        None => Err("it does not begin with `#`".into()),
    },
};
