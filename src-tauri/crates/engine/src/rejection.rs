//! Rejections: why an operation changes nothing. Closed and documented; checks run in the order of
//! the variants, so that two implementations agree on which one wins.

use scrip_catalog::Problem;
use scrip_journal::EntryError;
use scrip_rating::{Place, RatingError, Refusal};
use scrip_revenue::RecognitionError;
use scrip_units::{
    AmountError, CustomerCode, Date, EventKey, HoldId, InvoiceNumber, LotId, MeterCode, Number,
    PlanCode, TimeError, UnitCode, WalletCode, WalletTypeCode,
};

use crate::approval::ApprovalFault;
use crate::charges::ChargeFault;
use crate::choice::LotFault;
use crate::contract::ContractFault;
use crate::invoicing_rejection::InvoicingRejection;
use crate::refusal::{errors_in_words, refusal_in_words};
use crate::reversal_rejection::ReversalRejection;

/// Why an operation changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The new configuration has errors.
    #[error("{}", errors_in_words(.problems))]
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
    /// A charge.
    #[error(transparent)]
    Charge(#[from] ChargeFault),
    /// A lot, or the contract it ends with.
    #[error(transparent)]
    Contract(#[from] ContractFault),
    /// A second person has to look at it.
    #[error(transparent)]
    Approval(#[from] ApprovalFault),
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
    /// No exchange rate is known.
    #[error(
        "there is no exchange rate of {currency} by {exchange} for {day} or the seven days before: import it first"
    )]
    NoExchangeRate {
        /// Who publishes it.
        exchange: String,
        /// The currency.
        currency: UnitCode,
        /// The day.
        day: Date,
    },
    /// A day has another exchange rate already.
    #[error(
        "{exchange} has published {known} {currency} for {day}, and now says {given}: a published rate is never changed"
    )]
    ExchangeRateConflict {
        /// Who publishes it.
        exchange: String,
        /// The currency.
        currency: UnitCode,
        /// The day.
        day: Date,
        /// The rate that is known.
        known: Number,
        /// The rate given.
        given: Number,
    },
    /// A source counts in two bases.
    #[error("the exchange rates of {exchange} are for one {known}, not for one {given}")]
    ExchangeBase {
        /// Who publishes it.
        exchange: String,
        /// The base that is known.
        known: UnitCode,
        /// The base given.
        given: UnitCode,
    },
    /// An amount is not one.
    #[error("{what}: {source}")]
    Amount {
        /// Which amount.
        what: &'static str,
        /// What is wrong with it.
        source: AmountError,
    },
    /// A commitment cannot be agreed.
    #[error("the commitment {commitment} {fault}")]
    Commitment {
        /// Its name.
        commitment: String,
        /// What is wrong with it.
        fault: String,
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
    /// The lot is not there at that instant.
    #[error(transparent)]
    Lot(#[from] LotFault),
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
    #[error("{operation} needs a reason: say why")]
    ReasonMissing {
        /// The operation's code.
        operation: &'static str,
    },
    /// No such wallet.
    #[error("customer {customer} has no wallet {wallet}")]
    UnknownWallet {
        /// The customer.
        customer: CustomerCode,
        /// The wallet.
        wallet: WalletCode,
    },
    /// No such plan.
    #[error("there is no plan {plan}: add it to the configuration first")]
    UnknownPlan {
        /// The plan.
        plan: PlanCode,
    },
    /// The plan had no version in force.
    #[error("plan {plan} has no version in force when the subscription starts")]
    NoPlanVersion {
        /// The plan.
        plan: PlanCode,
    },
    /// The customer is subscribed already.
    #[error("customer {customer} is subscribed to plan {plan} already: cancel that first")]
    Subscribed {
        /// The customer.
        customer: CustomerCode,
        /// The plan.
        plan: PlanCode,
    },
    /// The customer is not subscribed.
    #[error("customer {customer} is not subscribed to plan {plan}")]
    NotSubscribed {
        /// The customer.
        customer: CustomerCode,
        /// The plan.
        plan: PlanCode,
    },
    /// Top-up terms that make no sense.
    #[error("the top-up {fault}")]
    TopUpTerms {
        /// What is wrong, and what to do.
        fault: &'static str,
    },
    /// No such top-up waits for a payment.
    #[error("customer {customer} has no top-up {top_up} that waits for a payment")]
    UnknownTopUp {
        /// The customer.
        customer: CustomerCode,
        /// The top-up.
        top_up: LotId,
    },
    /// The payment is not what the top-up costs.
    #[error(
        "top-up {top_up} costs {wanted}, and {paid} was paid; record the payment without the top-up, or cancel it"
    )]
    TopUpAmount {
        /// The top-up.
        top_up: LotId,
        /// What it costs.
        wanted: String,
        /// What was paid.
        paid: String,
    },
    /// The fee is more than what is paid back.
    #[error("the fee of {fee} is more than the {carrying} that the units carry")]
    FeeTooHigh {
        /// The fee.
        fee: String,
        /// Carrying amount of the units.
        carrying: String,
    },
    /// Neither a lot nor a wallet is named, or both.
    #[error("name the lot or the wallet, one of them")]
    WhichLot,
    /// The wallet's lots have less left.
    #[error("wallet {wallet} has {available} left, {wanted} was asked for")]
    WalletInsufficient {
        /// The wallet.
        wallet: WalletCode,
        /// What is left.
        available: String,
        /// What was asked for.
        wanted: String,
    },
    /// A chargeback stands against the lot.
    #[error("lot {lot} is frozen by a chargeback: win the chargeback first, or void the lot")]
    Frozen {
        /// The lot.
        lot: LotId,
    },
    /// Units of the lot are held.
    #[error("lot {lot} has {held} on hold: release or capture the hold first")]
    Held {
        /// The lot.
        lot: LotId,
        /// What is held.
        held: String,
    },
    /// Nothing was paid for the lot.
    #[error("nothing was paid for lot {lot}, so nothing can be paid back or charged back")]
    NotPaidFor {
        /// The lot.
        lot: LotId,
    },
    /// More is to be paid back than can be.
    #[error("{wanted} was asked for, but {most} is the most that can be paid back")]
    RefundTooHigh {
        /// What was asked for.
        wanted: String,
        /// What can be paid back.
        most: String,
    },
    /// Both units and an amount.
    #[error("say units or amount, not both")]
    UnitsAndAmount,
    /// Used units are not counted in a refund.
    #[error("units that were used are paid back by amount or all together: leave units out")]
    UsedByUnits,
    /// Lots of several currencies.
    #[error(
        "the lots of wallet {wallet} were paid in different currencies: name one lot at a time"
    )]
    MixedCurrencies {
        /// The wallet.
        wallet: WalletCode,
    },
    /// The approver is the actor.
    #[error("{approver} cannot approve what {approver} does: name somebody else as approver")]
    OwnApproval {
        /// The approver.
        approver: scrip_units::Actor,
    },
    /// An adjustment has no worth where it needs one.
    #[error("units added as a concession need a worth: say what they are worth in money")]
    WorthMissing,
    /// An adjustment has a worth where it has no effect.
    #[error("worth is for units added as a concession or a promotion: leave it out")]
    WorthNotAllowed,
    /// An adjustment within the liability names a wallet.
    #[error("an adjustment within the liability concerns one lot: name it")]
    LiabilityOfLot,
    /// Money would wait for no units.
    #[error("lot {lot} would keep {carrying} without units: leave it a unit, refund it or void it")]
    MoneyWithoutUnits {
        /// The lot.
        lot: LotId,
        /// What it carries.
        carrying: String,
    },
    /// Units would move to where they are.
    #[error("the units are in wallet {wallet} already: name another wallet or another customer")]
    SameWallet {
        /// The wallet.
        wallet: WalletCode,
    },
    /// The wallet holds another unit.
    #[error("wallet {wallet} holds {holds}, and {moved} are moved: convert them instead")]
    OtherUnit {
        /// The wallet.
        wallet: WalletCode,
        /// Its unit.
        holds: UnitCode,
        /// The unit moved.
        moved: UnitCode,
    },
    /// The wallet holds units paid in another currency.
    #[error(
        "lot {lot} was paid in {paid}, and wallet {wallet} holds units paid in {holds}: use another wallet"
    )]
    OtherCurrency {
        /// The lot moved.
        lot: LotId,
        /// Its currency.
        paid: UnitCode,
        /// The wallet.
        wallet: WalletCode,
        /// The currency of a lot in it.
        holds: UnitCode,
    },
    /// The wallet holds units taxed otherwise.
    #[error(
        "lot {lot} was sold with {taxed}, and wallet {wallet} holds units sold with {holds}: refund them and sell them again, or use another wallet"
    )]
    OtherTax {
        /// The lot moved.
        lot: LotId,
        /// Its tax.
        taxed: &'static str,
        /// The wallet.
        wallet: WalletCode,
        /// The tax of a lot in it.
        holds: &'static str,
    },
    /// No conversion leads there.
    #[error("no conversion in force leads from {from} to {to} without dimensions")]
    NoConversion {
        /// Unit converted from.
        from: UnitCode,
        /// Unit converted to.
        to: UnitCode,
    },
    /// Too few units to convert.
    #[error("{units} convert to less than one step of {to}")]
    TooFew {
        /// What was to be converted.
        units: String,
        /// The unit wanted.
        to: UnitCode,
    },
    /// The payment was charged back before.
    #[error("the payment of lot {lot} was charged back before; a payment is charged back once")]
    ChargedBack {
        /// The lot.
        lot: LotId,
    },
    /// No chargeback to win.
    #[error("no chargeback stands against lot {lot}")]
    NoChargeback {
        /// The lot.
        lot: LotId,
    },
    /// More is invoiced or paid than is owed.
    #[error("{wanted} was asked for, but only {open} is open")]
    MoreThanOpen {
        /// What was asked for.
        wanted: String,
        /// What is open.
        open: String,
    },
    /// The hold id is taken.
    #[error("customer {customer} already has a hold {hold}")]
    HoldExists {
        /// The customer.
        customer: CustomerCode,
        /// The hold.
        hold: HoldId,
    },
    /// Neither units of a wallet nor expected usage, or both.
    #[error("say what to hold: either wallet and units, or the usage that is expected")]
    HoldOfWhat,
    /// Expected usage of a meter that does not exist.
    #[error("there is no meter {meter}: add it to the configuration first")]
    NoSuchMeter {
        /// The meter.
        meter: MeterCode,
    },
    /// Expected usage costs nothing by its card.
    #[error("usage that is free by its rate card needs no hold")]
    HoldOfFreeUsage,
    /// Two ends.
    #[error("hold {hold}: give expires_at or time_out, not both")]
    TwoEnds {
        /// The hold.
        hold: HoldId,
    },
    /// A hold without duration.
    #[error("hold {hold} would end at or before the instant at which it is placed")]
    HoldEndsAtOnce {
        /// The hold.
        hold: HoldId,
    },
    /// Less is available than is to be held or captured.
    #[error(
        "hold {hold}: {wanted} was asked for, but only {available} can be had: grant credits first, or ask for less"
    )]
    NotAvailable {
        /// The hold.
        hold: HoldId,
        /// What was asked for.
        wanted: String,
        /// What can be had.
        available: String,
    },
    /// No such hold.
    #[error(
        "customer {customer} has no hold {hold} that is open: it was never placed, or it was captured, released or timed out"
    )]
    UnknownHold {
        /// The customer.
        customer: CustomerCode,
        /// The hold.
        hold: HoldId,
    },
    /// The hold has timed out.
    #[error("hold {hold} timed out at {expired_at}; its units are available again")]
    HoldTimedOut {
        /// The hold.
        hold: HoldId,
        /// When.
        expired_at: scrip_units::Instant,
    },
    /// Both units and events.
    #[error("hold {hold}: capture units or events, not both")]
    CaptureOfWhat {
        /// The hold.
        hold: HoldId,
    },
    /// More than is held.
    #[error("hold {hold} holds {held}, {wanted} was asked for")]
    AboveHold {
        /// The hold.
        hold: HoldId,
        /// What was asked for.
        wanted: String,
        /// What it holds.
        held: String,
    },
    /// Nothing to invoice.
    #[error(
        "customer {customer} has no draft invoice in {currency} for the billing period of {period}"
    )]
    NoDraft {
        /// The customer.
        customer: CustomerCode,
        /// First day of the billing period.
        period: Date,
        /// The currency.
        currency: UnitCode,
    },
    /// What was given back is more than what is charged.
    #[error(
        "the draft invoice of {period} is below zero: {net}; later usage of the period may lift it"
    )]
    DraftBelowZero {
        /// First day of the billing period.
        period: Date,
        /// Its net amount.
        net: String,
    },
    /// Usage that is not taken back.
    #[error(transparent)]
    Reversal(#[from] ReversalRejection),
    /// An invoice or draft that cannot be changed in this way.
    #[error(transparent)]
    Invoicing(#[from] InvoicingRejection),
    /// The number is taken.
    #[error("customer {customer} already has an invoice {invoice}")]
    InvoiceExists {
        /// The customer.
        customer: CustomerCode,
        /// The number.
        invoice: InvoiceNumber,
    },
    /// No number can be made.
    #[error("no invoice number can be made of the customer's long code: give a number")]
    NumberNeeded,
    /// No such invoice.
    #[error("customer {customer} has no invoice {invoice}")]
    UnknownInvoice {
        /// The customer.
        customer: CustomerCode,
        /// The number.
        invoice: InvoiceNumber,
    },
    /// The invoice is void.
    #[error("invoice {invoice} is void")]
    InvoiceIsVoid {
        /// The number.
        invoice: InvoiceNumber,
    },
    /// The invoice is paid or credited, at least in part.
    #[error("invoice {invoice} is paid or credited in part: issue a credit note instead")]
    InvoiceTouched {
        /// The number.
        invoice: InvoiceNumber,
    },
    /// The invoice is in another currency.
    #[error("invoice {invoice} is in {currency}")]
    InvoiceCurrency {
        /// The number.
        invoice: InvoiceNumber,
        /// Its currency.
        currency: UnitCode,
    },
    /// A payment for two things.
    #[error("a payment is for a top-up or for an invoice, not for both")]
    PaymentForWhat,
    /// More than may be credited.
    #[error("{wanted} was to be credited with tax, but only {limit} of invoice {invoice} can be")]
    CreditTooHigh {
        /// The number.
        invoice: InvoiceNumber,
        /// What was asked for, with its tax.
        wanted: String,
        /// What can be credited, tax included.
        limit: String,
    },
    /// Same key, other content.
    #[error("event {key} was recorded before with other content; the first one stands")]
    EventConflict {
        /// The key.
        key: EventKey,
    },
    /// A usage event is refused.
    #[error("event {event} is refused: {}{}", refusal_in_words(*.refusal), .limit.as_ref().map_or_else(String::new, |limit| format!(" ({limit})")))]
    Refused {
        /// The event's key or place.
        event: String,
        /// Why.
        refusal: Refusal,
        /// The limit that refused it, in words, if one did.
        limit: Option<String>,
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
    /// A period ends with a calendar month.
    #[error("{through} is not the last day of a calendar month: a period ends with one")]
    NotAMonthEnd {
        /// The day asked for.
        through: Date,
    },
    /// The period has not ended.
    #[error("{through} is not over yet: close it when the day has ended in the entity's time zone")]
    PeriodNotOver {
        /// The day asked for.
        through: Date,
    },
    /// The day is closed.
    #[error("everything through {closed} is closed already, {through} with it")]
    AlreadyClosed {
        /// The day asked for.
        through: Date,
        /// The last closed day.
        closed: Date,
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
