//! Rows of sheets as they were opened. A sheet of thousands of rates is sent to the window once; what
//! comes back with every change is where rows are as they were, and the rows that are not.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use scrip_app::cards::GridRow;
use serde::Deserialize;
use specta::Type;

use super::sheet::SheetRow;
use crate::failure::Failure;

/// Sheets opened longer ago than so many others are forgotten: a window shows one.
const KEPT: usize = 8;

/// Rows as they were opened, and then rows that were typed.
#[derive(Debug, Deserialize, Type)]
pub struct SheetRun {
    /// The first of the opened rows, from 0.
    pub from: u32,
    /// How many of them.
    pub count: u32,
    /// The rows that follow.
    pub typed: Vec<SheetRow>,
}

#[derive(Debug, Default)]
struct Kept {
    opened: u64,
    sheets: VecDeque<(u64, Arc<[GridRow]>)>,
}

/// The sheets that were opened last.
#[derive(Debug, Default, Clone)]
pub(crate) struct OpenedSheets(Arc<Mutex<Kept>>);

impl OpenedSheets {
    /// Keeps rows and names them.
    pub(crate) fn keep(&self, rows: &[GridRow]) -> String {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.opened += 1;
        let name = kept.opened;
        kept.sheets.push_back((name, rows.into()));
        if kept.sheets.len() > KEPT {
            kept.sheets.pop_front();
        }
        name.to_string()
    }

    /// The rows that runs are about.
    ///
    /// # Errors
    /// When the sheet was opened too long ago, or the runs do not fit it.
    pub(crate) fn read(&self, name: &str, runs: Vec<SheetRun>) -> Result<Vec<GridRow>, Failure> {
        let opened = {
            let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let mut sheets = kept.sheets.iter();
            sheets.find(|(own, _)| own.to_string() == name).map(|(_, rows)| Arc::clone(rows))
        };
        let opened = opened
            .ok_or_else(|| Failure::input(&"the sheet was opened too long ago; open it again"))?;
        let mut rows = Vec::with_capacity(opened.len());
        for run in runs {
            let (from, count) = (run.from as usize, run.count as usize);
            let kept = opened.get(from..from.saturating_add(count));
            let kept = kept.ok_or_else(|| Failure::defect("the sheet has no such rows"))?;
            rows.extend_from_slice(kept);
            rows.extend(run.typed.into_iter().map(GridRow::from));
        }
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(code: &str) -> GridRow {
        GridRow { code: code.into(), ..GridRow::default() }
    }

    fn run(from: u32, count: u32, typed: &[&str]) -> SheetRun {
        SheetRun { from, count, typed: typed.iter().map(|code| row(code).into()).collect() }
    }

    #[test]
    fn rows_are_those_that_were_opened_and_those_that_were_typed() {
        let sheets = OpenedSheets::default();
        let name = sheets.keep(&[row("a"), row("b"), row("c")]);
        let runs = vec![run(0, 1, &["new"]), run(2, 1, &[])];
        let codes: Vec<_> =
            sheets.read(&name, runs).unwrap().into_iter().map(|row| row.code).collect();
        assert_eq!(codes, ["a", "new", "c"]);
        assert!(sheets.read(&name, vec![run(2, 2, &[])]).is_err());
        for _ in 0..KEPT {
            sheets.keep(&[]);
        }
        assert!(sheets.read(&name, Vec::new()).is_err(), "it was opened too long ago");
    }
}
