//! The demo: three months of a company that sells model usage by credits.
//!
//! Everything is made here from a seed, in the shape of real usage: few large customers and many
//! small ones, days and weeks that breathe, inputs much longer than outputs, a tail of very long
//! requests, models that come into fashion. The same seed gives the same bytes.

mod build;
mod prices;
mod sales;
mod usage;

pub use build::{Built, NewDemo, Stage, build};
pub use usage::write_usage;

/// The seed of the demo that ships.
pub const SEED: u64 = 20_261_001;

/// A customer of the demo.
struct Customer {
    code: &'static str,
    name: &'static str,
    country: &'static str,
    plan: &'static str,
    signed_up_on: &'static str,
    /// Requests on a typical working day.
    requests: u64,
    /// Hundredths by which usage grows from the first day to the last.
    growth: u64,
}

const fn customer(
    code: &'static str,
    name: &'static str,
    about: (&'static str, &'static str, &'static str),
    requests: u64,
    growth: u64,
) -> Customer {
    Customer {
        code,
        name,
        country: about.0,
        plan: about.1,
        signed_up_on: about.2,
        requests,
        growth,
    }
}

/// The customers, from large to small.
const CUSTOMERS: &[Customer] = &[
    customer("northwind", "Northwind Traders", ("NL", "scale", "2025-02-03"), 330, 40),
    customer(
        "helix",
        "Helix Bioinformatics Research Cooperative of the Lower Rhine U.A.",
        ("DE", "scale", "2025-05-19"),
        260,
        15,
    ),
    customer("lumen", "Lumen Legal", ("BE", "growth", "2025-09-01"), 130, 10),
    customer("vega-games", "Vega Games", ("PL", "growth", "2025-11-12"), 120, 80),
    customer("osprey", "Osprey Logistics", ("NL", "growth", "2026-01-08"), 95, 5),
    customer("quill", "Quill & Co Publishing", ("IE", "growth", "2026-02-17"), 80, 0),
    customer("zephyr", "Zephyr Weather", ("DK", "growth", "2026-03-02"), 70, 20),
    customer("tandem", "Tandem Cycling Cooperative", ("NL", "starter", "2026-03-29"), 26, 10),
    customer("saffron", "Saffron Kitchens", ("FR", "starter", "2026-04-14"), 22, 0),
    customer("atlas-maps", "Atlas Maps", ("PT", "starter", "2026-05-06"), 20, 30),
    customer("ember", "Ember Home Energy", ("SE", "starter", "2026-05-30"), 18, 10),
    customer("juniper", "Juniper Clinics", ("AT", "starter", "2026-06-11"), 16, 0),
    customer(
        "marble-arch",
        "Marble Arch Property Management",
        ("IE", "starter", "2026-06-27"),
        14,
        0,
    ),
    customer("kestrel", "Kestrel Analytics", ("FI", "payg", "2026-07-03"), 24, 60),
    customer("pollen", "Pollen Garden Centres", ("NL", "trial", "2026-07-21"), 9, 0),
    customer("riverside", "Riverside School District", ("NL", "trial", "2026-07-30"), 6, 0),
];

/// The demo's documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demo {
    /// The configuration (TOML).
    pub configuration: String,
    /// How a row of the usage file becomes events (TOML).
    pub mapping: String,
    /// Operations before usage is posted, one JSON object each.
    pub opening: Vec<String>,
    /// Operations after usage is posted.
    pub closing: Vec<String>,
    /// The first month of usage.
    pub first_month: String,
    /// The month that the reports are about: the last month of usage.
    pub demo_month: String,
    /// The end of usage, exclusive: the day after the demo month.
    pub until: String,
    /// A customer and a wallet worth drawing.
    pub chart_customer: String,
    /// Its wallet.
    pub chart_wallet: String,
}

/// The demo world. The seed changes usage only: prices and sales are the story.
#[must_use]
pub fn world() -> Demo {
    Demo {
        configuration: prices::configuration(),
        mapping: usage::MAPPING.to_owned(),
        opening: sales::opening(),
        closing: sales::closing(),
        first_month: "2026-08".to_owned(),
        demo_month: "2026-10".to_owned(),
        until: "2026-11-01".to_owned(),
        chart_customer: "northwind".to_owned(),
        chart_wallet: "standard".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_has_no_problems() {
        let document = scrip_catalog::Document::from_toml(&world().configuration).unwrap();
        let problems = scrip_catalog::validate(&document);
        assert!(problems.is_empty(), "{problems:#?}");
    }

    #[test]
    fn every_operation_is_one() {
        let world = world();
        for line in world.opening.iter().chain(&world.closing) {
            scrip_engine::Operation::from_json(line).unwrap();
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
        let bytes = |seed| {
            let mut bytes = Vec::new();
            let rows = write_usage(seed, &mut bytes).unwrap();
            (rows, bytes)
        };
        let (rows, first) = bytes(SEED);
        assert_eq!((rows, &first), (bytes(SEED).0, &bytes(SEED).1));
        assert_ne!(first, bytes(SEED + 1).1);
        let hash = scrip_journal::Hash::of(&first).to_string();
        assert!(
            hash.starts_with("dfd205cc0f33fae5"),
            "the figures in README.md are of other usage: {hash}"
        );
        assert!((80_000..250_000).contains(&rows), "{rows}");
    }
}
