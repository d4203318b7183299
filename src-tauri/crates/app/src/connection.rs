//! How a copy reaches the ledger that it follows: a small file beside it, so that nobody types an address
//! twice. The password is never in it.

use std::path::{Path, PathBuf};

use scrip_production::{Address, Password, PostgresOptions, Trust, password_at_hand};
use scrip_store::SqliteStore;
use serde::{Deserialize, Serialize};

use crate::error::AppError;
use crate::files;
use crate::keychain;
use crate::workspace::{Database, Workspace};

/// File of the connection inside a copy.
pub const CONNECTION_FILE: &str = "production.json";

/// Format of the file.
const FORMAT: &str = "scrip-production/1";

/// As it is in the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    format: String,
    address: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    authority: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    without_tls: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    keychain: bool,
}

/// How a copy reaches its ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Where the ledger is, and by which name it is read.
    pub address: Address,
    /// By what its server is known.
    pub trust: Trust,
    /// Whether the password is in the keychain of this system. It is looked for there only then, so that
    /// nobody is asked to unlock a keychain in vain.
    pub keychain: bool,
}

impl Connection {
    /// A connection to the ledger of an address, and the password that was in the address.
    ///
    /// # Errors
    /// The store's where it is no address; the operating system's where a file of the authority has no
    /// place.
    pub fn of(url: &str, trust: Trust) -> Result<(Self, Option<Password>), AppError> {
        let (address, password) = Address::split(url)?;
        let trust = match trust {
            // Whoever reads the file later may stand in another folder.
            Trust::Authority(file) => {
                Trust::Authority(std::path::absolute(&file).map_err(AppError::file(&file))?)
            }
            other => other,
        };
        Ok((Self { address, trust, keychain: false }, password))
    }

