//! The ledger format of Beancount 3.

use std::collections::BTreeSet;
use std::io::Write;

use scrip_journal::{Account, Entry};
use scrip_units::UnitCode;

use super::LedgerTextHeader;
use super::names::{beancount_currency, one_line, path};
use crate::error::ExportError;

/// The day from which accounts and units exist: before anything can be booked.
const FIRST_DAY: &str = "1970-01-01";

/// Writes a Beancount ledger entry by entry.
///
/// Units are named as [`beancount_currency`] says; a `commodity` directive with `name` gives the
/// code back.
pub struct Beancount<W: Write> {
    target: W,
    units: BTreeSet<UnitCode>,
}

impl<W: Write> Beancount<W> {
    /// Starts a ledger with its options, commodities and accounts.
    ///
    /// # Errors
    /// [`ExportError::Io`].
    pub fn try_new(mut target: W, header: &LedgerTextHeader) -> Result<Self, ExportError> {
        writeln!(target, "; {}", one_line(&header.provenance))?;
        writeln!(target, "option \"title\" {}", quoted(&header.entity))?;
        writeln!(
            target,
            "option \"operating_currency\" \"{}\"\n",
            beancount_currency(header.currency)
        )?;
        for unit in &header.units {
            let code = unit.code();
            writeln!(target, "{FIRST_DAY} commodity {}", beancount_currency(code))?;
            writeln!(target, "  name: {}", quoted(code.as_str()))?;
            writeln!(target, "  decimals: {}", unit.scale().decimals())?;
        }
        writeln!(target)?;
        for account in Account::ALL {
            writeln!(target, "{FIRST_DAY} open {}", path(*account))?;
            writeln!(target, "  number: {}", quoted(header.accounts.number(*account)))?;
            writeln!(target, "  name: {}", quoted(header.accounts.name(*account)))?;
        }
        Ok(Self { target, units: header.units.iter().map(|unit| unit.code()).collect() })
    }

    /// Writes an entry.
    ///
    /// # Errors
    /// [`ExportError::Io`]; [`ExportError::Unit`] when a unit was not in the header.
    pub fn entry(&mut self, entry: &Entry) -> Result<(), ExportError> {
        let body = &entry.body;
        writeln!(
            self.target,
            "\n{} * {} {}",
            body.booked_on,
            quoted(entry.customer.as_str()),
            quoted(&body.memo)
        )?;
        writeln!(self.target, "  kind: \"{}\"", body.kind)?;
        writeln!(self.target, "  customer: {}", quoted(entry.customer.as_str()))?;
        writeln!(self.target, "  entry: {}", entry.number)?;
        writeln!(self.target, "  operation: {}", quoted(body.operation.as_str()))?;
        writeln!(self.target, "  hash: \"{}\"", entry.hash)?;
        for posting in &body.postings {
            super::known(&self.units, entry, posting)?;
            writeln!(
                self.target,
                "  {}  {} {}",
                path(posting.account),
                posting.amount.to_decimal_string(),
                beancount_currency(posting.amount.unit().code())
            )?;
            for (name, value) in super::facets(posting) {
                if name == super::SERVICE_DAY {
                    writeln!(self.target, "    {name}: {value}")?;
                } else {
                    writeln!(self.target, "    {name}: {}", quoted(&value))?;
                }
            }
        }
        Ok(())
    }

    /// Ends the ledger and gives the target back.
    ///
    /// # Errors
    /// [`ExportError::Io`].
    pub fn finish(mut self) -> Result<W, ExportError> {
        self.target.flush()?;
        Ok(self.target)
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", one_line(text).replace('\\', "\\\\").replace('"', "\\\""))
}
