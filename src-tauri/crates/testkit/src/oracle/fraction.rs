//! Fractions of the oracle: small numbers, so that nothing overflows 128 bits.

use std::cmp::Ordering;

/// How a fraction becomes whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// To the nearest; a half goes away from zero.
    Half,
    /// Away from zero.
    Up,
    /// Towards zero.
    Down,
}

/// `top / bottom`, with `bottom` above zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fraction {
    top: i128,
    bottom: i128,
}

impl Fraction {
    /// Zero.
    pub const ZERO: Fraction = Fraction { top: 0, bottom: 1 };

    /// A fraction; a bottom of zero counts as one.
    #[must_use]
    pub fn new(top: i128, bottom: i128) -> Self {
        let bottom = if bottom == 0 { 1 } else { bottom };
        let (mut a, mut b) = (top.abs(), bottom.abs());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        let sign = if bottom < 0 { -1 } else { 1 };
        let common = a.max(1) * sign;
        Self { top: top / common, bottom: bottom / common }
    }

    /// The sum.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self::new(self.top * other.bottom + other.top * self.bottom, self.bottom * other.bottom)
    }

    /// The difference.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        self.plus(Self { top: -other.top, bottom: other.bottom })
    }

    /// The nearest whole number by a mode.
    #[must_use]
    pub fn whole(self, mode: Mode) -> i64 {
        let size = self.top.abs();
        let floor = size / self.bottom;
        let rest = size % self.bottom;
        let up = match mode {
            Mode::Half => 2 * rest >= self.bottom,
            Mode::Up => rest > 0,
            Mode::Down => false,
        };
        let whole = floor + i128::from(up);
        let signed = if self.top < 0 { -whole } else { whole };
        i64::try_from(signed).unwrap_or(i64::MAX)
    }

    /// Which is larger.
    #[must_use]
    pub fn compare(self, other: Self) -> Ordering {
        (self.top * other.bottom).cmp(&(other.top * self.bottom))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_away_from_zero() {
        assert_eq!(Fraction::new(5, 2).whole(Mode::Half), 3);
        assert_eq!(Fraction::new(-5, 2).whole(Mode::Half), -3);
        assert_eq!(Fraction::new(1, 3).plus(Fraction::new(2, 3)).whole(Mode::Up), 1);
        assert_eq!(Fraction::new(7, 3).whole(Mode::Up), 3);
        assert_eq!(Fraction::new(7, -3).whole(Mode::Down), -2);
    }
}
