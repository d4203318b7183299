//! Holds of a customer that have not ended, as the book keeps them.

use scrip_store::LedgerStore;
use scrip_units::{CustomerCode, format_steps};
use scrip_wallet::HeldFor;
use serde::Serialize;

use crate::error::AppError;
use crate::query::{book_of, catalog};
use crate::workspace::Workspace;

/// Units held of a lot.
#[derive(Debug, Clone, Serialize)]
pub struct HeldLotView {
    /// Lot.
    pub lot: String,
    /// Units.
    pub units: String,
}

/// A hold.
#[derive(Debug, Clone, Serialize)]
pub struct HoldView {
    /// Its id.
    pub hold: String,
    /// The wallet, or the meter of the usage that is expected.
    pub held_for: String,
    /// Unit of the units.
    pub unit: String,
    /// Units held at first.
    pub placed: String,
    /// Units held still.
    pub held: String,
    /// Units captured so far.
    pub captured: String,
    /// When it was placed.
    pub placed_at: String,
    /// When it times out, exclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// The lots, in the order in which they burn.
    pub lots: Vec<HeldLotView>,
}

/// Holds of a customer.
#[derive(Debug, Clone, Serialize)]
pub struct HoldsView {
    /// The customer.
    pub customer: String,
    /// The holds, by id.
    pub holds: Vec<HoldView>,
}

/// The holds of a customer that have not ended. One whose time-out no sweep has recorded yet is still
/// among them, with the instant from which it cannot be captured.
///
/// # Errors
/// [`AppError::UnknownCustomer`], or the store's.
pub async fn holds<S: LedgerStore>(
    workspace: &Workspace<S>,
    customer: &CustomerCode,
) -> Result<HoldsView, AppError> {
    if catalog(workspace).await?.customer(customer).is_none() {
        return Err(AppError::UnknownCustomer { customer: customer.clone() });
    }
    let book = book_of(workspace, customer).await?;
    let view = |(id, hold): (&scrip_units::HoldId, &scrip_wallet::Hold)| {
        let text = |steps: i64| format_steps(i128::from(steps), hold.unit.0.scale());
        let lots = hold.parts.iter();
        HoldView {
            hold: id.to_string(),
            held_for: match &hold.held_for {
                HeldFor::Wallet(wallet) => wallet.to_string(),
                HeldFor::Usage { meter, .. } => meter.to_string(),
            },
            unit: hold.unit.0.code().to_string(),
            placed: text(hold.placed),
            held: text(hold.units()),
            captured: text(hold.captured),
            placed_at: hold.placed_at.to_string(),
            expires_at: hold.expires_at.map(|at| at.to_string()),
            lots: lots
                .map(|part| HeldLotView { lot: part.lot.to_string(), units: text(part.units) })
                .collect(),
        }
    };
    Ok(HoldsView { customer: customer.to_string(), holds: book.holds.iter().map(view).collect() })
}
