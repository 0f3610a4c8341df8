//! The cases: `tests/trino/corpus` holds pools of values by type and templates of SQL with places for them.
//!
//! A template is a line, `{pool}` a place that takes each value of a pool, `#` begins a comment. Before a line `~` allows floats
//! to differ in the last digits (`~` alone by 1e-15 of themselves, `~~` by 1e-12).

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::super::support::project;
use super::answer::Measure;

/// One query, or one expression of a query without tables.
#[derive(Clone, Debug)]
pub struct Case {
    pub sql: String,
    pub measure: Measure,
    /// It is an expression: many are asked in one query.
    pub expression: bool,
}

/// Whether to take many more values of the pools.
pub fn deep() -> bool {
    std::env::var_os("PIPECTL_TEST_ALL").is_some()
}

pub fn path(name: &str) -> PathBuf {
    project::repository().join("tests/trino/corpus").join(name)
}

pub fn read(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// The values by pool.
pub struct Pools(BTreeMap<String, Vec<String>>);

impl Pools {
    pub fn read() -> Self {
        let mut pools: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let text = read("pools.txt");
        let mut current = String::new();
        for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')).filter(|n| !n.contains(',')) {
                current = name.to_owned();
            } else if let Some(other) = line.strip_prefix('=') {
                let values = pools[other].clone();
                pools.entry(current.clone()).or_default().extend(values);
            } else {
                pools.entry(current.clone()).or_default().push(line.to_owned());
            }
        }
        Self(pools)
    }

    /// A template with values in its places, in at most so many ways; each value of each place occurs if that suffices.
    pub fn fill(&self, template: &str, most: usize) -> Vec<String> {
        let place = regex::Regex::new(r"\{([a-z_]+)\}").unwrap();
        let pools: Vec<&Vec<String>> = place
            .captures_iter(template)
            .map(|found| self.0.get(&found[1]).unwrap_or_else(|| panic!("no pool {} for {template}", &found[1])))
            .collect();
        let all: usize = pools.iter().map(|pool| pool.len()).product();
        let mut random = Random::new(template);
        let mut picks: Vec<Vec<usize>> = Vec::new();
        if all <= most {
            for mut number in 0..all {
                picks.push(pools.iter().map(|pool| (number % pool.len(), number /= pool.len()).0).collect());
            }
        } else {
            let shifts: Vec<usize> = pools.iter().map(|pool| random.below(pool.len())).collect();
            let longest = pools.iter().map(|pool| pool.len()).max().unwrap_or(1);
            for round in 0..most {
                let pick = |(pool, shift): (&&Vec<String>, &usize)| match round < longest {
                    true => (round + shift) % pool.len(),
                    false => random.below(pool.len()),
                };
                picks.push(pools.iter().zip(&shifts).map(pick).collect());
            }
            picks.sort();
            picks.dedup();
        }
        let fill = |pick: Vec<usize>| {
            let mut values = pools.iter().zip(pick).map(|(pool, at)| pool[at].as_str());
            place
                .replace_all(template, |_: &regex::Captures<'_>| values.next().unwrap_or_default().to_owned())
                .into_owned()
        };
        picks.into_iter().map(fill).collect()
    }
}

/// The templates of a file, with the measure that each asks for.
pub fn templates(name: &str) -> Vec<(String, Measure)> {
    let text = read(name);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(measured).collect()
}

pub fn measured(line: &str) -> (String, Measure) {
    let rest = line.trim_start_matches('~');
    let tolerance = [0.0, 1e-15, 1e-12][line.len() - rest.len()];
    (rest.trim().to_owned(), Measure { ordered: true, tolerance, ..Measure::default() })
}

/// Numbers that are the same in every run.
pub struct Random(u64);

impl Random {
    pub fn new(seed: &str) -> Self {
        // FNV-1a.
        Self(seed.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, b| (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)))
    }

    pub fn below(&mut self, limit: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % limit.max(1) as u64) as usize
    }
}
