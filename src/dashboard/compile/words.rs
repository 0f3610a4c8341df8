//! Titles and ids from names.

use crate::dashboard::model::Aggregate;

/// `track_popularity` -> `Track popularity`.
pub fn title(name: &str) -> String {
    let words = name.replace(['_', '-'], " ");
    let mut chars = words.trim().chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => name.to_string(),
    }
}

/// `Average track popularity`; `Rows` for `count(*)`.
pub fn measure(aggregate: Aggregate, column: Option<&str>) -> String {
    let Some(column) = column else { return "Rows".to_string() };
    let column = title(column);
    let mut chars = column.chars();
    let lower: String = chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default();
    match aggregate {
        Aggregate::Count => format!("Count of {lower}"),
        Aggregate::CountDistinct => format!("Distinct {lower}"),
        Aggregate::Sum => format!("Total {lower}"),
        Aggregate::Avg => format!("Average {lower}"),
        Aggregate::Min => format!("Least {lower}"),
        Aggregate::Max => format!("Greatest {lower}"),
        Aggregate::Median => format!("Median {lower}"),
        Aggregate::Stddev => format!("Standard deviation of {lower}"),
        Aggregate::Percentile(n) => format!("{n}{} percentile of {lower}", ordinal(n)),
    }
}

fn ordinal(n: u8) -> &'static str {
    match (n % 100, n % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    }
}

/// Letters and digits of a title in lower case, `-` for the rest: `Top 10 artists!` -> `top-10-artists`.
pub fn slug(title: &str) -> String {
    let mut slug = String::new();
    for c in title.to_lowercase().chars() {
        match c {
            c if c.is_ascii_alphanumeric() => slug.push(c),
            _ if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            _ => {}
        }
        if slug.len() >= 60 {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "x".to_string() } else { slug.to_string() }
}

/// The first of `base`, `base-2`, `base-3`, ... that is not taken, which then is.
pub fn distinct(base: &str, taken: &mut std::collections::HashSet<String>) -> String {
    let mut id = base.to_string();
    let mut n = 2;
    while !taken.insert(id.clone()) {
        id = format!("{base}-{n}");
        n += 1;
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_people() {
        assert_eq!(title("track_popularity"), "Track popularity");
        assert_eq!(measure(Aggregate::Avg, Some("track_popularity")), "Average track popularity");
        assert_eq!(measure(Aggregate::Percentile(92), Some("x")), "92nd percentile of x");
        assert_eq!(measure(Aggregate::Count, None), "Rows");
    }

    #[test]
    fn ids_are_plain_and_distinct() {
        assert_eq!(slug("Top 10 artists!"), "top-10-artists");
        assert_eq!(slug("Größe (Ø)"), "gr-e");
        assert_eq!(slug("人気"), "x");
        let mut taken = std::collections::HashSet::new();
        let ids: Vec<String> = ["a", "a", "a-2", "a"].iter().map(|base| distinct(base, &mut taken)).collect();
        assert_eq!(ids, ["a", "a-2", "a-2-2", "a-3"]);
    }
}
