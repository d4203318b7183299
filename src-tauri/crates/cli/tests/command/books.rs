//! A workspace in a folder of its own, and the command run on it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use scrip_testkit::cluster::Cluster;
use serde_json::Value;
use tempfile::TempDir;

/// Two wallets, two models, one card. Every number that a test expects follows from this.
pub(crate) const PRICING: &str = r#"format = "scrip-config/1"

[entity]
code = "example"
name = "Example AI GmbH"
currency = "EUR"
time_zone = "Europe/Berlin"

[[units]]
code = "credits"
kind = "credit"
scale = 2

[[units]]
code = "tokens"
kind = "usage"

[[meters]]
code = "llm"
unit = "tokens"
dimensions = [
    { name = "model", values = ["large", "small"], report = true },
    { name = "token_type", values = ["input", "output"] },
]

[[wallet_types]]
code = "standard"
unit = "credits"

[[wallet_types.versions]]
version = 1
effective_at = "2026-01-01"
expiry = { rule = "after", months = 12 }
beyond = "overage"

[[wallet_types]]
code = "promo"
unit = "credits"

[[wallet_types.versions]]
version = 1
effective_at = "2026-01-01"
priority = 10
expiry = { rule = "after", days = 30 }

[[rate_cards]]
code = "list"
unit = "credits"

[[rate_cards.versions]]
version = 1
effective_at = "2026-01-01"
overage = { currency = "EUR", price = "0.12" }
rates = [
    { code = "large", meter = "llm", match = { model = "large" }, model = "per_unit", price = "3", per = "1000" },
    { code = "small", meter = "llm", match = { model = "small" }, model = "per_unit", price = "1", per = "1000" },
]

[[customers]]
code = "acme"
name = "Acme BV"

[[customers]]
code = "globex"
"#;

/// One row with input and output tokens becomes two events.
pub(crate) const MAPPING: &str = r#"customer = { column = "customer" }
key = { column = "request" }
occurred_at = { format = "rfc3339", column = "at" }

[[events]]
meter = "llm"
quantity = { column = "input" }
key_suffix = "/input"
dimensions = { model = { column = "model" }, token_type = "input" }

[[events]]
meter = "llm"
quantity = { column = "output" }
key_suffix = "/output"
dimensions = { model = { column = "model" }, token_type = "output" }
skip_zero = true
"#;

pub(crate) const USAGE: &str = "request,customer,at,model,input,output
r1,acme,2026-01-10T09:00:00Z,large,2000,1000
r2,acme,2026-01-11T09:00:00Z,small,5000,0
r3,globex,2026-01-12T09:00:00Z,large,1000,500
r4,acme,2026-02-20T09:00:00Z,large,10000,10000
";

/// Grants: Acme buys 100 credits for 90.00 and gets 10; Globex buys 1 for 1.00.
pub(crate) const GRANTS: &str = r#"{"op":"grant_credits","id":"buy-1","at":"2026-01-05T00:00:00Z","actor":"ana","customer":"acme","wallet":"standard","units":"100","kind":"purchased","price":{"net":"90.00","tax":"17.10","currency":"EUR"}}
{"op":"grant_credits","id":"gift-1","at":"2026-01-05T00:00:00Z","actor":"ana","customer":"acme","wallet":"promo","units":"10","kind":"promotional"}
{"op":"grant_credits","id":"buy-2","at":"2026-01-06T00:00:00Z","actor":"ana","customer":"globex","wallet":"standard","units":"1","kind":"purchased","price":{"net":"1.00","currency":"EUR"}}
"#;

/// What a run of the command printed and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, 0, "{}{}", self.stdout, self.stderr);
        self.stdout
    }

    /// It ended well and printed these words.
    #[track_caller]
    pub(crate) fn says(self, words: &[&str]) {
        let shown = self.ok();
        for word in words {
            assert!(shown.contains(word), "no {word:?} in: {shown}");
        }
    }

    #[track_caller]
    pub(crate) fn json(self) -> Value {
        serde_json::from_str(&self.ok()).unwrap()
    }

    /// The run failed with this code, and its message has all of these words.
    #[track_caller]
    pub(crate) fn fails(self, code: i32, words: &[&str]) -> String {
        assert_eq!(self.code, code, "{}{}", self.stdout, self.stderr);
        for word in words {
            assert!(self.stderr.contains(word), "no {word:?} in: {}", self.stderr);
        }
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        self.stderr
    }
}

