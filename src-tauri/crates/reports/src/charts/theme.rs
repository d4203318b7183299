//! The colours of charts.
//!
//! Neutral greys and one accent. The three series of a stack differ in lightness first and in hue
//! second, so that they survive colour-blindness and a black-and-white printer.

/// A colour: red, green, blue.
pub(super) type Rgb = (u8, u8, u8);

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// Dark ink on white.
    #[default]
    Light,
    /// Light ink on near black.
    Dark,
}

/// The colours of a theme.
#[derive(Debug, Clone, Copy)]
pub(super) struct Palette {
    pub(super) surface: Rgb,
    pub(super) ink: Rgb,
    pub(super) ink_muted: Rgb,
    pub(super) grid: Rgb,
    pub(super) axis: Rgb,
    pub(super) accent: Rgb,
    /// The accent as text: AA on the surface.
    pub(super) accent_ink: Rgb,
    pub(super) series_middle: Rgb,
    pub(super) series_dark: Rgb,
}

impl Theme {
    pub(super) fn palette(self) -> Palette {
        match self {
            Self::Light => Palette {
                surface: (255, 255, 255),
                ink: (27, 31, 36),
                ink_muted: (94, 102, 112),
                grid: (232, 235, 238),
                axis: (150, 158, 167),
                accent: (47, 107, 196),
                accent_ink: (32, 86, 166),
                series_middle: (176, 185, 195),
                series_dark: (58, 66, 77),
            },
            Self::Dark => Palette {
                surface: (24, 27, 31),
                ink: (232, 235, 238),
                ink_muted: (160, 168, 177),
                grid: (46, 51, 57),
                axis: (104, 112, 121),
                accent: (96, 152, 232),
                accent_ink: (142, 184, 244),
                series_middle: (92, 100, 110),
                series_dark: (214, 219, 225),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// WCAG relative luminance.
    fn luminance(colour: Rgb) -> f64 {
        let channel = |c: u8| {
            let c = f64::from(c) / 255.0;
            if c <= 0.03928 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(colour.0) + 0.7152 * channel(colour.1) + 0.0722 * channel(colour.2)
    }

    fn contrast(a: Rgb, b: Rgb) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_can_be_read_and_series_can_be_told_apart_by_lightness() {
        for theme in [Theme::Light, Theme::Dark] {
            let p = theme.palette();
            for ink in [p.ink, p.ink_muted, p.accent_ink] {
                assert!(contrast(ink, p.surface) >= 4.5, "{theme:?} {ink:?}");
            }
            assert!(contrast(p.accent, p.surface) >= 3.0, "{theme:?}");
            for (a, b) in [
                (p.accent, p.series_middle),
                (p.accent, p.series_dark),
                (p.series_middle, p.series_dark),
            ] {
                assert!(contrast(a, b) >= 1.75, "{theme:?} {a:?} {b:?} {}", contrast(a, b));
            }
        }
    }
}
