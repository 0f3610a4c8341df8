//! Bad manifests: each is refused with a place, and mostly a remedy. The snapshots are the table.

use super::{SMALL, faults, faults_with, folder, shown, small_and};
use crate::manifest::{LoadOptions, load};

/// A snapshot without the expression, which repeats the test.
macro_rules! check {
    ($text:expr) => {
        insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!($text) })
    };
}

/// The errors of several manifests, each under its title.
fn table(cases: &[(&str, String)]) -> String {
    cases.iter().map(|(title, text)| format!("## {title}\n{}\n", faults(text))).collect()
}

fn case<'a>(title: &'a str, lines: &str) -> (&'a str, String) {
    (title, small_and(lines))
}

/// A table whose steps are these lines.
fn steps(lines: &str) -> String {
    small_and("  u:\n    steps:\n      - source: a\n")
        + &lines.lines().map(|l| format!("      {l}\n")).collect::<String>()
}

#[test]
fn what_is_no_yaml() {
    check!(table(&[
        ("empty", "# nothing\n".into()),
        ("not a map", "- a\n- b\n".into()),
        ("a text", "hello\n".into()),
        ("tab", "name: x\njob:\n\tworkers: 2\n".into()),
        ("unclosed quote", "name: \"x\nregion: y\n".into()),
        ("unclosed bracket", "name: x\ntags: { a: b\nregion: y\n".into()),
        ("indentation", "name: x\n  region: y\n".into()),
        ("variable in a flow map", small_and("tags: { a: ${name} }\n")),
        ("colon in a text", "name: x\ndescription: one: two\n".into()),
        ("unknown anchor", "name: *who\n".into()),
        ("a glob that is an alias", "name: x\ntags: { a: *b }\n".into()),
        ("endless alias", "name: x\ntags: &t\n  a: *t\n".into()),
        ("merge key", small_and("tags: &t { a: b }\niam:\n  <<: *t\n")),
        ("tag", small_and("description: !!str 5\n")),
        ("two documents", small_and("---\nname: y\n")),
        ("list as key", small_and("tags: { [a]: b }\n")),
        ("no key", small_and("tags: { : b }\n")),
        ("duplicate keys, both reported", small_and("tags: { a: b, a: c }\nregion: us-east-1\n")),
    ]));
}

#[test]
fn keys_and_types() {
    check!(table(&[
        case("unknown key", "job: { wokers: 2 }\n"),
        case("unknown key without a near one", "banana: 2\n"),
        case("an environment's key at the root", "account: \"123456789012\"\n"),
        ("nearly everything missing", "name: demo\n".into()),
        ("an empty required key", "name:\nregion: us-east-1\n".into()),
        case("map for a list", "  u: { steps: { source: a } }\n"),
        case("text for a list", "  u: { steps: [ { source: a } ], partition_by: x }\n"),
        case("list for a map", "job: [2]\n"),
        case("text for a map", "job: big\n"),
        case("map for a text", "description: { a: b }\n"),
        case("list for a text", "description: [a]\n"),
        case(
            "nothing for a text in a list",
            "  u: { steps: [ { source: a } ], partition_by: [] , checks: [ { unique: [ ~ ] } ] }\n"
        ),
        case("text for a number", "job: { workers: two }\n"),
        case("fraction for a whole number", "job: { workers: 2.5 }\n"),
        case("quoted number", "job: { workers: \"2\" }\n"),
        case("too small, too large", "job: { workers: 1, max_retries: 99, max_concurrent_runs: -1, timeout: 9d }\n"),
        case("yes and no", "protect: yes\n"),
        case("quoted boolean", "protect: \"true\"\n"),
        case("duration", "job: { timeout: 60 }\n"),
        case("duration in seconds", "job: { timeout: 90s }\n"),
        case("size", "athena: { bytes_scanned_cutoff: 10 GB }\n"),
        case("size without a unit", "athena: { bytes_scanned_cutoff: 10 }\n"),
        case("size too small", "athena: { bytes_scanned_cutoff: 5MB }\n"),
        case("choice", "crawler: { recrawl: everthing }\n"),
        case("choice without a near one", "job: { glue_version: 4.0, worker_type: Standard }\n"),
        case("percent", "  u: { steps: [ { source: a } ], max_cast_loss: 5% }\n"),
        case("share", "  u: { steps: [ { source: a } ], max_cast_loss: 5 }\n"),
        case(
            "an unquoted comma in a flow map",
            "athena: { queries: { q: { sql: sql/top.sql, description: one, two three } } }\n"
        ),
        case("formats of nobody", "  u: { steps: [ { source: a } ], format: orc, write: upsert }\n"),
        case(
            "many faults, in the file's order",
            "job: { wokers: 2, timeout: soon }\ncrawler: { tables: guessed }\nprotect: maybe\n"
        ),
    ]));
}

