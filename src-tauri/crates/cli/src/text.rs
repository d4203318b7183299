//! Tables for a terminal: text to the left, figures to the right, totals under a rule.

use scrip_revenue::{Cell, Report, ReportHeader, RowKind, Table};
use scrip_units::format_steps;

use crate::output::Output;

/// Prints a grid of texts; columns named in `right` stand to the right.
pub(crate) fn grid(out: &mut Output, headings: &[&str], right: &[usize], rows: &[Vec<String>]) {
    let columns = headings.len();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([headings[column].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<_> = (0..columns).map(width).collect();
    let line = |cells: &[String]| {
        let padded = cells.iter().enumerate().map(|(column, cell)| {
            let gap = " ".repeat(widths[column].saturating_sub(cell.chars().count()));
            if right.contains(&column) { format!("{gap}{cell}") } else { format!("{cell}{gap}") }
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    out.line(line(&headings.iter().map(|h| (*h).to_owned()).collect::<Vec<_>>()));
    out.line(widths.iter().map(|w| "-".repeat(*w)).collect::<Vec<_>>().join("  "));
    for row in rows {
        out.line(line(row));
    }
}

/// A count with its noun, which takes an `s` for many: `1 event`, `2 events`.
pub(crate) fn counted(count: u64, noun: &str) -> String {
    let stem = noun.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'o', 'u']));
    let plural = stem.map_or_else(|| format!("{noun}s"), |stem| format!("{stem}ies"));
    format!("{} {}", grouped(&count.to_string()), if count == 1 { noun } else { &plural })
}

/// A paragraph in lines of at most `width` characters, folded between words.
pub(crate) fn folded(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Figures with thousands separators; zero is a dash.
fn cell_text(cell: &Cell) -> String {
    match cell {
        Cell::Amount(0, _) => "-".to_owned(),
        Cell::Amount(steps, unit) => grouped(&format_steps(*steps, unit.scale())),
        Cell::Count(count) => grouped(&count.to_string()),
        other => other.plain(),
    }
}

fn grouped(number: &str) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
    let mut groups = Vec::new();
    let mut end = whole.len();
    while end > 3 {
        groups.push(&whole[end - 3..end]);
        end -= 3;
    }
    groups.push(&whole[..end]);
    groups.reverse();
    let whole = groups.join(",");
    fraction
        .map_or_else(|| format!("{sign}{whole}"), |fraction| format!("{sign}{whole}.{fraction}"))
}

/// Prints a report as a page of paper would look.
pub(crate) fn report(out: &mut Output, header: &ReportHeader, report: &Report) {
    out.line(format!("{}  {}", header.entity, report.name));
    let covers = header.covers(report.period);
    out.line(format!("Period {covers}, {}, zone {}", header.currency, header.zone));
    for basis in &header.basis {
        out.line(basis);
    }
    out.line(format!(
        "Ledger checkpoint {} ({} entries), configuration {}, read at {}",
        header.checkpoint.hash, header.checkpoint.entries, header.config_revision, header.as_of
    ));
    for table in &report.tables {
        out.line("");
        print_table(out, table);
    }
    out.line("");
    for tie in &report.ties {
        let unit = tie.unit;
        let figure = |steps| grouped(&format_steps(steps, unit.scale()));
        let verdict = if tie.holds { "ties" } else { "DOES NOT TIE" };
        out.line(format!(
            "{verdict}: {}: {} {} = {} {} {}",
            tie.name,
            tie.left_label,
            figure(tie.left),
            tie.right_label,
            figure(tie.right),
            unit.code()
        ));
    }
}

fn print_table(out: &mut Output, table: &Table) {
    out.line(&table.title);
    for line in &table.subtitle {
        out.line(line);
    }
    let headings: Vec<String> =
        table.columns.iter().map(scrip_revenue::Column::heading_with_unit).collect();
    let headings: Vec<&str> = headings.iter().map(String::as_str).collect();
    let right: Vec<_> = table
        .columns
        .iter()
        .enumerate()
        .filter(|(_, c)| c.kind.is_numeric())
        .map(|(i, _)| i)
        .collect();
    let mut rows = Vec::new();
    for row in &table.rows {
        let mut cells: Vec<_> = row.cells.iter().map(cell_text).collect();
        if matches!(row.kind, RowKind::Total(_) | RowKind::Subtotal(_))
            && let Some(first) = cells.first_mut()
            && first.is_empty()
        {
            "Total".clone_into(first);
        }
        rows.push(cells);
    }
    grid(out, &headings, &right, &rows);
}

#[cfg(test)]
mod tests {
    use super::{counted, grouped};

    #[test]
    fn one_is_not_many() {
        assert_eq!(counted(1, "entry"), "1 entry");
        assert_eq!(counted(0, "entry"), "0 entries");
        assert_eq!(counted(12_000, "event"), "12,000 events");
    }

    #[test]
    fn thousands_are_grouped() {
        for (number, want) in [
            ("0", "0"),
            ("999", "999"),
            ("1000", "1,000"),
            ("-1234567.89", "-1,234,567.89"),
            ("-123.4", "-123.4"),
        ] {
            assert_eq!(grouped(number), want);
        }
    }
}
