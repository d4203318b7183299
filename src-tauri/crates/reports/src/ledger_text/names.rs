//! Names of accounts and units in plain-text accounting programs.

use scrip_journal::Account;
use scrip_units::UnitCode;

/// The path of an account in the tree that plain-text accounting programs keep: the five roots they
/// know, then our own words. The units ledger stands under equity, because units are neither money
/// owned nor money owed; every unit adds up to zero there.
///
/// Segments hold ASCII letters and single hyphens only and start with a capital, as Beancount asks;
/// hledger takes the same path in lower case with `_` for the hyphens.
#[must_use]
pub fn path(account: Account) -> &'static str {
    match account {
        Account::CashClearing => "Assets:Cash-Clearing",
        Account::AccountsReceivable => "Assets:Receivable:Invoiced",
        Account::UnbilledReceivable => "Assets:Receivable:Unbilled",
        Account::ContractAsset => "Assets:Contract",
        Account::ClPurchased => "Liabilities:Contract:Purchased",
        Account::ClMaterialRight => "Liabilities:Contract:Material-Right",
        Account::ClUpfrontFee => "Liabilities:Contract:Upfront-Fee",
        Account::ClConcessions => "Liabilities:Contract:Concessions",
        Account::CustomerDeposit => "Liabilities:Customer-Deposit",
        Account::RefundLiability => "Liabilities:Refund",
        Account::UnclaimedProperty => "Liabilities:Unclaimed-Property",
        Account::VatOutput => "Liabilities:Tax:Vat-Output",
        Account::SalesTax => "Liabilities:Tax:Sales",
        Account::OpeningEquity => "Equity:Opening-Clearing",
        Account::TransferClearing => "Equity:Transfer-Clearing",
        Account::RevenueUsage => "Income:Usage",
        Account::RevenueBreakage => "Income:Breakage",
        Account::RevenueSetup => "Income:Setup",
        Account::RevenueOverage => "Income:Overage",
        Account::RevenueSubscription => "Income:Subscription",
        Account::RevenueOtherFees => "Income:Other-Fees",
        Account::ContraRefunds => "Income:Contra:Refunds",
        Account::ContraConcessions => "Income:Contra:Concessions",
        Account::ContraCreditNotes => "Income:Contra:Credit-Notes",
        Account::PromotionExpense => "Expenses:Promotion",
        Account::Impairment => "Expenses:Impairment",
        Account::FxRealised => "Expenses:Currency:Realised",
        Account::FxUnrealised => "Expenses:Currency:Unrealised",
        Account::RoundingDifference => "Expenses:Rounding",
        Account::UnitsAvailable => "Equity:Units:Available",
        Account::UnitsHeld => "Equity:Units:Held",
        Account::UnitsIssued => "Equity:Units:Issued",
        Account::UnitsConsumed => "Equity:Units:Consumed",
        Account::UnitsExpired => "Equity:Units:Expired",
        Account::UnitsRefunded => "Equity:Units:Refunded",
        Account::UnitsTransferred => "Equity:Units:Transferred",
    }
}

/// The same path as hledger people write it: `liabilities:contract:purchased`.
#[must_use]
pub fn lower_path(account: Account) -> String {
    path(account).to_ascii_lowercase().replace('-', "_")
}

/// A unit as an hledger commodity: itself, in quotes unless it is letters only.
#[must_use]
pub fn hledger_commodity(unit: UnitCode) -> String {
    let code = unit.as_str();
    if code.bytes().all(|b| b.is_ascii_alphabetic()) {
        code.to_owned()
    } else {
        format!("\"{code}\"")
    }
}

