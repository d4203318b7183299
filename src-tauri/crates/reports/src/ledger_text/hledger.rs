//! The journal format of hledger.

use std::collections::BTreeSet;
use std::io::Write;

use scrip_journal::{Account, Entry, Posting};
use scrip_units::UnitCode;

use super::LedgerTextHeader;
use super::names::{escaped, hledger_commodity, lower_path, one_line};
use crate::error::ExportError;

/// Writes an hledger journal entry by entry.
///
/// `hledger check --strict` accepts it: every account and commodity is declared. The payee is the
/// customer, the note the kind and the memo, in which a `;` becomes a `,` because it would begin a
/// comment. The customer and the values of tags are written with `, ; ( ) | " % \` and control
/// characters as `%2C` and so on, so that nothing of them is lost.
pub struct Hledger<W: Write> {
    target: W,
    units: BTreeSet<UnitCode>,
}

impl<W: Write> Hledger<W> {
    /// Starts a journal with its declarations.
    ///
    /// # Errors
    /// [`ExportError::Io`].
    pub fn try_new(mut target: W, header: &LedgerTextHeader) -> Result<Self, ExportError> {
        writeln!(target, "; {}", one_line(&header.entity))?;
        writeln!(target, "; {}", one_line(&header.provenance))?;
        writeln!(target, "\ndecimal-mark .\n")?;
        for unit in &header.units {
            // The mark is required even where there are no decimals.
            let decimals = "0".repeat(usize::from(unit.scale().decimals()));
            writeln!(target, "commodity 1000.{decimals} {}", hledger_commodity(unit.code()))?;
        }
        writeln!(target)?;
        for account in Account::ALL {
            writeln!(
                target,
                "account {}  ; {}, {}",
                lower_path(*account),
                one_line(header.accounts.number(*account)),
                one_line(header.accounts.name(*account))
            )?;
        }
        Ok(Self { target, units: header.units.iter().map(|unit| unit.code()).collect() })
    }

    /// Writes an entry.
    ///
    /// # Errors
    /// [`ExportError::Io`]; [`ExportError::Unit`] when a unit was not in the header.
    pub fn entry(&mut self, entry: &Entry) -> Result<(), ExportError> {
        let body = &entry.body;
        let customer = escaped(entry.customer.as_str());
        write!(
            self.target,
            "\n{} * ({}) {customer} | {}",
            body.booked_on, entry.number, body.kind
        )?;
        if !body.memo.is_empty() {
            write!(self.target, ": {}", one_line(&body.memo).replace(';', ","))?;
        }
        writeln!(self.target)?;
        writeln!(
            self.target,
            "    ; customer:{customer}, operation:{}, hash:{}",
            escaped(body.operation.as_str()),
            entry.hash
        )?;
        for posting in &body.postings {
            super::known(&self.units, entry, posting)?;
            writeln!(
                self.target,
                "    {}  {} {}{}",
                lower_path(posting.account),
                posting.amount.to_decimal_string(),
                hledger_commodity(posting.amount.unit().code()),
                tags(posting)
            )?;
        }
        Ok(())
    }

    /// Ends the journal and gives the target back.
    ///
    /// # Errors
    /// [`ExportError::Io`].
    pub fn finish(mut self) -> Result<W, ExportError> {
        self.target.flush()?;
        Ok(self.target)
    }
}

fn tags(posting: &Posting) -> String {
    let tags: Vec<String> = super::facets(posting)
        .into_iter()
        .map(|(name, value)| format!("{name}:{}", escaped(&value)))
        .collect();
    if tags.is_empty() { String::new() } else { format!("  ; {}", tags.join(", ")) }
}
