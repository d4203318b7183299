//! The oracle: an independent model, written for clarity, that works in the plainest way the guides
//! can be read.
//!
//! It reads the same documents as the engine - the configuration and the operations in their JSON
//! form - and shares no code with it: it has its own fractions, its own calendar, its own tiers, its
//! own draw order and its own books. Prices are fractions; what a period costs is computed from all
//! the events of the period; every chunk of a charge sorts all lots anew; nothing is prepared,
//! cached or kept in a counter.
//!
//! Every mechanism is a file with its own steps:
//! - [`calendar`], [`fraction`], `reading`: days and zones, exact numbers, texts;
//! - [`configuration`], `configure`: what is in force, and what may follow it;
//! - [`pricing`], `counting`, `usage`, `draw`, `burns`, `posted`: what usage costs, who pays it, up to
//!   when it is posted;
//! - `honoured`: lots that keep the rates at which they were bought;
//! - `conversions`, `crossing`, `exchange`: from unit to unit, by factors and by rates of days;
//! - `giving_back`: what turns out cheaper;
//! - `grants`, `payments`, `releases`: what comes in, what is owed, what leaves unused;
//! - `refunds`, `disputes`, `adjustments`: what is paid back, what a bank takes, what is put right;
//! - [`drafts`], [`invoices`], `purchases`: what is invoiced, credited, given up and paid after all;
//! - `extension`: more time for a lot, before and after its end;
//! - `ends`: when lots end, with contracts and as long as wallets are used;
//! - `periods`: what is closed;
//! - [`alerts`], [`costs`]: what an operator is told of, and what usage costs to deliver;
//! - `schedule`, `rollover`: what falls due by itself;
//! - `overdraft`, `limits`: what wallets owe, and what members, teams and customers may use;
//! - `plans`, `charges`: grants and fees on a calendar;
//! - `commitments`, `minimums`: what is to be earned at least;
//! - `reversals`: usage that is taken back;
//! - `top_ups`: wallets that buy units;
//! - `moving`: what goes to another wallet or customer;
//! - `holds`: what is reserved for work in progress;
//! - [`compare`]: holds a ledger against the books.

mod adjustments;
pub mod alerts;
pub mod books;
mod burns;
pub mod calendar;
mod charges;
mod commitments;
pub mod compare;
mod compare_invoices;
pub mod configuration;
mod configure;
mod conversions;
pub mod costs;
mod counting;
mod crossing;
mod disputes;
pub mod drafts;
mod draw;
mod ends;
mod exchange;
mod extension;
pub mod fraction;
mod giving_back;
mod grants;
mod holds;
mod honoured;
pub mod invoices;
mod limits;
mod minimums;
mod moving;
mod overdraft;
mod payments;
mod periods;
mod plans;
mod posted;
pub mod pricing;
mod purchases;
mod reading;
mod refunds;
mod releases;
mod reversals;
mod rollover;
mod schedule;
mod top_ups;
mod usage;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

pub use books::Books;
pub use compare::compare;
pub use reading::instant;

/// What an operation did besides moving units and money.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effect {
    /// Events that were refused, by their row, and why.
    pub refused: Vec<(usize, &'static str)>,
    /// Events that were known.
    pub duplicates: u64,
}

impl Books {
    /// Books without a history.
    ///
    /// # Errors
    /// As [`configuration::Configuration::read`].
    pub fn open(document: &Value) -> Result<Self, String> {
        Ok(Self {
            configuration: configuration::Configuration::read(document)?,
            customers: BTreeMap::new(),
            money: BTreeMap::new(),
            closed: None,
            posted_until: None,
            moves: BTreeMap::new(),
            correction: None,
            waits: BTreeSet::new(),
            burned: BTreeMap::new(),
            told: Vec::new(),
            published: BTreeMap::new(),
        })
    }

    /// Applies an operation; one that is refused changes nothing.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn apply(&mut self, operation: &Value) -> Result<Effect, String> {
        let mut next = self.clone();
        next.waits.clear();
        let effect = next.step(operation)?;
        *self = next;
        Ok(effect)
    }

    fn step(&mut self, operation: &Value) -> Result<Effect, String> {
        let at = reading::instant(reading::text(operation, "at")).ok_or("no instant")?;
        self.is_there(operation, at)?;
        let done = match reading::text(operation, "op") {
            "record_usage" | "post_usage" => return self.usage(operation),
            "reverse_usage" => self.reverse_usage(operation, at),
            "place_hold" => return self.place_hold(operation, at),
            "capture_hold" => return self.capture_hold(operation, at),
            "release_hold" => return self.release_hold(operation, at),
            "grant_credits" => self.grant(operation, at),
            "subscribe" => self.subscribe(operation, at),
            "cancel_subscription" => self.cancel_subscription(operation, at),
            "complete_setup" => self.complete_setup(operation, at),
            "refund_charge" => self.refund_charge(operation, at),
            "agree_commitment" => self.agree_commitment(operation, at),
            "set_top_up" => self.set_top_up(operation, at),
            "top_up" => self.top_up_by_hand(operation, at),
            "cancel_top_up" => self.cancel_top_up(operation),
            "receive_payment" if operation["top_up"].is_string() => self.top_up_paid(operation, at),
            "receive_payment" if operation["invoice"].is_string() => self.pay_named(operation, at),
            "receive_payment" if operation["lot"].is_string() => self.pay_purchase(operation, at),
            "receive_payment" => self.receive_payment(operation, at),
            "finalize_invoice" => self.finalize_invoice(operation, at),
            "void_invoice" => self.void_invoice(operation, at),
            "discard_draft" => self.discard_draft(operation, at),
            "credit_note" if operation["lot"].is_string() => self.credit_purchase(operation, at),
            "credit_note" => self.credit_invoice(operation, at),
            "write_off" if operation["lot"].is_string() => self.write_off_purchase(operation, at),
            "write_off" => self.write_off_invoice(operation, at),
            "invoice_overage" => self.invoice_overage(operation, at),
            "expire_lots" | "run_schedule" => self.run_schedule(operation, at),
            "refund_grant" => self.refund(operation, at),
            "void_lot" => self.void(operation, at),
            "transfer_units" => self.transfer(operation, at),
            "convert_units" => self.convert_units(operation, at),
            "adjust_balance" => self.adjust(operation, at),
            "chargeback" => self.chargeback(operation, at),
            "win_chargeback" => self.win_chargeback(operation, at),
            "close_period" => self.close(operation, at),
            "set_contract_end" => self.set_contract_end(operation, at),
            "extend_lot" => self.extend(operation, at),
            "reinstate_lot" => self.reinstate(operation, at),
            "import_exchange_rates" => self.import_rates(operation),
            "apply_configuration" => self.configure(operation),
            other => Err(format!("the oracle knows no {other}")),
        };
        done.map(|()| Effect::default())
    }

    /// Nothing is done about a lot on a day before the one since which it is there.
    fn is_there(&self, operation: &Value, at: i64) -> Result<(), String> {
        let Some(customer) = self.customers.get(reading::text(operation, "customer")) else {
            return Ok(());
        };
        let lot = customer.lots.iter().find(|lot| operation["lot"] == lot.id.as_str());
        match lot {
            Some(lot) if self.configuration.zone.day_of(at) < lot.there => {
                Err("the lot is not there yet".to_owned())
            }
            _ => Ok(()),
        }
    }
}
