//! What must hold for any input.

use std::sync::LazyLock;

use proptest::prelude::*;

use crate::error::{Kind, SourceText};
use crate::manifest::cx::Cx;
use crate::manifest::interpolate::Scope;
use crate::manifest::node::{Map, Node, Scalar, Value};
use crate::manifest::overlay::overlay;
use crate::manifest::parse::parse;
use crate::manifest::read::Rule;
use crate::manifest::rules;
use crate::manifest::spanned::Spanned;
use crate::manifest::tests::flagship::FULL;
use crate::manifest::tests::folder;
use crate::manifest::{LoadOptions, load};

fn tree(text: &str) -> Option<Node> {
    parse(&SourceText::new("p.yaml", text), &mut Cx::new("p.yaml")).ok()
}

/// Trees of maps over few keys, so that overlays meet; written as YAML, so that they have places.
fn yaml_map() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("1".to_string()),
        Just("\"a b\"".to_string()),
        Just("[x, y]".to_string()),
        Just("~".to_string())
    ];
    let map = |inner: BoxedStrategy<String>| {
        proptest::collection::btree_map("[a-d]", inner, 0..4).prop_map(|map| {
            format!("{{{}}}", map.iter().map(|(k, v)| format!("{k}: {v}")).collect::<Vec<_>>().join(", "))
        })
    };
    let value = leaf.prop_recursive(3, 24, 4, move |inner| map(inner.boxed()));
    map(value.boxed())
}

/// Text that looks like YAML often enough to get past the first character.
fn yamlish() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("name: x\n".to_string()),
        Just("- ".to_string()),
        Just("  ".to_string()),
        Just("a: &a ".to_string()),
        Just("*a".to_string()),
        Just("${name}".to_string()),
        Just("environments: ".to_string()),
        Just("{ x: [".to_string()),
        Just("] }\n".to_string()),
        Just("|\n  t\n".to_string()),
        Just("\"".to_string()),
        Just("? ".to_string()),
        Just(": ".to_string()),
        Just("\n".to_string()),
        Just("---\n".to_string()),
        "\\PC{0,4}",
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// A value behind a colon: a flow collection or the rest up to a comma, brace or line end.
static VALUE: LazyLock<regex::Regex> =
    LazyLock::new(|| regex::Regex::new(r#": (\{[^{}\n]*\}|\[[^\[\]\n]*\]|"[^"\n]*"|[^\[{"\n,}]+)"#).unwrap());

/// Values that are wrong nearly everywhere.
fn odd_value() -> impl Strategy<Value = &'static str> {
    let odd = [
        "~",
        "",
        "{}",
        "[]",
        "[~]",
        "{ x: ~ }",
        "{ x: { y: z } }",
        "[[x]]",
        "\"\"",
        "-1",
        "1e99",
        "true",
        "x y",
        "\"${var.no}\"",
        "\"${\"",
    ];
    prop::sample::select(odd.to_vec())
}

/// Every place in the tree lies in its file.
fn assert_places(node: &Node) {
    let place = node.place.as_ref().expect("everything parsed has a place");
    let line = place.source.line(place.line).chars().count() as u32;
    assert!(place.line >= 1 && place.column >= 1 && place.width >= 1);
    assert!(place.column <= line + 1, "{place} is beyond its line's {line} characters");
    match &node.value {
        Value::Scalar(_) => {}
        Value::List(items) => items.iter().for_each(assert_places),
        Value::Map(map) => map.values().for_each(assert_places),
    }
}

fn find<'a>(node: &'a Node, path: &[String]) -> Option<&'a Node> {
    path.iter().try_fold(node, |node, key| node.as_map()?.get(key.as_str()))
}

/// Every scalar and list with the keys that lead to it.
fn leaves(node: &Node, path: &mut Vec<String>, out: &mut Vec<(Vec<String>, Node)>) {
    match &node.value {
        Value::Map(map) => {
            for (key, value) in map {
                path.push(key.value.clone());
                leaves(value, path, out);
                path.pop();
            }
        }
        _ => out.push((path.clone(), node.clone())),
    }
}

