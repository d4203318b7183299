//! Invoices: drafts that are made final or discarded, and what becomes of final ones.

use serde_json::Value;

use super::books::Books;
use super::calendar::{billing_period, date_of_day};
use super::drafts::{Burned, Draft, Line, Lines, Of, add_to, net};
use super::fraction::{Fraction, Mode};
use super::reading::{day, steps, text};

/// What of an invoice was given up, and what of that was paid after all; tax included and of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GivenUp {
    /// What was given up.
    pub gross: i64,
    /// The tax that was not owed any more.
    pub tax: i64,
    /// Paid since.
    pub paid: i64,
    /// Tax owed again since.
    pub paid_tax: i64,
}

/// A final invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// First day of the billing period.
    pub period: i64,
    /// Currency.
    pub currency: String,
    /// When it was made final.
    pub at: i64,
    /// Lines.
    pub lines: Lines,
    /// Tax.
    pub tax: i64,
    /// Where it stands.
    pub tax_account: &'static str,
    /// Paid by payments that name it.
    pub paid: i64,
    /// Credited, net of tax.
    pub credited: i64,
    /// Tax credited.
    pub credited_tax: i64,
    /// What of the credit was paid back.
    pub paid_back: i64,
    /// What was given up.
    pub given_up: GivenUp,
    /// Whether something ever was.
    pub was_given_up: bool,
    /// What burned with it, as far as it was not given back.
    pub burned: Vec<Burned>,
    /// Whether it was taken back.
    pub is_void: bool,
}

impl Invoice {
    /// What it asks for, tax included.
    #[must_use]
    pub fn gross(&self) -> i64 {
        net(&self.lines) + self.tax
    }

    /// What is given up and not paid.
    #[must_use]
    pub fn lost(&self) -> i64 {
        self.given_up.gross - self.given_up.paid
    }

    /// What is to be paid.
    #[must_use]
    pub fn open(&self) -> i64 {
        let credited = self.credited + self.credited_tax - self.paid_back;
        self.gross() - self.paid - credited - self.lost()
    }
}

fn share(all: i64, part: i64, whole: i64) -> i64 {
    if whole == 0 {
        return 0;
    }
    Fraction::new(i128::from(all) * i128::from(part), i128::from(whole)).whole(Mode::Half)
}

fn has_reason(operation: &Value) -> Result<(), String> {
    let reason = text(operation, "reason").trim();
    if reason.is_empty() { Err("a reason is missing".to_owned()) } else { Ok(()) }
}

impl Books {
    /// Takes the draft that an operation names out of the books.
    fn take_draft(&mut self, operation: &Value) -> Result<(i64, String, Draft), String> {
        let code = text(operation, "customer");
        let currency = operation["currency"].as_str().map_or_else(|| self.home(), str::to_owned);
        let of = day(text(operation, "period")).ok_or("no day")?;
        // One that begins on the day, even if the billing day has changed since.
        let begins = self.customer(code)?.drafts.contains_key(&(of, currency.clone()));
        let (own, _) = billing_period(of, self.configuration.billing_day(code));
        let period = if begins { of } else { own };
        let taken = self.customer(code)?.drafts.remove(&(period, currency.clone()));
        let draft = taken.ok_or("there is no draft")?;
        if net(&draft.lines) < 0 {
            return Err("the draft is below zero".to_owned());
        }
        Ok((period, currency, draft))
    }

    pub(super) fn finalize_invoice(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        let code = text(operation, "customer");
        let (period, currency, draft) = self.take_draft(operation)?;
        let scale = self.configuration.scale(&currency);
        let tax = steps(operation, "tax", scale).unwrap_or_default();
        let charged = net(&draft.lines);
        let number = match operation["number"].as_str() {
            Some(number) => number.to_owned(),
            None => self.next_number(code, at)?,
        };
        let customer = self.customer(code)?;
        let open = customer.unbilled.entry(currency.clone()).or_default();
        if charged > *open || tax < 0 || customer.invoices.contains_key(&number) {
            return Err("that cannot be invoiced".to_owned());
        }
        *open -= charged;
        *customer.receivable.entry(currency.clone()).or_default() += charged + tax;
        let burned = self.burn_draft((code, at), &draft.held)?;
        let mut lines = draft.lines;
        for (line, sum) in self.lines_of(code, &burned) {
            add_to(&mut lines, line, sum);
        }
        let tax_account = match text(operation, "tax_kind") {
            "sales_tax" => "sales_tax_payable",
            _ => "vat_output_payable",
        };
        self.post((code, at), "accounts_receivable", (charged + tax, &currency));
        self.post((code, at), "unbilled_receivable", (-charged, &currency));
        self.post((code, at), tax_account, (-tax, &currency));
        let invoice = Invoice {
            period,
            currency,
            at,
            lines,
            tax,
            tax_account,
            paid: 0,
            credited: 0,
            credited_tax: 0,
            paid_back: 0,
            given_up: GivenUp::default(),
            was_given_up: false,
            burned,
            is_void: false,
        };
        self.customer(code)?.invoices.insert(number, invoice);
        Ok(())
    }

