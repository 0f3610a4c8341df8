//! The names AWS, Athena and we ourselves accept, so that a bad one is refused before anything is made.

mod quicksight;
mod security;

use std::net::Ipv4Addr;

use super::read::Rule;
pub use quicksight::{ASSET, COLOUR, PARAMETER, PRINCIPAL, QUICKSIGHT_ID, REFRESH, ROLE_ARN, TITLE};
pub use security::{GROUP, KMS_KEY, USER};

/// The pipeline's name: part of bucket, role and job names, so short and plain.
pub const PIPELINE: Rule = Rule {
    code: "invalid-name",
    what: "a pipeline name",
    expected: "2 to 31 characters: a lower-case letter, then lower-case letters, digits and `-`",
    pattern: "^[a-z][a-z0-9-]{1,30}$",
    check: |text| shape(text, 2..=31, lower, |c| lower(c) || digit(c) || c == '-'),
};

/// The pipeline's id, a tag's value.
pub const PIPELINE_ID: Rule = Rule {
    code: "invalid-name",
    what: "a pipeline id",
    expected: "1 to 64 letters, digits, `-` and `_`",
    pattern: "^[A-Za-z0-9_-]{1,64}$",
    check: |text| shape(text, 1..=64, wordy, wordy),
};

/// An environment: stands behind the pipeline's name in all resource names.
pub const ENVIRONMENT: Rule = Rule {
    code: "invalid-name",
    what: "an environment name",
    expected: "1 to 20 characters: a lower-case letter, then lower-case letters, digits and `-`",
    pattern: "^[a-z][a-z0-9-]{0,19}$",
    check: |text| shape(text, 1..=20, lower, |c| lower(c) || digit(c) || c == '-'),
};

/// A variable's name.
pub const VARIABLE: Rule = Rule {
    code: "invalid-name",
    what: "a variable name",
    expected: "a letter or `_`, then letters, digits and `_`",
    pattern: "^[A-Za-z_][A-Za-z0-9_]{0,63}$",
    check: |text| {
        shape(text, 1..=64, |c| c.is_ascii_alphabetic() || c == '_', |c| c.is_ascii_alphanumeric() || c == '_')
    },
};

/// A source or table: a folder in S3, a name in SQL, and (tables) a table of the Glue catalog. Glue takes more, but
/// Athena wants lower case, and hides folders that begin with `_`.
pub const TABLE: Rule = Rule {
    code: "invalid-name",
    what: "a source or table name",
    expected: "a lower-case letter, then lower-case letters, digits and `_`, at most 200 characters",
    pattern: "^[a-z][a-z0-9_]{0,199}$",
    check: |text| shape(text, 1..=200, lower, |c| lower(c) || digit(c) || c == '_'),
};

/// What is put before the tables' names in the catalog.
pub const TABLE_PREFIX: Rule = Rule {
    code: "invalid-name",
    what: "a table prefix",
    expected: "a lower-case letter, then lower-case letters, digits and `_`, at most 50 characters; or `\"\"`",
    pattern: "^([a-z][a-z0-9_]{0,49})?$",
    check: |text| {
        if text.is_empty() { Ok(()) } else { shape(text, 1..=50, lower, |c| lower(c) || digit(c) || c == '_') }
    },
};

/// A Glue database we make. (Glue: 1 to 255 characters; Athena: lower case, `_` the only special character.)
pub const DATABASE: Rule = Rule {
    code: "invalid-name",
    what: "a database name",
    expected: "1 to 255 lower-case letters, digits and `_`",
    pattern: "^[a-z0-9_]{1,255}$",
    check: |text| {
        let plain = |c| lower(c) || digit(c) || c == '_';
        shape(text, 1..=255, plain, plain)
            .map_err(|why| if text.contains('-') { format!("{why}; use `_`") } else { why })
    },
};

/// A column that exists already: whatever a CSV header says.
pub const ANY_COLUMN: Rule = Rule {
    code: "invalid-name",
    what: "a column name",
    expected: "1 to 255 characters on one line",
    pattern: "^.{1,255}$",
    check: |text| shape(text, 1..=255, |c| !c.is_control(), |c| !c.is_control()),
};

/// A column we make: needs no quotes in Athena.
pub const NEW_COLUMN: Rule = Rule {
    code: "invalid-name",
    what: "a column name Athena takes without quotes",
    expected: "a lower-case letter or `_`, then lower-case letters, digits and `_`, at most 255 characters",
    pattern: "^[a-z_][a-z0-9_]{0,254}$",
    check: |text| shape(text, 1..=255, |c| lower(c) || c == '_', |c| lower(c) || digit(c) || c == '_'),
};

