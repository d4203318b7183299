//! What was committed between two moments, in an order in which it can be recorded again.
//!
//! A moment is a snapshot of PostgreSQL (`pg_snapshot`): which transactions were committed. What lies
//! between two of them is exact whatever was open meanwhile - nothing is missed because its transaction
//! began early and ended late, and nothing waits for a transaction that stays open. Within it operations
//! go by sequence: a writer takes its sequence when it holds the locks of its customers, and whoever
//! publishes a configuration or closes a period when it holds the gate alone. So whatever an operation
//! follows has a lower sequence, and was visible whenever the operation was.
//!
//! A copy that has nothing yet goes by sequence alone: it takes what is there up to the highest sequence
//! that its first look found. A ledger that was moved by a dump has rows of transactions that its new server
//! has not come to, so snapshots say nothing about them before it has; then those rows come a second time,
//! and are known. What was open at the first look and is committed while later pages are read may come
//! with one of them: what it follows was there before it, and what follows it has a higher sequence than
//! the last.

use std::collections::HashMap;

use scrip_journal::Entry;
use scrip_store::{
    AlertRecord, BookRecord, CloseRecord, ConfigRecord, DetailRecord, ExchangeRateRecord,
    ImportRecord, KeyFileRecord, LotChangeRecord, LotRecord, OperationDetail, OperationEvent,
    SegmentProgress, SegmentRecord, StoreError, StoredOperation,
};
use scrip_units::{CustomerCode, OperationId};
use sqlx::postgres::Postgres;
use sqlx::{AssertSqlSafe, QueryBuilder, Transaction};

use super::fault::Place;
use super::rows::{Reading, all, stored};
use super::{LOOK, PostgresStore, entries, read};

/// How many of the last operations prove that a server still has what was pulled from it.
const ANCHOR: i64 = 1_000;

/// An operation with everything that it caused.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) operation: StoredOperation,
    pub(crate) entries: Vec<Entry>,
    pub(crate) lots: Vec<LotRecord>,
    pub(crate) lot_changes: Vec<LotChangeRecord>,
    pub(crate) rates: Vec<ExchangeRateRecord>,
    pub(crate) events: Vec<OperationEvent>,
    pub(crate) details: Vec<OperationDetail>,
    pub(crate) config: Option<ConfigRecord>,
    pub(crate) close: Option<CloseRecord>,
    pub(crate) alerts: Vec<AlertRecord>,
}

/// Which server a ledger is on: where it was restored or moved, this differs.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ServerIdentity {
    /// The ledger's own id.
    pub workspace_id: String,
    /// PostgreSQL's id of the cluster.
    pub system: String,
    /// The cluster's timeline, which a recovery moves on.
    pub timeline: i64,
    /// The database.
    pub database: i64,
}

/// What a ledger says about the usage archive: which files count, and how far they are posted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UsageLines {
    /// Imports in the order of recording.
    pub imports: Vec<ImportRecord>,
    /// Segments by number.
    pub segments: Vec<SegmentRecord>,
    /// Key files by number.
    pub key_files: Vec<KeyFileRecord>,
    /// Files of detail by number.
    pub details: Vec<DetailRecord>,
    /// How far segments are posted.
    pub progress: Vec<SegmentProgress>,
}

/// A look at the ledger at one moment.
pub(crate) struct Changes {
    tx: Transaction<'static, Postgres>,
    place: Place,
    /// The moment.
    pub(crate) moment: String,
}

impl PostgresStore {
    /// Which server this is.
    ///
    /// # Errors
    /// Those of every read.
    pub async fn identity(&self) -> Result<ServerIdentity, StoreError> {
        let query = sqlx::query(
            "SELECT w.workspace_id, s.system_identifier::text, c.timeline_id::bigint, d.oid::bigint \
             FROM workspace AS w, pg_control_system() AS s, pg_control_checkpoint() AS c, \
                 pg_database AS d WHERE d.datname = current_database()",
        );
        let read = |row: &Reading<'_>| {
            Ok(ServerIdentity {
                workspace_id: row.text(0)?.to_owned(),
                system: row.text(1)?.to_owned(),
                timeline: row.number(2)?,
                database: row.number(3)?,
            })
        };
        let mut connection = self.connection().await?;
        let found = all(&mut connection, &self.place, "workspace", query, read).await?.pop();
        found.ok_or_else(|| self.place.unreadable("workspace", "there is no row"))
    }

    /// A look at what is committed now.
    pub(crate) async fn changes(&self) -> Result<Changes, StoreError> {
        let mut tx = self.transaction(self.pool.begin_with(LOOK), "be pulled").await?;
        // A page asks for what belongs to a few hundred operations. The server takes a range of a
        // customer's numbers for a ninth of the ledger, and would read the whole of it for every page.
        let query = sqlx::query(
            "SELECT pg_current_snapshot()::text, set_config('enable_seqscan', 'off', true), \
                 set_config('enable_hashjoin', 'off', true), \
                 set_config('enable_mergejoin', 'off', true)",
        );
        let text = |row: &Reading<'_>| Ok(row.text(0)?.to_owned());
        let moment = all(&mut tx, &self.place, "snapshot", query, text).await?.pop();
        let moment = moment.ok_or_else(|| self.place.unreadable("snapshot", "there is none"))?;
        Ok(Changes { tx, place: self.place.clone(), moment })
    }
}

