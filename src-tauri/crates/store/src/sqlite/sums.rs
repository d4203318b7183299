//! Sums of postings and heads of chains that are kept, so that nobody has to add up a million entries
//! again: how a write transaction carries them forward, and how they are compared with the entries.
//!
//! They are projections. What a transaction appends is added up in memory and stored when it commits,
//! or when it asks for sums itself.

use std::collections::{BTreeSet, HashMap};

use scrip_journal::{Chain, Entry};
use sqlx::sqlite::SqliteConnection;

use super::fault::Place;
use super::rows::{Reading, Table, stored};
use super::words::{LotWord, month_number};
use super::write::SqliteWrite;
use crate::error::StoreError;

/// The first format with sums.
pub(super) const SINCE: i64 = 6;

const DOING: &str = "carry its sums forward";

static LOT_SUMS: Table = Table::replacing(
    "projection_lot_sums",
    &[
        "month",
        "account_id",
        "unit_id",
        "kind",
        "wallet_type_id",
        "lot_kind",
        "lot_month",
        "postings",
        "balance_high",
        "balance_low",
        "debit_high",
        "debit_low",
    ],
    "ON CONFLICT (month, account_id, unit_id, kind, wallet_type_id, lot_kind, lot_month) \
     DO UPDATE SET postings = postings + excluded.postings, \
     balance_high = balance_high + excluded.balance_high, \
     balance_low = balance_low + excluded.balance_low, \
     debit_high = debit_high + excluded.debit_high, debit_low = debit_low + excluded.debit_low",
    DOING,
);
static USAGE_SUMS: Table = Table::replacing(
    "projection_usage_sums",
    &[
        "month",
        "account_id",
        "unit_id",
        "kind",
        "rate_id",
        "dimension_set_id",
        "service_month",
        "postings",
        "balance_high",
        "balance_low",
        "debit_high",
        "debit_low",
    ],
    "ON CONFLICT (month, account_id, unit_id, kind, rate_id, dimension_set_id, service_month) \
     DO UPDATE SET postings = postings + excluded.postings, \
     balance_high = balance_high + excluded.balance_high, \
     balance_low = balance_low + excluded.balance_low, \
     debit_high = debit_high + excluded.debit_high, debit_low = debit_low + excluded.debit_low",
    DOING,
);
static HEADS: Table = Table::replacing(
    "projection_heads",
    &["customer_id", "number", "hash"],
    "ON CONFLICT (customer_id) DO UPDATE SET number = excluded.number, hash = excluded.hash",
    DOING,
);
static TOTALS: Table = Table::replacing(
    "projection_totals",
    &["id", "postings", "last_at"],
    "ON CONFLICT (id) DO UPDATE SET postings = postings + excluded.postings, \
     last_at = max(coalesce(last_at, excluded.last_at), excluded.last_at)",
    DOING,
);

