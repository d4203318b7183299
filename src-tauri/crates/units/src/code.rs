//! Codes and ids: the names people and other systems give to things.
//!
//! A code is what an operator types (`std-card`); an id names one thing for life. Both are short
//! visible ASCII text. Ids that Scrip makes itself are UUIDv7 in their usual text form, made by the
//! shells; ids that come from outside (an invoice number, a retry key of another system) are kept
//! as they came, because that is what makes a repeated delivery recognisable.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The longest code or id, in bytes.
pub const CODE_LENGTH_MAX: usize = 96;

/// Why a text is not a code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// The text is empty.
    #[error("a {kind} may not be empty")]
    Empty {
        /// What the text was read as.
        kind: &'static str,
    },
    /// The text is longer than [`CODE_LENGTH_MAX`] bytes.
    #[error("the {kind} {text:?} is longer than {CODE_LENGTH_MAX} characters")]
    TooLong {
        /// What the text was read as.
        kind: &'static str,
        /// The text as given.
        text: String,
    },
    /// The text holds something other than visible ASCII.
    #[error(
        "the {kind} {text:?} has the character {character:?}: use visible ASCII letters, digits and punctuation, no spaces"
    )]
    BadCharacter {
        /// What the text was read as.
        kind: &'static str,
        /// The text as given.
        text: String,
        /// The first character that is not allowed.
        character: char,
    },
}

impl CodeError {
    /// The same about a text that people call something else, such as `preview's name`.
    #[must_use]
    pub fn called(mut self, name: &'static str) -> Self {
        match &mut self {
            Self::Empty { kind } | Self::TooLong { kind, .. } | Self::BadCharacter { kind, .. } => {
                *kind = name;
            }
        }
        self
    }
}

/// Checks the shape common to all codes: 1 to [`CODE_LENGTH_MAX`] visible ASCII characters.
pub(crate) fn check(kind: &'static str, text: &str) -> Result<(), CodeError> {
    if text.is_empty() {
        return Err(CodeError::Empty { kind });
    }
    if text.len() > CODE_LENGTH_MAX {
        return Err(CodeError::TooLong { kind, text: text.to_owned() });
    }
    match text.chars().find(|c| !c.is_ascii_graphic()) {
        Some(character) => Err(CodeError::BadCharacter { kind, text: text.to_owned(), character }),
        None => Ok(()),
    }
}

/// What all code newtypes have in common, for code that handles any of them.
pub trait Code: Sized {
    /// What the code is called in messages, such as `customer code`.
    const KIND: &'static str;
    /// Reads a code; the error says which character or length is wrong.
    ///
    /// # Errors
    /// [`CodeError`] when the text is empty, too long or not visible ASCII.
    fn try_new(text: &str) -> Result<Self, CodeError>;
    /// The text of the code.
    fn as_str(&self) -> &str;
}

macro_rules! code_type {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl Code for $name {
            const KIND: &'static str = $kind;
            fn try_new(text: &str) -> Result<Self, CodeError> {
                check($kind, text)?;
                Ok(Self(Arc::from(text)))
            }
            fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl $name {
            /// Reads the code; see [`Code::try_new`].
            ///
            /// # Errors
            /// [`CodeError`] when the text is empty, too long or not visible ASCII.
            pub fn try_new(text: &str) -> Result<Self, CodeError> {
                <Self as Code>::try_new(text)
            }
            /// The text of the code.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }
        impl FromStr for $name {
            type Err = CodeError;
            fn from_str(text: &str) -> Result<Self, CodeError> {
                Self::try_new(text)
            }
        }
        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(&self.0)
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
                Self::try_new(&text).map_err(serde::de::Error::custom)
            }
        }
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "string",
                    "description": concat!("A ", $kind, ": 1 to 96 visible ASCII characters, no spaces."),
                    "minLength": 1,
                    "maxLength": 96,
                    "pattern": "^[!-~]+$"
                })
            }
        }
    };
}

code_type!(
    /// The organisation that pays.
    CustomerCode, "customer code"
);
code_type!(
    /// A person inside a customer.
    MemberCode, "member code"
);
code_type!(
    /// A group of members of a customer.
    TeamCode, "team code"
);
code_type!(
    /// A named measure of usage.
    MeterCode, "meter code"
);
code_type!(
    /// A dated step between units before credits.
    ConversionCode, "conversion code"
);
code_type!(
    /// A rate card.
    CardCode, "rate card code"
);
code_type!(
    /// A plan, or a line of one.
    PlanCode, "plan code"
);
code_type!(
    /// One row of a rate card; the same row keeps its code from version to version.
    RateCode, "rate code"
);
code_type!(
    /// The product definition of a wallet.
    WalletTypeCode, "wallet type code"
);
code_type!(
    /// An alert of a wallet type.
    AlertCode, "alert code"
);
code_type!(
    /// A rule of approval.
    ApprovalCode, "approval rule code"
);
code_type!(
    /// One customer's wallet.
    WalletCode, "wallet code"
);
code_type!(
    /// A lot: what is left of one grant.
    LotId, "lot id"
);
code_type!(
    /// The number of an invoice; unique for its customer.
    InvoiceNumber, "invoice number"
);
code_type!(
    /// A hold: units reserved for work in progress.
    HoldId, "hold id"
);
code_type!(
    /// An account of the chart of accounts.
    AccountCode, "account code"
);
code_type!(
    /// A legal entity.
    EntityCode, "entity code"
);
code_type!(
    /// The idempotency key of an operation.
    OperationId, "operation id"
);
code_type!(
    /// The idempotency key of a usage event.
    EventKey, "event key"
);
code_type!(
    /// Who caused an operation.
    Actor, "actor"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_short_visible_ascii() {
        assert!(CustomerCode::try_new("acme-01").is_ok());
        assert_eq!(CustomerCode::try_new(""), Err(CodeError::Empty { kind: "customer code" }));
        let message = CustomerCode::try_new("two words").unwrap_err().to_string();
        assert!(message.contains("' '"), "{message}");
        assert!(matches!(CustomerCode::try_new("naïve"), Err(CodeError::BadCharacter { .. })));
        assert!(matches!(CustomerCode::try_new(&"x".repeat(97)), Err(CodeError::TooLong { .. })));
        let called = PlanCode::try_new("a b").unwrap_err().called("preview's name").to_string();
        assert!(called.starts_with("the preview's name \"a b\" has"), "{called}");
    }

    #[test]
    fn codes_read_and_write_as_plain_strings() {
        let code: CardCode = serde_json::from_str("\"std-card\"").unwrap();
        assert_eq!(serde_json::to_string(&code).unwrap(), "\"std-card\"");
        assert!(serde_json::from_str::<CardCode>("\"a b\"").is_err());
    }
}