/// An S3 bucket. (Amazon S3 User Guide, "General purpose bucket naming rules".)
pub const BUCKET: Rule = Rule {
    code: "invalid-bucket",
    what: "a bucket name",
    expected: "3 to 63 lower-case letters, digits, `-` and `.`, a letter or digit at both ends",
    pattern: "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
    check: bucket,
};

/// A place in S3.
pub const S3_URI: Rule = Rule {
    code: "invalid-s3-uri",
    what: "a place in S3",
    expected: "`s3://bucket/prefix/`",
    pattern: "^s3://[^/]+(/.*)?$",
    check: s3_uri,
};

/// An Athena workgroup. (Athena API: `[a-zA-Z0-9._-]{1,128}`.)
pub const WORKGROUP: Rule = Rule {
    code: "invalid-name",
    what: "a workgroup name",
    expected: "1 to 128 letters, digits, `.`, `_` and `-`",
    pattern: "^[a-zA-Z0-9._-]{1,128}$",
    check: |text| shape(text, 1..=128, |c| wordy(c) || c == '.', |c| wordy(c) || c == '.'),
};

/// A named query. Athena takes any 128 characters; these can be typed in a shell, too.
pub const QUERY: Rule = Rule {
    code: "invalid-name",
    what: "a query name",
    expected: "1 to 128 letters, digits, `_` and `-`",
    pattern: "^[A-Za-z0-9_-]{1,128}$",
    check: |text| shape(text, 1..=128, wordy, wordy),
};

/// An AWS region by its shape: `us-east-1`, `us-gov-west-1`, `eusc-de-east-1`.
pub const REGION: Rule = Rule {
    code: "invalid-region",
    what: "an AWS region",
    expected: "a region such as `us-east-1`",
    pattern: "^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$",
    check: region,
};

/// An AWS account.
pub const ACCOUNT: Rule = Rule {
    code: "invalid-account",
    what: "an AWS account",
    expected: "twelve digits",
    pattern: "^[0-9]{12}$",
    check: |text| shape(text, 12..=12, digit, digit),
};

/// An IAM role's name. (IAM API: `[\w+=,.@-]{1,64}`.)
pub const ROLE: Rule = Rule {
    code: "invalid-name",
    what: "a role name",
    expected: "1 to 64 letters, digits and `_+=,.@-`",
    pattern: "^[A-Za-z0-9_+=,.@-]{1,64}$",
    check: |text| match text.rsplit_once(":role/") {
        Some((_, name)) => {
            Err(format!("it is an ARN; write the name alone, `{}`", name.rsplit('/').next().unwrap_or(name)))
        }
        None => shape(text, 1..=64, |c| wordy(c) || "+=,.@".contains(c), |c| wordy(c) || "+=,.@".contains(c)),
    },
};

/// The ARN of a managed policy.
pub const POLICY_ARN: Rule = Rule {
    code: "invalid-arn",
    what: "the ARN of an IAM policy",
    expected: "`arn:aws:iam::123456789012:policy/NAME`",
    pattern: "^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/.+$",
    check: |text| {
        let account_fits = |account: &str| account == "aws" || (ACCOUNT.check)(account).is_ok();
        iam_arn(text, "policy", account_fits)
    },
};

/// A schedule of EventBridge's kind, as Glue takes it: `cron(minute hour day month weekday year)`, one of day and
/// weekday being `?`.
pub const CRON: Rule = Rule {
    code: "invalid-schedule",
    what: "a schedule",
    expected: "`on_demand`, or `cron(minute hour day-of-month month day-of-week year)`, e.g. `cron(0 3 * * ? *)`",
    pattern: r"^(on_demand|cron\(\S+ \S+ \S+ \S+ \S+ \S+\))$",
    check: |text| if text == "on_demand" { Ok(()) } else { super::cron::check(text) },
};

/// A connection or security configuration of Glue that is there already. (Glue API: `NameString`.)
pub const GLUE_NAME: Rule = Rule {
    code: "invalid-name",
    what: "a name of Glue's",
    expected: "1 to 255 characters on one line",
    pattern: "^.{1,255}$",
    check: |text| shape(text, 1..=255, |c| !c.is_control(), |c| !c.is_control()),
};

