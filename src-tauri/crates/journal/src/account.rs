//! The default chart of accounts (accounting rules, section 3), and the accounts of the units
//! ledger beside it.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What kind of account it is: where it stands in the trial balance.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum AccountClass {
    /// Cash and receivables.
    Asset,
    /// Obligations to deliver what was paid for (ASC 606-10-45, IFRS 15.105).
    ContractLiability,
    /// Obligations to pay.
    FinancialLiability,
    /// Tax collected.
    TaxLiability,
    /// Revenue.
    Revenue,
    /// Reductions of revenue.
    ContraRevenue,
    /// Expenses, gains and losses.
    Other,
    /// Must be zero when migration is done, or after each transfer.
    Clearing,
    /// Accounts of the units ledger: they hold units, not money.
    Units,
}

/// The side on which a balance of the account normally stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Debit.
    Debit,
    /// Credit.
    Credit,
}

macro_rules! chart {
    ($($(#[$doc:meta])* $variant:ident, $number:literal, $code:literal, $name:literal, $class:ident;)*) => {
        /// An account of the chart.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(Serialize, Deserialize, JsonSchema)]
        pub enum Account {
            $($(#[$doc])* #[serde(rename = $code)] $variant,)*
        }

        impl Account {
            /// Every account, in the order of the chart.
            pub const ALL: &'static [Account] = &[$(Account::$variant,)*];

            /// The default number, which the company maps to its own.
            #[must_use]
            pub fn number(self) -> &'static str {
                match self { $(Account::$variant => $number,)* }
            }
            /// The code used in files and in the ledger.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Account::$variant => $code,)* }
            }
            /// The name as printed.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Account::$variant => $name,)* }
            }
            /// The class.
            #[must_use]
            pub fn class(self) -> AccountClass {
                match self { $(Account::$variant => AccountClass::$class,)* }
            }
        }
    };
}

chart! {
    /// Money received.
    CashClearing, "1000", "cash_clearing", "Cash clearing", Asset;
    /// Invoiced, not yet paid.
    AccountsReceivable, "1100", "accounts_receivable", "Accounts receivable", Asset;
    /// Earned, not yet invoiced; only time passes.
    UnbilledReceivable, "1110", "unbilled_receivable", "Unbilled receivable", Asset;
    /// Earned, conditional on more than time.
    ContractAsset, "1120", "contract_asset", "Contract asset", Asset;
    /// Prepaid credits not yet used.
    ClPurchased, "2000", "cl_purchased", "Contract liability: purchased credits", ContractLiability;
    /// Bonus credits that are a material right.
    ClMaterialRight, "2010", "cl_material_right", "Contract liability: material rights", ContractLiability;
    /// Set-up fees not yet earned.
    ClUpfrontFee, "2020", "cl_upfront_fee", "Contract liability: up-front fees", ContractLiability;
    /// Compensation credits not yet used.
    ClConcessions, "2030", "cl_concessions", "Contract liability: concessions", ContractLiability;
    /// Refundable money wallets.
    CustomerDeposit, "2050", "customer_deposit", "Customer deposits", FinancialLiability;
    /// Refunds expected.
    RefundLiability, "2060", "refund_liability", "Refund liability", FinancialLiability;
    /// Escheat.
    UnclaimedProperty, "2070", "unclaimed_property_payable", "Unclaimed property payable", FinancialLiability;
    /// VAT collected.
    VatOutput, "2100", "vat_output_payable", "VAT output payable", TaxLiability;
    /// Sales tax collected.
    SalesTax, "2110", "sales_tax_payable", "Sales tax payable", TaxLiability;
    /// Opening balances brought in.
    OpeningEquity, "3900", "opening_equity_clearing", "Opening equity clearing", Clearing;
    /// Units moved from one customer to another: zero after each operation, because the two chains
    /// it touches post to it with opposite signs.
    TransferClearing, "3910", "transfer_clearing", "Transfers between customers", Clearing;
    /// Credits used.
    RevenueUsage, "4000", "revenue_usage", "Revenue: usage", Revenue;
    /// Credits that will not be used.
    RevenueBreakage, "4010", "revenue_breakage", "Revenue: breakage", Revenue;
    /// Set-up.
    RevenueSetup, "4020", "revenue_setup", "Revenue: set-up", Revenue;
    /// Usage beyond the wallets.
    RevenueOverage, "4030", "revenue_overage", "Revenue: overage", Revenue;
    /// Subscriptions.
    RevenueSubscription, "4040", "revenue_subscription", "Revenue: subscriptions", Revenue;
    /// Fees kept on refunds and others.
    RevenueOtherFees, "4090", "revenue_other_fees", "Revenue: other fees", Revenue;
    /// Refunds of credits already used.
    ContraRefunds, "4900", "contra_refunds", "Contra revenue: refunds", ContraRevenue;
    /// Compensation given.
    ContraConcessions, "4910", "contra_concessions", "Contra revenue: concessions", ContraRevenue;
    /// Credit notes.
    ContraCreditNotes, "4920", "contra_credit_notes", "Contra revenue: credit notes", ContraRevenue;
    /// Promotions, when booked.
    PromotionExpense, "5000", "promotion_expense", "Promotion expense", Other;
    /// Uncollectible receivables.
    Impairment, "6000", "impairment", "Impairment", Other;
    /// Currency gains and losses on settlement.
    FxRealised, "7000", "fx_realised", "Currency result, realised", Other;
    /// Currency gains and losses on remeasurement.
    FxUnrealised, "7010", "fx_unrealised", "Currency result, unrealised", Other;
    /// Must stay zero.
    RoundingDifference, "7090", "rounding", "Rounding", Other;
    /// Units customers can spend.
    UnitsAvailable, "U100", "units_available", "Units available", Units;
    /// Units reserved by holds.
    UnitsHeld, "U110", "units_held", "Units held", Units;
    /// Counter-account of every grant.
    UnitsIssued, "U200", "units_issued", "Units issued", Units;
    /// Units burned by usage.
    UnitsConsumed, "U300", "units_consumed", "Units consumed", Units;
    /// Units that expired.
    UnitsExpired, "U400", "units_expired", "Units expired", Units;
    /// Units refunded or voided.
    UnitsRefunded, "U500", "units_refunded", "Units refunded or voided", Units;
    /// Units moved to or from another wallet.
    UnitsTransferred, "U600", "units_transferred", "Units transferred", Units;
}

impl Account {
    /// The side on which the account's balance normally stands.
    #[must_use]
    pub fn normal_side(self) -> Side {
        match self.class() {
            AccountClass::Asset | AccountClass::ContraRevenue | AccountClass::Other => Side::Debit,
            AccountClass::ContractLiability
            | AccountClass::FinancialLiability
            | AccountClass::TaxLiability
            | AccountClass::Revenue
            | AccountClass::Clearing => Side::Credit,
            AccountClass::Units => {
                if self == Account::UnitsIssued {
                    Side::Credit
                } else {
                    Side::Debit
                }
            }
        }
    }
}

/// The text is not the code of an account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not an account of the chart")]
pub struct UnknownAccount {
    /// The text as given.
    pub text: String,
}

impl FromStr for Account {
    type Err = UnknownAccount;
    fn from_str(text: &str) -> Result<Self, UnknownAccount> {
        Self::ALL
            .iter()
            .copied()
            .find(|a| a.code() == text)
            .ok_or_else(|| UnknownAccount { text: text.to_owned() })
    }
}
impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_account_has_its_own_number_and_code_and_reads_back() {
        let numbers: BTreeSet<_> = Account::ALL.iter().map(|a| a.number()).collect();
        let codes: BTreeSet<_> = Account::ALL.iter().map(|a| a.code()).collect();
        assert_eq!((numbers.len(), codes.len()), (Account::ALL.len(), Account::ALL.len()));
        for account in Account::ALL {
            assert_eq!(account.code().parse::<Account>().unwrap(), *account);
            assert_eq!(serde_json::to_string(account).unwrap(), format!("{:?}", account.code()));
        }
    }
}
