//! The demo's configuration.

use std::fmt::Write;

use super::CUSTOMERS;

/// Model, and credits for 1,000 tokens: input and output, in version 1 and in version 2.
const MODELS: &[(&str, &str, &str, &str, &str)] = &[
    ("aurora-large", "1.20", "4.80", "1.35", "5.40"),
    ("aurora-mini", "0.12", "0.48", "0.10", "0.40"),
    ("borealis-pro", "0.90", "3.60", "0.90", "3.60"),
    ("borealis-lite", "0.06", "0.24", "0.05", "0.20"),
    ("cirrus-code", "0.60", "2.40", "0.66", "2.64"),
    ("delta-vision", "0.75", "2.25", "0.75", "2.25"),
    ("frost-embed", "0.02", "0.02", "0.02", "0.02"),
];

const HEAD: &str = r#"# The demo: Acme AI sells model usage by credits.
format = "scrip-config/1"

[entity]
code = "acme-ai"
name = "Acme AI BV"
currency = "EUR"
time_zone = "Europe/Amsterdam"

[[units]]
code = "credits"
name = "Credits"
kind = "credit"
scale = 4

[[units]]
code = "token"
name = "Tokens"
kind = "usage"

[[meters]]
code = "tokens"
name = "Model tokens"
unit = "token"
dimensions = [
  { name = "model", report = true },
  { name = "token_type", values = ["input", "cached_input", "output"] },
  { name = "region", values = ["eu", "us"] },
]

# Bought credits: what they do not cover is charged in money.
[[wallet_types]]
code = "standard"
name = "Standard credits"
unit = "credits"
versions = [{ version = 1, effective_at = "2026-07-01", priority = 100, expiry = { rule = "after", months = 3 }, beyond = "overage" }]

# Given away: burn first, expire after sixty days.
[[wallet_types]]
code = "promotional"
name = "Promotional credits"
unit = "credits"
versions = [{ version = 1, effective_at = "2026-07-01", priority = 10, expiry = { rule = "after", days = 60 }, beyond = "overage" }]

# Trials: when they are used up, usage is refused.
[[wallet_types]]
code = "trial"
name = "Trial credits"
unit = "credits"
versions = [{ version = 1, effective_at = "2026-07-01", priority = 50, expiry = { rule = "after", months = 6 }, beyond = "reject" }]
"#;

fn rates(out: &mut String, version: u32) {
    for (model, input, output, input_2, output_2) in MODELS {
        let (input, output) = if version == 1 { (input, output) } else { (input_2, output_2) };
        for (kind, price) in [("input", input), ("output", output)] {
            let _ = writeln!(
                out,
                "  {{ code = \"{model}/{kind}\", meter = \"tokens\", match = {{ model = \"{model}\", token_type = \"{kind}\" }}, model = \"per_unit\", price = \"{price}\", per = \"1000\" }},"
            );
        }
        // Cached input costs a tenth.
        let cached = format!("{input}0");
        let cached = shifted(&cached);
        let _ = writeln!(
            out,
            "  {{ code = \"{model}/cached\", meter = \"tokens\", match = {{ model = \"{model}\", token_type = \"cached_input\" }}, model = \"per_unit\", price = \"{cached}\", per = \"1000\" }},"
        );
    }
}

/// A tenth of a price with two decimals, as text.
fn shifted(price: &str) -> String {
    let digits: String = price.chars().filter(char::is_ascii_digit).collect();
    format!("0.{}", &digits[..digits.len() - 1])
}

/// The configuration document.
pub(super) fn configuration() -> String {
    let mut out = HEAD.to_owned();
    out.push_str("\n# The list prices. Version 2 raises the large models and lowers the small ones.\n[[rate_cards]]\ncode = \"list\"\nname = \"List prices\"\nunit = \"credits\"\n");
    for (version, from) in [(1, "2026-07-01"), (2, "2026-10-01")] {
        let _ = writeln!(
            out,
            "\n[[rate_cards.versions]]\nversion = {version}\neffective_at = \"{from}\"\nunmatched = \"reject\"\noverage = {{ currency = \"EUR\", price = \"0.12\" }}\nrates = ["
        );
        rates(&mut out, version);
        out.push_str("]\n");
    }
    out.push_str(
        r#"
# Helix negotiated graduated prices for the large model; the list applies to the rest of its usage.
[[rate_cards]]
code = "helix-2026"
name = "Helix agreement 2026"
unit = "credits"
applies_to = "assigned"

[[rate_cards.versions]]
version = 1
effective_at = "2026-07-01"
overage = { currency = "EUR", price = "0.10" }
rates = [
  { code = "large/output", meter = "tokens", match = { model = "aurora-large", token_type = "output" }, model = "graduated", tiers = [{ up_to = "500000", price = "4.50", per = "1000" }, { up_to = "2000000", price = "4.00", per = "1000" }, { price = "3.50", per = "1000" }] },
  { code = "cached", meter = "tokens", match = { token_type = "cached_input" }, model = "per_unit", price = "0.05", per = "1000" },
  { code = "output", meter = "tokens", match = { token_type = "output" }, model = "per_unit", price = "1.50", per = "1000" },
  { code = "any", meter = "tokens", model = "per_unit", price = "0.55", per = "1000" },
]
"#,
    );
    for customer in CUSTOMERS {
        let cards = if customer.code == "helix" { "rate_cards = [\"helix-2026\"]\n" } else { "" };
        let _ = write!(
            out,
            "\n[[customers]]\ncode = \"{}\"\nname = \"{}\"\n{cards}plan = \"{}\"\nsigned_up_on = \"{}\"\ncountry = \"{}\"\n",
            customer.code, customer.name, customer.plan, customer.signed_up_on, customer.country
        );
    }
    out
}

/// The models with their share of requests in hundredths, at the start and at the end.
pub(super) const SHARES: &[(&str, u64, u64)] = &[
    ("aurora-large", 14, 22),
    ("aurora-mini", 30, 24),
    ("borealis-pro", 12, 10),
    ("borealis-lite", 20, 18),
    ("cirrus-code", 12, 14),
    ("delta-vision", 6, 6),
    ("frost-embed", 6, 6),
];