    /// One more than the highest count of the customer in the year, voided invoices included.
    fn next_number(&mut self, code: &str, at: i64) -> Result<String, String> {
        let (year, _, _) = date_of_day(self.configuration.zone.day_of(at));
        let series = format!("{code}-{year}-");
        let numbers = self.customer(code)?.invoices.keys();
        let counts = numbers.filter_map(|number| number.strip_prefix(&series)?.parse::<u64>().ok());
        Ok(format!("{series}{:04}", counts.max().unwrap_or_default() + 1))
    }

    /// A final invoice that was not taken back.
    fn invoice(&mut self, code: &str, operation: &Value) -> Result<Invoice, String> {
        let found = self.customer(code)?.invoices.get(text(operation, "invoice"));
        let found = found.filter(|invoice| !invoice.is_void);
        found.cloned().ok_or_else(|| "there is no such invoice".to_owned())
    }

    fn keep(&mut self, operation: &Value, invoice: Invoice) -> Result<(), String> {
        let (code, number) = (text(operation, "customer"), text(operation, "invoice"));
        self.customer(code)?.invoices.insert(number.to_owned(), invoice);
        Ok(())
    }

    /// Takes an amount off what the customer owes, if that much is owed.
    pub(super) fn owes_less(
        &mut self,
        code: &str,
        (money, currency): (i64, &str),
    ) -> Result<(), String> {
        let owed = self.customer(code)?.receivable.entry(currency.to_owned()).or_default();
        if money > *owed {
            return Err("that much is not owed".to_owned());
        }
        *owed -= money;
        Ok(())
    }

    pub(super) fn void_invoice(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        has_reason(operation)?;
        let code = text(operation, "customer");
        let mut invoice = self.invoice(code, operation)?;
        let touched = invoice.was_given_up || invoice.paid != 0 || invoice.credited != 0;
        if touched || invoice.credited_tax != 0 {
            return Err("the invoice was paid, credited or given up".to_owned());
        }
        let (currency, charged) = (invoice.currency.clone(), net(&invoice.lines));
        self.owes_less(code, (invoice.gross(), &currency))?;
        *self.customer(code)?.unbilled.entry(currency.clone()).or_default() += charged;
        let burned = std::mem::take(&mut invoice.burned);
        self.unburn_draft((code, at), &burned)?;
        self.post((code, at), "unbilled_receivable", (charged, &currency));
        self.post((code, at), invoice.tax_account, (invoice.tax, &currency));
        self.post((code, at), "accounts_receivable", (-charged - invoice.tax, &currency));
        invoice.is_void = true;
        let (period, lines) = (invoice.period, invoice.lines.clone());
        self.keep(operation, invoice)?;
        // What burned is held again, and no line of its own.
        let mut back = Draft { lines, ..Draft::default() };
        for (line, (units, money)) in self.lines_of(code, &burned) {
            add_to(&mut back.lines, line, (-units, -money));
        }
        for (held, units, _) in burned.into_iter().filter(|(_, units, _)| *units != 0) {
            *back.held.entry(held).or_default() += units;
        }
        if text(operation, "usage") == "return" {
            return self.drop_draft((code, at), (period, &currency), &back);
        }
        self.customer(code)?.draft((period, &currency), |draft| {
            for (line, sum) in back.lines {
                add_to(&mut draft.lines, line, sum);
            }
            for (held, units) in back.held {
                *draft.held.entry(held).or_default() += units;
            }
        });
        Ok(())
    }

    pub(super) fn discard_draft(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        has_reason(operation)?;
        let (period, currency, draft) = self.take_draft(operation)?;
        self.drop_draft((text(operation, "customer"), at), (period, &currency), &draft)
    }

    /// What a draft holds returns to the lots, and its overage is not charged; what a commitment earned
    /// too little stays.
    fn drop_draft(
        &mut self,
        (code, at): (&str, i64),
        (period, currency): (i64, &str),
        draft: &Draft,
    ) -> Result<(), String> {
        let of = |of: Of| draft.lines.iter().filter(move |(line, _)| line.0 == of);
        if of(Of::InvoicedBefore).next().is_some() {
            return Err("something of the draft was invoiced before".to_owned());
        }
        let overage: i64 = of(Of::Overage).map(|(_, (_, money))| money).sum();
        let open = self.customer(code)?.unbilled.entry(currency.to_owned()).or_default();
        if overage > *open {
            return Err("that much is not unbilled".to_owned());
        }
        *open -= overage;
        for (line, sum) in of(Of::TrueUp) {
            let customer = self.customer(code)?;
            customer.draft((period, currency), |stays| {
                add_to(&mut stays.lines, line.clone(), *sum);
            });
        }
        if !draft.held.is_empty() {
            self.feed(code, at)?;
        }
        for ((_, _, card, _), (units, _)) in of(Of::Overage) {
            self.forget_overage((code, period), card, *units)?;
        }
        self.return_held((code, at), period, &draft.held)?;
        self.post((code, at), "revenue_overage", (overage, currency));
        self.post((code, at), "unbilled_receivable", (-overage, currency));
        Ok(())
    }

