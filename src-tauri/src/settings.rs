//! Settings of the person at this machine, in a file of their own: nothing of them is in a workspace.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::failure::Failure;

/// Workspaces that are remembered.
const RECENT_MAX: usize = 8;

/// Which colours the window wears.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ThemeSetting {
    /// Those of the system.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// How an amount below zero is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum NegativeSetting {
    /// With a minus sign.
    #[default]
    Minus,
    /// In parentheses.
    Parentheses,
}

/// When the desktop tells what came up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum NoticesSetting {
    /// While the window has not the focus.
    #[default]
    Away,
    /// Never.
    Never,
}

/// What a person has chosen.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, Type)]
pub struct Settings {
    /// Colours.
    pub theme: ThemeSetting,
    /// Amounts below zero.
    pub negative: NegativeSetting,
    /// Alerts and the end of long work.
    pub notices: NoticesSetting,
    /// Locale of numbers and dates, as a BCP 47 tag; empty for that of the system.
    pub locale: String,
    /// Name under which operations are recorded; empty for that of the system.
    pub operator: String,
}

/// The file. What a later version adds is absent in a file of before.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Stored {
    theme: ThemeSetting,
    negative: NegativeSetting,
    notices: NoticesSetting,
    locale: String,
    operator: String,
    recent: Vec<PathBuf>,
}

impl Stored {
    fn settings(&self) -> Settings {
        Settings {
            theme: self.theme,
            negative: self.negative,
            notices: self.notices,
            locale: self.locale.clone(),
            operator: self.operator.clone(),
        }
    }
}

/// The file, and what is in it.
#[derive(Debug)]
pub(crate) struct SettingsFile {
    path: PathBuf,
    stored: Mutex<Stored>,
}

impl SettingsFile {
    /// Reads the file. One that is absent or cannot be read is as good as an empty one: no setting is
    /// worth a window that does not open.
    pub(crate) fn read(path: PathBuf) -> Self {
        let stored = std::fs::read(&path)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        Self { path, stored: Mutex::new(stored) }
    }

    /// What is set.
    pub(crate) fn settings(&self) -> Settings {
        self.stored.lock().unwrap_or_else(PoisonError::into_inner).settings()
    }

    /// Keeps what is set.
    pub(crate) fn set(&self, settings: Settings) -> Result<(), Failure> {
        let mut stored = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        let Settings { theme, negative, notices, locale, operator } = settings;
        (stored.theme, stored.negative, stored.notices) = (theme, negative, notices);
        (stored.locale, stored.operator) = (locale, operator);
        self.write(&stored)
    }

    /// Workspaces, the last one first.
    pub(crate) fn recent(&self) -> Vec<PathBuf> {
        self.stored.lock().unwrap_or_else(PoisonError::into_inner).recent.clone()
    }

    /// Puts a workspace before the others. That it could not be written down is no reason not to
    /// open it.
    pub(crate) fn remember(&self, folder: &Path) {
        let mut stored = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        stored.recent.retain(|known| known != folder);
        stored.recent.insert(0, folder.to_owned());
        stored.recent.truncate(RECENT_MAX);
        let _ = self.write(&stored);
    }

    /// Takes a workspace off the list; its files stay.
    pub(crate) fn forget(&self, folder: &Path) -> Result<(), Failure> {
        let mut stored = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        stored.recent.retain(|known| known != folder);
        self.write(&stored)
    }

    /// Writes a new file and puts it in the place of the old one, so that a crash leaves one of them.
    fn write(&self, stored: &Stored) -> Result<(), Failure> {
        let file =
            |source| Failure::from(scrip_app::AppError::File { path: self.path.clone(), source });
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder).map_err(file)?;
        }
        let text = serde_json::to_vec_pretty(stored).map_err(|e| Failure::defect(e.to_string()))?;
        let beside = self.path.with_extension("new");
        std::fs::write(&beside, text).map_err(file)?;
        std::fs::rename(&beside, &self.path).map_err(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_and_recent_workspaces_are_there_again_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/settings.json");
        let file = SettingsFile::read(path.clone());
        assert_eq!(file.settings(), Settings::default());
        file.set(Settings { theme: ThemeSetting::Dark, ..Settings::default() }).unwrap();
        file.remember(Path::new("/a"));
        file.remember(Path::new("/b"));
        file.remember(Path::new("/a"));
        let again = SettingsFile::read(path);
        assert_eq!(again.settings().theme, ThemeSetting::Dark);
        assert_eq!(again.recent(), [Path::new("/a"), Path::new("/b")]);
        again.forget(Path::new("/a")).unwrap();
        assert_eq!(again.recent(), [Path::new("/b")]);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_an_empty_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        std::fs::write(&path, "{").unwrap();
        assert_eq!(SettingsFile::read(path).settings(), Settings::default());
    }
}
