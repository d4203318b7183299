//! What PostgreSQL and sqlx say, in the words of [`StoreError`].

use std::sync::Arc;
use std::time::Duration;

use scrip_store::StoreError;
use sqlx::migrate::MigrateError;

/// The ledger that errors name.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// `host:port/database`, never with a password.
    pub(super) ledger: Arc<str>,
    /// How long a writer waits for another.
    pub(super) patience: Duration,
    /// How long an answer may take: longer than the server itself lets a statement take. Whoever has not
    /// answered by then is not there any more, though nothing says so.
    pub(super) silence: Duration,
}

/// An answer of the server that is waited for no longer than it can take.
pub(super) trait Heard<T> {
    /// The answer; its errors in the words of the ledger.
    fn heard(
        self,
        place: &Place,
        doing: &'static str,
    ) -> impl Future<Output = Result<T, StoreError>> + Send;
}

impl<T, F: Future<Output = sqlx::Result<T>> + Send> Heard<T> for F {
    async fn heard(self, place: &Place, doing: &'static str) -> Result<T, StoreError> {
        match tokio::time::timeout(place.silence, self).await {
            Ok(answer) => answer.map_err(place.cannot(doing)),
            Err(_) => Err(place.silent()),
        }
    }
}

impl Place {
    /// The ledger, to put into an error.
    pub(super) fn name(&self) -> String {
        self.ledger.as_ref().to_owned()
    }

    /// The error when the server does not answer at all.
    pub(super) fn silent(&self) -> StoreError {
        let what = format!("it has not answered for {:?}", self.silence);
        StoreError::NotReached { ledger: self.name(), source: what.into() }
    }

    /// For `map_err`: what was being done, as an infinitive.
    pub(super) fn cannot(&self, doing: &'static str) -> impl Fn(sqlx::Error) -> StoreError + '_ {
        move |error| self.fault(doing, error)
    }

    /// The error of a first connection: whoever does not answer in time is not there.
    pub(super) fn not_reached(&self, error: sqlx::Error) -> StoreError {
        match error {
            sqlx::Error::PoolTimedOut => StoreError::NotReached {
                ledger: self.name(),
                source: format!("it does not answer within {:?}", self.patience).into(),
            },
            other => self.fault("be reached", other),
        }
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
        let waited = self.patience;
        match error {
            sqlx::Error::PoolTimedOut => StoreError::Busy { ledger, waited },
            sqlx::Error::Io(source) if is_about_a_certificate(&source) => {
                StoreError::NotTrusted { ledger, source: Box::new(source) }
            }
            sqlx::Error::Io(source) => StoreError::NotReached { ledger, source: Box::new(source) },
            sqlx::Error::Tls(source) => StoreError::NotTrusted { ledger, source },
            sqlx::Error::ColumnDecode { index, source } => {
                self.unreadable(&format!("column {index}"), source)
            }
            sqlx::Error::Database(fault) => {
                let code = fault.code().unwrap_or_default().into_owned();
                let what = fault.message().to_owned();
                // Appendix A of the PostgreSQL manual; class SC is the schema's own.
                match code.as_str() {
                    "SC001" | "SC004" | "SC006" => StoreError::AppendOnly { ledger, what },
                    "55P03" => StoreError::Busy { ledger, waited },
                    "40P01" | "40001" | "57014" => StoreError::GivenUp { ledger, doing, what },
                    "25006" => StoreError::ReadOnly { ledger },
                    "42501" => StoreError::NotAllowed { ledger, what },
                    "53100" => StoreError::Full { ledger },
                    "3D000" => StoreError::Missing { ledger },
                    "42P01" | "3F000" => StoreError::NotALedger { ledger, found: what },
                    "XX001" | "XX002" => StoreError::Damaged { ledger, what },
                    code if code.starts_with("28") => {
                        StoreError::NotLetIn { ledger, source: what.into() }
                    }
                    code if code.starts_with("08") => {
                        StoreError::NotReached { ledger, source: what.into() }
                    }
                    "57P01" | "57P02" | "57P03" | "53300" => {
                        StoreError::NotReached { ledger, source: what.into() }
                    }
                    _ => StoreError::Database { ledger, doing, source: fault },
                }
            }
            other => StoreError::Database { ledger, doing, source: Box::new(other) },
        }
    }

    /// A migration that failed.
    pub(super) fn migration(&self, error: MigrateError, known: i64) -> StoreError {
        let doing = "bring its tables up to date";
        match error {
            MigrateError::VersionMissing(found) => {
                StoreError::NewerFormat { ledger: self.name(), found, known }
            }
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
                self.fault(doing, error)
            }
            other => StoreError::Database { ledger: self.name(), doing, source: Box::new(other) },
        }
    }
}

/// rustls tells what is wrong with a certificate as an error of the connection, in words alone.
fn is_about_a_certificate(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::InvalidData
        && error.get_ref().is_some_and(|inner| inner.to_string().contains("certificate"))
}
