//! Whose books a command looks at: as its argument, or by name.
//!
//! Commands that act name the customer with `--customer`, beside everything else that they need; those
//! that list what may be of many have it as a filter.

use clap::Args as ClapArgs;

/// The one customer that a command looks at.
#[derive(Debug, ClapArgs)]
pub(crate) struct OneCustomer {
    /// Customer.
    #[arg(id = "whose", value_name = "CUSTOMER", required_unless_present = "customer")]
    argument: Option<String>,
    /// The customer, by name instead of as the argument.
    #[arg(long, value_name = "CUSTOMER", conflicts_with = "whose")]
    customer: Option<String>,
}

impl OneCustomer {
    /// The customer's code, as it was written.
    pub(crate) fn code(&self) -> &str {
        self.argument.as_deref().or(self.customer.as_deref()).unwrap_or_default()
    }
}

/// The customer of a command that looks at one only in one of its forms.
#[derive(Debug, ClapArgs)]
pub(crate) struct MaybeCustomer {
    /// Customer (statement, burn-down).
    #[arg(id = "whose", value_name = "CUSTOMER")]
    argument: Option<String>,
    /// The customer, by name instead of as the argument.
    #[arg(long, value_name = "CUSTOMER", conflicts_with = "whose")]
    customer: Option<String>,
}

impl MaybeCustomer {
    /// The customer's code, as it was written, if it was.
    pub(crate) fn code(&self) -> Option<&str> {
        self.argument.as_deref().or(self.customer.as_deref())
    }
}
