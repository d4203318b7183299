//! Which amounts a spreadsheet can hold, and how they are shown.
//!
//! A spreadsheet number is a binary float. Every decimal of up to 15 significant digits has a float
//! that reads back as the same 15 digits (IEEE 754 binary64), no matter where its point stands; more
//! digits may come back changed without a word. So an amount of up to 15 digits is a number, and a
//! longer one is text to its last digit, with a note that says so. The test at the foot writes
//! amounts and reads the file back.

use rust_decimal::Decimal;
use scrip_units::Unit;

/// 10 to the power of 15: amounts of smallest steps below it have at most 15 digits.
const EXACT_STEPS_MAX: u128 = 1_000_000_000_000_000;

/// Said of an amount that is text.
pub(super) const TOO_LONG: &str = "This amount has more than 15 digits. A spreadsheet number cannot hold it exactly, \
     so it is written as text, to its last digit; formulas do not count it in.";

/// Said of a total that is a value and not a formula.
pub(super) const NO_FORMULA: &str = "This total is a value and not a formula: one of its parts has more digits than a \
     spreadsheet number holds and is written as text.";

/// The amount as a number that a spreadsheet holds exactly; `None` when it has too many digits.
pub(super) fn exact(steps: i128, unit: Unit) -> Option<Decimal> {
    (steps.unsigned_abs() < EXACT_STEPS_MAX)
        .then(|| Decimal::from_i128_with_scale(steps, u32::from(unit.scale().decimals())))
}

/// A count, as [`exact`].
pub(super) fn exact_count(count: u64) -> Option<Decimal> {
    (u128::from(count) < EXACT_STEPS_MAX).then(|| Decimal::from(count))
}

/// Number format with a fixed number of decimals: groups of three, a true minus sign, a dash for
/// zero.
pub(super) fn amount_format(decimals: u8) -> String {
    let number = match decimals {
        0 => "#,##0".to_owned(),
        _ => format!("#,##0.{}", "0".repeat(usize::from(decimals))),
    };
    format!("{number};\"\u{2212}\"{number};\"\u{2013}\"")
}
