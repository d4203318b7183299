//! What everybody must be charged, by integers alone: tokens times price, rounded once in each
//! billing period.

use std::collections::BTreeMap;

use crate::prices::{Price, PriceList};
use crate::traces::Traces;

/// Decimals of a credit.
pub(crate) const SCALE: u32 = 6;

/// Smallest steps of the charge by customer and rate.
pub(crate) struct Expected {
    pub(crate) charges: BTreeMap<(String, String), i128>,
    /// All tokens of all events.
    pub(crate) tokens: i128,
}

/// The code of the rate of one side of a model.
pub(crate) fn rate_code(model: usize, side: &str) -> String {
    format!("m{model:04}-{side}")
}

/// Rounds a fraction of positive numbers to the nearest integer, halves up.
pub(crate) fn nearest(numerator: i128, denominator: i128) -> i128 {
    (numerator * 2 + denominator) / (denominator * 2)
}

/// `tokens` at a price, in smallest steps: tokens x digits x 10^6 / 10^scale.
fn charge(tokens: i128, price: Price) -> i128 {
    let exponent = i64::from(SCALE) - i64::try_from(price.scale).unwrap();
    let product = tokens.checked_mul(price.digits).unwrap();
    match u32::try_from(exponent) {
        Ok(up) => product.checked_mul(10_i128.pow(up)).unwrap(),
        Err(_) => nearest(product, 10_i128.pow(u32::try_from(-exponent).unwrap())),
    }
}

impl Expected {
    pub(crate) fn of(traces: &Traces, prices: &PriceList) -> Self {
        // By customer, model, side and whether it is in February.
        let mut tokens: BTreeMap<(&str, usize, &str, bool), i128> = BTreeMap::new();
        for row in &traces.rows {
            for (side, count) in
                [("input", row.input), ("cached", row.cached), ("output", row.output)]
            {
                let key = (row.customer.as_str(), row.model, side, row.in_february());
                *tokens.entry(key).or_default() += i128::from(count);
            }
        }
        for service in &traces.services {
            for (side, count) in [("input", service.input), ("output", service.output)] {
                let key = (service.customer, service.model, side, false);
                tokens.insert(key, i128::from(count));
            }
        }
        let mut expected = Self { charges: BTreeMap::new(), tokens: tokens.values().sum() };
        for ((customer, model, side, in_february), count) in tokens {
            if count == 0 {
                continue;
            }
            let price = prices.models[model].sides().find(|(name, _)| *name == side).unwrap().1;
            // The second version of the card is in force from the first of February.
            let price = if in_february { price.reduced() } else { price };
            let key = (customer.to_owned(), rate_code(model, side));
            *expected.charges.entry(key).or_default() += charge(count, price);
        }
        expected
    }

    /// What a customer is charged in all.
    pub(crate) fn of_customer(&self, customer: &str) -> i128 {
        let own = self.charges.iter().filter(|((code, _), _)| code == customer);
        own.map(|(_, charge)| charge).sum()
    }
}
