//! A report: its tables, the ties it must satisfy, and the header that says where it comes from.

use std::fmt;

use scrip_journal::Checkpoint;
use scrip_units::{Date, Instant, Month, Unit, UnitCode, Zone, format_steps};

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::table::{ReportError, Table};

/// The months a report covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Period {
    /// First month; `None` for everything up to the last.
    pub from: Option<Month>,
    /// Last month, included.
    pub to: Month,
}

impl Period {
    /// Everything up to the end of a month.
    #[must_use]
    pub fn up_to(to: Month) -> Self {
        Self { from: None, to }
    }

    /// From the first day of one month to the last day of another.
    ///
    /// # Errors
    /// [`ReportError::Period`] when it runs backwards.
    pub fn between(from: Month, to: Month) -> Result<Self, ReportError> {
        if from > to {
            Err(ReportError::Period { from, to })
        } else {
            Ok(Self { from: Some(from), to })
        }
    }

    /// Whether a month is in it.
    #[must_use]
    pub fn contains(&self, month: Month) -> bool {
        month <= self.to && !self.is_before(month)
    }

    /// Whether a month is before it.
    #[must_use]
    pub fn is_before(&self, month: Month) -> bool {
        self.from.is_some_and(|from| month < from)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.from {
            None => write!(f, "up to {}", self.to.last_day()),
            Some(from) => write!(f, "{} to {}", from.first_day(), self.to.last_day()),
        }
    }
}

/// Where figures come from: printed above every report of the same ledger. The name and the period
/// are the report's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReportHeader {
    /// Name of the legal entity.
    pub entity: String,
    /// Its functional currency.
    pub currency: UnitCode,
    /// The zone that decides its days and months.
    pub zone: Zone,
    /// The instant at which the ledger was read.
    pub as_of: Instant,
    /// First and last day of what the report covers, where it is not the months of its period.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<(Date, Date)>,
    /// The last accounting day whose entries count, where that is before the end of what the report covers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub through: Option<Date>,
    /// The policies that the figures depend on, such as the draw order: one line each.
    pub basis: Vec<String>,
    /// Proof of the ledger that the report was made from.
    #[serde(serialize_with = "checkpoint")]
    pub checkpoint: Checkpoint,
    /// Revision of the configuration in force.
    pub config_revision: u64,
}

impl ReportHeader {
    /// What the report covers, in words.
    #[must_use]
    pub fn covers(&self, period: Period) -> String {
        match (self.days, self.through, period.from.map(Month::first_day)) {
            (Some((from, through)), _, _) => format!("{from} to {through}"),
            (None, None, _) => period.to_string(),
            (None, Some(through), None) => format!("up to {through}"),
            (None, Some(through), Some(from)) if through < from => {
                format!("{period}, and nothing of it: it is read as of {through}")
            }
            (None, Some(through), Some(from)) => format!("{from} to {through}"),
        }
    }
}

/// Two figures that must be equal, found in two ways.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tie {
    /// What is compared, in words.
    pub name: String,
    /// Where the left figure comes from.
    pub left_label: String,
    /// The left figure, in smallest steps.
    pub left: i128,
    /// Where the right figure comes from.
    pub right_label: String,
    /// The right figure, in smallest steps.
    pub right: i128,
    /// The unit of both.
    pub unit: Unit,
    /// Whether they are equal.
    pub holds: bool,
}

impl Tie {
    /// Compares two figures.
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        unit: Unit,
        left: (&str, i128),
        right: (&str, i128),
    ) -> Self {
        Self {
            name: name.into(),
            left_label: left.0.to_owned(),
            left: left.1,
            right_label: right.0.to_owned(),
            right: right.1,
            unit,
            holds: left.1 == right.1,
        }
    }
}

/// Written with both figures as decimal texts.
impl Serialize for Tie {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let decimal = |steps| format_steps(steps, self.unit.scale());
        let mut fields = s.serialize_struct("Tie", 7)?;
        fields.serialize_field("name", &self.name)?;
        fields.serialize_field("left_label", &self.left_label)?;
        fields.serialize_field("left", &decimal(self.left))?;
        fields.serialize_field("right_label", &self.right_label)?;
        fields.serialize_field("right", &decimal(self.right))?;
        fields.serialize_field("unit", &self.unit.code())?;
        fields.serialize_field("holds", &self.holds)?;
        fields.end()
    }
}

fn checkpoint<S: Serializer>(checkpoint: &Checkpoint, s: S) -> Result<S::Ok, S::Error> {
    let mut fields = s.serialize_struct("Checkpoint", 3)?;
    fields.serialize_field("hash", &checkpoint.hash)?;
    fields.serialize_field("chains", &checkpoint.chains)?;
    fields.serialize_field("entries", &checkpoint.entries)?;
    fields.end()
}

impl fmt::Display for Tie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimal = |steps| format_steps(steps, self.unit.scale());
        write!(
            f,
            "{}: {} {} {} {} {} {}",
            self.name,
            self.left_label,
            decimal(self.left),
            if self.holds { "=" } else { "is not" },
            self.right_label,
            decimal(self.right),
            self.unit.code()
        )
    }
}

/// A report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What it is called: `Contract-liability roll-forward`.
    pub name: String,
    /// The months it covers.
    pub period: Period,
    /// Its tables.
    pub tables: Vec<Table>,
    /// The ties it must satisfy.
    pub ties: Vec<Tie>,
}

impl Report {
    /// Whether every tie holds.
    #[must_use]
    pub fn ties_hold(&self) -> bool {
        self.ties.iter().all(|tie| tie.holds)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{books, month};
    use crate::trial_balance::trial_balance;

    #[test]
    fn amounts_leave_as_texts_so_that_no_reader_makes_a_float_of_them() {
        let report = trial_balance(&books(), month("2026-01")).unwrap();
        let json = serde_json::to_value(&report).unwrap();
        let table = &json["tables"][0];
        assert_eq!(
            table["columns"][5],
            serde_json::json!({
                "key": "balance", "heading": "Balance", "kind": {"is": "amount"}, "sum_of": null
            })
        );
        assert_eq!(
            table["rows"][0]["cells"][5],
            serde_json::json!({
                "kind": "amount", "value": "1210.00", "unit": "EUR"
            })
        );
        assert_eq!(
            table["rows"][4]["kind"],
            serde_json::json!({
                "is": "total", "sums": [{"start": 0, "end": 4}]
            })
        );
        assert_eq!(json["ties"][0]["left"], "1510.00");
        assert_eq!(json["period"], serde_json::json!({"from": null, "to": "2026-01"}));
    }
}
