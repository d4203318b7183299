//! The recognition formula without an estimate (remote method): cumulative revenue is
//! `round(P x R / U)`, and each posting is the new cumulative amount less what was posted
//! (accounting rules, section 6; ASC 606-10-55-46..49, IFRS 15.B44..B47).

use scrip_units::{Rounding, RoundingError, mul_div_round};

/// Why an amount cannot be recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecognitionError {
    /// More units released than the lot had.
    #[error("{released} smallest steps of units released from a lot of {issued}")]
    MoreThanIssued {
        /// Units released, cumulative.
        released: i64,
        /// Units issued.
        issued: i64,
    },
    /// The amount does not fit.
    #[error(transparent)]
    Rounding(#[from] RoundingError),
}

/// What recognition needs to know of a lot. Amounts in smallest steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lot {
    /// Consideration allocated to the lot, net of tax (P).
    pub consideration: i64,
    /// Units issued (U), above zero.
    pub issued: i64,
}

impl Lot {
    /// The part of the consideration that belongs to the first `released` units, cumulative.
    ///
    /// # Errors
    /// [`RecognitionError`] when more is released than was issued.
    pub fn released(&self, released: i64) -> Result<i64, RecognitionError> {
        if released < 0 || released > self.issued {
            return Err(RecognitionError::MoreThanIssued { released, issued: self.issued });
        }
        if self.consideration == 0 || released == 0 {
            return Ok(0);
        }
        Ok(mul_div_round(self.consideration, released, self.issued, Rounding::HalfAwayFromZero)?)
    }

    /// The carrying amount that is left when `released` units are gone.
    ///
    /// # Errors
    /// As [`Lot::released`].
    pub fn carrying(&self, released: i64) -> Result<i64, RecognitionError> {
        Ok(self.consideration - self.released(released)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_lot_that_is_used_up_has_recognised_exactly_its_consideration() {
        // 100.00 over 3 units: 33.33, 33.34, 33.33.
        let lot = Lot { consideration: 10_000, issued: 3 };
        let cumulative: Vec<_> = (0..=3).map(|r| lot.released(r).unwrap()).collect();
        assert_eq!(cumulative, [0, 3333, 6667, 10_000]);
        assert!(lot.released(4).is_err());
        // tier-06: 10,000 of credit for 8,500; 4,000 and 5,000 used, 1,000 expired.
        let lot = Lot { consideration: 850_000, issued: 1_000_000 };
        assert_eq!(lot.released(400_000), Ok(340_000));
        assert_eq!(lot.released(900_000), Ok(765_000));
        assert_eq!(lot.carrying(900_000), Ok(85_000));
    }

    proptest! {
        #[test]
        fn any_path_to_empty_recognises_everything(
            consideration in 0_i64..1_000_000_000_000,
            draws in prop::collection::vec(1_i64..1_000_000, 1..50),
        ) {
            let lot = Lot { consideration, issued: draws.iter().sum() };
            let (mut gone, mut posted) = (0, 0);
            for draw in draws {
                gone += draw;
                let posting = lot.released(gone).unwrap() - posted;
                prop_assert!(posting >= 0);
                posted += posting;
            }
            prop_assert_eq!(posted, consideration);
            prop_assert_eq!(lot.carrying(gone), Ok(0));
        }
    }
}
