//! A rate as a row of texts, and back.

use std::collections::BTreeMap;

use scrip_catalog::Rate;
use scrip_units::Number;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A tier, as texts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GridTier {
    /// Upper bound, inclusive; empty in the last tier.
    pub up_to: String,
    /// Price of `per` units; the amount of the step of a stairstep.
    pub price: String,
    /// How many units the price is for; empty for one.
    pub per: String,
    /// Amount charged once when the tier is entered; empty for none.
    pub flat: String,
}

/// A rate, as texts. An empty text is an absent member.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GridRow {
    /// Code of the row.
    pub code: String,
    /// Meter.
    pub meter: String,
    /// Dimension values; absent or `*` means any.
    pub cells: BTreeMap<String, String>,
    /// Pricing model: `per_unit`, `package`, `graduated`, `volume`, `stairstep`, `percentage`.
    pub model: String,
    /// Price; the percentage of a percentage rate; empty for models with tiers.
    pub price: String,
    /// What the price is for; the size of a package.
    pub per: String,
    /// Tiers of the models that have them.
    pub tiers: Vec<GridTier>,
    /// Quantity that is free in each billing period.
    pub included: String,
    /// The most that is charged in a billing period.
    pub maximum: String,
    /// Unit of the quantity that is priced.
    pub quantity_unit: String,
    /// Wallet types that pay, separated by commas.
    pub wallet_types: String,
    /// Members of the rate that have no column, as JSON: kept as they are.
    pub rest: String,
}

/// Something that is wrong with a grid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CellProblem {
    /// Row, from 0; absent for what concerns the whole version.
    pub row: Option<usize>,
    /// Column, by the name of the member; a dimension as `match.NAME`; absent for the whole row.
    pub column: Option<String>,
    /// Whether it stands in the way of publishing.
    pub is_error: bool,
    /// A stable code.
    pub code: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl CellProblem {
    fn unreadable(column: &str, message: String) -> Self {
        Self {
            row: None,
            column: Some(column.to_owned()),
            is_error: true,
            code: "unreadable".to_owned(),
            message,
        }
    }

    pub(super) fn of_all(message: String) -> Self {
        Self { column: None, ..Self::unreadable("", message) }
    }

    pub(super) fn at_row(self, row: usize) -> Self {
        Self { row: Some(row), ..self }
    }
}

/// Takes a text member out of a rate's JSON.
fn take(members: &mut Map<String, Value>, name: &str) -> String {
    match members.remove(name) {
        Some(Value::String(text)) => text,
        _ => String::new(),
    }
}

fn tier(value: &Value) -> GridTier {
    let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let price = match text("price") {
        price if price.is_empty() => text("amount"),
        price => price,
    };
    GridTier { up_to: text("up_to"), price, per: text("per"), flat: text("flat") }
}

/// The name of a model's price, and of what it is for.
fn price_names(model: &str) -> (&'static str, &'static str) {
    match model {
        "package" => ("price", "size"),
        "percentage" => ("percent", ""),
        _ => ("price", "per"),
    }
}

impl GridRow {
    /// The row of a rate.
    pub(crate) fn of(rate: &Rate) -> Result<Self, serde_json::Error> {
        let Value::Object(mut members) = serde_json::to_value(rate)? else {
            return Ok(Self::default());
        };
        let model = take(&mut members, "model");
        let (price, per) = price_names(&model);
        let cells = match members.remove("match") {
            Some(cells) => serde_json::from_value(cells)?,
            None => BTreeMap::new(),
        };
        let tiers = members.remove("tiers").or_else(|| members.remove("steps"));
        let wallets: Vec<String> = match members.remove("wallet_types") {
            Some(codes) => serde_json::from_value(codes)?,
            None => Vec::new(),
        };
        Ok(Self {
            code: take(&mut members, "code"),
            meter: take(&mut members, "meter"),
            cells,
            price: take(&mut members, price),
            per: take(&mut members, per),
            tiers: tiers
                .iter()
                .flat_map(|t| t.as_array().into_iter().flatten())
                .map(tier)
                .collect(),
            included: take(&mut members, "included"),
            maximum: take(&mut members, "maximum"),
            quantity_unit: take(&mut members, "quantity_unit"),
            wallet_types: wallets.join(", "),
            rest: if members.is_empty() {
                String::new()
            } else {
                Value::Object(members).to_string()
            },
            model,
        })
    }

