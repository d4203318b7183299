//! What the policies of a wallet type say, in sentences that a person can check.

use scrip_catalog::{
    AboveCap, Alert, Beyond, Burns, CaptureAbove, CaptureBelow, Document, DrawKey, ExpiryRule,
    LotRates, Quota, Restored, Rollover, TopUp, TopUpOn, WalletType, WalletTypeVersion, Window,
};
use scrip_reports::format::grouped_text;
use scrip_units::{Number, When};
use serde::Serialize;

/// A policy, as a section of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Policy {
    /// Its code: the member of a version by which it is set.
    pub policy: &'static str,
    /// Its name.
    pub title: &'static str,
    /// What it says.
    pub sentences: Vec<String>,
}

/// Every policy of a version, in the order in which a unit lives through them.
#[must_use]
pub fn policies(
    document: &Document,
    wallet_type: &WalletType,
    version: &WalletTypeVersion,
) -> Vec<Policy> {
    let unit = wallet_type.unit.to_string();
    let policy = |policy, title, sentences| Policy { policy, title, sentences };
    vec![
        policy("scope", "What it pays for", scope(version, &unit)),
        policy("priority", "Priority", priority(version)),
        policy("draw_order", "Draw order", draw_order(version)),
        policy("rates", "Prices", rates(version)),
        policy("expiry", "Expiry", expiry_sentences(version)),
        policy("rollover", "Rollover", rollover(version.rollover.as_ref(), &unit)),
        policy("top_up", "Top-up", top_up(version.top_up.as_ref(), &unit)),
        policy("beyond", "Caps", vec![beyond(version, wallet_type)]),
        policy("allowances", "Allowances", allowances(version, &unit)),
        policy("burns", "Burning", burns(version)),
        policy("holds", "Holds", holds(version)),
        policy("restored", "Returned units", restored(version)),
        policy("vat", "VAT", vat(document)),
        policy("alerts", "Alerts", alerts(version, &unit)),
    ]
}

/// A number of the configuration with groups of three.
fn number(number: Number) -> String {
    grouped_text(&number.to_string())
}

fn units(of: Number, unit: &str) -> String {
    format!("{} {unit}", number(of))
}

/// Some of something, in the singular where it is one.
fn counted(count: u32, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

fn time(months: u32, days: u32) -> String {
    match (months, days) {
        (0, days) => counted(days, "day"),
        (months, 0) => counted(months, "month"),
        (months, days) => format!("{} and {}", counted(months, "month"), counted(days, "day")),
    }
}

fn listed(items: &[String], last: &str) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}

fn scope(version: &WalletTypeVersion, unit: &str) -> Vec<String> {
    if version.scope.is_empty() {
        return vec![format!("Pays for all usage that is priced in {unit}.")];
    }
    let rows = version.scope.iter().map(|scope| {
        let cells: Vec<_> =
            scope.matches.iter().map(|(name, value)| format!("{name} {value}")).collect();
        match cells.as_slice() {
            [] => format!("Pays for usage of {}.", scope.meter),
            cells => format!("Pays for usage of {} with {}.", scope.meter, listed(cells, "and")),
        }
    });
    rows.collect()
}

fn priority(version: &WalletTypeVersion) -> Vec<String> {
    let number = version.priority;
    let mut sentences =
        vec![format!("Has priority {number}; of several wallets the lower number pays first.")];
    if !version.fallbacks.is_empty() {
        let codes: Vec<_> = version.fallbacks.iter().map(ToString::to_string).collect();
        let codes = listed(&codes, "and then");
        sentences.push(format!("When it cannot pay, {codes} may."));
    }
    sentences
}

/// What a key of a draw order puts first.
#[must_use]
pub fn draw_key(key: DrawKey) -> &'static str {
    match key {
        DrawKey::GrantPriority => "the lower grant priority",
        DrawKey::ScopedFirst => "wallets for certain usage only",
        DrawKey::SoonestExpiry => "the soonest expiry",
        DrawKey::PromotionalFirst => "what was given before what was paid for",
        DrawKey::PaidFirst => "what was paid for before what was given",
        DrawKey::LowestUnitCost => "the lowest cost per unit",
        DrawKey::HighestUnitCost => "the highest cost per unit",
        DrawKey::EarliestEffective => "the earliest start",
        DrawKey::LatestEffective => "the latest start",
        DrawKey::LargestGrant => "the largest grant",
        DrawKey::LotId => "the lot's id",
    }
}

fn draw_order(version: &WalletTypeVersion) -> Vec<String> {
    let keys: Vec<_> = version.draw_order.iter().map(|key| draw_key(*key).to_owned()).collect();
    match keys.as_slice() {
        [] => vec!["Lots burn in the order of their ids.".to_owned()],
        [one] => vec![format!("First {one}.")],
        keys => vec![format!("First {}.", listed(keys, "and then"))],
    }
}

