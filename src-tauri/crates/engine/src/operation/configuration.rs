//! The configuration.

use super::*;

/// Replaces the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplyConfiguration {
    /// The whole configuration document.
    pub document: Box<Document>,
}