/// The command, without the environment's wishes.
pub(crate) fn scrip() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scrip"));
    command.env_remove("SCRIP_WORKSPACE").env("SCRIP_ACTOR", "ana").env("COLUMNS", "100");
    command.stdin(Stdio::null());
    command
}

pub(crate) fn finish(mut command: Command) -> Ran {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

/// A workspace `books` in a temporary folder, or the folder of a production ledger.
pub(crate) struct Books {
    folder: TempDir,
    /// The production ledger on a server.
    pub(crate) url: Option<String>,
}

impl Books {
    /// A folder without a workspace.
    pub(crate) fn folder() -> Self {
        Self { folder: TempDir::new().unwrap(), url: None }
    }

    /// A workspace with a configuration and nothing else.
    pub(crate) fn with(pricing: &str) -> Self {
        Self::folder().begun(pricing)
    }

    /// A ledger on a server with a configuration and nothing else.
    pub(crate) fn served(server: &Cluster, pricing: &str) -> Self {
        let url = Some(server.database().unwrap());
        Self { url, ..Self::folder() }.begun(pricing)
    }

    /// A folder without a workspace, for a copy of this ledger on a server.
    pub(crate) fn desk(&self) -> Self {
        Self { url: self.url.clone(), ..Self::folder() }
    }

    fn begun(self, pricing: &str) -> Self {
        let books = self;
        books.write("pricing.toml", pricing);
        books.run(&["init", "--config", "pricing.toml"]).ok();
        books
    }

    /// A workspace with the configuration above.
    pub(crate) fn new() -> Self {
        Self::with(PRICING)
    }

    /// The same with the grants.
    pub(crate) fn granted() -> Self {
        let books = Self::new();
        books.write("grants.jsonl", GRANTS);
        books.run(&["operate", "grants.jsonl"]).ok();
        books
    }

    /// The same with the usage imported.
    pub(crate) fn imported() -> Self {
        let books = Self::granted();
        books.import(USAGE).ok();
        books
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// The command on this workspace, not run yet.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = scrip();
        command.current_dir(self.folder.path()).args(["-w", "books"]).args(arguments);
        if let Some(url) = &self.url {
            command.args(["--database", url, "--database-without-tls"]);
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        finish(self.command(arguments))
    }

    /// As [`Books::run`], without naming a production ledger.
    pub(crate) fn alone(&self, arguments: &[&str]) -> Ran {
        let mut command = scrip();
        command.current_dir(self.folder.path()).args(["-w", "books"]).args(arguments);
        finish(command)
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        self.run(&[arguments, &["--json"]].concat()).json()
    }

    pub(crate) fn operate(&self, lines: &str) -> Ran {
        self.write("operations.jsonl", lines);
        self.run(&["operate", "operations.jsonl"])
    }

    pub(crate) fn import(&self, csv: &str) -> Ran {
        self.write("usage.csv", csv);
        self.write("mapping.toml", MAPPING);
        self.run(&["usage", "import", "usage.csv", "--mapping", "mapping.toml"])
    }

    /// What must stay the same when something is refused.
    pub(crate) fn state(&self) -> Value {
        let mut status = self.json(&["status"]);
        status["ledger_bytes"] = Value::Null;
        status
    }

    /// Everything holds.
    #[track_caller]
    pub(crate) fn sound(&self) {
        let view = self.json(&["verify"]);
        assert_eq!(view["sound"], true, "{view:#}");
    }

    /// Something is refused, and nothing is lost or gained by it.
    #[track_caller]
    pub(crate) fn refuses(&self, code: i32, words: &[&str], attempt: impl FnOnce(&Self) -> Ran) {
        let before = self.state();
        attempt(self).fails(code, words);
        assert_eq!(self.state(), before);
        self.sound();
    }

    /// What is usable of a wallet at an instant.
    pub(crate) fn available(&self, customer: &str, wallet: &str, as_of: &str) -> String {
        let view = self.json(&["balance", customer, "--as-of", as_of]);
        let wallets = view["wallets"].as_array().unwrap();
        let found = wallets.iter().find(|w| w["wallet"] == wallet);
        found.map_or("0".to_owned(), |w| w["available"].as_str().unwrap().to_owned())
    }
}
