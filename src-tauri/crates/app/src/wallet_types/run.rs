//! The run of an example: the engine keeps a book of its own for it, day by day.
//!
//! Owns: the scratch configuration, in which the version under trial is in force and usage costs one
//! unit for one, and the operations of the days. What they cause is the engine's alone.

use std::sync::Arc;

use scrip_catalog::{Burns, Catalog, Document, Status, WalletType, WalletTypeVersion};
use scrip_engine::operation::{
    FinalizeInvoice, GrantCredits, OnRefusal, Price, ReceivePayment, RecordUsage, RunSchedule,
    SetContractEnd, Settlement, Tax,
};
use scrip_engine::{Action, Applied, Book, CustomerBook, InlineEvent, Operation, apply};
use scrip_units::period::add_days;
use scrip_units::{
    Actor, BillingPeriod, CustomerCode, Date, EventKey, Instant, LotId, MemberCode, MeterCode,
    Number, OperationId, Unit, WalletCode, When, Zone,
};
use serde_json::json;

use super::example::{Example, Purchase, Usage};
use super::steps::{ExampleRun, Steps};
use crate::error::AppError;

/// What things are called in the scratch configuration; seen in no ledger.
const NAME: &str = "example";
const NOON_MICROS: i64 = 12 * 3_600_000_000;

/// Runs an example under a version of a wallet type.
///
/// What limits the usage it may pay for, and what pays when it cannot, is left out: the usage of an
/// example is that of this wallet.
///
/// # Errors
/// [`AppError::Configuration`] when the version is not valid, with the problems at its own paths;
/// [`AppError::Argument`] for an example that makes no sense.
pub fn run(
    document: &Document,
    wallet_type: &WalletType,
    version: &WalletTypeVersion,
    example: &Example,
) -> Result<ExampleRun, AppError> {
    let (from, through) = example.days()?;
    let document = scratch(document, (wallet_type, version), example, from)?;
    let catalog = Catalog::try_new(document, 1).map_err(|problems| AppError::Configuration {
        file: format!("wallet type {}", wallet_type.code),
        problems: problems.into_iter().filter(|p| p.is_error()).map(|p| (p, None)).collect(),
    })?;
    let unit = catalog
        .unit(wallet_type.unit)
        .ok_or_else(|| AppError::Argument(format!("there is no unit {}", wallet_type.unit)))?;
    let mut run = Run {
        zone: catalog.zone(),
        customer: code(NAME)?,
        wallet: code(wallet_type.code.as_str())?,
        book: Book::new(Arc::new(catalog))?,
        operations: 0,
        purchases: 0,
        awaited: None,
        steps: Steps::new(unit),
        example,
        wallet_type,
        version,
    };
    let mut day = from;
    while day <= through {
        run.day(day)?;
        day = add_days(day, 1)?;
    }
    let end = run.zone.start_of_day(day)?.micros() - 1;
    run.schedule(Instant::from_micros(end)?)?;
    let customer = run.book.customers.get(&run.customer);
    Ok(run.steps.finish((from, through), customer))
}

fn code<T>(text: &str) -> Result<T, AppError>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    text.parse().map_err(|e: T::Err| AppError::Argument(e.to_string()))
}

