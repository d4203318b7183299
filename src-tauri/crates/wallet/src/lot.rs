//! Lots: what is left of a grant, with its facts for life.

use scrip_units::{
    Amount, Date, Exact, Instant, LotId, Rounding, RoundingError, Scale, Unit, UnitCode,
    WalletCode, WalletTypeCode, mul_div_round,
};
use serde::{Deserialize, Serialize};

use crate::expiry::EndsWith;

pub use scrip_catalog::LotKind;

/// One customer's wallet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wallet {
    /// Code, unique for the customer.
    pub code: WalletCode,
    /// Its product definition.
    pub wallet_type: WalletTypeCode,
}

/// A unit as it is kept in a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "StoredUnit", into = "StoredUnit")]
pub struct KeptUnit(pub Unit);

#[derive(Serialize, Deserialize)]
struct StoredUnit {
    code: UnitCode,
    scale: u8,
}
impl From<KeptUnit> for StoredUnit {
    fn from(unit: KeptUnit) -> Self {
        Self { code: unit.0.code(), scale: unit.0.scale().decimals() }
    }
}
impl TryFrom<StoredUnit> for KeptUnit {
    type Error = scrip_units::UnitError;
    fn try_from(unit: StoredUnit) -> Result<Self, Self::Error> {
        Ok(Self(Unit::new(unit.code, Scale::try_new(unit.scale)?)))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(units: &i64) -> bool {
    *units == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_never(times: &u32) -> bool {
    *times == 0
}

/// The exchange rate of the day on which a lot was bought in another currency than that of the
/// books: what was received in advance keeps it for life (IFRIC 22).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LotExchange {
    /// Who published the rate.
    pub source: String,
    /// The day on which it was published.
    pub day: Date,
    /// The currency of the books.
    pub currency: KeptUnit,
    /// Units of that currency for one unit of the currency paid, exactly.
    pub rate: Exact,
}

/// A lot. Quantities of units and money are in smallest steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    /// Id.
    pub id: LotId,
    /// The wallet it is in.
    pub wallet: WalletCode,
    /// The wallet's type.
    pub wallet_type: WalletTypeCode,
    /// Version of the wallet type in force when the lot was granted.
    pub wallet_type_version: u32,
    /// How the customer came by it.
    pub kind: LotKind,
    /// Unit of the units.
    pub unit: KeptUnit,
    /// Grant priority: the lower number burns first; none last.
    pub priority: Option<u32>,
    /// Day of the grant in the entity's zone.
    pub granted_on: Date,
    /// Day on which its units came from another lot, which keeps the day of the grant; none for the lot of
    /// a grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_on: Option<Date>,
    /// From when it is usable, inclusive.
    pub effective_at: Instant,
    /// Until when it is usable, exclusive.
    pub expires_at: Option<Instant>,
    /// What its end moves with; nothing if it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_with: Option<EndsWith>,
    /// Units issued.
    pub issued: i64,
    /// Units that can still be drawn.
    pub available: i64,
    /// Units burned.
    pub consumed: i64,
    /// Units expired.
    pub expired: i64,
    /// Units refunded or voided.
    pub refunded: i64,
    /// Units reserved: they cannot be drawn, do not expire, and return or burn when their hold ends.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub held: i64,
    /// Units that left for another lot, with their share of the consideration.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub transferred: i64,
    /// Currency of the consideration; none when nothing was paid.
    pub currency: Option<KeptUnit>,
    /// Consideration net of tax.
    pub consideration: i64,
    /// Consideration already released from the liability, whatever became of it.
    pub released: i64,
    /// The lot its units came from, by a rollover or another move.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<LotId>,
    /// Units expired that were given back in a new lot: late usage does not draw them again.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reinstated: i64,
    /// How many times its units have rolled over.
    #[serde(default, skip_serializing_if = "is_never")]
    pub rolled: u32,
    /// From when usage that arrives late may draw it, if that is before it became effective: the
    /// units were the customer's already, in the lot they came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usable_since: Option<Instant>,
    /// The instant at which it was bought - that of its issue, or the one from which it is effective if
    /// that is earlier - if usage that it pays for is priced as it was then; none if it is priced as
    /// when it occurs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rates_as_of: Option<Instant>,
    /// The day on which its customer's billing periods began then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rates_billed_on: Option<u8>,
    /// Of what was released: paid back, or moved to other lots with its units.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub withdrawn: i64,
    /// Of what was released: forfeited by a void or booked away by an adjustment.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub forfeited: i64,
    /// Paid back for units that had been used; they stay used.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reimbursed: i64,
    /// Tax charged on top of the consideration, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<LotTax>,
    /// The payment was charged back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chargeback: Option<Chargeback>,
    /// What was taken from it when the claim for its price was written off, until it is paid after all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written_off: Option<PriceWrittenOff>,
    /// The exchange rate of the day on which it was bought; none in the currency of the books.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<Box<LotExchange>>,
}

/// Which tax was charged with a lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaxKind {
    /// Value added tax.
    Vat,
    /// Sales tax.
    SalesTax,
}

