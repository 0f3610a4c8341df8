//! KMS keys, IAM users and groups by name.

use super::{ACCOUNT, REGION, arn_of, shape, wordy};
use crate::manifest::read::Rule;

/// A KMS key or an alias of one. S3 takes bare ids as well; an ARN says whose key it is, and where.
pub const KMS_KEY: Rule = Rule {
    code: "invalid-arn",
    what: "the ARN of a KMS key",
    expected: "`arn:aws:kms:REGION:ACCOUNT:key/ID`, or `...:alias/NAME`",
    pattern: "^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:(key|alias)/.+$",
    check: |text| {
        let [partition, region, account, resource] = arn_of("kms", text)?;
        (REGION.check)(region).map_err(|why| format!("its region `{region}`: {why}"))?;
        (ACCOUNT.check)(account).map_err(|why| format!("its account `{account}`: {why}"))?;
        let named = |kind: &str| resource.strip_prefix(kind).is_some_and(|name| !name.is_empty());
        if partition.starts_with("aws") && (named("key/") || named("alias/")) {
            Ok(())
        } else {
            Err("its partition, or its `key/ID` or `alias/NAME`, is amiss".into())
        }
    },
};

/// An IAM user, whose rights are those of a group of the same name. (IAM API: `[\w+=,.@-]{1,64}`.)
pub const USER: Rule = Rule {
    code: "invalid-name",
    what: "a user name",
    expected: "1 to 64 letters, digits and `_+=,.@-`",
    pattern: "^[A-Za-z0-9_+=,.@-]{1,64}$",
    check: |text| shape(text, 1..=64, person, person),
};

/// An IAM group. (IAM API: `[\w+=,.@-]{1,128}`.)
pub const GROUP: Rule = Rule {
    code: "invalid-name",
    what: "a group name",
    expected: "1 to 128 letters, digits and `_+=,.@-`",
    pattern: "^[A-Za-z0-9_+=,.@-]{1,128}$",
    check: |text| shape(text, 1..=128, person, person),
};

fn person(c: char) -> bool {
    wordy(c) || "+=,.@".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_aliases_are_told_from_the_rest() {
        let check = |text: &str| (KMS_KEY.check)(text);
        for good in [
            "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "arn:aws-cn:kms:cn-north-1:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab",
            "arn:aws:kms:us-east-1:123456789012:alias/lake/data",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in [
            "1234abcd-12ab-34cd-56ef-1234567890ab",
            "alias/lake",
            "arn:aws:kms:us-east-1:123456789012:key/",
            "arn:aws:kms:us-east-1::key/1234abcd",
            "arn:aws:kms:us-east-1a:123456789012:key/1234abcd",
            "arn:aws:s3:us-east-1:123456789012:key/1234abcd",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