/// A unit as a Beancount currency, which must be capitals, digits and `'._-`, start with a letter and
/// end with a letter or digit.
///
/// A code that is like that already (every ISO currency) stays as it is. Any other becomes `U'` and
/// then its letters as capitals, with a `'` before each letter that was a capital; a code that ends
/// with punctuation gets `'0` at its end. A code never holds a `'`, so no two codes become the same:
/// `std_minutes` is `U'STD_MINUTES`, `imageCredits` is `U'IMAGE'CREDITS`.
#[must_use]
pub fn beancount_currency(unit: UnitCode) -> String {
    let code = unit.as_str();
    let ends_well = code.ends_with(|c: char| c.is_ascii_alphanumeric());
    if ends_well && !code.bytes().any(|b| b.is_ascii_lowercase()) {
        return code.to_owned();
    }
    let mut name = String::from("U'");
    for letter in code.chars() {
        if letter.is_ascii_uppercase() {
            name.push('\'');
        }
        name.push(letter.to_ascii_uppercase());
    }
    if !ends_well {
        name.push_str("'0");
    }
    name
}

/// The code of the unit that a Beancount currency stands for; `None` when no code is written so.
#[must_use]
pub fn unit_of_beancount_currency(name: &str) -> Option<UnitCode> {
    let code = match name.strip_prefix("U'") {
        None => name.to_owned(),
        Some(rest) => {
            let rest = rest.strip_suffix("'0").unwrap_or(rest);
            let mut code = String::new();
            let mut capital = false;
            for letter in rest.chars() {
                match letter {
                    '\'' => capital = true,
                    _ if capital => {
                        code.push(letter);
                        capital = false;
                    }
                    _ => code.push(letter.to_ascii_lowercase()),
                }
            }
            code
        }
    };
    let unit = UnitCode::try_new(&code).ok()?;
    (beancount_currency(unit) == name).then_some(unit)
}

/// Text with the characters that end a tag, a code or a comment of the ledger formats written as
/// `%2C`: control characters and `% , ; ( ) | "` and backslash.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || matches!(c, '%' | ',' | ';' | '(' | ')' | '|' | '"' | '\\') {
            for byte in c.to_string().bytes() {
                out.push_str(&format!("%{byte:02X}"));
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// Text on one line: control characters become spaces.
pub(super) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_account_has_its_own_path_below_a_root_that_fits_its_class() {
        use scrip_journal::AccountClass as Class;
        let paths: BTreeSet<_> = Account::ALL.iter().map(|a| path(*a)).collect();
        assert_eq!(paths.len(), Account::ALL.len());
        for account in Account::ALL {
            let root = match account.class() {
                Class::Asset => "Assets:",
                Class::ContractLiability => "Liabilities:Contract:",
                Class::FinancialLiability | Class::TaxLiability => "Liabilities:",
                Class::Revenue => "Income:",
                Class::ContraRevenue => "Income:Contra:",
                Class::Other => "Expenses:",
                Class::Clearing => "Equity:",
                Class::Units => "Equity:Units:",
            };
            assert!(path(*account).starts_with(root), "{account}");
        }
    }

    #[test]
    fn units_become_currencies_without_loss() {
        for (code, name) in [
            ("EUR", "EUR"),
            ("std_minutes", "U'STD_MINUTES"),
            ("STD_MINUTES", "STD_MINUTES"),
            ("imageCredits", "U'IMAGE'CREDITS"),
            ("Xy", "U''XY"),
            ("A-", "U''A-'0"),
            ("gpt4.1-tokens", "U'GPT4.1-TOKENS"),
        ] {
            let unit = UnitCode::try_new(code).unwrap();
            assert_eq!(beancount_currency(unit), name);
            assert_eq!(unit_of_beancount_currency(name), Some(unit));
        }
        assert_eq!(unit_of_beancount_currency("U'"), None);
    }

    proptest! {
        #[test]
        fn every_code_comes_back_from_its_currency(code in "[A-Za-z][A-Za-z0-9_.-]{0,30}") {
            let unit = UnitCode::try_new(&code).unwrap();
            let name = beancount_currency(unit);
            prop_assert_eq!(unit_of_beancount_currency(&name), Some(unit));
            prop_assert!(name.starts_with(|c: char| c.is_ascii_uppercase()));
            prop_assert!(name.ends_with(|c: char| c.is_ascii_uppercase() || c.is_ascii_digit()));
            prop_assert!(!name.bytes().any(|b| b.is_ascii_lowercase()));
        }
    }
}