/// A wallet has another type, or its first, because of the lots from `?1` on: what was posted to it
/// without a lot before entry `?2` counts for that type now.
const MOVE: &str = "WITH changed AS MATERIALIZED ( \
         SELECT n.wallet_id, w.customer_id, \
             coalesce((SELECT l.wallet_type_id FROM lots AS l WHERE l.wallet_id = n.wallet_id \
                 AND l.seq < ?1 ORDER BY l.seq DESC LIMIT 1), 0) AS before, \
             coalesce((SELECT l.wallet_type_id FROM lots AS l WHERE l.wallet_id = n.wallet_id \
                 ORDER BY l.seq DESC LIMIT 1), 0) AS after \
         FROM (SELECT DISTINCT wallet_id FROM lots WHERE seq >= ?1) AS n \
         CROSS JOIN wallets AS w ON w.id = n.wallet_id \
     ), moved AS MATERIALIZED ( \
         SELECT b.month, p.account_id, p.unit_id, e.kind, c.before, c.after, p.amount \
         FROM changed AS c CROSS JOIN entries AS e ON e.customer_id = c.customer_id \
         CROSS JOIN days AS b ON b.id = e.booked_on \
         CROSS JOIN postings AS p ON p.entry_seq = e.seq \
         WHERE c.before <> c.after AND e.seq < ?2 AND p.wallet_id = c.wallet_id \
             AND p.lot_seq IS NULL \
     ) \
     INSERT INTO projection_lot_sums (month, account_id, unit_id, kind, wallet_type_id, lot_kind, \
         lot_month, postings, balance_high, balance_low, debit_high, debit_low) \
     SELECT month, account_id, unit_id, kind, before, '', 0, -count(*), \
         -sum(amount >> 32), -sum(amount & 4294967295), -sum(iif(amount > 0, amount >> 32, 0)), \
         -sum(iif(amount > 0, amount & 4294967295, 0)) \
     FROM moved GROUP BY month, account_id, unit_id, kind, before \
     UNION ALL \
     SELECT month, account_id, unit_id, kind, after, '', 0, count(*), \
         sum(amount >> 32), sum(amount & 4294967295), sum(iif(amount > 0, amount >> 32, 0)), \
         sum(iif(amount > 0, amount & 4294967295, 0)) \
     FROM moved GROUP BY month, account_id, unit_id, kind, after \
     ON CONFLICT (month, account_id, unit_id, kind, wallet_type_id, lot_kind, lot_month) \
     DO UPDATE SET postings = postings + excluded.postings, \
     balance_high = balance_high + excluded.balance_high, \
     balance_low = balance_low + excluded.balance_low, \
     debit_high = debit_high + excluded.debit_high, debit_low = debit_low + excluded.debit_low";

/// What sums are kept apart by always: month, account, unit, kind of entry.
type Always = (i64, i64, i64, &'static str);
/// Wallet type, kind of the lot by its number, month of its grant.
type OfLot = (i64, Option<u32>, i64);
/// Rate, dimension set, service month.
type OfUsage = (i64, i64, i64);

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    postings: i64,
    balance: i128,
    debit: i128,
}

impl Sum {
    fn add(&mut self, steps: i64) {
        self.postings += 1;
        self.balance += i128::from(steps);
        self.debit += i128::from(steps.max(0));
    }

    fn join(&mut self, other: &Self) {
        self.postings += other.postings;
        self.balance += other.balance;
        self.debit += other.debit;
    }

    /// The columns: postings, and the halves of both sums.
    fn columns(&self) -> Result<[i64; 5], StoreError> {
        let halves = |sum: i128| {
            let too_large = |_| StoreError::TooLarge { what: "a sum of postings", value: u64::MAX };
            let high = i64::try_from(sum >> 32).map_err(too_large)?;
            Ok::<_, StoreError>([high, i64::try_from(sum & 0xFFFF_FFFF).map_err(too_large)?])
        };
        let ([high, low], [debit_high, debit_low]) = (halves(self.balance)?, halves(self.debit)?);
        Ok([self.postings, high, low, debit_high, debit_low])
    }
}

/// A posting, as far as sums are kept apart by it.
pub(super) struct Summed {
    pub(super) account: i64,
    pub(super) unit: i64,
    pub(super) steps: i64,
    pub(super) wallet: Option<i64>,
    pub(super) lot: Option<LotWord>,
    pub(super) rate: Option<i64>,
    pub(super) dimension_set: Option<i64>,
    /// Twelve times the year, plus the month less one.
    pub(super) service_month: Option<i64>,
}

/// What was appended since sums were stored last.
#[derive(Debug, Default)]
pub(super) struct Sums {
    by_lot: HashMap<(Always, OfLot), Sum>,
    /// Postings to a wallet that name no lot: their type is known when the lots are.
    by_wallet: HashMap<(Always, i64), Sum>,
    by_usage: HashMap<(Always, OfUsage), Sum>,
    /// The customers who got entries, with the heads of their chains.
    heads: HashMap<i64, Chain>,
    postings: i64,
    last_at: Option<i64>,
    first_entry: Option<i64>,
    first_lot: Option<i64>,
}

impl Sums {
    /// Notes that lots were appended from a sequence on.
    pub(super) fn lots_from(&mut self, seq: i64) {
        self.first_lot.get_or_insert(seq);
    }

    /// Notes an entry of a customer.
    pub(super) fn add_entry(&mut self, seq: i64, customer: i64, entry: &Entry) {
        self.first_entry.get_or_insert(seq);
        self.heads.insert(customer, Chain { number: entry.number, head: entry.hash });
        self.last_at = self.last_at.max(Some(entry.body.effective_at.micros()));
    }

