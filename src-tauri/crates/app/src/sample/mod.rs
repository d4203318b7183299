//! Sample usage: rows of a usage file made from a seed by a recipe, in the shape of real usage.
//!
//! Few large customers and many small ones, days and weeks that breathe, a tail of very long
//! requests, shares that drift. The same recipe gives the same bytes, everywhere.
//! Deliberately does not know: meters and prices. A row becomes events by the import's mapping.

mod random;

use std::collections::BTreeMap;
use std::io::{self, Write};

use chrono::{Datelike, NaiveDate, Weekday};
use serde::Deserialize;

use random::Random;

/// How sample usage is made.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Seed: another seed gives other rows of the same shape.
    pub seed: u64,
    /// First day, in UTC.
    pub first_day: NaiveDate,
    /// Number of days.
    pub days: u64,
    /// Rows by hour of the day in UTC, relative to each other.
    pub hours: Vec<u64>,
    /// What a day of the weekend is of a working day, in hundredths.
    #[serde(default = "whole")]
    pub weekend: u64,
    /// One day in so many has three times the rows: somebody runs a job. 0 for never.
    #[serde(default)]
    pub burst_one_in: u64,
    /// What is used, by whom.
    pub streams: Vec<Stream>,
}

/// Rows of one shape.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stream {
    /// Who makes such rows, and how many.
    pub customers: Vec<Level>,
    /// What a row says, in the order of the file's columns.
    pub columns: Vec<Column>,
}

/// How much one customer uses.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// The customer.
    pub code: String,
    /// Rows on a typical working day.
    pub rows: u64,
    /// Hundredths by which rows grow from the first day to the last.
    #[serde(default)]
    pub growth: u64,
    /// Its members; a row is of any of them. A member of the customer's own name if empty.
    #[serde(default)]
    pub members: Vec<String>,
}

/// A column: one of a list, or an amount.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its heading.
    pub name: String,
    /// One of these.
    #[serde(default)]
    pub pick: Vec<Share>,
    /// An amount around this one, with a long tail.
    pub about: Option<u64>,
    /// An amount from the first to the second, both included, each as likely.
    pub between: Option<[u64; 2]>,
    /// Decimals of the amount: 2 makes 150 into 1.50.
    #[serde(default)]
    pub decimals: u32,
    /// The amount is zero except in one row of so many.
    pub one_in: Option<u64>,
    /// The amount is zero in rows that say this.
    #[serde(default)]
    pub unless: BTreeMap<String, String>,
}

/// A value of a list with its share of rows.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// The value.
    pub value: String,
    /// Its share at the start, relative to the others.
    pub share: u64,
    /// Its share at the end; as at the start if absent.
    pub end_share: Option<u64>,
}

fn whole() -> u64 {
    100
}

