//! Money: payments, invoices of overage, and the tax on prices.

use serde_json::Value;

use super::books::Books;
use super::fraction::{Fraction, Mode};
use super::reading::{decimal, steps, text};

/// The tax on top of a net amount, as a price of the configuration says, and its kind; empty for none.
pub(super) fn tax_on(price: &Value, net: i64) -> (String, i64) {
    let Some(percent) = decimal(&price["tax"], "percent") else { return (String::new(), 0) };
    let tax = Fraction::of(net).times(percent).over(Fraction::of(100)).whole(Mode::Half);
    let kind = price["tax"]["kind"].as_str().unwrap_or("vat");
    (if tax == 0 { String::new() } else { kind.to_owned() }, tax)
}

/// The account of a tax.
pub(super) fn tax_account(kind: &str) -> &'static str {
    if kind == "sales_tax" { "sales_tax_payable" } else { "vat_output_payable" }
}

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
