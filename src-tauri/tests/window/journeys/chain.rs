//! The chain of units: read, a conversion in it drafted, its effect replayed, published; a new one begun.

use crate::books::month_of;
use crate::desktop::Desktop;

#[test]
fn a_conversion_is_changed_in_the_chain_from_tokens_to_money_and_published() {
    let folder = tempfile::tempdir().unwrap();
    let books = folder.path().join("speech-books");
    month_of("speech", &books);
    let desktop = Desktop::start(&[books.to_str().unwrap()]);
    desktop.open_screen("Rate cards");
    desktop.click("link", "From usage to money: the chain");
    desktop.by_role("heading", "From usage to money");
    desktop.sees("÷ 1,500 where model = echo-2");
    desktop.sees("1 credits for 1 minutes where workload = standard");
    desktop.pictures("chain");

    desktop.click("link", "tokens-to-minutes");
    desktop.sees("1,000,000 audio_tokens become 666.6667 minutes");
    desktop.pictures("conversion");

    desktop.click("button", "Draft a new version");
    desktop.by_role("button", "Replay last month under this draft");
    desktop.fill("Factor", "0");
    desktop.sees("Factor 1 of conversion tokens-to-minutes");
    desktop.pictures("conversion-draft-wrong");
    desktop.fill("Factor", "1200");
    desktop.sees("1,000,000 audio_tokens become 833.3333 minutes");
    desktop.sees("Saved");
    desktop.click("button", "Replay last month under this draft");
    desktop.sees("events priced.");
    desktop.pictures("conversion-draft");

    desktop.click("button", "Publish");
    desktop.by_role("table", "What the draft changes");
    desktop.painted();
    desktop.picture("conversion-publish");
    desktop.is_accessible("what a draft of a conversion changes");
    desktop.click("button", "Publish version 2 from…");
    desktop.sees("Version 2 of tokens-to-minutes is published");
    desktop.sees("scheduled");

    desktop.click("link", "All conversions");
    desktop.click("button", "New conversion");
    desktop.fill("Code", "credit-in-euro");
    desktop.fill("Converts: a unit or a currency", "credits");
    desktop.fill("Into", "credits");
    desktop.click("button", "Begin the draft");
    desktop.sees("is both what is converted and what it becomes");
    desktop.is_accessible("a new conversion that is refused");
    desktop.fill("Into", "EUR");
    desktop.click("button", "Begin the draft");
    desktop.by_role("button", "Add a factor");
    desktop.click("button", "Add a factor");
    desktop.sees("needs a value; nothing is saved without it");
    desktop.fill("Factor", "0.019");
    desktop.sees("1,000 credits become 19.00 EUR");
    desktop.pictures("conversion-new");
}
