//! Approvals of a second person.

use super::*;

/// Somebody else's approval of an operation: what makes it lawful where a rule asks for one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// The request that was approved.
    pub request: OperationId,
    /// Who approved it: somebody else than the actor.
    pub by: Actor,
    /// The hash of the operation as it was approved: of its canonical text without this member.
    #[schemars(with = "String")]
    pub content: Hash,
}

/// An operation inside a request, as it is to be applied but for its approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposed(pub Box<Operation>);

impl Serialize for Proposed {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.to_value().map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Proposed {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let operation = Operation::from_value(value).map_err(serde::de::Error::custom)?;
        Ok(Self(Box::new(operation)))
    }
}

impl JsonSchema for Proposed {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Proposed".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "object",
            "description": "An operation, without an approval.",
            "required": ["op", "id", "at", "actor"]
        })
    }
}

/// Asks a second person to approve operations, which are applied together then, or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestApproval {
    /// The operations.
    pub operations: Vec<Proposed>,
    /// The revision of the configuration under which they were looked at. Under another one they may
    /// do something else, so they are not applied then.
    pub revision: u64,
    /// From this instant on the request has lapsed.
    pub lapses_at: Instant,
    /// A preview of the configuration that is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<Box<AttachedPreview>>,
}

impl RequestApproval {
    /// What is asked for, in its order.
    pub fn proposed(&self) -> impl DoubleEndedIterator<Item = &Operation> + Clone {
        self.operations.iter().map(|Proposed(operation)| &**operation)
    }
}

/// What became of a request.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Somebody else approved it: its operations are applied in the same transaction.
    Approve,
    /// Somebody else rejected it.
    Reject,
    /// Who asked took it back.
    Withdraw,
}

/// Decides a request, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideRequest {
    /// The request.
    pub request: OperationId,
    /// Who asked.
    pub asked_by: Actor,
    /// What is decided.
    pub verdict: Verdict,
    /// The hash of what was looked at: of the canonical texts of its operations, and of the preview that
    /// goes with them, each with a line feed.
    #[schemars(with = "String")]
    pub content: Hash,
}
