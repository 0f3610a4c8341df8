//! Which entries of a map are ours: tags and arguments are shared with others, who add theirs.
//!
//! There is no state file, so the entries that the manifest asked for are noted on the resource itself, in one more entry of
//! the same map: the *list*. An entry that is listed and no longer wanted left the manifest, and goes; one that is not listed is
//! somebody else's, and stays. A map whose entries nobody chose (our marks alone) has no list.
//!
//! A tag's value holds 256 characters, fifty keys may have 128 each, and of what keys are written with nothing is left to
//! part them by. So a list holds five characters for each key, taken of its hash: 47 of them fit. That a stranger's key is
//! taken for one of 47 of ours happens once in 20 million.

use sha2::{Digest, Sha256};

use std::collections::{BTreeMap, BTreeSet};

/// The list among tags.
pub const TAGS: &str = "pipectl:keys";
/// The list among a job's arguments.
pub const ARGUMENTS: &str = "--pipectl_keys";

/// How many characters stand for a key, each for six bits.
const WIDTH: usize = 5;
/// Characters that every service takes in tags, arguments and parameters.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The list of these keys; `None` for no keys.
pub fn list<'a>(keys: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let marks: BTreeSet<String> = keys.into_iter().map(mark).collect();
    (!marks.is_empty()).then(|| marks.into_iter().collect())
}

/// The keys of `live` that are listed there and not wanted, the list itself among them, sorted.
pub fn gone(live: &BTreeMap<String, String>, want: &BTreeMap<String, String>, entry: &str) -> Vec<String> {
    let Some(list) = live.get(entry) else { return Vec::new() };
    let listed = |key: &String| key == entry || lists(list, key);
    live.keys().filter(|key| !want.contains_key(*key) && listed(key)).cloned().collect()
}

/// What becomes of `live` when `want` is written over it: what is gone goes, and foreign entries stay.
pub fn merged(
    live: &BTreeMap<String, String>,
    want: &BTreeMap<String, String>,
    entry: &str,
) -> BTreeMap<String, String> {
    let gone = gone(live, want, entry);
    let kept = live.iter().filter(|(key, _)| !gone.contains(key)).chain(want);
    kept.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Whether the list has the key.
pub fn lists(list: &str, key: &str) -> bool {
    let mark = mark(key);
    list.as_bytes().chunks_exact(WIDTH).any(|chunk| chunk == mark.as_bytes())
}

fn mark(key: &str) -> String {
    let hash = Sha256::digest(key.as_bytes());
    let bits = u64::from_be_bytes(std::array::from_fn(|at| hash[at]));
    (0..WIDTH).map(|at| char::from(ALPHABET[(bits >> (6 * at)) as usize % ALPHABET.len()])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn map(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
        entries.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn what_left_the_manifest_goes_and_what_is_foreign_stays() {
        let list = list(["team", "cost"]).unwrap();
        let live = map(&[("team", "a"), ("cost", "1"), ("theirs", "x"), (TAGS, &list)]);
        let one = super::list(["team"]).unwrap();
        let want = map(&[("team", "a"), (TAGS, &one)]);
        assert_eq!(gone(&live, &want, TAGS), ["cost"]);
        assert_eq!(merged(&live, &want, TAGS), map(&[("team", "a"), ("theirs", "x"), (TAGS, &one)]));
        assert_eq!(gone(&live, &map(&[]), TAGS), ["cost", TAGS, "team"]);
        assert_eq!(merged(&live, &map(&[]), TAGS), map(&[("theirs", "x")]));
        let unlisted = map(&[("team", "a"), ("cost", "1")]);
        assert_eq!(gone(&unlisted, &map(&[]), TAGS), [""; 0], "without a list nothing is known to be ours");
    }

    #[test]
    fn a_list_is_the_same_for_the_same_keys() {
        assert_eq!(list(["b", "a"]), list(["a", "b"]));
        assert_eq!(list([]), None);
        // Lists are kept on live resources: they may never change.
        assert_eq!(list(["team"]).unwrap(), "tI6gb");
    }

    proptest! {
        #[test]
        fn a_list_holds_its_keys_and_fits_into_a_tag(keys in prop::collection::btree_set("[a-zA-Z0-9 +=._:/@-]{1,128}", 1..=47)) {
            let list = list(keys.iter().map(String::as_str)).unwrap();
            prop_assert!(list.len() <= 256 && list.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'));
            prop_assert!(keys.iter().all(|key| lists(&list, key)));
        }
    }
}
