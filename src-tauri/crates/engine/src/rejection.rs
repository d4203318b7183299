//! Rejections: why an operation changes nothing. Closed and documented; checks run in the order of
//! the variants, so that two implementations agree on which one wins.

use scrip_catalog::Problem;
use scrip_journal::EntryError;
use scrip_rating::{Place, RatingError, Refusal};
use scrip_revenue::RecognitionError;
use scrip_units::{
    AmountError, CustomerCode, EventKey, LotId, MeterCode, TimeError, UnitCode, WalletCode,
    WalletTypeCode,
};

/// Why an operation changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The new configuration has errors.
    #[error("the configuration has {} errors; the first: {}", .problems.len(), .problems.first().map_or_else(String::new, |p| format!("{}: {}", p.path, p.message)))]
    Configuration {
        /// All of them.
        problems: Vec<Problem>,
    },
    /// The customer is not in the configuration.
    #[error("there is no customer {customer}: add it to the configuration first")]
    UnknownCustomer {
        /// The customer.
        customer: CustomerCode,
    },
    /// The wallet type is not in the configuration.
    #[error(
        "there is no wallet type {wallet_type}: add it to the configuration, or name the wallet's type in wallet_type"
    )]
    UnknownWalletType {
        /// The wallet type.
        wallet_type: WalletTypeCode,
    },
    /// The wallet type had no version in force.
    #[error("wallet type {wallet_type} has no version in force then")]
    NoVersion {
        /// The wallet type.
        wallet_type: WalletTypeCode,
    },
    /// The wallet exists with another type.
    #[error("wallet {wallet} is of type {exists}, not {wanted}")]
    OtherWalletType {
        /// The wallet.
        wallet: WalletCode,
        /// Its type.
        exists: WalletTypeCode,
        /// The type named.
        wanted: WalletTypeCode,
    },
    /// Neither wallet nor wallet type.
    #[error("name the wallet or the wallet type")]
    NoWallet,
    /// The meter is not in the configuration.
    #[error("event {key}: there is no meter {meter}")]
    UnknownMeter {
        /// The event.
        key: EventKey,
        /// The meter.
        meter: MeterCode,
    },
    /// The unit is not known.
    #[error("{unit} is neither a unit of the configuration nor an ISO 4217 currency")]
    UnknownUnit {
        /// The unit.
        unit: UnitCode,
    },
    /// A currency is needed.
    #[error("{unit} is not a currency")]
    NotACurrency {
        /// The unit.
        unit: UnitCode,
    },
    /// An amount is not one.
    #[error("{what}: {source}")]
    Amount {
        /// Which amount.
        what: &'static str,
        /// What is wrong with it.
        source: AmountError,
    },
    /// An amount must be above zero.
    #[error("{what} must be above zero")]
    NotPositive {
        /// Which amount.
        what: &'static str,
    },
    /// An amount may not be negative.
    #[error("{what} may not be negative")]
    Negative {
        /// Which amount.
        what: String,
    },
    /// A lot that needs a price has none.
    #[error("a {kind} lot needs a price: say what was paid for it")]
    PriceMissing {
        /// The kind.
        kind: &'static str,
    },
    /// A lot that may have no price has one.
    #[error("a {kind} lot is given away and has no price: use purchased, bonus or compensation")]
    PriceNotAllowed {
        /// The kind.
        kind: &'static str,
    },
    /// The lot's validity is empty.
    #[error("the lot would expire at or before it becomes effective")]
    EmptyValidity,
    /// The lot id is taken.
    #[error("customer {customer} already has a lot {lot}")]
    LotExists {
        /// The customer.
        customer: CustomerCode,
        /// The lot.
        lot: LotId,
    },
    /// No such lot.
    #[error("customer {customer} has no lot {lot}")]
    UnknownLot {
        /// The customer.
        customer: CustomerCode,
        /// The lot.
        lot: LotId,
    },
    /// The lot has less left.
    #[error("lot {lot} has {available} left, {wanted} was asked for")]
    Insufficient {
        /// The lot.
        lot: LotId,
        /// What is left.
        available: String,
        /// What was asked for.
        wanted: String,
    },
    /// The lot's validity has ended: expire it instead.
    #[error("lot {lot} expired at {expired_at}; what was left of it cannot be refunded or voided")]
    LotExpired {
        /// The lot.
        lot: LotId,
        /// When.
        expired_at: scrip_units::Instant,
    },
    /// The lot's validity has ended, so it cannot be made longer.
    #[error("lot {lot} ended at {expired_at}; what has ended is reinstated, not extended")]
    AlreadyEnded {
        /// The lot.
        lot: LotId,
        /// When.
        expired_at: scrip_units::Instant,
    },
    /// The new expiry is not later.
    #[error("lot {lot} is valid until {until}; name a later expiry")]
    NotLater {
        /// The lot.
        lot: LotId,
        /// Until when it is valid: an instant or `for ever`.
        until: String,
    },
    /// Nothing of the lot has expired, or all of it was given back.
    #[error("lot {lot} has {expired} expired and not yet given back, {wanted} was asked for")]
    NotExpired {
        /// The lot.
        lot: LotId,
        /// What can be given back.
        expired: String,
        /// What was asked for.
        wanted: String,
    },
    /// The operation needs a reason.
    #[error("{operation} needs a reason: say why in the member reason")]
    ReasonMissing {
        /// The operation's code.
        operation: &'static str,
    },
    /// The fee is more than what is paid back.
    #[error("the fee of {fee} is more than the {carrying} that the units carry")]
    FeeTooHigh {
        /// The fee.
        fee: String,
        /// Carrying amount of the units.
        carrying: String,
    },
    /// More is invoiced or paid than is owed.
    #[error("{wanted} was asked for, but only {open} is open")]
    MoreThanOpen {
        /// What was asked for.
        wanted: String,
        /// What is open.
        open: String,
    },
    /// Same key, other content.
    #[error("event {key} was recorded before with other content; the first one stands")]
    EventConflict {
        /// The key.
        key: EventKey,
    },
    /// A usage event is refused.
    #[error("event {event} is refused: {}", refusal_in_words(*.refusal))]
    Refused {
        /// The event's key or place.
        event: String,
        /// Why.
        refusal: Refusal,
    },
    /// The archive does not hold the events that the operation names.
    #[error(
        "the usage archive does not hold the events of this operation: {found} events hash to {found_hash}"
    )]
    OtherUsage {
        /// Number found.
        found: u64,
        /// Hash found.
        found_hash: scrip_journal::Hash,
    },
    /// A charge cannot be calculated.
    #[error("the event in segment {} row {}: {source}", .place.segment, .place.row)]
    Rating {
        /// The event.
        place: Place,
        /// Why.
        source: RatingError,
    },
    /// The rates cannot be prepared.
    #[error("{path}: {source}")]
    Card {
        /// Which rate.
        path: String,
        /// Why.
        source: RatingError,
    },
    /// A date is out of range.
    #[error(transparent)]
    Time(#[from] TimeError),
    /// Recognition failed.
    #[error(transparent)]
    Recognition(#[from] RecognitionError),
    /// An amount does not fit.
    #[error("an amount of the operation does not fit in 64 bits of smallest steps")]
    Overflow,
    /// The entry is not one.
    #[error(transparent)]
    Entry(#[from] EntryError),
}

/// A refusal as a sentence.
#[must_use]
pub fn refusal_in_words(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::UnknownMeter => "its meter is not in the configuration",
        Refusal::NoCard => "no rate card in force prices its meter for this customer",
        Refusal::NoRate => "no rate matches its dimensions, and the card rejects such usage",
        Refusal::NoConversion => "no conversion in force leads from its meter's unit to the rate's",
        Refusal::HardCap => "no wallet covers it, and the wallet type's cap is hard",
        Refusal::OverageLimit => "the overage limit of the billing period is reached",
    }
}
