//! Money: payments, and invoices of overage.

use serde_json::Value;

use super::books::Books;
use super::reading::{steps, text};

impl Books {
    pub(super) fn receive_payment(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        let (code, currency) = (text(operation, "customer"), text(operation, "currency"));
        let scale = self.configuration.scale(currency);
        let amount = steps(operation, "amount", scale).ok_or("no amount")?;
        let open = self.customer(code)?.receivable.entry(currency.to_owned()).or_default();
        if amount <= 0 || amount > *open {
            return Err("that much is not open".to_owned());
        }
        *open -= amount;
        self.post((code, at), "cash_clearing", (amount, currency));
        self.post((code, at), "accounts_receivable", (-amount, currency));
        Ok(())
    }

    pub(super) fn invoice_overage(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        let (code, currency) = (text(operation, "customer"), text(operation, "currency"));
        let scale = self.configuration.scale(currency);
        let tax = steps(operation, "tax", scale).unwrap_or_default();
        let customer = self.customer(code)?;
        let open = customer.unbilled.entry(currency.to_owned()).or_default();
        let net = match operation["amount"].is_null() {
            true => *open,
            false => steps(operation, "amount", scale).ok_or("no amount")?,
        };
        if net <= 0 || net > *open {
            return Err("that much is not unbilled".to_owned());
        }
        *open -= net;
        *customer.receivable.entry(currency.to_owned()).or_default() += net + tax;
        self.billed_before(code, currency, net);
        self.post((code, at), "accounts_receivable", (net + tax, currency));
        self.post((code, at), "unbilled_receivable", (-net, currency));
        self.post((code, at), "vat_output_payable", (-tax, currency));
        Ok(())
    }
}
