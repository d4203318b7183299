//! Journeys through the real window: the built program under WebKitWebDriver, on a display of its own,
//! with a workspace of its own.
//!
//! `make test-window` runs them. Each journey starts its own display, driver and program, waits on
//! state and never on time, and every call has a limit. Pictures of the screens are kept in
//! `target/window` (or `$SCRIP_PICTURES`). `docs/window.md` tells how to write one.
#![cfg(feature = "window")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a journey that cannot go on has failed"
)]

mod books;
mod desktop;
mod driver;
mod gate;
mod journeys;
mod page;
mod production;
