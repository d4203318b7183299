//! What each event was charged in a run, so that a figure can be followed to the events behind it.

use std::collections::BTreeMap;

use scrip_engine::{Detail, DetailRow, Operation, Outcome};
use scrip_journal::RateRef;
use scrip_rating::Place;
use scrip_units::{OperationId, Unit};

use crate::figures::Sums;

/// Where an event stands: in the archive, or in the operation that it came with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventAt {
    /// The operation; none for an event of the archive.
    pub operation: Option<OperationId>,
    /// Its place. The rows behind those of an operation's own events are the events that it takes back.
    pub place: Place,
}

/// What became of an event in a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TracedEvent {
    /// Rows of rate cards that priced it: several where its lots keep other versions.
    pub rates: Vec<RateRef>,
    /// Charges in the cards' units.
    pub charged: Sums,
    /// Money recognised for it, overage included.
    pub money: Sums,
    /// Whether a part of it was charged in money.
    pub has_overage: bool,
    /// Why it was refused.
    pub refused: Option<&'static str>,
}

/// The events of the window in a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace {
    /// The events, those of the archive first.
    pub events: BTreeMap<EventAt, TracedEvent>,
}

impl Trace {
    pub(crate) fn add(&mut self, operation: &Operation, detail: &Detail, row: &DetailRow) {
        let of = (row.place.segment == 0).then(|| operation.id.clone());
        let event = self.events.entry(EventAt { operation: of, place: row.place }).or_default();
        if let Outcome::Refused(refusal) = row.outcome {
            event.refused = Some(refusal.code());
            return;
        }
        let Some(key) = detail.rates.get(row.rate as usize) else { return };
        if !event.rates.contains(&key.rate) {
            event.rates.push(key.rate.clone());
        }
        add(&mut event.charged, key.unit, row.units);
        let currency = match row.outcome {
            Outcome::Drawn { lot: Some(lot) } => {
                detail.lots.get(lot as usize).and_then(|(_, _, currency)| *currency)
            }
            _ => key.currency,
        };
        event.has_overage |= matches!(row.outcome, Outcome::Overage { .. });
        if let Some(currency) = currency.filter(|_| row.money != 0) {
            add(&mut event.money, currency, row.money);
        }
    }
}

fn add(sums: &mut Sums, unit: Unit, steps: i64) {
    *sums.entry(unit).or_default() += i128::from(steps);
}
