//! Clients that we did not write: the scripts of tests/python.

use super::cloud::TestCloud;

#[tokio::test(flavor = "multi_thread")]
async fn boto3_drives_s3() {
    TestCloud::start().await.python("local_s3.py").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn boto3_drives_iam_and_sts() {
    TestCloud::start().await.python("local_iam.py").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_aws_cli_copies_lists_and_removes() {
    TestCloud::start().await.python("local_awscli.py").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn boto3_and_the_cli_drive_quicksight() {
    TestCloud::start().await.python("local_quicksight.py").await;
}
