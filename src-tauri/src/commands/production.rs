//! The production ledger that a copy follows: how it is reached.

use scrip_app::connection::Connection;
use scrip_production::{Password, Trust};
use serde::Serialize;
use specta::Type;
use tauri::State;

use crate::desk::Desk;
use crate::failure::Failure;

/// How a copy reaches its ledger. The password is not part of it.
#[derive(Debug, Serialize, Type)]
pub struct ProductionConnection {
    /// The ledger as people call it: `host:port/database`.
    pub place: String,
    /// The name by which it is read.
    pub user: String,
    /// The address.
    pub address: String,
    /// The file of the authority that signs its server's certificate; those of the system if absent.
    pub authority: Option<String>,
    /// Whether it is spoken to without TLS, on this machine.
    pub without_tls: bool,
    /// Whether the password is in the keychain of this system.
    pub keychain: bool,
}

impl From<Connection> for ProductionConnection {
    fn from(connection: Connection) -> Self {
        let Connection { address, trust, keychain } = connection;
        Self {
            place: address.place().to_owned(),
            user: address.user().to_owned(),
            address: address.url().to_owned(),
            authority: match &trust {
                Trust::Authority(file) => Some(file.display().to_string()),
                Trust::System | Trust::LoopbackOnly => None,
            },
            without_tls: trust == Trust::LoopbackOnly,
            keychain,
        }
    }
}

/// How the open workspace reaches the production ledger that it follows; none where that is not known.
///
/// # Errors
/// When what is kept about it cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn production_connection(
    desk: State<'_, Desk>,
) -> Result<Option<ProductionConnection>, Failure> {
    let books = desk.books().await?;
    Ok(Connection::read(books.root())?.map(ProductionConnection::from))
}

/// Looks whether the production ledger lets this window in, with a password or without, and uses that
/// password until the program ends.
///
/// # Errors
/// `NotConnected`, `PasswordNeeded`, `Offline`, `Untrusted`; the password is not kept then.
#[tauri::command]
#[specta::specta]
pub async fn connect_production(
    desk: State<'_, Desk>,
    password: Option<String>,
) -> Result<(), Failure> {
    desk.connect(password.map(Password::new)).await
}
