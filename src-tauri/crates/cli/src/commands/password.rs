//! The password of a production ledger: given, at hand, in the keychain, or asked for on a terminal.

use std::io::{IsTerminal, stderr, stdin};

use scrip_app::connection::Connection;
use scrip_app::workspace::Database;
use scrip_app::{AppError, following};
use scrip_production::{Password, password_at_hand};
use scrip_store::StoreError;

use crate::failure::Failure;
use crate::output::Output;

/// A ledger that can be reached, with the password where one was found.
pub(crate) struct Reached {
    pub(crate) connection: Connection,
    pub(crate) database: Database,
}

impl Reached {
    /// The password by which the ledger is reached, from wherever it is.
    pub(crate) fn password(&self) -> Option<Password> {
        let given = self.database.options.password.clone();
        given.or_else(|| password_at_hand(&self.database.url))
    }
}

/// Finds the password for a connection. On a terminal the server is asked whether it wants one, and a
/// person for it; without a terminal nobody is asked and nothing waits.
pub(crate) async fn reach(
    connection: Connection,
    given: Option<Password>,
    out: &mut Output,
) -> Result<Reached, Failure> {
    let mut database = connection.reach(given).await;
    if stdin().is_terminal() && stderr().is_terminal() {
        let greeted = following::greet(&database, None).await;
        if let Err(AppError::Store(StoreError::NotLetIn { .. })) = greeted {
            // Whoever is asked knows why.
            if let Some(what) = database.keychain.take() {
                out.note(&format!("note: {}", AppError::Keychain { what }));
            }
            let (user, place) = (connection.address.user(), connection.address.place());
            let typed = rpassword::prompt_password(format!("Password of {user} at {place}: "))
                .map_err(|error| Failure::usage(format!("the password was not read: {error}")))?;
            database.options.password = Some(Password::new(typed));
        }
    }
    Ok(Reached { connection, database })
}
