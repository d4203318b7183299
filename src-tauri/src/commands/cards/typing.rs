//! What is done to cells: arithmetic on a range, and reading what comes from a spreadsheet.

use scrip_app::cards::edits::{Edit, edit};
use scrip_app::cards::paste::{DecimalMark, Pasted, Target, block};
use serde::{Deserialize, Serialize};
use specta::Type;

use crate::failure::Failure;

/// What is done to each cell of a range.
#[derive(Debug, Deserialize, Type)]
#[serde(tag = "edit", rename_all = "snake_case")]
pub enum CellEdit {
    /// Another text.
    Set {
        /// The text.
        value: String,
    },
    /// Times a factor: `1.05`.
    Times {
        /// The factor.
        factor: String,
    },
    /// More or less by a percentage: `-10`.
    Percent {
        /// The percentage.
        percent: String,
    },
    /// More or less by an amount.
    Plus {
        /// The amount.
        amount: String,
    },
    /// To the nearest multiple, half away from zero: `0.05`.
    RoundTo {
        /// The step, above zero.
        step: String,
    },
}

impl From<CellEdit> for Edit {
    fn from(edit: CellEdit) -> Self {
        match edit {
            CellEdit::Set { value } => Self::Set { value },
            CellEdit::Times { factor } => Self::Times { factor },
            CellEdit::Percent { percent } => Self::Percent { percent },
            CellEdit::Plus { amount } => Self::Plus { amount },
            CellEdit::RoundTo { step } => Self::RoundTo { step },
        }
    }
}

/// What became of a cell.
#[derive(Debug, Serialize, Type)]
pub struct EditedCell {
    /// The text now; as it was when something is wrong.
    pub value: String,
    /// What is wrong.
    pub problem: Option<String>,
}

/// Does an edit to each of some cells, exactly.
///
/// # Errors
/// None: what cannot be done to a cell is said at the cell.
#[tauri::command]
#[specta::specta]
pub fn edit_cells(values: Vec<String>, edit_by: CellEdit) -> Result<Vec<EditedCell>, Failure> {
    let edited = edit(&values, &edit_by.into());
    let cells = edited.into_iter().map(|e| EditedCell { value: e.value, problem: e.problem });
    Ok(cells.collect())
}

/// A column that a block may be pasted into.
#[derive(Debug, Deserialize, Type)]
pub struct PasteColumn {
    /// Its key.
    pub key: String,
    /// What its header says.
    pub name: String,
    /// Whether it holds numbers.
    pub is_number: bool,
}

/// What became of a cell of a block.
#[derive(Debug, Serialize, Type)]
pub struct PastedCell {
    /// Column that it goes to; absent when there is none for it.
    pub column: Option<String>,
    /// As it was on the clipboard.
    pub text: String,
    /// What it is read as; as it was when it cannot be read.
    pub value: String,
    /// Why it cannot be read, or is left out.
    pub problem: Option<String>,
}

/// A block, read for the columns it goes to.
#[derive(Debug, Serialize, Type)]
pub struct PastedBlock {
    /// Whether its first row named the columns, and is no row itself.
    pub has_header: bool,
    /// Cells by row.
    pub rows: Vec<Vec<PastedCell>>,
}

/// What stands before the decimals of the numbers of a block.
#[derive(Debug, Clone, Copy, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum PasteMark {
    /// `1,234.50`
    Point,
    /// `1.234,50`
    Comma,
}

/// Reads a block of cells from a spreadsheet for the columns from `at` on, or for those that its first
/// row names.
///
/// # Errors
/// None: what cannot be read is said at the cell.
#[tauri::command]
#[specta::specta]
pub fn read_pasted(
    text: String,
    mark: PasteMark,
    columns: Vec<PasteColumn>,
    at: u32,
) -> Result<PastedBlock, Failure> {
    let target = |c: PasteColumn| Target { key: c.key, name: c.name, is_number: c.is_number };
    let columns: Vec<Target> = columns.into_iter().map(target).collect();
    let mark = match mark {
        PasteMark::Point => DecimalMark::Point,
        PasteMark::Comma => DecimalMark::Comma,
    };
    let read = block(&text, mark, &columns, at as usize);
    let cell = |p: Pasted| PastedCell {
        column: p.column,
        text: p.text,
        value: p.value,
        problem: p.problem,
    };
    let row = |row: Vec<Pasted>| row.into_iter().map(cell).collect();
    Ok(PastedBlock { has_header: read.has_header, rows: read.rows.into_iter().map(row).collect() })
}
