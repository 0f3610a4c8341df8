//! Takes an upload's body to a temporary file, bounded in memory, and checks what the client says of it.

use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use futures::StreamExt;
use http::HeaderMap;
use md5::{Digest, Md5};
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Sha1, Sha256};
use s3s::dto::StreamingBlob;
use s3s::{S3Error, S3ErrorCode, S3Result, TrailingHeaders};
use tokio::io::AsyncWriteExt;

use super::object::Checksums;
use super::refuse::{internal, refuse, refuse_as};
use crate::local::store::Store;

/// What a client may say of a body before or after it.
#[derive(Default)]
pub struct Expected {
    /// The headers of the call, where checksums and the names of trailers stand.
    pub headers: HeaderMap,
    /// The trailers, known once the body was read.
    pub trailers: Option<TrailingHeaders>,
    /// The length.
    pub length: Option<i64>,
    /// The MD5 in base64.
    pub md5: Option<String>,
}

/// A body that was taken.
pub struct Received {
    /// Its file.
    pub temp: TempFile,
    /// Its length.
    pub size: u64,
    /// Its MD5 in hex.
    pub md5: String,
    /// The checksums the client asked for; CRC-64/NVME when it asked for none, as AWS has it.
    pub checksums: Checksums,
}

/// A temporary file that goes when it is dropped, unless it was renamed before.
pub struct TempFile(pub PathBuf);

impl Drop for TempFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// The checksum algorithms by the names of their headers, and where each stands in [`Checksums`].
const HEADERS: [(&str, &str); 5] = [
    ("x-amz-checksum-crc32", "CRC32"),
    ("x-amz-checksum-crc32c", "CRC32C"),
    ("x-amz-checksum-crc64nvme", "CRC64NVME"),
    ("x-amz-checksum-sha1", "SHA1"),
    ("x-amz-checksum-sha256", "SHA256"),
];

impl Checksums {
    /// The checksum of an algorithm, `CRC32`.
    pub fn of(&mut self, algorithm: &str) -> Option<&mut Option<String>> {
        match algorithm {
            "CRC32" => Some(&mut self.crc32),
            "CRC32C" => Some(&mut self.crc32c),
            "CRC64NVME" => Some(&mut self.crc64nvme),
            "SHA1" => Some(&mut self.sha1),
            "SHA256" => Some(&mut self.sha256),
            _ => None,
        }
    }

    /// The algorithms there is a checksum of.
    pub fn algorithms(&self) -> Vec<&'static str> {
        let mut sums = self.clone();
        HEADERS.iter().map(|(_, name)| *name).filter(|name| sums.of(name).is_some_and(|sum| sum.is_some())).collect()
    }
}

/// Computes MD5 and some checksums in one go.
pub struct Hasher {
    md5: Md5,
    sums: ChecksumHasher,
}

impl Hasher {
    /// A hasher of these algorithms besides MD5.
    pub fn new(algorithms: &[&str]) -> Self {
        let wanted = |name: &str| algorithms.contains(&name);
        let sums = ChecksumHasher {
            crc32: wanted("CRC32").then(Crc32::new),
            crc32c: wanted("CRC32C").then(Crc32c::new),
            sha1: wanted("SHA1").then(Sha1::new),
            sha256: wanted("SHA256").then(Sha256::new),
            crc64nvme: wanted("CRC64NVME").then(Crc64Nvme::new),
        };
        Self { md5: Md5::new(), sums }
    }

    /// Takes the next bytes.
    pub fn update(&mut self, data: &[u8]) {
        self.md5.update(data);
        self.sums.update(data);
    }

    /// The MD5 in hex, and the checksums.
    pub fn finish(self) -> (String, Checksums) {
        let sums = self.sums.finalize();
        let checksums = Checksums {
            crc32: sums.checksum_crc32,
            crc32c: sums.checksum_crc32c,
            crc64nvme: sums.checksum_crc64nvme,
            sha1: sums.checksum_sha1,
            sha256: sums.checksum_sha256,
            composite: false,
        };
        (hex::encode(self.md5.finalize()), checksums)
    }
}

/// The algorithms that the headers give a value for or announce, or else `CRC64NVME`.
pub fn algorithms(headers: &HeaderMap) -> Vec<&'static str> {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let trailers = text("x-amz-trailer").to_lowercase();
    let named = [text("x-amz-sdk-checksum-algorithm"), text("x-amz-checksum-algorithm")].map(|n| n.to_uppercase());
    let asked = HEADERS.iter().filter(|(header, name)| {
        headers.contains_key(*header)
            || trailers.split(',').any(|t| t.trim() == *header)
            || named.iter().any(|n| n == name)
    });
    let asked: Vec<&str> = asked.map(|(_, name)| *name).collect();
    if asked.is_empty() { vec!["CRC64NVME"] } else { asked }
}

