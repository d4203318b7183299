//! The price list: decimals as they are published, never through a float.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use flate2::read::GzDecoder;
use serde::Deserialize;

/// The most digits that a decimal may have.
const DIGITS_MAX: usize = 28;

/// A decimal: `digits` over ten to the `scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Price {
    pub(crate) digits: i128,
    pub(crate) scale: usize,
}

impl Price {
    /// Reads `0.000003`, `3e-06`, `5.0000000000000004e-08`; nothing if it has too many digits.
    fn read(text: &str) -> Option<Self> {
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let exponent: i64 = exponent.parse().unwrap();
        let scale = i64::try_from(part.len()).unwrap() - exponent;
        let zeros = usize::try_from(-scale).unwrap_or(0);
        let digits = format!("{whole}{part}{}", "0".repeat(zeros));
        let digits = digits.trim_start_matches('0');
        let mut price = Self {
            digits: if digits.is_empty() { 0 } else { digits.parse().ok()? },
            scale: usize::try_from(scale).unwrap_or(0),
        };
        while price.scale > 0 && price.digits % 10 == 0 {
            price = Self { digits: price.digits / 10, scale: price.scale - 1 };
        }
        (price.scale <= DIGITS_MAX && digits.len() <= DIGITS_MAX).then_some(price)
    }

    /// Nine tenths of it, where that has not too many digits.
    pub(crate) fn reduced(self) -> Self {
        if self.digits == 0 || self.scale >= DIGITS_MAX {
            return self;
        }
        Self { digits: self.digits * 9, scale: self.scale + 1 }
    }
}

/// As a plain decimal.
impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:0>width$}", self.digits, width = self.scale + 1);
        let (whole, part) = text.split_at(text.len() - self.scale);
        if part.is_empty() { f.write_str(whole) } else { write!(f, "{whole}.{part}") }
    }
}

/// What a model costs, in dollars a token.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) name: String,
    pub(crate) input: Price,
    pub(crate) output: Price,
    /// Input that was seen before.
    pub(crate) cached: Option<Price>,
}

impl Model {
    /// The sides that have a price, by name.
    pub(crate) fn sides(&self) -> impl Iterator<Item = (&'static str, Price)> {
        let cached = self.cached.map(|price| ("cached", price));
        [("input", self.input), ("output", self.output)].into_iter().chain(cached)
    }
}

/// The priced models in order of name.
#[derive(Debug)]
pub(crate) struct PriceList {
    pub(crate) models: Vec<Model>,
    /// Prices that were left out.
    pub(crate) too_long: usize,
}

#[derive(Deserialize)]
struct Published {
    models: BTreeMap<String, Fields>,
}

#[derive(Deserialize)]
struct Fields {
    mode: Option<String>,
    input_cost_per_token: Option<String>,
    output_cost_per_token: Option<String>,
    cache_read_input_token_cost: Option<String>,
}

impl PriceList {
    /// Reads the models that are priced by the token on both sides.
    pub(crate) fn read(path: &Path) -> Self {
        let file = BufReader::new(GzDecoder::new(File::open(path).unwrap()));
        let published: Published = serde_json::from_reader(file).unwrap();
        let mut list = Self { models: Vec::new(), too_long: 0 };
        for (name, fields) in published.models {
            let (Some(input), Some(output)) =
                (&fields.input_cost_per_token, &fields.output_cost_per_token)
            else {
                continue;
            };
            if fields.mode.as_deref() != Some("chat") {
                continue;
            }
            let cached = fields.cache_read_input_token_cost.as_deref().map(Price::read);
            list.too_long += usize::from(cached == Some(None));
            match (Price::read(input), Price::read(output)) {
                (Some(input), Some(output)) => {
                    list.models.push(Model { name, input, output, cached: cached.flatten() });
                }
                (input, output) => {
                    list.too_long += usize::from(input.is_none()) + usize::from(output.is_none());
                }
            }
        }
        list
    }
}

#[test]
fn published_decimals_are_read_to_the_last_digit() {
    for (text, plain) in [
        ("3e-06", Some("0.000003")),
        ("5.0000000000000004e-08", Some("0.000000050000000000000004")),
        ("1.30E-10", Some("0.00000000013")),
        ("0.0", Some("0")),
        ("1.5e2", Some("150")),
        ("12", Some("12")),
        ("1.23456789012345678901234567890", None),
        ("2.857142857142857142857e-07", Some("0.0000002857142857142857142857")),
        ("2.8571428571428571428571e-07", None),
    ] {
        assert_eq!(Price::read(text).map(|p| p.to_string()).as_deref(), plain, "{text}");
    }
}
