//! What SQLite and sqlx say, in the words of [`StoreError`].

use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::MigrateError;

use crate::error::StoreError;

/// The ledger that errors name.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// Its path.
    pub(super) ledger: Arc<str>,
    /// How long a writer waits for another.
    pub(super) patience: Duration,
}

impl Place {
    /// The path, to put into an error.
    pub(super) fn name(&self) -> String {
        self.ledger.as_ref().to_owned()
    }

    /// For `map_err`: what was being done, as an infinitive.
    pub(super) fn cannot(&self, doing: &'static str) -> impl Fn(sqlx::Error) -> StoreError + '_ {
        move |error| self.fault(doing, error)
    }

    /// A stored value that is not what it should be.
    #[expect(clippy::needless_pass_by_value, reason = "errors are handed over by map_err")]
    pub(super) fn unreadable(&self, record: &str, what: impl ToString) -> StoreError {
        StoreError::Unreadable {
            ledger: self.name(),
            record: record.to_owned(),
            what: what.to_string(),
        }
    }

    fn fault(&self, doing: &'static str, error: sqlx::Error) -> StoreError {
        let ledger = self.name();
        match error {
            sqlx::Error::PoolTimedOut => StoreError::Busy { ledger, waited: self.patience },
            sqlx::Error::Io(source) => StoreError::Unreachable { ledger, source: Box::new(source) },
            sqlx::Error::ColumnDecode { index, source } => {
                self.unreadable(&format!("column {index}"), source)
            }
            sqlx::Error::Database(fault) => {
                // SQLite's result code; the primary one is its last byte.
                let code = fault.code().and_then(|code| code.parse::<i32>().ok()).unwrap_or(1);
                let what = fault.message().to_owned();
                match (code, code & 0xff) {
                    (1811, _) => StoreError::AppendOnly { ledger, what },
                    // The file that connections share could not grow: only a full disk does that.
                    (4874, _) => StoreError::Full { ledger },
                    (_, 5 | 6) => StoreError::Busy { ledger, waited: self.patience },
                    (_, 8) => StoreError::ReadOnly { ledger },
                    (_, 11) => StoreError::Damaged { ledger, what },
                    (_, 13) => StoreError::Full { ledger },
                    (_, 3 | 14 | 23) => StoreError::Unreachable { ledger, source: fault },
                    (_, 26) => StoreError::NotALedger { ledger, found: what },
                    _ => StoreError::Database { ledger, doing, source: fault },
                }
            }
            other => StoreError::Database { ledger, doing, source: Box::new(other) },
        }
    }

    /// A migration that failed.
    pub(super) fn migration(&self, error: MigrateError, known: i64) -> StoreError {
        let ledger = self.name();
        match error {
            MigrateError::VersionMissing(found) => StoreError::NewerFormat { ledger, found, known },
            MigrateError::Execute(error) => self.fault("bring its tables up to date", error),
            MigrateError::ExecuteMigration(error, _) => {
                self.fault("bring its tables up to date", error)
            }
            other => StoreError::Database {
                ledger,
                doing: "bring its tables up to date",
                source: Box::new(other),
            },
        }
    }
}
