//! The built command, as its users meet it: what it prints, how it ends, what it keeps.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stdout, reason = "a seed or a skipped test is said on the screen")]

mod actors;
mod approvals;
mod bad_configuration;
mod bad_operations;
mod bad_usage;
mod books;
mod closed;
mod concurrency;
mod configuration;
mod contention;
mod crash;
mod damage;
mod documents;
mod exchange;
mod fences;
mod full_disk;
mod help;
mod ledger_format;
mod margin;
mod mask;
mod month;
mod operations;
mod outbox;
mod preview;
mod pricing;
mod repeated;
mod reversals;
mod schema;
mod schemas;
mod secrets;
mod served;
mod templates;
mod unknown;
mod wrong_options;