    pub(super) fn credit_invoice(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        has_reason(operation)?;
        let code = text(operation, "customer");
        let mut invoice = self.invoice(code, operation)?;
        let (currency, charged) = (invoice.currency.clone(), net(&invoice.lines));
        let with_units = operation["with_units"] == true;
        let left = charged - invoice.credited;
        let amount = match operation["amount"].is_null() {
            true => left,
            false => {
                let scale = self.configuration.scale(&currency);
                steps(operation, "amount", scale).filter(|amount| *amount > 0).ok_or("no amount")?
            }
        };
        let nothing = amount <= 0 && !with_units;
        if nothing || amount > left || with_units && amount != left {
            return Err("that cannot be credited".to_owned());
        }
        let all = share(invoice.tax, invoice.credited + amount, charged);
        let tax = if charged == 0 { 0 } else { all - invoice.credited_tax };
        let (is_open, credit) = (invoice.open() > 0, amount + tax);
        let most = if is_open { invoice.open() } else { invoice.paid - invoice.paid_back };
        if credit > most {
            return Err("that much is neither open nor paid".to_owned());
        }
        let against = if is_open { "accounts_receivable" } else { "cash_clearing" };
        if is_open {
            self.owes_less(code, (credit, &currency))?;
        } else {
            invoice.paid_back += credit;
        }
        invoice.credited += amount;
        invoice.credited_tax += tax;
        let tax_account = invoice.tax_account;
        self.post((code, at), "contra_credit_notes", (amount, &currency));
        self.post((code, at), tax_account, (tax, &currency));
        self.post((code, at), against, (-credit, &currency));
        if with_units {
            self.feed(code, at)?;
            let burned = std::mem::take(&mut invoice.burned);
            self.unburn_draft((code, at), &burned)?;
            let held = burned.into_iter().map(|(held, units, _)| (held, units)).collect();
            self.return_held((code, at), invoice.period, &held)?;
        }
        self.keep(operation, invoice)
    }

    pub(super) fn pay_named(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        let (code, currency) = (text(operation, "customer"), text(operation, "currency"));
        let mut invoice = self.invoice(code, operation)?;
        let amount = steps(operation, "amount", self.configuration.scale(currency));
        let amount = amount.filter(|amount| *amount > 0).ok_or("no amount")?;
        let lost = invoice.lost();
        let most = if lost > 0 { lost } else { invoice.open() };
        if invoice.currency != currency || amount > most {
            return Err("that much of the invoice is not to be paid".to_owned());
        }
        invoice.paid += amount;
        self.post((code, at), "cash_clearing", (amount, currency));
        if lost > 0 {
            let gone = &mut invoice.given_up;
            gone.paid += amount;
            let tax = share(gone.tax, gone.paid, gone.gross) - gone.paid_tax;
            gone.paid_tax += tax;
            self.post((code, at), "impairment", (tax - amount, currency));
            self.post((code, at), invoice.tax_account, (-tax, currency));
        } else {
            self.owes_less(code, (amount, currency))?;
            self.post((code, at), "accounts_receivable", (-amount, currency));
        }
        self.keep(operation, invoice)
    }

    pub(super) fn write_off_invoice(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        has_reason(operation)?;
        let code = text(operation, "customer");
        let mut invoice = self.invoice(code, operation)?;
        let (open, currency) = (invoice.open(), invoice.currency.clone());
        if open <= 0 {
            return Err("nothing of the invoice is open".to_owned());
        }
        self.owes_less(code, (open, &currency))?;
        let relief = operation["tax_relief"] == true;
        let tax = if relief { share(invoice.tax, open, invoice.gross()) } else { 0 };
        invoice.given_up.gross += open;
        invoice.given_up.tax += tax;
        invoice.was_given_up = true;
        self.post((code, at), "impairment", (open - tax, &currency));
        self.post((code, at), invoice.tax_account, (tax, &currency));
        self.post((code, at), "accounts_receivable", (-open, &currency));
        self.keep(operation, invoice)
    }

    /// What was invoiced without naming a period is taken off the drafts, the oldest first, none below
    /// zero.
    pub(super) fn billed_before(&mut self, code: &str, currency: &str, amount: i64) {
        let Some(customer) = self.customers.get_mut(code) else { return };
        let line: Line = (Of::InvoicedBefore, String::new(), String::new(), currency.to_owned());
        let mut left = amount;
        for (period, of) in customer.drafts.keys().cloned().collect::<Vec<_>>() {
            let charged = customer.drafts.get(&(period, of.clone())).map_or(0, |d| net(&d.lines));
            let part = left.min(charged);
            if of == currency && part > 0 {
                customer.draft((period, currency), |draft| {
                    add_to(&mut draft.lines, line.clone(), (0, -part));
                });
                left -= part;
            }
        }
    }
}
