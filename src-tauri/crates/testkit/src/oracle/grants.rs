//! Grants: a new lot, and its consideration by its kind.

use serde_json::Value;

use super::books::{Books, Lot};
use super::ends::EndsWith;
use super::reading::{steps, text, when};

impl Books {
    pub(super) fn grant(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        let code = text(operation, "customer");
        let configuration = self.configuration.clone();
        let wallets = &self.customer(code)?.wallets;
        // The wallet's name is that of its type unless the grant says otherwise.
        let named = operation["wallet_type"].as_str();
        let wallet = operation["wallet"].as_str().or(named).ok_or("no wallet")?.to_owned();
        let exists = wallets.get(&wallet).map(String::as_str);
        if named.is_some() && exists.is_some() && named != exists {
            return Err("the wallet is of another type".to_owned());
        }
        let wallet_type = exists.or(named).unwrap_or(&wallet).to_owned();
        let definition =
            configuration.one("wallet_types", &wallet_type).ok_or("no such wallet type")?;
        let scale = configuration.scale(text(definition, "unit"));
        let issued = steps(operation, "units", scale).ok_or("no amount")?;
        let kind = text(operation, "kind").to_owned();
        let price = &operation["price"];
        let allowed = match kind.as_str() {
            "promotional" => price.is_null(),
            "bonus" | "compensation" => true,
            _ => !price.is_null(),
        };
        let from = match operation["effective_at"].as_str() {
            Some(text) => when(text, configuration.zone).ok_or("no time")?,
            None => at,
        };
        let terms = configuration.version_at(definition, from).ok_or("no version in force")?;
        let (until, ends_with) = match operation["expires_at"].as_str() {
            Some("never") => (None, EndsWith::Nothing),
            Some(text) => {
                (Some(when(text, configuration.zone).ok_or("no time")?), EndsWith::Nothing)
            }
            None => self.usual_end(terms, code, from)?,
        };
        let id = operation["lot"].as_str().unwrap_or(text(operation, "id")).to_owned();
        let noted = self.noted(price["currency"].as_str(), at)?;
        let bought = configuration.bought(terms, code, at.min(from));
        let customer = self.customer(code)?;
        let taken = customer.lots.iter().any(|lot| lot.id == id);
        if !allowed || taken || issued <= 0 || until.is_some_and(|end| end <= from) {
            return Err("the grant is not allowed".to_owned());
        }
        let currency = price["currency"].as_str().map(str::to_owned);
        let cents = currency.as_deref().map_or(2, |currency| configuration.scale(currency));
        let (net, tax) = (steps(price, "net", cents), steps(price, "tax", cents));
        let (net, tax) = (net.unwrap_or_default(), tax.unwrap_or_default());
        let lot = Lot {
            id,
            wallet: wallet.clone(),
            wallet_type: wallet_type.clone(),
            kind,
            priority: operation["priority"].as_u64(),
            terms: terms["version"].as_i64().unwrap_or_default(),
            rolled: 0,
            bought,
            there: configuration.zone.day_of(at),
            from,
            first_from: from,
            until,
            ends_with,
            issued,
            available: issued,
            held: 0,
            consumed: 0,
            expired: 0,
            reinstated: 0,
            refunded: 0,
            transferred: 0,
            currency: currency.clone(),
            price: net,
            tax_kind: if tax == 0 { String::new() } else { text(price, "tax_kind").to_owned() },
            tax,
            released: 0,
            recognised: 0,
            moved: 0,
            repaid: 0,
            lost: 0,
            repaid_used: 0,
            noted,
            tax_gone: 0,
            dispute: None,
            given_up: None,
        };
        let invoiced = text(operation, "settlement") == "invoiced";
        let debit = match (lot.kind.as_str(), invoiced) {
            ("compensation", _) => "contra_concessions",
            ("migrated", _) => "opening_equity_clearing",
            (_, true) => "accounts_receivable",
            (_, false) => "cash_clearing",
        };
        let liability = lot.liability();
        customer.wallets.insert(wallet, wallet_type);
        self.add_lot(code, lot)?;
        let customer = self.customer(code)?;
        if let Some(currency) = currency {
            if debit == "accounts_receivable" {
                *customer.receivable.entry(currency.clone()).or_default() += net + tax;
            }
            let tax_account = match text(price, "tax_kind") {
                "sales_tax" => "sales_tax_payable",
                _ => "vat_output_payable",
            };
            self.post((code, at), debit, (net + tax, &currency));
            self.post((code, at), liability, (-net, &currency));
            self.post((code, at), tax_account, (-tax, &currency));
        }
        self.repay(code, at)
    }
}
