//! Inter, the font of the window, of charts and of documents. SIL Open Font License 1.1, see
//! `assets/OFL.txt`.

/// Text.
pub(crate) const REGULAR: &[u8] = include_bytes!("../assets/Inter-Regular.otf");
/// Titles and totals.
pub(crate) const SEMI_BOLD: &[u8] = include_bytes!("../assets/Inter-SemiBold.otf");
