//! The traces: what real customers used, as rows of tokens.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::Path;

use flate2::read::GzDecoder;
use serde::Deserialize;

use crate::prices::{Model, PriceList};

/// When the week of the API customers begins: it runs over the end of a month.
pub(crate) const WEEK_FROM: &str = "2026-01-28T00:00:00Z";
/// Seconds from there to the first of February in the entity's zone, an hour ahead of UTC.
const MONTH_ENDS_S: u64 = 4 * 86_400 - 3_600;
/// The length of a window of which tokens are published, in seconds.
const WINDOW_S: u64 = 21_600;

/// A customer's use of a model in some minutes.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) customer: String,
    pub(crate) second: u64,
    pub(crate) model: usize,
    pub(crate) input: u64,
    pub(crate) cached: u64,
    pub(crate) output: u64,
}

impl Row {
    /// Whether it belongs to the later of the two billing periods.
    pub(crate) fn in_february(&self) -> bool {
        self.second >= MONTH_ENDS_S
    }
}

/// A trace of one service, which is imported as it is published.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) customer: &'static str,
    pub(crate) file: std::path::PathBuf,
    pub(crate) model: usize,
    pub(crate) rows: u64,
    pub(crate) input: u64,
    pub(crate) output: u64,
    columns: [&'static str; 2],
    occurred_at: &'static str,
}

/// All usage.
#[derive(Debug)]
pub(crate) struct Traces {
    /// Of the API customers, whose windows are joined with their tokens.
    pub(crate) rows: Vec<Row>,
    pub(crate) services: Vec<Service>,
    /// Windows of customers whose tokens are not published.
    pub(crate) without_tokens: usize,
}

type Client = (String, u32);

#[derive(Deserialize)]
struct Requests {
    model: String,
    client: u32,
    window_start_s: u64,
    requests: u64,
}

#[derive(Deserialize)]
struct Tokens {
    model: String,
    client: u32,
    window_start_s: u64,
    in_tokens: Option<u64>,
    out_tokens: Option<u64>,
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Vec<T> {
    let file = GzDecoder::new(File::open(path).unwrap());
    csv::Reader::from_reader(file).deserialize().map(Result::unwrap).collect()
}

impl Traces {
    pub(crate) fn read(folder: &Path, prices: &PriceList) -> Self {
        let mut tokens: BTreeMap<(Client, u64), (u64, u64)> = BTreeMap::new();
        for row in read::<Tokens>(&folder.join("servegen_tokens_6h_week1.csv.gz")) {
            if let (Some(input), Some(output)) = (row.in_tokens, row.out_tokens) {
                tokens.insert(((row.model, row.client), row.window_start_s), (input, output));
            }
        }
        let mut windows: BTreeMap<(Client, u64), Vec<(u64, u64)>> = BTreeMap::new();
        for row in read::<Requests>(&folder.join("servegen_requests_10min_week1.csv.gz")) {
            let window = row.window_start_s / WINDOW_S * WINDOW_S;
            let of_window = windows.entry(((row.model, row.client), window)).or_default();
            of_window.push((row.window_start_s, row.requests));
        }
        let usable = usable(prices);
        let mut traces = Self { rows: Vec::new(), services: Vec::new(), without_tokens: 0 };
        for ((client, window), requests) in &windows {
            let Some((input, output)) = tokens.get(&(client.clone(), *window)) else {
                traces.without_tokens += 1;
                continue;
            };
            let model = usable[of_client(client) % usable.len()];
            traces.spread(client, (model, &prices.models[model]), requests, (*input, *output));
        }
        let model = |wanted: &str| {
            let found = usable.iter().find(|m| prices.models[**m].name.contains(wanted));
            *found.unwrap_or(&usable[0])
        };
        traces.services =
            vec![service(folder, AZURE, model("gpt-4")), service(folder, MOONCAKE, model("kimi"))];
        traces
    }

    /// Spreads the tokens of a window over its minutes by their requests, losing none.
    fn spread(
        &mut self,
        client: &Client,
        (index, model): (usize, &Model),
        requests: &[(u64, u64)],
        (input, output): (u64, u64),
    ) {
        let total: u64 = requests.iter().map(|(_, requests)| requests).sum();
        let (mut so_far, mut given) = (0, (0, 0));
        for (second, requests) in requests {
            so_far += requests;
            let share = |tokens: u64| {
                let share = u128::from(tokens) * u128::from(so_far) / u128::from(total);
                u64::try_from(share).unwrap()
            };
            let until = (share(input), share(output));
            let input = until.0 - given.0;
            let cached = if model.cached.is_some() { input / 4 } else { 0 };
            self.rows.push(Row {
                customer: format!("{}-{}", client.0, client.1),
                second: *second,
                model: index,
                input: input - cached,
                cached,
                output: until.1 - given.1,
            });
            given = until;
        }
    }

