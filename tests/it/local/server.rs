//! The door: signatures, Host headers, ports, the request log, the end.

use aws_sdk_s3::error::ProvideErrorMetadata;
use pipectl::aws::session::{Credentials, Options as SessionOptions};
use pipectl::local::start;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::cloud::{TestCloud, code, config, config_with, options, s3};

/// Sends a request as it stands and returns status and whole answer.
async fn raw(cloud: &TestCloud, request: &str) -> (u16, String) {
    let address = cloud.cloud.endpoint().url.trim_start_matches("http://").to_owned();
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("it listens");
    stream.write_all(request.replace('\n', "\r\n").as_bytes()).await.expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("it answers");
    let status = answer.split(' ').nth(1).and_then(|s| s.parse().ok());
    (status.expect("a status"), answer)
}

#[tokio::test]
async fn wrong_credentials_open_nothing() {
    let cloud = TestCloud::start().await;
    let endpoint = cloud.cloud.endpoint().clone();
    for (key, secret, s3_code, query_code, json_code) in [
        (
            endpoint.access_key_id.as_str(),
            "wrong",
            "SignatureDoesNotMatch",
            "SignatureDoesNotMatch",
            "InvalidSignatureException",
        ),
        (
            "LKSOMEBODYELSE",
            &endpoint.secret_access_key,
            "InvalidAccessKeyId",
            "InvalidClientTokenId",
            "UnrecognizedClientException",
        ),
    ] {
        let config = config_with(&endpoint.url, key, secret, "us-east-1");
        assert_eq!(code(s3(&config).list_buckets().send().await), s3_code);
        assert_eq!(code(s3(&config).create_bucket().bucket("intruder").send().await), s3_code);
        assert_eq!(code(aws_sdk_sts::Client::new(&config).get_caller_identity().send().await), query_code);
        assert_eq!(code(aws_sdk_iam::Client::new(&config).list_roles().send().await), query_code);
        assert_eq!(code(aws_sdk_glue::Client::new(&config).get_databases().send().await), json_code);
        assert_eq!(code(aws_sdk_athena::Client::new(&config).list_work_groups().send().await), json_code);
    }
    assert_eq!(code(cloud.s3().head_bucket().bucket("intruder").send().await), "NotFound");
}

#[tokio::test]
async fn unsigned_calls_open_nothing() {
    let cloud = TestCloud::start().await;
    let host = cloud.cloud.endpoint().url.trim_start_matches("http://").to_owned();
    let (status, answer) = raw(&cloud, &format!("GET / HTTP/1.1\nHost: {host}\nConnection: close\n\n")).await;
    assert_eq!(status, 403, "{answer}");
    assert!(answer.contains("<Code>AccessDenied</Code>"), "{answer}");
    let form = "Action=GetCallerIdentity&Version=2011-06-15";
    let (status, answer) = raw(
        &cloud,
        &format!(
            "POST / HTTP/1.1\nHost: {host}\nConnection: close\nContent-Type: application/x-www-form-urlencoded\n\
             Content-Length: {}\n\n{form}",
            form.len()
        ),
    )
    .await;
    assert_eq!(status, 403, "{answer}");
    assert!(answer.contains("<Code>MissingAuthenticationToken</Code>"), "{answer}");
    let (status, answer) = raw(
        &cloud,
        &format!("POST / HTTP/1.1\nHost: {host}\nConnection: close\nX-Amz-Target: AWSGlue.GetDatabases\nContent-Length: 2\n\n{{}}"),
    )
    .await;
    assert_eq!(status, 400, "{answer}");
    assert!(answer.contains("\"__type\":\"MissingAuthenticationTokenException\""), "{answer}");
    assert!(answer.to_lowercase().contains("x-amzn-errortype: missingauthenticationtokenexception"), "{answer}");
}

