//! The company that the large workspace is about: its customers, prices, grants and usage, all of it
//! drawn by a seeded generator of integers, so that the same numbers are always the same books.
//!
//! A few enterprises use credits every day, some businesses every week, many teams now and then, and
//! most customers tried once. October is the busy month.

use std::fmt::Write as _;
use std::io::{self, Write};

use scrip_units::Date;
use serde_json::{Value, json};

/// Days of the year of books.
const DAYS: u64 = 365;
/// Days of the busy last month.
const BUSY_DAYS: u64 = 31;
/// Rates of the card: two for each model.
const RATES: u64 = 2_000;
/// Models that are used at all, the first of the card.
const MODELS_USED: u64 = 40;
/// What a request costs on average, in hundredths of a credit, for the size of lots.
const REQUEST_COST: u64 = 260;
/// Tenths of a day on which a customer of each class is active, and customers in each class of 200.
const CLASSES: [(&str, u64, u64); 4] =
    [("enterprise", 3_650, 1), ("business", 730, 9), ("team", 100, 50), ("starter", 15, 140)];

const FIRST_WORDS: [&str; 40] = [
    "Amber",
    "Alder",
    "Arctic",
    "Basalt",
    "Beacon",
    "Birch",
    "Bright",
    "Canyon",
    "Cedar",
    "Cobalt",
    "Copper",
    "Coral",
    "Crescent",
    "Delta",
    "Dune",
    "Ember",
    "Falcon",
    "Fjord",
    "Granite",
    "Harbour",
    "Heron",
    "Indigo",
    "Ironwood",
    "Juniper",
    "Kestrel",
    "Lagoon",
    "Lantern",
    "Maple",
    "Meridian",
    "Northwind",
    "Ochre",
    "Orchard",
    "Pine",
    "Quartz",
    "Rowan",
    "Saffron",
    "Sierra",
    "Tidal",
    "Umber",
    "Willow",
];
const LAST_WORDS: [&str; 25] = [
    "Analytics",
    "Atelier",
    "Bank",
    "Biotech",
    "Cloud",
    "Commerce",
    "Education",
    "Energy",
    "Foods",
    "Games",
    "Health",
    "Insurance",
    "Labs",
    "Legal",
    "Logistics",
    "Media",
    "Mobility",
    "Networks",
    "Press",
    "Retail",
    "Robotics",
    "Search",
    "Software",
    "Studios",
    "Travel",
];
const COUNTRIES: [&str; 8] = ["NL", "DE", "FR", "GB", "US", "SE", "ES", "PL"];

/// How the usage file becomes events.
pub(crate) const MAPPING: &str = r#"
customer = { column = "customer" }
key = { column = "key" }
[occurred_at]
format = "rfc3339"
column = "at"
[[events]]
meter = "tokens"
quantity = { column = "tokens" }
dimensions = { model = { column = "model" }, side = { column = "side" } }
"#;

/// SplitMix64: small, seeded, the same everywhere.
struct Draws(u64);

impl Draws {
    fn of(subject: u64, number: u64) -> Self {
        let seed = 20_251_101 ^ subject.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut draws = Self(seed ^ number.wrapping_mul(0xD6E8_FEB8_6659_FD93));
        draws.next();
        draws
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }
}

struct Customer {
    code: String,
    name: String,
    class: usize,
    /// The day of the year on which it signed up.
    start: u64,
    /// Thousandths of a day on which it is active, of a day.
    activity: u64,
}

/// The company.
pub(crate) struct Company {
    customers: Vec<Customer>,
    /// Usage events of the busy month beyond one or two for each active day.
    busy_events: u64,
}

