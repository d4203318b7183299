//! Usage that cannot be imported: each row is named with its line and reason, and nothing counts.

use std::io::Write;

use crate::books::{Books, MAPPING, Ran, USAGE};

const HEADER: &str = "request,customer,at,model,input,output\n";

fn import(books: &Books, row: &str) -> Ran {
    books.import(&format!("{HEADER}good,acme,2026-01-10T09:00:00Z,large,1,1\n{row}\n"))
}

#[test]
fn a_row_that_cannot_be_imported_stops_the_import() {
    let books = Books::granted();
    for (row, code, word) in [
        ("x,nobody,2026-01-10T09:00:00Z,large,1,1", "unknown_customer", "nobody"),
        ("x,acme,2026-01-10T09:00:00Z,huge,1,1", "value_not_allowed", "huge"),
        ("x,acme,2026-01-10T09:00:00Z,large,-1,1", "negative_quantity", "-1"),
        ("x,acme,2026-01-10T09:00:00Z,large,1.5,1", "bad_quantity", "1.5"),
        ("x,acme,2026-01-10T09:00:00Z,large,many,1", "bad_quantity", "many"),
        (
            "x,acme,2026-01-10T09:00:00Z,large,9000000000000000000,1",
            "quantity_too_large",
            "9000000000000000000",
        ),
        ("x,acme,10.01.2026,large,1,1", "bad_time", "10.01.2026"),
        ("x,acme,2026-01-10T09:00:00,large,1,1", "bad_time", "2026-01-10T09:00:00"),
        ("x,acme,2999-01-10T09:00:00Z,large,1,1", "future_time", "2999"),
        ("x,acme,1969-01-10T09:00:00Z,large,1,1", "before_1970", "1969"),
        ("a b,acme,2026-01-10T09:00:00Z,large,1,1", "bad_key", "a b"),
        ("x,acme", "bad_row", "field"),
    ] {
        books.refuses(2, &["usage.csv", code, "Nothing was imported"], |books| import(books, row));
        let list = books.read("books/usage/rejects/000001.csv");
        let found = list.lines().nth(1).unwrap();
        assert!(found.starts_with(&format!("3,{code},")), "{list}");
        assert!(found.contains(word), "{word}: {list}");
    }
}

#[test]
fn good_rows_are_imported_when_that_is_asked_for() {
    let books = Books::granted();
    import(&books, "x,nobody,2026-01-10T09:00:00Z,large,1,1").fails(2, &["unknown_customer 1"]);
    let view = books.json(&[
        "usage",
        "import",
        "usage.csv",
        "--mapping",
        "mapping.toml",
        "--skip-rejects",
    ]);
    assert_eq!((&view["events"], &view["rejects"]["unknown_customer"]), (&2.into(), &1.into()));
    assert_eq!(books.json(&["status"])["events"], 2);
    // With the rows corrected the same file imports what was missing, and nothing twice.
    let view = import(&books, "x,globex,2026-01-10T09:00:00Z,large,1,1");
    assert!(view.ok().contains("2 events imported in 1 segment, 2 duplicates"));
    books.sound();
}

#[test]
fn the_same_usage_twice_counts_once() {
    let books = Books::imported();
    let before = books.state();
    let text = books.import(USAGE).ok();
    assert!(text.contains("0 events imported"), "{text}");
    assert_eq!(books.state(), before);
    // In another order, in another file, with new rows: only those count.
    let mut rows: Vec<_> = USAGE.lines().skip(1).collect();
    rows.reverse();
    rows.push("r5,acme,2026-02-21T09:00:00Z,small,1000,0");
    let text = books.import(&format!("{HEADER}{}\n", rows.join("\n"))).ok();
    assert!(text.contains("1 event imported"), "{text}");
}

#[test]
fn a_key_with_other_content_is_refused() {
    let books = Books::imported();
    let other = USAGE.replace("large,2000,1000", "large,2001,1000");
    books.refuses(4, &["usage.csv", "duplicate_key_other_content 1"], |books| books.import(&other));
    let list = books.read("books/usage/rejects/000002.csv");
    assert!(list.contains("2,duplicate_key_other_content") && list.contains("r1/input"), "{list}");
    // Twice in one file.
    let twice = format!(
        "{HEADER}k,acme,2026-01-10T09:00:00Z,large,1,1\nk,acme,2026-01-10T09:00:00Z,large,2,1\n"
    );
    books.refuses(4, &["duplicate_key_other_content"], |books| books.import(&twice));
}

