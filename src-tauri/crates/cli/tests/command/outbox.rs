//! What waits in the outbox of a copy, on a real server: how it is decided on again.

use scrip_testkit::cluster::Cluster;

use crate::books::{Books, PRICING};

/// The configuration with a second version of its card, in which the large model has this price.
fn priced(price: &str) -> String {
    let second = format!(
        r#"
[[rate_cards.versions]]
version = 2
effective_at = "2026-12-01"
overage = {{ currency = "EUR", price = "0.12" }}
rates = [
    {{ code = "large", meter = "llm", match = {{ model = "large" }}, model = "per_unit", price = "{price}", per = "1000" }},
    {{ code = "small", meter = "llm", match = {{ model = "small" }}, model = "per_unit", price = "1", per = "1000" }},
]

"#
    );
    PRICING.replacen("[[customers]]", &format!("{second}[[customers]]"), 1)
}

const PRICE: &str = "rate_cards[list].versions[3].rates[large].price";
const DATE: &str = "rate_cards[list].versions[3].effective_at";

#[test]
fn a_renewal_takes_no_choice_that_is_none_and_says_what_it_changes() {
    let server = Cluster::start().unwrap();
    let books = Books::served(&server, PRICING);
    let desk = books.desk();
    desk.run(&["pull"]).ok();
    desk.write("ours.toml", priced("7"));
    let dearer = "versions[2].rates[large].price: 3 -> 7";
    desk.alone(&["apply", "ours.toml", "--dry-run"]).says(&[dearer]);
    desk.alone(&["apply", "ours.toml", "--queue"]).says(&[dearer, "Queued as number 1"]);
    desk.alone(&["outbox", "show", "1"]).says(&[dearer]);
    books.write("theirs.toml", priced("8"));
    books.run(&["apply", "theirs.toml"]).ok();
    desk.alone(&["pull"]).ok();

    // Nothing could be decided at once: that is said, and is no success.
    let all = desk.alone(&["outbox", "renew", "--all"]);
    assert!(!all.stdout.contains("Nothing that waits"), "{all:?}");
    let told = all.fails(4, &["number 1", "looked at by itself", "overtaken", "outbox renew 1"]);
    assert!(!told.contains(".."), "{told}");

    let renew = |more: &[&str]| desk.alone(&[&["outbox", "renew", "1"], more].concat());
    let (ours, nine) = (format!("{PRICE}=ours"), format!("{PRICE}=9"));
    renew(&[]).fails(4, &["in 2 places", PRICE, DATE]);
    renew(&["--take", &ours, "--set", &nine]).fails(2, &[PRICE, "is chosen twice"]);
    renew(&["--take", "nonsense=ours"]).fails(2, &["nonsense is in no conflict", PRICE, DATE]);
    let no_day = format!("{DATE}=2027-02-30");
    let refused = renew(&["--take", &ours, "--set", &no_day]);
    let why = format!("{DATE}: there is no such day as 2027-02-30");
    refused.fails(4, &["in 1 place:", &why]);

    let day = format!("{DATE}=2027-01-01");
    let change = "versions[3].rates[large].price: 8 -> 7";
    renew(&["--take", &ours, "--set", &day]).says(&[change, "stands on configuration 2 now"]);
    desk.alone(&["outbox", "show", "1"]).says(&[change]);
    desk.alone(&["outbox", "renew", "--all"]).says(&["Nothing that waits"]);
}

#[test]
fn what_is_repeated_under_its_id_is_not_queued_again() {
    let server = Cluster::start().unwrap();
    let books = Books::served(&server, PRICING);
    let desk = books.desk();
    desk.run(&["pull"]).ok();
    let grant =
        "grant --customer acme --wallet promo --kind promotional --id same-1 --queue --units";
    let grant: Vec<&str> = grant.split_whitespace().collect();
    let again = |units| desk.alone(&[&grant[..], &[units]].concat());
    again("5").says(&["Queued as number 1"]);
    again("5").says(&["done or queued already"]);
    again("6").fails(4, &["operation same-1 waits in the outbox as number 1 with other content"]);
    desk.alone(&["push"]).ok();
    again("5").says(&["done or queued already"]);
    again("6").fails(4, &["operation same-1 was applied before with other content"]);
}
