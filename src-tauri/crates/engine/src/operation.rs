//! Operations: the only way anything changes, and the documented form in which they are written.
//!
//! One JSON object: `op` names the operation, `id` is its idempotency key, `at` the instant from
//! which it counts, `actor` who caused it; the other members belong to the operation. A member
//! that the operation does not know is an error, not ignored.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use scrip_catalog::Document;
use scrip_journal::Hash;
use scrip_units::{
    Actor, CustomerCode, EventKey, Instant, LotId, MemberCode, MeterCode, Number, OperationId,
    UnitCode, WalletCode, WalletTypeCode, When,
};
use scrip_wallet::LotKind;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::canonical::canonical;

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
    /// What it does.
    pub action: Action,
}

/// The operation is not of the documented form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct OperationError {
    /// What is wrong.
    pub message: String,
}

/// Money paid for units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Amount net of tax, as a decimal text.
    pub net: Number,
    /// Tax on top of it.
    #[serde(default, skip_serializing_if = "Number::is_zero")]
    pub tax: Number,
    /// Where the tax goes.
    #[serde(default, skip_serializing_if = "Tax::is_default")]
    pub tax_kind: Tax,
    /// ISO 4217 currency.
    pub currency: UnitCode,
}

/// Which tax was charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tax {
    /// Value added tax (account 2100).
    #[default]
    Vat,
    /// Sales tax (account 2110).
    SalesTax,
}

impl Tax {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// How a purchase was settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Settlement {
    /// Paid at once.
    #[default]
    Paid,
    /// Invoiced; a payment follows.
    Invoiced,
}

/// When a lot expires, overriding its wallet type's rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Expiry {
    /// The first instant at which it is no longer usable.
    At(When),
    /// Never.
    Never(Never),
}

/// The word `never`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Never {
    /// Never.
    Never,
}

/// Adds units to a wallet: a new lot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantCredits {
    /// The customer.
    pub customer: CustomerCode,
    /// The wallet; made if it does not exist. The wallet type's code if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wallet: Option<WalletCode>,
    /// The wallet's type; the type of the existing wallet, or the type of the wallet's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wallet_type: Option<WalletTypeCode>,
    /// Units granted, as a decimal text.
    pub units: Number,
    /// How the customer comes by them.
    pub kind: LotKind,
    /// Id of the lot; the operation's id if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<LotId>,
    /// What was paid. Required for purchased, allocated and migrated lots; the value given for
    /// compensation; not allowed for promotional lots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// How it was settled.
    #[serde(default)]
    pub settlement: Settlement,
    /// From when the lot is usable; the operation's `at` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_at: Option<When>,
    /// Until when, exclusive; by the wallet type's rule if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Expiry>,
    /// Grant priority: the lower number burns first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<u32>,
}

/// Records a payment of an invoiced amount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceivePayment {
    /// The customer.
    pub customer: CustomerCode,
    /// Amount received, as a decimal text.
    pub amount: Number,
    /// ISO 4217 currency.
    pub currency: UnitCode,
}

/// Invoices overage that was earned but not yet billed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InvoiceOverage {
    /// The customer.
    pub customer: CustomerCode,
    /// ISO 4217 currency.
    pub currency: UnitCode,
    /// Net amount; everything unbilled if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Number>,
    /// Tax on top of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<Number>,
}

/// A usage event written in an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InlineEvent {
    /// Idempotency key of the event.
    pub key: EventKey,
    /// The meter.
    pub meter: MeterCode,
    /// Quantity in the meter's unit, as a decimal text.
    pub quantity: Number,
    /// Dimension values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dimensions: BTreeMap<String, String>,
    /// Who used it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<MemberCode>,
    /// When it was used; the operation's `at` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<Instant>,
}

/// Rates and burns usage events at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordUsage {
    /// The customer.
    pub customer: CustomerCode,
    /// The events.
    pub events: Vec<InlineEvent>,
    /// Whether a refused event refuses the whole operation or is recorded as refused.
    #[serde(default, skip_serializing_if = "OnRefusal::is_default")]
    pub on_refusal: OnRefusal,
}

/// What a refused event does to its operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnRefusal {
    /// The operation is rejected.
    #[default]
    Reject,
    /// The event is recorded as refused; the others are posted.
    Record,
}

impl OnRefusal {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Rows of a usage segment: those that occurred in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SegmentWindow {
    /// The segment.
    pub segment: u32,
    /// Earliest instant, inclusive.
    pub from: Instant,
    /// Latest instant, exclusive.
    pub until: Instant,
}

/// Rates and burns a customer's archived usage. Written by `scrip post`, not by hand: the archive
/// must hold exactly these events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PostUsage {
    /// The customer.
    pub customer: CustomerCode,
    /// The rows of the archive that are posted.
    pub windows: Vec<SegmentWindow>,
    /// Number of events.
    pub events: u64,
    /// BLAKE3 hash of the events in posting order.
    #[schemars(with = "String")]
    pub events_hash: Hash,
}

/// Expires what is left of lots whose validity has ended at the operation's `at`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpireLots {
    /// One customer; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerCode>,
}

