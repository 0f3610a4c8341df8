//! The price table: `prices.json`, read once; docs/cost.md tells where its figures come from and how to correct one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::item::Item;

/// The region whose prices stand in for those of a region that the table does not have.
pub const STAND_IN: &str = "us-east-1";

#[allow(clippy::expect_used, reason = "a test reads the table that is compiled in")]
static TABLE: LazyLock<Table> =
    LazyLock::new(|| serde_json::from_str(include_str!("prices.json")).expect("src/cost/prices.json is a price table"));

#[derive(Debug, Deserialize)]
struct Table {
    taken: String,
    currency: String,
    sources: Vec<Source>,
    regions: BTreeMap<String, Region>,
}

/// A page that prices come from.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Source {
    /// Its name: `AWS Glue pricing`.
    pub page: String,
    /// Its address.
    pub url: String,
    /// The day of the newest copy of it that was read.
    pub as_of: String,
}

#[derive(Debug, Deserialize)]
struct Region {
    prices: BTreeMap<Key, f64>,
    estimated: BTreeSet<Key>,
}

/// The prices of a region, by their names in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Key {
    GlueDpuHour,
    GlueFlexDpuHour,
    GlueMemoryDpuHour,
    CrawlerDpuHour,
    AthenaTb,
    S3StandardGbMonth,
    S3GlacierIrGbMonth,
    S3PutThousand,
    S3GetThousand,
    QuicksightAuthorMonth,
    QuicksightReaderMonth,
    SpiceGbMonth,
}

/// The price of a unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Price {
    /// US dollars for one unit.
    pub usd: f64,
    /// Nobody has confirmed it.
    pub estimated: bool,
}

/// The prices of one region.
#[derive(Clone, Debug)]
pub struct Rates {
    /// The region that was asked for.
    pub region: String,
    table: &'static Region,
    known: bool,
}

impl Rates {
    /// The prices of `region`; where the table does not have it, those of [`STAND_IN`], every one marked as estimated.
    pub fn of(region: &str) -> Self {
        let own = TABLE.regions.get(region);
        // A test sees that the stand-in is there.
        let table = own.unwrap_or(&TABLE.regions[STAND_IN]);
        Self { region: region.to_owned(), table, known: own.is_some() }
    }

    /// Whether the table has the region.
    pub fn is_known(&self) -> bool {
        self.known
    }

    /// The region whose prices these are.
    pub fn priced_as(&self) -> &str {
        if self.known { &self.region } else { STAND_IN }
    }

    /// What a unit of `item` costs.
    pub fn price(&self, item: Item) -> Price {
        let key = key(item);
        let usd = self.table.prices.get(&key).copied().unwrap_or_default();
        Price { usd, estimated: !self.known || self.table.estimated.contains(&key) }
    }
}

/// The day that the table was put together.
pub fn taken() -> &'static str {
    &TABLE.taken
}

/// The table's currency: `USD`.
pub fn currency() -> &'static str {
    &TABLE.currency
}

/// Where the prices come from.
pub fn sources() -> &'static [Source] {
    &TABLE.sources
}

fn key(item: Item) -> Key {
    match item {
        Item::GlueJob => Key::GlueDpuHour,
        Item::GlueJobFlex => Key::GlueFlexDpuHour,
        Item::GlueJobMemory => Key::GlueMemoryDpuHour,
        Item::Crawler => Key::CrawlerDpuHour,
        Item::AthenaQueries | Item::SpiceRefreshes => Key::AthenaTb,
        Item::S3Writes => Key::S3PutThousand,
        Item::S3Reads => Key::S3GetThousand,
        Item::StagingStorage | Item::WarehouseStorage | Item::ResultsStorage => Key::S3StandardGbMonth,
        Item::ArchiveStorage => Key::S3GlacierIrGbMonth,
        Item::Authors => Key::QuicksightAuthorMonth,
        Item::Readers => Key::QuicksightReaderMonth,
        Item::Spice => Key::SpiceGbMonth,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_every_price_of_every_region() {
        assert_eq!(TABLE.regions.len(), 15);
        for region in TABLE.regions.keys() {
            let rates = Rates::of(region);
            for item in Item::ALL {
                let price = rates.price(item).usd;
                assert!(price.is_finite() && price > 0.0, "{region}: {item:?} costs {price}");
            }
        }
        let days = sources().iter().map(|source| source.as_of.as_str()).chain([taken()]);
        for day in days {
            assert!(chrono::NaiveDate::parse_from_str(day, "%Y-%m-%d").is_ok(), "{day}");
        }
        assert_eq!((currency(), sources().len()), ("USD", 4));
    }

    #[test]
    fn what_nobody_confirmed_is_marked() {
        let price = |region: &str, item| Rates::of(region).price(item);
        assert_eq!(price("us-east-1", Item::GlueJob), Price { usd: 0.44, estimated: false });
        assert_eq!(price("sa-east-1", Item::GlueJob), Price { usd: 0.69, estimated: false });
        assert_eq!(price("us-west-1", Item::AthenaQueries), Price { usd: 6.75, estimated: false });
        assert_eq!(price("ap-southeast-2", Item::AthenaQueries), Price { usd: 5.75, estimated: true });
        assert_eq!(price("eu-central-1", Item::WarehouseStorage), Price { usd: 0.0245, estimated: false });
        assert_eq!(price("eu-north-1", Item::GlueJobFlex), Price { usd: 0.29, estimated: true });
    }

    #[test]
    fn an_unknown_region_is_priced_as_another_and_says_so() {
        let rates = Rates::of("il-central-1");
        assert_eq!((rates.is_known(), rates.priced_as()), (false, STAND_IN));
        for item in Item::ALL {
            assert_eq!(rates.price(item), Price { estimated: true, ..Rates::of(STAND_IN).price(item) });
        }
        assert!(Rates::of(STAND_IN).is_known());
    }
}
