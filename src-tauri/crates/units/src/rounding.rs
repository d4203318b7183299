//! Rounding, the only place where a digit may be given up, and splitting that gives up none.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a quotient becomes an integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// To the nearest; a half goes away from zero. The default everywhere.
    #[default]
    HalfAwayFromZero,
    /// To the nearest; a half goes to the even neighbour.
    HalfEven,
    /// Away from zero.
    Up,
    /// Towards zero.
    Down,
}

/// Why a division or a split has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RoundingError {
    /// The divisor is zero.
    #[error("division by zero")]
    DivisionByZero,
    /// The result does not fit.
    #[error("the result is too large to be an amount")]
    Overflow,
    /// There is nothing to split over.
    #[error("a split needs at least one weight above zero and none below")]
    Weights,
}

/// `numerator / denominator`, rounded as named.
///
/// # Errors
/// [`RoundingError::DivisionByZero`], or [`RoundingError::Overflow`] when the quotient does not fit.
pub fn div_round(
    numerator: i128,
    denominator: i128,
    rounding: Rounding,
) -> Result<i128, RoundingError> {
    if denominator == 0 {
        return Err(RoundingError::DivisionByZero);
    }
    let quotient = numerator.checked_div(denominator).ok_or(RoundingError::Overflow)?;
    let remainder = numerator.checked_rem(denominator).ok_or(RoundingError::Overflow)?;
    if remainder == 0 {
        return Ok(quotient);
    }
    let away = if (numerator < 0) == (denominator < 0) { 1 } else { -1 };
    // |remainder| against |denominator| - |remainder|: no doubling, so no overflow.
    let (r, d) = (remainder.unsigned_abs(), denominator.unsigned_abs());
    let half = r.cmp(&(d - r));
    let step = match rounding {
        Rounding::Down => 0,
        Rounding::Up => away,
        Rounding::HalfAwayFromZero if half.is_ge() => away,
        Rounding::HalfEven if half.is_gt() || (half.is_eq() && quotient % 2 != 0) => away,
        Rounding::HalfAwayFromZero | Rounding::HalfEven => 0,
    };
    quotient.checked_add(step).ok_or(RoundingError::Overflow)
}

/// `a * b / c`, rounded as named, with the product taken in 128 bits.
///
/// # Errors
/// As [`div_round`]; also [`RoundingError::Overflow`] when the result is not a 64-bit amount.
pub fn mul_div_round(a: i64, b: i64, c: i64, rounding: Rounding) -> Result<i64, RoundingError> {
    // The product of two 64-bit integers always fits in 128 bits.
    let product = i128::from(a) * i128::from(b);
    let quotient = div_round(product, i128::from(c), rounding)?;
    i64::try_from(quotient).map_err(|_| RoundingError::Overflow)
}

/// Splits `total` in proportion to `weights` by largest remainder: the shares add up to `total`
/// exactly, and leftover steps go to the largest fractional parts, ties to the earlier share.
///
/// # Errors
/// [`RoundingError::Weights`] when a weight is negative or all are zero.
pub fn allocate(total: i64, weights: &[i64]) -> Result<Vec<i64>, RoundingError> {
    let sum: i128 = weights.iter().map(|w| i128::from(*w)).sum();
    if sum <= 0 || weights.iter().any(|w| *w < 0) {
        return Err(RoundingError::Weights);
    }
    let sign = if total < 0 { -1 } else { 1 };
    let size = i128::from(total) * sign;
    let mut shares = Vec::with_capacity(weights.len());
    let mut remainders = Vec::with_capacity(weights.len());
    let mut given = 0_i128;
    for (index, weight) in weights.iter().enumerate() {
        let exact = size * i128::from(*weight);
        let share = exact / sum;
        given += share;
        shares.push(share);
        remainders.push((exact % sum, index));
    }
    remainders.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let left = usize::try_from(size - given).map_err(|_| RoundingError::Overflow)?;
    for (_, index) in remainders.iter().take(left) {
        shares[*index] += 1;
    }
    shares
        .into_iter()
        .map(|s| i64::try_from(s * sign).map_err(|_| RoundingError::Overflow))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_rounding_does_what_its_name_says() {
        use Rounding::{Down, HalfAwayFromZero, HalfEven, Up};
        for (n, d, rounding, want) in [
            (5, 2, HalfAwayFromZero, 3),
            (-5, 2, HalfAwayFromZero, -3),
            (5, -2, HalfAwayFromZero, -3),
            (5, 2, HalfEven, 2),
            (7, 2, HalfEven, 4),
            (-7, 2, HalfEven, -4),
            (7, 3, Up, 3),
            (-7, 3, Up, -3),
            (8, 3, Down, 2),
            (-8, 3, Down, -2),
            (1, 3, HalfAwayFromZero, 0),
            (2, 3, HalfEven, 1),
            (6, 3, Up, 2),
        ] {
            assert_eq!(div_round(n, d, rounding), Ok(want), "{n}/{d} {rounding:?}");
        }
        assert_eq!(div_round(1, 0, Up), Err(RoundingError::DivisionByZero));
        assert_eq!(div_round(i128::MIN, -1, Up), Err(RoundingError::Overflow));
    }

    #[test]
    fn leftover_steps_go_to_the_largest_remainders_then_to_the_earlier() {
        // mr-04: a bundle of 20/30/40 sold at 80, at whole units and at two decimals.
        assert_eq!(allocate(80, &[20, 30, 40]), Ok(vec![18, 27, 35]));
        assert_eq!(allocate(8000, &[20, 30, 40]), Ok(vec![1778, 2667, 3555]));
        assert_eq!(allocate(-5, &[1, 1]), Ok(vec![-3, -2]));
        assert_eq!(allocate(5, &[0, 0]), Err(RoundingError::Weights));
        assert_eq!(allocate(5, &[2, -1]), Err(RoundingError::Weights));
    }

    proptest! {
        #[test]
        fn allocation_conserves_the_total(total in -1_000_000_000_i64..1_000_000_000,
                                          weights in prop::collection::vec(0_i64..1_000_000, 1..20)) {
            prop_assume!(weights.iter().any(|w| *w > 0));
            let shares = allocate(total, &weights).unwrap();
            prop_assert_eq!(shares.iter().sum::<i64>(), total);
            for (share, weight) in shares.iter().zip(&weights) {
                prop_assert!(*weight > 0 || *share == 0);
            }
        }

        #[test]
        fn rounding_is_within_one_and_exact_when_it_divides(n in any::<i64>(), d in 1_i64..i64::MAX) {
            for rounding in [Rounding::HalfAwayFromZero, Rounding::HalfEven, Rounding::Up, Rounding::Down] {
                let q = div_round(i128::from(n), i128::from(d), rounding).unwrap();
                let error = (q * i128::from(d) - i128::from(n)).abs();
                prop_assert!(error < i128::from(d));
                if matches!(rounding, Rounding::HalfAwayFromZero | Rounding::HalfEven) {
                    prop_assert!(2 * error <= i128::from(d));
                }
            }
        }
    }
}
