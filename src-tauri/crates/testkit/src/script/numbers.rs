//! Numbers of the case language, compared as exact decimals.

use scrip_units::{Scale, Unit, format_steps, parse_steps};

/// Reads a decimal in steps of a unit.
pub(super) fn steps(text: &str, unit: Unit) -> Result<i128, String> {
    scaled(text, unit.scale())
}

/// Reads a decimal in steps of a scale.
pub(super) fn scaled(text: &str, scale: Scale) -> Result<i128, String> {
    parse_steps(text, scale, "it").map(i128::from).map_err(|e| e.to_string())
}

/// Compares a number with what is written.
pub(super) fn equal(what: &str, found: i128, written: &str, scale: Scale) -> Result<(), String> {
    let wanted = scaled(written, scale)?;
    if found == wanted {
        return Ok(());
    }
    Err(format!("{what} is {}", format_steps(found, scale)))
}