#[tokio::test]
async fn foreign_hosts_are_refused() {
    let cloud = TestCloud::start().await;
    let port = cloud.cloud.endpoint().url.rsplit(':').next().expect("a port").to_owned();
    for (host, refused) in [
        (format!("127.0.0.1:{port}"), false),
        (format!("localhost:{port}"), false),
        (format!("LOCALHOST:{port}"), false),
        (format!("[::1]:{port}"), false),
        ("127.0.0.1".to_owned(), true),
        ("127.0.0.1:1".to_owned(), true),
        (format!("evil.example:{port}"), true),
        (format!("127.0.0.1.evil.example:{port}"), true),
        (format!("bucket.localhost:{port}"), true),
        (String::new(), true),
    ] {
        let (status, answer) = raw(&cloud, &format!("GET / HTTP/1.1\nHost: {host}\nConnection: close\n\n")).await;
        assert_eq!(status, 403, "{host}: {answer}");
        assert_eq!(answer.contains("answers to 127.0.0.1, localhost and [::1] only"), refused, "{host}: {answer}");
    }
}

#[tokio::test]
async fn a_session_finds_the_account() {
    let cloud = TestCloud::start_in("eu-west-1").await;
    let endpoint = cloud.cloud.endpoint();
    let connect = |account: &str| {
        pipectl::aws::Session::connect(SessionOptions {
            region: "eu-west-1".to_owned(),
            endpoint_url: Some(endpoint.url.clone()),
            credentials: Some(Credentials {
                access_key_id: endpoint.access_key_id.clone(),
                secret_access_key: endpoint.secret_access_key.clone(),
            }),
            expected_account: Some(account.to_owned()),
            ..SessionOptions::default()
        })
    };
    let session = connect("123456789012").await.expect("ours");
    assert_eq!((session.account.as_str(), session.partition.as_str()), ("123456789012", "aws"));
    assert_eq!(connect("999999999999").await.expect_err("not ours").code(), "wrong-account");
}

#[tokio::test]
async fn unknown_operations_say_so() {
    let cloud = TestCloud::start().await;
    let iam = aws_sdk_iam::Client::new(&cloud.config());
    assert_eq!(code(iam.list_saml_providers().send().await), "InvalidAction");
    let s3 = cloud.s3();
    s3.create_bucket().bucket("a-bucket").send().await.expect("made");
    assert_eq!(code(s3.get_bucket_website().bucket("a-bucket").send().await), "NotImplemented");
}

#[tokio::test]
async fn the_log_tells_every_call() {
    let cloud = TestCloud::start().await;
    let s3 = cloud.s3();
    s3.create_bucket().bucket("log-bucket").send().await.expect("made");
    let tag = aws_sdk_s3::types::Tag::builder().key("k").value("v").build().expect("a tag");
    let tagging = aws_sdk_s3::types::Tagging::builder().tag_set(tag).build().expect("tags");
    let put = s3.put_bucket_tagging().bucket("log-bucket").expected_bucket_owner("123456789012").tagging(tagging);
    put.send().await.expect("tagged");
    s3.put_object()
        .bucket("log-bucket")
        .key("a/b")
        .metadata("m", "1")
        .body(b"12345".to_vec().into())
        .send()
        .await
        .expect("put");
    assert_eq!(code(s3.get_object().bucket("log-bucket").key("none").send().await), "NoSuchKey");
    let iam = aws_sdk_iam::Client::new(&cloud.config());
    assert_eq!(code(iam.get_role().role_name("r").send().await), "NoSuchEntity");
    let glue = aws_sdk_glue::Client::new(&cloud.config());
    assert_eq!(code(glue.get_database().name("none").send().await), "EntityNotFoundException");

    let log = cloud.log();
    let told: Vec<_> =
        log.iter().map(|c| (c["service"].as_str(), c["operation"].as_str(), c["status"].as_u64())).collect();
    assert_eq!(
        told,
        [
            (Some("s3"), Some("CreateBucket"), Some(200)),
            (Some("s3"), Some("PutBucketTagging"), Some(200)),
            (Some("s3"), Some("PutObject"), Some(200)),
            (Some("s3"), Some("GetObject"), Some(404)),
            (Some("iam"), Some("GetRole"), Some(404)),
            (Some("glue"), Some("GetDatabase"), Some(400)),
        ]
    );
    assert_eq!(log[1]["input"]["Tagging"], json!({ "TagSet": [{ "Key": "k", "Value": "v" }] }));
    assert_eq!(log[1]["input"]["ExpectedBucketOwner"], "123456789012");
    let put = &log[2]["input"];
    assert_eq!(
        (&put["Bucket"], &put["Key"], &put["Metadata"]),
        (&json!("log-bucket"), &json!("a/b"), &json!({ "m": "1" }))
    );
    assert_eq!(put["ContentLength"], 5);
    assert_eq!(log[4]["input"], json!({ "RoleName": "r" }));
    assert_eq!(log[5]["input"], json!({ "Name": "none" }));
    assert!(log.iter().all(|c| c["start"].as_str() <= c["end"].as_str() && c["start"].as_str().is_some()));
}

