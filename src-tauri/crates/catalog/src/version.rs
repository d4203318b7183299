//! Versions: the dated, immutable states of a card, a conversion or a wallet type.

use scrip_units::{Instant, When, Zone};

use crate::document::{
    Conversion, ConversionVersion, CostCard, CostVersion, Plan, PlanVersion, RateCard,
    RateCardVersion, Status, WalletType, WalletTypeVersion,
};

/// What every version has, whatever it is a version of.
pub trait Version {
    /// Its number, from 1.
    fn number(&self) -> u32;
    /// When it takes effect.
    fn effective_at(&self) -> When;
    /// Draft or published.
    fn status(&self) -> Status;
    /// Whether it is in force from its effective date.
    fn is_published(&self) -> bool {
        self.status() == Status::Published
    }
}

/// The instants for which a published version is in force.
#[derive(Debug, PartialEq, Eq)]
pub struct InForce<'a, V> {
    /// The first instant.
    pub from: Instant,
    /// The instant from which the next version is in force; none for the last.
    pub until: Option<Instant>,
    /// The version.
    pub version: &'a V,
}

impl<V> Clone for InForce<'_, V> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<V> Copy for InForce<'_, V> {}

impl<V> InForce<'_, V> {
    /// Whether both are in force at some instant.
    #[must_use]
    pub fn overlaps<W>(&self, other: &InForce<'_, W>) -> bool {
        self.until.is_none_or(|until| other.from < until)
            && other.until.is_none_or(|until| self.from < until)
            && self.until != Some(self.from)
            && other.until != Some(other.from)
    }
}

/// Something with versions that take effect at instants. A version is in force from its effective
/// instant until that of the next published one.
pub trait Effective {
    /// The version type.
    type Version: Version;
    /// All versions, in the order of the document.
    fn versions(&self) -> &[Self::Version];
    /// The published versions with the instants they take effect at, in the order of those.
    fn published(&self, zone: Zone) -> Vec<(Instant, &Self::Version)> {
        let mut versions: Vec<_> = self
            .versions()
            .iter()
            .filter(|v| v.is_published())
            .filter_map(|v| v.effective_at().resolve(zone).ok().map(|at| (at, v)))
            .collect();
        versions.sort_by_key(|(at, v)| (*at, v.number()));
        versions
    }
    /// The published versions with the instants for which each is in force.
    fn in_force(&self, zone: Zone) -> Vec<InForce<'_, Self::Version>> {
        let published = self.published(zone);
        let ends: Vec<_> =
            published.iter().skip(1).map(|(from, _)| Some(*from)).chain([None]).collect();
        let spans = published.into_iter().zip(ends);
        spans.map(|((from, version), until)| InForce { from, until, version }).collect()
    }
    /// The version in force at an instant, if any was.
    fn at(&self, at: Instant, zone: Zone) -> Option<&Self::Version> {
        self.published(zone)
            .into_iter()
            .filter(|(from, _)| *from <= at)
            .max_by_key(|(from, _)| *from)
            .map(|(_, v)| v)
    }
}

macro_rules! effective {
    ($owner:ty, $version:ty) => {
        impl Version for $version {
            fn number(&self) -> u32 {
                self.version
            }
            fn effective_at(&self) -> When {
                self.effective_at
            }
            fn status(&self) -> Status {
                self.status
            }
        }
        impl Effective for $owner {
            type Version = $version;
            fn versions(&self) -> &[$version] {
                &self.versions
            }
        }
    };
}
effective!(RateCard, RateCardVersion);
effective!(WalletType, WalletTypeVersion);
effective!(Conversion, ConversionVersion);
effective!(CostCard, CostVersion);
effective!(Plan, PlanVersion);

#[cfg(test)]
mod tests {
    use super::*;

    fn conversion() -> Conversion {
        let version = |number: u32, at: &str, status: &str| {
            serde_json::json!({ "version": number, "effective_at": at, "status": status,
                                "factors": [] })
        };
        serde_json::from_value(serde_json::json!({
            "code": "c", "from": "tokens", "to": "minutes", "versions": [
                version(2, "2026-03-01", "published"),
                version(1, "2026-01-01", "published"),
                version(3, "2026-02-01", "draft"),
            ]
        }))
        .unwrap()
    }

    #[test]
    fn a_version_is_in_force_until_the_next_published_one() {
        let conversion = conversion();
        for (at, want) in [
            ("2025-12-31T23:59:59Z", None),
            ("2026-01-01T00:00:00Z", Some(1)),
            ("2026-02-28T23:59:59Z", Some(1)),
            ("2026-03-01T00:00:00Z", Some(2)),
        ] {
            let found = conversion.at(at.parse().unwrap(), Zone::UTC);
            assert_eq!(found.map(Version::number), want, "{at}");
        }
    }

    #[test]
    fn consecutive_versions_do_not_overlap() {
        let conversion = conversion();
        let spans = conversion.in_force(Zone::UTC);
        assert_eq!(spans.len(), 2);
        assert!(!spans[0].overlaps(&spans[1]));
        assert!(spans[1].overlaps(&spans[1]));
    }
}
