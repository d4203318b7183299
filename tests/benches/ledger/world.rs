//! The year that the benchmark runs on: 2,000 customers, 40 models, calendar 2025, all of it drawn
//! by a seeded generator of integers, so that the same number of events is always the same file.
//!
//! The skew is that of real API customers: of ten million events the median customer has about two
//! thousand and the largest about a hundred thousand. A request is two events, its input and its
//! output tokens, and the file is in the order of time, as a meter would write it.

use std::fmt::Write as _;
use std::io::{self, Write};

use scrip_units::Date;

const CUSTOMERS: u64 = 2_000;
const MODELS: u64 = 40;
const DAYS: u64 = 365;
/// Of every four models one has graduated tiers.
const TIERED_EVERY: u64 = 4;
/// Days on which prices change, and by how many thousandths.
const CHANGES: [(&str, u64); 4] =
    [("2025-01-01", 1_000), ("2025-04-01", 900), ("2025-07-15", 945), ("2025-10-01", 800)];

/// How the file becomes events.
pub(crate) const MAPPING: &str = r#"
customer = { column = "customer" }
key = { column = "key" }
[occurred_at]
format = "rfc3339"
column = "occurred_at"
[[events]]
meter = "tokens"
quantity = { column = "tokens" }
dimensions = { model = { column = "model" }, direction = { column = "direction" } }
"#;

/// SplitMix64: small, seeded, the same everywhere.
struct Draws(u64);

impl Draws {
    fn of(subject: &str, number: u64) -> Self {
        let seed = subject.bytes().fold(20_260_101, |seed: u64, b| {
            seed.wrapping_mul(0x0100_0000_01B3).wrapping_add(u64::from(b))
        });
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
        let wide = u128::from(self.next()) * u128::from(bound);
        u64::try_from(wide >> 64).unwrap()
    }

    /// About `median`, as often half as double of it for every `sigma` sixteenths of a doubling: a
    /// log-normal draw from twelve uniform ones and a straight line between powers of two.
    fn skewed(&mut self, median: u64, sigma: i64) -> u64 {
        let sum: i64 = (0..12).map(|_| i64::try_from(self.below(65_536)).unwrap()).sum();
        let exponent = (sum - 6 * 65_536) * sigma / 16 + 24 * 65_536;
        let (whole, part) = (exponent.max(0) >> 16, exponent.max(0) & 65_535);
        let scaled = u128::from(median) * u128::try_from(65_536 + part).unwrap();
        u64::try_from((scaled << whole.min(47)) >> 40).unwrap().max(1)
    }
}

/// A model and its first prices, in thousandths of a credit for a million tokens.
struct Model {
    code: String,
    input: u64,
    output: u64,
    tiered: bool,
}

struct Customer {
    code: String,
    weight: u64,
    start: u64,
    models: Vec<u64>,
}

/// The whole year, but for its events.
pub(crate) struct World {
    requests: u64,
    models: Vec<Model>,
    customers: Vec<Customer>,
}

impl World {
    pub(crate) fn of(events: u64) -> Self {
        let models = (0..MODELS).map(|number| {
            let mut draws = Draws::of("model", number);
            let input = draws.skewed(1_000, 24).clamp(50, 15_000);
            let output = input * (3 + draws.below(3));
            let tiered = number % TIERED_EVERY == 0;
            Model { code: format!("model-{number:02}"), input, output, tiered }
        });
        let customers = (0..CUSTOMERS).map(|number| {
            let mut draws = Draws::of("customer", number);
            let weight = draws.skewed(1_000, 30);
            // Three of ten joined during the year.
            let start = if draws.below(10) < 3 { draws.below(300) } else { 0 };
            let mut models: Vec<u64> =
                (0..1 + draws.below(6)).map(|_| draws.below(MODELS)).collect();
            models.sort_unstable();
            models.dedup();
            Customer { code: format!("customer-{number:04}"), weight, start, models }
        });
        Self { requests: events / 2, models: models.collect(), customers: customers.collect() }
    }

