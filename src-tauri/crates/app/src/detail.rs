//! Burn detail between the engine, which makes it, and the archive, which keeps it.

use std::sync::Arc;

use scrip_engine::{Detail, Outcome};
use scrip_usage::{DetailOutcome, DetailRow};

/// The rows of a detail as the archive keeps them.
pub(crate) fn detail_rows(detail: &Detail) -> impl Iterator<Item = DetailRow> + '_ {
    let text = |text: &str| -> Arc<str> { Arc::from(text) };
    let customer = text(detail.customer.as_str());
    let rates: Vec<_> = detail
        .rates
        .iter()
        .map(|key| {
            let names =
                (text(key.rate.card.as_str()), key.rate.version, text(key.rate.rate.as_str()));
            (names, text(key.unit.code().as_str()), key.currency.map(|c| text(c.code().as_str())))
        })
        .collect();
    let lots: Vec<_> = detail
        .lots
        .iter()
        .map(|(lot, wallet, currency)| {
            (text(lot.as_str()), text(wallet.as_str()), currency.map(|c| text(c.code().as_str())))
        })
        .collect();
    let wallets: Vec<_> = detail.wallets.iter().map(|wallet| text(wallet.as_str())).collect();
    detail.rows.iter().map(move |row| {
        let rate = rates.get(row.rate as usize);
        let lot = match row.outcome {
            Outcome::Drawn { lot: Some(lot) } => lots.get(lot as usize),
            _ => None,
        };
        let overdrawn = match row.outcome {
            Outcome::Overage { wallet: Some(wallet) } => wallets.get(wallet as usize),
            _ => None,
        };
        let (outcome, reason) = match row.outcome {
            Outcome::Drawn { .. } => (DetailOutcome::Drawn, None),
            Outcome::Overage { .. } => (DetailOutcome::Overage, None),
            Outcome::Free => (DetailOutcome::Free, None),
            Outcome::Refused(refusal) => (DetailOutcome::Rejected, Some(text(refusal.code()))),
        };
        let overage = matches!(row.outcome, Outcome::Overage { .. })
            .then(|| rate.and_then(|r| r.2.clone()))
            .flatten();
        DetailRow {
            customer: Arc::clone(&customer),
            entry: detail.entry,
            segment: row.place.segment,
            row: row.place.row,
            card: rate.map(|r| Arc::clone(&r.0.0)),
            version: rate.map_or(0, |r| r.0.1),
            rate: rate.map(|r| Arc::clone(&r.0.2)),
            outcome,
            reason,
            wallet: lot.map(|l| &l.1).or(overdrawn).map(Arc::clone),
            lot: lot.map(|l| Arc::clone(&l.0)),
            converted: row.quantity,
            quantity_before: row.quantity_before,
            units: row.units,
            unit: rate.map_or_else(|| text(""), |r| Arc::clone(&r.1)),
            money: row.money,
            currency: overage.or_else(|| lot.and_then(|l| l.2.clone())),
        }
    })
}
