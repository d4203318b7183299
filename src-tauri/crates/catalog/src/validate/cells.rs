//! Cells: they name dimensions the meter has, and values those dimensions allow.

use crate::document::{Cells, Dimension, Meter};
use crate::matching::{WILDCARD, fixed};
use crate::problem::{Problem, ProblemCode};

/// Checks the cells at `path` against the dimensions of their meter. Wildcards must name a
/// dimension too, so that a slip of the pen does not pass as one.
pub(crate) fn check(path: &str, cells: &Cells, meter: &Meter, problems: &mut Vec<Problem>) {
    for (name, value) in cells {
        let path = format!("{path}.match.{name}");
        let Some(dimension) = meter.dimensions.iter().find(|d| d.name == *name) else {
            problems.push(unknown_dimension(path, name, meter));
            continue;
        };
        let allowed = |values: &Vec<String>| value == WILDCARD || values.contains(value);
        if !dimension.values.as_ref().is_none_or(allowed) {
            problems.push(unknown_value(&path, value, dimension, meter));
        }
        empty_value(&format!("the dimension {name}"), value, &path, problems);
    }
}

/// Checks the cells of a conversion, whose usage may come from several meters: some meter must
/// have each dimension, and allow each value.
pub(crate) fn check_any(path: &str, cells: &Cells, meters: &[&Meter], problems: &mut Vec<Problem>) {
    for (name, value) in fixed(cells) {
        let dimensions = || meters.iter().flat_map(|m| &m.dimensions).filter(|d| d.name == name);
        let path = format!("{path}.match.{name}");
        if dimensions().next().is_none() {
            let message = format!(
                "No meter that is converted here has the dimension {name}. Check its spelling, or add it to a meter."
            );
            problems.push(Problem::error(ProblemCode::UnknownDimension, path, message));
        } else if !dimensions()
            .any(|d| d.values.as_ref().is_none_or(|v| v.iter().any(|v| v == value)))
        {
            let message = format!(
                "No meter that is converted here allows {name}={value}. Check its spelling, or add it to the values of the dimension."
            );
            problems.push(Problem::error(ProblemCode::UnknownValue, path, message));
        }
    }
}

fn unknown_dimension(path: String, name: &str, meter: &Meter) -> Problem {
    let names: Vec<&str> = meter.dimensions.iter().map(|d| d.name.as_str()).collect();
    let has = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let message = format!(
        "The meter {} has no dimension {name}; it has {has}. Check the spelling, or add it to the meter.",
        meter.code
    );
    Problem::error(ProblemCode::UnknownDimension, path, message)
}

fn unknown_value(path: &str, value: &str, dimension: &Dimension, meter: &Meter) -> Problem {
    let values = dimension.values.as_deref().unwrap_or_default().join(", ");
    let message = format!(
        "The dimension {} of meter {} allows {values}, and not {value:?}. Check the spelling, or add it to the values.",
        dimension.name, meter.code
    );
    Problem::error(ProblemCode::UnknownValue, path, message)
}

/// Reports a value or name that is empty.
pub(crate) fn empty_value(what: &str, value: &str, path: &str, problems: &mut Vec<Problem>) {
    if value.is_empty() {
        let message =
            format!("The value of {what} is empty. Name a value, or write \"*\" for any.");
        problems.push(Problem::error(ProblemCode::BadName, path, message));
    }
}