/// Which operations a pull means.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Span<'a> {
    /// All up to a sequence: a copy has none yet.
    UpTo(u64),
    /// Those that were committed at `until` and not yet at `since`.
    Between {
        /// The moment whose operations a copy has.
        since: &'a str,
        /// The later one.
        until: &'a str,
    },
}

impl Span<'_> {
    fn condition(self, sql: &mut QueryBuilder<Postgres>) -> Result<(), StoreError> {
        match self {
            Self::UpTo(last) => {
                sql.push("seq <= ").push_bind(stored("the sequence", last)?);
            }
            Self::Between { since, until } => between(sql, since, until),
        }
        Ok(())
    }
}

/// Rows whose transaction was committed at `until` and not yet at `since`.
fn between(sql: &mut QueryBuilder<Postgres>, since: &str, until: &str) {
    sql.push("pg_visible_in_snapshot(xid, ").push_bind(until.to_owned()).push("::pg_snapshot)");
    sql.push(" AND xid >= pg_snapshot_xmin(").push_bind(since.to_owned()).push("::pg_snapshot)");
    sql.push(" AND NOT pg_visible_in_snapshot(xid, ").push_bind(since.to_owned());
    sql.push("::pg_snapshot)");
}

impl Changes {
    /// The highest sequence of an operation; 0 where there is none.
    pub(crate) async fn last(&mut self) -> Result<u64, StoreError> {
        let query = sqlx::query("SELECT coalesce(max(seq), 0) FROM operations");
        let found = all(&mut self.tx, &self.place, "operations", query, |row| row.count(0));
        Ok(found.await?.pop().unwrap_or(0))
    }

    /// How many operations there are of those that are meant.
    pub(crate) async fn count(&mut self, span: Span<'_>) -> Result<u64, StoreError> {
        let mut sql = QueryBuilder::new("SELECT count(*) FROM operations WHERE ");
        span.condition(&mut sql)?;
        let found = all(&mut self.tx, &self.place, "operations", sql.build(), |row| row.count(0));
        Ok(found.await?.pop().unwrap_or(0))
    }

    /// Whether a moment lies in the future of this server, which is then not the one it was.
    pub(crate) async fn is_ahead(&mut self, moment: &str) -> Result<bool, StoreError> {
        let query = sqlx::query(
            "SELECT pg_snapshot_xmax($1::pg_snapshot) > pg_snapshot_xmax(pg_current_snapshot())",
        );
        let query = query.bind(moment);
        let found = all(&mut self.tx, &self.place, "snapshot", query, |row| row.flag(0)).await?;
        Ok(found.into_iter().any(|ahead| ahead))
    }

    /// What the last operations of a moment are, as one text.
    pub(crate) async fn anchor(&mut self, moment: &str) -> Result<String, StoreError> {
        let query = sqlx::query(
            "SELECT coalesce(md5(string_agg(seq || ' ' || id || ' ' || encode(body_hash, 'hex'), \
                 E'\\n' ORDER BY seq)), '') \
             FROM (SELECT seq, id, body_hash FROM operations \
                 WHERE pg_visible_in_snapshot(xid, $1::pg_snapshot) \
                 ORDER BY seq DESC LIMIT $2) AS last",
        );
        let query = query.bind(moment).bind(ANCHOR);
        let text = |row: &Reading<'_>| Ok(row.text(0)?.to_owned());
        Ok(all(&mut self.tx, &self.place, "operations", query, text)
            .await?
            .pop()
            .unwrap_or_default())
    }

    /// The manifest of the usage archive, and how far it is posted.
    pub(crate) async fn usage(&mut self) -> Result<UsageLines, StoreError> {
        let (tx, place) = (&mut self.tx, &self.place);
        Ok(UsageLines {
            imports: read::imports(tx, place).await?,
            segments: read::segments(tx, place).await?,
            key_files: read::key_files(tx, place).await?,
            details: read::details(tx, place).await?,
            progress: read::progress(tx, place).await?,
        })
    }