/// An argument of the Glue job. Glue keeps `--debug`, `--mode` and `--JOB_NAME` for itself; `--pipectl_` is ours.
pub const JOB_ARGUMENT: Rule = Rule {
    code: "invalid-argument",
    what: "a job argument",
    expected: "a name that begins with `--`, other than `--pipectl_...`, `--JOB_NAME`, `--debug` and `--mode`",
    pattern: "^--[^ ]+$",
    check: |text| match text.strip_prefix("--") {
        None => Err("it does not begin with `--`".into()),
        Some("JOB_NAME" | "debug" | "mode") => Err("Glue sets it itself".into()),
        Some(name) if name.starts_with("pipectl_") => Err("pipectl sets it itself".into()),
        Some(name) => shape(name, 1..=128, |c| c.is_ascii_graphic(), |c| c.is_ascii_graphic()),
    },
};

/// A tag's key. (Glue, S3, IAM and Athena share the character set; `aws:` is reserved, `pipectl:` is ours.)
pub const TAG_KEY: Rule = Rule {
    code: "invalid-tag",
    what: "a tag key",
    expected: "1 to 128 letters, digits, spaces and `+-=._:/@`, not beginning with `aws:` or `pipectl:`",
    pattern: "^.{1,128}$",
    check: |text| match text.to_lowercase() {
        low if low.starts_with("aws:") => Err("`aws:` is reserved".into()),
        low if low.starts_with("pipectl:") => Err("`pipectl:` marks what is ours".into()),
        _ => shape(text, 1..=128, tag, tag),
    },
};

/// A tag's value.
pub const TAG_VALUE: Rule = Rule {
    code: "invalid-tag",
    what: "a tag value",
    expected: "at most 256 letters, digits, spaces and `+-=._:/@`",
    pattern: "^.{0,256}$",
    check: |text| if text.is_empty() { Ok(()) } else { shape(text, 1..=256, tag, tag) },
};

/// What Glue keeps of a description.
pub const DESCRIPTION: Rule = Rule {
    code: "invalid-description",
    what: "a description",
    expected: "at most 1,000 characters",
    pattern: "^[\\s\\S]{0,1000}$",
    check: |text| match text.chars().count() {
        0..=1000 => Ok(()),
        long => Err(format!("it has {long} characters")),
    },
};

/// A text that says something: an expression, a glob, a type.
pub const NOT_EMPTY: Rule = Rule {
    code: "empty-text",
    what: "what belongs here",
    expected: "a text that is not empty",
    pattern: r"\S",
    check: |text| if text.trim().is_empty() { Err("it is empty".into()) } else { Ok(()) },
};

/// What is put before the right side's columns in a join.
pub const COLUMN_PREFIX: Rule = Rule {
    code: "invalid-name",
    what: "a prefix of column names",
    expected: "a lower-case letter or `_`, then lower-case letters, digits and `_`, at most 60 characters",
    pattern: "^[a-z_][a-z0-9_]{0,59}$",
    check: |text| shape(text, 1..=60, |c| lower(c) || c == '_', |c| lower(c) || digit(c) || c == '_'),
};

/// Tags of one's own on a resource: AWS takes 50, three mark what is ours and one lists the manifest's.
pub const MAX_TAGS: usize = 46;
/// Glue versions whose Spark is the one the generated script was proven on (3.5).
pub const GLUE_VERSIONS: &[(&str, &str)] = &[("5.0", "5.0"), ("5.1", "5.1")];
/// Worker types of Glue 5 jobs. (Glue API, `WorkerType`; `G.025X` is for streaming alone, `Z.2X` for Ray.)
pub const WORKER_TYPES: &[(&str, &str)] = &[
    ("G.1X", "G.1X"),
    ("G.2X", "G.2X"),
    ("G.4X", "G.4X"),
    ("G.8X", "G.8X"),
    ("G.12X", "G.12X"),
    ("G.16X", "G.16X"),
    ("R.1X", "R.1X"),
    ("R.2X", "R.2X"),
    ("R.4X", "R.4X"),
    ("R.8X", "R.8X"),
];
/// The least that a workgroup's cutoff may be. (Athena API: `BytesScannedCutoffPerQuery` is at least 10,000,000.)
pub const MIN_CUTOFF: u64 = 10_000_000;
/// The longest query Athena takes, in bytes. (Athena API: `QueryString`.)
pub const MAX_QUERY: usize = 262_144;

fn lower(c: char) -> bool {
    c.is_ascii_lowercase()
}

fn digit(c: char) -> bool {
    c.is_ascii_digit()
}

