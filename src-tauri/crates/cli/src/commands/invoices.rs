//! `invoice list`, `show`, `draft`, `finalize`, `void`, `discard`, `credit`, `write-off`.

use scrip_app::AppError;
use scrip_app::invoices::{InvoiceView, InvoicesView, Wanted, invoices};
use scrip_store::Mode as Access;
use scrip_units::InvoiceNumber;

use super::corrections::{flags, members, one};
use super::inspect::{optional_day, parse};
use super::{close, open};
use crate::args::Args;
use crate::args::invoices::InvoiceCommand;
use crate::failure::Failure;
use crate::output::Output;
use crate::text::grid;

pub(crate) async fn run(
    args: &Args,
    command: &InvoiceCommand,
    out: &mut Output,
) -> Result<(), Failure> {
    match command {
        InvoiceCommand::List(list) => {
            let view = view(args, (list.of.code(), &Wanted::All), out).await?;
            print_list(&view, out);
            out.result(&view);
            Ok(())
        }
        InvoiceCommand::Show(show) => {
            let number: InvoiceNumber = parse("invoice", &show.invoice)?;
            let wanted = Wanted::Number(number.clone());
            let view = view(args, (show.of.code(), &wanted), out).await?;
            let Some(invoice) = view.invoices.first() else {
                let customer = parse("customer", show.of.code())?;
                return Err(AppError::UnknownInvoice { customer, invoice: number }.into());
            };
            print_invoice(invoice, out);
            out.result(invoice);
            Ok(())
        }
        InvoiceCommand::Draft(draft) => {
            let day = optional_day("period", draft.period.as_ref())?;
            let view = view(args, (draft.of.code(), &Wanted::Drafts(day)), out).await?;
            if view.invoices.is_empty() {
                out.line("There is no draft.");
            }
            for invoice in &view.invoices {
                print_invoice(invoice, out);
            }
            out.result(&view);
            Ok(())
        }
        InvoiceCommand::Finalize(finalize) => {
            let members = members([
                ("period", Some(&finalize.period)),
                ("currency", finalize.currency.as_ref()),
                ("number", finalize.number.as_ref()),
                ("tax", finalize.tax.as_ref()),
            ]);
            one(args, ("finalize_invoice", &finalize.by_hand), members, out).await
        }
        InvoiceCommand::Void(void) => {
            let members =
                members([("invoice", Some(&void.invoice)), ("usage", void.usage.as_ref())]);
            one(args, ("void_invoice", &void.by_hand), members, out).await
        }
        InvoiceCommand::Discard(discard) => {
            let members = members([
                ("period", Some(&discard.period)),
                ("currency", discard.currency.as_ref()),
            ]);
            one(args, ("discard_draft", &discard.by_hand), members, out).await
        }
        InvoiceCommand::Credit(credit) => {
            let mut members = members([
                ("invoice", credit.which.invoice.as_ref()),
                ("lot", credit.which.lot.as_ref()),
                ("amount", credit.amount.as_ref()),
            ]);
            flags(&mut members, [("with_units", credit.with_units)]);
            one(args, ("credit_note", &credit.by_hand), members, out).await
        }
        InvoiceCommand::WriteOff(given_up) => {
            let which = &given_up.which;
            let mut members =
                members([("invoice", which.invoice.as_ref()), ("lot", which.lot.as_ref())]);
            flags(&mut members, [("tax_relief", given_up.tax_relief)]);
            one(args, ("write_off", &given_up.by_hand), members, out).await
        }
    }
}

async fn view(
    args: &Args,
    (customer, wanted): (&str, &Wanted),
    out: &mut Output,
) -> Result<InvoicesView, Failure> {
    let books = open(args, Access::ReadOnly).await?;
    let view = invoices(&books, &parse("customer", customer)?, wanted).await?;
    close(books, out).await;
    Ok(view)
}

fn name(invoice: &InvoiceView) -> String {
    invoice.invoice.clone().unwrap_or_else(|| "draft".to_owned())
}

fn print_list(view: &InvoicesView, out: &mut Output) {
    if view.invoices.is_empty() {
        return out.line(format!("{} has no invoices.", view.customer));
    }
    let rows: Vec<_> = view
        .invoices
        .iter()
        .map(|invoice| {
            vec![
                name(invoice),
                invoice.period.clone(),
                invoice.through.clone(),
                invoice.net.clone(),
                invoice.tax.clone(),
                invoice.total.clone(),
                invoice.open.clone(),
                invoice.currency.clone(),
                invoice.state.to_owned(),
            ]
        })
        .collect();
    let headings = ["Invoice", "From", "Through", "Net", "Tax", "Total", "Open", "", "State"];
    grid(out, &headings, &[3, 4, 5, 6], &rows);
}

fn print_invoice(invoice: &InvoiceView, out: &mut Output) {
    let heading = match (&invoice.invoice, &invoice.at) {
        (Some(number), Some(at)) => format!("Invoice {number} of {at}, {}", invoice.state),
        _ => "Draft invoice".to_owned(),
    };
    out.line(format!("{heading}: {} to {}", invoice.period, invoice.through));
    out.line("");
    let rows: Vec<_> = invoice
        .lines
        .iter()
        .map(|line| {
            vec![
                line.of.replace('_', " "),
                line.wallet.clone().unwrap_or_default(),
                line.card.clone().unwrap_or_default(),
                line.units.clone(),
                line.unit.clone(),
                line.value.clone(),
                line.charged.clone(),
            ]
        })
        .collect();
    let charged = format!("Charged {}", invoice.currency);
    let value = format!("Value {}", invoice.currency);
    let headings = ["Line", "Wallet", "Rate card", "Units", "Unit", &value, &charged];
    grid(out, &headings, &[3, 5, 6], &rows);
    out.line("");
    let (net, tax, total) = (&invoice.net, &invoice.tax, &invoice.total);
    out.line(format!("Net {net}, tax {tax}, total {total} {}", invoice.currency));
    if invoice.invoice.is_some() {
        out.line(format!(
            "Paid {}, credited {} (paid back {}), open {} {}",
            invoice.paid, invoice.credited, invoice.paid_back, invoice.open, invoice.currency
        ));
    }
}