impl Company {
    /// So many customers with about so many entries in the year, and as many usage events in its last
    /// month.
    pub(crate) fn of(customers: u64, entries: u64) -> Self {
        let class = |number: u64| {
            let mut place = number * 73 % 200;
            CLASSES.iter().position(|(_, _, share)| {
                let here = place < *share;
                place = place.saturating_sub(*share);
                here
            })
        };
        let class = |number: u64| class(number).unwrap_or(CLASSES.len() - 1);
        // What is no usage: a lot for each, more for the large, promotions and their expiry.
        let other = customers + customers * 10 / 200 * 11 + customers / 10 * 2;
        // Some days fall before a sign-up or beyond a whole year; a tenth makes up for them.
        let usage = (entries.saturating_sub(other) * 11 / 10).max(customers);
        let weights: u64 = (0..customers).map(|number| CLASSES[class(number)].1).sum();
        let customers = (0..customers).map(|number| {
            let mut draws = Draws::of(1, number);
            let first = FIRST_WORDS[index(draws.below(40))];
            let last = LAST_WORDS[index(draws.below(25))];
            let class = class(number);
            let start = if draws.below(10) < 3 { draws.below(300) } else { 0 };
            // Over the days that it is there, so that the year has as many active days as asked for.
            let days = CLASSES[class].1 * usage * 1_000 / weights.max(1);
            Customer {
                code: format!("{}-{}-{number:05}", first.to_lowercase(), last.to_lowercase()),
                name: format!("{first} {last} {number}"),
                class,
                start,
                activity: (days / (DAYS - start)).min(1_000),
            }
        });
        Self { customers: customers.collect(), busy_events: entries }
    }

    /// The configuration.
    pub(crate) fn configuration(&self) -> Value {
        let customer = |customer: &Customer| {
            json!({
                "code": customer.code, "name": customer.name, "plan": CLASSES[customer.class].0,
                "signed_up_on": date(customer.start).to_string(),
                "country": COUNTRIES[index(Draws::of(2, customer.start).below(8))],
            })
        };
        json!({
            "format": "scrip-config/1",
            "entity": {
                "code": "nl", "name": "Large Models BV", "currency": "EUR",
                "time_zone": "Europe/Amsterdam",
            },
            "units": [
                { "code": "credits", "name": "Credits", "kind": "credit", "scale": 4 },
                { "code": "token", "kind": "usage" },
            ],
            "meters": [{
                "code": "tokens", "name": "Tokens", "unit": "token",
                "dimensions": [
                    { "name": "model", "report": true },
                    { "name": "side", "values": ["input", "output"] },
                ],
            }],
            "wallet_types": [
                wallet_type("promotional", 10, &json!({ "rule": "after", "days": 60 }), &json!([])),
                wallet_type("standard", 20, &json!({ "rule": "after", "months": 12 }), &json!([
                    { "code": "fifth", "below_percent": "20" },
                ])),
            ],
            "rate_cards": [{ "code": "models", "name": "Models", "unit": "credits", "versions": [{
                "version": 1, "effective_at": "2025-01-01", "unmatched": "reject",
                "overage": { "currency": "EUR", "price": "0.12" },
                "rates": (0..RATES).map(rate).collect::<Vec<_>>(),
            }] }],
            "customers": self.customers.iter().map(customer).collect::<Vec<_>>(),
        })
    }

    /// The grants of a month, from 0, as lines of operations.
    pub(crate) fn grants(&self, month: u64) -> String {
        let (first, end) = (first_of(month), first_of(month + 1));
        let mut lines = String::new();
        for (number, customer) in (0..).zip(&self.customers) {
            let mut draws = Draws::of(3 + month, number);
            let starts = (first..end).contains(&customer.start);
            let renews = customer.class < 2 && customer.start < first;
            if starts || renews {
                let days = if customer.class < 2 { 30 } else { DAYS - customer.start };
                let units = self.cost(customer, month, days) * (40 + draws.below(120)) / 100;
                let day = first.max(customer.start);
                customer.grant(&mut lines, ("standard", month, day), units.max(1_000));
            }
            if starts && draws.below(10) == 0 {
                customer.grant(&mut lines, ("promotional", month, customer.start), 5_000);
            }
        }
        lines
    }

    /// What a customer will use in so many days from a month on, in hundredths of a credit.
    fn cost(&self, customer: &Customer, month: u64, days: u64) -> u64 {
        let busy = match customer.class {
            0 if month == 11 => self.busy_events_a_day() * BUSY_DAYS,
            _ => 0,
        };
        (customer.activity * days * 3 / 2_000 + busy) * REQUEST_COST
    }

    /// Further events of an enterprise on a day of the busy month.
    fn busy_events_a_day(&self) -> u64 {
        let large = self.customers.iter().filter(|customer| customer.class == 0).count() as u64;
        self.busy_events / (large * BUSY_DAYS).max(1)
    }

