//! The least that is charged in a billing period: above zero, not above the most, and worth some money.

use scrip_units::Number;

use super::amounts::{in_steps, positive};
use super::names::{Names, Use};
use super::timeline;
use crate::document::{Document, RateCard, RateCardVersion};
use crate::problem::{Problem, ProblemCode};

/// Checks the minimum of every version and every rate.
pub(crate) fn check(document: &Document, names: &Names<'_>, problems: &mut Vec<Problem>) {
    for card in &document.rate_cards {
        for version in &card.versions {
            let path = format!("rate_cards[{}].versions[{}]", card.code, version.version);
            if let Some(minimum) = version.minimum {
                let what = format!("The minimum of rate card {}", card.code);
                one(&path, &what, (minimum, None), (card, version), names, problems);
            }
            for rate in &version.rates {
                let Some(minimum) = rate.minimum else { continue };
                let path = format!("{path}.rates[{}]", rate.code);
                let what = format!("The minimum of rate {}", rate.code);
                let bounds = (minimum, rate.maximum);
                one(&path, &what, bounds, (card, version), names, problems);
            }
        }
    }
}

fn one(
    path: &str,
    what: &str,
    (minimum, maximum): (Number, Option<Number>),
    (card, version): (&RateCard, &RateCardVersion),
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) {
    let path = format!("{path}.minimum");
    positive(&path, what, minimum, problems);
    in_steps(&path, what, (minimum, card.unit), names, problems);
    if let Some(maximum) = maximum.filter(|maximum| *maximum < minimum) {
        let message = format!(
            "{what} is {minimum}, above its maximum of {maximum}. Lower the minimum, or raise the maximum."
        );
        problems.push(Problem::error(ProblemCode::Bounds, path.clone(), message));
    }
    if version.overage.is_none() && names.unit(card.unit) == Some(Use::Credit) {
        let message = format!(
            "{what} is in {}, and what is missing of it is charged in money: version {} of rate card {} has no overage price for that. Add one, or remove the minimum.",
            card.unit, version.version, card.code
        );
        let severity = timeline::severity(version);
        problems.push(Problem { severity, code: ProblemCode::Minimum, path, message });
    }
}