fn rates(version: &WalletTypeVersion) -> Vec<String> {
    vec![match version.rates {
        LotRates::Current => "Usage is priced as when it occurs.".to_owned(),
        LotRates::Original => {
            "Usage is priced as when the lot was bought: its rate is honoured for life.".to_owned()
        }
    }]
}

fn day(when: When) -> String {
    match when {
        When::Day(day) => day.to_string(),
        When::At(at) => at.to_string(),
    }
}

/// When a lot ends, as a sentence.
#[must_use]
pub fn expiry(rule: &ExpiryRule) -> String {
    match rule {
        ExpiryRule::Never => "Never expires.".to_owned(),
        ExpiryRule::After { months, days } => {
            format!("Expires {} after the purchase.", time(*months, *days))
        }
        ExpiryRule::EndOfBillingPeriod => "Expires with the billing period.".to_owned(),
        ExpiryRule::EndOfContract => "Expires with the customer's contract.".to_owned(),
        ExpiryRule::AfterInactivity { months, days } => {
            format!("Expires when nothing was used for {}.", time(*months, *days))
        }
        ExpiryRule::On { at } => format!("Expires on {}.", day(*at)),
    }
}

fn expiry_sentences(version: &WalletTypeVersion) -> Vec<String> {
    let mut sentences = vec![expiry(&version.expiry)];
    sentences.push(match (&version.expiry, &version.rollover) {
        (ExpiryRule::Never, _) => {
            "Unused units stay deferred revenue until they are used.".to_owned()
        }
        (_, Some(_)) => "What does not roll over becomes breakage at that instant.".to_owned(),
        (_, None) => "Unused units become breakage at that instant.".to_owned(),
    });
    if let ExpiryRule::After { months: 1.., .. } | ExpiryRule::AfterInactivity { months: 1.., .. } =
        version.expiry
    {
        sentences
            .push("Months end with the month: 31 January and one month is 28 February.".into());
    }
    sentences
}

fn percent(fraction: Number) -> String {
    let percent = fraction.decimal().checked_mul(Number::HUNDRED.decimal());
    percent.map_or_else(|| fraction.to_string(), |percent| percent.normalize().to_string())
}

fn rollover(rollover: Option<&Rollover>, unit: &str) -> Vec<String> {
    let Some(rollover) = rollover else {
        return vec!["Nothing rolls over.".to_owned()];
    };
    let kinds: Vec<_> = rollover.kinds.iter().map(|kind| kind.code().to_owned()).collect();
    let of = match kinds.as_slice() {
        [] => String::new(),
        kinds => format!(" of {} lots", listed(kinds, "and")),
    };
    let part = match rollover.fraction.is_one() {
        true => "All".to_owned(),
        false => format!("{} %", percent(rollover.fraction)),
    };
    let times = match rollover.times {
        1 => "once".to_owned(),
        times => format!("up to {times} times"),
    };
    let mut sentences = vec![format!("{part} of what is left{of} rolls over, {times}.")];
    if let Some(cap) = rollover.cap {
        let cap = units(cap, unit);
        sentences.push(match rollover.above_cap {
            AboveCap::Truncate => {
                format!("At most {cap} may stand from rollovers; what is above expires.")
            }
            AboveCap::ForfeitOldest => format!(
                "At most {cap} may stand from rollovers; the oldest of them are given up for new ones."
            ),
        });
    }
    sentences.push(match &rollover.expiry {
        None => {
            "The new lot ends by the same rule, counted from the end of the old one.".to_owned()
        }
        Some(ExpiryRule::Never) => "The new lot never expires.".to_owned(),
        Some(ExpiryRule::After { months, days }) => {
            format!("The new lot expires {} after the end of the old one.", time(*months, *days))
        }
        Some(rule) => format!("The new lot: {}", expiry(rule).to_lowercase()),
    });
    sentences
}

fn top_up(terms: Option<&TopUp>, unit: &str) -> Vec<String> {
    let Some(terms) = terms else {
        return vec!["Nothing is bought by itself.".to_owned()];
    };
    let much = match (terms.bring_to, terms.add) {
        (Some(to), _) => format!("as much as brings the balance to {}", units(to, unit)),
        (None, Some(add)) => units(add, unit),
        (None, None) => "nothing".to_owned(),
    };
    let mut sentences = vec![match terms.threshold {
        Some(threshold) => {
            format!(
                "When a draw leaves {} or less, the wallet buys {much}.",
                units(threshold, unit)
            )
        }
        None => {
            format!("On the day of the month that a customer's wallet names, it buys {much}.")
        }
    }];
    match &terms.price {
        Some(price) if price.per.is_one() => {
            sentences.push(format!("A unit costs {} {}.", number(price.price), price.currency));
        }
        Some(price) => sentences.push(format!(
            "{} cost {} {}.",
            units(price.per, unit),
            number(price.price),
            price.currency
        )),
        None => sentences.push("The units are a gift.".to_owned()),
    }
    if let (Some(ceiling), Some(price)) = (terms.monthly_ceiling, &terms.price) {
        let ceiling = number(ceiling);
        sentences.push(format!("At most {ceiling} {} in a calendar month.", price.currency));
    }
    sentences.push(match terms.on {
        TopUpOn::Invoice => "The units are there at once, and are invoiced.".to_owned(),
        TopUpOn::Payment => "The units are there when they are paid.".to_owned(),
    });
    sentences
}

