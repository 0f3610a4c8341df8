//! Names: what AWS takes, and what it refuses.

use crate::manifest::read::Rule;
use crate::manifest::rules;

fn takes(rule: &Rule, names: &[&str]) {
    for name in names {
        assert_eq!((rule.check)(name), Ok(()), "{name}");
    }
}

/// Each name with what is wrong with it.
fn refuses(rule: &Rule, names: &[(&str, &str)]) {
    for (name, why) in names {
        assert_eq!((rule.check)(name), Err(why.to_string()), "{name}");
    }
}

#[test]
fn buckets() {
    takes(&rules::BUCKET, &["abc", "a.b-c", "1-2", &"a".repeat(63), "123456789012-spotify-dev"]);
    refuses(
        &rules::BUCKET,
        &[
            ("", "it is empty"),
            ("ab", "it has 2 characters"),
            (&"a".repeat(64), "it has 64 characters"),
            ("My-bucket", "it holds the capital `M`"),
            ("my_bucket", "it holds `_`"),
            ("my bucket", "it holds a space"),
            ("bücket", "it holds `ü`"),
            ("-abc", "it begins with `-`"),
            ("abc-", "it ends in `-` or `.`"),
            ("a..b", "it holds two dots in a row"),
            ("192.168.5.4", "it looks like an IP address"),
            ("xn--abc", "AWS reserves names that begin with `xn--`"),
            ("sthree-abc", "AWS reserves names that begin with `sthree-`"),
            ("abc-s3alias", "AWS reserves names that end in `-s3alias`"),
            ("abc--ol-s3", "AWS reserves names that end in `--ol-s3`"),
            ("abc--x-s3", "AWS reserves names that end in `--x-s3`"),
        ],
    );
}

#[test]
fn places_in_s3() {
    takes(&rules::S3_URI, &["s3://abc", "s3://abc/", "s3://abc/x", "s3://abc/x/y=1/"]);
    refuses(
        &rules::S3_URI,
        &[
            ("abc/x", "it does not begin with `s3://`"),
            ("s3://", "its bucket `` is refused: it is empty"),
            ("s3://abc//x", "its prefix has an empty, `.` or `..` part"),
            ("s3://abc/../x", "its prefix has an empty, `.` or `..` part"),
            ("s3://abc/x//", "its prefix has an empty, `.` or `..` part"),
            ("s3://abc/a b", "it holds a space"),
            ("s3://abc/a?b", "it holds `?`"),
        ],
    );
}

#[test]
fn pipelines_tables_and_columns() {
    takes(&rules::PIPELINE, &["ab", "spotify-2023", &format!("a{}", "b".repeat(30))]);
    refuses(
        &rules::PIPELINE,
        &[
            ("a", "it has 1 character"),
            ("1a", "it begins with `1`"),
            ("a_b", "it holds `_`"),
            ("Ab", "it holds the capital `A`"),
        ],
    );
    assert!((rules::PIPELINE.check)(&format!("a{}", "b".repeat(31))).is_err());
    takes(&rules::TABLE, &["t", "top_10"]);
    refuses(&rules::TABLE, &[("_t", "it begins with `_`"), ("top-10", "it holds `-`"), ("1t", "it begins with `1`")]);
    takes(&rules::DATABASE, &["spotify_dev", "1db"]);
    refuses(&rules::DATABASE, &[("spotify-dev", "it holds `-`; use `_`")]);
    takes(&rules::ANY_COLUMN, &["Track Name", "größe", "x"]);
    refuses(&rules::ANY_COLUMN, &[("", "it is empty"), ("a\nb", "it holds a control character")]);
}

#[test]
fn regions_and_accounts() {
    takes(
        &rules::REGION,
        &["us-east-1", "us-gov-west-1", "ap-southeast-2", "cn-north-1", "us-isob-east-1", "eusc-de-east-1"],
    );
    refuses(
        &rules::REGION,
        &[
            ("us-east-1a", "it is an availability zone; leave the last letter out"),
            ("us-east", "it has not the shape of one"),
            ("us", "it has not the shape of one"),
            ("US-EAST-1", "it has not the shape of one"),
            ("us--1", "it has not the shape of one"),
        ],
    );
    takes(&rules::ACCOUNT, &["123456789012", "000000000001"]);
    refuses(&rules::ACCOUNT, &[("12345", "it has 5 characters"), ("1234-5678-901", "it holds `-`")]);
}

#[test]
fn roles_and_policies() {
    takes(&rules::ROLE, &["AWSGlueServiceRole-x", "a+=,.@-b"]);
    refuses(&rules::ROLE, &[("a/b", "it holds `/`")]);
    takes(
        &rules::POLICY_ARN,
        &[
            "arn:aws:iam::123456789012:policy/x/y",
            "arn:aws:iam::aws:policy/ReadOnlyAccess",
            "arn:aws-us-gov:iam::123456789012:policy/x",
        ],
    );
    assert!((rules::POLICY_ARN.check)("arn:aws:iam::123456789012:role/x").is_err());
    assert!((rules::POLICY_ARN.check)("arn:aws:iam::12:policy/x").is_err());
    assert!((rules::POLICY_ARN.check)("arn:aws:iam::123456789012:policy/").is_err());
}
