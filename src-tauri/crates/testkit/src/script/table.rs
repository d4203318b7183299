//! The table of worked cases: one line for each id, with what becomes of it here.
//!
//! ```text
//! OM-BURN-01  runs
//! ME-PRICE-01 partly  needs: a maximum per tier (row 6)
//! OM-BURN-08  quirk   a later grant never absorbs overage
//! OM-BURN-14  needs   recurring grants
//! ```

/// What becomes of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// All its figures are reproduced through the engine.
    Runs,
    /// Some are; the note says what the others need.
    Partly,
    /// Its figures are a peer's peculiarity; the note says what Scrip does instead and why, and the
    /// script shows it.
    Quirk,
    /// Not within reach yet; the note says what is missing.
    Needs,
}

/// A line of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The case.
    pub id: String,
    /// What becomes of it.
    pub status: Status,
    /// What is missing, or done instead.
    pub note: String,
}

/// Reads the table.
///
/// # Errors
/// A line without a known status, a status that needs a note without one, or an id listed twice.
pub fn read(text: &str) -> Result<Vec<Listed>, String> {
    let mut listed: Vec<Listed> = Vec::new();
    for line in text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')) {
        let mut words = line.split_whitespace();
        let id = words.next().unwrap_or_default().to_owned();
        let status = match words.next() {
            Some("runs") => Status::Runs,
            Some("partly") => Status::Partly,
            Some("quirk") => Status::Quirk,
            Some("needs") => Status::Needs,
            other => return Err(format!("{id}: {other:?} is not a status")),
        };
        let note = words.collect::<Vec<_>>().join(" ");
        if note.is_empty() && status != Status::Runs {
            return Err(format!("{id}: say why"));
        }
        if listed.iter().any(|l| l.id == id) {
            return Err(format!("{id} is listed twice"));
        }
        listed.push(Listed { id, status, note });
    }
    Ok(listed)
}
