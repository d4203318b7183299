//! Strict reading of what a derived reader would take loosely: a misspelt key in a rate or an
//! expiry rule, a key that belongs to another pricing model, a dimension that is named twice.

use std::fmt;

use scrip_units::{MeterCode, Number, RateCode, UnitCode, WalletTypeCode, When};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use super::{
    Cells, ChargeRounding, ExpiryRule, PartialPackage, Pricing, Rate, Step, Tier, TimeWindow,
};

/// Reads cells and refuses a dimension that is named twice.
pub(super) fn cells<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Cells, D::Error> {
    struct Pairs;
    impl<'de> Visitor<'de> for Pairs {
        type Value = Cells;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("dimension values by name, such as { model = \"opus\" }")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Cells, A::Error> {
            let mut cells = Cells::new();
            while let Some((name, value)) = map.next_entry::<String, String>()? {
                if cells.contains_key(&name) {
                    return Err(A::Error::custom(format!("the dimension `{name}` is named twice")));
                }
                cells.insert(name, value);
            }
            Ok(cells)
        }
    }
    deserializer.deserialize_map(Pairs)
}

#[derive(Clone, Copy, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum Model {
    PerUnit,
    Package,
    Graduated,
    Volume,
    Stairstep,
    Percentage,
}

impl Model {
    fn name(self) -> &'static str {
        match self {
            Self::PerUnit => "per_unit",
            Self::Package => "package",
            Self::Graduated => "graduated",
            Self::Volume => "volume",
            Self::Stairstep => "stairstep",
            Self::Percentage => "percentage",
        }
    }

    /// The keys of the model's numbers.
    fn keys(self) -> &'static [&'static str] {
        match self {
            Self::PerUnit => &["price", "per"],
            Self::Package => &["size", "price", "partial"],
            Self::Graduated | Self::Volume => &["tiers"],
            Self::Stairstep => &["steps"],
            Self::Percentage => &["percent", "fee", "at_least", "at_most"],
        }
    }
}

/// A rate as it is written: the keys of all pricing models side by side.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRate {
    code: RateCode,
    meter: MeterCode,
    #[serde(default, rename = "match", deserialize_with = "cells")]
    matches: Cells,
    when: Option<TimeWindow>,
    quantity_unit: Option<UnitCode>,
    included: Option<Number>,
    maximum: Option<Number>,
    minimum: Option<Number>,
    #[serde(default)]
    rounding: ChargeRounding,
    #[serde(default)]
    wallet_types: Vec<WalletTypeCode>,
    model: Model,
    price: Option<Number>,
    per: Option<Number>,
    size: Option<Number>,
    partial: Option<PartialPackage>,
    tiers: Option<Vec<Tier>>,
    steps: Option<Vec<Step>>,
    percent: Option<Number>,
    fee: Option<Number>,
    at_least: Option<Number>,
    at_most: Option<Number>,
}

impl WrittenRate {
    fn foreign_key(&self) -> Option<&'static str> {
        let written = [
            ("price", self.price.is_some()),
            ("per", self.per.is_some()),
            ("size", self.size.is_some()),
            ("partial", self.partial.is_some()),
            ("tiers", self.tiers.is_some()),
            ("steps", self.steps.is_some()),
            ("percent", self.percent.is_some()),
            ("fee", self.fee.is_some()),
            ("at_least", self.at_least.is_some()),
            ("at_most", self.at_most.is_some()),
        ];
        let keys = self.model.keys();
        written.into_iter().find(|(key, is)| *is && !keys.contains(key)).map(|(key, _)| key)
    }

    fn pricing(&mut self) -> Result<Pricing, String> {
        let (code, model) = (&self.code, self.model.name());
        if let Some(key) = self.foreign_key() {
            let keys = self.model.keys().join("`, `");
            return Err(format!(
                "rate {code}: the pricing model {model} has no `{key}`; its keys are `{keys}`"
            ));
        }
        let missing = |key: &str| format!("rate {code}: the pricing model {model} needs `{key}`");
        let price = self.price.ok_or_else(|| missing("price"));
        let tiers = self.tiers.take().ok_or_else(|| missing("tiers"));
        Ok(match self.model {
            Model::PerUnit => {
                Pricing::PerUnit { price: price?, per: self.per.unwrap_or(Number::ONE) }
            }
            Model::Package => Pricing::Package {
                size: self.size.ok_or_else(|| missing("size"))?,
                price: price?,
                partial: self.partial.unwrap_or_default(),
            },
            Model::Graduated => Pricing::Graduated { tiers: tiers? },
            Model::Volume => Pricing::Volume { tiers: tiers? },
            Model::Stairstep => {
                Pricing::Stairstep { steps: self.steps.take().ok_or_else(|| missing("steps"))? }
            }
            Model::Percentage => Pricing::Percentage {
                percent: self.percent.ok_or_else(|| missing("percent"))?,
                fee: self.fee.unwrap_or(Number::ZERO),
                at_least: self.at_least,
                at_most: self.at_most,
            },
        })
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut written = WrittenRate::deserialize(deserializer)?;
        let pricing = written.pricing().map_err(D::Error::custom)?;
        Ok(Self {
            code: written.code,
            meter: written.meter,
            matches: written.matches,
            when: written.when,
            quantity_unit: written.quantity_unit,
            included: written.included,
            maximum: written.maximum,
            minimum: written.minimum,
            rounding: written.rounding,
            wallet_types: written.wallet_types,
            pricing,
        })
    }
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum Rule {
    Never,
    After,
    EndOfBillingPeriod,
    EndOfContract,
    AfterInactivity,
    On,
}