proptest! {
    #[test]
    fn any_text_is_a_tree_or_an_error(text in "\\PC*") {
        if let Some(node) = tree(&text) { assert_places(&node); }
    }

    #[test]
    fn nearly_yaml_is_a_tree_or_an_error(text in yamlish()) {
        if let Some(node) = tree(&text) { assert_places(&node); }
    }

    #[test]
    fn errors_have_places_within_the_file(text in yamlish()) {
        static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| folder(""));
        let path = FOLDER.path().join("pipeline.yaml");
        std::fs::write(&path, &text).unwrap();
        let error = load(&path, &LoadOptions::default()).expect_err("none of these is a manifest");
        prop_assert!(error.all().all(|error| error.kind() != Kind::Bug), "{error}");
        for place in error.all().filter_map(|error| error.place()) {
            let line = place.source.line(place.line).chars().count() as u32;
            prop_assert!(place.line >= 1 && place.column >= 1 && place.column <= line + 1, "{} in {:?}", place, text);
        }
    }

    /// A good manifest with one value swapped: refused with a place, or still good, but never our own fault.
    #[test]
    fn a_swapped_value_is_refused_with_a_place(pick in any::<prop::sample::Index>(), value in odd_value()) {
        static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| folder(""));
        let spots: Vec<std::ops::Range<usize>> = VALUE.find_iter(FULL).map(|found| found.start() + 1..found.end()).collect();
        let spot = pick.get(&spots).clone();
        let text = format!("{} {}{}", &FULL[..spot.start], value, &FULL[spot.end..]);
        let path = FOLDER.path().join("pipeline.yaml");
        std::fs::write(&path, &text).unwrap();
        if let Err(error) = load(&path, &LoadOptions::default()) {
            for error in error.all() {
                prop_assert!(error.kind() != Kind::Bug, "{error}\n{text}");
                prop_assert!(error.place().is_some() || error.kind() == Kind::Usage, "{error}\n{text}");
            }
        }
    }

    #[test]
    fn nothing_over_a_tree_is_the_tree(text in yaml_map()) {
        let Some(base) = tree(&text) else { return Ok(()) };
        let empty = Node::empty_map(None);
        prop_assert_eq!(overlay(base.clone(), empty), base);
    }

    #[test]
    fn laying_over_twice_is_laying_over_once(below in yaml_map(), above in yaml_map()) {
        let (Some(below), Some(above)) = (tree(&below), tree(&above)) else { return Ok(()) };
        let once = overlay(below, above.clone());
        prop_assert_eq!(overlay(once.clone(), above), once);
    }

    #[test]
    fn every_leaf_is_the_overlays_or_the_bases_with_its_place(below in yaml_map(), above in yaml_map()) {
        let (Some(below), Some(above)) = (tree(&below), tree(&above)) else { return Ok(()) };
        let merged = overlay(below.clone(), above.clone());
        let mut found = Vec::new();
        leaves(&merged, &mut Vec::new(), &mut found);
        for (path, leaf) in found {
            let origin = find(&above, &path).or_else(|| find(&below, &path));
            prop_assert_eq!(origin, Some(&leaf), "{:?}", path);
        }
        let mut laid = Vec::new();
        leaves(&above, &mut Vec::new(), &mut laid);
        for (path, leaf) in laid.iter().filter(|(path, leaf)| !leaf.is_null() && !path.is_empty()) {
            prop_assert_eq!(find(&merged, path), Some(leaf), "{:?}", path);
        }
    }

    #[test]
    fn text_without_variables_stays(text in "[^$]*|\\PC*", quoted: bool) {
        prop_assume!(!text.contains("${"));
        let mut cx = Cx::new("p.yaml");
        let scalar = Scope::default().scalar(&Spanned::unplaced(text.clone()), quoted, &mut cx);
        prop_assert_eq!(scalar, Scalar { text, quoted, sensitive: false });
        prop_assert_eq!(cx.count(), 0);
    }

    #[test]
    fn escaped_text_comes_back(text in "([a-z ]|\\$\\{|\\$\\{name\\}|\\})*") {
        let mut cx = Cx::new("p.yaml");
        let escaped = text.replace("${", "$${");
        let scalar = Scope::default().scalar(&Spanned::unplaced(escaped), true, &mut cx);
        prop_assert_eq!(scalar.text, text);
        prop_assert_eq!(cx.count(), 0);
    }

    #[test]
    fn values_are_put_in_once(before in "[a-z ]{0,5}", value in "\\PC{1,8}", after in "[a-z ]{0,5}") {
        let mut scope = Scope::default();
        scope.set("name", value.clone());
        let mut cx = Cx::new("p.yaml");
        let scalar = scope.scalar(&Spanned::unplaced(format!("{before}${{name}}{after}${{name}}")), true, &mut cx);
        prop_assert_eq!(scalar.text, format!("{before}{value}{after}{value}"));
        prop_assert_eq!(cx.count(), 0);
    }

    /// The patterns that editors check by are the rules that the reader checks by.
    #[test]
    fn patterns_and_rules_agree(text in "[a-zA-Z0-9_. -]{0,40}|[a-z0-9_-]{1,4}|[a-z]{2}-[a-z]{2,6}-[0-9a-z]|[0-9]{10,13}|[a-z0-9.-]{2,64}") {
        for (rule, pattern, exact) in PATTERNS.iter() {
            let (matches, accepted) = (pattern.is_match(&text), (rule.check)(&text).is_ok());
            prop_assert!(matches == accepted || (!exact && matches), "{} {:?}", rule.what, text);
        }
    }
}

