//! QuickSight through the binary: what an account refuses, told with its remedy; dashboards in QuickSight's own words; pages.

use pipectl::local::quicksight::Account;
use pipectl::local::{Options, Store};
use serde_json::json;

use crate::support::project::{Project, Ran};

const PRINCIPALS: &str =
    "  # principals: { owners: [user/default/you@example.com], viewers: [group/default/analysts] }";

/// The flagship, shared with somebody, in an account of these settings.
fn project(account: &Account) -> Project {
    let project = Project::flagship();
    project.edit("pipeline.yaml", PRINCIPALS, "  principals: { owners: [user/default/lead@example.com] }");
    let store = Store::open(&Options::new(project.path(".pipectl/cloud")));
    account.put(&store.expect("a store")).expect("it is kept");
    project
}

fn refused(ran: &Ran, words: &[&str]) {
    assert_eq!(ran.code(), 1, "{}{}", ran.stdout(), ran.stderr());
    for word in words {
        assert!(ran.stderr().contains(word), "`{word}` is missing in: {}", ran.stderr());
    }
}

#[test]
fn without_a_subscription_not_even_a_plan_is_made() {
    let project = project(&Account { subscribed: false, ..Account::default() });
    refused(&project.run(&["--local", "plan"]), &["quicksight-not-subscribed", "help"]);
    refused(&project.run(&["--local", "up"]), &["quicksight-not-subscribed"]);
    let buckets = std::fs::read_dir(project.path(".pipectl/cloud/s3")).map_or(0, Iterator::count);
    assert_eq!(buckets, 0, "nothing was made");
}

#[test]
fn another_identity_region_is_named() {
    let project = project(&Account { identity_region: Some("eu-west-1".into()), ..Account::default() });
    for verb in [&["--local", "plan"][..], &["--local", "apply", "--auto-approve"]] {
        refused(&project.run(verb), &["quicksight-identity-region", "eu-west-1", "identity_region"]);
    }
    project.edit("pipeline.yaml", "  datasets:\n    hits:", "  identity_region: eu-west-1\n  datasets:\n    hits:");
    project.run(&["--local", "apply", "--auto-approve"]).ok();
    assert_eq!(project.run(&["--local", "plan", "--detailed-exitcode"]).code(), 0);
}

#[test]
fn an_unknown_principal_is_named() {
    let project = project(&Account { strict_principals: true, ..Account::default() });
    for verb in [&["--local", "plan"][..], &["--local", "apply", "--auto-approve"]] {
        refused(&project.run(verb), &["quicksight-principal", "lead@example.com"]);
    }
    let buckets = std::fs::read_dir(project.path(".pipectl/cloud/s3")).map_or(0, Iterator::count);
    assert_eq!(buckets, 0, "nothing was made");
}

#[test]
fn a_full_spice_says_what_to_do() {
    let project = project(&Account { spice_capacity: 100, ..Account::default() });
    refused(&project.run(&["--local", "up"]), &["SPICE", "direct_query"]);
}

#[test]
fn a_definition_in_quicksights_own_words_goes_round() {
    let project = project(&Account::default());
    project.run(&["--local", "up"]).ok();
    let definition = project.serve().python("definition.py", &["spotify-dev-overview"]);
    std::fs::write(project.path("raw.json"), definition.to_string()).expect("a file");
    project.edit(
        "pipeline.yaml",
        "  dashboards:\n",
        "  dashboards:\n    raw: { title: By hand, definition: raw.json }\n",
    );
    project.run(&["--local", "apply", "--auto-approve"]).ok();
    let plan = project.run(&["--local", "plan", "--detailed-exitcode"]);
    assert_eq!(plan.code(), 0, "{}", plan.stdout());

    let page = project.run(&["--local", "dashboard", "raw"]);
    assert_eq!(page.code(), 64, "{}", page.stderr());
    assert!(page.stderr().contains("raw-definition"), "{}", page.stderr());
    let unknown = project.run(&["--local", "dashboard", "overvew"]);
    assert!(unknown.stderr().contains("did you mean `overview`?"), "{}", unknown.stderr());
    project.run(&["--local", "dashboard", "overview", "--html", "page/overview.html"]).ok();
    let html = std::fs::read_to_string(project.path("page/overview.html")).expect("a page");
    assert!(html.starts_with("<!doctype html>") || html.starts_with("<!DOCTYPE html>"), "{}", &html[..60]);
}

#[test]
fn a_second_run_over_unchanged_tables_leaves_spice_alone() {
    let project = project(&Account::default());
    let first = project.run(&["--local", "up", "--output", "json"]).ok().json();
    assert_eq!(first["datasets"]["hits"], json!({ "rows": 5000, "refreshed": true }));
    let again = project.run(&["--local", "run", "--only", "refresh", "--output", "json"]).ok().json();
    assert_eq!(again["datasets"]["hits"], json!({ "rows": 5000, "refreshed": false }));
}