/// An expiry rule as it is written: the keys of all rules side by side.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenExpiry {
    rule: Rule,
    months: Option<u32>,
    days: Option<u32>,
    at: Option<When>,
}

impl<'de> Deserialize<'de> for ExpiryRule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = WrittenExpiry::deserialize(deserializer)?;
        let error = |message: &str| Err(D::Error::custom(message));
        match (written.rule, written.months, written.days, written.at) {
            (Rule::Never, None, None, None) => Ok(Self::Never),
            (Rule::EndOfBillingPeriod, None, None, None) => Ok(Self::EndOfBillingPeriod),
            (Rule::EndOfContract, None, None, None) => Ok(Self::EndOfContract),
            (Rule::After, months, days, None) => {
                Ok(Self::After { months: months.unwrap_or(0), days: days.unwrap_or(0) })
            }
            (Rule::AfterInactivity, months, days, None) => {
                Ok(Self::AfterInactivity { months: months.unwrap_or(0), days: days.unwrap_or(0) })
            }
            (Rule::On, None, None, Some(at)) => Ok(Self::On { at }),
            (Rule::On, None, None, None) => error("the expiry rule on needs `at`"),
            (Rule::On, ..) => {
                error("the expiry rule on has no `months` or `days`; its key is `at`")
            }
            (Rule::After, ..) => {
                error("the expiry rule after has no `at`; its keys are `months`, `days`")
            }
            (Rule::AfterInactivity, ..) => {
                error("the expiry rule after_inactivity has no `at`; its keys are `months`, `days`")
            }
            (Rule::EndOfContract, ..) => error("the expiry rule end_of_contract has no other keys"),
            (Rule::Never, ..) => error("the expiry rule never has no other keys"),
            (Rule::EndOfBillingPeriod, ..) => {
                error("the expiry rule end_of_billing_period has no other keys")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn rate(extra: &Value) -> Result<Rate, String> {
        let mut row = json!({ "code": "a", "meter": "m" });
        for (key, value) in extra.as_object().unwrap() {
            row[key] = value.clone();
        }
        serde_json::from_value(row).map_err(|e| e.to_string())
    }

    #[test]
    fn a_rate_has_the_keys_of_its_pricing_model_and_no_others() {
        for (extra, want) in [
            (json!({ "model": "per_unit", "price": "1", "prize": "2" }), "unknown field `prize`"),
            (json!({ "model": "per_unit", "price": "1", "size": "2" }), "per_unit has no `size`"),
            (json!({ "model": "per_unit" }), "per_unit needs `price`"),
            (json!({ "model": "package", "price": "1" }), "package needs `size`"),
            (json!({ "model": "volume", "steps": [] }), "volume has no `steps`"),
            (json!({ "model": "stairstep" }), "stairstep needs `steps`"),
            (json!({ "model": "flat" }), "unknown variant `flat`"),
            (json!({ "price": "1" }), "missing field `model`"),
        ] {
            let error = rate(&extra).unwrap_err();
            assert!(error.contains(want), "{extra}: {error}");
        }
        let read = rate(&json!({ "model": "per_unit", "price": "1" })).unwrap();
        assert_eq!(read.pricing, Pricing::PerUnit { price: Number::ONE, per: Number::ONE });
    }

    #[test]
    fn an_expiry_rule_has_its_own_keys_and_no_others() {
        let read = |value: Value| {
            serde_json::from_value::<ExpiryRule>(value).map_err(|error| error.to_string())
        };
        for (value, want) in [
            (json!({ "rule": "never", "days": 3 }), "never has no other keys"),
            (json!({ "rule": "after", "at": "2026-01-01" }), "after has no `at`"),
            (json!({ "rule": "on" }), "on needs `at`"),
            (json!({ "rule": "after", "weeks": 3 }), "unknown field `weeks`"),
        ] {
            let error = read(value.clone()).unwrap_err();
            assert!(error.contains(want), "{value}: {error}");
        }
        let rule = read(json!({ "rule": "after", "months": 2 })).unwrap();
        assert_eq!(rule, ExpiryRule::After { months: 2, days: 0 });
    }

    #[test]
    fn a_dimension_is_named_once() {
        let text =
            r#"{"code":"a","meter":"m","match":{"x":"1","x":"2"},"model":"per_unit","price":"1"}"#;
        let error = serde_json::from_str::<Rate>(text).unwrap_err().to_string();
        assert!(error.contains("`x` is named twice"), "{error}");
    }
}
