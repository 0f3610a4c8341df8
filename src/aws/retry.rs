//! Refusals that pass by themselves: AWS is eventually consistent, and says so in many wordings. They stand in one table,
//! by fragments, because the wordings change.

use std::future::Future;
use std::time::Duration;

use super::wait::{Backoff, Progress, poll};
use crate::error::{Error, Result};

/// A refusal that passes.
#[derive(Debug)]
pub struct Passing {
    /// What is waited for, in words.
    pub what: &'static str,
    /// AWS's codes; empty: any.
    pub codes: &'static [&'static str],
    /// Parts of the message, compared without case; empty: any.
    pub fragments: &'static [&'static str],
    /// How long it may take.
    pub at_most: Duration,
}

const TWO_MINUTES: Duration = Duration::from_secs(120);

/// A role that was just made or changed cannot be assumed yet (Glue crawlers and jobs).
pub const ROLE_NOT_READY: Passing = Passing {
    what: "the role to become usable",
    // Not AccessDeniedException: that is our own identity, and does not pass.
    codes: &["InvalidInputException"],
    fragments: &[
        "unable to assume",
        "verify the role's TrustPolicy",
        "is not authorized",
        "Insufficient Lake Formation permission(s)",
        "should be given assume role permissions",
        "role cannot be assumed",
    ],
    at_most: TWO_MINUTES,
};

/// A crawler cannot be changed or deleted while it runs or stops (a crawl takes a minute or several).
pub const CRAWLER_BUSY: Passing = Passing {
    what: "the crawl to end",
    codes: &["CrawlerRunningException", "CrawlerStoppingException"],
    fragments: &[],
    at_most: Duration::from_secs(900),
};

/// The same, in the other form it is told.
pub const CRAWLER_BUSY_IN_WORDS: Passing = Passing {
    what: "the crawl to end",
    codes: &["InvalidInputException"],
    fragments: &["while running", "while stopping", "while it is running", "crawler is running"],
    at_most: Duration::from_secs(900),
};

/// A trigger is between two states and takes nothing until it has arrived. (terraform-provider-aws#49407 has the wording.)
pub const TRIGGER_BUSY: Passing = Passing {
    what: "the trigger to change its state",
    codes: &["InvalidInputException"],
    fragments: &["in state: ACTIVATING", "in state: DEACTIVATING", "in state: CREATING", "in state: UPDATING"],
    at_most: TWO_MINUTES,
};

/// A policy names a principal that IAM does not know yet.
pub const PRINCIPAL_NOT_READY: Passing = Passing {
    what: "IAM to know the principal",
    codes: &["MalformedPolicyDocument", "MalformedPolicyDocumentException"],
    fragments: &["Invalid principal in policy"],
    at_most: TWO_MINUTES,
};

/// A crawler's tags outlive it for a moment.
pub const TAGS_BEING_DELETED: Passing = Passing {
    what: "the tags of the deleted namesake to go",
    codes: &[],
    fragments: &["are in deleting state"],
    at_most: TWO_MINUTES,
};

/// Another call on the same bucket is not finished.
pub const OPERATION_ABORTED: Passing = Passing {
    what: "the other operation on the bucket to end",
    codes: &["OperationAborted", "ConflictException", "OperationAbortedException"],
    fragments: &[],
    at_most: Duration::from_secs(300),
};

/// A bucket that was just made is not known everywhere yet.
pub const BUCKET_NOT_READY: Passing =
    Passing { what: "the new bucket to be known", codes: &["NoSuchBucket"], fragments: &[], at_most: TWO_MINUTES };

/// The last object was just deleted, and the bucket does not know yet.
pub const BUCKET_NOT_EMPTY_YET: Passing = Passing {
    what: "the bucket to notice that it is empty",
    codes: &["BucketNotEmpty"],
    fragments: &[],
    at_most: Duration::from_secs(30),
};

/// A role's policies were just deleted, and IAM does not know yet.
pub const DELETE_CONFLICT: Passing = Passing {
    what: "IAM to notice that the role has no policies left",
    codes: &["DeleteConflict", "DeleteConflictException", "ConcurrentModification"],
    fragments: &[],
    at_most: TWO_MINUTES,
};

