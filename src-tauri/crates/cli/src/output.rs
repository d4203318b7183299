//! Output: words or JSON to standard output, errors and progress to standard error.

use std::io::{IsTerminal, Write, stderr, stdout};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

/// Where a command writes.
pub(crate) struct Output {
    json: bool,
    quiet: bool,
}

impl Output {
    pub(crate) fn new(json: bool, quiet: bool) -> Self {
        Self { json, quiet }
    }

    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// A line for people. A reader that went away is not an error.
    pub(crate) fn line(&mut self, text: impl AsRef<str>) {
        if !self.json {
            let _ = writeln!(stdout(), "{}", text.as_ref());
        }
    }

    /// Raw text, such as a file's content.
    pub(crate) fn raw(&mut self, text: &str) {
        let _ = stdout().write_all(text.as_bytes());
    }

    /// The result, as JSON when that is asked for.
    pub(crate) fn result<T: Serialize>(&mut self, value: &T) {
        if self.json {
            let text = serde_json::to_string_pretty(value).unwrap_or_default();
            let _ = writeln!(stdout(), "{text}");
        }
    }

    pub(crate) fn error(&mut self, message: &str) {
        let _ = writeln!(stderr(), "error: {message}");
    }

    pub(crate) fn error_detail(&mut self, message: &str) {
        let _ = writeln!(stderr(), "  {message}");
    }

    pub(crate) fn json_error<T: Serialize>(&mut self, value: &T) {
        let text = serde_json::to_string_pretty(&serde_json::json!({ "error": value }))
            .unwrap_or_default();
        let _ = writeln!(stderr(), "{text}");
    }

    /// A note on standard error, not part of the result.
    pub(crate) fn note(&mut self, text: &str) {
        if !self.quiet && !self.json {
            let _ = writeln!(stderr(), "{text}");
        }
    }

    /// Progress of long work, shown only on a terminal.
    pub(crate) fn progress(&self, what: &'static str) -> ProgressBar {
        if self.quiet || self.json || !stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::no_length().with_message(what);
        let style = "{msg} {wide_bar} {human_pos}/{human_len} {per_sec}, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    }
}
