//! What is said above the ties of a report, in every format.

use scrip_revenue::Tie;

/// The sentence above the ties.
pub(crate) fn about(ties: &[Tie]) -> String {
    let broken = ties.iter().filter(|tie| !tie.holds).count();
    let state = match (ties.len(), broken) {
        (0, _) => "There is nothing to compare.".to_owned(),
        (all, 0) => format!("All {all} hold."),
        (all, broken) => format!("{broken} of {all} do not hold."),
    };
    format!("Pairs of figures that must be equal, each found in its own way. {state}")
}