fn wordy(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

fn tag(c: char) -> bool {
    c.is_alphanumeric() || c == ' ' || "+-=._:/@".contains(c)
}

/// A length in characters, and what the first and the other characters may be.
fn shape(
    text: &str,
    length: std::ops::RangeInclusive<usize>,
    first: impl Fn(char) -> bool,
    other: impl Fn(char) -> bool,
) -> Result<(), String> {
    if text.is_empty() {
        return Err("it is empty".into());
    }
    for (index, c) in text.chars().enumerate() {
        if !(if index == 0 { first(c) } else { other(c) }) {
            return Err(if index == 0 && other(c) { format!("it begins with `{c}`") } else { holds(c) });
        }
    }
    let count = text.chars().count();
    if !length.contains(&count) {
        return Err(format!("it has {count} character{}", if count == 1 { "" } else { "s" }));
    }
    Ok(())
}

fn holds(c: char) -> String {
    match c {
        ' ' => "it holds a space".into(),
        c if c.is_ascii_uppercase() => format!("it holds the capital `{c}`"),
        c if c.is_control() => "it holds a control character".into(),
        c => format!("it holds `{c}`"),
    }
}

/// Partition, region, account and resource of a service's ARN.
fn arn_of<'t>(service: &str, text: &'t str) -> Result<[&'t str; 4], String> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", partition, found, region, account, resource] if *found == service => {
            Ok([partition, region, account, resource])
        }
        _ => Err("it has not the six parts of one".into()),
    }
}

/// An ARN of IAM's whose resource is `kind/NAME`, in an account that fits.
fn iam_arn(text: &str, kind: &str, account_fits: impl Fn(&str) -> bool) -> Result<(), String> {
    let [partition, _, account, resource] = arn_of("iam", text)?;
    match resource.split_once('/') {
        Some((found, name))
            if found == kind && !name.is_empty() && partition.starts_with("aws") && account_fits(account) =>
        {
            Ok(())
        }
        _ => Err(format!("its account or its `{kind}/NAME` is amiss")),
    }
}

fn bucket(text: &str) -> Result<(), String> {
    let plain = |c| lower(c) || digit(c);
    shape(text, 3..=63, plain, |c| plain(c) || c == '-' || c == '.')?;
    if text.ends_with(['-', '.']) {
        return Err("it ends in `-` or `.`".into());
    }
    if text.contains("..") {
        return Err("it holds two dots in a row".into());
    }
    if text.parse::<Ipv4Addr>().is_ok() {
        return Err("it looks like an IP address".into());
    }
    if let Some(prefix) = ["xn--", "sthree-", "amzn-s3-demo-"].iter().find(|prefix| text.starts_with(**prefix)) {
        return Err(format!("AWS reserves names that begin with `{prefix}`"));
    }
    let reserved = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];
    match reserved.iter().find(|suffix| text.ends_with(**suffix)) {
        Some(suffix) => Err(format!("AWS reserves names that end in `{suffix}`")),
        None => Ok(()),
    }
}

fn s3_uri(text: &str) -> Result<(), String> {
    let Some(rest) = text.strip_prefix("s3://") else { return Err("it does not begin with `s3://`".into()) };
    let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    bucket(name).map_err(|why| format!("its bucket `{name}` is refused: {why}"))?;
    if prefix.len() > 512 {
        return Err("its prefix is longer than 512 bytes".into());
    }
    if prefix
        .strip_suffix('/')
        .unwrap_or(prefix)
        .split('/')
        .any(|part| part == "." || part == ".." || (part.is_empty() && !prefix.is_empty()))
    {
        return Err("its prefix has an empty, `.` or `..` part".into());
    }
    match prefix.chars().find(|c| !(wordy(*c) || "/!.*'()=+,@".contains(*c))) {
        Some(c) => Err(holds(c)),
        None => Ok(()),
    }
}

fn region(text: &str) -> Result<(), String> {
    let parts: Vec<&str> = text.split('-').collect();
    let letters = |part: &&str| !part.is_empty() && part.chars().all(lower);
    match parts.as_slice() {
        [area, middle @ .., number]
            if (2..=4).contains(&area.len())
                && letters(area)
                && !middle.is_empty()
                && middle.iter().all(letters)
                && (1..=2).contains(&number.len())
                && number.chars().all(digit) =>
        {
            Ok(())
        }
        [_, .., zone] if zone.len() == 2 && zone.ends_with(lower) && zone.starts_with(digit) => {
            Err("it is an availability zone; leave the last letter out".into())
        }
        _ => Err("it has not the shape of one".into()),
    }
}
