//! Places in TOML source: from the path of a problem to its line, and back.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The keys by which the items of a list are named in paths.
const LABELS: &[&str] = &["code", "version", "name"];

/// TOML source with its records and where they stand. Source with errors in it is read as far as
/// that goes.
#[derive(Debug)]
pub struct Source<'s> {
    text: &'s str,
    root: Spanned<DeTable<'s>>,
}

impl<'s> Source<'s> {
    /// Reads TOML source.
    #[must_use]
    pub fn read(text: &'s str) -> Self {
        let (root, _) = DeTable::parse_recoverable(text);
        Self { text, root }
    }

    /// The line, from 1, of what a path names: `rate_cards[std].versions[2].rates[in].price`. Of
    /// what is missing, the line of the record it is missing from; none when nothing of the path
    /// is there.
    #[must_use]
    pub fn line_of(&self, path: &str) -> Option<u32> {
        let mut place = Place { offset: None };
        place.in_table(self.root.get_ref(), path);
        place.offset.map(|offset| position(self.text, offset).0)
    }

    /// The path of the innermost value or key at a byte of the source.
    #[must_use]
    pub(crate) fn path_at(&self, offset: usize) -> Option<String> {
        let mut found = None;
        path_in_table(self.root.get_ref(), "", offset, &mut found);
        found
    }
}

/// The line, from 1, of what a path names in TOML source; see [`Source::line_of`].
#[must_use]
pub fn locate(source: &str, path: &str) -> Option<u32> {
    Source::read(source).line_of(path)
}

/// Line and column of a byte, both from 1; the column counts characters.
pub(crate) fn position(text: &str, offset: usize) -> (u32, u32) {
    let before = text.get(..offset).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
    let column = before[start..].chars().count() + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

/// The deepest place that a path was followed to.
struct Place {
    offset: Option<usize>,
}

impl Place {
    fn in_table(&mut self, table: &DeTable<'_>, path: &str) {
        let path = path.strip_prefix('.').unwrap_or(path);
        let end = path.find(['.', '[']).unwrap_or(path.len());
        // A dimension may have any name, so the whole rest is tried before its first word.
        let entry = |key: &str| table.iter().find(|(k, _)| k.get_ref() == key);
        let found =
            entry(path).map(|e| (e, "")).or_else(|| Some((entry(&path[..end])?, &path[end..])));
        let Some(((key, value), rest)) = found else { return };
        self.offset = Some(key.span().start);
        self.in_value(value, rest);
    }

    fn in_value(&mut self, value: &Spanned<DeValue<'_>>, path: &str) {
        match value.get_ref() {
            DeValue::Table(table) if !path.is_empty() => self.in_table(table, path),
            DeValue::Array(items) => {
                let Some(inside) = path.strip_prefix('[') else { return };
                let named = items.iter().enumerate().filter_map(|(index, item)| {
                    let label = label(item, index);
                    let rest = inside.strip_prefix(label.as_str())?.strip_prefix(']')?;
                    let ends = rest.is_empty() || rest.starts_with(['.', '[']);
                    ends.then_some((label.len(), item, rest))
                });
                // Codes may hold brackets: the longest label that fits is meant.
                if let Some((_, item, rest)) = named.max_by_key(|(length, ..)| *length) {
                    self.offset = Some(item.span().start);
                    self.in_value(item, rest);
                }
            }
            _ => {}
        }
    }
}

fn label(item: &Spanned<DeValue<'_>>, index: usize) -> String {
    let text = |value: &DeValue<'_>| match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        _ => None,
    };
    let named = match item.get_ref() {
        DeValue::Table(table) => LABELS
            .iter()
            .find_map(|label| table.iter().find(|(key, _)| key.get_ref() == *label))
            .and_then(|(_, value)| text(value.get_ref())),
        value => text(value),
    };
    named.unwrap_or_else(|| index.to_string())
}

fn path_in_table(table: &DeTable<'_>, path: &str, offset: usize, found: &mut Option<String>) {
    for (key, value) in table {
        let dot = if path.is_empty() { "" } else { "." };
        let path = format!("{path}{dot}{}", key.get_ref());
        if key.span().contains(&offset) || value.span().contains(&offset) {
            *found = Some(path.clone());
        }
        path_in_value(value, &path, offset, found);
    }
}

fn path_in_value(
    value: &Spanned<DeValue<'_>>,
    path: &str,
    offset: usize,
    found: &mut Option<String>,
) {
    match value.get_ref() {
        DeValue::Table(table) => path_in_table(table, path, offset, found),
        DeValue::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let path = format!("{path}[{}]", label(item, index));
                if item.span().contains(&offset) {
                    *found = Some(path.clone());
                }
                path_in_value(item, &path, offset, found);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = r#"format = "scrip-config/1"

[entity]
code = "nl"

[[rate_cards]]
code = "std"
[[rate_cards.versions]]
version = 2
[[rate_cards.versions.rates]]
code = "in"
match = { model = "a", "token.type" = "in" }
price = "1"
[[rate_cards.versions.rates]]
code = "out]"
tiers = [
  { up_to = "5" },
  { price = "2" },
]
"#;

    #[test]
    fn a_path_leads_to_its_line() {
        for (path, want) in [
            ("format", Some(1)),
            ("entity.code", Some(4)),
            ("rate_cards[std]", Some(6)),
            ("rate_cards[std].versions[2]", Some(8)),
            ("rate_cards[std].versions[2].rates[in].price", Some(13)),
            ("rate_cards[std].versions[2].rates[in].match.token.type", Some(12)),
            ("rate_cards[std].versions[2].rates[out]].tiers[1].price", Some(18)),
            ("rate_cards[std].versions[2].overage", Some(8)),
            ("customers[acme]", None),
        ] {
            assert_eq!(locate(SOURCE, path), want, "{path}");
        }
    }

    #[test]
    fn a_byte_leads_to_its_path() {
        let source = Source::read(SOURCE);
        for (text, want) in [
            ("scrip-config", "format"),
            ("\"1\"", "rate_cards[std].versions[2].rates[in].price"),
            ("\"2\"", "rate_cards[std].versions[2].rates[out]].tiers[1].price"),
        ] {
            let offset = SOURCE.find(text).unwrap();
            assert_eq!(source.path_at(offset).as_deref(), Some(want));
        }
    }

    #[test]
    fn broken_source_is_read_as_far_as_it_goes() {
        assert_eq!(locate("format = \"a\"\nx = = 3\n", "format"), Some(1));
    }
}
