//! Holds: units of lots that are reserved, in the order in which they were drawn.

use std::collections::BTreeMap;

use scrip_catalog::{CaptureAbove, CaptureBelow};
use scrip_units::{Instant, LotId, MeterCode, WalletCode};
use serde::{Deserialize, Serialize};

use crate::lot::KeptUnit;

/// What a hold was placed on, and where more is drawn from when its capture costs more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldFor {
    /// One wallet.
    Wallet(WalletCode),
    /// Usage that is expected: the wallets that may pay for it.
    Usage {
        /// The meter.
        meter: MeterCode,
        /// Its dimension values.
        dimensions: BTreeMap<String, String>,
    },
}

/// Units of one lot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldPart {
    /// The lot.
    pub lot: LotId,
    /// Units held of it, in smallest steps.
    pub units: i64,
}

/// A hold that has not ended. Its units are counted in the `held` of their lots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// What it was placed on.
    pub held_for: HeldFor,
    /// Unit of the units.
    pub unit: KeptUnit,
    /// When it was placed.
    pub placed_at: Instant,
    /// When it times out: from then on it cannot be captured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Instant>,
    /// What happens when more is captured.
    pub capture_above: CaptureAbove,
    /// What becomes of the rest when less is captured.
    pub capture_below: CaptureBelow,
    /// Units that were held at first, in smallest steps.
    pub placed: i64,
    /// Units captured so far, with what was drawn above the hold.
    pub captured: i64,
    /// What is held still, in the order in which it was drawn.
    pub parts: Vec<HeldPart>,
}

impl Hold {
    /// Units held still.
    #[must_use]
    pub fn units(&self) -> i64 {
        self.parts.iter().map(|part| part.units).sum()
    }

    /// Takes up to so many units out, those that were drawn first before the others.
    pub fn take_first(&mut self, units: i64) -> Vec<HeldPart> {
        let taken = take(self.parts.iter_mut(), units);
        self.parts.retain(|part| part.units > 0);
        taken
    }

    /// Takes up to so many units out in reverse draw order.
    pub fn take_last(&mut self, units: i64) -> Vec<HeldPart> {
        let taken = take(self.parts.iter_mut().rev(), units);
        self.parts.retain(|part| part.units > 0);
        taken
    }

    /// Takes up to so many units of a lot out.
    pub fn take_of(&mut self, lot: &LotId, units: i64) {
        take(self.parts.iter_mut().filter(|part| part.lot == *lot), units);
        self.parts.retain(|part| part.units > 0);
    }
}

fn take<'a>(parts: impl Iterator<Item = &'a mut HeldPart>, mut units: i64) -> Vec<HeldPart> {
    let mut taken = Vec::new();
    for part in parts {
        let of_part = part.units.min(units);
        if of_part > 0 {
            part.units -= of_part;
            units -= of_part;
            taken.push(HeldPart { lot: part.lot.clone(), units: of_part });
        }
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;
    use scrip_units::{Scale, Unit, UnitCode};

    fn hold(parts: &[(&str, i64)]) -> Hold {
        let parts: Vec<_> = parts
            .iter()
            .map(|(lot, units)| HeldPart { lot: LotId::try_new(lot).unwrap(), units: *units })
            .collect();
        Hold {
            held_for: HeldFor::Wallet(WalletCode::try_new("std").unwrap()),
            unit: KeptUnit(Unit::new(UnitCode::try_new("credits").unwrap(), Scale::ZERO)),
            placed_at: Instant::MIN,
            expires_at: None,
            capture_above: CaptureAbove::default(),
            capture_below: CaptureBelow::default(),
            placed: parts.iter().map(|part| part.units).sum(),
            captured: 0,
            parts,
        }
    }

    fn texts(parts: &[HeldPart]) -> Vec<(&str, i64)> {
        parts.iter().map(|part| (part.lot.as_str(), part.units)).collect()
    }

    #[test]
    fn what_was_drawn_first_is_captured_first_and_released_last() {
        let mut held = hold(&[("a", 5), ("b", 10)]);
        assert_eq!(texts(&held.take_first(6)), [("a", 5), ("b", 1)]);
        assert_eq!(texts(&held.parts), [("b", 9)]);
        let mut held = hold(&[("a", 5), ("b", 10)]);
        assert_eq!(texts(&held.take_last(12)), [("b", 10), ("a", 2)]);
        assert_eq!(held.units(), 3);
        held.take_of(&LotId::try_new("a").unwrap(), 3);
        assert!(held.parts.is_empty());
    }

    #[test]
    fn no_more_is_taken_than_is_held() {
        let mut held = hold(&[("a", 5)]);
        assert_eq!(texts(&held.take_first(9)), [("a", 5)]);
        assert_eq!(texts(&held.take_last(9)), []);
    }
}
