//! A report with the accounts as the company calls them.

use std::collections::BTreeMap;

use scrip_journal::{Account, AccountNames};

use crate::report::Report;
use crate::table::{Cell, Row, Table};

/// Writes the company's own numbers and names in the place of those of the chart, wherever a report
/// names an account. Order and figures stay.
pub fn call_accounts(report: &mut Report, names: &AccountNames) {
    if names.is_empty() {
        return;
    }
    let (mut numbers, mut called) = (BTreeMap::new(), BTreeMap::new());
    for account in Account::ALL {
        if let Some((number, name)) = names.own(*account) {
            numbers.insert(account.number(), (number, name));
            let both = format!("{} {}", account.number(), account.name());
            called.insert(both, format!("{number} {name}"));
        }
    }
    for table in &mut report.tables {
        let at = |table: &Table, key| table.columns.iter().position(|column| column.key == key);
        let Some(account) = at(table, "account") else { continue };
        let name = at(table, "account_name");
        for row in &mut table.rows {
            match name {
                Some(name) => call(row, (account, name), &numbers),
                None => {
                    if let Some(Cell::Text(text)) = row.cells.get_mut(account)
                        && let Some(own) = called.get(text.as_str())
                    {
                        text.clone_from(own);
                    }
                }
            }
        }
    }
}

fn call(row: &mut Row, (account, name): (usize, usize), own: &BTreeMap<&str, (&str, &str)>) {
    let Some(Cell::Text(number)) = row.cells.get(account) else { return };
    let Some((number, called)) = own.get(number.as_str()).copied() else { return };
    for (place, text) in [(account, number), (name, called)] {
        if let Some(cell) = row.cells.get_mut(place) {
            *cell = Cell::text(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{books, month};
    use crate::trial_balance::trial_balance;

    #[test]
    fn own_numbers_stand_where_those_of_the_chart_stood_and_no_figure_changes() {
        let mut names = AccountNames::default();
        names.set(Account::ClPurchased, "2310", "Deferred revenue");
        let chart = trial_balance(&books(), month("2026-03")).unwrap();
        let mut own = chart.clone();
        call_accounts(&mut own, &names);
        let accounts = |report: &Report| -> Vec<String> {
            let rows = report.tables.iter().flat_map(|table| &table.rows);
            rows.map(|row| format!("{} {}", row.cells[1].plain(), row.cells[2].plain())).collect()
        };
        let (before, after) = (accounts(&chart), accounts(&own));
        assert!(before.contains(&"2000 Contract liability: purchased credits".to_owned()));
        assert!(after.contains(&"2310 Deferred revenue".to_owned()));
        assert!(!after.iter().any(|text| text.starts_with("2000 ")));
        let figures = |report: &Report| -> Vec<Vec<Cell>> {
            let rows = report.tables.iter().flat_map(|table| &table.rows);
            rows.map(|row| row.cells[3..].to_vec()).collect()
        };
        assert_eq!(figures(&chart), figures(&own));
    }
}
