//! The demo's usage: one row a request, for three months.

use std::io::{self, Write};

use chrono::NaiveDate;

use super::CUSTOMERS;
use super::prices::SHARES;
use crate::sample::{Column, Level, Recipe, Share, Stream};

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

/// Requests by hour of the day, in thousandths of the busiest: nights are quiet.
const HOURS: [u64; 24] = [
    80, 60, 50, 45, 50, 70, 150, 350, 650, 880, 960, 1000, 900, 940, 1000, 980, 900, 720, 520, 400,
    320, 250, 180, 120,
];

/// How the usage of three months is made.
fn recipe(seed: u64) -> Recipe {
    let level = |customer: &super::Customer| Level {
        code: customer.code.to_owned(),
        rows: customer.requests,
        growth: customer.growth,
        members: (1..=1 + customer.requests / 12)
            .map(|n| format!("{}-user-{n}", customer.code))
            .collect(),
    };
    let share = |&(value, share, end_share): &(&str, u64, u64)| Share {
        value: value.to_owned(),
        share,
        end_share: Some(end_share),
    };
    let region = |value: &str, share| Share { value: value.to_owned(), share, end_share: None };
    let column = |name: &str| Column { name: name.to_owned(), ..Column::default() };
    let embeds = [("model".to_owned(), "frost-embed".to_owned())];
    Recipe {
        seed,
        first_day: NaiveDate::from_ymd_opt(2026, 8, 1).unwrap_or_default(),
        days: 92,
        hours: HOURS.to_vec(),
        weekend: 35,
        burst_one_in: 40,
        streams: vec![Stream {
            customers: CUSTOMERS.iter().map(level).collect(),
            columns: vec![
                Column { pick: SHARES.iter().map(share).collect(), ..column("model") },
                Column { pick: vec![region("us", 1), region("eu", 4)], ..column("region") },
                Column { about: Some(1_400), ..column("input_tokens") },
                Column { about: Some(900), one_in: Some(3), ..column("cached_tokens") },
                Column { about: Some(260), unless: embeds.into(), ..column("output_tokens") },
            ],
        }],
    }
}

/// Writes the usage of three months as CSV and returns the number of rows.
///
/// # Errors
/// The writer's.
pub fn write_usage(seed: u64, out: &mut dyn Write) -> io::Result<u64> {
    recipe(seed).write(out)
}
