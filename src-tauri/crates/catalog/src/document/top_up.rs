//! Top-ups: units that are bought by themselves when a wallet runs low.

use super::*;

/// When a wallet is topped up, by how much, and what it costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TopUp {
    /// A top-up is made when a draw leaves this much or less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<Number>,
    /// Brings the balance to this much. Either this or `add`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bring_to: Option<Number>,
    /// Adds this much, as often as it takes to get above the threshold. Either this or `bring_to`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub add: Option<Number>,
    /// What is charged; absent when the units are a gift.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<UnitPrice>,
    /// The most that is charged in one calendar month, net.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monthly_ceiling: Option<Number>,
    /// From when the units are there.
    #[serde(default, skip_serializing_if = "TopUpOn::is_default")]
    pub on: TopUpOn,
}

/// The price of units of a wallet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitPrice {
    /// Currency charged.
    pub currency: UnitCode,
    /// Price of `per` units.
    pub price: Number,
    /// How many units the price is for.
    #[serde(default = "one", skip_serializing_if = "Number::is_one")]
    pub per: Number,
    /// Tax on top of the price; none if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<PriceTax>,
}

fn one() -> Number {
    Number::ONE
}

/// From when the units of a top-up are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TopUpOn {
    /// At once; the charge is invoiced.
    #[default]
    Invoice,
    /// When the payment has come.
    Payment,
}

impl TopUpOn {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl TopUp {
    /// What is wrong with the terms, as the end of a sentence; none when they make sense.
    #[must_use]
    pub fn fault(&self) -> Option<&'static str> {
        let amounts = [self.threshold, self.bring_to, self.add, self.monthly_ceiling];
        let price = self.price.as_ref();
        if amounts.iter().flatten().any(Number::is_negative)
            || price.is_some_and(|p| p.price.is_negative())
            || price.and_then(|p| p.tax).is_some_and(|tax| tax.percent.is_negative())
        {
            return Some("has an amount below zero; use zero or more");
        }
        match (self.bring_to, self.add) {
            (None, None) => return Some("says neither bring_to nor add; say one of them"),
            (Some(_), Some(_)) => return Some("says both bring_to and add; say one of them"),
            (Some(to), None) if self.threshold.is_some_and(|t| to.decimal() <= t.decimal()) => {
                return Some("brings the balance to its threshold or below it; bring it higher");
            }
            (Some(amount), None) | (None, Some(amount)) if !amount.is_positive() => {
                return Some("adds nothing; use an amount above zero");
            }
            _ => {}
        }
        if price.is_some_and(|p| !p.per.is_positive()) {
            return Some("has a price for zero units; use a per above zero");
        }
        if price.is_none() && self.monthly_ceiling.is_some() {
            return Some("has a ceiling on what it charges, and charges nothing; add a price");
        }
        if price.is_none() && self.on == TopUpOn::Payment {
            return Some("waits for a payment, and charges nothing; add a price");
        }
        None
    }
}
