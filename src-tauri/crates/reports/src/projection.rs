//! When a wallet runs dry, as a picture shows it. What it is calculated from is not known here.

use scrip_units::Instant;

/// When a balance is expected to be used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Projection {
    /// At the usual rate.
    pub expected: Instant,
    /// At the fastest rate.
    pub earliest: Instant,
    /// At the slowest rate; `None` when it does not run dry then.
    pub latest: Option<Instant>,
}
