//! Ids and names in a definition: always the same for the same dashboard, and as QuickSight wants them.

use sha2::{Digest, Sha256};

/// QuickSight's limit on ids of sheets, visuals, filters, controls and fields.
const LONGEST_ID: usize = 512;

/// QuickSight's limit on names of columns and calculated fields.
const LONGEST_COLUMN: usize = 128;

/// An id (`[\w-]+`, at most 512 characters) of parts that are such already.
pub fn id(parts: &[&str]) -> String {
    shortened(&parts.join("_"), LONGEST_ID)
}

/// A calculated field's name, at most 128 characters.
pub fn field_name(parts: &[&str]) -> String {
    shortened(&parts.join(" "), LONGEST_COLUMN)
}

/// `text`, or its beginning and a fingerprint of the whole.
fn shortened(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    let fingerprint = hex::encode(&Sha256::digest(text)[..6]);
    let head: String = text.chars().take(longest - fingerprint.len() - 1).collect();
    format!("{head}-{fingerprint}")
}

/// A parameter's name in QuickSight, which takes letters and digits only: `min_year` is `minYear`.
pub fn parameter_name(name: &str) -> String {
    let mut text = String::new();
    let mut upper = false;
    for c in name.chars() {
        if !c.is_ascii_alphanumeric() {
            upper = true;
        } else if std::mem::take(&mut upper) && !text.is_empty() {
            text.push(c.to_ascii_uppercase());
        } else {
            text.push(c);
        }
    }
    if text.is_empty() { "parameter".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_short_and_distinct() {
        assert_eq!(id(&["top-10", "category", "0"]), "top-10_category_0");
        let (one, two) = (id(&[&"a".repeat(600), "x"]), id(&[&"a".repeat(600), "y"]));
        assert_eq!(one.len(), 512);
        assert_ne!(one, two);
        assert_eq!(field_name(&["filter of", &"é".repeat(200)]).chars().count(), 128);
    }

    #[test]
    fn parameters_are_letters_and_digits() {
        assert_eq!(parameter_name("year"), "year");
        assert_eq!(parameter_name("min_year"), "minYear");
        assert_eq!(parameter_name("_a_1"), "a1");
    }
}
