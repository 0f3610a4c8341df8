//! Why AWS refuses: one table from AWS's codes and wordings to a stable code of ours and the next thing to try.

mod quicksight;

/// A known reason for a refusal.
#[derive(Debug)]
pub struct Cause {
    /// Our stable code.
    pub code: &'static str,
    /// AWS's codes that mean it.
    pub codes: &'static [&'static str],
    /// Parts of AWS's messages that mean it, whatever the code.
    pub fragments: &'static [&'static str],
    /// What to try; `{operation}` stands for the call, as in `glue:CreateJob`, `{region}` for the region that the message
    /// names as the right one.
    pub help: &'static str,
}

/// The first that matches counts, so what is told by its wording stands before what is told by its code.
pub const CAUSES: &[Cause] = &[
    Cause {
        code: "lake-formation",
        codes: &[],
        fragments: &["Insufficient Lake Formation permission"],
        help: "the Data Catalog of this account is under Lake Formation: in its console under Permissions, grant the \
               identity you use (and the job's role) what the message names, or give IAMAllowedPrincipals the right",
    },
    Cause {
        code: "results-bucket",
        codes: &[],
        fragments: &["Unable to verify/create output bucket"],
        help: "Athena cannot use the results bucket: it must lie in the region of the workgroup, and the identity that \
               queries needs s3:GetBucketLocation, s3:ListBucket, s3:GetObject and s3:PutObject on it",
    },
    Cause {
        code: "expired-credentials",
        codes: &["ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"],
        fragments: &["security token included in the request is expired"],
        help: "sign in again (`aws sso login`, or renew the session token), then run the same command: it goes on from here",
    },
    Cause {
        code: "region-not-enabled",
        codes: &["OptInRequired", "RegionDisabledException", "InvalidClientTokenId", "UnrecognizedClientException"],
        fragments: &["is not enabled in this region", "region is not enabled"],
        help: "either the access key is not valid any more, or the region has to be enabled first (AWS console, \
               Account, AWS Regions); `aws sts get-caller-identity --region us-east-1` tells which",
    },
    Cause {
        code: "invalid-credentials",
        codes: &["InvalidAccessKeyId", "SignatureDoesNotMatch", "AuthFailure", "IncompleteSignature", "InvalidToken"],
        fragments: &[],
        help: "the access key or its secret is wrong: check the profile or the AWS_ACCESS_KEY_ID and \
               AWS_SECRET_ACCESS_KEY variables with `aws sts get-caller-identity`",
    },
    Cause {
        code: "clock-skew",
        codes: &["RequestTimeTooSkewed", "RequestInTheFuture"],
        fragments: &["Signature not yet current"],
        help: "this machine's clock is wrong: set it (timedatectl set-ntp true), then run the command again",
    },
    Cause {
        code: "no-bucket",
        codes: &["NoSuchBucket"],
        fragments: &[],
        help: "`pipectl apply` makes the pipeline's buckets (`pipectl up` applies and runs); with `existing: true` a \
               bucket has to be there already: look at its name in `storage`",
    },
    Cause {
        code: "bucket-elsewhere",
        codes: &["PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"],
        fragments: &["must be addressed using the specified endpoint"],
        help: "a bucket keeps its region for life: name another bucket in `storage`, or set `region` to the bucket's",
    },
    Cause {
        code: "access-denied",
        codes: &[
            "AccessDenied",
            "AccessDeniedException",
            "AllAccessDisabled",
            "AuthorizationError",
            "Forbidden",
            "UnauthorizedOperation",
        ],
        fragments: &["is not authorized to perform"],
        help: "the identity you use may not do this: allow it `{operation}` (a permissions boundary, an organisation's \
               policy or a bucket policy can also deny it); `aws sts get-caller-identity` says who you are",
    },
    Cause {
        code: "throttled",
        codes: &[
            "Throttling",
            "ThrottlingException",
            "ThrottledException",
            "TooManyRequestsException",
            "RequestLimitExceeded",
            "SlowDown",
        ],
        fragments: &["Rate exceeded"],
        help: "AWS still limits the rate of calls after many attempts: run the command again in a minute, with a lower \
               --parallelism",
    },
    Cause {
        code: "quota",
        codes: &[
            "LimitExceeded",
            "LimitExceededException",
            "ResourceNumberLimitExceededException",
            "ServiceQuotaExceededException",
            "TooManyBuckets",
        ],
        fragments: &[],
        help: "a quota of the account is used up: delete what is not needed, or ask for more in the Service Quotas console",
    },
];

/// The cause that AWS's code and message tell of, in answer to `operation` (`glue:CreateJob`): what its service means by
/// them before what they mean anywhere.
pub fn cause(operation: &str, code: Option<&str>, message: &str) -> Option<&'static Cause> {
    let own = operation.starts_with("quicksight:").then(|| quicksight::cause(code, message)).flatten();
    own.or_else(|| anywhere(code, message))
}

fn anywhere(code: Option<&str>, message: &str) -> Option<&'static Cause> {
    CAUSES.iter().find(|cause| {
        cause.fragments.iter().any(|fragment| message.contains(fragment))
            || code.is_some_and(|code| cause.codes.contains(&code))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wordings_win_over_codes() {
        let lake = anywhere(
            Some("AccessDeniedException"),
            "Insufficient Lake Formation permission(s): Required Create Database on Catalog",
        );
        assert_eq!(lake.map(|c| c.code), Some("lake-formation"));
        let plain = anywhere(Some("AccessDeniedException"), "User: x is not authorized to perform: glue:CreateJob");
        assert_eq!(plain.map(|c| c.code), Some("access-denied"));
    }

    #[test]
    fn every_code_stands_once() {
        let mut codes: Vec<_> = CAUSES.iter().flat_map(|c| c.codes).collect();
        let all = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), all);
    }

    #[test]
    fn facts_have_their_cause() {
        for (code, message, ours) in [
            ("ThrottlingException", "Rate exceeded", "throttled"),
            ("NoSuchBucket", "The specified bucket does not exist", "no-bucket"),
            ("SlowDown", "Please reduce your request rate.", "throttled"),
            ("InvalidRequestException", "Unable to verify/create output bucket b", "results-bucket"),
            ("ExpiredTokenException", "The security token included in the request is expired", "expired-credentials"),
            (
                "AuthorizationHeaderMalformed",
                "the region 'us-east-1' is wrong; expecting 'eu-west-1'",
                "bucket-elsewhere",
            ),
            (
                "UnrecognizedClientException",
                "The security token included in the request is invalid",
                "region-not-enabled",
            ),
        ] {
            assert_eq!(anywhere(Some(code), message).map(|c| c.code), Some(ours), "{code}: {message}");
        }
        assert!(anywhere(Some("EntityNotFoundException"), "Job not found").is_none());
    }

    #[test]
    fn a_service_may_mean_its_own() {
        let told = |operation: &str| cause(operation, Some("LimitExceededException"), "too much").map(|c| c.code);
        assert_eq!(told("quicksight:CreateDataSet"), Some("quicksight-capacity"));
        assert_eq!(told("iam:CreateRole"), Some("quota"));
        let denied = cause("quicksight:CreateDataSet", Some("AccessDeniedException"), "no");
        assert_eq!(denied.map(|c| c.code), Some("access-denied"));
    }
}
