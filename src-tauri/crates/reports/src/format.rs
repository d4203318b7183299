//! Numbers as people read them: groups of three, U+2212 for minus.

use scrip_units::{Scale, format_steps};

/// Smallest steps as a decimal with groups of three digits and a true minus sign: `−1,234.50`.
#[must_use]
pub fn grouped(steps: i128, scale: Scale) -> String {
    grouped_text(&format_steps(steps, scale))
}

/// A plain decimal text, as configuration has them, written in the same way.
#[must_use]
pub fn grouped_text(plain: &str) -> String {
    let (sign, digits) = match plain.strip_prefix('-') {
        Some(digits) => ("\u{2212}", digits),
        None => ("", plain),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut out = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// The same without the decimals that are all zero: `1,250`, `0.5`.
#[must_use]
pub fn grouped_short(steps: i128, scale: Scale) -> String {
    let text = grouped(steps, scale);
    match text.split_once('.') {
        Some((whole, fraction)) => {
            let kept = fraction.trim_end_matches('0');
            if kept.is_empty() { whole.to_owned() } else { format!("{whole}.{kept}") }
        }
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_in_groups_of_three() {
        let scale = |decimals| Scale::try_new(decimals).unwrap();
        for (steps, decimals, want, short) in [
            (0, 0, "0", "0"),
            (123, 0, "123", "123"),
            (-1234, 0, "\u{2212}1,234", "\u{2212}1,234"),
            (123_456_700, 2, "1,234,567.00", "1,234,567"),
            (-50, 2, "\u{2212}0.50", "\u{2212}0.5"),
            (i128::from(i64::MAX), 2, "92,233,720,368,547,758.07", "92,233,720,368,547,758.07"),
        ] {
            assert_eq!(grouped(steps, scale(decimals)), want);
            assert_eq!(grouped_short(steps, scale(decimals)), short);
        }
    }
}
