//! The demo's usage: one row a request, for three months.

use std::io::{self, Write};

use chrono::{Datelike, NaiveDate, Weekday};

use super::CUSTOMERS;
use super::prices::SHARES;
use super::random::Random;

/// A row of a request becomes up to three events.
pub(super) const MAPPING: &str = r#"# One row a request: its input, cached input and output tokens are three events.
customer = { column = "customer" }
member = { column = "member" }
key = { column = "request_id" }

[occurred_at]
format = "rfc3339"
column = "at"

[[events]]
meter = "tokens"
quantity = { column = "input_tokens" }
key_suffix = "/input"
skip_zero = true
dimensions = { model = { column = "model" }, token_type = "input", region = { column = "region" } }

[[events]]
meter = "tokens"
quantity = { column = "cached_tokens" }
key_suffix = "/cached"
skip_zero = true
dimensions = { model = { column = "model" }, token_type = "cached_input", region = { column = "region" } }

[[events]]
meter = "tokens"
quantity = { column = "output_tokens" }
key_suffix = "/output"
skip_zero = true
dimensions = { model = { column = "model" }, token_type = "output", region = { column = "region" } }
"#;

const DAYS: u64 = 92;
/// Requests by hour of the day, in thousandths of the busiest: nights are quiet.
const HOURS: [u64; 24] = [
    80, 60, 50, 45, 50, 70, 150, 350, 650, 880, 960, 1000, 900, 940, 1000, 980, 900, 720, 520, 400,
    320, 250, 180, 120,
];

/// Writes the usage of three months as CSV and returns the number of rows.
///
/// # Errors
/// The writer's.
pub fn write_usage(seed: u64, out: &mut dyn Write) -> io::Result<u64> {
    writeln!(
        out,
        "request_id,at,customer,member,model,region,input_tokens,cached_tokens,output_tokens"
    )?;
    let mut rows = 0;
    let mut day = NaiveDate::from_ymd_opt(2026, 8, 1).unwrap_or_default();
    for number in 0..DAYS {
        let mut today = Vec::new();
        for index in 0..CUSTOMERS.len() {
            requests(seed, index, number, day, &mut today);
        }
        today.sort();
        for (second, line) in &today {
            let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
            rows += 1;
            writeln!(out, "req-{rows:06},{day}T{hour:02}:{minute:02}:{second:02}Z,{line}")?;
        }
        day = day.succ_opt().unwrap_or(day);
    }
    out.flush()?;
    Ok(rows)
}

/// The requests of one customer on one day.
fn requests(seed: u64, index: usize, number: u64, day: NaiveDate, out: &mut Vec<(u64, String)>) {
    let customer = &CUSTOMERS[index];
    let mut random = Random::at(seed, index as u64 + 1, number + 1);
    let weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    let level = customer.requests * (100 + customer.growth * number / DAYS) / 100;
    let level = if weekend { level * 35 / 100 } else { level };
    let mut count = level * random.between(75, 125) / 100;
    if random.below(40) == 0 {
        // A burst: somebody runs a job.
        count *= 3;
    }
    let shares: Vec<u64> =
        SHARES.iter().map(|(_, start, end)| start * (DAYS - number) + end * number).collect();
    for _ in 0..count {
        let hour = random.pick(&HOURS) as u64;
        let second = hour * 3600 + random.below(3600);
        let model = SHARES[random.pick(&shares)].0;
        let region = if random.below(5) == 0 { "us" } else { "eu" };
        let input = random.heavy(1_400);
        let cached = if random.below(3) == 0 { random.heavy(900) } else { 0 };
        let output = if model == "frost-embed" { 0 } else { random.heavy(260) };
        let member = random.between(1, 1 + customer.requests / 12);
        out.push((
            second,
            format!(
                "{},{}-user-{member},{model},{region},{input},{cached},{output}",
                customer.code, customer.code
            ),
        ));
    }
}
