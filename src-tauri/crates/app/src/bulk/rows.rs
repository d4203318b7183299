//! Rows of a bulk run: from a file, from the customers of the configuration, or both; and the
//! operation that each row describes.

use std::collections::BTreeSet;

use scrip_catalog::{Customer, Document};
use scrip_engine::{Action, Operation};
use scrip_units::Date;
use serde_json::{Map, Value};

use crate::error::AppError;

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowProblem {
    /// Line in the file, or the customer's place in the configuration, from 1.
    pub row: u64,
    /// The column, where it is known.
    pub column: Option<String>,
    /// What is wrong.
    pub message: String,
    /// Whether the books refuse it; otherwise the row is not the operation it should be.
    pub refused: bool,
}

/// A row before it is an operation: its cells by column.
#[derive(Debug, Clone)]
pub(crate) struct BulkRow {
    /// Line in the file, or place of the customer.
    pub(crate) row: u64,
    /// What makes its id: the number of the row, or the customer's code.
    pub(crate) name: String,
    cells: Vec<(String, String)>,
}

/// Reads the rows of a CSV file with a heading of members.
pub(crate) fn of_file(file: &str, bytes: &[u8]) -> Result<Vec<BulkRow>, AppError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let wrong = |error: csv::Error| AppError::Argument(format!("{file}: {error}"));
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let headings: Vec<String> =
        reader.headers().map_err(wrong)?.iter().map(str::to_owned).collect();
    let mut seen = BTreeSet::new();
    for heading in &headings {
        if heading.is_empty() || !seen.insert(heading) {
            return Err(AppError::Argument(format!(
                "{file}:1: the heading {heading:?} is empty or stands twice"
            )));
        }
    }
    let mut rows = Vec::new();
    for (number, record) in (1_u64..).zip(reader.records()) {
        let record = record.map_err(wrong)?;
        let row = record.position().map_or(number + 1, csv::Position::line);
        let cells = headings.iter().cloned().zip(record.iter().map(str::to_owned));
        rows.push(BulkRow { row, name: number.to_string(), cells: cells.collect() });
    }
    if rows.is_empty() {
        return Err(AppError::Argument(format!("{file} has no rows. Nothing was changed")));
    }
    Ok(rows)
}

/// A row for every customer of the configuration that meets every condition.
pub(crate) fn of_customers(
    document: &Document,
    conditions: &[String],
) -> Result<Vec<BulkRow>, AppError> {
    let conditions: Vec<Condition> =
        conditions.iter().map(|text| Condition::read(text)).collect::<Result<_, _>>()?;
    let chosen = (1_u64..)
        .zip(&document.customers)
        .filter(|(_, customer)| conditions.iter().all(|condition| condition.admits(customer)));
    Ok(chosen
        .map(|(row, customer)| BulkRow {
            row,
            name: customer.code.to_string(),
            cells: vec![("customer".to_owned(), customer.code.to_string())],
        })
        .collect())
}

/// A condition on a customer: an attribute, a comparison, a value.
struct Condition {
    attribute: String,
    comparison: &'static str,
    value: String,
}

const COMPARISONS: &[&str] = &[">=", "<=", "!=", "=", ">", "<"];
const ATTRIBUTES: &[&str] = &["code", "name", "plan", "country", "signed_up_on", "tag"];

impl Condition {
    fn read(text: &str) -> Result<Self, AppError> {
        let wrong = || {
            AppError::Argument(format!(
                "{text:?} is not a condition on customers: write ATTRIBUTE COMPARISON VALUE with one of {} and one of {}, such as signed_up_on>=2026-03-01",
                ATTRIBUTES.join(", "),
                COMPARISONS.join(" ")
            ))
        };
        let at = text.find(['<', '>', '=', '!']).ok_or_else(wrong)?;
        let comparison =
            COMPARISONS.iter().find(|c| text[at..].starts_with(**c)).ok_or_else(wrong)?;
        let attribute = text[..at].trim().to_owned();
        let value = text[at + comparison.len()..].trim().to_owned();
        let ordered = matches!(*comparison, ">=" | "<=" | ">" | "<");
        let is_date = attribute == "signed_up_on";
        let fits = ATTRIBUTES.contains(&attribute.as_str())
            && (is_date || !ordered)
            && (!is_date || value.parse::<Date>().is_ok());
        if fits { Ok(Self { attribute, comparison, value }) } else { Err(wrong()) }
    }

