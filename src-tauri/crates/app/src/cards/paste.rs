//! Reading of what comes from a spreadsheet: blocks of cells, and numbers as people write them.

use scrip_units::Number;
use serde::{Deserialize, Serialize};

/// How numbers are written where a block comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecimalMark {
    /// `1,234.50`
    #[default]
    Point,
    /// `1.234,50`
    Comma,
}

/// Cells of a block by row, as spreadsheets put them on the clipboard: tabs between cells, line ends
/// between rows, cells with either or with quotes in double quotes with quotes doubled.
#[must_use]
pub fn cells(text: &str) -> Vec<Vec<String>> {
    let mut rows = vec![vec![String::new()]];
    let mut quoted = false;
    let mut begin = true;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let Some(cell) = rows.last_mut().and_then(|row| row.last_mut()) else { break };
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if begin => quoted = true,
            '\t' if !quoted => {
                if let Some(row) = rows.last_mut() {
                    row.push(String::new());
                }
                begin = true;
                continue;
            }
            '\r' if !quoted && chars.peek() == Some(&'\n') => continue,
            '\n' | '\r' if !quoted => {
                rows.push(vec![String::new()]);
                begin = true;
                continue;
            }
            c => cell.push(c),
        }
        begin = false;
    }
    // The last line end closes the last row and begins none.
    if rows.len() > 1 && rows.last().is_some_and(|row| row.len() == 1 && row[0].is_empty()) {
        rows.pop();
    }
    rows
}

/// A number as people write it, as the plain text of a decimal: without separators of thousands,
/// signs of currencies and spaces; a number in parentheses is below zero.
///
/// # Errors
/// What is wrong, in words: no number, or separators that are not where thousands end.
pub fn number(text: &str, mark: DecimalMark) -> Result<String, String> {
    let not = || format!("{text:?} is not a number");
    let compact: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '\u{a0}' | '\u{202f}' | '\u{2009}' | '\''))
        .collect();
    let (negative, inner) = match compact.strip_prefix('(').and_then(|c| c.strip_suffix(')')) {
        Some(inner) => (true, inner.to_owned()),
        None => (false, compact),
    };
    let inner = inner.replace('\u{2212}', "-");
    let currency = |c: char| "$€£¥".contains(c) || c.is_alphabetic();
    let digits = inner.trim_matches(currency);
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(rest) => (true, rest.trim_start_matches(currency)),
        None => (false, digits.strip_prefix('+').unwrap_or(digits)),
    };
    let (thousands, decimal) = match mark {
        DecimalMark::Point => (',', '.'),
        DecimalMark::Comma => ('.', ','),
    };
    let (whole, fraction) = match digits.split_once(decimal) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    let groups: Vec<&str> = whole.split(thousands).collect();
    let plain = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let well_grouped = groups.iter().skip(1).all(|group| group.len() == 3)
        && groups.first().is_some_and(|first| groups.len() == 1 || (1..=3).contains(&first.len()));
    if groups.iter().any(|group| !plain(group)) || fraction.is_some_and(|f| !plain(f)) {
        return Err(not());
    }
    if !well_grouped {
        return Err(format!(
            "in {text:?} the {thousands:?} is not where thousands end; is it meant as the decimal mark?"
        ));
    }
    let whole = groups.concat();
    if whole.is_empty() && fraction.is_none_or(str::is_empty) {
        return Err(not());
    }
    let whole = if whole.is_empty() { "0" } else { whole.as_str() };
    let minus = if negative != sign { "-" } else { "" };
    let plain = match fraction.filter(|f| !f.is_empty()) {
        Some(fraction) => format!("{minus}{whole}.{fraction}"),
        None => format!("{minus}{whole}"),
    };
    plain.parse::<Number>().map(|_| plain).map_err(|e| e.to_string())
}

/// A column that a block may be pasted into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its key.
    pub key: String,
    /// What its header says.
    pub name: String,
    /// Whether it holds numbers.
    pub is_number: bool,
}

/// What became of a cell of a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pasted {
    /// Column that it goes to; absent when there is none at the right of the others.
    pub column: Option<String>,
    /// As it was on the clipboard.
    pub text: String,
    /// What it is read as; as it was when it cannot be read.
    pub value: String,
    /// Why it cannot be read, or is left out.
    pub problem: Option<String>,
}

/// A block, read for the columns it goes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Block {
    /// Whether its first row named the columns, and is no row itself.
    pub has_header: bool,
    /// Cells by row.
    pub rows: Vec<Vec<Pasted>>,
}

/// The columns that the first row of a block names, if it does nothing else.
fn header(first: &[String], columns: &[Target]) -> Option<Vec<Target>> {
    let named = |text: &String| {
        let text = text.trim().to_lowercase();
        let is = |c: &&Target| c.name.to_lowercase() == text || c.key.to_lowercase() == text;
        columns.iter().find(is).cloned()
    };
    let found: Option<Vec<Target>> = first.iter().map(named).collect();
    found.filter(|found| !found.is_empty())
}

/// Reads a block for the columns it goes to: those that its first row names, or those from `at` on.
#[must_use]
pub fn block(text: &str, mark: DecimalMark, columns: &[Target], at: usize) -> Block {
    let mut rows = cells(text);
    let named = rows.first().and_then(|first| header(first, columns));
    // A single cell that happens to say the name of a column is a value.
    let named = named.filter(|_| rows.len() > 1);
    if named.is_some() {
        rows.remove(0);
    }
    let targets = named.as_deref().unwrap_or_else(|| columns.get(at..).unwrap_or_default());
    let read = |(index, text): (usize, String)| {
        let Some(target) = targets.get(index) else {
            let problem = Some("there is no column for it".to_owned());
            return Pasted { column: None, value: String::new(), problem, text };
        };
        let column = Some(target.key.clone());
        let value = text.trim().to_owned();
        if !target.is_number || value.is_empty() {
            return Pasted { column, value, problem: None, text };
        }
        match number(&value, mark) {
            Ok(value) => Pasted { column, value, problem: None, text },
            Err(problem) => Pasted { column, value, problem: Some(problem), text },
        }
    };
    Block {
        has_header: named.is_some(),
        rows: rows.into_iter().map(|row| row.into_iter().enumerate().map(read).collect()).collect(),
    }
}
