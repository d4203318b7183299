//! The main job on real input: the published price list of thousands of models, and public traces of
//! what real customers used. Where the data are not there, the test says so and passes.
//!
//! Everything the books say is calculated a second time here, by other means: charges with plain
//! integers, balances by hledger and by Beancount.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail the test that calls them")]
#![allow(clippy::print_stdout, reason = "says what is skipped, and what was read")]

mod books;
mod charges;
mod plain_text;
mod prices;
mod traces;
#[path = "../../benches/year/books.rs"]
mod year;

use std::path::PathBuf;

use crate::books::Books;
use crate::charges::Expected;
use crate::prices::PriceList;
use crate::traces::Traces;

/// The folder of the real data: `SCRIP_DATA`, or `../shared/data` beside the checkout.
fn data() -> Option<PathBuf> {
    let checkout = PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent()?.to_owned();
    let named = std::env::var_os("SCRIP_DATA").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| checkout.join("../shared/data"));
    folder.join("usage").is_dir().then_some(folder)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_books_of_real_usage_at_real_prices_tie_and_other_programs_agree() {
    let Some(data) = data() else {
        println!("skipped: there is no folder of real data (SCRIP_DATA names it)");
        return;
    };
    let prices = PriceList::read(&data.join("rates/litellm_model_prices.json.gz"));
    println!(
        "{} models priced; {} prices left out, because they have more than 28 digits",
        prices.models.len(),
        prices.too_long
    );
    assert!(prices.models.len() > 500, "hundreds of models");
    assert!(prices.models.iter().any(|m| m.input.to_string() == "0.000000050000000000000004"));

    let traces = Traces::read(&data.join("usage"), &prices);
    println!(
        "{} customers, {} rows; {} windows publish no tokens",
        traces.customers().len(),
        traces.rows.len(),
        traces.without_tokens
    );
    let expected = Expected::of(&traces, &prices);

    let books = Books::make(&prices, &traces, &expected).await;
    books.import(&traces).await;
    books.post(&traces).await;
    books.expire().await;

    books.charges_are_those_of_plain_arithmetic(&expected).await;
    books.every_report_ties().await;
    books.consideration_is_conserved().await;
    books.are_sound().await;
    books.agree_with_hledger().await;
    books.agree_with_beancount().await;
}

/// A slice of what the benchmark `year` does with 2,000 customers and 52 weeks.
#[tokio::test(flavor = "multi_thread")]
async fn months_of_real_usage_conserve_everything_for_every_customer() {
    let Some(data) = data() else {
        println!("skipped: there is no folder of real data (SCRIP_DATA names it)");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let books = year::Books::make(year::Year::read(&data, 12, 9), folder.path()).await;
    let events = books.import().await;
    let (mut priced, mut swept) = (0, 0);
    for month in 1..=books.months() {
        let made = books.month(month).await;
        priced += made.0;
        swept += made.3;
    }
    assert_eq!(priced, events, "every event is charged once");
    assert!(swept > 0, "lots roll over and expire");
    books.every_law_holds().await;
    books.every_report_ties().await;
    books.are_sound().await;
}
