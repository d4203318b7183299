//! What rows may name: the customers, meters and dimension values of a catalog.

use std::sync::Arc;

use ahash::{AHashMap, AHashSet};
use scrip_catalog::Catalog;
use scrip_units::{Scale, UnitCode};

use crate::reject::RejectCode;

/// A meter as far as an import needs it.
#[derive(Debug)]
pub(crate) struct MeterTerms {
    pub(crate) code: Arc<str>,
    pub(crate) unit: UnitCode,
    pub(crate) scale: Scale,
    dimensions: AHashMap<Box<str>, Option<AHashSet<Box<str>>>>,
}

/// The names that a catalog knows.
#[derive(Debug)]
pub(crate) struct Vocabulary {
    customers: AHashSet<Box<str>>,
    meters: AHashMap<Box<str>, MeterTerms>,
}

/// A dimension value may not be longer than this.
const VALUE_BYTES_MAX: usize = 512;

impl Vocabulary {
    pub(crate) fn of(catalog: &Catalog) -> Self {
        let document = catalog.document();
        let meters = document.meters.iter().filter_map(|meter| {
            let dimensions = meter
                .dimensions
                .iter()
                .map(|dimension| {
                    let values = dimension.values.as_ref();
                    let allowed = values.map(|all| all.iter().map(|v| v.as_str().into()).collect());
                    (dimension.name.as_str().into(), allowed)
                })
                .collect();
            // A validated catalog has a unit for every meter.
            let terms = MeterTerms {
                code: Arc::from(meter.code.as_str()),
                unit: meter.unit,
                scale: catalog.unit(meter.unit)?.scale(),
                dimensions,
            };
            Some((meter.code.as_str().into(), terms))
        });
        Self {
            customers: document.customers.iter().map(|c| c.code.as_str().into()).collect(),
            meters: meters.collect(),
        }
    }

    pub(crate) fn knows_customer(&self, code: &str) -> bool {
        self.customers.contains(code)
    }

    pub(crate) fn meter(&self, code: &str) -> Option<&MeterTerms> {
        self.meters.get(code)
    }
}

impl MeterTerms {
    pub(crate) fn declares(&self, name: &str) -> bool {
        self.dimensions.contains_key(name)
    }

    /// Checks a dimension and its value.
    pub(crate) fn check(&self, name: &str, value: &str) -> Result<(), (RejectCode, String)> {
        let Some(allowed) = self.dimensions.get(name) else {
            let reason = format!("the meter {} does not declare the dimension {name}", self.code);
            return Err((RejectCode::UnknownDimension, reason));
        };
        let refuse = |why: &str| {
            let reason = format!("{name} = {value:?} {why} of the meter {}", self.code);
            Err((RejectCode::ValueNotAllowed, reason))
        };
        if value.len() > VALUE_BYTES_MAX || value.chars().any(char::is_control) {
            return refuse("is too long or has control characters for a value");
        }
        match allowed {
            Some(values) if !values.contains(value) => refuse("is not among the values"),
            _ => Ok(()),
        }
    }
}
