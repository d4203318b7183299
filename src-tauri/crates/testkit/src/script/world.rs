//! The configuration of a row, written line by line and rendered as a document in TOML.
//!
//! ```text
//! currency EUR              entity's currency (USD)
//! zone Europe/Amsterdam     entity's time zone (UTC)
//! billing_day 31            the customer's billing day (1)
//! unit credits 2            unit of the card and of wallets, with its decimals (credits 2);
//!                           a currency needs no decimals
//! wallet std  BODY          a wallet type; BODY as in the document; one soft wallet if none
//! plan pro  BODY            a plan with one version; BODY: its grants, as in the document, or all of
//!                           its members: `grants = [...], charges = [...]`
//! rate BODY                 a rate; BODY as in the document; one unit for each item if none
//! discount 10               percent off the card's prices for the customer
//! changes next_period       when a version counts for a customer (at_instant)
//! version 2026-02-01        the rates that follow belong to a version from then on
//! converted BODY            a conversion before the rates: BODY of its only factor
//! overage 0.10 EUR          price of one unit that no wallet covers (1); `overage none`
//! ```

use std::fmt::Write as _;

/// A version of the card.
#[derive(Debug, Clone)]
struct Version {
    from: String,
    rates: Vec<String>,
}

/// The configuration of a row.
#[derive(Debug, Clone)]
pub struct World {
    currency: String,
    zone: String,
    billing_day: u8,
    unit: String,
    scale: u8,
    unit_is_currency: bool,
    wallets: Vec<(String, String)>,
    plans: Vec<(String, String)>,
    versions: Vec<Version>,
    discount: Option<String>,
    changes: Option<String>,
    conversion: Option<String>,
    overage: Option<(String, String)>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            currency: "USD".to_owned(),
            zone: "UTC".to_owned(),
            billing_day: 1,
            unit: "credits".to_owned(),
            scale: 2,
            unit_is_currency: false,
            wallets: Vec::new(),
            plans: Vec::new(),
            versions: vec![Version { from: "2000-01-01".to_owned(), rates: Vec::new() }],
            discount: None,
            changes: None,
            conversion: None,
            overage: Some(("1".to_owned(), String::new())),
        }
    }
}