/// Takes the body.
pub async fn receive(store: &Store, body: Option<StreamingBlob>, expected: Expected) -> S3Result<Received> {
    let mut hasher = Hasher::new(&algorithms(&expected.headers));
    let temp = TempFile(store.temp_path());
    let mut file = tokio::fs::File::create(&temp.0).await.map_err(internal)?;
    let mut size = 0;
    if let Some(mut body) = body {
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|e| broken(e.as_ref()))?;
            hasher.update(&chunk);
            size += chunk.len() as u64;
            file.write_all(&chunk).await.map_err(internal)?;
        }
    }
    file.flush().await.map_err(internal)?;
    drop(file);
    let (md5, mut checksums) = hasher.finish();
    if expected.length.is_some_and(|length| u64::try_from(length) != Ok(size)) {
        return Err(incomplete());
    }
    check_md5(expected.md5.as_deref(), &md5)?;
    let trailers = expected.trailers.and_then(|t| t.take()).unwrap_or_default();
    for (header, name) in HEADERS {
        let given = expected.headers.get(header).or_else(|| trailers.get(header));
        let computed = checksums.of(name).and_then(|sum| sum.as_deref());
        if given.is_some_and(|given| Some(given.as_bytes()) != computed.map(str::as_bytes)) {
            let message = format!("The {name} you specified did not match the calculated checksum.");
            return Err(refuse(S3ErrorCode::BadDigest, message));
        }
    }
    Ok(Received { temp, size, md5, checksums })
}

fn check_md5(given: Option<&str>, computed: &str) -> S3Result<()> {
    let Some(given) = given else { return Ok(()) };
    match BASE64.decode(given) {
        Ok(bytes) if bytes.len() == 16 && hex::encode(&bytes) == computed => Ok(()),
        Ok(bytes) if bytes.len() == 16 => {
            Err(refuse(S3ErrorCode::BadDigest, "The Content-MD5 you specified did not match what we received."))
        }
        _ => Err(refuse(S3ErrorCode::InvalidDigest, "The Content-MD5 you specified was invalid.")),
    }
}

fn incomplete() -> S3Error {
    refuse(
        S3ErrorCode::IncompleteBody,
        "You did not provide the number of bytes specified by the Content-Length HTTP header",
    )
}

/// Why a body stopped: its own hash or a chunk's signature was wrong, or the client went away. s3s keeps these types to
/// itself; their words are all there is.
fn broken(error: &(dyn std::error::Error + Send + Sync + 'static)) -> S3Error {
    let words = error.to_string();
    if words.contains("Sha256Mismatch") {
        let message = "The provided 'x-amz-content-sha256' header does not match what was computed.";
        refuse_as(http::StatusCode::BAD_REQUEST, "XAmzContentSHA256Mismatch", message)
    } else if words.contains("SignatureMismatch") {
        let message = "The request signature we calculated does not match the signature you provided. Check your key and signing method.";
        refuse(S3ErrorCode::SignatureDoesNotMatch, message)
    } else {
        incomplete()
    }
}

/// The MD5 of a file, in hex.
pub fn md5_of_file(path: &Path) -> std::io::Result<String> {
    let mut hasher = Hasher::new(&[]);
    pump(&mut std::fs::File::open(path)?, |chunk| {
        hasher.update(chunk);
        Ok(())
    })?;
    Ok(hasher.finish().0)
}

/// Takes the bytes of an open file as if they had been sent.
pub async fn receive_file(
    store: &Store,
    mut file: std::fs::File,
    range: std::ops::Range<u64>,
    algorithms: Vec<&'static str>,
) -> S3Result<Received> {
    let temp = TempFile(store.temp_path());
    let copy = move || -> std::io::Result<Received> {
        let mut hasher = Hasher::new(&algorithms);
        let mut target = std::fs::File::create(&temp.0)?;
        file.seek(SeekFrom::Start(range.start))?;
        let size = pump(&mut file.take(range.end - range.start), |chunk| {
            hasher.update(chunk);
            target.write_all(chunk)
        })?;
        let (md5, checksums) = hasher.finish();
        Ok(Received { temp, size, md5, checksums })
    };
    tokio::task::spawn_blocking(copy).await.map_err(internal)?.map_err(internal)
}

/// Hands on the bytes of a reader piece by piece, and counts them.
pub fn pump(from: &mut impl Read, mut take: impl FnMut(&[u8]) -> std::io::Result<()>) -> std::io::Result<u64> {
    let mut buffer = vec![0; 256 * 1024];
    let mut total = 0;
    loop {
        let n = from.read(&mut buffer)?;
        if n == 0 {
            return Ok(total);
        }
        take(&buffer[..n])?;
        total += n as u64;
    }
}
