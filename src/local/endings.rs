//! Ends on order: how whatever is run for a pipeline ends, when a fault wants it to end badly.

/// The state that each of these ends in instead of being done; `None`: as it will.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Endings {
    /// Job runs, which do nothing and leave no log.
    pub job: Option<&'static str>,
    /// Crawls.
    pub crawl: Option<&'static str>,
    /// Query executions.
    pub query: Option<&'static str>,
    /// Ingestions into SPICE.
    pub ingestion: Option<&'static str>,
}

/// The faults' names with the states that AWS knows for them.
const ENDS: [(&str, &[&str]); 4] = [
    ("fail-job", &["FAILED", "TIMEOUT", "STOPPED", "ERROR", "EXPIRED"]),
    ("fail-crawl", &["FAILED", "CANCELLED"]),
    ("fail-query", &["FAILED", "CANCELLED"]),
    ("fail-ingestion", &["FAILED", "CANCELLED"]),
];

/// The faults' names.
pub const NAMES: [&str; 4] = [ENDS[0].0, ENDS[1].0, ENDS[2].0, ENDS[3].0];

/// The reason that is given for such an end, where there is one.
pub const REASON: &str = "It was to end so, by a fault on order";

impl Endings {
    /// Takes in a fault `name=value`; the states there are when `value` is none of them. `name` is one of [`NAMES`].
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let states = ENDS.iter().find(|(known, _)| *known == name).map_or(&[][..], |(_, states)| states);
        let state = states.iter().find(|state| **state == value).ok_or_else(|| states.join(", "))?;
        let end = match name {
            "fail-job" => &mut self.job,
            "fail-crawl" => &mut self.crawl,
            "fail-query" => &mut self.query,
            _ => &mut self.ingestion,
        };
        *end = Some(state);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_sets_its_own() {
        let mut endings = Endings::default();
        for name in NAMES {
            endings.set(name, "FAILED").unwrap();
        }
        let Endings { job, crawl, query, ingestion } = endings;
        assert_eq!([job, crawl, query, ingestion], [Some("FAILED"); 4]);
        assert_eq!(endings.set("fail-crawl", "TIMEOUT").unwrap_err(), "FAILED, CANCELLED");
    }
}
