//! The book: the configuration in force and the state of customers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use scrip_catalog::Catalog;
use scrip_journal::{Chain, Draft, Entry, EntryError};
use scrip_rating::{Counter, ExchangeRates, Rater};
use scrip_units::{
    CardCode, ConversionCode, CustomerCode, Date, EventKey, HoldId, Instant, InvoiceNumber, LotId,
    OperationId, RateCode, UnitCode, WalletCode,
};
use scrip_wallet::{Burned, Hold, Lot, Wallet};
use serde::{Deserialize, Serialize};

use crate::alerts::AlertState;
use crate::charges::Charges;
use crate::commitment::{self, Commitment};
use crate::exchange;
use crate::invoice::{DraftInvoice, Invoice};
use crate::limits::SpentKey;
use crate::minimum::UsedCard;
use crate::overdraft::Overdrawn;
use crate::period;
use crate::rejection::Rejection;
use crate::schedule::{self, Due};
use crate::subscription::Subscriptions;
use crate::top_up::TopUpsByWallet;

/// The configuration in force and the customers that are loaded. A caller loads every customer
/// that an operation concerns before it applies it.
#[derive(Debug, Clone)]
pub struct Book {
    /// The configuration.
    pub catalog: Arc<Catalog>,
    /// Its rates, ready to calculate.
    pub rater: Arc<Rater>,
    /// The latest instant up to which usage has been posted; new prices may not reach behind it.
    pub posted_until: Option<Instant>,
    /// The last day that is closed: nothing is booked on it or before it any more.
    pub closed_through: Option<Date>,
    /// The customers.
    pub customers: BTreeMap<CustomerCode, CustomerBook>,
    exchange: Arc<ExchangeRates>,
}

fn check_accounts(catalog: &Catalog) -> Result<(), Rejection> {
    let checked = crate::accounts::account_names(catalog.document());
    checked.map(drop).map_err(|problems| Rejection::Configuration { problems })
}

impl Book {
    /// A book without customers' state.
    ///
    /// # Errors
    /// [`Rejection::Card`] when a rate's numbers cannot be kept exactly, [`Rejection::Configuration`] for
    /// an account that the chart does not have.
    pub fn new(catalog: Arc<Catalog>) -> Result<Self, Rejection> {
        check_accounts(&catalog)?;
        let rater =
            Rater::compile(&catalog).map_err(|(path, source)| Rejection::Card { path, source })?;
        Ok(Self {
            catalog,
            rater: Arc::new(rater),
            posted_until: None,
            closed_through: None,
            customers: BTreeMap::new(),
            exchange: Arc::default(),
        })
    }

    /// The exchange rates that are known.
    #[must_use]
    pub fn exchange(&self) -> &Arc<ExchangeRates> {
        &self.exchange
    }

    /// Puts exchange rates into the book, in the place of those that were known.
    ///
    /// # Errors
    /// [`Rejection::Card`], never for a catalog that is in force.
    pub fn know_exchange_rates(&mut self, rates: Arc<ExchangeRates>) -> Result<(), Rejection> {
        self.rater = Arc::new(exchange::rater(&self.catalog, Arc::clone(&rates))?);
        self.exchange = rates;
        Ok(())
    }

    /// Puts another configuration into force without asking whether it may follow the one before: for
    /// replays of a ledger under changed configurations.
    ///
    /// # Errors
    /// [`Rejection::Card`] when a rate's numbers cannot be kept exactly; the book is then as it was.
    pub fn reconfigure(&mut self, catalog: Arc<Catalog>) -> Result<(), Rejection> {
        check_accounts(&catalog)?;
        self.rater = Arc::new(exchange::rater(&catalog, Arc::clone(&self.exchange))?);
        self.catalog = catalog;
        Ok(())
    }

    /// Puts a customer's state into the book, which tells it what is closed.
    pub fn load(&mut self, mut customer: CustomerBook) {
        customer.closed_through = self.closed_through;
        self.customers.insert(customer.customer.clone(), customer);
    }

    /// Closes everything through a day, for every customer that is loaded or will be.
    pub fn close(&mut self, through: Option<Date>) {
        self.closed_through = through;
        for customer in self.customers.values_mut() {
            customer.closed_through = through;
        }
    }

    /// A customer's state; a new customer's if none is loaded.
    pub(crate) fn customer_mut(
        &mut self,
        code: &CustomerCode,
    ) -> Result<&mut CustomerBook, Rejection> {
        if self.catalog.customer(code).is_none() {
            return Err(Rejection::UnknownCustomer { customer: code.clone() });
        }
        let new = self.new_customer(code);
        Ok(self.customers.entry(code.clone()).or_insert(new))
    }

    /// A customer without history, who knows what is closed.
    pub(crate) fn new_customer(&self, code: &CustomerCode) -> CustomerBook {
        CustomerBook { closed_through: self.closed_through, ..CustomerBook::new(code.clone()) }
    }
}