    /// The connection of the copy in a folder; none where it is not known.
    ///
    /// # Errors
    /// [`AppError::Connection`] where the file cannot be used, or the operating system's.
    pub fn read(root: &Path) -> Result<Option<Self>, AppError> {
        let path = root.join(CONNECTION_FILE);
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(AppError::file(&path)(error)),
        };
        let faulty = |what: String| AppError::Connection { path: path.clone(), what };
        let stored: Stored =
            serde_json::from_slice(&text).map_err(|error| faulty(error.to_string()))?;
        if stored.format != FORMAT {
            return Err(faulty(format!(
                "its format is {}, and this version of Scrip knows {FORMAT}",
                stored.format
            )));
        }
        let trust = match (stored.authority, stored.without_tls) {
            (Some(_), true) => {
                let what = "it names an authority, and wants no TLS: one of both can be";
                return Err(faulty(what.to_owned()));
            }
            (Some(file), false) => Trust::Authority(file),
            (None, true) => Trust::LoopbackOnly,
            (None, false) => Trust::System,
        };
        let (address, password) =
            Address::split(&stored.address).map_err(|error| faulty(error.to_string()))?;
        if password.is_some() {
            let what = "there is a password in its address; take it out, and consider it known";
            return Err(faulty(what.to_owned()));
        }
        Ok(Some(Self { address, trust, keychain: stored.keychain }))
    }

    /// Keeps the connection of the copy in a folder.
    ///
    /// # Errors
    /// The operating system's; the old connection is there then.
    pub fn save(&self, root: &Path) -> Result<(), AppError> {
        let path = root.join(CONNECTION_FILE);
        let stored = Stored {
            format: FORMAT.to_owned(),
            address: self.address.url().to_owned(),
            authority: match &self.trust {
                Trust::Authority(file) => Some(file.clone()),
                Trust::System | Trust::LoopbackOnly => None,
            },
            without_tls: self.trust == Trust::LoopbackOnly,
            keychain: self.keychain,
        };
        let mut text = serde_json::to_vec_pretty(&stored)
            .map_err(|error| AppError::stored(CONNECTION_FILE, error))?;
        text.push(b'\n');
        files::replace(&path, &text).map_err(AppError::file(&path))
    }

    /// Forgets how the copy in a folder reaches its ledger, and the password in the keychain. The copy stays
    /// what it is.
    ///
    /// # Errors
    /// The operating system's; [`AppError::Keychain`], and then nothing is forgotten.
    pub async fn forget(root: &Path) -> Result<(), AppError> {
        if let Ok(Some(mut connection)) = Self::read(root) {
            connection.forget_password(root).await?;
        }
        let path = root.join(CONNECTION_FILE);
        files::remove(&path).map_err(AppError::file(&path))
    }

    /// Puts the password into the keychain of this system, and has it looked for there from now on.
    ///
    /// # Errors
    /// [`AppError::Keychain`], or the operating system's.
    pub async fn remember_password(
        &mut self,
        root: &Path,
        password: &Password,
    ) -> Result<(), AppError> {
        keychain::remember(&self.address, password).await?;
        self.keychain = true;
        self.save(root)
    }

    /// Takes the password out of the keychain of this system.
    ///
    /// # Errors
    /// [`AppError::Keychain`], or the operating system's.
    pub async fn forget_password(&mut self, root: &Path) -> Result<(), AppError> {
        if self.keychain {
            keychain::forget(&self.address).await?;
            self.keychain = false;
            self.save(root)?;
        }
        Ok(())
    }

    /// The password, without asking anybody: what was given, or else none where `PGPASSWORD` or a password
    /// file has it, which reaches the server by itself, or else that of the keychain.
    ///
    /// # Errors
    /// [`AppError::Keychain`].
    pub async fn password(&self, given: Option<Password>) -> Result<Option<Password>, AppError> {
        match given {
            Some(given) => Ok(Some(given)),
            None if !self.keychain || password_at_hand(self.address.url()).is_some() => Ok(None),
            None => keychain::password(&self.address).await,
        }
    }

    /// The ledger with its password, from wherever it is. A keychain that cannot be used stands in nobody's
    /// way: why is told where the server wants the password.
    pub async fn reach(&self, given: Option<Password>) -> Database {
        let (password, keychain) = match self.password(given).await {
            Ok(password) => (password, None),
            Err(AppError::Keychain { what }) => (None, Some(what)),
            Err(error) => (None, Some(error.to_string())),
        };
        Database { keychain, ..self.database(password) }
    }

    /// The same connection, where the password of the copy in a folder is in the keychain under its name and
    /// address already: then it is looked for there.
    #[must_use]
    pub fn with_kept_password(self, root: &Path) -> Self {
        // A file that cannot be read is no connection, and is replaced by one.
        let kept = Self::read(root).ok().flatten();
        let keychain = kept.is_some_and(|kept| kept.keychain && kept.is_of_the_password_of(&self));
        Self { keychain: self.keychain || keychain, ..self }
    }

    /// Keeps the connection of the copy in a folder in the place of the one that is kept, and forgets the
    /// password of that where it is another's. Says why that is still in the keychain, if so: it stands in
    /// nobody's way.
    ///
    /// # Errors
    /// The operating system's; the old connection is there then.
    pub async fn take_over(&mut self, root: &Path) -> Result<Option<AppError>, AppError> {
        let old = Self::read(root).ok().flatten();
        let left = old.filter(|old| old.keychain && !old.is_of_the_password_of(self));
        *self = self.clone().with_kept_password(root);
        self.save(root)?;
        Ok(match left {
            Some(old) => keychain::forget(&old.address).await.err(),
            None => None,
        })
    }

    /// Whether another connection has the same password, by the name that it has in the keychain.
    fn is_of_the_password_of(&self, other: &Self) -> bool {
        keychain::name(&self.address) == keychain::name(&other.address)
    }

    /// Keeps the connection as [`Self::take_over`] does, where the workspace is a copy of the ledger that it
    /// leads to, and another or none is kept.
    ///
    /// # Errors
    /// The store's and the operating system's.
    pub async fn keep(
        &mut self,
        copy: &Workspace<SqliteStore>,
    ) -> Result<Option<AppError>, AppError> {
        let following = copy.store().following().await?;
        let is_its = following.is_some_and(|following| following.ledger == self.address.place());
        // A file that cannot be read is no connection, and is replaced by one.
        if is_its && Self::read(copy.root()).ok().flatten().as_ref() != Some(self) {
            return self.take_over(copy.root()).await;
        }
        Ok(None)
    }

    /// The ledger, with the password that was given; without one the password comes from `PGPASSWORD` or
    /// from a password file.
    #[must_use]
    pub fn database(&self, password: Option<Password>) -> Database {
        let trust = self.trust.clone();
        let options = PostgresOptions { trust, password, ..PostgresOptions::default() };
        Database::new(self.address.url().to_owned(), options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "postgres://ana:secret@ledger.example.com/books";

    #[tokio::test]
    async fn a_connection_is_kept_without_its_password() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Connection::read(folder.path()).unwrap(), None);
        for trust in
            [Trust::System, Trust::LoopbackOnly, Trust::Authority("/etc/ssl/example.pem".into())]
        {
            let (connection, password) = Connection::of(URL, trust).unwrap();
            assert_eq!(password.unwrap().reveal(), "secret");
            connection.save(folder.path()).unwrap();
            let text = std::fs::read_to_string(folder.path().join(CONNECTION_FILE)).unwrap();
            assert!(!text.contains("secret"), "{text}");
            assert_eq!(Connection::read(folder.path()).unwrap(), Some(connection));
        }
        Connection::forget(folder.path()).await.unwrap();
        Connection::forget(folder.path()).await.unwrap();
        assert_eq!(Connection::read(folder.path()).unwrap(), None);
    }

    #[tokio::test]
    async fn what_the_keychain_keeps_is_known_as_long_as_the_name_and_the_place_are_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let of = |url: &str| Connection::of(url, Trust::System).unwrap().0;
        Connection { keychain: true, ..of(URL) }.save(root).unwrap();
        // The same ledger by another certificate.
        let mut same = of(&format!("{URL}?sslrootcert=/etc/ssl/example.pem"));
        assert!(same.clone().with_kept_password(root).keychain);
        assert!(same.take_over(root).await.unwrap().is_none());
        assert!(same.keychain && Connection::read(root).unwrap().unwrap().keychain);
        // Another name, or another place, has another password.
        for other in ["postgres://ben@ledger.example.com/books", "postgres://ana@b/books"] {
            assert!(!of(other).with_kept_password(root).keychain, "{other}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_used_says_which_and_why() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(CONNECTION_FILE);
        for (text, why) in [
            ("{", "line 1 column 1"),
            (r#"{"format":"scrip-production/9","address":"x"}"#, "scrip-production/9"),
            (r#"{"format":"scrip-production/1","address":"secret"}"#, "is not an address"),
            (r#"{"format":"scrip-production/1","address":"postgres://a@b/c","port":1}"#, "port"),
            (
                r#"{"format":"scrip-production/1","address":"postgres://a:secret@b/c"}"#,
                "there is a password",
            ),
            (
                r#"{"format":"scrip-production/1","address":"postgres://a@b/c","authority":"x","without_tls":true}"#,
                "one of both",
            ),
        ] {
            std::fs::write(&path, text).unwrap();
            let said = Connection::read(folder.path()).unwrap_err().to_string();
            assert!(said.contains(why) && said.contains(CONNECTION_FILE), "{said}");
            assert!(!said.contains("secret"), "{said}");
        }
    }
}
