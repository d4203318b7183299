//! Burn detail: written customer by customer, read by customer and by event.

use std::sync::Arc;

use scrip_units::CustomerCode;
use scrip_usage::{DetailOutcome, DetailRow, DetailWriter, Place, UsageError};

use crate::support::Desk;

fn row(customer: &str, place: Place, lot: u32) -> DetailRow {
    let outcome = [
        DetailOutcome::Drawn,
        DetailOutcome::Overage,
        DetailOutcome::Free,
        DetailOutcome::Rejected,
    ][usize::try_from(lot % 4).unwrap()];
    let text = |text: String| -> Arc<str> { Arc::from(text) };
    let drawn = outcome == DetailOutcome::Drawn;
    DetailRow {
        customer: Arc::from(customer),
        entry: u64::from(lot) / 1_000,
        segment: place.segment,
        row: place.row,
        card: Some(text("std-card".to_owned())),
        version: 3,
        rate: Some(text(format!("rate-{}", lot % 7))),
        outcome,
        reason: (outcome == DetailOutcome::Rejected).then(|| text("hard_cap".to_owned())),
        wallet: drawn.then(|| text("main".to_owned())),
        lot: drawn.then(|| text(format!("lot-{lot}"))),
        converted: i64::from(lot) * 3,
        quantity_before: i64::MAX - i64::from(lot),
        units: -i64::from(lot),
        unit: text("credits".to_owned()),
        money: i64::from(lot),
        currency: drawn.then(|| text("EUR".to_owned())),
    }
}

#[test]
fn detail_is_read_by_customer_and_by_event() {
    let mut desk = Desk::new();
    let rows: String = (0..4)
        .map(|n| format!("k{n},c{},,input,1,,,2026-01-01T00:00:0{n}Z\n", n % 2 + 1))
        .collect();
    desk.import_csv(&rows);
    let mut want = Vec::new();
    let mut writer = DetailWriter::create(&desk.archive, 1).unwrap();
    for batch in desk.scan() {
        for event in &batch.events {
            // More than a row group for each customer.
            for lot in 0..40_000 {
                let row = row(batch.customer.as_str(), event.place, lot);
                writer.push(&row).unwrap();
                want.push(row);
            }
        }
    }
    let info = writer.finish().unwrap();
    assert_eq!(info.rows, 160_000);
    assert_eq!(desk.files("detail"), [info.file.to_string()]);
    desk.archive.adopt_detail(info).unwrap();
    desk.reopen(desk.archive.manifest());
    desk.assert_clean();

    let details: Vec<_> = desk.archive.details().iter().collect();
    for customer in ["c1", "c2", "c3"] {
        let code = CustomerCode::try_new(customer).unwrap();
        let got: Vec<DetailRow> =
            desk.archive.detail_of(&code, &details).map(Result::unwrap).collect();
        let wanted: Vec<&DetailRow> =
            want.iter().filter(|row| &*row.customer == customer).collect();
        assert!(got.iter().eq(wanted), "{customer}");
    }
    let posted = desk.archive.posted_cards().unwrap();
    for customer in ["c1", "c2", "c3"] {
        let got = posted.of(&CustomerCode::try_new(customer).unwrap()).unwrap();
        let wanted = want.iter().filter(|row| &*row.customer == customer);
        let wanted = wanted.map(|row| (row.place(), row.card.clone().unwrap(), row.version));
        assert!(got.into_iter().map(|p| (p.place, p.card, p.version)).eq(wanted), "{customer}");
    }
    let place = Place { segment: 1, row: 1 };
    let got = desk.archive.detail_at(place, &details).unwrap();
    let wanted: Vec<&DetailRow> = want.iter().filter(|row| row.place() == place).collect();
    assert!(got.iter().eq(wanted));
    assert_eq!(got.len(), 40_000);
}

#[test]
fn the_same_rows_make_the_same_file_and_an_unfinished_one_leaves_nothing() {
    let desk = Desk::new();
    let write = |seq| {
        let mut writer = DetailWriter::create(&desk.archive, seq).unwrap();
        for lot in 0..1_000 {
            writer.push(&row("c1", Place { segment: 1, row: lot }, lot)).unwrap();
        }
        writer
    };
    let (first, second) = (write(1).finish().unwrap(), write(2).finish().unwrap());
    assert_eq!((first.hash, first.bytes), (second.hash, second.bytes));
    drop(write(3));
    assert_eq!(desk.files("staging"), Vec::<String>::new());
    assert_eq!(desk.archive.sweep_orphans().unwrap().len(), 2);
    let empty = DetailWriter::create(&desk.archive, 4).unwrap().finish().unwrap();
    assert_eq!(empty.rows, 0);
}

#[test]
fn customers_come_in_order() {
    let desk = Desk::new();
    let mut writer = DetailWriter::create(&desk.archive, 1).unwrap();
    let place = Place { segment: 1, row: 0 };
    writer.push(&row("c2", place, 0)).unwrap();
    let error = writer.push(&row("c1", place, 0)).unwrap_err();
    assert!(matches!(error, UsageError::OutOfOrder { .. }));
}