    /// A customer without the attribute meets no condition on it but `!=`.
    fn admits(&self, customer: &Customer) -> bool {
        if self.attribute == "tag" {
            let has = customer.tags.contains(&self.value);
            return has == (self.comparison == "=");
        }
        let day = customer.signed_up_on.map(|day| day.to_string());
        let found = match self.attribute.as_str() {
            "code" => Some(customer.code.as_str()),
            "name" => Some(customer.name.as_str()),
            "plan" => customer.plan.as_deref(),
            "country" => customer.country.as_deref(),
            // Days are written so that their texts are in their order.
            _ => day.as_deref(),
        };
        let Some(found) = found else { return self.comparison == "!=" };
        let order = found.cmp(self.value.as_str());
        match self.comparison {
            ">=" => order.is_ge(),
            "<=" => order.is_le(),
            ">" => order.is_gt(),
            "<" => order.is_lt(),
            "!=" => order.is_ne(),
            _ => order.is_eq(),
        }
    }
}

/// What all rows of a run share.
pub(crate) struct Common<'a> {
    pub(crate) op: &'a str,
    pub(crate) set: &'a [(String, String)],
    pub(crate) batch: &'a str,
    pub(crate) actor: &'a str,
    pub(crate) at: Option<String>,
    /// Members of the operation that are whole numbers or yes and no, not texts.
    numbers: BTreeSet<String>,
}