    /// Books that changed since a moment, or all, from the one after `after`, in order of customer.
    pub(crate) async fn books(
        &mut self,
        since: Option<&str>,
        after: Option<&CustomerCode>,
        limit: u32,
    ) -> Result<Vec<BookRecord>, StoreError> {
        let mut sql = QueryBuilder::new(read::BOOK);
        sql.push(" WHERE customer > ").push_bind(after.map_or("", |code| code.as_str()).to_owned());
        if let Some(since) = since {
            sql.push(" AND ");
            between(&mut sql, since, &self.moment);
        }
        sql.push(" ORDER BY customer LIMIT ").push_bind(i64::from(limit));
        all(&mut self.tx, &self.place, "projection_books", sql.build(), read::read_book).await
    }

    /// The first operations after a sequence of those that are meant, whole.
    pub(crate) async fn page(
        &mut self,
        span: Span<'_>,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Change>, StoreError> {
        let mut sql = QueryBuilder::new(read::OPERATION);
        sql.push(" WHERE seq > ").push_bind(stored("the sequence", after)?).push(" AND ");
        span.condition(&mut sql)?;
        sql.push(" ORDER BY seq LIMIT ").push_bind(i64::from(limit));
        let found = all(&mut self.tx, &self.place, "operations", sql.build(), read::read_operation);
        let mut changes: Vec<Change> = found.await?.into_iter().map(Change::of).collect();
        if changes.is_empty() {
            return Ok(changes);
        }
        let mut attached = Attached::to(&changes)?;
        let ids = changes.iter().map(|change| change.operation.operation.id.clone());
        let operations = attached.seqs.iter().copied().zip(ids).collect();
        let entries = entries::of_operations(&mut self.tx, &self.place, &operations).await?;
        for stored in entries {
            let change = attached.find(&mut changes, stored.operation_seq, &self.place)?;
            change.entries.push(stored.entry);
        }
        self.attach_lots(&mut attached, &mut changes).await?;
        self.attach_usage(&mut attached, &mut changes).await?;
        self.attach_settings(&mut attached, &mut changes).await?;
        Ok(changes)
    }

    async fn attach_lots(
        &mut self,
        attached: &mut Attached,
        changes: &mut [Change],
    ) -> Result<(), StoreError> {
        // What the grant said, not the expiry in force: changes of it follow by themselves.
        let lots = read::lots_with(read::Expiry::Granted);
        let sql = format!("{lots} WHERE l.operation_seq = ANY($1) ORDER BY l.seq");
        let query = sqlx::query(AssertSqlSafe(sql)).bind(&attached.seqs);
        let lots = all(&mut self.tx, &self.place, "lots", query, read::read_lot).await?;
        for stored in lots {
            let seq = attached.seq_of(&stored.lot.operation, &self.place)?;
            attached.find(changes, seq, &self.place)?.lots.push(stored.lot);
        }
        let query = sqlx::query(
            "SELECT operation_seq, customer, lot, expires_at FROM lot_changes \
             WHERE operation_seq = ANY($1) ORDER BY seq",
        );
        let query = query.bind(&attached.seqs);
        let rows = all(&mut self.tx, &self.place, "lot_changes", query, |row| {
            Ok((row.count(0)?, row.code(1)?, row.code(2)?, row.instant_or_null(3)?))
        });
        for (seq, customer, lot, expires_at) in rows.await? {
            let change = attached.find(changes, seq, &self.place)?;
            let operation = change.operation.operation.id.clone();
            change.lot_changes.push(LotChangeRecord { customer, lot, expires_at, operation });
        }
        Ok(())
    }

    async fn attach_usage(
        &mut self,
        attached: &mut Attached,
        changes: &mut [Change],
    ) -> Result<(), StoreError> {
        let query = sqlx::query(
            "SELECT operation_seq, customer, key, position::bigint FROM operation_events \
             WHERE operation_seq = ANY($1) ORDER BY operation_seq, position, customer",
        );
        let query = query.bind(&attached.seqs);
        let rows = all(&mut self.tx, &self.place, "operation_events", query, |row| {
            let (customer, key) = (row.code(1)?, row.code(2)?);
            Ok((row.count(0)?, OperationEvent { customer, key, position: row.small(3)? }))
        });
        for (seq, event) in rows.await? {
            attached.find(changes, seq, &self.place)?.events.push(event);
        }
        let query = sqlx::query(
            "SELECT operation_seq, customer, entry_number, body FROM operation_details \
             WHERE operation_seq = ANY($1) ORDER BY operation_seq, part",
        );
        let query = query.bind(&attached.seqs);
        let rows = all(&mut self.tx, &self.place, "operation_details", query, |row| {
            let (customer, entry) = (row.code(1)?, row.count(2)?);
            Ok((row.count(0)?, OperationDetail { customer, entry, body: row.text(3)?.to_owned() }))
        });
        for (seq, detail) in rows.await? {
            attached.find(changes, seq, &self.place)?.details.push(detail);
        }
        let query = sqlx::query(
            "SELECT a.customer, a.wallet, a.code, a.at, a.figures, o.id FROM alerts AS a \
             JOIN operations AS o ON o.seq = a.operation_seq \
             WHERE a.operation_seq = ANY($1) ORDER BY a.seq",
        );
        let query = query.bind(&attached.seqs);
        let alerts = all(&mut self.tx, &self.place, "alerts", query, read::read_alert).await?;
        for alert in alerts {
            let seq = attached.seq_of(&alert.operation, &self.place)?;
            attached.find(changes, seq, &self.place)?.alerts.push(alert);
        }
        Ok(())
    }

