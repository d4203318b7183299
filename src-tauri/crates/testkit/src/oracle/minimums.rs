//! The least that a row or a card charges in a billing period in which it is used: what is missing when
//! the period ends is claimed in money, and put right when usage comes late.

use std::collections::BTreeMap;

use super::books::Books;
use super::drafts::Of;
use super::fraction::{Fraction, Mode};
use super::pricing;
use super::reading::{decimal, list, one_unit, text};
use super::usage::{Account, Priced};

/// Use of a card in a billing period.
#[derive(Debug, Clone, Default)]
pub(super) struct Use {
    /// The first day after the period.
    end: i64,
    /// Whether it was used since it was trued up.
    since: bool,
    /// The versions that priced events which stand, by row: one for each.
    versions: BTreeMap<String, Vec<i64>>,
    /// What was claimed in each currency, by row; with the empty name for the card.
    claimed: BTreeMap<String, (String, i64)>,
}

/// Uses of cards, by the first day of the period and the card.
pub(super) type Uses = BTreeMap<(i64, String), Use>;

impl Books {
    /// Notes that a row priced usage.
    pub(super) fn note_use(&mut self, code: &str, priced: &Priced) {
        if priced.versions.is_empty() {
            return;
        }
        let (card, row, period) = priced.account.clone();
        let Some(customer) = self.customers.get_mut(code) else { return };
        let noted = customer.uses.entry((period, card)).or_default();
        noted.end = priced.end;
        noted.since = true;
        noted.versions.entry(row).or_default().extend(&priced.versions);
    }

    /// Notes that an event is taken back which a row had priced: without any, it was not used.
    pub(super) fn forget_use(&mut self, code: &str, account: &Account, version: i64) {
        let (card, row, period) = account.clone();
        let uses = self.customers.get_mut(code).map(|customer| &mut customer.uses);
        let Some(noted) = uses.and_then(|uses| uses.get_mut(&(period, card))) else { return };
        noted.since = true;
        let versions = noted.versions.entry(row).or_default();
        if let Some(place) = versions.iter().position(|used| *used == version) {
            versions.remove(place);
        }
    }

    /// The next end of a billing period: its instant, its first day and the card.
    pub(super) fn next_minimum(&self, code: &str) -> Option<(i64, i64, String)> {
        let uses = self.customers.get(code)?.uses.iter().filter(|(_, noted)| noted.since);
        let ends = uses.map(|((period, card), noted)| {
            (self.configuration.zone.start_of(noted.end), *period, card.clone())
        });
        ends.min()
    }

    /// Claims what a card is short of in a billing period, less what was claimed before.
    pub(super) fn true_up_minimum(
        &mut self,
        code: &str,
        at: i64,
        (period, card): (i64, &str),
    ) -> Result<(), String> {
        let configuration = self.configuration.clone();
        let definition = configuration.one("rate_cards", card).ok_or("no such card")?;
        let unit = text(definition, "unit");
        let steps_of_one = one_unit(configuration.scale(unit));
        let customer = self.customer(code)?;
        let mut noted = customer.uses.get(&(period, card.to_owned())).cloned().ok_or("no use")?;
        noted.since = false;
        let charged = |row: Option<&str>| -> i64 {
            let all = customer.priced.iter().filter(|priced| {
                let (of_card, of_row, of_period) = &priced.account;
                of_card == card && *of_period == period && row.is_none_or(|row| of_row == row)
            });
            all.map(|priced| priced.charge).sum()
        };
        // The latest, of those there are.
        let version = |versions: &mut dyn Iterator<Item = &i64>| {
            let last = versions.max().copied()?;
            let mut all = list(definition, "versions").iter();
            all.find(|version| version["version"].as_i64() == Some(last))
        };
        let least = |record: &serde_json::Value| {
            decimal(record, "minimum").map(|least| least.times(steps_of_one).whole(Mode::Down))
        };
        // Name, missing units, and the version whose overage price they are claimed at.
        let mut missing = Vec::new();
        for (row, versions) in &noted.versions {
            let Some(version) = version(&mut versions.iter()) else {
                missing.push((row.clone(), 0, None));
                continue;
            };
            let rate = list(version, "rates").iter().find(|rate| text(rate, "code") == row);
            let short = rate.and_then(least).map_or(0, |least| least - charged(Some(row)));
            missing.push((row.clone(), short.max(0), Some(version)));
        }
        let of_card = version(&mut noted.versions.values().flatten());
        let of_rows: i64 = missing.iter().map(|(_, short, _)| short).sum();
        let short = of_card.and_then(least).map_or(0, |least| least - charged(None) - of_rows);
        missing.push((String::new(), short.max(0), of_card));
        for (row, short, version) in missing {
            let overage = version.map(|version| &version["overage"]).filter(|o| o.is_object());
            let claimed = noted.claimed.get(&row).map(|(currency, _)| currency.clone());
            let (currency, price) = match (version, overage) {
                (_, Some(overage)) => (text(overage, "currency"), pricing::price(overage)),
                (Some(_), None) => (unit, Fraction::ONE),
                // Nothing stands: what was claimed is taken back.
                (None, None) => (claimed.as_deref().unwrap_or(unit), Fraction::ONE),
            };
            let of_currency = one_unit(configuration.scale(currency));
            let money = Fraction::of(short).over(steps_of_one).times(price).times(of_currency);
            let money = money.whole(Mode::Half);
            let before = noted.claimed.insert(row, (currency.to_owned(), money));
            let more = money - before.map_or(0, |(_, before)| before);
            let customer = self.customer(code)?;
            *customer.unbilled.entry(currency.to_owned()).or_default() += more;
            // Booked on the last day of the period.
            let line = (Of::TrueUp, String::new(), String::new(), currency.to_owned());
            let last = self.configuration.zone.day_of(at - 1);
            self.draft_line((code, last), currency, line, (0, more));
            self.post((code, at - 1), "unbilled_receivable", (more, currency));
            self.post((code, at - 1), "revenue_breakage", (-more, currency));
        }
        self.customer(code)?.uses.insert((period, card.to_owned()), noted);
        Ok(())
    }
}
