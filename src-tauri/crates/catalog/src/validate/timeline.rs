//! Versions: numbered from 1, each number once, published ones in the order they take effect.

use std::collections::HashSet;

use scrip_units::Zone;

use crate::problem::{Problem, ProblemCode, Severity};
use crate::version::{Effective, InForce, Version};

/// Checks the versions of `thing`, which is found at `path` and called `what` in messages.
pub(crate) fn check<T: Effective>(
    path: &str,
    what: &str,
    thing: &T,
    zone: Zone,
    problems: &mut Vec<Problem>,
) {
    numbers(path, what, thing, problems);
    for version in thing.versions() {
        if let Err(error) = version.effective_at().resolve(zone) {
            let path = format!("{path}.versions[{}].effective_at", version.number());
            let message = format!(
                "Version {} of {what} has no effective instant: {error}. Use a date in those years.",
                version.number()
            );
            problems.push(Problem::error(ProblemCode::DateOutOfRange, path, message));
        }
    }
    if thing.versions().is_empty() {
        let message = format!("There is no version of {what}. Add one, or remove it.");
        let path = format!("{path}.versions");
        problems.push(Problem::error(ProblemCode::NoPublishedVersion, path, message));
    } else if !thing.versions().iter().any(Version::is_published) {
        let message = format!(
            "Every version of {what} is a draft, so none is ever in force. Publish one when it is ready."
        );
        let path = format!("{path}.versions");
        problems.push(Problem::warning(ProblemCode::NoPublishedVersion, path, message));
    }
    order(path, what, thing, zone, problems);
}

fn numbers<T: Effective>(path: &str, what: &str, thing: &T, problems: &mut Vec<Problem>) {
    let mut seen = HashSet::new();
    for version in thing.versions() {
        let number = version.number();
        let path = format!("{path}.versions[{number}].version");
        if number == 0 {
            let message = format!("A version of {what} has the number 0. Versions count from 1.");
            problems.push(Problem::error(ProblemCode::VersionNumber, path, message));
        } else if !seen.insert(number) {
            let message =
                format!("There is more than one version {number} of {what}. Renumber the later.");
            problems.push(Problem::error(ProblemCode::DuplicateCode, path, message));
        }
    }
}

fn order<T: Effective>(path: &str, what: &str, thing: &T, zone: Zone, problems: &mut Vec<Problem>) {
    let published = thing.published(zone);
    for pair in published.windows(2) {
        let ((at, earlier), (next, later)) = (pair[0], pair[1]);
        let (first, second) = (earlier.number(), later.number());
        let path = format!("{path}.versions[{second}].effective_at");
        if at == next {
            let message = format!(
                "Versions {first} and {second} of {what} both take effect at {at}. Give one another date, or make it a draft."
            );
            problems.push(Problem::error(ProblemCode::OverlappingVersions, path, message));
        } else if second < first {
            let message = format!(
                "Version {first} of {what} takes effect at {at}, before version {second} at {next}. Number versions in the order in which they take effect."
            );
            problems.push(Problem::error(ProblemCode::VersionsOutOfOrder, path, message));
        }
    }
}

/// How bad it is when rows leave usage open or undecided: published versions must not, drafts may
/// until they are published.
pub(crate) fn severity<V: Version>(version: &V) -> Severity {
    if version.is_published() { Severity::Error } else { Severity::Warning }
}

/// When each version is in force; a draft as if it were published and never replaced.
pub(crate) fn spans<T: Effective>(thing: &T, zone: Zone) -> Vec<InForce<'_, T::Version>> {
    let drafts = thing.versions().iter().filter(|v| !v.is_published()).filter_map(|version| {
        let from = version.effective_at().resolve(zone).ok()?;
        Some(InForce { from, until: None, version })
    });
    thing.in_force(zone).into_iter().chain(drafts).collect()
}