#[test]
fn sections() {
    check!(table(&[
        ("storage", "name: demo\nregion: us-east-1\nstorage:\n  staging: s3://bucket/data/\n  warehouse: { uri: s3://bucket/data/wh, existing: true }\n  results: /tmp/x\n".into()),
        ("storage of others", "name: demo\nregion: us-east-1\nstorage:\n  staging: { uri: s3://bucket/in, existing: true, versioning: true }\n  warehouse: [s3://b]\n  results: { url: s3://bucket/x }\n".into()),
        case("existing workgroup without a name", "athena: { workgroup: { existing: true } }\n"),
        case("new folders only", "crawler: { recrawl: new_folders_only }\n"),
        case("new folders only, deleted", "crawler: { recrawl: new_folders_only, schema_change: log, deleted: delete }\n"),
        case("schedule", "crawler: { schedule: \"0 3 * * *\" }\n"),
        case(
            "two schedules",
            "schedule: \"cron(0 3 * * ? *)\"\ncrawler: { schedule: \"cron(0 4 * * ? *)\" }\n"
        ),
        case("missing query", "athena: { queries: { q: sql/topp.sql } }\n"),
        case("missing query's folder", "athena: { queries: { q: { sql: queries/top.sql } } }\n"),
        case("query that is a folder", "athena: { queries: { q: sql } }\n"),
        case("query outside", "athena: { queries: { q: ../top.sql, r: /etc/passwd, s: \"\" } }\n"),
        case("job arguments", "job: { arguments: { token: x, \"--pipectl_x\": y, \"--JOB_NAME\": z } }\n"),
        case("tags", "tags: { \"aws:x\": y, \"pipectl:id\": z, \"a*\": b, c: \"d;e\" }\n"),
        case("operators", "iam: { operator: { user: \"a b\", group: c } }\n"),
        case("an operator of another kind", "iam: { operator: { role: x } }\n"),
        case("an operator by name alone", "iam: { operator: runner }\n"),
        case("roles", "iam: { job_role: \"arn:aws:iam::123456789012:role/x/Glue\", permissions_boundary: edge }\n"),
    ]));
}

#[test]
fn storage_settings() {
    let places = |staging: &str, warehouse: &str, results: &str, lifecycle: &str| {
        small_and("").replacen(
            &SMALL[SMALL.find("storage:").unwrap()..SMALL.find("sources:").unwrap()],
            &format!("storage:\n  staging: {staging}\n  warehouse: {warehouse}\n  results: {results}\n  lifecycle:\n{lifecycle}"),
            1,
        )
    };
    let lifecycle = |text: &str| places("s3://bucket/in/", "s3://bucket/out/", "s3://bucket/results/", text);
    let key = |resource: &str| format!("arn:aws:kms:us-east-1:123456789012:{resource}");
    check!(table(&[
        (
            "unreadable",
            lifecycle("    staging: { glacier: 90d }\n    warehouse: { deep_archive: 180d, expire: 365d }\n")
        ),
        ("days", lifecycle("    results: { expire: 30, abort_uploads: 0d, glacier_ir: 24h }\n")),
        (
            "infrequent access",
            lifecycle("    staging: { standard_ia: 29d }\n    warehouse: { standard_ia: 30d, glacier_ir: 59d }\n")
        ),
        (
            "order",
            lifecycle(
                "    staging: { glacier_ir: 90d, intelligent_tiering: 120d }\n    results: { glacier_ir: 30d, expire: 30d }\n"
            )
        ),
        ("nothing said", lifecycle("    staging: {}\n    results: { expires: 30d }\n")),
        ("old versions of which there are none", lifecycle("    staging: { expire_noncurrent: 7d }\n")),
        (
            "on pipectl's own files",
            places(
                "s3://raw/",
                "s3://bucket/pipectl/out/",
                "s3://bucket/",
                "    staging: { expire: 1d }\n    results: { expire: 1d }\n    warehouse: { glacier_ir: 1d }\n"
            )
        ),
        (
            "of somebody else's bucket",
            places(
                "{ uri: s3://theirs/in/, existing: true }",
                "s3://bucket/out/",
                "s3://bucket/results/",
                "    staging: { expire: 1d }\n"
            )
        ),
        (
            "keys",
            places(
                &format!("{{ uri: s3://theirs/in/, existing: true, kms_key: \"{}\" }}", key("key/1")),
                &format!("{{ uri: s3://bucket/out/, kms_key: \"{}\" }}", key("alias/lake")),
                "{ uri: s3://bucket/results/, kms_key: alias/lake }",
                "    {}\n",
            )
        ),
        (
            "places of one bucket with different keys",
            places(
                "s3://bucket/in/",
                &format!("{{ uri: s3://bucket/out/, kms_key: \"{}\" }}", key("alias/lake")),
                &format!(
                    "{{ uri: s3://other/results/, kms_key: \"{}\" }}",
                    key("key/1").replace("us-east-1", "eu-west-1")
                ),
                "    {}\n",
            )
        ),
    ]));
}