/// Pays back unused units at their cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RefundGrant {
    /// The customer.
    pub customer: CustomerCode,
    /// The lot.
    pub lot: LotId,
    /// Units refunded; all that are left if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<Number>,
    /// Fee kept, in the lot's currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<Number>,
}

/// Takes back what is left of a lot without paying anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VoidLot {
    /// The customer.
    pub customer: CustomerCode,
    /// The lot.
    pub lot: LotId,
}

/// Replaces the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplyConfiguration {
    /// The whole configuration document.
    pub document: Box<Document>,
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

            fn read(code: &str, body: Value) -> Result<Self, String> {
                match code {
                    $($code => serde_json::from_value(body)
                        .map(Action::$variant)
                        .map_err(|e| e.to_string()),)*
                    _ => {
                        let known = Self::CODES.join(", ");
                        Err(format!("{code:?} is not an operation: use one of {known}"))
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
    /// Records a payment.
    ReceivePayment(ReceivePayment) = "receive_payment";
    /// Rates and burns events at once.
    RecordUsage(RecordUsage) = "record_usage";
    /// Rates and burns archived usage.
    PostUsage(PostUsage) = "post_usage";
    /// Expires lots.
    ExpireLots(ExpireLots) = "expire_lots";
    /// Pays back unused units.
    RefundGrant(RefundGrant) = "refund_grant";
    /// Takes back unused units.
    VoidLot(VoidLot) = "void_lot";
    /// Invoices overage.
    InvoiceOverage(InvoiceOverage) = "invoice_overage";
    /// Replaces the configuration.
    ApplyConfiguration(ApplyConfiguration) = "apply_configuration";
}

impl Operation {
    /// Reads an operation.
    ///
    /// # Errors
    /// [`OperationError`] naming the member that is missing, unknown or wrong.
    pub fn from_json(text: &str) -> Result<Self, OperationError> {
        let value: Value = serde_json::from_str(text)
            .map_err(|e| OperationError { message: format!("not a JSON object: {e}") })?;
        Self::from_value(value)
    }

    /// Reads an operation from a JSON value.
    ///
    /// # Errors
    /// [`OperationError`] naming the member that is missing, unknown or wrong.
    pub fn from_value(value: Value) -> Result<Self, OperationError> {
        let Value::Object(mut members) = value else {
            return Err(OperationError { message: "an operation is a JSON object".to_owned() });
        };
        let code: String = required(&mut members, "op")?;
        let id = required(&mut members, "id")?;
        let at = required(&mut members, "at")?;
        let actor = required(&mut members, "actor")?;
        let reason = match members.remove("reason") {
            None => None,
            Some(value) => Some(member("reason", value)?),
        };
        let action = Action::read(&code, Value::Object(members))
            .map_err(|message| OperationError { message: format!("{code}: {message}") })?;
        Ok(Self { id, at, actor, reason, action })
    }

    /// The canonical JSON text: what is stored and hashed.
    ///
    /// # Errors
    /// Never for operations that were read or made by the program.
    pub fn to_json(&self) -> Result<String, OperationError> {
        let failed = |e: serde_json::Error| OperationError { message: e.to_string() };
        let mut members = Map::new();
        members.insert("op".into(), self.action.code().into());
        members.insert("id".into(), self.id.as_str().into());
        members.insert("at".into(), self.at.to_string().into());
        members.insert("actor".into(), self.actor.as_str().into());
        if let Some(reason) = &self.reason {
            members.insert("reason".into(), reason.as_str().into());
        }
        if let Value::Object(body) = self.action.write().map_err(failed)? {
            members.extend(body);
        }
        Ok(canonical(&Value::Object(members)))
    }

    /// The customer it concerns, if it concerns one.
    #[must_use]
    pub fn customer(&self) -> Option<&CustomerCode> {
        match &self.action {
            Action::GrantCredits(a) => Some(&a.customer),
            Action::ReceivePayment(a) => Some(&a.customer),
            Action::RecordUsage(a) => Some(&a.customer),
            Action::PostUsage(a) => Some(&a.customer),
            Action::ExpireLots(a) => a.customer.as_ref(),
            Action::RefundGrant(a) => Some(&a.customer),
            Action::VoidLot(a) => Some(&a.customer),
            Action::InvoiceOverage(a) => Some(&a.customer),
            Action::ApplyConfiguration(_) => None,
        }
    }
}

fn required<T: serde::de::DeserializeOwned>(
    members: &mut Map<String, Value>,
    name: &str,
) -> Result<T, OperationError> {
    let value = members
        .remove(name)
        .ok_or_else(|| OperationError { message: format!("the member \"{name}\" is missing") })?;
    member(name, value)
}

fn member<T: serde::de::DeserializeOwned>(name: &str, value: Value) -> Result<T, OperationError> {
    serde_json::from_value(value)
        .map_err(|e| OperationError { message: format!("\"{name}\": {e}") })
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
        ] {
            let error = Operation::from_json(&GRANT.replace(from, to)).unwrap_err().to_string();
            assert!(error.contains(want), "{error}");
        }
    }
}
