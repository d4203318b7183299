//! Problems: what is wrong with a document, where, and what to do about it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Whether a document with this problem can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The document is refused.
    Error,
    /// The document is accepted; the operator is told.
    Warning,
}

macro_rules! problem_codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// What kind of problem it is. Closed; the text is stable and may be matched on.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum ProblemCode {
            $($(#[$doc])* #[serde(rename = $text)] $name,)*
        }

        impl ProblemCode {
            /// Every code, in the order of their definition.
            pub const ALL: &'static [ProblemCode] = &[$(Self::$name,)*];

            /// The code used in files and on the command line.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

problem_codes! {
    /// The first line does not declare a format this program reads.
    WrongFormat = "wrong_format",
    /// Two records of one list have the same code, name or number.
    DuplicateCode = "duplicate_code",
    /// A unit's code is that of an ISO 4217 currency.
    CurrencyCodeTaken = "currency_code_taken",
    /// A unit has more than nine decimals.
    ScaleOutOfRange = "scale_out_of_range",
    /// No such unit.
    UnknownUnit = "unknown_unit",
    /// No such meter.
    UnknownMeter = "unknown_meter",
    /// No such wallet type.
    UnknownWalletType = "unknown_wallet_type",
    /// No such rate card.
    UnknownCard = "unknown_card",
    /// The chart has no such account.
    UnknownAccount = "unknown_account",
    /// A currency is wanted and the unit is not one.
    NotACurrency = "not_a_currency",
    /// The unit is of the wrong kind for its place.
    WrongUnitKind = "wrong_unit_kind",
    /// The meter has no such dimension.
    UnknownDimension = "unknown_dimension",
    /// The dimension declares its values, and this is none of them.
    UnknownValue = "unknown_value",
    /// A meter has more dimensions than can be told apart.
    TooManyDimensions = "too_many_dimensions",
    /// A name or value is empty or the wildcard.
    BadName = "bad_name",
    /// A version number is zero.
    VersionNumber = "version_number",
    /// Two published versions of one thing take effect at the same instant.
    OverlappingVersions = "overlapping_versions",
    /// A later version number takes effect earlier.
    VersionsOutOfOrder = "versions_out_of_order",
    /// Nothing of it is published, so nothing of it is ever in force.
    NoPublishedVersion = "no_published_version",
    /// A date cannot be made an instant.
    DateOutOfRange = "date_out_of_range",
    /// A version has no rows.
    NoRows = "no_rows",
    /// A price is below what delivering the usage costs.
    PriceBelowCost = "price_below_cost",
    /// A number is below zero that may not be.
    Negative = "negative",
    /// A number is zero or below that must be above zero.
    NotPositive = "not_positive",
    /// A quantity or amount is finer than its unit.
    TooManyDecimals = "too_many_decimals",
    /// A rounding step is not a multiple of the unit's smallest step.
    RoundingStep = "rounding_step",
    /// Two of a customer's own terms hold for the same thing at the same time.
    OverlappingTerms = "overlapping_terms",
    /// Something ends at or before it takes effect.
    EmptyValidity = "empty_validity",
    /// A rate is named that the card does not have.
    UnknownRate = "unknown_rate",
    /// A version is named that the card does not have.
    UnknownVersion = "unknown_version",
    /// An override has neither or both of percent and price, or a price for every row.
    OverridePrice = "override_price",
    /// A lower bound is above the upper one.
    Bounds = "bounds",
    /// A minimum of a billing period that has no price in money.
    Minimum = "minimum",
    /// A rate that prices each event on its own has a quantity or a maximum of the billing period.
    PricedPerEvent = "priced_per_event",
    /// A row prices another unit than in a version before.
    QuantityUnitChanged = "quantity_unit_changed",
    /// Tiers or steps have no end, or their bounds do not rise.
    Tiers = "tiers",
    /// A later step costs less than an earlier one.
    FallingSteps = "falling_steps",
    /// Conversions lead back to where they began.
    ConversionCycle = "conversion_cycle",
    /// There is more than one way to convert.
    AmbiguousConversion = "ambiguous_conversion",
    /// There is no way to convert.
    NoConversion = "no_conversion",
    /// Two rows match the same usage equally well.
    AmbiguousRates = "ambiguous_rates",
    /// Some usage matches no row.
    Hole = "hole",
    /// Usage without any dimension values matches no row.
    HoleWithoutValues = "hole_without_values",
    /// A row can never be the one that applies.
    UnreachableRow = "unreachable_row",
    /// Two cards for everyone price the same meter.
    AmbiguousCards = "ambiguous_cards",
    /// A wallet type holds another unit than what it is to pay.
    UnitMismatch = "unit_mismatch",
    /// Fallbacks lead back to where they began.
    FallbackCycle = "fallback_cycle",
    /// Overage has no price.
    NoOveragePrice = "no_overage_price",
    /// An overage limit without overage.
    OverageLimit = "overage_limit",
    /// An overdraft limit without overdraft, or an overdraft without limit.
    OverdraftLimit = "overdraft_limit",
    /// A wallet burns at invoice and may be overdrawn.
    BurnsAtInvoice = "burns_at_invoice",
    /// Draw keys contradict each other.
    DrawOrder = "draw_order",
    /// An expiry rule that expires at once.
    Expiry = "expiry",
    /// Lots honour the rate at which they were bought, and a rate has no meaning for a part of an event.
    OriginalRates = "original_rates",
    /// A rollover of nothing, of more than all, or never.
    Rollover = "rollover",
    /// A hold that times out at once.
    TimeOut = "time_out",
    /// Top-up terms that make no sense.
    TopUp = "top_up",
    /// An alert without a condition, with several, or with one that is always or never met.
    Alert = "alert",
    /// A line of a plan that makes no sense.
    Plan = "plan",
    /// A billing day outside 1 to 31.
    BillingDay = "billing_day",
    /// Not a two-letter country code.
    Country = "country",
    /// A published version was changed or removed.
    PublishedVersionChanged = "published_version_changed",
    /// A record was removed that the ledger may name.
    Removed = "removed",
    /// A property was changed that is fixed for life.
    FixedProperty = "fixed_property",
    /// A new version takes effect before what is already published or posted.
    TooEarly = "too_early",
}

impl fmt::Display for ProblemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One thing that is wrong with a document.
///
/// The path names records by their code or version number and rows without one by their position
/// from 0: `rate_cards[std-card].versions[2].rates[opus-in].tiers[1].price`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Problem {
    /// Whether it stops the document from being used.
    pub severity: Severity,
    /// What kind of problem it is.
    pub code: ProblemCode,
    /// Where it is.
    pub path: String,
    /// What is wrong, with which record, and what to do.
    pub message: String,
}

impl Problem {
    /// A problem that stops the document from being used.
    pub fn error(
        code: ProblemCode,
        path: impl Into<String>,
        message: impl Into<String>,
    ) -> Problem {
        Self { severity: Severity::Error, code, path: path.into(), message: message.into() }
    }

    /// A problem that the operator is told of.
    pub fn warning(
        code: ProblemCode,
        path: impl Into<String>,
        message: impl Into<String>,
    ) -> Problem {
        Self { severity: Severity::Warning, ..Self::error(code, path, message) }
    }

    /// Whether it stops the document from being used.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{severity}: {}: {}", self.path, self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_written_as_they_are_called() {
        for code in ProblemCode::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
            assert!(code.as_str().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{code}");
        }
    }

    #[test]
    fn a_problem_says_how_bad_it_is_where_and_what() {
        let problem = Problem::warning(ProblemCode::Hole, "rate_cards[a]", "Something is missing.");
        assert_eq!(problem.to_string(), "warning: rate_cards[a]: Something is missing.");
        assert!(!problem.is_error());
    }
}
