//! The flagship over the repository's own sample: the generated script writes what the local run writes.

use pipectl::flow::compile::compile;
use pipectl::flow::headers::LocalHeaders;
use pipectl::manifest::files::expand;
use pipectl::manifest::{LoadOptions, load};

use super::super::support::bench::metrics;
use super::super::support::project::repository;
use super::{Bench, assert_agree, run};

pub fn benches() -> Vec<(String, Bench)> {
    let manifest = load(&repository().join("pipeline.yaml"), &LoadOptions::default()).unwrap();
    let bench = Bench::of(compile(&manifest, &LocalHeaders).unwrap());
    for (name, source) in &manifest.sources {
        for file in expand(&manifest, source).unwrap() {
            let bytes = std::fs::read(&file.path).unwrap();
            bench.stage(&format!("{}/{}", name.value, file.path.file_name().unwrap().display()), &bytes);
        }
    }
    vec![("flagship".to_string(), bench)]
}

#[test]
fn the_flagship_agrees() {
    assert_agree("flagship");
    let metrics = metrics(&run("flagship").bench.spark_warehouse(), "r1");
    assert!(metrics.tables.values().all(|table| table.rows > 0), "{metrics:?}");
    let [duplicates] = &metrics.tables["hits"].duplicates[..] else { panic!("{metrics:?}") };
    assert!(duplicates.dropped > 0 && duplicates.of - duplicates.dropped == metrics.tables["hits"].rows, "{metrics:?}");
}