    /// The configuration: one meter, 80 rates in four versions, three wallet types, the customers.
    pub(crate) fn configuration(&self) -> String {
        let mut text = String::from(CONFIGURATION);
        for model in self.models.iter().filter(|model| model.tiered) {
            writeln!(
                text,
                "[[wallet_types.versions.scope]]\nmeter = \"tokens\"\nmatch = {{ model = \"{}\" }}",
                model.code
            )
            .unwrap();
        }
        text.push_str("[[rate_cards]]\ncode = \"std-card\"\nunit = \"credits\"\n");
        for (number, (from, thousandths)) in (1..).zip(CHANGES) {
            write!(
                text,
                "[[rate_cards.versions]]\nversion = {number}\neffective_at = \"{from}\"\n\
                 unmatched = \"reject\"\n\
                 overage = {{ currency = \"USD\", price = \"1.25\" }}\n"
            )
            .unwrap();
            for model in &self.models {
                for (direction, price) in [("input", model.input), ("output", model.output)] {
                    self.rate(&mut text, model, direction, price * thousandths);
                }
            }
        }
        for customer in &self.customers {
            writeln!(text, "[[customers]]\ncode = \"{}\"", customer.code).unwrap();
        }
        text
    }

    /// A rate; the price is in millionths of a credit for a million tokens.
    fn rate(&self, text: &mut String, model: &Model, direction: &str, price: u64) {
        let decimal = |millionths: u64| {
            format!("\"{}.{:06}\"", millionths / 1_000_000, millionths % 1_000_000)
        };
        let code = &model.code;
        write!(
            text,
            "[[rate_cards.versions.rates]]\ncode = \"{code}-{direction}\"\nmeter = \"tokens\"\n\
             match = {{ model = \"{code}\", direction = \"{direction}\" }}\n"
        )
        .unwrap();
        if !model.tiered {
            let price = decimal(price);
            writeln!(text, "model = \"per_unit\"\nprice = {price}\nper = \"1000000\"").unwrap();
            return;
        }
        text.push_str("model = \"graduated\"\ntiers = [\n");
        for (up_to, share) in
            [(Some(100_000), 100), (Some(1_000_000), 90), (Some(10_000_000), 80), (None, 65)]
        {
            let bound = up_to.map_or_else(String::new, |bound| format!("up_to = \"{bound}\", "));
            let price = decimal(price * share / 100);
            writeln!(text, "  {{ {bound}price = {price}, per = \"1000000\" }},").unwrap();
        }
        text.push_str("]\n");
    }

    /// Three to six lots a customer as operations, sized so that some customers run dry.
    pub(crate) fn grants(&self) -> String {
        let shares = self.shares();
        let mut grants = Vec::new();
        for ((number, customer), requests) in (0_u64..).zip(&self.customers).zip(shares) {
            let mut draws = Draws::of("lots", number);
            let models = customer.models.iter().map(|m| &self.models[usize::try_from(*m).unwrap()]);
            // A million requests of middling size, in thousandths of a credit.
            let million: u64 = models.map(|m| 1_100 * m.input + 300 * m.output).sum();
            let spend = requests * million / customer.models.len() as u64 / 1_000_000;
            let spend = spend.max(1_000);
            for lot in 0..3 + draws.below(4) {
                let units = (spend * (30 + draws.below(370)) / 1_000).max(10);
                let day = match lot {
                    0 => customer.start,
                    _ => customer.start + draws.below(DAYS - customer.start),
                };
                let (wallet, kind) = match (lot, draws.below(4)) {
                    (0, _) | (_, 0 | 1) => ("standard", "purchased"),
                    (_, 2) => ("premium", "purchased"),
                    _ => ("promotional", "promotional"),
                };
                grants.push((day, grant(customer, (wallet, kind), lot, day, units)));
            }
        }
        grants.sort();
        grants.into_iter().map(|(_, line)| line + "\n").collect()
    }

    /// Requests of each customer; they add up.
    fn shares(&self) -> Vec<u64> {
        apportion(self.requests, self.customers.iter().map(|customer| customer.weight))
    }

    /// Writes the usage and returns how many events there are.
    pub(crate) fn usage(&self, mut target: impl Write) -> io::Result<u64> {
        writeln!(target, "key,customer,occurred_at,model,direction,tokens")?;
        let days: Vec<Vec<u64>> = self
            .customers
            .iter()
            .zip(self.shares())
            .map(|(customer, requests)| apportion(requests, (0..DAYS).map(|d| weight(customer, d))))
            .collect();
        let mut events = 0;
        let mut line = String::new();
        for day in 0..DAYS {
            let mut requests: Vec<(u64, u64, usize)> = Vec::new();
            for (index, of_day) in days.iter().enumerate() {
                let mut draws = Draws::of("day", day * CUSTOMERS + index as u64);
                for _ in 0..of_day[usize::try_from(day).unwrap()] {
                    // More around noon than at night.
                    let millis = (draws.below(86_400_000) + draws.below(86_400_000)) / 2;
                    requests.push((millis, draws.next(), index));
                }
            }
            requests.sort_unstable();
            let date = date(day);
            for (millis, seed, index) in requests {
                line.clear();
                self.request(&mut line, (date, millis), seed, &self.customers[index]);
                target.write_all(line.as_bytes())?;
                events += 2;
            }
        }
        target.flush()?;
        Ok(events)
    }

