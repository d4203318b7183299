//! A customer's own prices: agreed departures from the cards, and versions it stays on.

use super::*;

/// A price that was agreed with one customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceOverride {
    /// Code, unique for the customer; explanations name it.
    pub code: String,
    /// The card it departs from.
    pub card: CardCode,
    /// The row; every row of the card if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<RateCode>,
    /// When it takes effect.
    pub effective_at: When,
    /// When it ends, exclusive; never if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<When>,
    /// Percent by which every money number of the row changes: `"-10"` is a discount of 10 %.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<Number>,
    /// Price of `per` units instead of the row's pricing model. Only with `rate`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Number>,
    /// How many units `price` is for; 1 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per: Option<Number>,
}

/// A version of a card that one customer stays on, or gets early.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CardVersion {
    /// The card.
    pub card: CardCode,
    /// Its version, whatever its own effective date.
    pub version: u32,
    /// From when.
    pub effective_at: When,
    /// Until when, exclusive; for good if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<When>,
}

/// What is agreed with one customer from one instant until another.
pub trait OwnTerm: PartialEq + Clone {
    /// What tells it from the customer's other terms, for messages and paths.
    fn name(&self) -> String;
    /// When it takes effect.
    fn effective_at(&self) -> When;
    /// When it ends.
    fn until(&self) -> Option<When>;
    /// The same with another end.
    #[must_use]
    fn ending(&self, until: Option<When>) -> Self;
}

impl OwnTerm for PriceOverride {
    fn name(&self) -> String {
        self.code.clone()
    }
    fn effective_at(&self) -> When {
        self.effective_at
    }
    fn until(&self) -> Option<When> {
        self.until
    }
    fn ending(&self, until: Option<When>) -> Self {
        Self { until, ..self.clone() }
    }
}

impl OwnTerm for CardVersion {
    fn name(&self) -> String {
        format!("{}@{} from {}", self.card, self.version, self.effective_at)
    }
    fn effective_at(&self) -> When {
        self.effective_at
    }
    fn until(&self) -> Option<When> {
        self.until
    }
    fn ending(&self, until: Option<When>) -> Self {
        Self { until, ..self.clone() }
    }
}
