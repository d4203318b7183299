//! Operations: the only way anything changes, and the documented form in which they are written.
//!
//! One JSON object: `op` names the operation, `id` is its idempotency key, `at` the instant from
//! which it counts, `actor` who caused it; the other members belong to the operation. A member
//! that the operation does not know is an error, not ignored.

mod approvals;
mod commitments;
mod configuration;
mod corrections;
mod exchange;
mod grants;
mod holds;
mod invoices;
mod lots;
mod moves;
mod periods;
mod previews;
mod reading;
mod reversals;
mod schedule;
mod subscriptions;
mod top_ups;
mod usage;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use scrip_catalog::{DeliveryCost, Document};
use scrip_journal::Hash;
use scrip_units::{
    Actor, CardCode, CustomerCode, Date, EventKey, HoldId, Instant, InvoiceNumber, LotId,
    MemberCode, MeterCode, Number, OperationId, PlanCode, RateCode, UnitCode, WalletCode,
    WalletTypeCode, When,
};
use scrip_wallet::LotKind;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::canonical::canonical;

pub use approvals::*;
pub use commitments::*;
pub use configuration::*;
pub use corrections::*;
pub use exchange::*;
pub use grants::*;
pub use holds::*;
pub use invoices::*;
pub use lots::*;
pub use moves::*;
pub use periods::*;
pub use previews::*;
pub use reversals::*;
pub use schedule::*;
pub use subscriptions::*;
pub use top_ups::*;
pub use usage::*;

/// An operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Idempotency key.
    pub id: OperationId,
    /// The instant from which it counts.
    pub at: Instant,
    /// Who caused it.
    pub actor: Actor,
    /// Why, for people.
    pub reason: Option<String>,
    /// Who else approved it, where a rule asks for that.
    pub approval: Option<Approval>,
    /// What it does.
    pub action: Action,
}

/// The operation is not of the documented form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", located(.op.as_deref(), .member.as_deref()))]
pub struct OperationError {
    /// The operation's code, where its own members are wrong.
    pub op: Option<String>,
    /// The member that is wrong, where one is: `units`, `price.net`.
    pub member: Option<String>,
    /// What is wrong.
    pub message: String,
}

impl OperationError {
    /// What is wrong with an operation as a whole.
    pub(crate) fn whole(message: impl Into<String>) -> Self {
        Self { op: None, member: None, message: message.into() }
    }
}

fn located(op: Option<&str>, member: Option<&str>) -> String {
    let op = op.map(|op| format!("{op}: ")).unwrap_or_default();
    let member = member.map(|member| format!("\"{member}\": ")).unwrap_or_default();
    op + &member
}

