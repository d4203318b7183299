//! Arguments of `cards` and `drafts`.

use clap::{Args as ClapArgs, Subcommand};

/// `cards`.
#[derive(Debug, Subcommand)]
pub(crate) enum CardsCommand {
    /// List every version of every rate card, with its state.
    #[command(after_help = "Example: scrip -w books cards list")]
    List,
    /// Show which rates differ between two versions of a card.
    #[command(
        after_help = "Example: scrip -w books cards compare std-card 6 7 --draft std-card-v7"
    )]
    Compare(Compare),
}

/// `cards compare`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Compare {
    /// Card.
    pub(crate) card: String,
    /// The one version.
    pub(crate) from: u32,
    /// The other.
    pub(crate) to: u32,
    /// The draft that the other version is in; what is in force if absent.
    #[arg(long)]
    pub(crate) draft: Option<String>,
}

/// `drafts`.
#[derive(Debug, Subcommand)]
pub(crate) enum DraftsCommand {
    /// List the drafts of the workspace.
    #[command(after_help = "Example: scrip -w books drafts list")]
    List,
    /// Show what a draft changes, what is wrong with it, and what was published against it.
    #[command(after_help = "Example: scrip -w books drafts check std-card-v7")]
    Check(DraftAt),
    /// Put a draft into force: all of it or nothing.
    #[command(
        after_help = "Example: scrip -w books drafts publish std-card-v7 --effective 2026-12-01 --dry-run"
    )]
    Publish(PublishDraft),
    /// Throw a draft away.
    #[command(after_help = "Example: scrip -w books drafts discard std-card-v7")]
    Discard(DraftName),
}

/// A draft.
#[derive(Debug, ClapArgs)]
pub(crate) struct DraftName {
    /// Name of the draft.
    pub(crate) name: String,
}

/// A draft, from when on.
#[derive(Debug, ClapArgs)]
pub(crate) struct DraftAt {
    /// Name of the draft.
    pub(crate) name: String,
    /// When everything in it takes effect, a day or an instant; as the draft says if absent.
    #[arg(long)]
    pub(crate) effective: Option<String>,
}

/// `drafts publish`.
#[derive(Debug, ClapArgs)]
pub(crate) struct PublishDraft {
    #[command(flatten)]
    pub(crate) what: DraftAt,
    /// Show what would change, and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// With --ask: attach this kept preview, which has to be of this very draft.
    #[arg(long, value_name = "NAME", conflicts_with = "dry_run")]
    pub(crate) preview: Option<String>,
}
