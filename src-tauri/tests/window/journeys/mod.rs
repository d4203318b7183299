//! The journeys, one file for each screen or for what stands around all of them.

mod approvals;
mod budgets;
mod cards;
mod chain;
mod customers;
mod following;
mod frame;
mod grid;
mod keyboard;
mod ledger;
mod outbox;
mod preview;
mod revenue;
mod settings;
mod start;
mod tour;
mod walk;
mod wallets;
