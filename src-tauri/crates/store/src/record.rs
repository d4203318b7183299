//! The records that cross the contract.

use scrip_journal::{Chain, Checkpoint, Entry, Hash};
use scrip_revenue::Fact;
use scrip_units::{
    Actor, Amount, CustomerCode, Date, EventKey, Instant, LotId, Number, OperationId, Unit,
    UnitCode, WalletCode, WalletTypeCode,
};

/// What a ledger says about itself. Written once, when it is created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// Id of the workspace, for life.
    pub workspace_id: String,
    /// Format of the tables; set by the store.
    pub format_version: i64,
    /// When it was created.
    pub created_at: Instant,
    /// Version of the program that created it.
    pub program_version: String,
}

/// An operation: the only way anything changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationRecord {
    /// The idempotency key.
    pub id: OperationId,
    /// What it does: `grant_credits`, `publish_rate_card`.
    pub kind: String,
    /// The customer it is about, if it is about one.
    pub customer: Option<CustomerCode>,
    /// Who caused it.
    pub actor: Actor,
    /// The instant it counts from.
    pub at: Instant,
    /// The instant it was recorded.
    pub recorded_at: Instant,
    /// The configuration it was decided on.
    pub config_revision: u64,
    /// The command as canonical JSON.
    pub body: String,
    /// Hash of the body; the same id with another hash is an error.
    pub body_hash: Hash,
}

/// An operation with its place in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredOperation {
    /// Its place, from 1, in the order of recording.
    pub seq: u64,
    /// The operation.
    pub operation: OperationRecord,
}

/// An entry with its place in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// Its place among all entries, from 1, in the order of recording.
    pub seq: u64,
    /// Place of the operation that caused it.
    pub operation_seq: u64,
    /// The entry, exactly as it was sealed.
    pub entry: Entry,
}

/// What a grant said about its lot. Written once; what is left of the lot is in the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LotRecord {
    /// The lot; ids are unique per customer.
    pub lot: LotId,
    /// The customer.
    pub customer: CustomerCode,
    /// The wallet it went to.
    pub wallet: WalletCode,
    /// The product definition of that wallet.
    pub wallet_type: WalletTypeCode,
    /// `purchased`, `bonus`, `promotional`, ...
    pub kind: String,
    /// Unit of the units granted.
    pub unit: Unit,
    /// Accounting day of the grant, in the entity's zone.
    pub granted_on: Date,
    /// Usable from.
    pub effective_at: Instant,
    /// Not usable from; `None` for never. What is read back is the expiry in force.
    pub expires_at: Option<Instant>,
    /// Units granted, in smallest steps of `unit`.
    pub units: i64,
    /// What was paid for it, if it was paid for.
    pub consideration: Option<Amount>,
    /// The operation that granted it.
    pub operation: OperationId,
}

/// A lot whose expiry was moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LotChangeRecord {
    /// The customer.
    pub customer: CustomerCode,
    /// The lot.
    pub lot: LotId,
    /// Not usable from; `None` for never.
    pub expires_at: Option<Instant>,
    /// The operation that moved it.
    pub operation: OperationId,
}

/// A lot with its place in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredLot {
    /// Its place among all lots, from 1, in the order of recording.
    pub seq: u64,
    /// The lot.
    pub lot: LotRecord,
}

/// The projection of a customer: everything the engine needs to apply the next operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookRecord {
    /// The customer.
    pub customer: CustomerCode,
    /// Head of the chain that the state belongs to.
    pub chain: Chain,
    /// The earliest expiry that is not swept yet.
    pub next_due: Option<Instant>,
    /// The state, opaque JSON.
    pub state: String,
    /// What of the state is asked of all customers at once, opaque JSON; absent in a book that was saved
    /// last by a version that kept none.
    pub standing: Option<String>,
}

/// What is asked of all customers at once, of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingRecord {
    /// The customer.
    pub customer: CustomerCode,
    /// The standing of its book, or the state where it has none: opaque JSON.
    pub standing: String,
}

/// A customer's chain head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerHead {
    /// The customer.
    pub customer: CustomerCode,
    /// The head.
    pub chain: Chain,
}

/// A revision of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigRecord {
    /// Its number, from 1 without holes.
    pub revision: u64,
    /// The document.
    pub document: String,
    /// Hash of the document.
    pub hash: Hash,
    /// When it was applied.
    pub applied_at: Instant,
    /// The operation that applied it.
    pub operation: OperationId,
}

/// A close of periods, with what proves afterwards that nothing of them has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloseRecord {
    /// The last day that it closed.
    pub through: Date,
    /// The operation that closed it.
    pub operation: OperationId,
    /// All chains at that moment.
    pub checkpoint: Checkpoint,
    /// The configuration in force.
    pub config_revision: u64,
    /// Debits and credits of every account and unit through that day, JSON.
    pub trial_balance: String,
}

