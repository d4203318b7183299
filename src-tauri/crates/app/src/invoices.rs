//! Invoices of a customer: the draft of each billing period, and those that are final, as the book
//! keeps them.

use scrip_engine::invoice::{Invoice, Line, LineOf};
use scrip_store::LedgerStore;
use scrip_units::{CustomerCode, Date, InvoiceNumber, Unit, format_steps};
use serde::Serialize;

use crate::error::AppError;
use crate::query::{book_of, catalog};
use crate::workspace::Workspace;

/// A line of an invoice.
#[derive(Debug, Clone, Serialize)]
pub struct LineView {
    /// `covered`, `overage`, `true_up` or `invoiced_before`.
    pub of: &'static str,
    /// The wallet that covered it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wallet: Option<String>,
    /// The rate card.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card: Option<String>,
    /// Units.
    pub units: String,
    /// Their unit.
    pub unit: String,
    /// Value of what was covered, in the invoice's currency: the revenue it was.
    pub value: String,
    /// What is charged.
    pub charged: String,
}

/// An invoice, or a draft.
#[derive(Debug, Clone, Serialize)]
pub struct InvoiceView {
    /// Its number; absent for a draft.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice: Option<String>,
    /// `draft`, `open`, `paid`, `credited` or `void`.
    pub state: &'static str,
    /// First day of the billing period.
    pub period: String,
    /// Last day of the billing period.
    pub through: String,
    /// When it was made final.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Currency.
    pub currency: String,
    /// What the lines charge.
    pub net: String,
    /// Tax.
    pub tax: String,
    /// Net and tax.
    pub total: String,
    /// Paid by payments that name it.
    pub paid: String,
    /// Credited, tax included.
    pub credited: String,
    /// What of the credit was paid back.
    pub paid_back: String,
    /// Still to be paid.
    pub open: String,
    /// Lines.
    pub lines: Vec<LineView>,
}

/// Invoices of a customer.
#[derive(Debug, Clone, Serialize)]
pub struct InvoicesView {
    /// The customer.
    pub customer: String,
    /// Final invoices in the order in which they became final, then drafts by period.
    pub invoices: Vec<InvoiceView>,
}

/// Which of a customer's invoices are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// All, drafts included.
    All,
    /// Drafts; only that of the billing period with this day, if one is given.
    Drafts(Option<Date>),
    /// The one with this number.
    Number(InvoiceNumber),
}

/// Invoices of a customer.
///
/// # Errors
/// [`AppError::UnknownCustomer`], or the store's.
pub async fn invoices<S: LedgerStore>(
    workspace: &Workspace<S>,
    customer: &CustomerCode,
    wanted: &Wanted,
) -> Result<InvoicesView, AppError> {
    let catalog = catalog(workspace).await?;
    let unknown = || AppError::UnknownCustomer { customer: customer.clone() };
    let billing_day = catalog.customer(customer).ok_or_else(unknown)?.billing_day;
    let book = book_of(workspace, customer).await?;
    let mut finals: Vec<_> = book.invoices.iter().collect();
    finals.sort_by_key(|(number, invoice)| (invoice.at, *number));
    let mut views = Vec::new();
    for (number, invoice) in finals {
        let is_wanted = match wanted {
            Wanted::All => true,
            Wanted::Drafts(_) => false,
            Wanted::Number(wanted) => wanted == number,
        };
        if is_wanted {
            views.push(final_view(
                number,
                invoice,
                &lines(&invoice.lines, invoice.currency.0, |unit| catalog.unit(unit)),
            ));
        }
    }
    for ((first, currency), draft) in &book.drafts {
        let period = scrip_units::BillingPeriod::containing(*first, billing_day);
        let is_wanted = match wanted {
            Wanted::All | Wanted::Drafts(None) => true,
            Wanted::Drafts(Some(day)) => (period.first_day..period.end_day).contains(day),
            Wanted::Number(_) => false,
        };
        let Some(currency) = catalog.unit(*currency).filter(|_| is_wanted) else { continue };
        let text = |steps: i64| format_steps(i128::from(steps), currency.scale());
        views.push(InvoiceView {
            invoice: None,
            state: "draft",
            period: first.to_string(),
            through: day_before(period.end_day),
            at: None,
            currency: currency.code().to_string(),
            net: text(draft.net()),
            tax: text(0),
            total: text(draft.net()),
            paid: text(0),
            credited: text(0),
            paid_back: text(0),
            open: text(0),
            lines: lines(&book.lines_of_draft(draft), currency, |unit| catalog.unit(unit)),
        });
    }
    Ok(InvoicesView { customer: customer.to_string(), invoices: views })
}

fn day_before(day: Date) -> String {
    day.pred_opt().unwrap_or(day).to_string()
}

fn final_view(number: &InvoiceNumber, invoice: &Invoice, lines: &[LineView]) -> InvoiceView {
    let text = |steps: i64| format_steps(i128::from(steps), invoice.currency.0.scale());
    InvoiceView {
        invoice: Some(number.to_string()),
        state: invoice.state(),
        period: invoice.period.to_string(),
        through: day_before(invoice.period_end),
        at: Some(invoice.at.to_string()),
        currency: invoice.currency.0.code().to_string(),
        net: text(invoice.net),
        tax: text(invoice.tax),
        total: text(invoice.gross()),
        paid: text(invoice.paid),
        credited: text(invoice.credited + invoice.credited_tax),
        paid_back: text(invoice.paid_back),
        open: text(invoice.open()),
        lines: lines.to_vec(),
    }
}

fn lines(
    lines: &[Line],
    currency: Unit,
    unit_of: impl Fn(scrip_units::UnitCode) -> Option<Unit>,
) -> Vec<LineView> {
    let money = |steps: i64| format_steps(i128::from(steps), currency.scale());
    let view = |line: &Line| {
        let unit = unit_of(line.key.unit).unwrap_or(currency);
        let (of, value, charged) = match line.key.of {
            LineOf::Covered => ("covered", line.money, 0),
            LineOf::Overage => ("overage", line.money, line.money),
            LineOf::TrueUp => ("true_up", 0, line.money),
            LineOf::InvoicedBefore => ("invoiced_before", 0, line.money),
        };
        LineView {
            of,
            wallet: line.key.wallet.as_ref().map(ToString::to_string),
            card: line.key.card.as_ref().map(ToString::to_string),
            units: format_steps(i128::from(line.units), unit.scale()),
            unit: unit.code().to_string(),
            value: money(value),
            charged: money(charged),
        }
    };
    lines.iter().map(view).collect()
}
