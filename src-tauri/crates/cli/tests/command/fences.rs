//! The fences of a Markdown file: code blocks with what they say about themselves.

use std::path::PathBuf;

/// The folder of the guides.
pub(crate) fn docs() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../docs")
}

/// A fenced block.
#[derive(Debug, Clone)]
pub(crate) struct Fence {
    /// What stands behind the opening fence.
    pub(crate) info: String,
    /// What stands in it.
    pub(crate) text: String,
    /// Index of its first line in the file, from 0.
    pub(crate) first: usize,
    /// Number of its lines.
    pub(crate) lines: usize,
}

impl Fence {
    /// The file that the block is: `toml pricing.toml`.
    pub(crate) fn file(&self) -> Option<&str> {
        self.info
            .split_once(' ')
            .map(|(_, name)| name)
            .filter(|n| n.contains('.') && !n.contains(' '))
    }
}

/// The fences of a text, in order.
pub(crate) fn fences(text: &str) -> Vec<Fence> {
    let mut found = Vec::new();
    let mut open: Option<Fence> = None;
    for (index, line) in text.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => {
                let info = info.trim().to_owned();
                open = Some(Fence { info, text: String::new(), first: index + 1, lines: 0 });
            }
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some(fence), None) => {
                fence.text.push_str(line);
                fence.text.push('\n');
                fence.lines += 1;
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a fence is not closed");
    found
}