#[tokio::test]
async fn two_clouds_share_their_state() {
    let cloud = TestCloud::start().await;
    let other = cloud.another().await;
    assert_ne!(cloud.cloud.endpoint().access_key_id, other.endpoint().access_key_id);
    assert_ne!(cloud.cloud.endpoint().secret_access_key, other.endpoint().secret_access_key);
    let clients = [cloud.s3(), s3(&config(&other, "us-east-1"))];
    clients[0].create_bucket().bucket("shared").send().await.expect("made");
    // Forty tasks over both want the same lock; one gets it.
    let tasks = (0..40).map(|i| {
        let put = clients[i % 2].put_object().bucket("shared").key("lock").if_none_match("*");
        let put = put.body(i.to_string().into_bytes().into()).send();
        tokio::spawn(async move { put.await.map_err(|e| e.code().map(str::to_owned)) })
    });
    let results = futures::future::join_all(tasks).await;
    let won = results.iter().filter(|r| matches!(r, Ok(Ok(_)))).count();
    assert_eq!(won, 1, "{results:?}");
    let lost =
        |r: &&Result<Result<_, Option<String>>, _>| matches!(r, Ok(Err(Some(code))) if code == "PreconditionFailed");
    assert_eq!(results.iter().filter(lost).count(), 39, "{results:?}");
    other.shutdown().await;
}

#[tokio::test]
async fn a_dropped_cloud_stops_and_its_state_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let cloud = start(options(folder.path(), "us-east-1")).await.expect("it starts");
    let first = s3(&config(&cloud, "us-east-1"));
    first.create_bucket().bucket("kept").send().await.expect("made");
    let url = cloud.endpoint().url.clone();
    let port: u16 = url.rsplit(':').next().and_then(|p| p.parse().ok()).expect("a port");

    let taken = start(pipectl::local::Options { port, ..options(folder.path(), "us-east-1") }).await;
    let error = taken.err().expect("the port is taken");
    assert_eq!(error.code(), "local-port");
    assert!(error.help().is_some() && error.message().contains(&port.to_string()), "{error}");

    cloud.shutdown().await;
    first.head_bucket().bucket("kept").send().await.expect_err("nobody is there");
    let again =
        start(pipectl::local::Options { port, ..options(folder.path(), "us-east-1") }).await.expect("it starts");
    s3(&config(&again, "us-east-1")).head_bucket().bucket("kept").send().await.expect("still there");
}

#[tokio::test]
async fn a_refused_upload_leaves_the_connection_usable() {
    let cloud = TestCloud::start().await;
    let host = cloud.cloud.endpoint().url.trim_start_matches("http://").to_owned();
    let body = "x".repeat(300_000);
    let first = format!("PUT /bucket/key HTTP/1.1\nHost: {host}\nContent-Length: {}\n\n{body}", body.len());
    let second = format!("GET / HTTP/1.1\nHost: {host}\nConnection: close\n\n");
    let (_, answers) = raw(&cloud, &format!("{first}{second}")).await;
    assert_eq!(answers.matches("HTTP/1.1 403 Forbidden").count(), 2, "{answers}");
    // A client that asks first is told at once, and that this connection is over.
    let asking = format!("PUT /bucket/key HTTP/1.1\nHost: {host}\nContent-Length: 300000\nExpect: 100-continue\n\n");
    let (status, answer) = raw(&cloud, &asking).await;
    assert_eq!(status, 403, "{answer}");
    assert!(answer.to_lowercase().contains("connection: close"), "{answer}");
}
