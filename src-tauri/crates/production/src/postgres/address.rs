//! The address of a ledger, and the password that goes with it and is kept apart from it.
//!
//! An address is shown, stored and put into errors; a password is none of these. So an address that holds
//! one is taken apart where it comes in, and one whose parts cannot be told from a password is refused.

use std::fmt;
use std::str::FromStr;

use scrip_store::StoreError;
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;
use url::Url;
use zeroize::Zeroizing;

/// What an address looks like.
pub(super) const FORM: &str = "it is not an address such as postgres://name@host:5432/database";

/// Parameters of an address that say where the ledger is, and hold no secret.
const KEPT: [&str; 8] =
    ["host", "hostaddr", "port", "dbname", "user", "sslrootcert", "sslcert", "sslkey"];

/// A password. It is in no output: it has no text but the one it is asked for, and is wiped in the end.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// A password.
    #[must_use]
    pub fn new(password: String) -> Self {
        Self(Zeroizing::new(password))
    }

    /// The password itself, for whoever hands it to the server or to the keychain.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

/// Where a ledger is, and by which name it is read: `postgres://name@host:5432/database`, never with a
/// password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    url: String,
    place: String,
    user: String,
}

impl Address {
    /// Takes an address apart that may hold a password.
    ///
    /// # Errors
    /// [`StoreError::NotReached`] where it is no address of a ledger. The text is not repeated.
    pub fn split(url: &str) -> Result<(Self, Option<Password>), StoreError> {
        let mut parts = Url::parse(url.trim()).map_err(|_| faulty(FORM))?;
        if !["postgres", "postgresql"].contains(&parts.scheme()) {
            return Err(faulty(FORM));
        }
        // A mark of a password that is not written as %40, %2F, %3F or %23 ends up in another part.
        if parts.fragment().is_some()
            || parts.path().contains('@')
            || parts.query().is_some_and(|query| query.contains('@'))
        {
            return Err(faulty(
                "a password in it is to be written with %40 for @, %2F for /, %3F for ? and %23 for #",
            ));
        }
        // What is not known is left out: it might be a secret. So is a key that is not a file's name.
        let is_kept = |key: &str, value: &str| KEPT.contains(&key) && !value.contains("-----BEGIN");
        let given = PgConnectOptions::from_str(parts.as_str()).map_err(|_| faulty(FORM))?;
        let is_given =
            parts.password().is_some() || parts.query_pairs().any(|(key, _)| key == "password");
        let password = if is_given { own_password(given.clone()) } else { None };
        let query: Vec<(String, String)> = parts
            .query_pairs()
            .filter(|(key, value)| is_kept(key, value))
            .map(|(key, value)| (key.into_owned(), value.into_owned()))
            .collect();
        parts.set_password(None).map_err(|()| faulty(FORM))?;
        parts.set_query(None);
        if !query.is_empty() {
            parts.query_pairs_mut().extend_pairs(query);
        }
        let database = given.get_database().unwrap_or(given.get_username());
        let address = Self {
            url: parts.to_string(),
            place: format!("{}:{}/{database}", given.get_host(), given.get_port()),
            user: given.get_username().to_owned(),
        };
        Ok((address, password))
    }

    /// The address as a text.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// `host:port/database`: the ledger as people call it.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// The name by which the ledger is read.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }
}

impl FromStr for Address {
    type Err = StoreError;

    /// The address alone, whether or not the text holds a password.
    fn from_str(url: &str) -> Result<Self, StoreError> {
        Ok(Self::split(url)?.0)
    }
}

/// The password that `PGPASSWORD` or a password file has for an address, so that none has to be asked for.
#[must_use]
pub fn password_at_hand(url: &str) -> Option<Password> {
    own_password(PgConnectOptions::from_str(url).ok()?)
}

/// The password of a connection, which sqlx tells in an address alone; of a name and a host that make no
/// other address of it.
fn own_password(options: PgConnectOptions) -> Option<Password> {
    let url = options.username("name").host("localhost").to_url_lossy();
    let password = url.password()?;
    let password = percent_encoding::percent_decode_str(password).decode_utf8().ok()?;
    Some(Password::new(password.into_owned()))
}

/// An address that cannot be used.
pub(super) fn faulty(what: &str) -> StoreError {
    StoreError::NotReached { ledger: "the address given".to_owned(), source: what.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(url: &str) -> Option<String> {
        Address::split(url).unwrap().1.map(|password| password.reveal().to_owned())
    }

    #[test]
    fn an_address_is_taken_apart_and_loses_its_password() {
        let url = "postgres://ana:Tr%40ut%2F9@ledger.example.com:6432/books?password=other&host=db.example.com&application_name=x";
        let (address, found) = Address::split(url).unwrap();
        assert_eq!(address.place(), "db.example.com:6432/books");
        assert_eq!(address.user(), "ana");
        assert_eq!(
            address.url(),
            "postgres://ana@ledger.example.com:6432/books?host=db.example.com"
        );
        assert_eq!(found.unwrap().reveal(), "other");
        assert_eq!(password("postgres://ana:Tr%40ut%2F9@host/books").unwrap(), "Tr@ut/9");
        assert_eq!(Address::split(address.url()).unwrap(), (address, None));
    }

    #[test]
    fn a_password_that_would_be_taken_for_another_part_is_refused_and_not_repeated() {
        for url in [
            "postgres://ana:12/secret@host/books",
            "postgres://ana:12?secret@host/books",
            "postgres://ana:secret#4@host/books",
            "postgres://ana:sec/ret@host/books",
            "mysql://ana:secret@host/books",
            "ana:secret@host",
            "secret",
        ] {
            let text = Address::split(url).unwrap_err().to_string();
            assert!(!text.contains("secret") && !text.contains("ret@"), "{url}: {text}");
        }
    }

    #[test]
    fn a_password_is_in_no_output() {
        let password = Password::new("secret".to_owned());
        let options = crate::PostgresOptions {
            password: Some(password.clone()),
            ..crate::PostgresOptions::default()
        };
        assert_eq!(format!("{password:?}"), "Password(..)");
        assert!(!format!("{options:?}").contains("secret"));
    }
}