    /// The rate that the row is.
    pub(super) fn rate(&self) -> Result<Rate, Vec<CellProblem>> {
        let mut members = match self.rest.is_empty() {
            true => Map::new(),
            false => serde_json::from_str(&self.rest)
                .map_err(|e| vec![CellProblem::unreadable("rest", e.to_string())])?,
        };
        let mut problems = Vec::new();
        let mut number =
            |members: &mut Map<String, Value>, name: &str, column: &str, text: &str| {
                let text = text.trim();
                if text.is_empty() || name.is_empty() {
                    return;
                }
                match text.parse::<Number>() {
                    Ok(_) => drop(members.insert(name.to_owned(), text.into())),
                    Err(e) => problems.push(CellProblem::unreadable(column, e.to_string())),
                }
            };
        let (price, per) = price_names(&self.model);
        let stairs = self.model == "stairstep";
        let tiered = matches!(self.model.as_str(), "graduated" | "volume" | "stairstep");
        if tiered {
            let mut tiers = Vec::with_capacity(self.tiers.len());
            for (index, tier) in self.tiers.iter().enumerate() {
                let mut one = Map::new();
                let at = |name: &str| format!("tiers[{index}].{name}");
                number(&mut one, "up_to", &at("up_to"), &tier.up_to);
                number(
                    &mut one,
                    if stairs { "amount" } else { "price" },
                    &at("price"),
                    &tier.price,
                );
                if !stairs {
                    number(&mut one, "per", &at("per"), &tier.per);
                    number(&mut one, "flat", &at("flat"), &tier.flat);
                }
                tiers.push(Value::Object(one));
            }
            members.insert(if stairs { "steps" } else { "tiers" }.to_owned(), tiers.into());
        } else {
            number(&mut members, price, "price", &self.price);
            number(&mut members, per, "per", &self.per);
        }
        number(&mut members, "included", "included", &self.included);
        number(&mut members, "maximum", "maximum", &self.maximum);
        let texts = [
            ("code", &self.code),
            ("meter", &self.meter),
            ("model", &self.model),
            ("quantity_unit", &self.quantity_unit),
        ];
        for (name, text) in texts.into_iter().filter(|(_, text)| !text.trim().is_empty()) {
            members.insert(name.to_owned(), text.trim().into());
        }
        let cells: Map<String, Value> = self
            .cells
            .iter()
            .map(|(name, value)| (name, value.trim()))
            .filter(|(_, value)| !value.is_empty() && *value != "*")
            .map(|(name, value)| (name.clone(), value.into()))
            .collect();
        if !cells.is_empty() {
            members.insert("match".to_owned(), cells.into());
        }
        let wallets: Vec<&str> =
            self.wallet_types.split(',').map(str::trim).filter(|code| !code.is_empty()).collect();
        if !wallets.is_empty() {
            members.insert("wallet_types".to_owned(), wallets.into());
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        serde_json::from_value(Value::Object(members)).map_err(|e| {
            let message = e.to_string();
            // The member is named first in what serde says: `missing field `price``.
            let named = message.split('`').nth(1).unwrap_or_default().to_owned();
            let column = match named.as_str() {
                name if name == price => "price",
                name if name == per && !per.is_empty() => "per",
                "code" | "meter" | "model" => named.as_str(),
                _ => "model",
            };
            vec![CellProblem::unreadable(column, message)]
        })
    }
}

/// The row and column of a path below a version: `.rates[opus-in].price`.
pub(super) fn place(path: &str, rows: &[GridRow]) -> (Option<usize>, Option<String>) {
    let Some((code, member)) = path.strip_prefix(".rates[").and_then(|rest| rest.split_once(']'))
    else {
        return (None, path.strip_prefix('.').map(str::to_owned).filter(|c| !c.is_empty()));
    };
    let row = rows.iter().position(|row| row.code.trim() == code);
    let member = member.strip_prefix('.').unwrap_or_default();
    let column = match member {
        "" => None,
        "percent" => Some("price"),
        "size" => Some("per"),
        _ => Some(member),
    };
    (row, column.map(|column| column.replace("steps[", "tiers[")))
}