/// What a counter counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Quantity and charge of a rate.
    Charge {
        /// Card.
        card: CardCode,
        /// Row; the same from version to version.
        rate: RateCode,
    },
    /// Quantity converted for a rate.
    Conversion {
        /// Conversion.
        conversion: ConversionCode,
        /// Card.
        card: CardCode,
        /// Row.
        rate: RateCode,
    },
    /// Uncovered units and money of a rate.
    Overage {
        /// Card.
        card: CardCode,
        /// Row.
        rate: RateCode,
        /// Currency in which it is charged; none for a rate without overage.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        currency: Option<UnitCode>,
    },
}

impl Subject {
    /// The card and row whose counter it is.
    #[must_use]
    pub fn rate(&self) -> (&CardCode, &RateCode) {
        match self {
            Self::Charge { card, rate }
            | Self::Conversion { card, rate, .. }
            | Self::Overage { card, rate, .. } => (card, rate),
        }
    }
}

/// A counter's name: what it counts in which billing period.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CounterKey {
    /// First day of the billing period.
    pub period: Date,
    /// What it counts.
    pub subject: Subject,
}

/// Where units of a charge came from, in the order they were drawn: a lower price for units already
/// charged, or the reversal of an event, gives them back in reverse order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drawn {
    /// The lot; none for overage and for overdrafts.
    pub lot: Option<LotId>,
    /// Units.
    pub units: i64,
    /// The wallet that was overdrawn by them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overdrawn: Option<WalletCode>,
    /// For overage the version of the card at whose price it was charged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// Drawn at a price that does not look back: no lower tier gives these units back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub forward: bool,
    /// The lot repaid an overdraft that was drawn.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub repaid: bool,
}

/// The state of one customer: everything the engine needs to decide the next operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerBook {
    /// The customer.
    pub customer: CustomerCode,
    /// Head of the customer's chain of entries.
    pub chain: Chain,
    /// Wallets by code.
    pub wallets: BTreeMap<WalletCode, Wallet>,
    /// Lots in the order they were granted.
    pub lots: Vec<Lot>,
    /// Counters of billing periods.
    #[serde(with = "pairs")]
    pub counters: BTreeMap<CounterKey, Counter>,
    /// Draws of rates.
    #[serde(with = "pairs")]
    pub draws: BTreeMap<CounterKey, Vec<Drawn>>,
    /// Overage money of each billing period, by first day and currency.
    #[serde(with = "pairs")]
    pub overage: BTreeMap<(Date, UnitCode), i64>,
    /// Earned and not yet invoiced, by currency, in smallest steps.
    pub unbilled: BTreeMap<UnitCode, i64>,
    /// Invoiced and not yet paid, by currency, in smallest steps.
    pub receivable: BTreeMap<UnitCode, i64>,
    /// What wallets are overdrawn by, the oldest first.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub overdrawn: BTreeMap<WalletCode, Vec<Overdrawn>>,
    /// What counts against limits, in smallest steps.
    #[serde(with = "pairs", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub spent: BTreeMap<SpentKey, i64>,
    /// Events that came inside operations: first eight bytes of the key's hash to those of the
    /// content's.
    #[serde(with = "pairs")]
    pub inline_events: BTreeMap<u64, u64>,
    /// Events that were taken back, with the operation that did it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reversed: BTreeMap<EventKey, OperationId>,
    /// Charges whose draws are not those of their events alone, because units went back to their lots
    /// under another event or with a draft: counters and draws outlive the close of their period.
    /// With them the units that went back with a draft or an invoice.
    #[serde(default, with = "pairs", skip_serializing_if = "BTreeMap::is_empty")]
    pub retained: BTreeMap<CounterKey, i64>,
    /// Units burned lately, by wallet.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub burned: BTreeMap<WalletCode, Burned>,
    /// Conditions of wallets that were told of.
    #[serde(default, skip_serializing_if = "AlertState::is_empty")]
    pub alerts: AlertState,
    /// Minimum commitments by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub commitments: BTreeMap<String, Commitment>,
    /// Fees charged in advance, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub charges: Charges,
    /// The last day of the contract, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract_through: Option<Date>,
    /// Days on which wallets were used whose lots live on with usage.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub used_on: BTreeMap<WalletCode, BTreeSet<Date>>,
    /// Cards with a minimum that were used, by first day of the billing period.
    #[serde(default, with = "pairs", skip_serializing_if = "BTreeMap::is_empty")]
    pub minimums: BTreeMap<(Date, CardCode), UsedCard>,
    /// The last closed day of the whole ledger, which [`Book`] keeps and hands to every customer.
    #[serde(skip)]
    pub(crate) closed_through: Option<Date>,
    /// Holds that have not ended.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub holds: BTreeMap<HoldId, Hold>,
    /// Subscriptions, by plan.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub subscriptions: Subscriptions,
    /// Top-ups, by wallet.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub top_ups: TopUpsByWallet,
    /// What the next invoice of each billing period would say, by first day and currency.
    #[serde(default, with = "pairs", skip_serializing_if = "BTreeMap::is_empty")]
    pub drafts: BTreeMap<(Date, UnitCode), DraftInvoice>,
    /// Invoices, as they were made final.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub invoices: BTreeMap<InvoiceNumber, Invoice>,
    #[serde(skip)]
    index: std::collections::HashMap<LotId, usize>,
}

