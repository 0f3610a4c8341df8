//! Names of documents and keys of objects as file names.
//!
//! An ordinary object key is its own path below the bucket's folder, so that a person, the job engine and a crawler
//! find plain files. Keys that cannot be a path (folder markers, `.` and `..`, empty or over-long segments) or whose
//! path is taken by a folder get an encoded name in a folder of their own.

use std::path::PathBuf;

use sha2::{Digest, Sha256};

/// The longest file name that every file system takes, in bytes.
const LONGEST_SEGMENT: usize = 255;
/// How long a piece of an encoded name may get: well below [`LONGEST_SEGMENT`].
const PIECE: usize = 180;

/// Percent-encodes everything but `a-z 0-9 - _ .`; capitals too, for file systems that do not tell them apart.
fn percent_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => out.push(byte as char),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// The reverse of [`percent_encode`], and of any other percent-encoding; `None` for what is none.
pub fn percent_decode(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'%' {
            out.extend(hex::decode(bytes.get(at + 1..at + 3)?).ok()?);
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8(out).ok()
}

/// A document's name as a file name without extension: percent-encoded, and cut with a hash when it gets too long.
pub fn document_file(name: &str) -> String {
    let encoded = percent_encode(name);
    // A leading dot would hide it, or be `.` or `..`.
    let encoded = if encoded.starts_with('.') { encoded.replacen('.', "%2E", 1) } else { encoded };
    if encoded.is_empty() {
        "%".to_owned()
    } else if encoded.len() <= PIECE {
        encoded
    } else {
        format!("{}~{}", &encoded[..100], hex::encode(Sha256::digest(name.as_bytes())))
    }
}

/// Whether `key` can be a relative path as it stands.
pub fn is_plain(key: &str) -> bool {
    !key.is_empty()
        && !key.contains(['\0', '\\'])
        && key.split('/').all(|s| !s.is_empty() && s != "." && s != ".." && s.len() <= LONGEST_SEGMENT)
}

/// Any key as a relative path that cannot leave its folder: the encoded key in pieces, all but the last ending in `+`.
pub fn odd_path(key: &str) -> PathBuf {
    let encoded = percent_encode(key).replace('.', "%2E");
    let mut path = PathBuf::new();
    let mut rest = encoded.as_str();
    while rest.len() > PIECE {
        let (piece, tail) = rest.split_at(PIECE);
        path.push(format!("{piece}+"));
        rest = tail;
    }
    path.push(rest);
    path
}

/// The key of a path that [`odd_path`] made, given with `/` between its pieces; `None` for a stranger's file.
pub fn odd_key(path: &str) -> Option<String> {
    percent_decode(&path.replace("+/", ""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plain_keys_are_paths() {
        for key in ["a", "a/b", "release_year=1999/part-0.parquet", "ünï/çødé", "a b/%41", ".hidden", "..."] {
            assert!(is_plain(key), "{key}");
        }
        let long = "x".repeat(256);
        for key in ["", "/", "a/", "/a", "a//b", "../a", "a/./b", "a\\b", "a\0b", long.as_str()] {
            assert!(!is_plain(key), "{key:?}");
        }
    }

    #[test]
    fn document_names_differ_where_the_names_do() {
        let long = "x".repeat(400);
        let names = ["", "a", "A", "%41", ".", "..", "a/b", "a%2Fb", long.as_str(), &long[1..]];
        let files: std::collections::BTreeSet<_> = names.iter().map(|n| document_file(n)).collect();
        assert_eq!(files.len(), names.len(), "{files:?}");
        assert!(files.iter().all(|f| f.len() < 200 && !f.contains('/') && !f.starts_with('.')));
    }

    proptest! {
        #[test]
        fn odd_keys_come_back(key in ".{1,400}") {
            let path = odd_path(&key);
            prop_assert!(path.components().all(|c| matches!(c, std::path::Component::Normal(s) if s.len() <= 255)));
            prop_assert_eq!(odd_key(path.to_str().unwrap()), Some(key));
        }
    }
}
