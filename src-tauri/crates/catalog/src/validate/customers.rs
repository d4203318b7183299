//! Customers: their cards, billing day and attributes.

use super::limits;
use super::names::{Names, unique};
use super::own_terms;
use crate::document::{Customer, Document};
use crate::problem::{Problem, ProblemCode};

/// Checks every customer.
pub(crate) fn check(document: &Document, names: &Names<'_>, problems: &mut Vec<Problem>) {
    unique("customers", "customer", document.customers.iter().map(|c| &c.code), problems);
    for customer in &document.customers {
        let path = format!("customers[{}]", customer.code);
        one(&path, customer, names, problems);
        let zone = document.entity.time_zone;
        own_terms::check(&path, customer, (names, zone), problems);
    }
}

fn one(path: &str, customer: &Customer, names: &Names<'_>, problems: &mut Vec<Problem>) {
    let code = &customer.code;
    limits::customer(path, customer, names, problems);
    unique(&format!("{path}.rate_cards"), "entry for card", &customer.rate_cards, problems);
    for card in &customer.rate_cards {
        if names.card(card).is_none() {
            let path = format!("{path}.rate_cards[{card}]");
            let message = format!(
                "Customer {code} names the rate card {card}, which does not exist. Define it under rate_cards, or remove it here."
            );
            problems.push(Problem::error(ProblemCode::UnknownCard, path, message));
        }
    }
    if !(1..=31).contains(&customer.billing_day) {
        let message = format!(
            "Billing periods of customer {code} start on day {}, which no month has. Use 1 to 31; in shorter months the last day stands for it.",
            customer.billing_day
        );
        let path = format!("{path}.billing_day");
        problems.push(Problem::error(ProblemCode::BillingDay, path, message));
    }
    let two_letters = |c: &&String| c.len() == 2 && c.bytes().all(|b| b.is_ascii_uppercase());
    if let Some(country) = customer.country.as_ref().filter(|c| !two_letters(c)) {
        let message = format!(
            "Customer {code} has the country {country:?}. Use two capital letters of ISO 3166-1, such as NL."
        );
        problems.push(Problem::error(ProblemCode::Country, format!("{path}.country"), message));
    }
}
