//! What runs and months cost, through the binary.

use serde_json::{Value, json};

use crate::support::project::{Project, repository};

const REGION: &str = "us-east-1";

/// The table's price of a unit.
fn price(region: &str, name: &str) -> f64 {
    let text = std::fs::read_to_string(repository().join("src/cost/prices.json")).expect("the price table");
    let table: Value = serde_json::from_str(&text).expect("JSON");
    table["regions"][region]["prices"][name].as_f64().expect("a price")
}

fn part<'a>(parts: &'a Value, item: &str) -> &'a Value {
    let all = parts.as_array().expect("a list");
    all.iter().find(|part| part["item"] == item).unwrap_or_else(|| panic!("no {item}: {parts:#}"))
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 2e-6
}

#[test]
fn a_run_that_is_billed_says_what_it_cost() {
    let project = Project::flagship();
    let cloud = project.serve();
    let run = |arguments: &[&str]| cloud.run(&project, arguments);
    run(&["apply", "--auto-approve"]).ok();

    // Before the first run: what is declared.
    let before = run(&["cost", "--output", "json"]).ok().json();
    let job = part(&before["run"]["lines"], "glue_job");
    assert_eq!(job["basis"], "declared: 2 workers G.1X for 60 min at most");
    assert!(close(number(&job["usd"]), 2.0 * price(REGION, "glue_dpu_hour")), "{job}");

    let ran = run(&["run", "--output", "json"]).ok().json();
    let cost = &ran["cost"];
    // Two DPUs for a minute, which is the least: DPU-hours times the table's price.
    let (job, seconds) = (part(&cost["parts"], "glue_job"), number(&ran["stages"][1]["seconds"]));
    assert!(seconds < 60.0, "{ran:#}");
    assert!(close(number(&job["quantity"]), 2.0 / 60.0), "{job}");
    assert!(close(number(&job["usd"]), 2.0 / 60.0 * price(REGION, "glue_dpu_hour")), "{job}");
    assert_eq!(job["estimated"], false);
    // Each query scanned less than 10 MB, which is the least.
    let queries = ran["queries"].as_object().expect("queries");
    let scanned = queries.values().map(|query| number(&query["bytes_scanned"]));
    assert!(scanned.clone().all(|bytes| bytes > 0.0 && bytes < 10_485_760.0), "{queries:?}");
    let billed = scanned.count() as f64 * 10.0 / 1_048_576.0;
    let athena = part(&cost["parts"], "athena_queries");
    assert!(close(number(&athena["usd"]), billed * price(REGION, "athena_tb")), "{athena}");
    // And the whole is its parts, of which the crawl is a guess.
    let parts = cost["parts"].as_array().expect("parts");
    assert!(close(number(&cost["usd"]), parts.iter().map(|part| number(&part["usd"])).sum()), "{cost:#}");
    assert_eq!((&cost["estimated"], &part(&cost["parts"], "crawler")["estimated"]), (&json!(true), &json!(true)));

    // The record keeps it, status tells it, and the outlook goes by it.
    assert_eq!(run(&["runs", "--output", "json"]).ok().json()[0]["cost"], *cost);
    let status = run(&["status"]).ok().stdout();
    assert!(status.contains(", about $0.16\n"), "{status}");
    let outlook = run(&["cost", "--output", "json"]).ok().json();
    let job = part(&outlook["run"]["lines"], "glue_job");
    assert_eq!((&job["basis"], &job["estimated"]), (&json!("measured: the last run"), &json!(false)));
    assert!(close(number(&outlook["run"]["usd"]), number(&cost["usd"])), "{outlook:#}\n{cost:#}");
    let human = run(&["cost"]).ok().stdout();
    assert!(human.starts_with("spotify (dev) in us-east-1\n"), "{human}");
    assert!(human.contains("measured: the last run"), "{human}");

    // Where the run goes on in another process, the job's cost is still known.
    run(&["run", "--detach"]).ok();
    let attached = run(&["run", "--attach", "--output", "json"]).ok().json();
    assert!(close(number(&part(&attached["cost"]["parts"], "glue_job")["quantity"]), 2.0 / 60.0), "{attached:#}");
    let outlook = run(&["cost", "--runs", "1", "--output", "json"]).ok().json();
    assert_eq!(part(&outlook["run"]["lines"], "glue_job")["basis"], "measured: the last run");
}

#[test]
fn on_this_machine_it_is_what_it_would_cost() {
    let project = Project::flagship();
    // Nothing is there yet, not even a bucket.
    let empty = project.run(&["--local", "cost", "--output", "json"]).ok().json();
    assert_eq!((&empty["local"], &empty["estimated"]), (&json!(true), &json!(true)));
    assert_eq!(empty["runs_a_month"]["basis"], "assumed: one a day, since there is no run yet");

    let ran = project.run(&["--local", "up", "--output", "json"]).ok().json();
    assert!(ran.get("cost").is_none(), "{ran:#}");
    let outlook = project.run(&["--local", "cost", "--output", "json"]).ok().json();
    let (lines, month) = (&outlook["run"]["lines"], &outlook["month"]["lines"]);
    let job = part(lines, "glue_job");
    let basis = "estimated: 2 workers G.1X for the time on this machine, 1 min at least; the last run";
    assert_eq!((&job["basis"], &job["estimated"]), (&json!(basis), &json!(true)));
    assert!(close(number(&job["quantity"]), 2.0 / 60.0), "{job}");
    // What lies in S3 is what the run wrote.
    let tables = ran["tables"].as_object().expect("tables");
    let written: f64 = tables.values().map(|table| number(&table["bytes"])).sum();
    let warehouse = number(&part(month, "warehouse_storage")["quantity"]) * 1_073_741_824.0;
    assert!(warehouse >= written - 1.0 && warehouse < written * 1.5, "{warehouse} of {written}");
    let staged = number(&part(month, "staging_storage")["quantity"]) * 1_073_741_824.0;
    let files = walkdir::WalkDir::new(project.path("data")).into_iter().filter_map(Result::ok);
    let csv = files.filter(|file| file.path().extension().is_some_and(|e| e == "csv"));
    let sent: f64 = csv.map(|file| file.metadata().expect("a file").len() as f64).sum();
    assert!((staged - sent).abs() < 2.0, "{staged} of {sent}");
    // A refresh a day of its own, beside those of the runs.
    let (run, month) = (part(lines, "spice_refreshes"), part(month, "spice_refreshes"));
    assert!(number(&month["quantity"]) > 30.0 * number(&run["quantity"]), "{month}");

    let human = project.run(&["--local", "cost"]).ok().stdout();
    assert!(human.starts_with("spotify (dev) in us-east-1: what it would cost on AWS; here nothing is billed\n"));
    assert!(human.contains("~$") && human.contains("together"), "{human}");
    let elsewhere = Project::flagship().run(&["--local", "--region", "eu-south-2", "cost"]).ok().stdout();
    assert!(elsewhere.contains("! the price table does not have eu-south-2"), "{elsewhere}");
    assert_eq!(project.run(&["--local", "cost", "--runs", "0"]).code(), 64);
}