    async fn attach_settings(
        &mut self,
        attached: &mut Attached,
        changes: &mut [Change],
    ) -> Result<(), StoreError> {
        let query = sqlx::query(
            "SELECT source, currency, day - DATE '1970-01-01', base, rate, operation_seq \
             FROM exchange_rates WHERE operation_seq = ANY($1) ORDER BY source, currency, day",
        );
        let query = query.bind(&attached.seqs);
        let rows = all(&mut self.tx, &self.place, "exchange_rates", query, |row| {
            Ok((row.count(5)?, super::charges::read_rate(row)?))
        });
        for (seq, rate) in rows.await? {
            attached.find(changes, seq, &self.place)?.rates.push(rate);
        }
        let query = sqlx::query(
            "SELECT f.revision, f.document, f.hash, f.applied_at, o.id FROM configs AS f \
             JOIN operations AS o ON o.seq = f.operation_seq WHERE f.operation_seq = ANY($1)",
        );
        let query = query.bind(&attached.seqs);
        let configs = all(&mut self.tx, &self.place, "configs", query, read::read_config).await?;
        for config in configs {
            let seq = attached.seq_of(&config.operation, &self.place)?;
            attached.find(changes, seq, &self.place)?.config = Some(config);
        }
        let query = sqlx::query(
            "SELECT p.through - DATE '1970-01-01', o.id, p.checkpoint, p.chains, p.entries, \
                 p.config_revision, p.trial_balance FROM period_closes AS p \
             JOIN operations AS o ON o.seq = p.operation_seq WHERE p.operation_seq = ANY($1)",
        );
        let query = query.bind(&attached.seqs);
        let closes =
            all(&mut self.tx, &self.place, "period_closes", query, read::read_close).await?;
        for close in closes {
            let seq = attached.seq_of(&close.operation, &self.place)?;
            attached.find(changes, seq, &self.place)?.close = Some(close);
        }
        Ok(())
    }
}

impl Change {
    fn of(operation: StoredOperation) -> Self {
        Self {
            operation,
            entries: Vec::new(),
            lots: Vec::new(),
            lot_changes: Vec::new(),
            rates: Vec::new(),
            events: Vec::new(),
            details: Vec::new(),
            config: None,
            close: None,
            alerts: Vec::new(),
        }
    }
}

/// To which change of a page a record belongs.
struct Attached {
    seqs: Vec<i64>,
    places: HashMap<u64, usize>,
    ids: HashMap<OperationId, u64>,
}

impl Attached {
    fn to(changes: &[Change]) -> Result<Self, StoreError> {
        let stored_seq = |change: &Change| stored("the sequence", change.operation.seq);
        let place = |(place, change): (usize, &Change)| (change.operation.seq, place);
        let id = |change: &Change| (change.operation.operation.id.clone(), change.operation.seq);
        Ok(Self {
            seqs: changes.iter().map(stored_seq).collect::<Result<_, _>>()?,
            places: changes.iter().enumerate().map(place).collect(),
            ids: changes.iter().map(id).collect(),
        })
    }

    fn seq_of(&self, id: &OperationId, place: &Place) -> Result<u64, StoreError> {
        let seq = self.ids.get(id).copied();
        seq.ok_or_else(|| place.unreadable(id.as_str(), "it was not asked for"))
    }

    fn find<'c>(
        &self,
        changes: &'c mut [Change],
        seq: u64,
        place: &Place,
    ) -> Result<&'c mut Change, StoreError> {
        let index = self.places.get(&seq).copied();
        let change = index.and_then(|index| changes.get_mut(index));
        change.ok_or_else(|| place.unreadable("operations", format!("{seq} was not asked for")))
    }
}
