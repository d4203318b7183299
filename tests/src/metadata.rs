//! What cargo knows about the workspace and its dependencies, read from `cargo metadata`.

use std::process::Command;

use serde::Deserialize;

use crate::tree;

/// The parts of cargo's answer that the rules look at.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Metadata {
    /// Packages: the members only, or everything in the lock file.
    pub packages: Vec<Package>,
    /// Ids of the workspace's own packages.
    pub workspace_members: Vec<String>,
}

/// One version of one package.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Package {
    /// Name in its manifest.
    pub name: String,
    /// Version in its manifest.
    #[serde(default)]
    pub version: String,
    /// Unique id, compared with [`Metadata::workspace_members`].
    #[serde(default)]
    pub id: String,
    /// Registry or repository; none for a package of the workspace.
    pub source: Option<String>,
    /// SPDX expression.
    pub license: Option<String>,
    /// What the manifest depends on.
    #[serde(default)]
    pub dependencies: Vec<Dependency>,
}

/// A dependency as a manifest declares it.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Dependency {
    /// Name of the package, whatever it is renamed to.
    pub name: String,
    /// Version requirement.
    #[serde(default)]
    pub req: String,
    /// `dev`, `build`, or none for a normal one.
    pub kind: Option<String>,
    /// Registry or repository; none for a path.
    pub source: Option<String>,
    /// Features asked for.
    #[serde(default)]
    pub features: Vec<String>,
    /// Whether its default features are on.
    #[serde(default)]
    pub uses_default_features: bool,
}

impl Dependency {
    /// Whether only tests, examples and benchmarks use it.
    pub fn is_dev(&self) -> bool {
        self.kind.as_deref() == Some("dev")
    }
}

/// Why cargo could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum MetadataError {
    /// Cargo did not start.
    #[error("cargo could not be started")]
    Start(#[from] std::io::Error),
    /// Cargo refused.
    #[error("cargo metadata failed (if it misses a download, run `cargo fetch --locked`):\n{0}")]
    Cargo(String),
    /// Cargo's answer is not what this crate reads.
    #[error("cargo metadata answered in an unknown form")]
    Form(#[from] serde_json::Error),
}

/// The members and what they declare. Needs no downloaded crate.
///
/// # Errors
/// When cargo cannot be asked.
pub fn of_members() -> Result<Metadata, MetadataError> {
    ask(&["--no-deps", "--offline"])
}

/// Everything in the lock file, for every platform. Uses the network only when a crate of another
/// platform was never downloaded here.
///
/// # Errors
/// When cargo cannot be asked.
pub fn of_everything() -> Result<Metadata, MetadataError> {
    ask(&["--locked", "--offline"]).or_else(|_| ask(&["--locked"]))
}

fn ask(arguments: &[&str]) -> Result<Metadata, MetadataError> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1"])
        .args(arguments)
        .current_dir(tree::root())
        .output()?;
    if !output.status.success() {
        return Err(MetadataError::Cargo(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}
