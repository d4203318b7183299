//! Which crate may use which: arrows go down in tiers only, with a few named arrows inside a tier.

use crate::Offence;
use crate::metadata::{Dependency, Metadata, Package};

/// Where a crate stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Floor {
    /// Part of the product; may use lower tiers.
    Tier(u8),
    /// Fixtures and fakes: only ever a dev-dependency.
    Testkit,
    /// The crate of cross-crate tests: uses everything, nothing uses it.
    Tests,
}

struct Room {
    name: &'static str,
    floor: Floor,
    /// Rooms of the same tier that it may use as well.
    beside: &'static [&'static str],
}

const fn room(name: &'static str, tier: u8, beside: &'static [&'static str]) -> Room {
    Room { name, floor: Floor::Tier(tier), beside }
}

/// The house. A new crate gets its line here in the commit that creates it.
const ROOMS: &[Room] = &[
    room("scrip-units", 0, &[]),
    room("scrip-catalog", 1, &[]),
    room("scrip-journal", 1, &[]),
    room("scrip-rating", 1, &["scrip-catalog"]),
    room("scrip-wallet", 1, &["scrip-catalog", "scrip-journal"]),
    room("scrip-revenue", 1, &["scrip-catalog", "scrip-journal"]),
    room("scrip-engine", 2, &[]),
    room("scrip-usage", 2, &[]),
    room("scrip-preview", 3, &[]),
    room("scrip-store", 3, &[]),
    room("scrip-reports", 3, &[]),
    room("scrip-production", 4, &[]),
    room("scrip-app", 5, &[]),
    room("scrip-cli", 6, &[]),
    room("scrip-desktop", 6, &[]),
    Room { name: "scrip-testkit", floor: Floor::Testkit, beside: &[] },
    Room { name: "scrip-tests", floor: Floor::Tests, beside: &[] },
];

/// The tier of the shells: nothing but the cross-crate tests may use them.
const SHELLS: u8 = 6;

/// Checks every arrow between members of the workspace.
pub fn check(metadata: &Metadata) -> Vec<Offence> {
    let mut offences = Vec::new();
    for package in members(metadata) {
        let Some(from) = find(&package.name) else {
            offences.push(Offence::new(
                &package.name,
                "is not in the table: add it to ROOMS in tests/src/layering.rs, with its tier.",
            ));
            continue;
        };
        for dependency in &package.dependencies {
            let Some(to) = find(&dependency.name) else { continue };
            if let Err(why) = arrow(from, to, dependency) {
                offences.push(Offence::new(
                    &package.name,
                    format!("must not depend on {}: {why}.", dependency.name),
                ));
            }
        }
    }
    offences
}

/// The workspace's own packages.
pub fn members(metadata: &Metadata) -> impl Iterator<Item = &Package> {
    metadata.packages.iter().filter(|package| metadata.workspace_members.contains(&package.id))
}

fn find(name: &str) -> Option<&'static Room> {
    ROOMS.iter().find(|room| room.name == name)
}

fn arrow(from: &Room, to: &Room, dependency: &Dependency) -> Result<(), String> {
    match (from.floor, to.floor) {
        (_, Floor::Tests) => Err("it holds tests, not code".to_owned()),
        (Floor::Tests, _) => Ok(()),
        (Floor::Tier(_), Floor::Testkit) if !dependency.is_dev() => {
            Err("it is for tests, so it may only be a dev-dependency".to_owned())
        }
        (_, Floor::Testkit) => Ok(()),
        (Floor::Testkit, Floor::Tier(SHELLS)) => {
            Err("fixtures do not go through a shell".to_owned())
        }
        (Floor::Testkit, Floor::Tier(_)) => Ok(()),
        (Floor::Tier(above), Floor::Tier(below)) if below < above => Ok(()),
        (Floor::Tier(above), Floor::Tier(below)) if above == below => {
            if from.beside.contains(&to.name) {
                Ok(())
            } else {
                Err(format!(
                    "both are in tier {above}, and this arrow inside it is not in the table"
                ))
            }
        }
        (Floor::Tier(above), Floor::Tier(below)) => {
            Err(format!("it is in tier {below}, above tier {above}, and arrows go down only"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A workspace of one package with its dependencies, each `name` or `name (dev)`.
    fn workspace(name: &str, dependencies: &[&str]) -> Metadata {
        let dependencies = dependencies
            .iter()
            .map(|text| {
                let (name, kind) = text.split_once(' ').unwrap_or((text, ""));
                Dependency {
                    name: name.to_owned(),
                    kind: (kind == "(dev)").then(|| "dev".to_owned()),
                    ..Dependency::default()
                }
            })
            .collect();
        let package = Package {
            name: name.to_owned(),
            id: "1".to_owned(),
            dependencies,
            ..Package::default()
        };
        Metadata { packages: vec![package], workspace_members: vec!["1".to_owned()] }
    }

    #[track_caller]
    fn check_arrows(from: &str, to: &[&str], expected: &[&str]) {
        let found: Vec<String> =
            check(&workspace(from, to)).iter().map(Offence::to_string).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn arrows_go_down_in_tiers_only() {
        check_arrows("scrip-app", &["scrip-store", "scrip-production", "serde"], &[]);
        check_arrows(
            "scrip-units",
            &["scrip-catalog"],
            &["scrip-units: must not depend on scrip-catalog: \
               it is in tier 1, above tier 0, and arrows go down only."],
        );
        check_arrows(
            "scrip-store",
            &["scrip-app (dev)"],
            &["scrip-store: must not depend on scrip-app: \
               it is in tier 5, above tier 3, and arrows go down only."],
        );
    }

    #[test]
    fn arrows_inside_a_tier_are_the_named_ones() {
        check_arrows("scrip-rating", &["scrip-catalog"], &[]);
        check_arrows("scrip-wallet", &["scrip-catalog", "scrip-journal"], &[]);
        let refused = |from: &str, to: &str, tier: u8| {
            let expected = format!(
                "{from}: must not depend on {to}: both are in tier {tier}, \
                 and this arrow inside it is not in the table."
            );
            check_arrows(from, &[to], &[&expected]);
        };
        refused("scrip-rating", "scrip-wallet", 1);
        refused("scrip-rating", "scrip-journal", 1);
        refused("scrip-rating", "scrip-revenue", 1);
        refused("scrip-catalog", "scrip-rating", 1);
        refused("scrip-engine", "scrip-usage", 2);
        refused("scrip-usage", "scrip-engine", 2);
    }

    #[test]
    fn the_testkit_is_for_tests() {
        check_arrows("scrip-wallet", &["scrip-testkit (dev)"], &[]);
        check_arrows("scrip-tests", &["scrip-testkit", "scrip-cli"], &[]);
        check_arrows("scrip-testkit", &["scrip-engine", "scrip-store"], &[]);
        check_arrows(
            "scrip-wallet",
            &["scrip-testkit"],
            &["scrip-wallet: must not depend on scrip-testkit: \
               it is for tests, so it may only be a dev-dependency."],
        );
        check_arrows(
            "scrip-testkit",
            &["scrip-cli"],
            &["scrip-testkit: must not depend on scrip-cli: fixtures do not go through a shell."],
        );
    }

    #[test]
    fn a_crate_that_is_not_in_the_table_is_an_offence() {
        check_arrows(
            "scrip-novelty",
            &[],
            &["scrip-novelty: is not in the table: \
               add it to ROOMS in tests/src/layering.rs, with its tier."],
        );
    }
}