/// QuickSight cannot take on a role that was just made or changed: its own service role or a data source's.
pub const QUICKSIGHT_ROLE_NOT_READY: Passing = Passing {
    what: "QuickSight to take on the role",
    codes: &["AccessDeniedException"],
    fragments: &["Failed to assume your role", "Insufficient permission to access the manifest file"],
    at_most: TWO_MINUTES,
};

/// QuickSight is still deleting a namesake, or still at another change of the same asset.
pub const QUICKSIGHT_CONFLICT: Passing = Passing {
    what: "QuickSight's other change of it to end",
    codes: &["ConflictException", "ConcurrentUpdatingException"],
    fragments: &[],
    at_most: TWO_MINUTES,
};

/// The same resource is being changed by another call.
pub const BEING_CHANGED: Passing = Passing {
    what: "the other change to end",
    codes: &["ConcurrentModificationException", "ConcurrentModification", "OperationTimeoutException"],
    fragments: &[],
    at_most: Duration::from_secs(60),
};

/// The rate of calls is limited; outlasts the SDK's own attempts.
pub const THROTTLED: Passing = Passing {
    what: "AWS to allow more calls",
    codes: &["Throttling", "ThrottlingException", "TooManyRequestsException", "SlowDown"],
    fragments: &[],
    at_most: TWO_MINUTES,
};

impl Passing {
    /// Whether `error` is of this sort.
    pub fn matches(&self, error: &Error) -> bool {
        let Some(code) = error.aws_code() else { return false };
        let message = error.message().to_lowercase();
        (self.codes.is_empty() || self.codes.contains(&code))
            && (self.fragments.is_empty() || self.fragments.iter().any(|f| message.contains(&f.to_lowercase())))
    }
}

/// Repeats `op` while it fails in one of `these` ways; each way has its own deadline, counted from the first call.
///
/// `op` must be safe to repeat after such a refusal; any other error is returned at once.
pub async fn retry_while<T, F, Fut>(these: &[&Passing], op: F) -> Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T>>,
{
    retry_with(these, None, Backoff::QUICK, op).await
}