macro_rules! actions {
    ($($(#[$doc:meta])* $variant:ident($body:ty) = $code:literal;)*) => {
        /// What an operation does.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Action {
            $($(#[$doc])* $variant($body),)*
        }

        impl Action {
            /// The codes of all operations, in the order they are documented.
            pub const CODES: &'static [&'static str] = &[$($code,)*];

            /// The operation's code: the value of `op`.
            #[must_use]
            pub fn code(&self) -> &'static str {
                match self { $(Action::$variant(_) => $code,)* }
            }

            fn read(code: &str, body: Value) -> Result<Self, reading::Misread> {
                match code {
                    $($code => reading::read(body).map(Action::$variant),)*
                    _ => {
                        let known = Self::CODES.join(", ");
                        let message = format!("{code:?} is not an operation: use one of {known}");
                        Err(reading::Misread { member: None, message })
                    }
                }
            }

            fn write(&self) -> Result<Value, serde_json::Error> {
                match self { $(Action::$variant(body) => serde_json::to_value(body),)* }
            }

            /// The JSON Schema of each operation's own members.
            pub fn schemas(
                generator: &mut schemars::SchemaGenerator,
            ) -> Vec<(&'static str, schemars::Schema)> {
                vec![$(($code, <$body as JsonSchema>::json_schema(generator)),)*]
            }
        }
    };
}

actions! {
    /// Adds units to a wallet.
    GrantCredits(GrantCredits) = "grant_credits";
    /// Subscribes a customer to a plan.
    Subscribe(Subscribe) = "subscribe";
    /// Ends a subscription.
    CancelSubscription(CancelSubscription) = "cancel_subscription";
    /// Completes a service that was charged in advance.
    CompleteSetup(CompleteSetup) = "complete_setup";
    /// Pays a charge back.
    RefundCharge(RefundCharge) = "refund_charge";
    /// Buys units for a wallet.
    TopUp(TopUpWallet) = "top_up";
    /// Sets when a customer's wallet is topped up.
    SetTopUp(SetTopUp) = "set_top_up";
    /// Gives up a top-up that waits for its payment.
    CancelTopUp(CancelTopUp) = "cancel_top_up";
    /// Agrees a minimum commitment.
    AgreeCommitment(AgreeCommitment) = "agree_commitment";
    /// Records a payment.
    ReceivePayment(ReceivePayment) = "receive_payment";
    /// Rates and burns events at once.
    RecordUsage(RecordUsage) = "record_usage";
    /// Rates and burns archived usage.
    PostUsage(PostUsage) = "post_usage";
    /// Takes posted usage back.
    ReverseUsage(ReverseUsage) = "reverse_usage";
    /// Does what has fallen due.
    RunSchedule(RunSchedule) = "run_schedule";
    /// Expires lots.
    ExpireLots(ExpireLots) = "expire_lots";
    /// Pays back unused units.
    RefundGrant(RefundGrant) = "refund_grant";
    /// Takes back unused units.
    VoidLot(VoidLot) = "void_lot";
    /// Lets a lot live longer.
    ExtendLot(ExtendLot) = "extend_lot";
    /// Sets the last day of a contract.
    SetContractEnd(SetContractEnd) = "set_contract_end";
    /// Gives expired units back.
    ReinstateLot(ReinstateLot) = "reinstate_lot";
    /// Moves units to another wallet or customer.
    TransferUnits(TransferUnits) = "transfer_units";
    /// Exchanges units for another unit.
    ConvertUnits(ConvertUnits) = "convert_units";
    /// Puts a balance right by hand.
    AdjustBalance(AdjustBalance) = "adjust_balance";
    /// A bank takes back a payment.
    ChargeBack(ChargeBack) = "chargeback";
    /// A chargeback is won.
    WinChargeback(WinChargeback) = "win_chargeback";
    /// Reserves units.
    PlaceHold(PlaceHold) = "place_hold";
    /// Burns reserved units.
    CaptureHold(CaptureHold) = "capture_hold";
    /// Gives reserved units back.
    ReleaseHold(ReleaseHold) = "release_hold";
    /// Invoices overage.
    InvoiceOverage(InvoiceOverage) = "invoice_overage";
    /// Adds published exchange rates.
    ImportExchangeRates(ImportExchangeRates) = "import_exchange_rates";
    /// Makes a draft invoice final.
    FinalizeInvoice(FinalizeInvoice) = "finalize_invoice";
    /// Takes a final invoice back.
    VoidInvoice(VoidInvoice) = "void_invoice";
    /// Takes the draft of a billing period away.
    DiscardDraft(DiscardDraft) = "discard_draft";
    /// Credits an invoice.
    CreditNote(CreditNote) = "credit_note";
    /// Gives up a claim.
    WriteOff(WriteOff) = "write_off";
    /// Closes everything through a day.
    ClosePeriod(ClosePeriod) = "close_period";
    /// Replaces the configuration.
    ApplyConfiguration(ApplyConfiguration) = "apply_configuration";
    /// Asks for a second person's approval.
    RequestApproval(RequestApproval) = "request_approval";
    /// Decides about a request.
    DecideRequest(DecideRequest) = "decide_request";
}

impl Operation {
    /// Reads an operation.
    ///
    /// # Errors
    /// [`OperationError`] naming the member that is missing, unknown or wrong.
    pub fn from_json(text: &str) -> Result<Self, OperationError> {
        let value = serde_json::from_str(text)
            .map_err(|e| OperationError::whole(format!("not a JSON object: {e}")))?;
        if let Some(member) = reading::repeated(text) {
            let message = "is given twice; an object has each member once".to_owned();
            return Err(OperationError { op: None, member: Some(member), message });
        }
        Self::from_value(value)
    }

    /// Reads an operation from a JSON value.
    ///
    /// # Errors
    /// [`OperationError`] naming the member that is missing, unknown or wrong.
    pub fn from_value(value: Value) -> Result<Self, OperationError> {
        let Value::Object(mut members) = value else {
            return Err(OperationError::whole("an operation is a JSON object"));
        };
        let code: String = required(&mut members, "op")?;
        let id = required(&mut members, "id")?;
        let at = required(&mut members, "at")?;
        let actor = required(&mut members, "actor")?;
        let reason = match members.remove("reason") {
            None => None,
            Some(value) => Some(member("reason", value)?),
        };
        let approval = match members.remove("approval") {
            None => None,
            Some(value) => Some(member("approval", value)?),
        };
        let action = Action::read(&code, Value::Object(members)).map_err(|wrong| {
            OperationError { op: Some(code), member: wrong.member, message: wrong.message }
        })?;
        Ok(Self { id, at, actor, reason, approval, action })
    }

    /// The canonical JSON text: what is stored and hashed.
    ///
    /// # Errors
    /// Never for operations that were read or made by the program.
    pub fn to_json(&self) -> Result<String, OperationError> {
        Ok(canonical(&self.to_value()?))
    }

    fn to_value(&self) -> Result<Value, OperationError> {
        let failed = |e: serde_json::Error| OperationError::whole(e.to_string());
        let mut members = Map::new();
        members.insert("op".into(), self.action.code().into());
        members.insert("id".into(), self.id.as_str().into());
        members.insert("at".into(), self.at.to_string().into());
        members.insert("actor".into(), self.actor.as_str().into());
        if let Some(reason) = &self.reason {
            members.insert("reason".into(), reason.as_str().into());
        }
        if let Some(approval) = &self.approval {
            members.insert("approval".into(), serde_json::to_value(approval).map_err(failed)?);
        }
        if let Value::Object(body) = self.action.write().map_err(failed)? {
            members.extend(body);
        }
        Ok(Value::Object(members))
    }

    /// The customers whose state it reads or changes, if it names any: all must be loaded.
    #[must_use]
    pub fn customers(&self) -> Vec<&CustomerCode> {
        let other = match &self.action {
            Action::TransferUnits(a) => a.to_customer.as_ref(),
            _ => None,
        };
        self.customer().into_iter().chain(other).collect()
    }

    /// The customer it concerns, if it concerns one: of several, the one it begins with.
    #[must_use]
    pub fn customer(&self) -> Option<&CustomerCode> {
        match &self.action {
            Action::GrantCredits(a) => Some(&a.customer),
            Action::Subscribe(a) => Some(&a.customer),
            Action::CancelSubscription(a) => Some(&a.customer),
            Action::CompleteSetup(a) => Some(&a.customer),
            Action::RefundCharge(a) => Some(&a.customer),
            Action::TopUp(a) => Some(&a.customer),
            Action::SetTopUp(a) => Some(&a.customer),
            Action::CancelTopUp(a) => Some(&a.customer),
            Action::AgreeCommitment(a) => Some(&a.customer),
            Action::ReceivePayment(a) => Some(&a.customer),
            Action::RecordUsage(a) => Some(&a.customer),
            Action::PostUsage(a) => Some(&a.customer),
            Action::ReverseUsage(a) => Some(&a.customer),
            Action::RunSchedule(a) => a.customer.as_ref(),
            Action::ExpireLots(a) => a.customer.as_ref(),
            Action::RefundGrant(a) => Some(&a.customer),
            Action::VoidLot(a) => Some(&a.customer),
            Action::ExtendLot(a) => Some(&a.customer),
            Action::SetContractEnd(a) => Some(&a.customer),
            Action::ReinstateLot(a) => Some(&a.customer),
            Action::TransferUnits(a) => Some(&a.customer),
            Action::ConvertUnits(a) => Some(&a.customer),
            Action::AdjustBalance(a) => Some(&a.customer),
            Action::ChargeBack(a) => Some(&a.customer),
            Action::WinChargeback(a) => Some(&a.customer),
            Action::PlaceHold(a) => Some(&a.customer),
            Action::CaptureHold(a) => Some(&a.customer),
            Action::ReleaseHold(a) => Some(&a.customer),
            Action::InvoiceOverage(a) => Some(&a.customer),
            Action::FinalizeInvoice(a) => Some(&a.customer),
            Action::VoidInvoice(a) => Some(&a.customer),
            Action::DiscardDraft(a) => Some(&a.customer),
            Action::CreditNote(a) => Some(&a.customer),
            Action::WriteOff(a) => Some(&a.customer),
            Action::ImportExchangeRates(_)
            | Action::ClosePeriod(_)
            | Action::ApplyConfiguration(_)
            | Action::RequestApproval(_)
            | Action::DecideRequest(_) => None,
        }
    }

    /// The lot that it is about, which is there already.
    #[must_use]
    pub fn lot(&self) -> Option<&LotId> {
        match &self.action {
            Action::ReceivePayment(a) => a.lot.as_ref(),
            Action::CreditNote(a) => a.lot.as_ref(),
            Action::WriteOff(a) => a.lot.as_ref(),
            Action::RefundGrant(a) => a.lot.as_ref(),
            Action::VoidLot(a) => a.lot.as_ref(),
            Action::ExtendLot(a) => Some(&a.lot),
            Action::ReinstateLot(a) => Some(&a.lot),
            Action::TransferUnits(a) => a.lot.as_ref(),
            Action::ConvertUnits(a) => a.lot.as_ref(),
            Action::AdjustBalance(a) => a.lot.as_ref(),
            Action::ChargeBack(a) => Some(&a.lot),
            Action::WinChargeback(a) => Some(&a.lot),
            _ => None,
        }
    }

    /// The configuration that it puts into force, if it is one that does.
    #[must_use]
    pub fn configuration(&self) -> Option<&Document> {
        match &self.action {
            Action::ApplyConfiguration(action) => Some(&action.document),
            _ => None,
        }
    }
}

fn required<T: serde::de::DeserializeOwned>(
    members: &mut Map<String, Value>,
    name: &str,
) -> Result<T, OperationError> {
    let value = members
        .remove(name)
        .ok_or_else(|| OperationError::whole(format!("the member \"{name}\" is missing")))?;
    member(name, value)
}

fn member<T: serde::de::DeserializeOwned>(name: &str, value: Value) -> Result<T, OperationError> {
    serde_json::from_value(value).map_err(|e| OperationError {
        op: None,
        member: Some(name.to_owned()),
        message: e.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRANT: &str = r#"{"op":"grant_credits","id":"g-1","at":"2026-01-01T00:00:00Z","actor":"maria",
        "customer":"acme","wallet":"std","units":"100","kind":"purchased",
        "price":{"net":"50.00","currency":"EUR"},"expires_at":"2026-04-01"}"#;

    #[test]
    fn operations_read_and_write_without_loss() {
        let operation = Operation::from_json(GRANT).unwrap();
        let text = operation.to_json().unwrap();
        assert_eq!(Operation::from_json(&text).unwrap(), operation);
        assert_eq!(Operation::from_json(&text).unwrap().to_json().unwrap(), text);
        let never = GRANT.replace("\"2026-04-01\"", "\"never\"");
        let Action::GrantCredits(grant) = Operation::from_json(&never).unwrap().action else {
            panic!()
        };
        assert_eq!(grant.expires_at, Some(Expiry::Never(Never::Never)));
    }

    #[test]
    fn what_an_operation_does_not_know_is_an_error() {
        for (from, to, want) in [
            ("\"wallet\"", "\"walet\"", "unknown field `walet`"),
            ("\"units\":\"100\"", "\"units\":100", "in quotes"),
            ("grant_credits", "grant_credit", "is not an operation"),
            ("\"id\":\"g-1\",", "", "\"id\" is missing"),
            ("2026-01-01T00:00:00Z", "2026-01-01", "\"at\""),
            ("\"100\"", "\"1,000.5\"", "grant_credits: \"units\": \"1,000.5\" is not"),
            ("\"50.00\"", "\"1e5\"", "grant_credits: \"price.net\": \"1e5\" is not"),
            ("2026-04-01", "2026-02-31", "\"expires_at\": there is no such day as 2026-02-31"),
            ("2026-04-01", "someday", "is neither a date (2026-04-01) nor an instant"),
            ("2026-04-01", "someday", "(2026-04-01T00:00:00Z), nor \"never\""),
            ("\"wallet\":", "\"units\":\"2\",\"wallet\":", "\"units\": is given twice"),
            ("\"currency\"", "\"net\":\"2\",\"currency\"", "\"net\": is given twice"),
        ] {
            let error = Operation::from_json(&GRANT.replace(from, to)).unwrap_err().to_string();
            assert!(error.contains(want), "{error}");
        }
    }
}