/// Rules with their patterns; the flag: the pattern says all that the rule says.
static PATTERNS: LazyLock<Vec<(&Rule, regex::Regex, bool)>> = LazyLock::new(|| {
    let exact: [&Rule; 17] = [
        &rules::PIPELINE,
        &rules::PIPELINE_ID,
        &rules::ENVIRONMENT,
        &rules::VARIABLE,
        &rules::TABLE,
        &rules::TABLE_PREFIX,
        &rules::DATABASE,
        &rules::ANY_COLUMN,
        &rules::NEW_COLUMN,
        &rules::COLUMN_PREFIX,
        &rules::WORKGROUP,
        &rules::QUERY,
        &rules::REGION,
        &rules::ACCOUNT,
        &rules::ROLE,
        &rules::TAG_VALUE,
        &rules::NOT_EMPTY,
    ];
    let loose: [&Rule; 6] =
        [&rules::BUCKET, &rules::S3_URI, &rules::CRON, &rules::JOB_ARGUMENT, &rules::TAG_KEY, &rules::POLICY_ARN];
    let with = |exact: bool| move |rule: &'static Rule| (rule, regex::Regex::new(rule.pattern).unwrap(), exact);
    exact.into_iter().map(with(true)).chain(loose.into_iter().map(with(false))).collect()
});

#[test]
fn maps_merge_and_the_rest_replaces() {
    let merged = |below: &str, above: &str| overlay(tree(below).unwrap(), tree(above).unwrap());
    let node = merged("{ a: { x: 1, y: [1, 2] }, b: 2, c: 3 }", "{ c: ~, a: { y: [3], z: 4 }, d: { e: 5 } }");
    assert_eq!(format!("{:?}", plain(&node)), r#"{"a": {"x": 1, "y": [3], "z": 4}, "b": 2, "d": {"e": 5}}"#);
    assert_eq!(format!("{:?}", plain(&merged("{ a: { x: 1 } }", "{ a: s3 }"))), r#"{"a": s3}"#);
    assert_eq!(format!("{:?}", plain(&merged("{ a: s3 }", "{ a: { x: 1 } }"))), r#"{"a": {"x": 1}}"#);
}

/// A tree without its places, for comparing by eye.
fn plain(node: &Node) -> Plain {
    match &node.value {
        Value::Map(map) => Plain::Map(map.clone()),
        Value::List(items) => Plain::List(items.iter().map(plain).collect()),
        Value::Scalar(scalar) => Plain::Scalar(scalar.clone()),
    }
}

enum Plain {
    Map(Map),
    List(Vec<Plain>),
    Scalar(Scalar),
}

impl std::fmt::Debug for Plain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Plain::Map(map) => {
                f.debug_map().entries(map.iter().map(|(key, value)| (&key.value, plain(value)))).finish()
            }
            Plain::List(items) => f.debug_list().entries(items).finish(),
            Plain::Scalar(scalar) => scalar.fmt(f),
        }
    }
}
