//! What a job's connections and security configuration need of its role.

use serde_json::{Value, json};

use super::policy::allow;
use crate::services::Context;

/// What the job's connections and security configuration need. (AWS Glue guide, "Create an IAM policy for your ETL jobs" and
/// the managed policy AWSGlueServiceRole; the tag `aws-glue-service-resource` is what Glue puts on its network interfaces.) The
/// keys of a security configuration are somebody else's: their policies let the role in.
pub(super) fn statements(cx: &Context<'_>) -> Vec<Value> {
    let job = &cx.manifest.job;
    let glue = format!("arn:{}:glue:{}:{}", cx.partition, cx.region, cx.account);
    let ec2 = |part: &str| format!("arn:{}:ec2:{}:{}:{part}/*", cx.partition, cx.region, cx.account);
    let mut statements = Vec::new();
    if !job.connections.is_empty() {
        let names = job.connections.iter().map(|name| format!("{glue}:connection/{}", name.value));
        let resources = [format!("{glue}:catalog")].into_iter().chain(names).collect();
        statements.push(allow("UseConnections", &["glue:GetConnection", "glue:GetConnections"], resources));
        // These know no resources.
        let look = [
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeRouteTables",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcAttribute",
            "ec2:DescribeVpcEndpoints",
        ];
        statements.push(allow("SeeNetwork", &look, vec!["*".to_owned()]));
        let into = ["network-interface", "security-group", "subnet"].map(ec2).to_vec();
        statements.push(allow("EnterNetwork", &["ec2:CreateNetworkInterface"], into));
        let interfaces = vec![ec2("network-interface")];
        statements.push(allow("LeaveNetwork", &["ec2:DeleteNetworkInterface"], interfaces.clone()));
        let mut tag = allow("TagInterfaces", &["ec2:CreateTags", "ec2:DeleteTags"], interfaces);
        tag["Condition"] = json!({"ForAllValues:StringEquals": {"aws:TagKeys": ["aws-glue-service-resource"]}});
        statements.push(tag);
    }
    if job.security_configuration.is_some() {
        // It knows no resources.
        statements.push(allow("ReadSecurity", &["glue:GetSecurityConfiguration"], vec!["*".to_owned()]));
        let logs = format!("arn:{}:logs:{}:{}:log-group:/aws-glue/*", cx.partition, cx.region, cx.account);
        statements.push(allow("SealLogs", &["logs:AssociateKmsKey"], vec![logs]));
    }
    statements
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::spanned::Spanned;
    use crate::services::testing::{in_context, manifest};

    #[test]
    fn nothing_without_them() {
        assert_eq!(in_context(&manifest(), statements), [Value::Null; 0]);
    }

    #[test]
    fn only_what_knows_no_resources_is_open() {
        let mut manifest = manifest();
        manifest.job.connections = vec![Spanned::unplaced("in-the-vpc".into())];
        manifest.job.security_configuration = Some(Spanned::unplaced("sealed".into()));
        let statements = in_context(&manifest, statements);
        let base = "arn:aws:glue:us-east-1:123456789012";
        assert_eq!(
            statements[0]["Resource"],
            json!([format!("{base}:catalog"), format!("{base}:connection/in-the-vpc")])
        );
        let open = statements.iter().filter(|statement| statement["Resource"] == json!(["*"]));
        assert_eq!(open.map(|statement| &statement["Sid"]).collect::<Vec<_>>(), ["SeeNetwork", "ReadSecurity"]);
    }
}
