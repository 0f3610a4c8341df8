//! The view of what a run and a month cost.

use std::fmt::Write;

use comfy_table::{Cell, CellAlignment, ContentArrangement, Table};
use serde_json::{Value, json};

use super::answer::RULED;
use super::style::Style;
use super::words;
use crate::cost::bill::decimals;
use crate::cost::{Line, Outlook, Unit, prices};

/// A table of what is paid for, what its figures stand on, and how old the prices are. `here`: nothing is billed there.
pub fn render((pipeline, environment): (&str, &str), here: bool, outlook: &Outlook, style: Style) -> String {
    let mut out = String::new();
    let title = format!("{} ({environment}) in {}", style.bold(pipeline), outlook.rates.region);
    let would = if here { ": what it would cost on AWS; here nothing is billed" } else { "" };
    let _ = writeln!(out, "{title}{would}\n");
    out.push_str(&table(outlook, style));
    let _ = writeln!(out, "\n{}", style.bold("What the figures stand on (~ is an estimate)"));
    let widest = outlook.lines.iter().map(|line| line.item.title().len()).max().unwrap_or_default();
    let widest = widest.max("runs a month".len());
    let count = format!("{}: {}", decimals(outlook.often.count, 1), outlook.often.basis);
    let bases = outlook.lines.iter().map(|line| (line.item.title(), line.basis.clone()));
    for (title, basis) in [("runs a month", count)].into_iter().chain(bases) {
        let _ = writeln!(out, "  {title:<widest$}  {}", style.dim(&basis));
    }
    out.push('\n');
    if !outlook.rates.is_known() {
        let (region, stand_in) = (&outlook.rates.region, prices::STAND_IN);
        let _ = writeln!(
            out,
            "{} the price table does not have {region}: every price here is that of {stand_in}",
            style.yellow("!")
        );
    }
    let days = prices::sources().iter().map(|source| source.as_of.as_str());
    let (first, last) = (days.clone().min().unwrap_or_default(), days.max().unwrap_or_default());
    let _ = writeln!(
        out,
        "US dollars at AWS's list prices: a table of {}, from pages as of {first} to {last}, without free tiers,\n\
         discounts and taxes. docs/cost.md tells what is not counted.",
        prices::taken()
    );
    out
}

/// The same for programs: amounts to six decimals.
pub fn document((pipeline, environment): (&str, &str), here: bool, outlook: &Outlook) -> Value {
    let lines = |units: fn(&Line) -> Option<f64>| -> Vec<Value> {
        let lines = outlook.lines.iter().filter_map(|line| Some((line, units(line)?)));
        lines.map(|(line, units)| entry(line, units)).collect()
    };
    let sources: Vec<_> = prices::sources()
        .iter()
        .map(|source| json!({"page": source.page, "url": source.url, "as_of": source.as_of}))
        .collect();
    json!({
        "pipeline": pipeline, "environment": environment,
        "currency": prices::currency(),
        "prices_of": prices::taken(),
        "price_sources": sources,
        "region": outlook.rates.region,
        "priced_as": outlook.rates.priced_as(),
        "local": here,
        "estimated": outlook.run_is_estimated() || outlook.month_is_estimated(),
        "runs_a_month": outlook.often,
        "run": {
            "usd": decimals(outlook.run_usd(), 6), "estimated": outlook.run_is_estimated(),
            "lines": lines(|line| line.run),
        },
        "month": {
            "usd": decimals(outlook.month_usd(), 6), "estimated": outlook.month_is_estimated(),
            "lines": lines(|line| line.month),
        },
    })
}

fn entry(line: &Line, units: f64) -> Value {
    json!({
        "item": line.item, "quantity": decimals(units, 9), "unit": line.item.unit(), "unit_price": line.price.usd,
        "usd": decimals(units * line.price.usd, 6), "basis": line.basis, "estimated": line.estimated,
    })
}

