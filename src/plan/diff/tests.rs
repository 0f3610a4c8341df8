use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn fields(value: Value) -> Fields {
    value.as_object().unwrap().iter().map(|(k, v)| (k.clone(), v.clone())).collect()
}

fn shown(changes: &[FieldChange]) -> String {
    changes.iter().map(|c| format!("{}: {} -> {}", c.path, c.before, c.after)).collect::<Vec<_>>().join("\n")
}

fn job(live: Value, want: Value) -> String {
    shown(&diff(Kind::GlueJob, &fields(live), &fields(want)))
}

#[test]
fn absence_is_the_default() {
    assert_eq!(job(json!({"workers": 2}), json!({})), "");
    assert_eq!(job(json!({"workers": 10}), json!({})), "workers: 10 -> 2");
    assert_eq!(job(json!({}), json!({"workers": null, "timeout_minutes": 60.0})), "");
}

#[test]
fn foreign_map_entries_are_left_alone() {
    let live = json!({"tags": {"team": "data", "cost-centre": "7"}, "arguments": {"--conf": "a"}});
    assert_eq!(job(live.clone(), json!({"tags": {"team": "data"}})), "");
    insta::assert_snapshot!(job(live.clone(), json!({"tags": {"team": "analytics", "a.b": "x"}})), @r#"
    tags["a.b"]: null -> "x"
    tags.team: "data" -> "analytics"
    "#);
    let all = between(Kind::GlueJob, &fields(live), &fields(json!({"tags": {"team": "data"}})));
    insta::assert_snapshot!(shown(&all), @r#"
    arguments.--conf: "a" -> null
    tags.cost-centre: "7" -> null
    "#);
}

/// Entries and the list of their keys.
fn listed_map(keys: &[&str], value: &str) -> Map<String, Value> {
    let mut map: Map<_, _> = keys.iter().map(|key| ((*key).to_owned(), json!(value))).collect();
    map.extend(listed::list(keys.iter().copied()).map(|list| (listed::TAGS.to_owned(), json!(list))));
    map
}

#[test]
fn listed_entries_that_left_are_told_and_the_list_goes_along() {
    let mut live = listed_map(&["team", "cost"], "a");
    live.insert("theirs".into(), json!("x"));
    insta::assert_snapshot!(job(json!({"tags": live}), json!({"tags": listed_map(&["team"], "a")})), @r#"tags.cost: "a" -> null"#);
    insta::assert_snapshot!(job(json!({"tags": live}), json!({})), @r#"
    tags.cost: "a" -> null
    tags.team: "a" -> null
    "#);
    insta::assert_snapshot!(job(json!({}), json!({"tags": listed_map(&["team"], "a")})), @r#"tags.team: null -> "a""#);
    // Alone it is told: somebody took it away, or an earlier version did not write one.
    let bare = json!({"tags": {"team": "a"}});
    insta::assert_snapshot!(job(bare, json!({"tags": listed_map(&["team"], "a")})), @r#"tags.pipectl:keys: null -> "tI6gb""#);
    let new = creation(Kind::GlueJob, &fields(json!({"tags": listed_map(&["team"], "a")})));
    let tags: Vec<&str> = new.iter().map(|c| c.path.as_str()).filter(|path| path.starts_with("tags")).collect();
    assert_eq!(tags, ["tags.team"]);
}

#[test]
fn columns_are_told_by_name() {
    let column = |name: &str, ty: &str| json!({"name": name, "type": ty});
    let live = json!({"columns": [column("id", "string"), column("n", "int"), column("old", "date")]});
    let want = json!({"columns": [column("n", "bigint"), column("id", "string"), column("new", "double")]});
    insta::assert_snapshot!(shown(&diff(Kind::GlueTable, &fields(live), &fields(want))), @r#"
    columns[n].type: "int" -> "bigint"
    columns[old]: {"name":"old","type":"date"} -> null
    columns[new]: null -> {"name":"new","type":"double"}
    columns[order]: ["id","n"] -> ["n","id"]
    "#);
}

#[test]
fn json_documents_are_told_by_path_and_text_is_parsed() {
    let live = json!({"configuration": r#"{"Version":1.0,"CrawlerOutput":{"Tables":{"AddOrUpdateBehavior":"X"}}}"#});
    let want = json!({"configuration": {"Version": 1, "CrawlerOutput": {"Tables": {"AddOrUpdateBehavior": "Y"}}}});
    let changes = diff(Kind::GlueCrawler, &fields(live), &fields(want));
    assert_eq!(shown(&changes), r#"configuration.CrawlerOutput.Tables.AddOrUpdateBehavior: "X" -> "Y""#);
    assert_eq!(names(Kind::GlueCrawler, &changes), ["configuration"]);
}

#[test]
fn lists_without_names_are_told_by_position_while_as_long() {
    let targets =
        |paths: &[&str]| fields(json!({"s3_targets": paths.iter().map(|p| json!({"path": p})).collect::<Vec<_>>()}));
    let same = diff(Kind::GlueCrawler, &targets(&["a", "b"]), &targets(&["a", "c"]));
    assert_eq!(shown(&same), r#"s3_targets[1].path: "b" -> "c""#);
    let longer = diff(Kind::GlueCrawler, &targets(&["a"]), &targets(&["a", "c"]));
    assert_eq!(shown(&longer), r#"s3_targets: [{"path":"a"}] -> [{"path":"a"},{"path":"c"}]"#);
}

#[test]
fn sets_have_no_order_and_secrets_are_not_shown() {
    let set = Spec::new("groups", Shape::Set, "[]");
    assert_eq!(field(&set, &json!(["b", "a", "a"]), &json!(["a", "b"]), Foreign::Leave), []);
    assert_eq!(field(&set, &json!(["b"]), &json!(["a", "b"]), Foreign::Leave).len(), 1);
    let secret = Spec::new("password", Shape::Scalar, "null").sensitive();
    let change = field(&secret, &Value::Null, &json!("hunter2"), Foreign::Leave).remove(0);
    assert_eq!(shown(&[masked(&secret, change)]), r#"password: null -> "(sensitive)""#);
}

#[test]
fn a_creation_shows_what_it_is_made_with() {
    let made = creation(Kind::GlueJob, &fields(json!({"role": "arn:r", "tags": {"team": "data"}, "workers": 5})));
    insta::assert_snapshot!(shown(&made), @r#"
    role: null -> "arn:r"
    glue_version: null -> "5.0"
    worker_type: null -> "G.1X"
    workers: null -> 5
    timeout_minutes: null -> 60
    max_retries: null -> 0
    max_concurrent_runs: null -> 1
    tags.team: null -> "data"
    "#);
}

/// Any value that can stand in a field of this shape.
fn any_value(shape: Shape) -> BoxedStrategy<Value> {
    let word = "[a-c]{1,2}".prop_map(Value::from);
    match shape {
        Shape::Scalar => {
            prop_oneof![Just(Value::Null), word, (0..3i64).prop_map(Value::from), any::<bool>().prop_map(Value::from)]
                .boxed()
        }
        Shape::Text => "[a-b\n]{0,4}".prop_map(Value::from).boxed(),
        Shape::Set => prop::collection::vec(word, 0..3).prop_map(Value::from).boxed(),
        Shape::List => prop_oneof![
            prop::collection::vec(word.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec(("[a-c]", word), 0..3)
                .prop_map(|items| items.into_iter().map(|(n, t)| json!({"name": n, "type": t})).collect()),
        ]
        .boxed(),
        Shape::Map => prop::collection::btree_map("[a-c]", word, 0..3).prop_map(|m| json!(m)).boxed(),
        Shape::Json => prop_oneof![
            Just(Value::Null),
            prop::collection::btree_map("[a-c]", prop::collection::vec(word, 0..2), 0..3).prop_map(|m| json!(m)),
        ]
        .boxed(),
        Shape::Policy => prop_oneof![
            Just(Value::Null),
            prop::collection::vec(("[A-B]?", prop::collection::vec(word, 0..3)), 0..3).prop_map(|statements| {
                let statements: Vec<Value> =
                    statements.into_iter().map(|(sid, actions)| json!({"Sid": sid, "Action": actions})).collect();
                json!({"Statement": statements})
            }),
        ]
        .boxed(),
    }
}

fn any_fields(kind: Kind) -> BoxedStrategy<Fields> {
    let each: Vec<BoxedStrategy<(String, Value)>> =
        specs(kind).iter().map(|s| any_value(s.shape).prop_map(|v| (s.name.to_owned(), v)).boxed()).collect();
    each.prop_map(|fields| fields.into_iter().collect()).boxed()
}

fn any_pair() -> impl Strategy<Value = (Kind, Fields, Fields)> {
    prop::sample::select(Kind::ALL.to_vec()).prop_flat_map(|kind| (Just(kind), any_fields(kind), any_fields(kind)))
}

const KEYS: [&str; 5] = ["team", "cost", "owner", "stage", "data"];

fn any_keys() -> impl Strategy<Value = BTreeSet<String>> {
    prop::sample::subsequence(KEYS.to_vec(), 0..=KEYS.len())
        .prop_map(|keys| keys.into_iter().map(str::to_owned).collect())
}

proptest! {
    /// The full diff is empty exactly when all normal forms are equal, and names exactly the fields that differ.
    #[test]
    fn the_diff_is_empty_iff_equal((kind, a, b) in any_pair()) {
        let differ: Vec<&str> = specs(kind).iter()
            .filter(|s| normal(s, &value(s, &a)) != normal(s, &value(s, &b))).map(|s| s.name).collect();
        prop_assert_eq!(names(kind, &between(kind, &a, &b)), differ);
        prop_assert_eq!(between(kind, &a, &a), vec![]);
        prop_assert_eq!(diff(kind, &b, &b), vec![]);
    }

    /// What is wanted beside foreign entries is no change, and leaving foreign entries out is the only thing that
    /// sets the two diffs apart.
    #[test]
    fn only_foreign_entries_are_left_out((kind, live, want) in any_pair()) {
        let full = between(kind, &live, &want);
        let ours = diff(kind, &live, &want);
        for change in &full {
            let foreign = change.after.is_null() && specs(kind).iter().any(|s| s.shape == Shape::Map && s.name == field_of(&change.path));
            prop_assert_eq!(!foreign, ours.contains(change), "{}", change.path);
        }
        prop_assert!(ours.iter().all(|c| full.contains(c)));
    }

    /// Of a shared map exactly that goes which is listed and no longer wanted; what is foreign stays; then nothing differs.
    #[test]
    fn what_left_a_map_goes(before in any_keys(), wanted in any_keys(), foreign in any_keys()) {
        let names = |keys: &BTreeSet<String>| -> Vec<&'static str> {
            KEYS.iter().filter(|key| keys.contains(**key)).copied().collect()
        };
        let mut live = listed_map(&names(&before), "1");
        for key in foreign.difference(&before) {
            live.insert(key.clone(), json!("theirs"));
        }
        let want = listed_map(&names(&wanted), "1");
        let tags = |map: &Map<String, Value>| fields(json!({"tags": map}));
        let changes = diff(Kind::GlueJob, &tags(&live), &tags(&want));
        let going: BTreeSet<String> = changes.iter().filter(|c| c.after.is_null()).map(|c| c.path.clone()).collect();
        prop_assert_eq!(going, before.difference(&wanted).map(|key| format!("tags.{key}")).collect());
        let texts = |map: &Map<String, Value>| -> std::collections::BTreeMap<String, String> {
            map.iter().map(|(k, v)| (k.clone(), v.as_str().unwrap().to_owned())).collect()
        };
        let merged = json!(listed::merged(&texts(&live), &texts(&want), listed::TAGS));
        prop_assert_eq!(diff(Kind::GlueJob, &tags(merged.as_object().unwrap()), &tags(&want)), vec![]);
        for key in foreign.difference(&before).filter(|key| !wanted.contains(*key)) {
            prop_assert_eq!(&merged[key], "theirs");
        }
    }

    /// Order inside sets and policies is nothing.
    #[test]
    fn reversed_policies_are_equal((kind, a, _) in any_pair()) {
        let mut b = a.clone();
        for spec in specs(kind).iter().filter(|s| s.shape == Shape::Policy) {
            if let Some(statements) = b.get_mut(spec.name).and_then(|p| p.get_mut("Statement")).and_then(Value::as_array_mut) {
                statements.reverse();
                for actions in statements.iter_mut().filter_map(|s| s.get_mut("Action")).filter_map(Value::as_array_mut) {
                    actions.reverse();
                }
            }
        }
        prop_assert_eq!(diff(kind, &a, &b), vec![]);
    }
}