    fn request(&self, text: &mut String, at: (Date, u64), seed: u64, customer: &Customer) {
        let mut draws = Draws(seed);
        let count = customer.models.len() as u64;
        // The smaller of two draws: the first models are used most.
        let model = draws.below(count).min(draws.below(count));
        let model = customer.models[usize::try_from(model).unwrap()];
        let code = &self.models[usize::try_from(model).unwrap()].code;
        let (date, millis) = at;
        let (second, milli) = (millis / 1_000, millis % 1_000);
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        for (direction, tokens) in
            [("input", draws.skewed(600, 26)), ("output", draws.skewed(200, 20))]
        {
            writeln!(
                text,
                "{seed:016x}/{direction},{},{date}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z,\
                 {code},{direction},{tokens}",
                customer.code
            )
            .unwrap();
        }
    }
}

/// Splits a whole by weights without losing any of it.
fn apportion(whole: u64, weights: impl Iterator<Item = u64> + Clone) -> Vec<u64> {
    let total: u64 = weights.clone().sum();
    let mut so_far = 0;
    let mut given = 0;
    let part = |weight: u64| {
        so_far += weight;
        let until = u128::from(whole) * u128::from(so_far) / u128::from(total);
        let until = u64::try_from(until).unwrap();
        let part = until - given;
        given = until;
        part
    };
    weights.map(part).collect()
}

/// How busy a customer is on a day: weekends are quiet, and nobody is there before the start.
fn weight(customer: &Customer, day: u64) -> u64 {
    // 2025-01-01 was a Wednesday.
    match (day < customer.start, (day + 2) % 7) {
        (true, _) => 0,
        (false, 5 | 6) => 3,
        (false, _) => 10,
    }
}

fn date(day: u64) -> Date {
    Date::from_yo_opt(2025, u32::try_from(day + 1).unwrap()).unwrap()
}

/// A grant; units are in thousandths of a credit, and a credit costs a dollar.
fn grant(
    customer: &Customer,
    (wallet, kind): (&str, &str),
    lot: u64,
    day: u64,
    units: u64,
) -> String {
    let code = &customer.code;
    let price = match kind {
        "purchased" => {
            let cents = units.div_ceil(10);
            format!(
                ",\"price\":{{\"net\":\"{}.{:02}\",\"currency\":\"USD\"}}",
                cents / 100,
                cents % 100
            )
        }
        _ => String::new(),
    };
    format!(
        "{{\"op\":\"grant_credits\",\"id\":\"{code}-lot-{lot}\",\"at\":\"{}T00:00:00Z\",\
         \"actor\":\"bench\",\"customer\":\"{code}\",\"wallet\":\"{wallet}\",\
         \"units\":\"{}.{:03}\",\"kind\":\"{kind}\"{price}}}",
        date(day),
        units / 1_000,
        units % 1_000
    )
}

const CONFIGURATION: &str = r#"
format = "scrip-config/1"
[entity]
code = "bench"
name = "Benchmark Inc."
currency = "USD"
time_zone = "UTC"
[[units]]
code = "credits"
kind = "credit"
scale = 6
[[units]]
code = "tokens"
kind = "usage"
scale = 0
[[meters]]
code = "tokens"
unit = "tokens"
[[meters.dimensions]]
name = "model"
report = true
[[meters.dimensions]]
name = "direction"
values = ["input", "output"]
[[wallet_types]]
code = "promotional"
unit = "credits"
[[wallet_types.versions]]
version = 1
effective_at = "2025-01-01"
priority = 10
expiry = { rule = "after", days = 90 }
beyond = "overage"
[[wallet_types]]
code = "standard"
unit = "credits"
[[wallet_types.versions]]
version = 1
effective_at = "2025-01-01"
priority = 30
expiry = { rule = "after", months = 6 }
beyond = "overage"
[[wallet_types]]
code = "premium"
unit = "credits"
[[wallet_types.versions]]
version = 1
effective_at = "2025-01-01"
priority = 20
expiry = { rule = "after", months = 12 }
beyond = "overage"
"#;