fn table(outlook: &Outlook, style: Style) -> String {
    let right = |text: String| Cell::new(text).set_alignment(CellAlignment::Right);
    let mut table = Table::new();
    table.load_style(RULED).set_content_arrangement(ContentArrangement::Disabled);
    let header = ["", "quantity", "unit price", "a run", "a month"];
    table.set_header(header.map(|title| right(style.bold(title))));
    for line in &outlook.lines {
        let quantity = line.run.or(line.month).map(|units| quantity(units, line.item.unit())).unwrap_or_default();
        let price =
            format!("{}{} / {}", about(line.price.estimated), words::price(line.price.usd), line.item.unit().name());
        let amount = |usd: Option<f64>, estimated| usd.map_or_else(|| "-".to_owned(), |usd| money(usd, estimated));
        let month_is_estimated = line.estimated || line.run.is_some() && outlook.often.estimated;
        table.add_row([
            Cell::new(line.item.title()),
            right(quantity),
            right(price),
            right(amount(line.run_usd(), line.estimated)),
            right(amount(line.month_usd(), month_is_estimated)),
        ]);
    }
    let total = |usd, estimated| right(style.bold(&money(usd, estimated)));
    table.add_row([
        Cell::new(style.bold("together")),
        Cell::new(""),
        Cell::new(""),
        total(outlook.run_usd(), outlook.run_is_estimated()),
        total(outlook.month_usd(), outlook.month_is_estimated()),
    ]);
    table.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// An amount; what is less than a cent is taken for exact by nobody.
fn money(usd: f64, estimated: bool) -> String {
    let dollars = words::dollars(usd);
    if dollars.starts_with('<') { dollars } else { format!("{}{dollars}", about(estimated)) }
}

fn about(estimated: bool) -> &'static str {
    if estimated { "~" } else { "" }
}

/// So many units, as people count them.
fn quantity(units: f64, unit: Unit) -> String {
    match unit {
        Unit::DpuHour | Unit::MemoryDpuHour if units > 0.0 && units < 0.01 => format!("<0.01 {}s", unit.name()),
        Unit::DpuHour | Unit::MemoryDpuHour => format!("{units:.2} {}s", unit.name()),
        Unit::Tb => words::bytes((units * (1u64 << 40) as f64).round() as u64),
        Unit::GbMonth => words::bytes((units * (1u64 << 30) as f64).round() as u64),
        Unit::Thousand => words::count((units * 1000.0).round() as u64, "request"),
        Unit::UserMonth => words::count(units.round() as u64, "user"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::bill::JobUse;
    use crate::cost::declared::{People, Reads, SpiceSet};
    use crate::cost::{Declared, Item, Often, Rates, Seen, Stored, Usage};
    use chrono::DateTime;

    fn outlook(region: &str) -> Outlook {
        let declared = Declared {
            worker_type: "G.1X".into(),
            workers: 2,
            timeout_minutes: 60,
            queries: 2,
            datasets: vec![SpiceSet { name: "hits".into(), reads: Reads::Table("hits".into()), refresh: None }],
            people: Some((People { users: 1, groups: 0 }, People { users: 0, groups: 1 })),
            ..Declared::default()
        };
        let usage = Usage {
            job: Some(JobUse { item: Item::GlueJob, hours: 0.19, measured: true }),
            crawl_seconds: Some(75.0),
            queries: Some(vec![1, 64 << 20]),
            refreshes: Some(vec![1]),
            files: Some(64),
        };
        let seen = Seen { usages: vec![usage.clone(), usage], ..Seen::default() };
        let stored = Stored { item: Item::WarehouseStorage, objects: 1234, bytes: 50 << 30, other_classes: false };
        let often = Often { count: 30.42, basis: "scheduled: cron(0 3 * * ? *)".into(), estimated: false };
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        Outlook::of(&declared, Rates::of(region), (&seen, &[stored], Some(1 << 29)), (often, now))
    }

    #[test]
    fn people_read_a_table() {
        insta::assert_snapshot!(render(("spotify", "dev"), false, &outlook("us-east-1"), Style::PLAIN));
    }

    #[test]
    fn an_unknown_region_is_told() {
        let told = render(("spotify", "dev"), true, &outlook("il-central-1"), Style::PLAIN);
        assert!(told.starts_with("spotify (dev) in il-central-1: what it would cost on AWS; here nothing is billed\n"));
        assert!(told.contains("! the price table does not have il-central-1: every price here is that of us-east-1"));
        assert!(told.contains("~$0.44 / DPU-hour") && told.contains("~$24.00"), "{told}");
    }

    #[test]
    fn programs_read_six_decimals() {
        let value = document(("spotify", "dev"), false, &outlook("us-east-1"));
        assert_eq!(value["run"]["lines"][0]["usd"], json!(0.0836));
        assert_eq!(value["run"]["lines"][2]["usd"], json!(0.000353));
        assert_eq!((&value["currency"], &value["estimated"]), (&json!("USD"), &json!(true)));
        let sum = |part: &str| {
            let lines = value[part]["lines"].as_array().unwrap();
            lines.iter().map(|line| line["usd"].as_f64().unwrap()).sum::<f64>()
        };
        for part in ["run", "month"] {
            assert!((value[part]["usd"].as_f64().unwrap() - sum(part)).abs() < 1e-5, "{value:#}");
        }
    }
}
