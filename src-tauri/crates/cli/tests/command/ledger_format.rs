//! The ledger's format, written once more from docs/ledger-format.md and nothing else: an auditor's
//! program must come to the same checkpoint.

use crate::books::Books;

fn text(text: &str) -> Vec<u8> {
    [&u32::try_from(text.len()).unwrap().to_be_bytes()[..], text.as_bytes()].concat()
}

fn number(number: i64) -> Vec<u8> {
    number.to_be_bytes().to_vec()
}

fn posting(account: &str, steps: i64, lot: &str) -> Vec<u8> {
    let present = |value: &str| [vec![1], text(value)].concat();
    [
        text(account),
        text("credits"),
        number(2),
        number(steps),
        present("promo"),
        present(lot),
        vec![0],
        number(0),
        vec![0],
    ]
    .concat()
}

fn entry(customer: &str, operation: &str, credits: i64) -> [u8; 32] {
    let bytes = [
        text("scrip-entry/1"),
        text(customer),
        number(1),
        vec![0; 32],
        text("grant"),
        text(operation),
        number(1_767_571_200_000_000),
        number(20_458),
        text(&format!("promotional lot {operation}: {credits}.00 credits")),
        vec![0],
        number(2),
        posting("units_available", credits * 100, operation),
        posting("units_issued", -credits * 100, operation),
    ];
    *blake3::hash(&bytes.concat()).as_bytes()
}

#[test]
fn a_checkpoint_can_be_computed_by_hand() {
    let books = Books::new();
    let gift = |customer: &str, id: &str, units: &str| {
        serde_json::json!({
            "op": "grant_credits", "id": id, "at": "2026-01-05T00:00:00Z", "actor": "ana",
            "customer": customer, "wallet": "promo", "units": units, "kind": "promotional"
        })
    };
    books
        .operate(&format!("{}\n{}\n", gift("acme", "gift-1", "10"), gift("globex", "gift-2", "5")))
        .ok();
    let mut bytes = text("scrip-checkpoint/1");
    for (customer, head) in
        [("acme", entry("acme", "gift-1", 10)), ("globex", entry("globex", "gift-2", 5))]
    {
        bytes.extend([text(customer), number(1), head.to_vec()].concat());
    }
    let checkpoint = blake3::hash(&bytes).to_hex().to_string();
    assert_eq!(books.json(&["verify"])["checkpoint"], checkpoint.as_str());
    let guide = std::fs::read_to_string(crate::fences::docs().join("ledger-format.md")).unwrap();
    assert!(guide.contains(&checkpoint), "the guide shows the same ledger");
}
