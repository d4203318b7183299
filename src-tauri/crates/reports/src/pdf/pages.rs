//! Sheets of paper that fill from top to bottom: what stands where, in thousandths of a point.

use super::face::{Milli, Weight};

/// How dark something is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    /// Figures and titles.
    Full,
    /// What is said about them.
    Muted,
}

/// A mark on a page. Distances are from the left and from the top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mark {
    /// A line of text on its baseline.
    Text { at: (Milli, Milli), text: String, weight: Weight, size: Milli, ink: Ink },
    /// A level line.
    Rule { at: (Milli, Milli), length: Milli, thickness: Milli },
}

/// The paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Paper {
    pub(super) width: Milli,
    pub(super) height: Milli,
}

impl Paper {
    /// DIN A4, upright.
    pub(super) const UPRIGHT: Self = Self { width: 595_276, height: 841_890 };
    /// DIN A4, on its side.
    pub(super) const ON_ITS_SIDE: Self = Self { width: 841_890, height: 595_276 };
    /// White space at each edge.
    pub(super) const MARGIN: Milli = 40_000;
    /// White space at the foot, which holds the page number.
    const FOOT: Milli = 50_000;

    /// The width of what stands on it.
    pub(super) fn measure(self) -> Milli {
        self.width - 2 * Self::MARGIN
    }

    fn bottom(self) -> Milli {
        self.height - Self::FOOT
    }
}

/// Pages being filled.
pub(super) struct Pages {
    paper: Paper,
    /// Stands small above every page but the first.
    running_head: String,
    pub(super) done: Vec<Vec<Mark>>,
    /// Where the next line begins.
    pub(super) top: Milli,
}

impl Pages {
    pub(super) fn new(paper: Paper, running_head: String) -> Self {
        Self { paper, running_head, done: vec![Vec::new()], top: Paper::MARGIN }
    }

    pub(super) fn paper(&self) -> Paper {
        self.paper
    }

    /// Whether something of a height fits on what is left of the page.
    pub(super) fn has_room(&self, height: Milli) -> bool {
        self.top + height <= self.paper.bottom()
    }

    /// Whether nothing stands on the page but its running head.
    pub(super) fn is_fresh(&self) -> bool {
        self.done.last().is_none_or(|page| page.len() <= 1)
    }

    pub(super) fn next_page(&mut self) {
        self.done.push(Vec::new());
        self.top = Paper::MARGIN;
        let head = self.running_head.clone();
        self.line(&head, Weight::Regular, 7_500, Ink::Muted);
        self.skip(8_000);
    }

    pub(super) fn skip(&mut self, height: Milli) {
        self.top += height;
    }

    pub(super) fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.done.last_mut() {
            page.push(mark);
        }
    }

    /// Writes one line at the left edge and goes below it.
    pub(super) fn line(&mut self, text: &str, weight: Weight, size: Milli, ink: Ink) {
        let at = (Paper::MARGIN, self.top + size);
        self.mark(Mark::Text { at, text: text.to_owned(), weight, size, ink });
        self.skip(size + size * 2 / 5);
    }
}
