//! What falls due by itself, in the order of the instants at which it was due.

use serde_json::Value;

use super::books::Books;

impl Books {
    /// Does everything that was due up to an instant, for one customer or for all.
    pub(super) fn run_schedule(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        let customers: Vec<String> = match operation["customer"].as_str() {
            Some(code) => vec![self.customer(code)?.code.clone()],
            None => self.customers.keys().cloned().collect(),
        };
        for code in customers {
            while let Some(due) = self.next_due(&code)?.filter(|due| *due <= at) {
                self.lots_end(&code, due)?;
            }
        }
        Ok(())
    }

    /// The earliest instant at which something is due for a customer.
    fn next_due(&mut self, code: &str) -> Result<Option<i64>, String> {
        let lots = self.customer(code)?.lots.iter();
        Ok(lots.filter(|lot| lot.available > 0).filter_map(|lot| lot.until).min())
    }

    /// Before an event is rated: every rollover that was due by its instant, but nothing that is due
    /// after the operation that brings it.
    pub(super) fn roll_over_before(&mut self, code: &str, until: i64) -> Result<(), String> {
        loop {
            let lots = self.customer(code)?.lots.clone();
            let due = lots
                .iter()
                .filter(|lot| lot.available > 0 && self.has_rollover(lot))
                .filter_map(|lot| lot.until)
                .filter(|end| *end <= until);
            let Some(first) = due.min() else { return Ok(()) };
            self.lots_end(code, first)?;
        }
    }
}
