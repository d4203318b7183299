//! Amounts, units, rounding, codes, instants: the values every other crate is made of.
//!
//! Owns: what an amount is and how it is rounded, split, read and written; what a code may look
//! like; how an instant becomes a day or a month in a legal entity's time zone.
//! Deliberately does not know: customers, prices, wallets, accounts, clocks, files.
//!
//! Invariants:
//! - An [`Amount`] is an integer number of its unit's smallest step. No float is ever involved.
//! - Arithmetic on amounts of different units is an error, never a number.
//! - Anything that would overflow or lose digits is an error, never a wrap or a truncation.
//! - Division happens only through [`rounding`], which names how it rounds.

pub mod amount;
pub mod code;
pub mod exact;
pub mod number;
pub mod period;
pub mod rounding;
pub mod time;
pub mod unit;

pub use amount::{Amount, AmountError, format_steps, parse_steps};
pub use code::{
    AccountCode, Actor, AlertCode, ApprovalCode, CardCode, Code, CodeError, ConversionCode,
    CustomerCode, EntityCode, EventKey, HoldId, InvoiceNumber, LotId, MemberCode, MeterCode,
    OperationId, PlanCode, RateCode, TeamCode, WalletCode, WalletTypeCode,
};
pub use exact::{Exact, ExactError};
pub use number::{Number, NumberError};
pub use period::{BillingPeriod, Month, add_months_clamped};
pub use rounding::{Rounding, RoundingError, allocate, div_round, mul_div_round};
pub use time::{Date, DayCursor, Instant, TimeError, When, Zone, read_day};
pub use unit::{Scale, Unit, UnitCode, UnitError};

pub use rust_decimal::Decimal;
