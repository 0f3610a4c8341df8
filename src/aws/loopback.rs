//! The way to an endpoint on this machine: the local cloud, or another stand-in.
//!
//! It is never behind a proxy, though the environment may name one, and speaks no TLS, so the certificates that the
//! machine trusts need not be read (some 40 ms of every command).

use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

/// A client for `endpoint_url`, when that is `http://` on this machine; `None`: the SDK's own is right.
pub(super) fn client(endpoint_url: Option<&str>) -> Option<SharedHttpClient> {
    if !endpoint_url.is_some_and(is_loopback) {
        return None;
    }
    let trusting_nobody = TlsContext::builder().with_trust_store(TrustStore::empty()).build().ok()?;
    let builder = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc));
    Some(builder.tls_context(trusting_nobody).build_https())
}

pub(super) fn is_loopback(url: &str) -> bool {
    let Ok(uri) = url.parse::<http::Uri>() else { return false };
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let here = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    uri.scheme_str() == Some("http") && here
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_on_this_machine() {
        for url in ["http://127.0.0.1:4566", "http://localhost:4566/", "http://[::1]:4566", "http://127.1.2.3"] {
            assert!(is_loopback(url), "{url}");
        }
        for url in ["https://127.0.0.1:4566", "http://10.0.0.1", "http://localhost.example.com", "", "127.0.0.1"] {
            assert!(!is_loopback(url), "{url}");
        }
        assert!(client(Some("http://127.0.0.1:1")).is_some() && client(None).is_none());
    }
}
