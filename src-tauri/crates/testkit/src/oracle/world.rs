//! Small configurations: up to three wallet types, up to three rates, one price of overage.
//!
//! Quantities are thousandths of an item, charges hundredths of a credit, prices thousandths of a
//! credit, money euro cents.

use std::fmt::Write as _;

use super::fraction::{Fraction, Mode};

/// A draw order, by the names of its keys.
pub type Order = &'static [&'static str];

/// The draw orders that small worlds choose from.
pub const ORDERS: &[Order] = &[
    &[
        "grant_priority",
        "soonest_expiry",
        "promotional_first",
        "lowest_unit_cost",
        "earliest_effective",
        "lot_id",
    ],
    &["scoped_first", "paid_first", "soonest_expiry", "lot_id"],
    &["latest_effective", "highest_unit_cost"],
    &["largest_grant", "grant_priority", "lowest_unit_cost"],
];

/// A wallet type. Its code is `w` and its position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmallWallet {
    /// Wallet priority.
    pub priority: u32,
    /// The only feature it pays for.
    pub scope: Option<&'static str>,
    /// Whether usage beyond it is charged in money.
    pub soft: bool,
    /// The most overage of a period, in cents.
    pub limit: Option<i64>,
    /// Its draw order.
    pub order: Order,
    /// The wallet type that pays when this one is named and cannot.
    pub fallback: Option<usize>,
}

/// A tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SmallTier {
    /// Upper bound, inclusive; none in the last.
    pub up_to: Option<i64>,
    /// Price of an item.
    pub price: i64,
    /// Amount for entering the tier.
    pub flat: i64,
}

/// A pricing model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SmallPricing {
    /// A price for so many items.
    PerUnit {
        /// Price.
        price: i64,
        /// Items.
        per: i64,
    },
    /// Packages.
    Package {
        /// Quantity in a package.
        size: i64,
        /// Price of one.
        price: i64,
        /// Whether a begun one counts.
        up: bool,
    },
    /// Each unit in its tier.
    Graduated(Vec<SmallTier>),
    /// All units in the tier reached.
    Volume(Vec<SmallTier>),
}

/// A rate. Its code is `r` and its position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmallRate {
    /// The feature it is for.
    pub feature: Option<&'static str>,
    /// The sort it is for.
    pub sort: Option<&'static str>,
    /// How it prices.
    pub pricing: SmallPricing,
    /// Quantity that is free in each period.
    pub included: i64,
    /// Whether each event is rounded on its own.
    pub on_event: bool,
    /// How charges are rounded.
    pub mode: Mode,
    /// The wallet type it names.
    pub named: Option<usize>,
}

/// A small configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmallWorld {
    /// The wallet types.
    pub wallets: Vec<SmallWallet>,
    /// The rates, the least specific first.
    pub rates: Vec<SmallRate>,
    /// Thousandths of a euro for a credit that no wallet covers.
    pub overage: i64,
}

fn decimal(number: i64, decimals: u32) -> String {
    let unit = 10_i64.pow(decimals);
    format!("{}.{:0>width$}", number / unit, number % unit, width = decimals as usize)
}

/// Hundredths of a credit for `quantity` thousandths of an item, at `price` thousandths of a credit
/// for `per` items.
fn linear(quantity: i64, price: i64, per: i64) -> Fraction {
    let credits_by_a_million = i128::from(quantity) * i128::from(price);
    Fraction::new(credits_by_a_million * 100, 1_000_000 * i128::from(per))
}

/// Hundredths of a credit for an amount in thousandths.
fn flat(amount: i64) -> Fraction {
    Fraction::new(i128::from(amount), 10)
}

impl SmallRate {
    /// What a period's quantity costs in total, in hundredths of a credit.
    #[must_use]
    pub fn total(&self, quantity: i64) -> Fraction {
        let quantity = quantity - self.included;
        if quantity <= 0 {
            return Fraction::ZERO;
        }
        match &self.pricing {
            SmallPricing::PerUnit { price, per } => linear(quantity, *price, *per),
            SmallPricing::Package { size, price, up } => {
                let mode = if *up { Mode::Up } else { Mode::Down };
                let count = Fraction::new(i128::from(quantity), i128::from(*size)).whole(mode);
                flat(count * price)
            }
            SmallPricing::Graduated(tiers) => {
                let (mut from, mut sum) = (0, Fraction::ZERO);
                for tier in tiers {
                    let to = tier.up_to.unwrap_or(i64::MAX).min(quantity);
                    if to > from {
                        sum = sum.plus(flat(tier.flat)).plus(linear(to - from, tier.price, 1));
                        from = to;
                    }
                }
                sum
            }
            SmallPricing::Volume(tiers) => {
                let reached = tiers.iter().find(|t| t.up_to.is_none_or(|end| quantity <= end));
                reached.map_or(Fraction::ZERO, |tier| {
                    flat(tier.flat).plus(linear(quantity, tier.price, 1))
                })
            }
        }
    }

