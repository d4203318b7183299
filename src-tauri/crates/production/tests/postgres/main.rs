//! The PostgreSQL ledger on a real server that the tests start themselves.

mod conformance;
mod rules;
mod server;
