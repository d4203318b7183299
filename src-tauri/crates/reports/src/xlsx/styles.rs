//! The formats of cells, made once per workbook.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};
use scrip_units::Scale;

use super::number::amount_format;

/// The look of one kind of row.
pub(super) struct RowStyles {
    /// Words.
    pub(super) text: Format,
    /// Words in a column to the right of numbers, which end where the words begin.
    pub(super) text_indented: Format,
    /// Amounts that are text because they have too many digits.
    pub(super) long_amount: Format,
    /// Days.
    pub(super) date: Format,
    /// Days in a column to the right of numbers.
    pub(super) date_indented: Format,
    /// Months.
    pub(super) month: Format,
    /// Whole numbers.
    pub(super) count: Format,
    /// Shares of a hundred.
    pub(super) percent: Format,
    amounts: Vec<Format>,
}

impl RowStyles {
    fn new(base: &Format) -> Self {
        let date = base.clone().set_num_format("yyyy-mm-dd").set_align(FormatAlign::Left);
        Self {
            text: base.clone(),
            text_indented: base.clone().set_indent(1),
            long_amount: base.clone().set_align(FormatAlign::Right),
            date_indented: date.clone().set_indent(1),
            date,
            month: base.clone().set_num_format("yyyy-mm").set_align(FormatAlign::Left),
            count: base.clone().set_num_format("#,##0"),
            percent: base.clone().set_num_format(PERCENT),
            amounts: (0..=Scale::MAX.decimals())
                .map(|decimals| base.clone().set_num_format(amount_format(decimals)))
                .collect(),
        }
    }

    /// Amounts with the decimals of a unit.
    pub(super) fn amount(&self, scale: Scale) -> &Format {
        self.amounts.get(usize::from(scale.decimals())).unwrap_or(&self.count)
    }
}

/// A share: a true minus sign and a dash for zero, as amounts have them.
const PERCENT: &str = "0.00%;\"\u{2212}\"0.00%;\"\u{2013}\"";

const TRUTH: &str = "\"TRUE\";\"TRUE\";\"FALSE\"";

/// All formats of a workbook.
pub(super) struct Styles {
    /// The name of the report.
    pub(super) title: Format,
    /// The title of the table.
    pub(super) table: Format,
    /// Lines below the titles.
    pub(super) note: Format,
    /// Headings of text columns.
    pub(super) heading: Format,
    /// Headings of text columns to the right of numbers.
    pub(super) heading_indented: Format,
    /// Headings of number columns.
    pub(super) heading_right: Format,
    /// Detail rows.
    pub(super) detail: RowStyles,
    /// Subtotals.
    pub(super) subtotal: RowStyles,
    /// Totals.
    pub(super) total: RowStyles,
    /// A tie that holds. Some programs show a truth value as 1 unless told otherwise.
    pub(super) holds: Format,
    /// A tie that does not hold.
    pub(super) broken: Format,
}

impl Styles {
    pub(super) fn new() -> Self {
        let heading = Format::new()
            .set_bold()
            .set_text_wrap()
            .set_align(FormatAlign::Bottom)
            .set_border_bottom(FormatBorder::Thin);
        let strong = Format::new().set_bold();
        Self {
            title: Format::new().set_bold().set_font_size(14),
            table: strong.clone(),
            note: Format::new().set_font_color(Color::RGB(0x0059_5959)),
            heading_right: heading.clone().set_align(FormatAlign::Right),
            heading_indented: heading.clone().set_align(FormatAlign::Left).set_indent(1),
            heading,
            detail: RowStyles::new(&Format::new()),
            subtotal: RowStyles::new(&strong.clone().set_border_top(FormatBorder::Hair)),
            total: RowStyles::new(&strong.clone().set_border_top(FormatBorder::Thin)),
            holds: Format::new().set_num_format(TRUTH).set_align(FormatAlign::Left).set_indent(1),
            broken: strong
                .set_num_format(TRUTH)
                .set_align(FormatAlign::Left)
                .set_indent(1)
                .set_font_color(Color::RGB(0x00B3_261E)),
        }
    }
}
