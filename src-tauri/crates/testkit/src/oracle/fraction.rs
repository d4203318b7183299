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
    /// One.
    pub const ONE: Fraction = Fraction { top: 1, bottom: 1 };

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

    /// A whole number.
    #[must_use]
    pub fn of(whole: i64) -> Self {
        Self { top: i128::from(whole), bottom: 1 }
    }

    /// A decimal such as `-12.50`; none if the text is not one.
    #[must_use]
    pub fn decimal(text: &str) -> Option<Self> {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let digits: i128 = format!("{whole}{part}").parse().ok()?;
        Some(Self::new(digits, 10_i128.pow(u32::try_from(part.len()).ok()?)))
    }

    /// The sum.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self::new(self.top * other.bottom + other.top * self.bottom, self.bottom * other.bottom)
    }

    /// Below zero what was above it.
    #[must_use]
    pub fn negative(self) -> Self {
        Self { top: -self.top, ..self }
    }

    /// The difference.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        self.plus(Self { top: -other.top, bottom: other.bottom })
    }

    /// The product.
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        // Shortened crosswise first, so that nothing in between is larger than it must be.
        let (a, b) = (Self::new(self.top, other.bottom), Self::new(other.top, self.bottom));
        Self::new(a.top * b.top, a.bottom * b.bottom)
    }

    /// The quotient; by zero it is zero.
    #[must_use]
    pub fn over(self, other: Self) -> Self {
        if other.top == 0 {
            return Self::ZERO;
        }
        self.times(Self::new(other.bottom, other.top))
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

    /// Whether it is a whole number.
    #[must_use]
    pub fn is_whole(self) -> bool {
        self.bottom == 1
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

    #[test]
    fn decimals_are_read_exactly() {
        assert_eq!(Fraction::decimal("0.125"), Some(Fraction::new(1, 8)));
        assert_eq!(Fraction::decimal("-1.50"), Some(Fraction::new(-3, 2)));
        assert_eq!(Fraction::decimal("never"), None);
        let sixth = Fraction::new(1, 2).over(Fraction::of(3));
        assert_eq!(sixth.times(Fraction::of(6)), Fraction::ONE);
    }
}