impl World {
    /// Reads a line of configuration; false when it is none.
    ///
    /// # Errors
    /// The line is one, and wrong.
    pub fn read(&mut self, line: &str) -> Result<bool, String> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim();
        let mut parts = rest.split_whitespace();
        match word {
            "currency" => rest.clone_into(&mut self.currency),
            "zone" => rest.clone_into(&mut self.zone),
            "billing_day" => self.billing_day = rest.parse().map_err(|_| "a day of the month")?,
            "unit" => {
                parts.next().unwrap_or_default().clone_into(&mut self.unit);
                let scale = parts.next();
                self.unit_is_currency = scale.is_none();
                self.scale = scale.unwrap_or("2").parse().map_err(|_| "decimals")?;
            }
            "wallet" => {
                let (code, body) = rest.split_once(' ').unwrap_or((rest, ""));
                self.wallets.push((code.to_owned(), body.trim().to_owned()));
            }
            "plan" => {
                let (code, body) = rest.split_once(' ').unwrap_or((rest, ""));
                self.plans.push((code.to_owned(), body.trim().to_owned()));
            }
            "rate" => {
                let version = self.versions.last_mut().ok_or("no version")?;
                version.rates.push(rest.to_owned());
            }
            "version" => {
                self.versions.push(Version { from: rest.to_owned(), rates: Vec::new() });
            }
            "discount" => self.discount = Some(rest.to_owned()),
            "changes" => self.changes = Some(rest.to_owned()),
            "converted" => self.conversion = Some(rest.to_owned()),
            "overage" if rest == "none" => self.overage = None,
            "overage" if rest.contains(' ') => {
                let price = parts.next().unwrap_or_default().to_owned();
                self.overage = Some((price, parts.next().unwrap_or_default().to_owned()));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The document.
    #[must_use]
    pub fn document(&self) -> String {
        let mut out = format!(
            "format = \"scrip-config/1\"\n[entity]\ncode = \"books\"\nname = \"Books\"\n\
             currency = \"{}\"\ntime_zone = \"{}\"\n",
            self.currency, self.zone
        );
        let mut unit = |code: &str, kind: &str, scale: u8| {
            let _ =
                write!(out, "[[units]]\ncode = \"{code}\"\nkind = \"{kind}\"\nscale = {scale}\n");
        };
        if !self.unit_is_currency {
            unit(&self.unit, "credit", self.scale);
        }
        unit("item", "usage", 6);
        if self.conversion.is_some() {
            unit("converted", "usage", 6);
        }
        out.push_str(
            "[[meters]]\ncode = \"usage\"\nunit = \"item\"\n\
             dimensions = [{ name = \"feature\" }, { name = \"sort\" }]\n",
        );
        if let Some(factor) = &self.conversion {
            let _ = write!(
                out,
                "[[conversions]]\ncode = \"conversion\"\nfrom = \"item\"\nto = \"converted\"\n\
                 versions = [{{ version = 1, effective_at = \"2000-01-01\", factors = [{{ {factor} }}] }}]\n"
            );
        }
        self.wallet_types(&mut out);
        self.card(&mut out);
        for (code, body) in &self.plans {
            let whole = body.starts_with("grants") || body.starts_with("charges");
            let members = if whole { body.clone() } else { format!("grants = [{body}]") };
            let _ = write!(
                out,
                "[[plans]]\ncode = \"{code}\"\nversions = \
                 [{{ version = 1, effective_at = \"2000-01-01\", {members} }}]\n"
            );
        }
        let _ = write!(out, "[[customers]]\ncode = \"acme\"\nbilling_day = {}\n", self.billing_day);
        if let Some(percent) = &self.discount {
            let _ = writeln!(
                out,
                "overrides = [{{ code = \"discount\", card = \"card\", \
                 effective_at = \"2000-01-01\", percent = \"-{percent}\" }}]"
            );
        }
        out.push_str("[[customers]]\ncode = \"globex\"\n");
        out
    }

    fn wallet_types(&self, out: &mut String) {
        let soft = [("std".to_owned(), "beyond = \"overage\"".to_owned())];
        let wallets = if self.wallets.is_empty() { &soft } else { self.wallets.as_slice() };
        for (code, body) in wallets {
            let comma = if body.is_empty() { "" } else { ", " };
            let _ = write!(
                out,
                "[[wallet_types]]\ncode = \"{code}\"\nunit = \"{}\"\nversions = \
                 [{{ version = 1, effective_at = \"2000-01-01\"{comma}{body} }}]\n",
                self.unit
            );
        }
    }

    fn card(&self, out: &mut String) {
        let _ = write!(out, "[[rate_cards]]\ncode = \"card\"\nunit = \"{}\"\n", self.unit);
        if let Some(changes) = &self.changes {
            let _ = writeln!(out, "price_changes = \"{changes}\"");
        }
        for (index, version) in self.versions.iter().enumerate() {
            let _ = write!(
                out,
                "[[rate_cards.versions]]\nversion = {}\neffective_at = \"{}\"\n\
                 unmatched = \"reject\"\n",
                index + 1,
                version.from
            );
            if let Some((price, currency)) =
                self.overage.as_ref().filter(|_| !self.unit_is_currency)
            {
                let currency = if currency.is_empty() { &self.currency } else { currency };
                let _ =
                    writeln!(out, "overage = {{ currency = \"{currency}\", price = \"{price}\" }}");
            }
            out.push_str("rates = [\n");
            let plain = ["model = \"per_unit\", price = \"1\"".to_owned()];
            let rates = if version.rates.is_empty() { &plain } else { version.rates.as_slice() };
            let quantity =
                if self.conversion.is_some() { "quantity_unit = \"converted\", " } else { "" };
            for (row, body) in rates.iter().enumerate() {
                let code = if body.contains("code =") {
                    String::new()
                } else {
                    format!("code = \"r{}\", ", row + 1)
                };
                let _ = writeln!(out, "  {{ {code}meter = \"usage\", {quantity}{body} }},");
            }
            out.push_str("]\n");
        }
    }
}

impl World {
    /// The entity's currency.
    #[must_use]
    pub fn currency(&self) -> &str {
        &self.currency
    }

    /// The unit of the card and of wallets.
    #[must_use]
    pub fn unit(&self) -> &str {
        &self.unit
    }
}
