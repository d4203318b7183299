//! Masks what differs from run to run: ids that the program made, hashes that follow from them,
//! instants of the clock, sizes of files.

/// The text with everything volatile masked.
pub(crate) fn mask(text: &str) -> String {
    text.lines()
        .map(|line| mask_line(line.trim_end()) + "\n")
        .collect::<String>()
        .trim_end()
        .to_owned()
}

fn mask_line(line: &str) -> String {
    let size = ["\"bytes\": ", "\"ledger_bytes\": "].iter().find_map(|key| {
        let at = line.find(key)? + key.len();
        line[at..].starts_with(|c: char| c.is_ascii_digit()).then_some(at)
    });
    if let Some(at) = size {
        let end = line[at..].find(|c: char| !c.is_ascii_digit()).map_or(line.len(), |n| at + n);
        return format!("{}SIZE{}", &line[..at], &line[end..]);
    }
    let word = |c: char| c.is_ascii_alphanumeric() || "-:._+".contains(c);
    let mut masked = String::new();
    let mut rest = line;
    while let Some(start) = rest.find(word) {
        let end = rest[start..].find(|c| !word(c)).map_or(rest.len(), |n| start + n);
        masked.push_str(&rest[..start]);
        masked.push_str(&mask_word(&rest[start..end]));
        rest = &rest[end..];
    }
    masked + rest
}

fn mask_word(word: &str) -> String {
    let hex = |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit());
    let groups: Vec<_> = word.split('-').collect();
    if word.len() == 64 && hex(word) {
        "HASH".to_owned()
    } else if groups.iter().map(|g| g.len()).eq([8, 4, 4, 4, 12]) && groups.iter().all(|g| hex(g)) {
        "ID".to_owned()
    } else if let [number, hash] = groups[..]
        && number.len() == 6
        && hash.split_once('.').is_some_and(|(hash, _)| hash.len() == 12 && hex(hash))
    {
        "FILE".to_owned()
    } else if word.starts_with("20")
        && word.ends_with('Z')
        && word.contains('T')
        && word.contains('.')
    {
        // Only the clock has fractions of a second: the examples are written to the second.
        "NOW".to_owned()
    } else {
        word.to_owned()
    }
}

#[test]
fn only_what_is_volatile_is_masked() {
    let hash = "7b971317014a000e9182f269154bd07097a328d6ff2148badcb95a35fea0d082";
    for (text, masked) in [
        ("balance 2026-01-05T00:00:00Z 100.00", "balance 2026-01-05T00:00:00Z 100.00"),
        ("read at 2026-11-21T05:40:01.123456Z  ", "read at NOW"),
        ("  \"bytes\": 4711,", "  \"bytes\": SIZE,"),
        ("\"id\": \"019ab3c4-0000-7000-8000-0123456789ab\"", "\"id\": \"ID\""),
        ("\"000001-44159ac1bfd5.parquet\"", "\"FILE\""),
        (hash, "HASH"),
    ] {
        assert_eq!(mask(text), masked);
    }
}
