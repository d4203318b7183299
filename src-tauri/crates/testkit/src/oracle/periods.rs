//! Closed periods.

use serde_json::Value;

use super::books::Books;
use super::calendar::{date_of_day, days_in_month};
use super::reading::{day, text};

impl Books {
    /// Closes everything through the last day of a month that is over.
    pub(super) fn close(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        let through = day(text(operation, "through")).ok_or("no day")?;
        let (year, month, of_month) = date_of_day(through);
        let ends_month = of_month == days_in_month(year, month);
        let is_over = self.configuration.zone.day_of(at) > through;
        if !ends_month || !is_over || self.closed.is_some_and(|closed| through <= closed) {
            return Err("that cannot be closed".to_owned());
        }
        self.closed = Some(through);
        Ok(())
    }
}