#[test]
fn sources() {
    let source = |lines: &str| small_and("").replace("sources:\n", &format!("sources:\n  b: {lines}\n"));
    check!(table(&[
        ("no path", source("{ description: x }")),
        ("format unclear", source("{ path: data }")),
        ("lines of what is not text", source("{ path: data/x.parquet, multiline: true, malformed: drop }")),
        ("format of nobody", source("{ path: data/x, format: avro }")),
        ("another way with malformed rows", source("{ path: data/a.csv, malformed: skip }")),
        ("no columns", source("{ path: data/a.csv, columns: {} }")),
        ("a column's type missing", source("{ path: data/a.csv, columns: { x: { description: y }, z: ~ } }")),
        ("path outside", source("{ path: data/../../x.csv }")),
        ("bucket amiss", source("{ path: \"s3://My_Bucket/x\", format: csv }")),
        ("name", small_and("").replace("  a: {", "  A-b: {")),
    ]));
}

#[test]
fn steps_and_checks() {
    let checks = |lines: &str| small_and(&format!("    checks:\n      - {lines}\n"));
    check!(table(&[
        ("unknown step", steps("- drop_field: [x]")),
        ("a step's content not indented", steps("- join:\n  source: a\n  on: [id]")),
        ("a step that is a text", steps("- distinct")),
        ("no steps", small_and("  u: { steps: [] }\n")),
        ("nothing read", small_and("  u: { steps: [ { filter: x } ] }\n")),
        ("read twice", steps("- table: t")),
        ("join without a side", steps("- join: { on: [id] }")),
        ("join with an empty side", steps("- join: { source: ~, on: [id] }")),
        ("join with two", steps("- join: { source: a, table: t, on: [id] }")),
        ("join without on", steps("- join: { source: a }")),
        ("join on a text", steps("- join: { source: a, on: id }")),
        ("join kind", steps("- join: { source: a, on: [id], how: outer }")),
        ("join select and drop", steps("- join: { source: a, on: [id], select: [x], drop: [y] }")),
        ("empty lists", steps("- drop_fields: []\n- drop_duplicates: { by: [] }\n- filter: \"\"")),
        ("new column's name", steps("- derived_column: { Year: year(x) }\n- rename_field: { x: \"y z\" }")),
        ("two rules in one check", checks("{ unique: [id], not_null: [id] }")),
        ("a rule without content", checks("{ unique: }")),
        ("no rule", checks("{ severity: warn }")),
        ("severity", checks("{ unique: [id], severity: warning }")),
        ("between", checks("{ between: { x: [1, 2, 3] } }")),
        ("row count", checks("{ row_count: { min: 5, max: 3 } }")),
        ("row count of nothing", checks("{ row_count: {} }")),
        ("expression", checks("expression: [a]")),
    ]));
}

