//! Why QuickSight refuses. Its codes are few and its wordings many, so a cause here needs one of its codes (when it names
//! some) and one of its fragments (when it names some).

use super::Cause;

/// The first that matches counts.
pub const CAUSES: &[Cause] = &[
    Cause {
        code: "quicksight-not-subscribed",
        codes: &["UnsupportedUserEditionException", "ResourceNotFoundException", "AccessDeniedException"],
        fragments: &["not subscribed", "not signed up", "unsubscribed"],
        help: "this account has no QuickSight: sign up once in its console (Enterprise edition, \
               https://quicksight.aws.amazon.com/), or take `quicksight` out of the manifest",
    },
    Cause {
        code: "quicksight-edition",
        codes: &["UnsupportedUserEditionException"],
        fragments: &[],
        help: "this needs QuickSight's Enterprise edition: upgrade in its console under Manage QuickSight, Your subscriptions, or \
               take `quicksight` out of the manifest",
    },
    Cause {
        code: "quicksight-identity-region",
        codes: &[],
        fragments: &["identity region is"],
        help: "QuickSight keeps this account's users in {region}: set `quicksight: { identity_region: {region} }` in the manifest",
    },
    Cause {
        code: "quicksight-role",
        codes: &["AccessDeniedException"],
        fragments: &["Failed to assume your role", "Insufficient permission to access the manifest file"],
        help: "QuickSight cannot take on its role: let the role of `quicksight.data_source.role_arn` trust the service \
               quicksight.amazonaws.com (without one, QuickSight's own service role), and let it read the warehouse",
    },
    Cause {
        code: "quicksight-namespace",
        codes: &["InvalidParameterValueException"],
        fragments: &["namespace"],
        help: "data sets and data sources are given to users and groups, never to a namespace: name some in \
               `quicksight.principals`, such as `group/default/analysts`",
    },
    Cause {
        code: "quicksight-principal",
        codes: &["InvalidParameterValueException"],
        fragments: &["rincipal"],
        help: "QuickSight does not know somebody in `quicksight.principals`: names are written `user/default/NAME` and \
               `group/default/NAME`, as `aws quicksight list-users --namespace default` and `list-groups` in the \
               identity region list them",
    },
    Cause {
        code: "quicksight-capacity",
        codes: &["LimitExceededException"],
        fragments: &[],
        help: "SPICE is full, or this data set was refreshed too often (32 times in 24 hours): buy capacity in QuickSight's \
               console under Manage QuickSight, SPICE capacity, delete data sets that nobody uses, or set \
               `import_mode: direct_query`",
    },
];

/// The cause that QuickSight's code and message tell of.
pub(super) fn cause(code: Option<&str>, message: &str) -> Option<&'static Cause> {
    CAUSES.iter().find(|cause| {
        (cause.codes.is_empty() || code.is_some_and(|code| cause.codes.contains(&code)))
            && (cause.fragments.is_empty() || cause.fragments.iter().any(|fragment| message.contains(fragment)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_have_their_cause() {
        let principal = "The principal arn:aws:quicksight:us-east-1:1:user/default/x does not exist";
        let namespace = "Principal arn:aws:quicksight:us-east-1:1:namespace/default is not supported";
        for (code, message, ours) in [
            (
                "UnsupportedUserEditionException",
                "Account 1 is not subscribed for QuickSight",
                "quicksight-not-subscribed",
            ),
            (
                "ResourceNotFoundException",
                "Account 1 is not signed up with QuickSight with namespace default",
                "quicksight-not-subscribed",
            ),
            ("UnsupportedUserEditionException", "This operation needs Enterprise edition", "quicksight-edition"),
            (
                "AccessDeniedException",
                "Operation is being called from endpoint us-west-2, but your identity region is us-east-1. Please use the \
                 us-east-1 endpoint.",
                "quicksight-identity-region",
            ),
            (
                "AccessDeniedException",
                "Failed to assume your role. Verify the trust relationships of the role in the IAM console",
                "quicksight-role",
            ),
            ("AccessDeniedException", "Insufficient permission to access the manifest file", "quicksight-role"),
            ("InvalidParameterValueException", principal, "quicksight-principal"),
            ("InvalidParameterValueException", namespace, "quicksight-namespace"),
            ("LimitExceededException", "Not enough SPICE capacity", "quicksight-capacity"),
        ] {
            assert_eq!(cause(Some(code), message).map(|c| c.code), Some(ours), "{code}: {message}");
        }
        assert!(cause(Some("ResourceNotFoundException"), "DataSource x is not found").is_none());
        assert!(cause(Some("InvalidParameterValueException"), "Schedules cannot start in the past").is_none());
        assert!(cause(Some("AccessDeniedException"), "User x is not authorized to perform").is_none());
    }
}