/// The configuration of the example: the version from its first day on, one meter in the wallet's own
/// unit, one card that charges one for one, one customer.
fn scratch(
    document: &Document,
    (wallet_type, version): (&WalletType, &WalletTypeVersion),
    example: &Example,
    from: Date,
) -> Result<Document, AppError> {
    let entity = scrip_catalog::Entity { exchange_rates: None, ..document.entity.clone() };
    let start = document.entity.time_zone.start_of_day(from)?;
    let defined = document.units.iter().find(|unit| unit.code == wallet_type.unit);
    let currency = || Unit::currency(wallet_type.unit).map(|unit| unit.scale().decimals());
    let scale = defined.map(|unit| unit.scale).or_else(currency).unwrap_or(0);
    let version = WalletTypeVersion {
        effective_at: When::At(start),
        status: Status::Published,
        scope: Vec::new(),
        fallbacks: Vec::new(),
        ..version.clone()
    };
    let wallet_type = WalletType { versions: vec![version], ..wallet_type.clone() };
    let mut card = json!({
        "version": 1, "effective_at": start.to_string(),
        "rates": [{ "code": NAME, "meter": NAME, "model": "per_unit", "price": "1" }]
    });
    if defined.is_some() {
        let price = example.overage_price.to_string();
        card["overage"] = json!({ "currency": example.currency, "price": price });
    }
    let people = match example.by_member {
        true => json!([{ "code": NAME }]),
        false => json!([]),
    };
    let teams = match example.by_member {
        true => json!([{ "code": NAME, "members": [NAME] }]),
        false => json!([]),
    };
    let mut units =
        serde_json::to_value(&document.units).map_err(|e| AppError::stored("units", e))?;
    let measure = json!({ "code": "example_usage", "kind": "usage", "scale": scale });
    if let Some(units) = units.as_array_mut() {
        units.retain(|unit| unit["code"] != "example_usage");
        units.push(measure);
    }
    serde_json::from_value(json!({
        "format": document.format, "entity": entity, "units": units,
        "meters": [{ "code": NAME, "unit": "example_usage" }],
        "wallet_types": [wallet_type],
        "rate_cards": [{ "code": NAME, "unit": wallet_type.unit, "versions": [card] }],
        "customers": [{ "code": NAME, "members": people, "teams": teams }],
    }))
    .map_err(|e| AppError::stored("example", e))
}

struct Run<'a> {
    zone: Zone,
    customer: CustomerCode,
    wallet: WalletCode,
    book: Book,
    operations: u64,
    purchases: u64,
    /// The top-up that waits for its payment, and the day on which that comes.
    awaited: Option<(LotId, Date)>,
    steps: Steps,
    example: &'a Example,
    wallet_type: &'a WalletType,
    version: &'a WalletTypeVersion,
}

