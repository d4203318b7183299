//! The hash chain of a customer, and the checkpoint over all chains.
//!
//! Hashes are BLAKE3 over the canonical encoding ([`crate::encoding`]). A checkpoint is the hash
//! over all chain heads in customer order; it is printed on every report, so that a report can be
//! proved to come from this ledger.

use std::fmt;
use std::str::FromStr;

use scrip_units::CustomerCode;
use serde::{Deserialize, Serialize};

use crate::encoding::{self, Encoder};
use crate::entry::{Draft, Entry, EntryError};

/// A BLAKE3 hash, written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Hash([u8; 32]);

impl Hash {
    /// The hash before the first entry of a chain.
    pub const ZERO: Hash = Hash([0; 32]);

    /// The BLAKE3 hash of some bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// The 32 bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A hash from its 32 bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The first eight digits, for people.
    #[must_use]
    pub fn short(&self) -> String {
        self.to_string()[..8].to_owned()
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(blake3::Hash::from_bytes(self.0).to_hex().as_str())
    }
}
impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl FromStr for Hash {
    type Err = ChainError;
    fn from_str(text: &str) -> Result<Self, ChainError> {
        blake3::Hash::from_hex(text)
            .map(|h| Self(*h.as_bytes()))
            .map_err(|_| ChainError::NotAHash { text: text.to_owned() })
    }
}
impl Serialize for Hash {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What is wrong with a chain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// Not 64 hexadecimal digits.
    #[error("{text:?} is not a hash of 64 hexadecimal digits")]
    NotAHash {
        /// The text as given.
        text: String,
    },
    /// The entry's own hash does not match its content.
    #[error(
        "entry {number} of {customer} was changed: its content hashes to {computed}, it carries {carried}"
    )]
    Changed {
        /// The chain.
        customer: CustomerCode,
        /// The entry.
        number: u64,
        /// Hash of the content.
        computed: Hash,
        /// Hash the entry carries.
        carried: Hash,
    },
    /// The entry does not follow the one before it.
    #[error(
        "entry {number} of {customer} does not follow entry {after}: an entry was removed, added or moved"
    )]
    Broken {
        /// The chain.
        customer: CustomerCode,
        /// The entry.
        number: u64,
        /// Number of the entry before it in the ledger.
        after: u64,
    },
    /// The entry does not balance.
    #[error(transparent)]
    Entry(#[from] EntryError),
}

/// The head of a customer's chain: how many entries there are and the hash of the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Chain {
    /// Number of the last entry; 0 for none.
    pub number: u64,
    /// Hash of the last entry; zero for none.
    pub head: Hash,
}

impl Chain {
    /// Seals a draft as the next entry of the chain and moves the head.
    ///
    /// # Errors
    /// [`EntryError`] when the draft does not balance; the chain is then unchanged.
    pub fn seal(&mut self, customer: &CustomerCode, body: Draft) -> Result<Entry, EntryError> {
        self.next(customer, body, false)
    }

    /// As [`Chain::seal`], of a draft whose own day is closed and which is booked on a later one.
    ///
    /// # Errors
    /// As [`Chain::seal`].
    pub fn seal_late(&mut self, customer: &CustomerCode, body: Draft) -> Result<Entry, EntryError> {
        self.next(customer, body, true)
    }

    fn next(
        &mut self,
        customer: &CustomerCode,
        body: Draft,
        late: bool,
    ) -> Result<Entry, EntryError> {
        body.check()?;
        let number = self.number + 1;
        let previous = self.head;
        let hash = hash(customer, number, previous, (&body, late));
        *self = Self { number, head: hash };
        Ok(Entry { customer: customer.clone(), number, body, late, previous, hash })
    }

    /// Follows the chain by one entry read from a store, checking number, hash and balance.
    ///
    /// # Errors
    /// [`ChainError`] naming the entry that does not fit.
    pub fn follow(&mut self, entry: &Entry) -> Result<(), ChainError> {
        let customer = entry.customer.clone();
        if entry.number != self.number + 1 || entry.previous != self.head {
            return Err(ChainError::Broken { customer, number: entry.number, after: self.number });
        }
        let computed =
            hash(&entry.customer, entry.number, entry.previous, (&entry.body, entry.late));
        if computed != entry.hash {
            let (number, carried) = (entry.number, entry.hash);
            return Err(ChainError::Changed { customer, number, computed, carried });
        }
        entry.body.check()?;
        *self = Self { number: entry.number, head: entry.hash };
        Ok(())
    }
}

fn hash(customer: &CustomerCode, number: u64, previous: Hash, body: (&Draft, bool)) -> Hash {
    let mut encoder = Encoder::default();
    encoding::entry(&mut encoder, customer.as_str(), number, previous.bytes(), body);
    Hash::of(encoder.bytes())
}