impl Recipe {
    /// Reads a recipe (TOML).
    ///
    /// # Errors
    /// Those of the text, with their line.
    pub fn from_toml(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// Headings of all streams, each once.
    fn headings(&self) -> Vec<&Column> {
        let mut all: Vec<&Column> = Vec::new();
        for column in self.streams.iter().flat_map(|stream| &stream.columns) {
            if all.iter().all(|known| known.name != column.name) {
                all.push(column);
            }
        }
        all
    }

    /// Writes the rows as CSV and returns their number.
    ///
    /// # Errors
    /// The writer's.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<u64> {
        let headings = self.headings();
        let names: String = headings.iter().map(|column| format!(",{}", column.name)).collect();
        writeln!(out, "request_id,at,customer,member{names}")?;
        let mut rows = 0;
        let mut day = self.first_day;
        for number in 0..self.days {
            let mut today = Vec::new();
            let mut place = 0;
            for stream in &self.streams {
                for level in &stream.customers {
                    place += 1;
                    let random = Random::at(self.seed, place, number + 1);
                    self.rows((stream, level), (number, day), random, &headings, &mut today);
                }
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

    /// The rows of one customer on one day.
    fn rows(
        &self,
        (stream, level): (&Stream, &Level),
        (number, day): (u64, NaiveDate),
        mut random: Random,
        headings: &[&Column],
        out: &mut Vec<(u64, String)>,
    ) {
        let weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
        let typical = level.rows * (100 + level.growth * number / self.days.max(1)) / 100;
        let typical = if weekend { typical * self.weekend / 100 } else { typical };
        let mut count = typical * random.between(75, 125) / 100;
        if self.burst_one_in > 0 && random.below(self.burst_one_in) == 0 {
            count *= 3;
        }
        for _ in 0..count {
            let hour = random.pick(&self.hours) as u64;
            let second = hour * 3600 + random.below(3600);
            let mut said: BTreeMap<&str, String> = BTreeMap::new();
            for column in &stream.columns {
                let value = self.value(column, number, &said, &mut random);
                said.insert(&column.name, value);
            }
            let nobody = level.members.is_empty();
            let number = random.below(level.members.len() as u64);
            let member = usize::try_from(number).ok().and_then(|n| level.members.get(n));
            let member = if nobody { &level.code } else { member.unwrap_or(&level.code) };
            let mut line = format!("{},{member}", level.code);
            for heading in headings {
                line.push(',');
                match said.get(heading.name.as_str()) {
                    Some(value) => line.push_str(value),
                    None if heading.pick.is_empty() => line.push('0'),
                    None => {}
                }
            }
            out.push((second, line));
        }
    }

    fn value(
        &self,
        column: &Column,
        number: u64,
        said: &BTreeMap<&str, String>,
        random: &mut Random,
    ) -> String {
        if !column.pick.is_empty() {
            let left = self.days - number;
            let drift = column.pick.iter().any(|s| s.end_share.is_some());
            let weight = |s: &Share| match drift {
                true => s.share * left + s.end_share.unwrap_or(s.share) * number,
                false => s.share,
            };
            let weights: Vec<u64> = column.pick.iter().map(weight).collect();
            return column.pick[random.pick(&weights)].value.clone();
        }
        let nothing =
            column.unless.iter().any(|(name, value)| said.get(name.as_str()) == Some(value))
                || column.one_in.is_some_and(|one_in| random.below(one_in) != 0);
        let amount = match (nothing, column.about, column.between) {
            (true, ..) | (_, None, None) => 0,
            (_, Some(typical), _) => random.heavy(typical),
            (_, None, Some([from, to])) => random.between(from, to),
        };
        decimal(amount, column.decimals)
    }
}

/// An amount with a decimal point.
fn decimal(amount: u64, decimals: u32) -> String {
    let one = 10_u64.pow(decimals);
    match usize::try_from(decimals) {
        Ok(width) if width > 0 => format!("{}.{:0width$}", amount / one, amount % one),
        _ => amount.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECIPE: &str = r#"
        seed = 1
        first_day = "2026-10-01"
        days = 31
        hours = [0, 0, 0, 0, 0, 0, 0, 1, 2, 2, 2, 2, 2, 2, 2, 2, 1, 0, 0, 0, 0, 0, 0, 0]
        weekend = 0
        burst_one_in = 10

        [[streams]]
        customers = [{ code = "acme", rows = 4, growth = 100, members = ["ana", "bo"] }]
        columns = [
            { name = "model", pick = [{ value = "large", share = 1 }, { value = "none", share = 1 }] },
            { name = "tokens", about = 100, unless = { model = "none" } },
            { name = "cached", about = 10, one_in = 2 },
        ]

        [[streams]]
        customers = [{ code = "globex", rows = 2 }]
        columns = [{ name = "hours", between = [5, 250], decimals = 2 }]
    "#;

    fn written(text: &str) -> String {
        let mut bytes = Vec::new();
        Recipe::from_toml(text).unwrap().write(&mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_recipe_gives_the_same_bytes_and_another_seed_others() {
        assert_eq!(written(RECIPE), written(RECIPE));
        assert_ne!(written(RECIPE), written(&RECIPE.replace("seed = 1", "seed = 2")));
    }

    #[test]
    fn a_row_says_what_its_stream_says_and_nothing_of_the_others() {
        let csv = written(RECIPE);
        let mut lines = csv.lines();
        assert_eq!(lines.next(), Some("request_id,at,customer,member,model,tokens,cached,hours"));
        for line in lines {
            let cells: Vec<&str> = line.split(',').collect();
            let hour: u64 = cells[1][11..13].parse().unwrap();
            assert!((7..=16).contains(&hour), "{line}");
            match cells[2] {
                "acme" => {
                    assert!(["ana", "bo"].contains(&cells[3]), "{line}");
                    assert_eq!(cells[4] == "none", cells[5] == "0", "{line}");
                    assert_eq!(cells[7], "0");
                }
                _ => {
                    assert_eq!((cells[3], cells[4], cells[5]), ("globex", "", "0"));
                    let (whole, cents) = cells[7].split_once('.').unwrap();
                    assert!(whole.parse::<u64>().unwrap() <= 2 && cents.len() == 2, "{line}");
                }
            }
        }
        // 3 and 4 October were a Saturday and a Sunday.
        assert!(!csv.contains("2026-10-03T") && csv.contains("2026-10-05T"));
    }
}
