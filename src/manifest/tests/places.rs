//! Where values stand: what later floors underline.

use super::{SMALL, load_text, small_and};
use crate::error::Place;
use crate::manifest::LoadOptions;
use crate::manifest::model::{Rule, Step};
use crate::manifest::spanned::Spanned;

fn step(lines: &str, index: usize) -> Spanned<Step> {
    let text = format!("{SMALL}      {}\n", lines.replace('\n', "\n      "));
    load_text(&text, &LoadOptions::default()).unwrap().tables["t"].steps[index].clone()
}

fn filter(line: &str) -> Spanned<String> {
    match step(line, 1).value {
        Step::Filter(text) => text,
        other => panic!("{other:?}"),
    }
}

/// The underlined part of the file.
fn under(place: Option<Place>) -> String {
    let place = place.expect("a place");
    place.source.line(place.line).chars().skip(place.column as usize - 1).take(place.width as usize).collect()
}

#[test]
fn scalars_stand_at_their_content() {
    for line in [
        "- filter: x > 1",
        "- filter: \"x > 1\"",
        "- filter: 'x > 1'",
        "- { filter: x > 1 }",
        "- filter: |-\n    x > 1",
        "- filter: >\n    x > 1",
    ] {
        let text = filter(line);
        assert_eq!(under(text.place.clone()), "x > 1", "{line}");
        assert_eq!(under(text.inside(4, 1)), "1", "{line}");
    }
}

#[test]
fn a_step_stands_at_its_key() {
    assert_eq!(under(step("- drop_fields:\n    - x", 1).place), "drop_fields");
    assert_eq!(under(step("- { filter: x }", 1).place), "filter");
}

#[test]
fn inside_a_block_the_line_is_found() {
    let text = filter("- filter: |\n    x > 1\n      and ü < 3\n    or z");
    assert_eq!(text.value, "x > 1\n  and ü < 3\nor z\n");
    assert_eq!(under(text.inside(8, 3)), "and");
    assert_eq!(under(text.inside(12, 1)), "ü");
    assert_eq!(under(text.inside(18, 99)), "or z");
}

#[test]
fn inside_what_was_changed_the_whole_is_blamed() {
    let escaped = filter("- filter: \"x\\ny > 2\"");
    assert_eq!(escaped.value, "x\ny > 2");
    assert_eq!(escaped.inside(2, 1), escaped.place);
    for (line, offset) in [
        ("- filter: \"x = '\\t' and y\"", 12),
        ("- filter: x = '${name}' and y", 16),
        ("- filter: 'a = ''b'' and y'", 12),
    ] {
        let text = filter(line);
        assert_eq!(text.inside(offset, 1), text.place, "{line}");
        assert_eq!(
            under(text.inside(0, 1)),
            line.split(['\'', '"', ' ']).find(|w| *w == "x" || *w == "a").unwrap(),
            "{line}"
        );
    }
}

#[test]
fn columns_count_characters() {
    let place = step("- derived_column: { nave: 'é ü', y: x }", 1);
    let Step::DerivedColumn(columns) = place.value else { panic!() };
    assert_eq!(under(columns["y"].place.clone()), "x");
}

#[test]
fn what_nobody_wrote_has_no_place() {
    let manifest = load_text(SMALL, &LoadOptions::default()).unwrap();
    assert_eq!(manifest.job.workers.place, None);
    assert_eq!(manifest.job.timeout.place, None);
    assert_eq!(under(manifest.region.place), "us-east-1");
}

#[test]
fn checks_stand_at_their_rule() {
    let manifest =
        load_text(&small_and("    checks:\n      - { severity: warn, unique: [id, x] }\n"), &LoadOptions::default());
    let check = manifest.unwrap().tables["t"].checks[0].clone();
    assert_eq!(under(check.place), "unique");
    let Rule::Unique(columns) = check.value.rule else { panic!() };
    assert_eq!(under(columns[1].place.clone()), "x");
}

#[test]
fn empty_lines_before_a_block_do_not_shift_it() {
    let text = filter("- filter: |\n\n    x > 1\n\n    and y");
    assert_eq!(text.value, "\nx > 1\n\nand y\n");
    assert_eq!(under(text.inside(5, 1)), "1");
    assert_eq!(under(text.inside(8, 3)), "and");
}