    /// Everybody, with the model used and the tokens of it.
    pub(crate) fn customers(&self) -> BTreeSet<&str> {
        let clients = self.rows.iter().map(|row| row.customer.as_str());
        clients.chain(self.services.iter().map(|service| service.customer)).collect()
    }

    /// Writes the rows of the API customers.
    pub(crate) fn write(&self, path: &Path, prices: &PriceList) {
        let mut file = csv::Writer::from_path(path).unwrap();
        file.write_record(["second", "customer", "model", "input", "cached", "output"]).unwrap();
        for row in &self.rows {
            let numbers = [row.second, row.input, row.cached, row.output].map(|n| n.to_string());
            let [second, input, cached, output] = &numbers;
            let model = &prices.models[row.model].name;
            file.write_record([second, &row.customer, model, input, cached, output]).unwrap();
        }
        file.flush().unwrap();
    }

    /// How those rows become events.
    pub(crate) fn mapping() -> String {
        let mut text = format!(
            "customer = {{ column = \"customer\" }}\nkey = {{ template = \"{{customer}}-{{second}}\" }}\n\
             [occurred_at]\nformat = \"offset_seconds\"\ncolumn = \"second\"\norigin = \"{WEEK_FROM}\"\n"
        );
        for side in ["input", "cached", "output"] {
            text.push_str(&format!(
                "[[events]]\nmeter = \"tokens\"\nkey_suffix = \"/{side}\"\nskip_zero = true\n\
                 quantity = {{ column = \"{side}\" }}\n\
                 dimensions = {{ model = {{ column = \"model\" }}, side = \"{side}\" }}\n"
            ));
        }
        text
    }
}

impl Service {
    /// How its rows become events.
    pub(crate) fn mapping(&self, prices: &PriceList) -> String {
        let mut text = format!(
            "customer = \"{}\"\nkey = \"row_number\"\n[occurred_at]\n{}\n",
            self.customer, self.occurred_at
        );
        for (side, column) in ["input", "output"].into_iter().zip(self.columns) {
            text.push_str(&format!(
                "[[events]]\nmeter = \"tokens\"\nkey_suffix = \"/{side}\"\n\
                 quantity = {{ column = \"{column}\" }}\n\
                 dimensions = {{ model = {:?}, side = \"{side}\" }}\n",
                prices.models[self.model].name
            ));
        }
        text
    }
}

/// Models that customers use here: those whose prices cost something and whose products with any
/// quantity fit 128 bits.
fn usable(prices: &PriceList) -> Vec<usize> {
    let fits =
        |model: &Model| model.sides().all(|(_, p)| p.digits > 0 && p.digits < 10_i128.pow(18));
    (0..prices.models.len()).filter(|index| fits(&prices.models[*index])).collect()
}

/// A number for a client, the same in every run, far from that of its neighbour.
fn of_client((model, client): &Client) -> usize {
    model.bytes().fold(usize::try_from(*client).unwrap() * 7_919, |n, b| n * 31 + usize::from(b))
}

/// What is known of a trace before it is read: customer, file, columns, how times are written.
type Known = (&'static str, &'static str, [&'static str; 2], &'static str);

const AZURE: Known = (
    "azure-conversation",
    "azure_llm_2023_conv.csv.gz",
    ["context_tokens", "generated_tokens"],
    "format = \"pattern\"\ncolumn = \"timestamp\"\npattern = \"%Y-%m-%d %H:%M:%S%.f\"\ntime_zone = \"UTC\"",
);
const MOONCAKE: Known = (
    "mooncake-conversation",
    "mooncake_conversation.csv.gz",
    ["input_length", "output_length"],
    "format = \"offset_millis\"\ncolumn = \"timestamp_ms\"\norigin = \"2026-01-15T12:00:00Z\"",
);

fn service(folder: &Path, (customer, file, columns, occurred_at): Known, model: usize) -> Service {
    let file = folder.join(file);
    let mut sums = [0; 2];
    let rows = read::<BTreeMap<String, String>>(&file);
    for row in &rows {
        for (sum, column) in sums.iter_mut().zip(columns) {
            *sum += row[column].parse::<u64>().unwrap();
        }
    }
    let [input, output] = sums;
    Service { customer, file, model, rows: rows.len() as u64, input, output, columns, occurred_at }
}