/// [`retry_while`] with another deadline and other pauses.
pub async fn retry_with<T, F, Fut>(
    these: &[&Passing],
    deadline: Option<Duration>,
    backoff: Backoff,
    mut op: F,
) -> Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T>>,
{
    let longest = these.iter().map(|p| p.at_most).max().unwrap_or_default();
    let what = these.iter().map(|p| p.what).collect::<Vec<_>>().join(", or ");
    let start = std::time::Instant::now();
    poll(&what, deadline.unwrap_or(longest), backoff, || {
        let attempt = op();
        async move {
            match attempt.await {
                Ok(value) => Ok(Progress::Done(value)),
                Err(error) => match these.iter().find(|p| p.matches(&error)) {
                    Some(passing) if start.elapsed() < passing.at_most => Ok(Progress::Failing(error)),
                    Some(passing) => Err(error.with_note(format!("waited for {}", passing.what))),
                    None => Err(error),
                },
            }
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::error::{AwsCall, Kind};

    fn refusal(code: &str, message: &str) -> Error {
        Error::new(Kind::Aws, "aws-refused", format!("glue:CreateCrawler failed: {message}")).with_call(AwsCall {
            operation: "glue:CreateCrawler".into(),
            code: Some(code.into()),
            request_id: None,
        })
    }

    #[test]
    fn every_wording_of_a_role_that_is_not_ready() {
        for message in [
            "Service is unable to assume provided role. Please verify role's TrustPolicy",
            "Please verify the role's TrustPolicy",
            "arn:aws:sts::1:assumed-role/x is not authorized to perform: s3:GetObject",
            "Insufficient Lake Formation permission(s) on s3://bucket",
            "The service is unable to assume the role arn:aws:iam::1:role/x",
            "Role arn:aws:iam::1:role/x should be given assume role permissions for Glue Service.",
        ] {
            assert!(ROLE_NOT_READY.matches(&refusal("InvalidInputException", message)), "{message}");
        }
        assert!(!ROLE_NOT_READY.matches(&refusal("InvalidInputException", "Crawler name is too long")));
        let our_own = "User: arn:aws:iam::1:user/u is not authorized to perform: glue:CreateCrawler";
        assert!(!ROLE_NOT_READY.matches(&refusal("AccessDeniedException", our_own)));
        assert!(!ROLE_NOT_READY.matches(&refusal("AlreadyExistsException", "unable to assume")));
    }

    #[test]
    fn the_other_wordings() {
        let deleting = "Tags created previously on a crawler of the same name are in deleting state";
        assert!(TAGS_BEING_DELETED.matches(&refusal("InvalidInputException", deleting)));
        let running = "Cannot update Crawler while running";
        assert!(CRAWLER_BUSY_IN_WORDS.matches(&refusal("InvalidInputException", running)));
        assert!(CRAWLER_BUSY.matches(&refusal("CrawlerRunningException", "Crawler c has already started")));
        assert!(!CRAWLER_BUSY_IN_WORDS.matches(&refusal("InvalidInputException", "bad schedule")));
        let state = |state: &str| format!("The operation is not allowed when trigger is in state: {state}");
        assert!(TRIGGER_BUSY.matches(&refusal("InvalidInputException", &state("DEACTIVATING"))));
        assert!(!TRIGGER_BUSY.matches(&refusal("InvalidInputException", &state("ACTIVATED"))));
        let principal = refusal("MalformedPolicyDocument", "Invalid principal in policy: \"AWS\":\"x\"");
        assert!(PRINCIPAL_NOT_READY.matches(&principal));
        assert!(!PRINCIPAL_NOT_READY.matches(&refusal("MalformedPolicyDocument", "Syntax errors in policy")));
        assert!(OPERATION_ABORTED.matches(&refusal("OperationAborted", "A conflicting conditional operation")));
        assert!(BUCKET_NOT_EMPTY_YET.matches(&refusal("BucketNotEmpty", "The bucket is not empty")));
        assert!(THROTTLED.matches(&refusal("ThrottlingException", "Rate exceeded")));
        assert!(DELETE_CONFLICT.matches(&refusal("DeleteConflict", "Cannot delete entity")));
        assert!(QUICKSIGHT_CONFLICT.matches(&refusal("ConflictException", "An update or create is in progress")));
    }

    #[test]
    fn quicksights_role_is_waited_for_and_our_own_identity_is_not() {
        for message in [
            "Failed to assume your role. Verify the trust relationships of the role in the IAM console",
            "Insufficient permission to access the manifest file",
        ] {
            assert!(QUICKSIGHT_ROLE_NOT_READY.matches(&refusal("AccessDeniedException", message)), "{message}");
        }
        let our_own = "User: x is not authorized to perform: quicksight:CreateDataSource";
        assert!(!QUICKSIGHT_ROLE_NOT_READY.matches(&refusal("AccessDeniedException", our_own)));
    }

    #[tokio::test]
    async fn goes_on_until_it_passes() {
        let calls = Cell::new(0);
        let fast = Backoff { first: Duration::from_millis(1), longest: Duration::from_millis(2) };
        let value =
            retry_with(&[&ROLE_NOT_READY], None, fast, || {
                calls.set(calls.get() + 1);
                let now = calls.get();
                async move {
                    if now < 4 { Err(refusal("InvalidInputException", "unable to assume the role")) } else { Ok(now) }
                }
            })
            .await;
        assert_eq!(value.unwrap(), 4);
    }

    #[tokio::test]
    async fn another_error_is_not_retried() {
        let calls = Cell::new(0);
        let error = retry_while(&[&ROLE_NOT_READY], || {
            calls.set(calls.get() + 1);
            async { Err::<(), _>(refusal("EntityNotFoundException", "Database not found")) }
        })
        .await
        .unwrap_err();
        assert_eq!((calls.get(), error.aws_code()), (1, Some("EntityNotFoundException")));
    }

    #[tokio::test]
    async fn at_the_deadline_the_refusal_itself_is_told() {
        let fast = Backoff { first: Duration::from_millis(1), longest: Duration::from_millis(2) };
        let error = retry_with(&[&ROLE_NOT_READY], Some(Duration::from_millis(20)), fast, || async {
            Err::<(), _>(refusal("InvalidInputException", "unable to assume the role"))
        })
        .await
        .unwrap_err();
        assert!(error.message().contains("unable to assume the role"));
        assert!(error.notes()[0].contains("the role to become usable"));
    }
}
