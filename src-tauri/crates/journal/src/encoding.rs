//! The canonical encoding of an entry: the bytes its hash is taken over.
//!
//! Every value is written in a fixed order. Texts are their length in bytes as a 32-bit big-endian
//! number and then UTF-8; numbers are big-endian two's complement; an absent value is the byte 0,
//! a present one the byte 1 and then the value; lists are their length and then their items. The
//! first text is the version of this format. Nothing depends on ids of a database, on when the
//! entry was recorded, or on the machine.

use chrono_day::days_from_epoch;
use scrip_units::Date;

use crate::entry::{Draft, Posting};

/// The name of this encoding, the first text of every entry.
pub const VERSION: &str = "scrip-entry/1";

mod chrono_day {
    use scrip_units::Date;

    /// Days since 1970-01-01.
    pub(super) fn days_from_epoch(day: Date) -> i64 {
        day.signed_duration_since(Date::default()).num_days()
    }
}

/// Collects canonical bytes.
#[derive(Debug, Default)]
pub struct Encoder {
    bytes: Vec<u8>,
}

impl Encoder {
    /// Writes a text.
    pub fn text(&mut self, text: &str) {
        // Codes and memos are far shorter than 4 GiB; a longer text would be cut in its length
        // only, and the bytes themselves are still hashed.
        self.bytes.extend(u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
        self.bytes.extend(text.as_bytes());
    }

    /// Writes a number.
    pub fn number(&mut self, number: i64) {
        self.bytes.extend(number.to_be_bytes());
    }

    /// Writes an unsigned number.
    pub fn count(&mut self, count: u64) {
        self.bytes.extend(count.to_be_bytes());
    }

    /// Writes raw bytes of a fixed length.
    pub fn raw(&mut self, bytes: &[u8; 32]) {
        self.bytes.extend(bytes);
    }

    /// Writes a day as days since 1970-01-01.
    pub fn day(&mut self, day: Date) {
        self.number(days_from_epoch(day));
    }

    /// Writes an optional value.
    pub fn optional<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        match value {
            None => self.bytes.push(0),
            Some(value) => {
                self.bytes.push(1);
                write(self, value);
            }
        }
    }

    /// The bytes so far.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Forgets the bytes, keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
    }
}

fn posting(encoder: &mut Encoder, posting: &Posting) {
    encoder.text(posting.account.code());
    encoder.text(posting.amount.unit().code().as_str());
    encoder.count(u64::from(posting.amount.unit().scale().decimals()));
    encoder.number(posting.amount.steps());
    encoder.optional(posting.wallet.as_ref(), |e, wallet| e.text(wallet.as_str()));
    encoder.optional(posting.lot.as_ref(), |e, lot| e.text(lot.as_str()));
    encoder.optional(posting.rate.as_ref(), |e, rate| {
        e.text(rate.card.as_str());
        e.count(u64::from(rate.version));
        e.text(rate.rate.as_str());
    });
    encoder.count(posting.dimensions.len() as u64);
    for (name, value) in posting.dimensions.iter() {
        encoder.text(name);
        encoder.text(value);
    }
    encoder.optional(posting.service_day, Encoder::day);
}

/// Writes an entry's canonical bytes: format, customer, number, previous hash, body, and the text
/// `late` if it is.
pub fn entry(
    encoder: &mut Encoder,
    customer: &str,
    number: u64,
    previous: &[u8; 32],
    (body, late): (&Draft, bool),
) {
    encoder.text(VERSION);
    encoder.text(customer);
    encoder.count(number);
    encoder.raw(previous);
    encoder.text(body.kind.code());
    encoder.text(body.operation.as_str());
    encoder.number(body.effective_at.micros());
    encoder.day(body.booked_on);
    encoder.text(&body.memo);
    encoder.optional(body.detail, |e, hash| e.raw(hash.bytes()));
    encoder.count(body.postings.len() as u64);
    for line in &body.postings {
        posting(encoder, line);
    }
    // Nothing for an entry that is not: its bytes are those of ledgers that knew no closed periods.
    if late {
        encoder.text("late");
    }
}