impl<'a> Common<'a> {
    pub(crate) fn new(
        (op, batch, actor): (&'a str, &'a str, &'a str),
        set: &'a [(String, String)],
        at: Option<String>,
    ) -> Result<Self, AppError> {
        let mut generator = schemars::SchemaGenerator::default();
        let schemas = Action::schemas(&mut generator);
        let schema = schemas.iter().find(|(code, _)| *code == op).ok_or_else(|| {
            let codes = Action::CODES.join(", ");
            AppError::Argument(format!("{op:?} is not an operation: use one of {codes}"))
        })?;
        let schema = serde_json::to_value(&schema.1).unwrap_or_default();
        let is_number = |member: &Value| {
            let kinds = member["type"].to_string();
            kinds.contains("integer") || kinds.contains("boolean")
        };
        let members = schema["properties"].as_object().into_iter().flatten();
        let numbers =
            members.filter(|(_, member)| is_number(member)).map(|(name, _)| name.clone()).collect();
        Ok(Self { op, set, batch, actor, at, numbers })
    }

    /// The operation that a row describes, or what is wrong with it.
    pub(crate) fn operation(&self, row: &BulkRow) -> Result<Operation, RowProblem> {
        let problem = |column: Option<&str>, message: String| RowProblem {
            row: row.row,
            column: column.map(str::to_owned),
            message,
            refused: false,
        };
        let mut members = Map::new();
        let name = format!("{}:{}", self.batch, row.name);
        let mut cells = vec![("op", self.op), ("id", name.as_str()), ("actor", self.actor)];
        cells.extend(self.at.as_deref().map(|at| ("at", at)));
        cells.extend(self.set.iter().map(|(column, cell)| (column.as_str(), cell.as_str())));
        // A cell of the row stands for more than what is set for all; an empty one is none.
        cells.extend(row.cells.iter().map(|(column, cell)| (column.as_str(), cell.as_str())));
        for (column, cell) in cells.into_iter().filter(|(_, cell)| !cell.is_empty()) {
            let value =
                self.value(column, cell).map_err(|message| problem(Some(column), message))?;
            place(&mut members, column, value).map_err(|message| problem(Some(column), message))?;
        }
        let given: Vec<(&str, &str)> = row
            .cells
            .iter()
            .chain(self.set)
            .map(|(column, cell)| (column.as_str(), cell.as_str()))
            .filter(|(_, cell)| !cell.is_empty())
            .collect();
        Operation::from_value(Value::Object(members)).map_err(|error| {
            let place = |word: &str| {
                let (code, text) = (format!("`{word}`"), format!("{word:?}"));
                [error.message.find(&code), error.message.find(&text)].into_iter().flatten().min()
            };
            let first = |by: fn(&(&str, &str)) -> String| {
                let places = given.iter().filter_map(|cell| Some((place(&by(cell))?, cell.0)));
                places.min().map(|(_, column)| column)
            };
            // The message names the member, or else the value that is wrong; a list of what is known
            // follows.
            let of_member =
                given.iter().map(|cell| cell.0).find(|c| Some(*c) == error.member.as_deref());
            let named = of_member
                .or_else(|| {
                    first(|(column, _)| column.rsplit('.').next().unwrap_or(column).to_owned())
                })
                .or_else(|| first(|(_, cell)| (*cell).to_owned()));
            problem(named, error.message.clone())
        })
    }

    fn value(&self, column: &str, cell: &str) -> Result<Value, String> {
        if cell.starts_with(['[', '{']) {
            return serde_json::from_str(cell)
                .map_err(|error| format!("{cell:?} is not JSON: {error}"));
        }
        if !self.numbers.contains(column) {
            return Ok(Value::String(cell.to_owned()));
        }
        serde_json::from_str::<Value>(cell)
            .ok()
            .filter(|value| value.is_number() || value.is_boolean())
            .ok_or_else(|| format!("{cell:?} is not a whole number, true or false"))
    }
}

/// Puts a value at a dotted place.
fn place(members: &mut Map<String, Value>, column: &str, value: Value) -> Result<(), String> {
    match column.split_once('.') {
        None => {
            members.insert(column.to_owned(), value);
            Ok(())
        }
        Some((outer, inner)) => {
            let nested = members.entry(outer).or_insert_with(|| Value::Object(Map::new()));
            let nested = nested.as_object_mut();
            place(
                nested.ok_or_else(|| format!("{outer} is given as a whole and in parts"))?,
                inner,
                value,
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn common<'a>(set: &'a [(String, String)]) -> Common<'a> {
        let at = Some("2026-03-01T00:00:00Z".to_owned());
        Common::new(("grant_credits", "promo", "ana"), set, at).unwrap()
    }

    #[test]
    fn a_row_becomes_an_operation_with_nested_members_and_numbers() {
        let set = [("kind".to_owned(), "purchased".to_owned()), ("priority".into(), "7".into())];
        let text = b"\xef\xbb\xbfcustomer,wallet,units,price.net,price.currency,priority\n acme , std,\"1000\",90.00,EUR,\nglobex,std,5,1.00,EUR,9\n";
        let rows = of_file("f.csv", text).unwrap();
        let operations: Vec<_> = rows
            .iter()
            .map(|row| common(&set).operation(row).unwrap().to_json().unwrap())
            .collect();
        assert_eq!(
            operations[0],
            r#"{"actor":"ana","at":"2026-03-01T00:00:00Z","customer":"acme","id":"promo:1","kind":"purchased","op":"grant_credits","price":{"currency":"EUR","net":"90.00"},"priority":7,"settlement":"paid","units":"1000","wallet":"std"}"#
        );
        assert!(
            operations[1].contains(r#""id":"promo:2""#)
                && operations[1].contains(r#""priority":9"#)
        );
    }

    #[test]
    fn what_is_wrong_names_row_and_column() {
        let text = b"customer,units,kind,colour,expires_at\nacme,five,promotional,,\nacme,5,promotional,red,\nacme,5,gift,,\nacme,5,promotional,,2026-02-30\n";
        let rows = of_file("f.csv", text).unwrap();
        let found: Vec<_> = rows
            .iter()
            .map(|row| common(&[]).operation(row).unwrap_err())
            .map(|problem| (problem.row, problem.column))
            .collect();
        let at = |row, column: &str| (row, Some(column.to_owned()));
        assert_eq!(found, [at(2, "units"), at(3, "colour"), at(4, "kind"), at(5, "expires_at")]);
        assert!(of_file("f.csv", b"a,a\n1,2\n").is_err());
        for empty in ["", "\n", "customer,units\n"] {
            let error = of_file("f.csv", empty.as_bytes()).unwrap_err().to_string();
            assert_eq!(error, "f.csv has no rows. Nothing was changed");
        }
    }

    #[test]
    fn customers_are_chosen_by_their_attributes() {
        let customer = |code: &str, day: &str, plan: &str| {
            let day =
                if day.is_empty() { String::new() } else { format!("signed_up_on = \"{day}\"\n") };
            format!(
                "[[customers]]\ncode = \"{code}\"\nplan = \"{plan}\"\ntags = [\"{plan}-tag\"]\n{day}"
            )
        };
        let text = format!(
            "format = \"scrip-config/1\"\n[entity]\ncode = \"b\"\nname = \"B\"\ncurrency = \"EUR\"\ntime_zone = \"UTC\"\n{}{}{}",
            customer("a", "2026-02-28", "free"),
            customer("b", "2026-03-01", "scale"),
            customer("c", "", "free"),
        );
        let document: Document = toml::from_str(&text).unwrap();
        let chosen = |conditions: &[&str]| -> Vec<String> {
            let conditions: Vec<_> = conditions.iter().map(|c| (*c).to_owned()).collect();
            of_customers(&document, &conditions).unwrap().into_iter().map(|row| row.name).collect()
        };
        assert_eq!(chosen(&[]), ["a", "b", "c"]);
        assert_eq!(chosen(&["signed_up_on>=2026-03-01"]), ["b"]);
        assert_eq!(chosen(&["signed_up_on < 2026-03-01", "plan=free"]), ["a"]);
        assert_eq!(chosen(&["signed_up_on!=2026-03-01"]), ["a", "c"]);
        assert_eq!(chosen(&["tag=free-tag"]), ["a", "c"]);
        for wrong in ["signed_up_on>=soon", "plan>free", "colour=red", "plan"] {
            assert!(of_customers(&document, &[wrong.to_owned()]).is_err(), "{wrong}");
        }
    }
}
