//! Approvals: which operations need a second person.

use super::*;

macro_rules! approved_operations {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// An operation that may need a second person: one that people do, not what usage and time cause.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum ApprovedOperation {
            $($(#[$doc])* #[serde(rename = $code)] $name,)*
        }

        impl ApprovedOperation {
            /// Every one, in the order of their definition.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The operation's code: the value of its `op`.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }
        }
    };
}

approved_operations! {
    /// Publishing: a configuration takes the place of the one in force.
    ApplyConfiguration = "apply_configuration",
    /// A grant by hand.
    GrantCredits = "grant_credits",
    /// A subscription.
    Subscribe = "subscribe",
    /// The end of a subscription.
    CancelSubscription = "cancel_subscription",
    /// The completion of a service.
    CompleteSetup = "complete_setup",
    /// A charge paid back.
    RefundCharge = "refund_charge",
    /// A top-up by hand.
    TopUp = "top_up",
    /// A customer's own top-up terms.
    SetTopUp = "set_top_up",
    /// A minimum commitment.
    AgreeCommitment = "agree_commitment",
    /// A payment.
    ReceivePayment = "receive_payment",
    /// Usage taken back.
    ReverseUsage = "reverse_usage",
    /// Unused units paid back.
    RefundGrant = "refund_grant",
    /// Unused units taken back.
    VoidLot = "void_lot",
    /// A lot that lives longer.
    ExtendLot = "extend_lot",
    /// The end of a contract.
    SetContractEnd = "set_contract_end",
    /// Expired units given back.
    ReinstateLot = "reinstate_lot",
    /// Units moved.
    TransferUnits = "transfer_units",
    /// Units exchanged.
    ConvertUnits = "convert_units",
    /// A balance put right by hand.
    AdjustBalance = "adjust_balance",
    /// A payment that the bank took back.
    ChargeBack = "chargeback",
    /// A chargeback that was won.
    WinChargeback = "win_chargeback",
    /// Overage on an invoice.
    InvoiceOverage = "invoice_overage",
    /// Published exchange rates.
    ImportExchangeRates = "import_exchange_rates",
    /// A draft that becomes final.
    FinalizeInvoice = "finalize_invoice",
    /// A final invoice taken back.
    VoidInvoice = "void_invoice",
    /// A credit note.
    CreditNote = "credit_note",
    /// A claim given up.
    WriteOff = "write_off",
    /// The close of a period.
    ClosePeriod = "close_period",
}

/// Operations that need a second person, and who that may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApprovalRule {
    /// Code.
    pub code: ApprovalCode,
    /// The operations. Each stands in one rule at the most.
    pub operations: Vec<ApprovedOperation>,
    /// Who may approve; anybody but who asks, if it is left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvers: Vec<Actor>,
    /// Days of 24 hours after which what was asked lapses.
    #[serde(default = "valid_days")]
    pub valid_days: u16,
}

fn valid_days() -> u16 {
    14
}