/// Tax charged with a lot, in smallest steps of its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LotTax {
    /// Which tax.
    pub kind: TaxKind,
    /// Charged.
    pub charged: i64,
    /// Paid back, or moved to other lots.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub returned: i64,
}

/// What a chargeback or a write-off took from a lot, so that winning it, or a payment, can bring the
/// same back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chargeback {
    /// Units taken that were available.
    pub units: i64,
    /// Units taken that had expired.
    pub expired: i64,
    /// Money the bank took, tax included.
    pub paid: i64,
    /// Part of it that reduced revenue of units used.
    pub contra: i64,
    /// Part of it that was tax.
    pub tax: i64,
    /// What the units carried beyond what the bank took.
    pub kept: i64,
    /// Whether it was won: then all of it came back.
    pub won: bool,
}

/// What a lot gave up when the claim for its price was written off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceWrittenOff {
    /// What was taken; won when it was paid after all.
    #[serde(flatten)]
    pub taken: Chargeback,
    /// Tax that stays owed and was lost with the rest.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub lost_tax: i64,
}

impl Lot {
    /// Whether the lot may be drawn at an instant, apart from what is left of it.
    #[must_use]
    pub fn is_usable_at(&self, at: Instant) -> bool {
        self.usable_since.unwrap_or(self.effective_at) <= at
            && self.expires_at.is_none_or(|end| at < end)
            && !self.is_frozen()
    }

    /// Whether a chargeback stands against the lot: nothing of it may be drawn.
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        self.chargeback.is_some_and(|chargeback| !chargeback.won)
    }

    /// Whether the customer paid for the lot: only then is there something to pay back.
    #[must_use]
    pub fn is_paid_for(&self) -> bool {
        self.consideration > 0 && !matches!(self.kind, LotKind::Promotional | LotKind::Compensation)
    }

    /// Units that usage at an instant inside the lot's validity may draw: what is available, and
    /// what expired since, because usage that arrives late still happened before the expiry.
    #[must_use]
    pub fn drawable(&self) -> i64 {
        self.available + self.expired_late()
    }

    /// Expired units that late usage may still draw.
    #[must_use]
    pub fn expired_late(&self) -> i64 {
        (self.expired - self.reinstated).max(0)
    }

    /// Units gone from the lot in any way.
    #[must_use]
    pub fn gone(&self) -> i64 {
        self.consumed + self.expired + self.refunded + self.transferred
    }

    /// The tax that belongs to a part of the consideration and moves with it to another lot.
    ///
    /// # Errors
    /// The amount does not fit.
    pub fn split_tax(&mut self, money: i64) -> Result<Option<LotTax>, RoundingError> {
        let Some(tax) = &mut self.tax else { return Ok(None) };
        let share = match self.consideration {
            0 => 0,
            all => mul_div_round(tax.charged, money, all, Rounding::HalfAwayFromZero)?,
        };
        let charged = share.min(tax.charged - tax.returned);
        tax.returned += charged;
        Ok(Some(LotTax { kind: tax.kind, charged, returned: 0 }))
    }

    /// The day since which it is there: nothing but usage that comes late is dated before.
    #[must_use]
    pub fn there_since(&self) -> Date {
        self.moved_on.unwrap_or(self.granted_on)
    }

    /// A new lot for units that leave this one, with their share of its consideration: it keeps
    /// everything else for life.
    #[must_use]
    pub fn child(&self, id: LotId, (units, consideration): (i64, i64)) -> Self {
        Self {
            id,
            issued: units,
            available: units,
            consumed: 0,
            expired: 0,
            refunded: 0,
            held: 0,
            transferred: 0,
            consideration,
            released: 0,
            withdrawn: 0,
            forfeited: 0,
            reimbursed: 0,
            tax: None,
            chargeback: None,
            written_off: None,
            parent: Some(self.id.clone()),
            reinstated: 0,
            ..self.clone()
        }
    }

    /// Consideration not yet released: the lot's carrying amount.
    #[must_use]
    pub fn carrying(&self) -> i64 {
        self.consideration - self.released
    }

    /// The consideration in the currency of the books at the rate of the day on which the lot was
    /// bought, rounded half away from zero; never measured again.
    #[must_use]
    pub fn functional(&self) -> Option<Amount> {
        let (paid, exchange) = (self.currency?.0, self.exchange.as_ref()?);
        let scale = |unit: Unit| Exact::whole(unit.scale().steps_per_unit());
        let steps = Exact::whole(self.consideration)
            .try_mul(exchange.rate)
            .and_then(|steps| steps.try_mul(scale(exchange.currency.0)))
            .and_then(|steps| steps.try_div(scale(paid)))
            .ok()?;
        let steps = i64::try_from(steps.round(Rounding::HalfAwayFromZero).ok()?).ok()?;
        Some(Amount::from_steps(exchange.currency.0, steps))
    }

    /// Whether issued = available + held + consumed + expired + refunded + transferred.
    #[must_use]
    pub fn conserves(&self) -> bool {
        self.available >= 0
            && self.consumed >= 0
            && self.expired >= 0
            && self.refunded >= 0
            && self.held >= 0
            && self.transferred >= 0
            && self.available.checked_add(self.held).and_then(|n| n.checked_add(self.gone()))
                == Some(self.issued)
    }
}
