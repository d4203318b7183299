//! What a cell says on paper, and the faces that all of a document is measured with.

use std::cell::Cell as Flag;

use scrip_revenue::Cell;
use scrip_units::Scale;

use super::face::{Face, Milli, Weight};
use crate::error::ExportError;
use crate::format::grouped;

/// A figure that is zero.
const ZERO: &str = "\u{2013}";

/// A cell as it stands on paper: digits in groups of three, a true minus sign, a dash for zero.
pub(super) fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Amount(0, _) => ZERO.to_owned(),
        Cell::Amount(steps, unit) => grouped(*steps, unit.scale()),
        Cell::Count(count) => grouped(i128::from(*count), Scale::ZERO),
        Cell::Percent(_) => format!("{} %", cell.plain().replace('-', "\u{2212}")),
        Cell::Empty | Cell::Text(_) | Cell::Date(_) | Cell::Month(_) => cell.plain(),
    }
}

/// Both weights of the font.
pub(super) struct Words {
    regular: Face,
    semi_bold: Face,
    /// Whether the font had not all that was asked of it.
    missed: Flag<bool>,
}

impl Words {
    pub(super) fn new() -> Result<Self, ExportError> {
        Ok(Self {
            regular: Face::new(Weight::Regular)?,
            semi_bold: Face::new(Weight::SemiBold)?,
            missed: Flag::new(false),
        })
    }

    pub(super) fn face(&self, weight: Weight) -> &Face {
        match weight {
            Weight::Regular => &self.regular,
            Weight::SemiBold => &self.semi_bold,
        }
    }

    /// The text as the font can draw it; remembered if that is not all of it.
    pub(super) fn drawable(&self, text: &str) -> String {
        let (text, replaced) = self.regular.drawable(text);
        if replaced {
            self.missed.set(true);
        }
        text
    }

    /// Whether a box stands for some character.
    pub(super) fn missed_any(&self) -> bool {
        self.missed.get()
    }

    pub(super) fn width(&self, text: &str, weight: Weight, size: Milli) -> Milli {
        self.face(weight).width(&self.drawable(text), size)
    }

    pub(super) fn wrap(&self, text: &str, weight: Weight, size: Milli, max: Milli) -> Vec<String> {
        self.face(weight).wrap(&self.drawable(text), size, max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scrip_units::Unit;

    #[test]
    fn figures_stand_in_the_house_style() {
        let eur = Unit::currency("EUR".parse().unwrap()).unwrap();
        for (given, want) in [
            (Cell::Amount(-123_450, eur), "\u{2212}1,234.50"),
            (Cell::Amount(0, eur), "\u{2013}"),
            (Cell::Count(12_480), "12,480"),
            (Cell::Percent(-1250), "\u{2212}12.50 %"),
            (Cell::text("=1+1"), "=1+1"),
            (Cell::Empty, ""),
        ] {
            assert_eq!(cell(&given), want);
        }
    }
}
