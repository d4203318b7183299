//! Holds the drafts and invoices of a ledger against the oracle's.

use std::collections::BTreeMap;
use std::fmt::Debug;

use scrip_engine::CustomerBook;
use scrip_engine::invoice::{self, DraftInvoice, HeldUsage, LineOf};
use scrip_wallet::TaxKind;

use super::books::Customer;
use super::drafts::{Draft, HeldFor, Lines, Of};
use super::invoices::{GivenUp, Invoice};
use super::reading::day;

/// Compares drafts with what they hold, and final invoices with what became of them.
///
/// # Errors
/// What differs.
pub(super) fn invoices(found: &CustomerBook, expected: &Customer) -> Result<(), String> {
    let drafts = found.drafts.iter().map(|((period, currency), found)| {
        Some(((day(&period.to_string())?, currency.to_string()), draft(found)?))
    });
    let drafts = drafts.collect::<Option<_>>().ok_or("no such day")?;
    same("draft", &drafts, &expected.drafts)?;
    let invoices = found.invoices.iter();
    let invoices = invoices.map(|(number, found)| Some((number.to_string(), invoice(found)?)));
    let invoices = invoices.collect::<Option<_>>().ok_or("no such day")?;
    same("invoice", &invoices, &expected.invoices)
}

fn same<K: Ord + Debug, V: PartialEq + Debug>(
    what: &str,
    found: &BTreeMap<K, V>,
    expected: &BTreeMap<K, V>,
) -> Result<(), String> {
    let both = found.keys().chain(expected.keys());
    let mut differing = both.filter(|key| found.get(key) != expected.get(key));
    match differing.next() {
        None => Ok(()),
        Some(key) => {
            let (found, expected) = (found.get(key), expected.get(key));
            Err(format!("{what} {key:?} is\n{found:#?}\nthe oracle says\n{expected:#?}"))
        }
    }
}

fn lines(found: &[invoice::Line]) -> Lines {
    let line = |line: &invoice::Line| {
        let key = &line.key;
        let of = match key.of {
            LineOf::Covered => Of::Covered,
            LineOf::Overage => Of::Overage,
            LineOf::TrueUp => Of::TrueUp,
            LineOf::InvoicedBefore => Of::InvoicedBefore,
        };
        let wallet = key.wallet.as_ref().map_or(String::new(), ToString::to_string);
        let card = key.card.as_ref().map_or(String::new(), ToString::to_string);
        ((of, wallet, card, key.unit.to_string()), (line.units, line.money))
    };
    found.iter().map(line).collect()
}

fn held(found: &HeldUsage) -> Option<HeldFor> {
    let rate = found.rate.as_ref();
    Some(HeldFor {
        day: day(&found.day.to_string())?,
        lot: found.lot.to_string(),
        rate: rate.map(|r| (r.card.to_string(), i64::from(r.version), r.rate.to_string())),
        dimensions: found.dimensions.clone(),
    })
}

fn draft(found: &DraftInvoice) -> Option<Draft> {
    let of = found.held.iter().map(|usage| Some((held(usage)?, usage.units)));
    Some(Draft { lines: lines(&found.lines), held: of.collect::<Option<_>>()? })
}

fn invoice(found: &invoice::Invoice) -> Option<Invoice> {
    let burned = found.burned.iter();
    let burned = burned.map(|part| Some((held(&part.usage)?, part.usage.units, part.money)));
    let given_up = found.written_off.map_or(GivenUp::default(), |lost| GivenUp {
        gross: lost.gross,
        tax: lost.tax,
        paid: lost.recovered,
        paid_tax: lost.recovered_tax,
    });
    Some(Invoice {
        period: day(&found.period.to_string())?,
        currency: found.currency.0.code().to_string(),
        at: found.at.micros() / 1_000_000,
        lines: lines(&found.lines),
        tax: found.tax,
        tax_account: match found.tax_kind {
            TaxKind::Vat => "vat_output_payable",
            TaxKind::SalesTax => "sales_tax_payable",
        },
        paid: found.paid,
        credited: found.credited,
        credited_tax: found.credited_tax,
        paid_back: found.paid_back,
        given_up,
        was_given_up: found.written_off.is_some(),
        burned: burned.collect::<Option<_>>()?,
        is_void: found.voided_at.is_some(),
    })
}