/// A proof of the whole ledger: the hash over all chain heads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Hash over all heads in customer order.
    pub hash: Hash,
    /// Number of chains.
    pub chains: u64,
    /// Number of entries.
    pub entries: u64,
}

/// The checkpoint over chain heads, which must come in ascending order of customer code.
pub fn checkpoint<'a>(heads: impl IntoIterator<Item = (&'a str, Chain)>) -> Checkpoint {
    let mut encoder = Encoder::default();
    encoder.text("scrip-checkpoint/1");
    let (mut chains, mut entries) = (0, 0);
    for (customer, chain) in heads {
        encoder.text(customer);
        encoder.count(chain.number);
        encoder.raw(chain.head.bytes());
        chains += 1;
        entries += chain.number;
    }
    Checkpoint { hash: Hash::of(encoder.bytes()), chains, entries }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Account;
    use crate::entry::{EntryKind, Posting};
    use scrip_units::{Amount, Instant, OperationId, Scale, Unit, UnitCode};

    fn unit(code: &str) -> Unit {
        Unit::new(UnitCode::try_new(code).unwrap(), Scale::try_new(2).unwrap())
    }
    fn draft(operation: &str, postings: &[(Account, &str, i64)]) -> Draft {
        Draft {
            kind: EntryKind::Purchase,
            operation: OperationId::try_new(operation).unwrap(),
            effective_at: Instant::from_micros(1_767_225_600_000_000).unwrap(),
            booked_on: "2026-01-01".parse().unwrap(),
            memo: String::new(),
            detail: None,
            postings: postings
                .iter()
                .map(|(account, code, steps)| {
                    Posting::new(*account, Amount::from_steps(unit(code), *steps))
                })
                .collect(),
        }
    }
    fn purchase(operation: &str, cents: i64) -> Draft {
        draft(
            operation,
            &[
                (Account::CashClearing, "EUR", cents),
                (Account::ClPurchased, "EUR", -cents),
                (Account::UnitsAvailable, "credits", 100),
                (Account::UnitsIssued, "credits", -100),
            ],
        )
    }
    fn acme() -> CustomerCode {
        CustomerCode::try_new("acme").unwrap()
    }

    #[test]
    fn an_entry_that_does_not_balance_in_either_ledger_is_refused() {
        let mut chain = Chain::default();
        for postings in [
            &[(Account::CashClearing, "EUR", 100), (Account::ClPurchased, "EUR", -99)][..],
            &[(Account::CashClearing, "EUR", 100), (Account::ClPurchased, "USD", -100)][..],
            // Money and units of the same currency are two ledgers.
            &[(Account::CashClearing, "EUR", 100), (Account::UnitsIssued, "EUR", -100)][..],
            &[][..],
        ] {
            assert!(chain.seal(&acme(), draft("op", postings)).is_err(), "{postings:?}");
        }
        assert_eq!(chain, Chain::default());
    }

    #[test]
    fn a_chain_shows_what_was_changed_removed_or_moved() {
        let mut chain = Chain::default();
        let entries: Vec<_> = (1..=3)
            .map(|i| chain.seal(&acme(), purchase(&format!("op-{i}"), 100 * i)).unwrap())
            .collect();
        let follow = |entries: &[Entry]| {
            let mut chain = Chain::default();
            entries.iter().try_for_each(|e| chain.follow(e)).map(|()| chain)
        };
        assert_eq!(follow(&entries), Ok(chain));
        let mut changed = entries.clone();
        changed[1].body.memo = "a different story".into();
        assert!(matches!(follow(&changed), Err(ChainError::Changed { number: 2, .. })));
        let removed = [entries[0].clone(), entries[2].clone()];
        assert!(matches!(follow(&removed), Err(ChainError::Broken { number: 3, after: 1, .. })));
    }

    #[test]
    fn an_entry_cannot_become_late_or_cease_to_be_afterwards() {
        for seal in [Chain::seal, Chain::seal_late] {
            let mut entry = seal(&mut Chain::default(), &acme(), purchase("op-1", 100)).unwrap();
            assert_eq!(Chain::default().follow(&entry), Ok(()));
            entry.late = !entry.late;
            assert!(matches!(Chain::default().follow(&entry), Err(ChainError::Changed { .. })));
        }
    }

    #[test]
    fn the_canonical_hash_of_a_known_entry_never_changes() {
        // Golden: a change here breaks every ledger in the field; raise the encoding's version
        // instead.
        let entry = Chain::default().seal(&acme(), purchase("op-1", 100)).unwrap();
        assert_eq!(
            entry.hash.to_string(),
            "7b971317014a000e9182f269154bd07097a328d6ff2148badcb95a35fea0d082"
        );
        let heads = [("acme", Chain { number: 1, head: entry.hash })];
        assert_eq!(checkpoint(heads).entries, 1);
    }
}
