//! Verifies AWS Signature Version 4 of calls to the JSON, REST-JSON and query services. (S3's is verified by its own front, which
//! also knows presigned URLs and chunked bodies.)
//!
//! The signature is computed again by AWS's own signer over exactly the headers that the client says it signed.
//! Wordings and the five minutes are AWS's:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html>

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{PayloadChecksumKind, SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use chrono::{DateTime, NaiveDateTime, Utc};
use http::request::Parts;

/// How far a client's clock may be off.
const SKEW_MINUTES: i64 = 5;

/// Why a call was not let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no signature at all.
    Missing,
    /// The `Authorization` header lacks something, named here.
    Incomplete(String),
    /// The access key (or a session token) is not ours.
    UnknownKey,
    /// The signature, or what it stands on, is wrong; the message says how.
    Mismatch(String),
}

/// The credentials that open the door.
#[derive(Clone)]
pub struct Verifier {
    access_key_id: String,
    secret_access_key: String,
}

/// The parts of `AWS4-HMAC-SHA256 Credential=AK/20230101/us-east-1/glue/aws4_request, SignedHeaders=a;b, Signature=hex`.
struct Authorization<'a> {
    access_key_id: &'a str,
    date: &'a str,
    region: &'a str,
    service: &'a str,
    signed_headers: Vec<&'a str>,
    signature: &'a str,
}

/// The region and service that a call's signature is scoped to, unverified; `None` without such a header.
pub fn scope(headers: &http::HeaderMap) -> Option<(&str, &str)> {
    let given = Authorization::parse(headers.get(http::header::AUTHORIZATION)?.to_str().ok()?).ok()?;
    Some((given.region, given.service))
}

impl Verifier {
    /// A verifier for one pair of credentials.
    pub fn new(access_key_id: &str, secret_access_key: &str) -> Self {
        Self { access_key_id: access_key_id.to_owned(), secret_access_key: secret_access_key.to_owned() }
    }

    /// Lets the call in, and returns the service its signature is scoped to (`glue`, `iam`).
    pub fn verify<'p>(&self, parts: &'p Parts, body: &[u8], now: DateTime<Utc>) -> Result<&'p str, Refusal> {
        let header = parts.headers.get(http::header::AUTHORIZATION).ok_or(Refusal::Missing)?;
        let given = Authorization::parse(header.to_str().unwrap_or_default())?;
        let date = parts.headers.get("x-amz-date").and_then(|v| v.to_str().ok());
        let date = date.ok_or_else(|| {
            Refusal::Incomplete(
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.".into(),
            )
        })?;
        let time = NaiveDateTime::parse_from_str(date, "%Y%m%dT%H%M%SZ")
            .map_err(|_| Refusal::Incomplete(format!("Date must be in ISO-8601 'basic format'. Got '{date}'.")))?
            .and_utc();
        if !date.starts_with(given.date) {
            return Err(Refusal::Mismatch(format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != '{}', \
                 from '{date}'.",
                given.date,
                &date[..8]
            )));
        }
        if given.access_key_id != self.access_key_id || parts.headers.contains_key("x-amz-security-token") {
            return Err(Refusal::UnknownKey);
        }
        check_skew(time, now)?;
        let expected = self.signature(parts, body, &given, time).ok_or_else(mismatch)?;
        if same(expected.as_bytes(), given.signature.as_bytes()) { Ok(given.service) } else { Err(mismatch()) }
    }

    /// The signature that the call should have.
    fn signature(&self, parts: &Parts, body: &[u8], given: &Authorization, time: DateTime<Utc>) -> Option<String> {
        let identity = Credentials::new(&self.access_key_id, &self.secret_access_key, None, None, "local").into();
        let mut settings = SigningSettings::default();
        settings.excluded_headers = None;
        settings.payload_checksum_kind = PayloadChecksumKind::NoHeader;
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(given.region)
            .name(given.service)
            .time(SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(time.timestamp()).ok()?))
            .settings(settings)
            .build()
            .ok()?;
        let signed = given.signed_headers.iter();
        let headers: Vec<(&str, &str)> = signed
            .flat_map(|name| parts.headers.get_all(*name).iter().map(|v| Some((*name, v.to_str().ok()?))))
            .collect::<Option<_>>()?;
        // The signer adds these two by itself: a client that left one out must not profit from it.
        if !["host", "x-amz-date"].iter().all(|name| given.signed_headers.contains(name)) {
            return None;
        }
        let unsigned = parts.headers.get("x-amz-content-sha256").is_some_and(|v| v == "UNSIGNED-PAYLOAD");
        let body = if unsigned { SignableBody::UnsignedPayload } else { SignableBody::Bytes(body) };
        let host = parts.headers.get(http::header::HOST)?.to_str().ok()?;
        let path = parts.uri.path_and_query().map_or("/", |p| p.as_str());
        let request =
            SignableRequest::new(parts.method.as_str(), format!("http://{host}{path}"), headers.into_iter(), body);
        Some(sign(request.ok()?, &params.into()).ok()?.into_parts().1)
    }
}