#[test]
fn a_mapping_that_does_not_fit_is_named() {
    let books = Books::granted();
    books.write("usage.csv", USAGE);
    for (from, to, word) in [
        ("column = \"customer\"", "column = \"client\"", "client"),
        ("meter = \"llm\"", "meter = \"gpu\"", "gpu"),
        ("token_type", "colour", "colour"),
        ("rfc3339", "roman", "roman"),
        ("key = { column = \"request\" }", "", "key"),
        ("skip_zero", "skip_none", "skip_none"),
    ] {
        books.write("bad.toml", MAPPING.replace(from, to));
        books.refuses(2, &[word], |books| {
            books.run(&["usage", "import", "usage.csv", "--mapping", "bad.toml"])
        });
    }
    let zone = "format = \"pattern\", pattern = \"%Y-%m-%dT%H:%M:%SZ\", time_zone = \"Mars/Base\"";
    books.write("bad.toml", MAPPING.replace("format = \"rfc3339\"", zone));
    books.refuses(2, &["Mars/Base"], |books| {
        books.run(&["usage", "import", "usage.csv", "--mapping", "bad.toml"])
    });
}

fn import_bytes(books: &Books, name: &str, bytes: &[u8]) -> Ran {
    books.write(name, bytes);
    books.write("mapping.toml", MAPPING);
    books.run(&["usage", "import", name, "--mapping", "mapping.toml"])
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_truncated_gzip_is_refused_whole() {
    let books = Books::granted();
    let mut text = HEADER.to_owned();
    for row in 0..20_000 {
        text.push_str(&format!(
            "r{row},acme,2026-01-10T09:00:00Z,large,{},{}\n",
            row * 7919 % 10_007,
            row % 97
        ));
    }
    let whole = gzip(&text);
    for cut in [whole.len() - 1, whole.len() - 8, whole.len() / 2, 11] {
        books.refuses(2, &["usage.csv.gz", "Nothing was imported"], |books| {
            import_bytes(books, "usage.csv.gz", &whole[..cut])
        });
    }
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 0x55;
    books.refuses(2, &["usage.csv.gz", "Nothing was imported"], |books| {
        import_bytes(books, "usage.csv.gz", &damaged)
    });
    import_bytes(&books, "usage.csv.gz", &whole).ok();
    books.sound();
}

#[test]
fn files_that_are_not_what_they_say_are_refused() {
    let books = Books::granted();
    let latin = [USAGE.as_bytes(), b"r9,acm\xe9,2026-01-10T09:00:00Z,large,1,1\n"].concat();
    books.refuses(2, &["usage.csv, line 6", "UTF-8"], |books| {
        import_bytes(books, "usage.csv", &latin)
    });
    books.refuses(2, &["usage.csv", "empty"], |books| import_bytes(books, "usage.csv", b""));
    books.refuses(2, &["usage.bin", "format"], |books| import_bytes(books, "usage.bin", b"abc"));
    books.refuses(2, &["usage.parquet"], |books| import_bytes(books, "usage.parquet", b"abc"));
    books.refuses(7, &["missing.csv"], |books| {
        books.run(&["usage", "import", "missing.csv", "--mapping", "mapping.toml"])
    });
}

#[test]
fn usage_needs_a_configuration_that_prices_it() {
    let books = Books::granted();
    // Before the first version of the card: refused events are counted, the others posted.
    let csv = format!(
        "{HEADER}old,acme,2025-12-31T09:00:00Z,large,1000,0\nnew,acme,2026-01-10T09:00:00Z,large,1000,0\n"
    );
    books.import(&csv).ok();
    let view = books.json(&["post", "--as-of", "2026-02-01"]);
    assert_eq!((&view["priced"], &view["refused"]), (&1.into(), &1.into()), "{view:#}");
    assert_eq!(view["refused_by_reason"]["no_card"], 1, "{view:#}");
    books.sound();
}