/// What happens to usage that the wallet does not cover, as a sentence.
#[must_use]
pub fn beyond(version: &WalletTypeVersion, wallet_type: &WalletType) -> String {
    match version.beyond {
        Beyond::Reject => "Usage beyond the wallet is refused.".to_owned(),
        Beyond::Overage => match version.overage_limit {
            Some(limit) => format!(
                "Usage beyond the wallet is charged in money, up to {} in a billing period; then it is refused.",
                number(limit)
            ),
            None => "Usage beyond the wallet is charged in money.".to_owned(),
        },
        Beyond::Overdraft => {
            let unit = wallet_type.unit.as_str();
            let limit = version.overdraft_limit.map_or_else(String::new, |l| units(l, unit));
            format!(
                "The wallet may be overdrawn by {limit}; the next lot repays it first, and usage beyond that is refused."
            )
        }
    }
}

fn window(window: Window) -> &'static str {
    match window {
        Window::Day => "a day",
        Window::Week => "a week",
        Window::Month => "a calendar month",
        Window::BillingPeriod => "a billing period",
        Window::Lifetime => "all its time",
    }
}

fn allowances(version: &WalletTypeVersion, unit: &str) -> Vec<String> {
    let Some(allowances) = &version.allowances else {
        return vec!["Members and teams share the wallet without a limit of their own.".to_owned()];
    };
    let sentence = |who: &str, quota: &Quota| {
        format!("Each {who} may use {} in {}.", units(quota.units, unit), window(quota.per))
    };
    let member = allowances.member.iter().map(|quota| sentence("member", quota));
    member.chain(allowances.team.iter().map(|quota| sentence("team", quota))).collect()
}

fn burns(version: &WalletTypeVersion) -> Vec<String> {
    vec![match version.burns {
        Burns::Usage => "Units burn with the usage, and their revenue falls then.".to_owned(),
        Burns::Invoice => {
            "Usage holds units for the draft invoice; they burn, and their revenue falls, when it is final."
                .to_owned()
        }
    }]
}

fn holds(version: &WalletTypeVersion) -> Vec<String> {
    let policy = version.holds.clone().unwrap_or_default();
    let mut sentences = vec![match policy.time_out {
        None => "A hold lasts until it is captured or released.".to_owned(),
        Some(out) => {
            let parts = [
                (out.days, "day"),
                (out.hours, "hour"),
                (out.minutes, "minute"),
                (out.seconds, "second"),
            ];
            let parts: Vec<_> =
                parts.iter().filter(|(n, _)| *n > 0).map(|(n, one)| counted(*n, one)).collect();
            format!("A hold ends by itself after {}.", listed(&parts, "and"))
        }
    }];
    let above = match policy.capture_above {
        CaptureAbove::DrawDifference => "draws the difference",
        CaptureAbove::Reject => "is refused",
    };
    let below = match policy.capture_below {
        CaptureBelow::Release => "is released",
        CaptureBelow::Keep => "stays held",
    };
    sentences.push(format!("A capture above it {above}; what a capture leaves {below}."));
    sentences
}

fn restored(version: &WalletTypeVersion) -> Vec<String> {
    vec![match version.restored {
        Restored::Expire => "Units that return to a lot that has ended expire at once.".to_owned(),
        Restored::Goodwill => {
            "Units that return to a lot that has ended expire, and as many are given anew."
                .to_owned()
        }
    }]
}

fn vat(document: &Document) -> Vec<String> {
    vec![format!(
        "Tax is charged with each purchase, as the sale says, and is no part of the wallet: what {} defers is net.",
        document.entity.name
    )]
}

fn alert(alert: &Alert, unit: &str) -> String {
    let when = if let Some(below) = alert.below {
        format!("less than {} are left", units(below, unit))
    } else if let Some(percent) = alert.below_percent {
        format!("less than {} % of what was granted is left", number(percent))
    } else if let Some(within) = alert.expiring_within {
        format!("units are to expire within {}", counted(within.days, "day"))
    } else if let Some(within) = alert.runs_out_within {
        format!("the wallet is expected to run out within {}", counted(within.days, "day"))
    } else if let Some(spike) = alert.spike {
        format!("a day burns more than {} times that of the week before", number(spike.factor))
    } else {
        "never: it has no condition".to_owned()
    };
    format!("Tells of {} when {when}.", alert.code)
}

fn alerts(version: &WalletTypeVersion, unit: &str) -> Vec<String> {
    if version.alerts.is_empty() {
        return vec!["Nobody is told of anything.".to_owned()];
    }
    version.alerts.iter().map(|one| alert(one, unit)).collect()
}
