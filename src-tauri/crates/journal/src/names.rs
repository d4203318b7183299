//! What a company calls the accounts of the chart in its own books.

use std::collections::BTreeMap;

use crate::account::Account;

/// The company's own numbers and names; an account that has none keeps those of the chart. Entries and
/// their hashes know the accounts of the chart only, so that a renumbering changes no entry.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccountNames(BTreeMap<Account, (String, String)>);

impl AccountNames {
    /// Calls an account by a number, and by a name unless it is empty.
    pub fn set(&mut self, account: Account, number: &str, name: &str) {
        let name = if name.is_empty() { account.name() } else { name };
        self.0.insert(account, (number.to_owned(), name.to_owned()));
    }

    /// Whether every account is called as in the chart.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The company's own number and name, if it has one.
    #[must_use]
    pub fn own(&self, account: Account) -> Option<(&str, &str)> {
        self.0.get(&account).map(|(number, name)| (number.as_str(), name.as_str()))
    }

    /// The number on reports and exports.
    #[must_use]
    pub fn number(&self, account: Account) -> &str {
        self.own(account).map_or(account.number(), |(number, _)| number)
    }

    /// The name on reports and exports.
    #[must_use]
    pub fn name(&self, account: Account) -> &str {
        self.own(account).map_or(account.name(), |(_, name)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_keeps_the_number_of_the_chart_until_the_company_has_its_own() {
        let mut names = AccountNames::default();
        names.set(Account::ClPurchased, "2310", "Deferred revenue");
        names.set(Account::RevenueUsage, "8400", "");
        let of = |account| (names.number(account), names.name(account));
        assert_eq!(of(Account::ClPurchased), ("2310", "Deferred revenue"));
        assert_eq!(of(Account::RevenueUsage), ("8400", "Revenue: usage"));
        assert_eq!(of(Account::CashClearing), ("1000", "Cash clearing"));
    }
}
