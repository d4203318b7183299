//! Files of euro foreign exchange reference rates, as the European Central Bank publishes them: a
//! CSV file, plain, zipped or compressed with gzip. The first line names the currencies; each
//! following line has a day and the units of each currency for one euro. A currency that was not
//! quoted is empty or `N/A`, and lines may end with a comma.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use flate2::bufread::{DeflateDecoder, MultiGzDecoder};
use scrip_units::{Date, Number, UnitCode};
use serde::Serialize;

use crate::error::AppError;

/// A line, or a value of it, that is not a rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RejectedRate {
    /// Line of the file, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub problem: String,
}

/// A line of a file: the rates of one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayRates {
    /// The day.
    pub day: Date,
    /// Currency and rate, in the order of the columns.
    pub rates: Vec<(UnitCode, Number)>,
}

/// Reads a file line by line.
pub struct RateFile {
    lines: Box<dyn BufRead>,
    path: String,
    columns: Vec<Option<UnitCode>>,
    line: u64,
}

impl RateFile {
    /// Opens a file and reads its first line.
    ///
    /// # Errors
    /// [`AppError::File`], or [`AppError::Argument`] when it is not such a file.
    pub fn open(path: &Path) -> Result<Self, AppError> {
        let lines = open(path).map_err(AppError::file(path))?;
        let mut file =
            Self { lines, path: path.display().to_string(), columns: Vec::new(), line: 0 };
        let first = file.next_line(path)?.unwrap_or_default();
        let mut columns = first.trim_start_matches('\u{feff}').split(',').map(str::trim);
        if columns.next() != Some("Date") {
            return Err(AppError::Argument(format!(
                "{}:1: the first column is not Date, so this is not a file of the ECB's reference rates",
                file.path
            )));
        }
        for name in columns {
            let column = match name {
                "" => None,
                name => Some(name.parse().map_err(|error| {
                    AppError::Argument(format!("{}:1: column {name:?}: {error}", file.path))
                })?),
            };
            file.columns.push(column);
        }
        Ok(file)
    }

    fn next_line(&mut self, path: &Path) -> Result<Option<String>, AppError> {
        let mut line = String::new();
        let read = self.lines.read_line(&mut line).map_err(AppError::file(path))?;
        self.line += 1;
        Ok((read > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned()))
    }

    /// The next day; what is wrong with its values goes to `rejected`. None at the end.
    ///
    /// # Errors
    /// [`AppError::File`].
    pub fn next_day(
        &mut self,
        path: &Path,
        rejected: &mut Vec<RejectedRate>,
    ) -> Result<Option<DayRates>, AppError> {
        while let Some(text) = self.next_line(path)? {
            if text.trim().is_empty() {
                continue;
            }
            let line = self.line;
            let mut reject = |problem| rejected.push(RejectedRate { line, problem });
            let mut values = text.split(',').map(str::trim);
            let first = values.next().unwrap_or_default();
            let Ok(day) = first.parse::<Date>() else {
                reject(format!("{first:?} is not a day such as 2026-01-31"));
                continue;
            };
            let mut rates = Vec::new();
            for (index, value) in values.enumerate() {
                if value.is_empty() || value == "N/A" {
                    continue;
                }
                let Some(currency) = self.columns.get(index).copied().flatten() else {
                    reject(format!("{value:?} stands in a column without a currency"));
                    continue;
                };
                match value.parse::<Number>() {
                    Ok(rate) if rate > Number::ZERO => rates.push((currency, rate)),
                    _ => reject(format!("{value:?} is not a rate of {currency}")),
                }
            }
            return Ok(Some(DayRates { day, rates }));
        }
        Ok(None)
    }
}

/// The text of a file, whatever it is packed in.
fn open(path: &Path) -> std::io::Result<Box<dyn BufRead>> {
    let mut file = BufReader::new(File::open(path)?);
    let head = file.fill_buf()?;
    match head {
        [0x1f, 0x8b, ..] => Ok(Box::new(BufReader::new(MultiGzDecoder::new(file)))),
        [b'P', b'K', 3, 4, ..] => zipped(file),
        _ => Ok(Box::new(file)),
    }
}

/// The first file of a ZIP archive (APPNOTE 4.3.7): the ECB packs one.
fn zipped(mut file: BufReader<File>) -> std::io::Result<Box<dyn BufRead>> {
    let mut header = [0_u8; 30];
    file.read_exact(&mut header)?;
    let number = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
    let (method, name, extra) = (number(8), number(26), number(28));
    let size = u32::from_le_bytes([header[18], header[19], header[20], header[21]]);
    file.seek(SeekFrom::Current(i64::from(name) + i64::from(extra)))?;
    match method {
        0 => Ok(Box::new(file.take(u64::from(size)))),
        8 => Ok(Box::new(BufReader::new(DeflateDecoder::new(file)))),
        other => Err(std::io::Error::other(format!("its ZIP method {other} is not known"))),
    }
}
