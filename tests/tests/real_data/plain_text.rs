//! What hledger and Beancount make of the journal. A program that is not installed is skipped with a
//! line that says so.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use scrip_app::reporting::{TextFormat, write_ledger_text};
use scrip_reports::ledger_text::{Format, expected_balances};
use scrip_revenue::{Period, balances};
use scrip_store::{FactQuery, LedgerStore};

use crate::books::{Books, edge, window};

type Found = BTreeMap<(String, String), String>;

/// A program on the path.
fn program(name: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// Runs a program and gives what it printed; its failure is the test's.
#[track_caller]
fn run(program: &Path, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).env("LC_ALL", "C.UTF-8").output().unwrap();
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{} {arguments:?}\n{out}\n{err}", program.display());
    out.into_owned()
}

/// Without zeros that say nothing: programs differ in how many decimals they print.
fn plain(number: &str) -> String {
    match number.contains('.') {
        true => number.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => number.to_owned(),
    }
}

/// Rows of account, unit, number.
fn found(text: &str) -> Found {
    let mut found = Found::new();
    for record in csv::Reader::from_reader(text.as_bytes()).records() {
        let record = record.unwrap();
        let field = |index: usize| record[index].trim().to_owned();
        let number = plain(&field(2));
        if !field(1).is_empty() && number != "0" {
            found.insert((field(0), field(1)), number);
        }
    }
    found
}

impl Books {
    async fn text(&self, format: TextFormat, name: &str) -> String {
        let path = self.folder.path().join(name);
        write_ledger_text(&self.workspace, window(), edge().now, &path, format).await.unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// The balances of our trial balance.
    async fn balances(&self, format: Format) -> Found {
        let facts = self.workspace.store().facts(&FactQuery::default()).await.unwrap();
        let balances = balances(&facts, Period::up_to(window().to)).unwrap();
        let expected = expected_balances(format, &balances).unwrap();
        expected.into_iter().map(|(key, number)| (key, plain(&number))).collect()
    }

    pub(crate) async fn agree_with_hledger(&self) {
        let Some(hledger) = program("hledger") else {
            println!("skipped: hledger is not installed (Debian package hledger)");
            return;
        };
        let file = self.text(TextFormat::Hledger, "ledger.journal").await;
        run(&hledger, &["-f", &file, "check", "--strict"]);
        let balance =
            ["-f", &file, "balance", "--flat", "--no-elide", "-N", "-O", "csv", "--layout=bare"];
        assert_eq!(found(&run(&hledger, &balance)), self.balances(Format::Hledger).await);
    }

    pub(crate) async fn agree_with_beancount(&self) {
        let (Some(check), Some(query)) = (program("bean-check"), program("bean-query")) else {
            println!(
                "skipped: bean-check and bean-query are not on the path (`make test` puts them there)"
            );
            return;
        };
        let file = self.text(TextFormat::Beancount, "ledger.beancount").await;
        assert_eq!(run(&check, &[&file]), "");
        let sums = "SELECT account, currency, sum(number) AS total GROUP BY account, currency";
        let text = run(&query, &["-f", "csv", &file, sums]);
        assert_eq!(found(&text), self.balances(Format::Beancount).await);
    }
}
