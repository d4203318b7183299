//! Charts: the same pictures as in the exports, with what stands where for a read-out.

use scrip_app::charting;
use scrip_app::reporting::Window;
use scrip_reports::charts::{Chart, Look, Theme};
use serde::{Deserialize, Serialize};
use specta::Type;
use tauri::State;

use crate::commands::parse;
use crate::desk::Desk;
use crate::failure::Failure;

/// In which colours and how large a chart is drawn.
#[derive(Debug, Clone, Copy, Deserialize, Type)]
pub struct ChartLook {
    /// Dark or light.
    pub theme: ChartTheme,
    /// Width in pixels, at least 320.
    pub width: u32,
    /// Height in pixels, at least 220.
    pub height: u32,
}

/// Colours of a chart.
#[derive(Debug, Clone, Copy, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ChartTheme {
    /// On white.
    Light,
    /// On dark.
    Dark,
}

impl From<ChartLook> for Look {
    fn from(look: ChartLook) -> Self {
        let theme = match look.theme {
            ChartTheme::Light => Theme::Light,
            ChartTheme::Dark => Theme::Dark,
        };
        Self { theme, width: look.width, height: look.height }
    }
}

/// A place in a picture that stands for something. Coordinates are pixels, never amounts.
#[derive(Debug, Serialize, Type)]
pub struct ChartMark {
    /// Left edge.
    #[specta(type = specta_typescript::Number)]
    pub x: f64,
    /// Top edge.
    #[specta(type = specta_typescript::Number)]
    pub y: f64,
    /// Width.
    #[specta(type = specta_typescript::Number)]
    pub width: f64,
    /// Height.
    #[specta(type = specta_typescript::Number)]
    pub height: f64,
    /// What it stands for.
    pub label: String,
    /// Its figures in words.
    pub lines: Vec<String>,
}

/// A chart.
#[derive(Debug, Serialize, Type)]
pub struct ChartPicture {
    /// The picture.
    pub svg: String,
    /// For people who cannot see it.
    pub description: String,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// What stands where.
    pub marks: Vec<ChartMark>,
}

pub(super) fn picture(chart: &Chart, look: ChartLook) -> Result<ChartPicture, Failure> {
    let mark = |mark: &scrip_reports::charts::Mark| ChartMark {
        x: mark.x,
        y: mark.y,
        width: mark.width,
        height: mark.height,
        label: mark.label.clone(),
        lines: mark.lines.clone(),
    };
    Ok(ChartPicture {
        svg: chart.svg().map_err(scrip_app::AppError::from)?,
        description: chart.description().to_owned(),
        width: look.width,
        height: look.height,
        marks: chart.marks().iter().map(mark).collect(),
    })
}

/// Recognised revenue by month against the deferred balance at its end; from the entries that count at
/// an instant, if one is given.
///
/// # Errors
/// When a month or the instant is none, or the ledger cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn deferred_chart(
    desk: State<'_, Desk>,
    from: String,
    to: String,
    as_of: Option<String>,
    look: ChartLook,
) -> Result<ChartPicture, Failure> {
    let as_of = as_of.as_deref().map(parse).transpose()?;
    let window =
        Window { from: parse(&from)?, to: parse(&to)?, as_of: None, effective_until: None };
    let books = desk.books().await?;
    let chart = charting::deferred_and_recognised_chart(&books, (window, as_of), look.into());
    let chart = chart.await?;
    picture(&chart, look)
}
