//! Which licences, crates and sources may come in. The rules are those of `deny.toml`, so that
//! cargo-deny, where it is installed, and this offline check hold the same.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::Offence;
use crate::layering;
use crate::metadata::{Metadata, Package};

/// The one registry that dependencies come from, as it ends in cargo's sources.
const REGISTRY: &str = "/crates.io-index";

/// The parts of `deny.toml` that are checked here.
#[derive(Debug, Deserialize)]
pub struct Policy {
    licenses: Licenses,
    bans: Bans,
}

#[derive(Debug, Deserialize)]
struct Licenses {
    allow: BTreeSet<String>,
    #[serde(default)]
    exceptions: Vec<Exception>,
}

#[derive(Debug, Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: BTreeSet<String>,
}

#[derive(Debug, Deserialize)]
struct Bans {
    deny: Vec<Ban>,
}

#[derive(Debug, Deserialize)]
struct Ban {
    #[serde(rename = "crate")]
    name: String,
    #[serde(rename = "deny-multiple-versions", default)]
    one_version: bool,
    reason: String,
}

impl Policy {
    /// Reads `deny.toml`.
    ///
    /// # Errors
    /// When the text is not TOML or lacks a part.
    pub fn read(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    fn allows(&self, package: &str, licence: &str) -> bool {
        let excepted =
            |exception: &Exception| exception.name == package && exception.allow.contains(licence);
        self.licenses.allow.contains(licence) || self.licenses.exceptions.iter().any(excepted)
    }
}

/// Checks every crate of the lock file.
pub fn check_crates(policy: &Policy, metadata: &Metadata) -> Vec<Offence> {
    let mut offences = Vec::new();
    for package in metadata.packages.iter().filter(|package| package.source.is_some()) {
        let place = format!("{} {}", package.name, package.version);
        offences.extend(
            licence_offence(policy, &package.name, package.license.as_deref())
                .map(|what| Offence::new(&place, what)),
        );
        let source = package.source.as_deref().unwrap_or_default();
        if !source.starts_with("registry+") || !source.ends_with(REGISTRY) {
            offences
                .push(Offence::new(&place, format!("comes from {source}, not from crates.io.")));
        }
    }
    offences.extend(bans(policy, &metadata.packages));
    offences.extend(wildcards(metadata));
    offences
}

fn bans(policy: &Policy, packages: &[Package]) -> Vec<Offence> {
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in packages {
        versions.entry(&package.name).or_default().insert(&package.version);
    }
    let mut offences = Vec::new();
    for Ban { name, one_version, reason } in &policy.bans.deny {
        let found: Vec<&str> = versions.get(name.as_str()).into_iter().flatten().copied().collect();
        if *one_version && found.len() > 1 {
            let what = format!("is here in versions {}: {reason}.", found.join(", "));
            offences.push(Offence::new(name, what));
        } else if !*one_version && !found.is_empty() {
            offences.push(Offence::new(name, format!("is banned: {reason}.")));
        }
    }
    offences
}

fn wildcards(metadata: &Metadata) -> Vec<Offence> {
    let mut offences = Vec::new();
    for package in layering::members(metadata) {
        for dependency in &package.dependencies {
            if dependency.source.is_some() && dependency.req == "*" {
                let what = format!("takes any version of {}: name one.", dependency.name);
                offences.push(Offence::new(&package.name, what));
            }
        }
    }
    offences
}

#[derive(Deserialize)]
struct NpmLock {
    packages: BTreeMap<String, NpmPackage>,
}

#[derive(Deserialize)]
struct NpmPackage {
    license: Option<String>,
    #[serde(default)]
    dev: bool,
}

/// Checks the packages that would be shipped in the window, from the text of npm's lock file. Tools of
/// development stay on the developer's machine and are free.
///
/// # Errors
/// When the text is not npm's lock file.
pub fn check_npm(policy: &Policy, lock: &str) -> Result<Vec<Offence>, serde_json::Error> {
    let lock: NpmLock = serde_json::from_str(lock)?;
    let shipped = lock.packages.iter().filter(|(path, package)| !path.is_empty() && !package.dev);
    Ok(shipped
        .filter_map(|(path, package)| {
            let name = path.rsplit("node_modules/").next().unwrap_or(path);
            licence_offence(policy, name, package.license.as_deref())
                .map(|what| Offence::new(name, what))
        })
        .collect())
}

fn licence_offence(policy: &Policy, name: &str, licence: Option<&str>) -> Option<String> {
    let Some(licence) = licence else {
        return Some("names no licence.".to_owned());
    };
    match satisfied(licence, &|one| policy.allows(name, one)) {
        Some(true) => None,
        Some(false) => Some(format!(
            "is under {licence}, which deny.toml does not allow: choose another, or add an exception \
             with its reason."
        )),
        None => Some(format!("has a licence expression that cannot be read: {licence}.")),
    }
}

/// Whether an SPDX expression can be met with allowed licences; none when it is no expression. A slash
/// is an old way to write OR.
fn satisfied(expression: &str, allowed: &dyn Fn(&str) -> bool) -> Option<bool> {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let met = any_of(&mut rest, allowed)?;
    rest.is_empty().then_some(met)
}

fn any_of(words: &mut &[&str], allowed: &dyn Fn(&str) -> bool) -> Option<bool> {
    let mut met = all_of(words, allowed)?;
    while let ["OR", rest @ ..] = *words {
        *words = rest;
        met |= all_of(words, allowed)?;
    }
    Some(met)
}

fn all_of(words: &mut &[&str], allowed: &dyn Fn(&str) -> bool) -> Option<bool> {
    let mut met = one(words, allowed)?;
    while let ["AND", rest @ ..] = *words {
        *words = rest;
        met &= one(words, allowed)?;
    }
    Some(met)
}

fn one(words: &mut &[&str], allowed: &dyn Fn(&str) -> bool) -> Option<bool> {
    match *words {
        ["(", rest @ ..] => {
            *words = rest;
            let met = any_of(words, allowed)?;
            let [")", rest @ ..] = *words else { return None };
            *words = rest;
            Some(met)
        }
        [licence, "WITH", exception, rest @ ..] => {
            *words = rest;
            Some(allowed(&format!("{licence} WITH {exception}")))
        }
        ["AND" | "OR" | "WITH" | ")", ..] | [] => None,
        [licence, rest @ ..] => {
            *words = rest;
            Some(allowed(licence))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::Dependency;

    const DENY: &str = r#"
        [licenses]
        allow = ["MIT", "Apache-2.0 WITH LLVM-exception", "Unicode-3.0"]
        exceptions = [{ crate = "selectors", allow = ["MPL-2.0"] }]
        [bans]
        deny = [
            { crate = "openssl", reason = "TLS is rustls" },
            { crate = "chrono", deny-multiple-versions = true, reason = "instants are one type" },
        ]
    "#;

    fn lines(offences: &[Offence]) -> Vec<String> {
        offences.iter().map(Offence::to_string).collect()
    }

    #[test]
    fn an_expression_is_met_when_some_choice_is_allowed() {
        let cases = [
            ("MIT", Some(true)),
            ("GPL-3.0-only", Some(false)),
            ("MIT OR GPL-3.0-only", Some(true)),
            ("GPL-3.0-only/MIT", Some(true)),
            ("MIT AND GPL-3.0-only", Some(false)),
            ("(MIT OR GPL-3.0-only) AND Unicode-3.0", Some(true)),
            ("GPL-3.0-only OR MIT AND Unicode-3.0", Some(true)),
            ("Apache-2.0", Some(false)),
            ("Apache-2.0 WITH LLVM-exception", Some(true)),
            ("(MIT", None),
            ("MIT GPL-3.0-only", None),
            ("OR MIT", None),
            ("", None),
        ];
        let allowed = |licence: &str| {
            ["MIT", "Unicode-3.0", "Apache-2.0 WITH LLVM-exception"].contains(&licence)
        };
        for (expression, expected) in cases {
            assert_eq!(satisfied(expression, &allowed), expected, "{expression}");
        }
    }

    #[test]
    fn every_crate_that_may_not_come_in_is_listed() {
        let package =
            |name: &str, version: &str, license: Option<&str>, source: Option<&str>| Package {
                name: name.to_owned(),
                version: version.to_owned(),
                id: name.to_owned(),
                license: license.map(str::to_owned),
                source: source.map(str::to_owned),
                ..Package::default()
            };
        let registry = Some("registry+https://example.org/crates.io-index");
        let mut own = package("scrip-units", "0.1.0", None, None);
        let any = |name: &str, source: Option<&str>| Dependency {
            name: name.to_owned(),
            req: "*".to_owned(),
            source: source.map(str::to_owned),
            ..Dependency::default()
        };
        own.dependencies = vec![any("chrono", registry), any("scrip-catalog", None)];
        let metadata = Metadata {
            workspace_members: vec!["scrip-units".to_owned()],
            packages: vec![
                own,
                package("fine", "1.0.0", Some("MIT"), registry),
                package("selectors", "1.0.0", Some("MPL-2.0"), registry),
                package("strict", "1.0.0", Some("MPL-2.0"), registry),
                package("silent", "1.0.0", None, registry),
                package("openssl", "0.10.0", Some("MIT"), registry),
                package("chrono", "0.4.0", Some("MIT"), registry),
                package("chrono", "0.5.0", Some("MIT"), Some("git+https://example.org/chrono")),
            ],
        };
        let policy = Policy::read(DENY).unwrap();
        assert_eq!(
            lines(&check_crates(&policy, &metadata)),
            [
                "strict 1.0.0: is under MPL-2.0, which deny.toml does not allow: choose another, or add an \
             exception with its reason.",
                "silent 1.0.0: names no licence.",
                "chrono 0.5.0: comes from git+https://example.org/chrono, not from crates.io.",
                "openssl: is banned: TLS is rustls.",
                "chrono: is here in versions 0.4.0, 0.5.0: instants are one type.",
                "scrip-units: takes any version of chrono: name one.",
            ]
        );
    }

    #[test]
    fn shipped_npm_packages_are_checked_and_tools_are_not() {
        let lock = r#"{"packages": {
            "": {"license": "Apache-2.0"},
            "node_modules/react": {"license": "MIT"},
            "node_modules/a/node_modules/@b/c": {"license": "GPL-2.0-only"},
            "node_modules/tool": {"license": "MPL-2.0", "dev": true}
        }}"#;
        let found = check_npm(&Policy::read(DENY).unwrap(), lock).unwrap();
        assert_eq!(
            lines(&found),
            [
                "@b/c: is under GPL-2.0-only, which deny.toml does not allow: choose another, or add an \
             exception with its reason.",
            ]
        );
        assert!(check_npm(&Policy::read(DENY).unwrap(), "[]").is_err());
    }
}
