//! Refusals of usage in words.

use scrip_rating::Refusal;

/// A refusal as a sentence.
#[must_use]
pub fn refusal_in_words(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::UnknownMeter => "its meter is not in the configuration",
        Refusal::NoCard => "no rate card in force prices its meter for this customer",
        Refusal::NoRate => "no rate matches its dimensions, and the card rejects such usage",
        Refusal::NoConversion => "no conversion in force leads from its meter's unit to the rate's",
        Refusal::HardCap => "no wallet covers it, and the wallet type's cap is hard",
        Refusal::OverageLimit => "the overage limit of the billing period is reached",
        Refusal::NoExchangeRate => {
            "no exchange rate was imported for its day or the seven days before"
        }
        Refusal::OverdraftLimit => "no wallet covers it, and the overdraft limit is reached",
        Refusal::MemberAllowance => "it is more than what is left of its member's allowance",
        Refusal::TeamAllowance => {
            "it is more than what is left of an allowance of its member's team"
        }
        Refusal::SpendLimit => "it is more than what is left of a spend limit of the customer",
    }
}
