//! The demo as a workspace: configured, sold, used, posted, closed and verified.

use std::fs::File;
use std::io::BufWriter;
use std::ops::ControlFlow;
use std::path::Path;

use scrip_store::SqliteStore;
use scrip_units::{OperationId, When};
use scrip_usage::{Control, ImportOptions, ImportOutcome, Mapping, Source};

use super::{world, write_usage};
use crate::error::AppError;
use crate::operate::{Mode, operate, read_lines};
use crate::session::Edge;
use crate::usage::{self, PostView};
use crate::verify::verify;
use crate::{Workspace, config};

/// A demo that is to be made.
#[derive(Debug, Clone, Copy)]
pub struct NewDemo<'a> {
    /// The folder.
    pub dir: &'a Path,
    /// Of its usage; [`super::SEED`] is the one that ships.
    pub seed: u64,
    /// The workspace's id.
    pub id: &'a OperationId,
    /// The id of the operation that applies the configuration.
    pub configuration: &'a OperationId,
}

/// What the making of the demo is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Generating usage.
    Generating,
    /// Applying the configuration.
    Configuring,
    /// Granting and selling.
    Selling,
    /// Importing usage: bytes read, of how many.
    Importing(u64, u64),
    /// Rating and burning: events posted, of how many.
    Posting(u64, u64),
    /// Expiring, refunding, invoicing.
    Closing,
    /// Rebuilding the ledger from its operations.
    Verifying,
}

impl Stage {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Generating => "Generating three months of usage",
            Self::Configuring => "Configuring: units, meters, wallets, rate cards, customers",
            Self::Selling => "Granting and selling credits",
            Self::Importing(..) => "Importing usage",
            Self::Posting(..) => "Rating and burning",
            Self::Closing => "Expiring, refunding, invoicing",
            Self::Verifying => "Verifying: rebuilding the ledger from its operations",
        }
    }
}

/// What the demo became.
#[derive(Debug)]
pub struct Built {
    /// Its usage.
    pub imported: ImportOutcome,
    /// What was posted of it.
    pub posted: PostView,
    /// The proof of its ledger.
    pub checkpoint: String,
}

/// Makes the demo's workspace. Whoever calls clears the folder away when it fails.
///
/// # Errors
/// [`AppError::Cancelled`] when `tell` says so; the store's when there is a workspace already; the
/// operating system's.
pub async fn build(
    new: NewDemo<'_>,
    edge: &Edge,
    tell: &mut dyn FnMut(Stage) -> ControlFlow<()>,
) -> Result<(Workspace<SqliteStore>, Built), AppError> {
    let world = world();
    let sources = new.dir.join("sources");
    std::fs::create_dir_all(&sources).map_err(AppError::file(&sources))?;
    let write = |name: &str, text: &str| {
        let path = sources.join(name);
        std::fs::write(&path, text).map_err(AppError::file(path))
    };
    write("configuration.toml", &world.configuration)?;
    write("mapping.toml", &world.mapping)?;
    let opening = world.opening.join("\n") + "\n";
    let closing = world.closing.join("\n") + "\n";
    write("opening.jsonl", &opening)?;
    write("closing.jsonl", &closing)?;

    at(tell, Stage::Generating)?;
    let csv = sources.join("usage.csv");
    let target = File::create(&csv).map_err(AppError::file(&csv))?;
    write_usage(new.seed, &mut BufWriter::new(target)).map_err(AppError::file(&csv))?;

    at(tell, Stage::Configuring)?;
    let (document, _) = config::read("configuration.toml", &world.configuration)?;
    let books = Workspace::create(new.dir, new.id.as_str(), edge.now).await?;
    let configuration = ("configuration.toml", world.configuration.as_str());
    config::apply(&books, edge, new.configuration, configuration, Mode::Commit).await?;

    at(tell, Stage::Selling)?;
    let lines = read_lines("opening.jsonl", &opening)?;
    operate(&books, edge, "opening.jsonl", &lines, Mode::Commit).await?;

    let mapping =
        Mapping::from_toml(&world.mapping).map_err(|e| AppError::Argument(e.to_string()))?;
    let options = ImportOptions::new(edge.now);
    let imported =
        usage::import(&books, edge, &Source::file(&csv), &mapping, &options, &mut |progress| {
            match tell(Stage::Importing(progress.bytes_read, progress.bytes_total)) {
                ControlFlow::Continue(()) => Control::Continue,
                ControlFlow::Break(()) => Control::Cancel,
            }
        })
        .await?;

    let until: When = world.until.parse()?;
    let until = until.resolve(document.entity.time_zone)?;
    let posted = usage::post(&books, edge, until, &mut |progress| {
        tell(Stage::Posting(progress.events, progress.total))
    })
    .await?;

    at(tell, Stage::Closing)?;
    let lines = read_lines("closing.jsonl", &closing)?;
    operate(&books, edge, "closing.jsonl", &lines, Mode::Commit).await?;

    at(tell, Stage::Verifying)?;
    let verified = verify(&books).await?;
    if !verified.sound {
        return Err(AppError::stored("demo", "it does not verify"));
    }
    Ok((books, Built { imported, posted, checkpoint: verified.checkpoint }))
}

fn at(tell: &mut dyn FnMut(Stage) -> ControlFlow<()>, stage: Stage) -> Result<(), AppError> {
    match tell(stage) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(AppError::Cancelled),
    }
}