impl<'a> Authorization<'a> {
    fn parse(header: &'a str) -> Result<Self, Refusal> {
        let incomplete = |what: &str| {
            Refusal::Incomplete(format!("Authorization header requires '{what}' parameter. Authorization={header}"))
        };
        let fields = header.strip_prefix("AWS4-HMAC-SHA256").ok_or_else(|| {
            Refusal::Incomplete("Authorization header requires the algorithm AWS4-HMAC-SHA256.".to_owned())
        })?;
        let field = |name: &str| {
            let mut fields = fields.split(',').filter_map(|f| f.trim().split_once('='));
            fields.find(|(n, _)| *n == name).map(|(_, value)| value).ok_or_else(|| incomplete(name))
        };
        let credential = field("Credential")?;
        let (signed_headers, signature) = (field("SignedHeaders")?, field("Signature")?);
        let scope: Vec<&str> = credential.split('/').collect();
        let [access_key_id, date, region, service, "aws4_request"] = scope[..] else {
            return Err(Refusal::Incomplete(format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{credential}'"
            )));
        };
        Ok(Self {
            access_key_id,
            date,
            region,
            service,
            signed_headers: signed_headers.split(';').collect(),
            signature,
        })
    }
}

fn mismatch() -> Refusal {
    Refusal::Mismatch(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key \
         and signing method. Consult the service documentation for details."
            .to_owned(),
    )
}

fn check_skew(time: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Refusal> {
    let skew = chrono::Duration::minutes(SKEW_MINUTES);
    let basic = |t: DateTime<Utc>| t.format("%Y%m%dT%H%M%SZ").to_string();
    let (time_text, now_text) = (basic(time), basic(now));
    if time < now - skew {
        let limit = basic(now - skew);
        return Err(Refusal::Mismatch(format!(
            "Signature expired: {time_text} is now earlier than {limit} ({now_text} - {SKEW_MINUTES} min.)"
        )));
    }
    if time > now + skew {
        let limit = basic(now + skew);
        return Err(Refusal::Mismatch(format!(
            "Signature not yet current: {time_text} is still later than {limit} ({now_text} + {SKEW_MINUTES} min.)"
        )));
    }
    Ok(())
}

/// Compares without telling by its time how far the two agree.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |acc, (x, y)| acc | (x ^ y)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of AWS's "Create a signed request" page: IAM ListUsers, 2015-08-30.
    fn example() -> Parts {
        let request = http::Request::get("/?Action=ListUsers&Version=2010-05-08")
            .header("host", "iam.amazonaws.com")
            .header("content-type", "application/x-www-form-urlencoded; charset=utf-8")
            .header("x-amz-date", "20150830T123600Z")
            .header("user-agent", "not signed")
            .header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
                 SignedHeaders=content-type;host;x-amz-date, \
                 Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
            );
        request.body(()).unwrap().into_parts().0
    }

    fn at(time: &str) -> DateTime<Utc> {
        NaiveDateTime::parse_from_str(time, "%Y%m%dT%H%M%SZ").unwrap().and_utc()
    }

    fn verifier() -> Verifier {
        Verifier::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    }

    #[test]
    fn the_published_example_verifies() {
        assert_eq!(verifier().verify(&example(), b"", at("20150830T123700Z")), Ok("iam"));
    }

    #[test]
    fn whatever_is_changed_is_noticed() {
        let now = at("20150830T123600Z");
        let mismatch = Err(mismatch());
        assert_eq!(verifier().verify(&example(), b"x", now), mismatch.clone());
        assert_eq!(Verifier::new("AKIDEXAMPLE", "other").verify(&example(), b"", now), mismatch.clone());
        let mut parts = example();
        parts.headers.insert("content-type", "text/plain".parse().unwrap());
        assert_eq!(verifier().verify(&parts, b"", now), mismatch.clone());
        let mut parts = example();
        parts.uri = "/?Action=DeleteUser&Version=2010-05-08".parse().unwrap();
        assert_eq!(verifier().verify(&parts, b"", now), mismatch);
        let mut parts = example();
        parts.headers.insert("x-amz-security-token", "somebody's session".parse().unwrap());
        assert_eq!(verifier().verify(&parts, b"", now), Err(Refusal::UnknownKey));
        assert_eq!(Verifier::new("AKOTHER", "x").verify(&example(), b"", now), Err(Refusal::UnknownKey));
        let mut parts = example();
        parts.headers.remove("authorization");
        assert_eq!(verifier().verify(&parts, b"", now), Err(Refusal::Missing));
        parts.headers.insert("authorization", "AWS4-HMAC-SHA256 Credential=a/b, Signature=c".parse().unwrap());
        assert!(
            matches!(verifier().verify(&parts, b"", now), Err(Refusal::Incomplete(m)) if m.contains("SignedHeaders"))
        );
    }

    #[test]
    fn clocks_may_be_five_minutes_off() {
        for (now, fine) in [
            ("20150830T124100Z", true),
            ("20150830T124101Z", false),
            ("20150830T123100Z", true),
            ("20150830T123059Z", false),
        ] {
            assert_eq!(verifier().verify(&example(), b"", at(now)).is_ok(), fine, "{now}");
        }
        let example = example();
        let late = verifier().verify(&example, b"", at("20150831T000000Z"));
        assert_eq!(
            late,
            Err(Refusal::Mismatch(
                "Signature expired: 20150830T123600Z is now earlier than 20150830T235500Z (20150831T000000Z - 5 min.)"
                    .into()
            ))
        );
    }
}
