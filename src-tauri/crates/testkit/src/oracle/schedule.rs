//! What falls due by itself, in the order of the instants at which it was due.

use serde_json::Value;

use super::books::Books;

impl Books {
    /// Does everything that was due up to an instant, for one customer or for all. The sweep of
    /// expiries leaves holds alone.
    pub(super) fn run_schedule(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        let customers: Vec<String> = match operation["customer"].as_str() {
            Some(code) => vec![self.customer(code)?.code.clone()],
            None => self.customers.keys().cloned().collect(),
        };
        let holds = operation["op"] == "run_schedule";
        for code in customers {
            loop {
                let time_out = self.next_time_out(&code).filter(|end| holds && *end <= at);
                let end = self.next_end_of_lots(&code)?.filter(|end| *end <= at);
                match (time_out, end) {
                    (Some(first), end) if end.is_none_or(|end| first <= end) => {
                        self.time_out(&code, first)?;
                    }
                    (_, Some(end)) => self.lots_end(&code, end)?,
                    (_, None) => break,
                }
            }
        }
        Ok(())
    }

    /// The sweep of expiries for one customer.
    pub(super) fn sweep_ends(&mut self, code: &str, at: i64) -> Result<(), String> {
        while let Some(end) = self.next_end_of_lots(code)?.filter(|end| *end <= at) {
            self.lots_end(code, end)?;
        }
        Ok(())
    }

    /// The earliest end of a lot that has something left.
    fn next_end_of_lots(&mut self, code: &str) -> Result<Option<i64>, String> {
        let lots = self.customer(code)?.lots.iter();
        Ok(lots.filter(|lot| lot.available > 0).filter_map(|lot| lot.until).min())
    }

    /// Before an event is rated: everything that gives units and was due by its instant - holds that
    /// time out, rollovers - but nothing that is due after the operation that brings it.
    pub(super) fn feed(&mut self, code: &str, until: i64) -> Result<(), String> {
        loop {
            let time_out = self.next_time_out(code).filter(|end| *end <= until);
            let lots = self.customer(code)?.lots.clone();
            let rolls = lots
                .iter()
                .filter(|lot| lot.available > 0 && self.has_rollover(lot))
                .filter_map(|lot| lot.until)
                .filter(|end| *end <= until)
                .min();
            match (time_out, rolls) {
                (Some(first), end) if end.is_none_or(|end| first <= end) => {
                    self.time_out(code, first)?;
                }
                (_, Some(end)) => self.lots_end(code, end)?,
                (_, None) => return Ok(()),
            }
        }
    }
}