/// An alert that was raised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertRecord {
    /// The customer.
    pub customer: CustomerCode,
    /// The wallet.
    pub wallet: WalletCode,
    /// Code of the alert.
    pub code: String,
    /// When it was seen.
    pub at: Instant,
    /// The figures then, JSON.
    pub figures: String,
    /// The operation that saw it.
    pub operation: OperationId,
}

/// A batch of usage that was brought in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRecord {
    /// Its id.
    pub id: String,
    /// The file or source as people call it.
    pub source_name: String,
    /// Hash of the source's bytes.
    pub source_hash: Hash,
    /// How columns were read, JSON.
    pub mapping: String,
    /// When it was received.
    pub received_at: Instant,
    /// Counts and findings, JSON.
    pub summary: String,
    /// The operation that brought it in, if one did.
    pub operation: Option<OperationId>,
}

/// A segment of the usage archive. It exists only once this record is committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentRecord {
    /// Its number.
    pub segment: u32,
    /// The import it belongs to.
    pub import: String,
    /// File, hash, rows, span: JSON.
    pub info: String,
}

/// A file of event keys of the usage archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFileRecord {
    /// Its number.
    pub file: u32,
    /// The import it belongs to.
    pub import: String,
    /// File, hash, rows: JSON.
    pub info: String,
}

/// A file of columnar detail: which event drew how much from which lot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetailRecord {
    /// Its number.
    pub detail: u32,
    /// File, hash, rows: JSON.
    pub info: String,
}

/// How the events of one operation were charged: the detail of one entry, or of the events that
/// caused no posting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationDetail {
    /// The customer.
    pub customer: CustomerCode,
    /// Number of the entry in the customer's chain; 0 for events that caused no posting.
    pub entry: u64,
    /// The detail, JSON.
    pub body: String,
}

/// An event that came inside an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationEvent {
    /// The customer.
    pub customer: CustomerCode,
    /// Its idempotency key.
    pub key: EventKey,
    /// Its place among the operation's events, from 0.
    pub position: u32,
}

/// Where an event that came inside an operation stands, and the details of that operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundEvent {
    /// The operation.
    pub operation: OperationId,
    /// The event.
    pub event: OperationEvent,
    /// All details of the operation, in order.
    pub details: Vec<OperationDetail>,
}

/// What one unit of a base currency was worth on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExchangeRateRecord {
    /// Who published it: `ecb`.
    pub source: String,
    /// The currency that the rate counts.
    pub currency: UnitCode,
    /// The day.
    pub day: Date,
    /// The currency that is worth the rate.
    pub base: UnitCode,
    /// Units of `currency` for one unit of `base`, as published.
    pub rate: Number,
}

/// How far a segment is posted. A projection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentProgress {
    /// The segment.
    pub segment: u32,
    /// Everything that occurred before this is posted.
    pub posted_until: Instant,
}

/// Facts with the proof of the ledger they were summed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    /// The facts of each query, in the order of the queries.
    pub facts: Vec<Vec<Fact>>,
}

/// A 256th of the operations of a ledger, by the first byte of their hashes: what two ledgers compare
/// before they compare operations one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OperationShare {
    /// The first byte.
    pub share: u8,
    /// How many they are.
    pub count: u64,
    /// The sum of the eight bytes after the first of each hash, read as a signed number, the highest byte
    /// first. A hash is of a text that names its operation, so operations that are others have another sum.
    pub sum: i128,
}

/// By what an operation is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationMark {
    /// Its id.
    pub id: OperationId,
    /// The hash of its text.
    pub body_hash: Hash,
}

/// How far a copy of another ledger has come that was to get more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// The ledger that it is a copy of.
    pub ledger: String,
    /// Operations that came.
    pub done: u64,
    /// Operations that were to come.
    pub total: u64,
}

/// Counts of what a ledger holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Status {
    /// Operations.
    pub operations: u64,
    /// Entries.
    pub entries: u64,
    /// Postings.
    pub postings: u64,
    /// Customers.
    pub customers: u64,
    /// Lots.
    pub lots: u64,
    /// Books.
    pub books: u64,
    /// Imports of usage.
    pub imports: u64,
    /// Segments of the usage archive.
    pub segments: u64,
    /// Files of columnar detail.
    pub details: u64,
    /// Last configuration revision; 0 for none.
    pub config_revision: u64,
    /// First accounting day with an entry.
    pub first_day: Option<Date>,
    /// Last accounting day with an entry.
    pub last_day: Option<Date>,
    /// The latest instant from which an entry counts.
    pub last_at: Option<Instant>,
    /// Size of the ledger in bytes.
    pub bytes: u64,
}