    /// Adds a posting of an entry.
    pub(super) fn add(&mut self, entry: &Entry, posting: &Summed) {
        let month = month_number(entry.body.booked_on);
        let always = (month, posting.account, posting.unit, entry.body.kind.code());
        self.postings += 1;
        let sum = match (&posting.lot, posting.wallet) {
            (Some(lot), _) => {
                let lot = (lot.wallet_type, Some(lot.kind), lot.granted_month);
                self.by_lot.entry((always, lot)).or_default()
            }
            (None, Some(wallet)) => self.by_wallet.entry((always, wallet)).or_default(),
            (None, None) => self.by_lot.entry((always, (0, None, 0))).or_default(),
        };
        sum.add(posting.steps);
        let usage = (
            posting.rate.unwrap_or(0),
            posting.dimension_set.unwrap_or(0),
            posting.service_month.unwrap_or(0),
        );
        self.by_usage.entry((always, usage)).or_default().add(posting.steps);
    }
}

impl SqliteWrite {
    /// Stores what was appended since the last time.
    pub(super) async fn store_sums(&mut self) -> Result<(), StoreError> {
        let mut sums = std::mem::take(&mut self.sums);
        let place = self.place.clone();
        if let Some(first_lot) = sums.first_lot {
            let before = sums.first_entry.unwrap_or(i64::MAX);
            sqlx::query(MOVE)
                .bind(first_lot)
                .bind(before)
                .execute(&mut *self.tx)
                .await
                .map_err(place.cannot(DOING))?;
        }
        if sums.heads.is_empty() {
            return Ok(());
        }
        let types = self.wallet_types_of(&sums).await?;
        for ((always, wallet), sum) in &sums.by_wallet {
            let wallet_type = types.get(wallet).copied().unwrap_or(0);
            sums.by_lot.entry((*always, (wallet_type, None, 0))).or_default().join(sum);
        }
        let mut rows = Vec::with_capacity(sums.by_lot.len());
        for ((always, lot), sum) in &sums.by_lot {
            rows.push((always, lot, sum.columns()?));
        }
        rows.sort_unstable_by_key(|(always, lot, _)| (**always, **lot));
        let words = &self.words;
        LOT_SUMS
            .insert(&mut self.tx, &place, &rows, |(always, lot, sum), values| {
                let (wallet_type, kind, granted_month) = **lot;
                add_always(always, values);
                values.number(wallet_type);
                values.text(kind.map_or("", |kind| words.lot_kind(kind)));
                values.number(granted_month);
                sum.iter().for_each(|column| values.number(*column));
            })
            .await?;
        let mut rows = Vec::with_capacity(sums.by_usage.len());
        for ((always, usage), sum) in &sums.by_usage {
            rows.push((always, usage, sum.columns()?));
        }
        rows.sort_unstable_by_key(|(always, usage, _)| (**always, **usage));
        USAGE_SUMS
            .insert(&mut self.tx, &place, &rows, |(always, usage, sum), values| {
                let (rate, dimension_set, service_month) = **usage;
                add_always(always, values);
                values.number(rate);
                values.number(dimension_set);
                values.number(service_month);
                sum.iter().for_each(|column| values.number(*column));
            })
            .await?;
        let mut heads = Vec::with_capacity(sums.heads.len());
        for (customer, chain) in &sums.heads {
            heads.push((*customer, stored("the entry number", chain.number)?, chain.head));
        }
        heads.sort_unstable_by_key(|(customer, _, _)| *customer);
        HEADS
            .insert(&mut self.tx, &place, &heads, |(customer, number, hash), values| {
                values.number(*customer);
                values.number(*number);
                values.hash(hash);
            })
            .await?;
        TOTALS
            .insert(&mut self.tx, &place, &[sums], |sums, values| {
                values.number(1);
                values.number(sums.postings);
                values.number_or_null(sums.last_at);
            })
            .await
    }