impl CustomerBook {
    /// A customer without history.
    #[must_use]
    pub fn new(customer: CustomerCode) -> Self {
        Self {
            customer,
            chain: Chain::default(),
            wallets: BTreeMap::new(),
            lots: Vec::new(),
            counters: BTreeMap::new(),
            draws: BTreeMap::new(),
            overage: BTreeMap::new(),
            unbilled: BTreeMap::new(),
            receivable: BTreeMap::new(),
            overdrawn: BTreeMap::new(),
            spent: BTreeMap::new(),
            inline_events: BTreeMap::new(),
            reversed: BTreeMap::new(),
            retained: BTreeMap::new(),
            burned: BTreeMap::new(),
            alerts: AlertState::default(),
            commitments: BTreeMap::new(),
            charges: Charges::new(),
            contract_through: None,
            used_on: BTreeMap::new(),
            minimums: BTreeMap::new(),
            closed_through: None,
            holds: BTreeMap::new(),
            subscriptions: BTreeMap::new(),
            top_ups: BTreeMap::new(),
            drafts: BTreeMap::new(),
            invoices: BTreeMap::new(),
            index: std::collections::HashMap::new(),
        }
    }

    /// Reads the state as [`CustomerBook::to_json`] wrote it.
    ///
    /// # Errors
    /// The text is not a book.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        let mut book: Self = serde_json::from_str(text)?;
        book.index = book.lots.iter().enumerate().map(|(i, lot)| (lot.id.clone(), i)).collect();
        Ok(book)
    }

    /// Writes the state; the same state always gives the same text.
    ///
    /// # Errors
    /// Never for a book the engine made.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// Seals an entry of this customer, booked on its own day, or on the first open day and marked
    /// late when its own is closed. Every entry of the engine goes through here.
    ///
    /// # Errors
    /// [`EntryError`] when the draft does not balance; the chain is then unchanged.
    pub(crate) fn seal(&mut self, mut draft: Draft) -> Result<Entry, EntryError> {
        draft.check()?;
        self.remember_burned(&draft);
        let entry = match period::first_open_day(self.closed_through) {
            Some(open) if draft.booked_on < open => {
                draft.booked_on = open;
                self.chain.seal_late(&self.customer, draft)
            }
            _ => self.chain.seal(&self.customer, draft),
        }?;
        commitment::earn(&mut self.commitments, &entry);
        Ok(entry)
    }

    /// Position of a lot.
    #[must_use]
    pub fn position(&self, lot: &LotId) -> Option<usize> {
        self.index.get(lot).copied()
    }

    /// Adds a lot.
    pub(crate) fn add_lot(&mut self, lot: Lot) {
        self.index.insert(lot.id.clone(), self.lots.len());
        self.lots.push(lot);
    }

    /// Units of a rate and period that a lower tier may give back.
    pub(crate) fn traced(&self, key: &CounterKey) -> i64 {
        let draws = self.draws.get(key).into_iter().flatten();
        draws.filter(|drawn| !drawn.forward).map(|drawn| drawn.units).sum()
    }

    /// The earliest instant at which something falls due by itself. What waits since the last operation
    /// is left out.
    #[must_use]
    pub fn next_due(&self) -> Option<Instant> {
        schedule::next(self, Due::ALL).map(|(at, _)| at)
    }

    /// The earliest instant at which something falls due by itself, or fell due and waits.
    #[must_use]
    pub fn due_since(&self) -> Option<Instant> {
        let put_off = [crate::subscription::put_off(self), crate::top_up::put_off(self)];
        put_off.into_iter().flatten().chain(self.next_due()).min()
    }
}

/// Maps whose keys are not texts, as lists of pairs.
mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<K: Serialize, V: Serialize, S: Serializer>(
        map: &BTreeMap<K, V>,
        s: S,
    ) -> Result<S::Ok, S::Error> {
        s.collect_seq(map.iter())
    }

    pub(super) fn deserialize<'de, K, V, D>(d: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        K: Deserialize<'de> + Ord,
        V: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        Ok(Vec::<(K, V)>::deserialize(d)?.into_iter().collect())
    }
}
