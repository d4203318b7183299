//! Exchange rates: files as the ECB publishes them, what is refused, and lots bought in another
//! currency.

use std::io::Write;

use crate::books::{Books, PRICING};

const RATES: &str =
    "Date,USD,JPY,GBP,\n2026-01-05,1.1664,183.52,0.8665,\n2026-01-02,1.1721,N/A,0.8702,\n";

fn valued() -> Books {
    let books = Books::folder();
    let pricing = PRICING
        .replace("currency = \"EUR\"\ntime", "currency = \"EUR\"\nexchange_rates = \"ecb\"\ntime");
    assert_ne!(pricing, PRICING);
    books.write("pricing.toml", pricing);
    books.run(&["init", "--config", "pricing.toml"]).ok();
    books
}

fn grant(id: &str, at: &str, currency: &str) -> String {
    format!(
        r#"{{"op":"grant_credits","id":"{id}","at":"{at}","actor":"t","customer":"acme","wallet":"standard","units":"10","kind":"purchased","price":{{"net":"50.00","currency":"{currency}"}}}}"#
    )
}

#[test]
fn a_file_is_read_plain_with_gzip_and_zipped() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(RATES.as_bytes()).unwrap();
    let mut deflate =
        flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    deflate.write_all(RATES.as_bytes()).unwrap();
    let name = b"eurofxref.csv";
    let mut zip = b"PK\x03\x04\x14\x00\x00\x00\x08\x00".to_vec();
    zip.extend([0; 16]);
    zip.extend([13, 0, 0, 0]);
    zip.extend(name);
    zip.extend(deflate.finish().unwrap());
    for (file, bytes) in
        [("a.csv", RATES.as_bytes().to_vec()), ("a.csv.gz", gzip.finish().unwrap()), ("a.zip", zip)]
    {
        let books = Books::granted();
        books.write(file, bytes);
        let dry = books.json(&["fx", "import", file, "--dry-run"]);
        let view = books.json(&["fx", "import", file]);
        assert_eq!((&dry["added"], &view["added"]), (&5.into(), &5.into()), "{file}: {view:#}");
        assert_eq!(view["rejected"].as_array().unwrap().len(), 0);
        let again = books.json(&["fx", "import", file]);
        assert_eq!((&again["added"], &again["known"]), (&0.into(), &5.into()));
        let shown = books.json(&["fx", "show", "--currency", "USD", "--from", "2026-01-03"]);
        assert_eq!(shown["rates"].as_array().unwrap().len(), 1);
        assert_eq!(shown["rates"][0]["rate"], "1.1664");
        books.run(&["verify"]).ok();
    }
}

#[test]
fn what_is_not_a_rate_is_listed_and_another_rate_for_a_day_refuses_the_file() {
    let books = Books::granted();
    books.write(
        "bad.csv",
        "Date,USD,GBP\n2026-01-05,1.1664,x\nyesterday,1,1\n2026-01-02,-1,0.87,9\n",
    );
    let view = books.json(&["fx", "import", "bad.csv"]);
    assert_eq!(view["added"], 2, "{view:#}");
    assert_eq!(view["rejected"].as_array().unwrap().len(), 4, "{view:#}");
    assert_eq!(view["rejected"][1]["line"], 3);
    books.write("other.csv", "Date,USD,GBP\n2026-01-06,1.17,0.87\n2026-01-05,1.1665,0.87\n");
    books.refuses(3, &["1.1664", "1.1665", "USD", "2026-01-05"], |b| {
        b.run(&["fx", "import", "other.csv"])
    });
    assert_eq!(books.json(&["fx", "show"])["rates"].as_array().unwrap().len(), 2);
    books.write("no.csv", "Day,USD\n");
    books.refuses(2, &["no.csv:1", "Date"], |b| b.run(&["fx", "import", "no.csv"]));
}

#[test]
fn a_lot_bought_in_another_currency_keeps_the_rate_of_its_day() {
    let books = valued();
    books.write("rates.csv", RATES);
    books.run(&["fx", "import", "rates.csv"]).ok();
    books.write("euro.jsonl", grant("euro", "2026-02-01T10:00:00Z", "EUR"));
    books.run(&["operate", "euro.jsonl"]).ok();
    // Sunday the 4th has the rate of Friday the 2nd.
    books.write("dollar.jsonl", grant("dollar", "2026-01-04T10:00:00Z", "USD"));
    books.run(&["operate", "dollar.jsonl"]).ok();
    let view = books.json(&["balance", "acme", "--as-of", "2026-03-01"]);
    let lot = |name: &str| {
        let lots = view["lots"].as_array().unwrap();
        lots.iter().find(|lot| lot["lot"] == name).unwrap().clone()
    };
    assert!(lot("euro").get("exchange").is_none());
    let exchange = &lot("dollar")["exchange"];
    assert_eq!(exchange["day"], "2026-01-02");
    assert_eq!(exchange["rate"], "10000/11721");
    // 50.00 / 1.1721 = 42.6584...
    assert_eq!(
        (&exchange["consideration"], &exchange["currency"]),
        (&"42.66".into(), &"EUR".into())
    );
    books.write("late.jsonl", grant("late", "2026-01-13T10:00:00Z", "USD"));
    books.refuses(3, &["USD", "ecb", "2026-01-13"], |b| b.run(&["operate", "late.jsonl"]));
    books.run(&["verify"]).ok();
}