    fn written(&self, position: usize) -> String {
        let mut out = format!("{{ code = \"r{position}\", meter = \"usage\", ");
        let cells: Vec<_> = [("feature", self.feature), ("sort", self.sort)]
            .into_iter()
            .filter_map(|(name, value)| Some(format!("{name} = \"{}\"", value?)))
            .collect();
        let _ = write!(out, "match = {{ {} }}, ", cells.join(", "));
        if self.included > 0 {
            let _ = write!(out, "included = \"{}\", ", decimal(self.included, 3));
        }
        let on = if self.on_event { "event" } else { "cumulative" };
        let mode = match self.mode {
            Mode::Half => "half_away_from_zero",
            Mode::Up => "up",
            Mode::Down => "down",
        };
        let _ = write!(out, "rounding = {{ on = \"{on}\", mode = \"{mode}\" }}, ");
        if let Some(named) = self.named {
            let _ = write!(out, "wallet_types = [\"w{named}\"], ");
        }
        let tiers = |tiers: &[SmallTier]| -> String {
            let tier = |tier: &SmallTier| {
                let bound = tier
                    .up_to
                    .map_or(String::new(), |end| format!("up_to = \"{}\", ", decimal(end, 3)));
                let (price, flat) = (decimal(tier.price, 3), decimal(tier.flat, 3));
                format!("{{ {bound}price = \"{price}\", flat = \"{flat}\" }}")
            };
            tiers.iter().map(tier).collect::<Vec<_>>().join(", ")
        };
        match &self.pricing {
            SmallPricing::PerUnit { price, per } => {
                let price = decimal(*price, 3);
                let _ = write!(out, "model = \"per_unit\", price = \"{price}\", per = \"{per}\"");
            }
            SmallPricing::Package { size, price, up } => {
                let (size, price) = (decimal(*size, 3), decimal(*price, 3));
                let partial = if *up { "up" } else { "down" };
                let _ = write!(
                    out,
                    "model = \"package\", size = \"{size}\", price = \"{price}\", partial = \"{partial}\""
                );
            }
            SmallPricing::Graduated(list) => {
                let _ = write!(out, "model = \"graduated\", tiers = [{}]", tiers(list));
            }
            SmallPricing::Volume(list) => {
                let _ = write!(out, "model = \"volume\", tiers = [{}]", tiers(list));
            }
        }
        out + " }"
    }
}

impl SmallWorld {
    /// Cents for `credits` hundredths that no wallet covers, unrounded.
    #[must_use]
    pub fn overage_money(&self, credits: i64) -> Fraction {
        Fraction::new(i128::from(credits) * i128::from(self.overage), 1000)
    }

    /// The most specific rate that matches.
    #[must_use]
    pub fn rate_for(&self, feature: Option<&str>, sort: Option<&str>) -> Option<usize> {
        let fits = |wanted: Option<&str>, value: Option<&str>| {
            wanted.is_none_or(|wanted| value == Some(wanted))
        };
        let found = self
            .rates
            .iter()
            .enumerate()
            .filter(|(_, rate)| fits(rate.feature, feature) && fits(rate.sort, sort));
        let named = |rate: &SmallRate| {
            usize::from(rate.feature.is_some()) + usize::from(rate.sort.is_some())
        };
        found.max_by_key(|(_, rate)| named(rate)).map(|(position, _)| position)
    }

    /// The document.
    #[must_use]
    pub fn document(&self) -> String {
        let mut out = String::from(
            "format = \"scrip-config/1\"\n\
             [entity]\ncode = \"books\"\nname = \"Books\"\ncurrency = \"EUR\"\ntime_zone = \"UTC\"\n\
             [[units]]\ncode = \"credits\"\nkind = \"credit\"\nscale = 2\n\
             [[units]]\ncode = \"item\"\nkind = \"usage\"\nscale = 3\n\
             [[meters]]\ncode = \"usage\"\nunit = \"item\"\n\
             dimensions = [{ name = \"feature\" }, { name = \"sort\" }]\n",
        );
        for (position, wallet) in self.wallets.iter().enumerate() {
            let keys: Vec<_> = wallet.order.iter().map(|key| format!("\"{key}\"")).collect();
            let _ = write!(
                out,
                "[[wallet_types]]\ncode = \"w{position}\"\nunit = \"credits\"\n\
                 [[wallet_types.versions]]\nversion = 1\neffective_at = \"2000-01-01\"\n\
                 priority = {}\ndraw_order = [{}]\nbeyond = \"{}\"\n",
                wallet.priority,
                keys.join(", "),
                if wallet.soft { "overage" } else { "reject" }
            );
            if let Some(feature) = wallet.scope {
                let _ = writeln!(
                    out,
                    "scope = [{{ meter = \"usage\", match = {{ feature = \"{feature}\" }} }}]"
                );
            }
            if let Some(limit) = wallet.limit.filter(|_| wallet.soft) {
                let _ = writeln!(out, "overage_limit = \"{}\"", decimal(limit, 2));
            }
            if let Some(fallback) = wallet.fallback {
                let _ = writeln!(out, "fallbacks = [\"w{fallback}\"]");
            }
        }
        let rates: Vec<_> = self.rates.iter().enumerate().map(|(n, r)| r.written(n)).collect();
        let _ = write!(
            out,
            "[[rate_cards]]\ncode = \"card\"\nunit = \"credits\"\n[[rate_cards.versions]]\n\
             version = 1\neffective_at = \"2000-01-01\"\nunmatched = \"reject\"\n\
             overage = {{ currency = \"EUR\", price = \"{}\" }}\nrates = [\n  {},\n]\n\
             [[customers]]\ncode = \"acme\"\n",
            decimal(self.overage, 3),
            rates.join(",\n  ")
        );
        out
    }
}
