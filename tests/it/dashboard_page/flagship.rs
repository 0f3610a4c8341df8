//! The flagship's own dashboards, over the tables that its run made.

use pipectl::dashboard::compile::compile as dashboards_of;
use pipectl::flow::compile::compile;
use pipectl::flow::headers::LocalHeaders;
use pipectl::manifest::{LoadOptions, load};

use super::{Athena, judge, place, write};
use crate::local::cloud::{config, options};
use crate::support::project::{Project, repository};

#[tokio::test(flavor = "multi_thread")]
async fn the_flagships_dashboards_are_drawn_with_the_numbers_of_their_queries() {
    let project = Project::flagship();
    project.run(&["--local", "up", "--output", "json"]).ok();
    let manifest = load(&repository().join("pipeline.yaml"), &LoadOptions::default()).expect("the flagship loads");
    let flow = compile(&manifest, &LocalHeaders).expect("the flagship compiles");
    let all = dashboards_of(&manifest, &flow).expect("its dashboards compile");
    let cloud = pipectl::local::start(options(&project.path(".pipectl"), "us-east-1")).await.expect("it starts");
    let athena = Athena {
        client: aws_sdk_athena::Client::new(&config(&cloud, "us-east-1")),
        database: "spotify_dev",
        output: "s3://123456789012-spotify-dev/athena-results/",
    };
    let (folder, _passing) = place();
    assert!(!all.dashboards.is_empty());
    for dashboard in &all.dashboards {
        let own = folder.join(&dashboard.name);
        write(&athena, &all, dashboard, &own).await;
        let page = std::fs::read_to_string(own.join("page.html")).expect("a page");
        assert!(!page.contains("\"error\":"), "every visual has its numbers");
        let shots = folder.join("screenshots");
        let kept = std::env::var_os("PIPECTL_PAGE_DIR").is_some();
        let screenshots = if kept { vec!["--screenshots", shots.to_str().unwrap()] } else { Vec::new() };
        judge(&[vec![own.to_str().unwrap()], screenshots].concat());
    }
}