    /// Writes the usage of the year and returns how many events there are.
    pub(crate) fn usage(&self, mut target: impl Write) -> io::Result<u64> {
        writeln!(target, "key,customer,at,model,side,tokens")?;
        let busy = self.busy_events_a_day();
        let mut events = 0;
        let mut line = String::new();
        for day in 0..DAYS {
            let date = date(day);
            for (number, customer) in (0..).zip(&self.customers) {
                let mut draws = Draws::of(100 + day, number);
                if day < customer.start || draws.below(1_000) >= customer.activity {
                    continue;
                }
                let busy = if customer.class == 0 && day >= DAYS - BUSY_DAYS { busy } else { 0 };
                for event in 0..1 + draws.below(2) + busy {
                    let second = draws.below(86_400);
                    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
                    // The smaller of two draws: the first models are used most.
                    let model = draws.below(MODELS_USED).min(draws.below(MODELS_USED));
                    let side = ["input", "output"][index(draws.below(2))];
                    let tokens = 10_000 + draws.below(1_000_000);
                    line.clear();
                    let written = writeln!(
                        line,
                        "{day}-{number}-{event},{},{date}T{hour:02}:{minute:02}:{second:02}Z,\
                         model-{model:04},{side},{tokens}",
                        customer.code
                    );
                    written.map_err(io::Error::other)?;
                    target.write_all(line.as_bytes())?;
                    events += 1;
                }
            }
        }
        target.flush()?;
        Ok(events)
    }
}

impl Customer {
    /// A grant; units are in hundredths of a credit, which costs ten cents.
    fn grant(&self, lines: &mut String, what: (&str, u64, u64), units: u64) {
        let ((wallet, month, day), code) = (what, &self.code);
        let mut grant = json!({
            "op": "grant_credits", "id": format!("{wallet}-{month}-{code}"),
            "at": format!("{}T12:00:00Z", date(day)), "actor": "sales", "customer": code,
            "wallet": wallet, "kind": "promotional", "units": decimal(units, 2),
        });
        if wallet == "standard" {
            grant["kind"] = json!("purchased");
            grant["price"] = json!({ "net": decimal(units / 10, 2), "currency": "EUR" });
        }
        lines.push_str(&grant.to_string());
        lines.push('\n');
    }
}

fn wallet_type(code: &str, priority: u64, expiry: &Value, alerts: &Value) -> Value {
    json!({ "code": code, "unit": "credits", "versions": [{
        "version": 1, "effective_at": "2025-01-01", "priority": priority, "expiry": expiry,
        "beyond": "overage", "alerts": alerts,
    }] })
}

fn rate(number: u64) -> Value {
    let (model, side) =
        (format!("model-{:04}", number / 2), ["input", "output"][index(number % 2)]);
    // From half a credit to ten for a million tokens.
    let thousandths = 500 + Draws::of(4, number).below(9_500);
    json!({
        "code": format!("{model}-{side}"), "meter": "tokens", "model": "per_unit",
        "match": { "model": model, "side": side },
        "price": decimal(thousandths, 3), "per": "1000000",
    })
}

fn decimal(steps: u64, decimals: u32) -> String {
    let one = 10_u64.pow(decimals);
    format!("{}.{:0width$}", steps / one, steps % one, width = index(decimals.into()))
}

fn index(number: u64) -> usize {
    usize::try_from(number).unwrap()
}

/// A day of the year of books, which begins on 1 November 2025.
fn date(day: u64) -> Date {
    let of_year = 305 + u32::try_from(day).unwrap();
    let (year, of_year) = if of_year > 365 { (2026, of_year - 365) } else { (2025, of_year) };
    Date::from_yo_opt(year, of_year).unwrap()
}

/// The day of the year on which a month begins; month 0 is November.
fn first_of(month: u64) -> u64 {
    let lengths = [30, 31, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31];
    lengths.iter().take(index(month)).sum()
}

/// The instant after a month in UTC, in which usage is drawn.
pub(crate) fn after(month: u64) -> String {
    format!("{}T00:00:00Z", date(first_of(month + 1)))
}

/// The last day of a month.
pub(crate) fn last_day(month: u64) -> Date {
    date(first_of(month + 1) - 1)
}
