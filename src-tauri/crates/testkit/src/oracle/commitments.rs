//! Minimum commitments: what a window earned too little is trued up when it ends.

use serde_json::Value;

use super::books::Books;
use super::calendar::add_months;
use super::drafts::Of;
use super::fraction::{Fraction, Mode};
use super::reading::{day, list, steps, text};

/// A commitment.
#[derive(Debug, Clone)]
pub(super) struct Commitment {
    amount: i64,
    currency: String,
    from: i64,
    months: i64,
    until: Option<i64>,
    cards: Vec<String>,
    /// How much revenue was noted before it was agreed: that does not count.
    since: usize,
    /// How many windows were trued up.
    done: i64,
}

impl Commitment {
    /// First day of the next window, the first day after it, and that of the whole window.
    fn window(&self) -> Option<(i64, i64, i64)> {
        let from = add_months(self.from, self.done * self.months);
        let whole = add_months(self.from, (self.done + 1) * self.months);
        let end = self.until.map_or(whole, |until| whole.min(until));
        (from < end).then_some((from, end, whole))
    }
}

impl Books {
    pub(super) fn agree_commitment(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        let (code, name) = (text(operation, "customer"), text(operation, "commitment"));
        let currency = text(operation, "currency").to_owned();
        let scale = self.configuration.scale(&currency);
        let amount = steps(operation, "amount", scale).ok_or("no amount")?;
        let from = day(text(operation, "from")).ok_or("no day")?;
        let until = operation["until"].as_str().and_then(day);
        let months = operation["months"].as_i64().unwrap_or(1);
        let cards = list(operation, "cards").iter().filter_map(Value::as_str);
        let cards: Vec<_> = cards.map(str::to_owned).collect();
        let today = self.configuration.zone.day_of(at);
        let customer = self.customer(code)?;
        let exists = customer.commitments.contains_key(name);
        if exists || amount <= 0 || from < today || until.is_some_and(|until| until <= from) {
            return Err("that cannot be agreed".to_owned());
        }
        let since = customer.earned.len();
        let new = Commitment { amount, currency, from, months, until, cards, since, done: 0 };
        customer.commitments.insert(name.to_owned(), new);
        Ok(())
    }

    /// The next end of a window: its instant and the commitment.
    pub(super) fn next_true_up(&self, code: &str) -> Option<(i64, String)> {
        let zone = self.configuration.zone;
        let all = self.customers.get(code)?.commitments.iter();
        let end = |commitment: &Commitment| Some(zone.start_of(commitment.window()?.1));
        all.filter_map(|(name, commitment)| Some((end(commitment)?, name.clone()))).min()
    }

    pub(super) fn true_up(&mut self, code: &str, (at, name): (i64, &str)) -> Result<(), String> {
        let customer = self.customer(code)?;
        let commitment = customer.commitments.get_mut(name).ok_or("no commitment")?;
        let (from, end, whole) = commitment.window().ok_or("no window")?;
        let part = i128::from(commitment.amount) * i128::from(end - from);
        let least = Fraction::new(part, i128::from(whole - from)).whole(Mode::Half);
        commitment.done += 1;
        let (currency, cards) = (commitment.currency.clone(), commitment.cards.clone());
        let counts = |rate: &str| {
            let card = rate.split('@').next().unwrap_or_default();
            cards.is_empty() || cards.iter().any(|of| of == card)
        };
        let since = commitment.since;
        let earned = customer.earned.iter().skip(since).filter(|earned| {
            (from..end).contains(&earned.day) && earned.currency == currency && counts(&earned.rate)
        });
        let so_far = earned.map(|earned| earned.money).sum::<i64>();
        let drafts = customer.drafts.clone();
        let drafts = drafts.iter().filter(|((_, of), _)| *of == currency);
        let held = drafts.flat_map(|(_, draft)| self.worth(code, draft));
        let held = held.filter(|(held, ..)| {
            let card = held.rate.as_ref().map(|(card, ..)| card);
            let counted = card.is_some_and(|card| cards.is_empty() || cards.contains(card));
            counted && (from..end).contains(&held.day)
        });
        let missing = least - so_far - held.map(|(.., money)| money).sum::<i64>();
        if missing > 0 {
            let line = (Of::TrueUp, String::new(), String::new(), currency.clone());
            self.draft_line((code, end - 1), &currency, line, (0, missing));
            let customer = self.customer(code)?;
            *customer.unbilled.entry(currency.clone()).or_default() += missing;
            // Booked on the last day of the window.
            self.post((code, at - 1), "unbilled_receivable", (missing, &currency));
            self.post((code, at - 1), "revenue_breakage", (-missing, &currency));
        }
        Ok(())
    }
}