impl Run<'_> {
    fn day(&mut self, day: Date) -> Result<(), AppError> {
        let start = self.zone.start_of_day(day)?;
        if self.example.from() == Some(day) && self.example.contract_through.is_some() {
            self.contract(start)?;
        }
        self.schedule(start)?;
        self.invoices(day, start)?;
        let example = self.example;
        for purchase in example.purchases.iter().filter(|purchase| purchase.day == day) {
            self.purchase(purchase, start)?;
        }
        if let Some((top_up, _)) = self.awaited.take_if(|(_, due)| *due <= day) {
            self.pay(top_up, start)?;
        }
        let noon = Instant::from_micros(start.micros() + NOON_MICROS)?;
        self.schedule(noon)?;
        let used = |usage: &&Usage| usage.from <= day && day <= usage.through;
        for usage in example.usage.iter().filter(used).filter(|usage| usage.units.is_positive()) {
            self.use_up(usage.units, day, noon)?;
        }
        self.look_for_request(day, noon)
    }

    /// Applies an action; a refusal is a step of the example and no failure.
    fn act(&mut self, at: Instant, action: Action) -> Result<Option<Applied>, AppError> {
        self.operations += 1;
        let operation = Operation {
            id: code::<OperationId>(&format!("{NAME}-{}", self.operations))?,
            at,
            actor: code::<Actor>(NAME)?,
            reason: None,
            approval: None,
            action,
        };
        let applied = match apply(&mut self.book, &operation, None) {
            Ok(applied) => applied,
            Err(rejection) => {
                self.steps.rejected(self.zone.day_of(at), at, &rejection.to_string());
                return Ok(None);
            }
        };
        let catalog = Arc::clone(&self.book.catalog);
        let customer = self.book.customers.get(&self.customer);
        self.steps.add(&applied, at, (&catalog, customer, &self.wallet));
        Ok(Some(applied))
    }

    /// Does what is due by an instant, each at its own.
    fn schedule(&mut self, until: Instant) -> Result<(), AppError> {
        loop {
            let customer = self.book.customers.get(&self.customer);
            let due = customer.and_then(CustomerBook::next_due).filter(|due| *due <= until);
            let Some(due) = due else { return Ok(()) };
            let action = RunSchedule { customer: Some(self.customer.clone()) };
            let done = self.act(due, Action::RunSchedule(action))?;
            if done.is_none() {
                return Ok(());
            }
        }
    }

    fn contract(&mut self, at: Instant) -> Result<(), AppError> {
        let Some(last_day) = self.example.contract_through else { return Ok(()) };
        let action = SetContractEnd { customer: self.customer.clone(), last_day };
        self.act(at, Action::SetContractEnd(action)).map(|_| ())
    }

    fn purchase(&mut self, purchase: &Purchase, at: Instant) -> Result<(), AppError> {
        self.purchases += 1;
        let currency = self.example.currency;
        let price =
            purchase.net.map(|net| Price { net, tax: Number::ZERO, tax_kind: Tax::Vat, currency });
        let grant = GrantCredits {
            customer: self.customer.clone(),
            wallet: Some(self.wallet.clone()),
            wallet_type: Some(self.wallet_type.code.clone()),
            units: purchase.units,
            kind: purchase.kind,
            lot: Some(code::<LotId>(&format!("{}-{}", purchase.kind, self.purchases))?),
            price,
            settlement: Settlement::Paid,
            effective_at: None,
            expires_at: None,
            priority: None,
        };
        self.act(at, Action::GrantCredits(grant)).map(|_| ())
    }

    fn use_up(&mut self, units: Number, day: Date, at: Instant) -> Result<(), AppError> {
        let event = InlineEvent {
            key: code::<EventKey>(&format!("{NAME}-{day}-{}", self.operations))?,
            meter: code::<MeterCode>(NAME)?,
            quantity: units,
            dimensions: std::collections::BTreeMap::new(),
            member: match self.example.by_member {
                true => Some(code::<MemberCode>(NAME)?),
                false => None,
            },
            occurred_at: Some(at),
            delivery_cost: None,
            supersedes: None,
        };
        let usage = RecordUsage {
            customer: self.customer.clone(),
            events: vec![event],
            on_refusal: OnRefusal::Record,
            posted: Vec::new(),
        };
        if let Some(applied) = self.act(at, Action::RecordUsage(usage))? {
            self.steps.refused(&applied, day, (at, units));
        }
        Ok(())
    }

    /// Notes a top-up that was asked for and waits for its payment.
    fn look_for_request(&mut self, day: Date, at: Instant) -> Result<(), AppError> {
        if self.awaited.is_some() {
            return Ok(());
        }
        let customer = self.book.customers.get(&self.customer);
        let kept = customer.and_then(|customer| customer.top_ups.get(&self.wallet));
        if let Some(pending) = kept.and_then(|kept| kept.pending.clone()) {
            self.steps.requested(day, at, &pending);
            let due = add_days(day, u64::from(self.example.payment_days))?;
            self.awaited = Some((pending.id, due));
        }
        Ok(())
    }

    fn pay(&mut self, top_up: LotId, at: Instant) -> Result<(), AppError> {
        let customer = self.book.customers.get(&self.customer);
        let kept = customer.and_then(|customer| customer.top_ups.get(&self.wallet));
        let Some(pending) = kept.and_then(|kept| kept.pending.clone()) else { return Ok(()) };
        let catalog = Arc::clone(&self.book.catalog);
        let Some(currency) = catalog.unit(pending.currency) else { return Ok(()) };
        let amount = scrip_units::format_steps(i128::from(pending.charge), currency.scale());
        let payment = ReceivePayment {
            customer: self.customer.clone(),
            amount: code::<Number>(&amount)?,
            currency: pending.currency,
            top_up: Some(top_up),
            invoice: None,
            lot: None,
        };
        self.act(at, Action::ReceivePayment(payment)).map(|_| ())
    }

    /// Makes the invoice of the billing period before final on the first day of one, where that is when
    /// units burn.
    fn invoices(&mut self, day: Date, at: Instant) -> Result<(), AppError> {
        if self.version.burns != Burns::Invoice
            || BillingPeriod::containing(day, 1).first_day != day
        {
            return Ok(());
        }
        let customer = self.book.customers.get(&self.customer);
        let drafts: Vec<_> = customer
            .into_iter()
            .flat_map(|customer| customer.drafts.keys())
            .filter(|(period, _)| *period < day)
            .copied()
            .collect();
        for (period, currency) in drafts {
            let action = FinalizeInvoice {
                customer: self.customer.clone(),
                period,
                currency: Some(currency),
                number: None,
                tax: None,
                tax_kind: Tax::Vat,
            };
            self.act(at, Action::FinalizeInvoice(action))?;
        }
        Ok(())
    }
}