#[test]
fn variables_and_environments() {
    check!(table(&[
        case("unknown variable", "variables: { owner: { default: x } }\ntags: { a: \"by ${var.ownr}\" }\n"),
        case("var. forgotten", "variables: { owner: { default: x } }\ntags: { a: \"${owner}\" }\n"),
        case("nothing else is evaluated", "description: a ${HOME} b\n"),
        case("unclosed", "description: \"a ${name\"\n"),
        case("without a value", "variables: { owner: }\ntags: { a: \"${var.owner}\" }\n"),
        case("in a key", "tags: { \"${name}\": x }\n"),
        case("variable with a short form", "variables: { owner: x }\n"),
        case("a wrong type from a variable", "variables: { n: { default: many } }\njob:\n  workers: ${var.n}\n"),
        case(
            "a sensitive value is not shown",
            "variables: { n: { default: hunter2, sensitive: true } }\njob:\n  workers: ${var.n}\n"
        ),
        ("region from what follows it", small_and("").replace("us-east-1", "${account}")),
        case("two defaults", "environments: { dev: { default: true }, prod: { default: true } }\n"),
        case("no default", "environments: { dev: {}, prod: {} }\n"),
        case("account and profile", "environments: { dev: { default: true, account: \"12\", profile: [x] } }\n"),
        case(
            "unknown key in the chosen environment",
            "environments: { dev: { default: true, jobb: { workers: 2 } } }\n"
        ),
        case(
            "unknown keys in another",
            "environments: { dev: { default: true }, prod: { jbo: 1, job: { wokers: 2 }, tables: { t: { fils: 2 } } } }\n"
        ),
        case("nested", "environments: { dev: { default: true, environments: {} } }\n"),
        case(
            "an overlay's fault stands in the overlay",
            "job: { workers: 2 }\nenvironments: { dev: { default: true, job: { workers: one } } }\n"
        ),
        case("an environment that is a text", "environments: { dev: big }\n"),
    ]));
}

#[test]
fn options() {
    let text = small_and(
        "variables: { owner: { default: x } }\nenvironments: { dev: { account: \"111122223333\" }, prod: {} }\n",
    );
    let with = |change: fn(&mut LoadOptions)| {
        let mut options = LoadOptions { env: Some("dev".into()), ..LoadOptions::default() };
        change(&mut options);
        faults_with(&text, &options)
    };
    let all = [
        with(|o| o.env = Some("prd".into())),
        with(|o| o.env = None),
        with(|o| drop(o.vars.insert("ownr".into(), "x".into()))),
        with(|o| o.account = Some("999999999999".into())),
        with(|o| o.region = Some("US-EAST".into())),
        faults_with(&small_and(""), &LoadOptions { env: Some("prod".into()), ..LoadOptions::default() }),
    ];
    check!(all.join("\n"));
}

#[test]
fn files_that_are_not_there_or_not_text() {
    let folder = folder("name: demo\n");
    let at = |name: &str| load(&folder.path().join(name), &LoadOptions::default()).map(drop).unwrap_err();
    let mut all = vec![at("pipelin.yaml"), at("data")];
    std::fs::write(folder.path().join("latin.yaml"), b"name: demo\n# \xc3\xa4 caf\xe9\n").unwrap();
    std::fs::write(folder.path().join("utf16.yaml"), b"\xff\xfen\0a\0").unwrap();
    all.push(at("latin.yaml"));
    assert!(at("utf16.yaml").help().is_some_and(|help| help.contains("UTF-16")));
    let text: Vec<String> = all.iter().map(|error| shown(error, folder.path())).collect();
    check!(text.join("\n"));
}

#[test]
fn a_billion_laughs_are_an_error_and_quick() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let items = vec![format!("*a{}", level - 1); 10].join(", ");
        text += &format!("a{level}: &a{level} [{items}]\n");
    }
    let begun = std::time::Instant::now();
    assert!(faults(&text).starts_with("too-large: "));
    assert!(begun.elapsed() < std::time::Duration::from_secs(5));
}

#[test]
fn depth_is_bounded_through_aliases_too() {
    assert!(faults(&format!("a: {}{}\n", "[".repeat(500), "]".repeat(500))).starts_with("too-deep: "));
    let mut text = String::from("a0: &a0 [x]\n");
    for level in 1..500 {
        text += &format!("a{level}: &a{level} [*a{}]\n", level - 1);
    }
    assert!(faults(&text).starts_with("too-deep: "));
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_folder_is_refused() {
    let folder = folder(&small_and("athena: { queries: { q: sql/out.sql, r: away/x.sql } }\n"));
    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::write(elsewhere.path().join("x.sql"), "select 2").unwrap();
    std::os::unix::fs::symlink(elsewhere.path().join("x.sql"), folder.path().join("sql/out.sql")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), folder.path().join("away")).unwrap();
    let error = load(&folder.path().join("pipeline.yaml"), &LoadOptions::default()).unwrap_err();
    assert_eq!(error.all().map(|e| e.code()).collect::<Vec<_>>(), ["path-outside", "path-outside"]);
}
