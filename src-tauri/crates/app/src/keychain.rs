//! The keychain of the operating system: passwords of production ledgers, of those who asked for it.
//!
//! macOS Keychain, Windows Credential Manager, and elsewhere the Secret Service of the desktop over D-Bus.
//! A machine without one is no fault of anybody: then the password is asked for each time.

use std::time::Duration;

use keyring::{Entry, Error};
use scrip_production::{Address, Password};

use crate::error::AppError;

/// By what an entry of Scrip is known among others.
const SERVICE: &str = "Scrip";
/// A keychain that is locked asks its owner first; one that nobody answers is not there.
const PATIENCE: Duration = Duration::from_secs(60);

/// The name of an entry: `ana@ledger.example.com:5432/books`.
pub(crate) fn name(address: &Address) -> String {
    format!("{}@{}", address.user(), address.place())
}

/// Whether this machine has a keychain for whoever is logged in.
pub async fn is_there() -> bool {
    ask(|| match Entry::store_status() {
        Ok(()) => Ok(()),
        Err(error) => Err(error.to_string()),
    })
    .await
    .is_ok()
}

/// The password that is kept for an address; none where none is kept.
///
/// # Errors
/// [`AppError::Keychain`].
pub async fn password(address: &Address) -> Result<Option<Password>, AppError> {
    let name = name(address);
    let found = ask(move || match entry(&name)?.get_password() {
        Ok(password) => Ok(Some(Password::new(password))),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(error.to_string()),
    });
    found.await
}

/// Keeps a password for an address, in place of the one that is kept.
///
/// # Errors
/// [`AppError::Keychain`].
pub async fn remember(address: &Address, password: &Password) -> Result<(), AppError> {
    let (name, password) = (name(address), password.clone());
    ask(move || entry(&name)?.set_password(password.reveal()).map_err(|error| error.to_string()))
        .await
}

/// Forgets the password that is kept for an address. That none is kept is no error.
///
/// # Errors
/// [`AppError::Keychain`].
pub async fn forget(address: &Address) -> Result<(), AppError> {
    let name = name(address);
    let gone = ask(move || match entry(&name)?.delete_credential() {
        Ok(()) | Err(Error::NoEntry) => Ok(()),
        Err(error) => Err(error.to_string()),
    });
    gone.await
}

fn entry(name: &str) -> Result<Entry, String> {
    if let Err(error) = Entry::store_status() {
        return Err(error.to_string());
    }
    Entry::new(SERVICE, name).map_err(|error| error.to_string())
}

/// Asks on a thread of its own: the keychain answers when it likes, and waits for people.
async fn ask<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, AppError> {
    let (tell, told) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        // Whoever asked may have lost patience.
        let _ = tell.send(work());
    });
    let unusable = |what: String| AppError::Keychain { what };
    match tokio::time::timeout(PATIENCE, told).await {
        Ok(Ok(done)) => done.map_err(unusable),
        Ok(Err(_)) => Err(unusable("it broke off".to_owned())),
        Err(_) => Err(unusable(format!("it does not answer within {PATIENCE:?}"))),
    }
}
