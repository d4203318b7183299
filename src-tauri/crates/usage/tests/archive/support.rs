//! A workspace to import into, and shorthand for what the tests ask.

use std::fs;
use std::path::{Path, PathBuf};

use scrip_catalog::{Catalog, Document};
use scrip_units::Instant;
use scrip_usage::{
    Archive, Control, ImportOptions, ImportOutcome, Manifest, Mapping, Source, UsageBatch,
    UsageError,
};

pub(crate) const CATALOG: &str = r#"
format = "scrip-config/1"

[entity]
code = "acme"
name = "Acme BV"
currency = "EUR"
time_zone = "Europe/Amsterdam"

[[units]]
code = "tokens"
kind = "usage"

[[units]]
code = "minutes"
kind = "usage"
scale = 3

[[meters]]
code = "input"
unit = "tokens"
dimensions = [{ name = "model" }]

[[meters]]
code = "output"
unit = "tokens"
dimensions = [{ name = "model" }]

[[meters]]
code = "audio"
unit = "minutes"
dimensions = [{ name = "model" }, { name = "region", values = ["eu", "us"] }]
"#;

pub(crate) const RECEIVED: &str = "2026-11-20T12:00:00Z";

pub(crate) const MAPPING: &str = r#"
customer = { column = "customer" }
member = { column = "member" }
key = { column = "key" }
[occurred_at]
format = "rfc3339"
column = "at"
[[events]]
meter = { column = "meter" }
quantity = { column = "quantity" }
dimensions = { model = { column = "model" }, region = { column = "region" } }
"#;

pub(crate) const HEADER: &str = "key,customer,member,meter,quantity,model,region,at\n";

pub(crate) fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

pub(crate) fn catalog_of(customers: &[String]) -> Catalog {
    let mut text = CATALOG.to_owned();
    for customer in customers {
        text.push_str(&format!("\n[[customers]]\ncode = \"{customer}\"\n"));
    }
    Catalog::try_new(Document::from_toml(&text).unwrap(), 1).unwrap()
}

/// A folder with an archive, a catalog with the customers c1 to c9, and files to import.
pub(crate) struct Desk {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) archive: Archive,
    pub(crate) catalog: Catalog,
    pub(crate) options: ImportOptions,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let customers: Vec<String> = (1..=9).map(|n| format!("c{n}")).collect();
        Self::with(catalog_of(&customers))
    }

    pub(crate) fn with(catalog: Catalog) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive::open(&folder.path().join("usage"), Manifest::default()).unwrap();
        Self { folder, archive, catalog, options: ImportOptions::new(at(RECEIVED)) }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        fs::write(self.path(name), bytes).unwrap();
        self.path(name)
    }

    pub(crate) fn reopen(&mut self, manifest: Manifest) {
        self.archive = Archive::open(&self.path("usage"), manifest).unwrap();
    }

    /// Imports a file without committing it.
    pub(crate) fn try_import(
        &self,
        path: &Path,
        mapping: &str,
    ) -> Result<ImportOutcome, UsageError> {
        let mapping = Mapping::from_toml(mapping)?;
        let source = Source::file(path);
        let mut go_on = |_| Control::Continue;
        self.archive.import(&source, &mapping, &self.catalog, &self.options, &mut go_on)
    }

    /// Imports a file and commits it.
    pub(crate) fn import(&mut self, path: &Path, mapping: &str) -> ImportOutcome {
        let outcome = self.try_import(path, mapping).unwrap();
        self.archive.adopt(&outcome).unwrap();
        outcome
    }

    pub(crate) fn import_csv(&mut self, rows: &str) -> ImportOutcome {
        let path = self.file("rows.csv", format!("{HEADER}{rows}"));
        self.import(&path, MAPPING)
    }

    pub(crate) fn try_csv(&self, rows: &str) -> Result<ImportOutcome, UsageError> {
        self.try_import(&self.file("rows.csv", format!("{HEADER}{rows}")), MAPPING)
    }

    pub(crate) fn scan(&self) -> Vec<UsageBatch> {
        self.archive.scan(&self.archive.everything()).unwrap().map(Result::unwrap).collect()
    }

    /// The archive as lines `customer time meter{dimensions} quantity member key`.
    pub(crate) fn dump(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for batch in self.scan() {
            for event in &batch.events {
                let archived = self.archive.event(event.place).unwrap();
                let shape = &batch.shapes[usize::try_from(event.shape).unwrap()];
                assert_eq!(archived.customer, batch.customer);
                assert_eq!(archived.occurred_at, event.occurred_at);
                assert_eq!(archived.quantity, event.quantity);
                assert_eq!(archived.meter, shape.meter);
                let member = usize::try_from(event.member).ok().and_then(|m| batch.members.get(m));
                assert_eq!(archived.member.as_ref(), member);
                let dimensions: Vec<String> = shape
                    .dimensions
                    .iter()
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect();
                let kept: Vec<String> =
                    archived.dimensions.iter().map(|(n, v)| format!("{n}={v}")).collect();
                assert_eq!(dimensions, kept);
                assert_eq!(self.archive.find(&archived.key).unwrap(), Some(event.place));
                lines.push(format!(
                    "{} {} {}{{{}}} {} {} {}",
                    batch.customer,
                    event.occurred_at,
                    shape.meter,
                    dimensions.join(","),
                    event.quantity,
                    member.map_or("-", |m| m.as_str()),
                    archived.key,
                ));
            }
        }
        lines
    }

    pub(crate) fn files(&self, folder: &str) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.path("usage").join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// Nothing but the committed files is there.
    pub(crate) fn assert_clean(&self) {
        assert_eq!(self.files("staging"), Vec::<String>::new());
        assert_eq!(self.archive.sweep_orphans().unwrap(), Vec::<PathBuf>::new());
    }
}