    /// The types of the wallets to which something was posted without a lot.
    async fn wallet_types_of(&mut self, sums: &Sums) -> Result<HashMap<i64, i64>, StoreError> {
        let wallets: BTreeSet<i64> = sums.by_wallet.keys().map(|(_, wallet)| *wallet).collect();
        let wallets: Vec<i64> = wallets.into_iter().collect();
        let mut types = HashMap::with_capacity(wallets.len());
        for wallets in wallets.chunks(20_000) {
            let rows = sqlx::query(
                "SELECT j.value, coalesce((SELECT l.wallet_type_id FROM lots AS l \
                     WHERE l.wallet_id = j.value ORDER BY l.seq DESC LIMIT 1), 0) \
                 FROM json_each(?) AS j",
            )
            .bind(serde_json::Value::from(wallets).to_string())
            .fetch_all(&mut *self.tx)
            .await
            .map_err(self.place.cannot(DOING))?;
            for row in &rows {
                let row = Reading { row, table: "wallets", place: &self.place };
                types.insert(row.number(0)?, row.number(1)?);
            }
        }
        Ok(types)
    }
}

fn add_always(always: &Always, values: &mut super::rows::Values) {
    let (month, account, unit, kind) = *always;
    values.number(month);
    values.number(account);
    values.number(unit);
    values.text(kind);
}

/// How many sums that are kept are not those of the view, or the other way round. Halves are carried
/// first: the same amount may be kept as different halves.
macro_rules! sums_differ {
    ($what:literal, $columns:literal) => {
        concat!(
            "WITH kept AS (SELECT month, account_id, unit_id, kind, ",
            $columns,
            ", postings, \
                 balance_high + (balance_low >> 32), balance_low & 4294967295, \
                 debit_high + (debit_low >> 32), debit_low & 4294967295 \
             FROM projection_",
            $what,
            "_sums WHERE postings <> 0), \
             made AS (SELECT month, account_id, unit_id, kind, ",
            $columns,
            ", postings, \
                 balance_high + (balance_low >> 32), balance_low & 4294967295, \
                 debit_high + (debit_low >> 32), debit_low & 4294967295 \
             FROM ",
            $what,
            "_sums) \
             SELECT (SELECT count(*) FROM (SELECT * FROM kept EXCEPT SELECT * FROM made)) \
                  + (SELECT count(*) FROM (SELECT * FROM made EXCEPT SELECT * FROM kept))"
        )
    };
}

/// What is kept and is not what the entries say, in words.
pub(super) async fn findings(
    connection: &mut SqliteConnection,
    place: &Place,
) -> Result<Vec<String>, StoreError> {
    let mut findings = Vec::new();
    for (sql, what) in [
        (
            sums_differ!("lot", "wallet_type_id, lot_kind, lot_month"),
            "sums by lots are not those of the postings",
        ),
        (
            sums_differ!("usage", "rate_id, dimension_set_id, service_month"),
            "sums by usage are not those of the postings",
        ),
        (
            "SELECT count(*) FROM (SELECT coalesce(sum(lines), 0) AS postings, \
                 max(effective_at) AS last_at FROM entries) AS e \
             WHERE e.postings <> coalesce((SELECT postings FROM projection_totals), 0) \
                 OR e.last_at IS NOT (SELECT last_at FROM projection_totals)",
            "counts are not those of the entries",
        ),
        (
            "SELECT (SELECT count(*) FROM projection_heads AS h WHERE NOT EXISTS ( \
                 SELECT 1 FROM entries AS e WHERE e.customer_id = h.customer_id \
                     AND e.number = h.number AND e.hash = h.hash \
                     AND NOT EXISTS (SELECT 1 FROM entries AS n \
                         WHERE n.customer_id = h.customer_id AND n.number > h.number))) \
             + (SELECT count(*) FROM customers AS c \
                WHERE c.id NOT IN (SELECT customer_id FROM projection_heads) \
                    AND EXISTS (SELECT 1 FROM entries AS e WHERE e.customer_id = c.id))",
            "heads of chains are not those of the entries",
        ),
    ] {
        let differing: i64 = sqlx::query_scalar(sql)
            .fetch_one(&mut *connection)
            .await
            .map_err(place.cannot("compare its sums with its postings"))?;
        if differing != 0 {
            findings.push(format!("{differing} of the kept {what}"));
        }
    }
    Ok(findings)
}
