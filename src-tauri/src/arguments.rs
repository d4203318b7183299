//! What the program is started with.

use std::ffi::OsString;
use std::path::PathBuf;

/// What `--help` says.
pub const HELP: &str = "Scrip, the finance desk for credits, in a window.

Usage: scrip-desktop [FOLDER]

  FOLDER      the workspace to open; the window asks for one without it
  --help      this text

Example: scrip-desktop demo";

/// What the program is started with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arguments {
    /// The workspace to open.
    pub workspace: Option<PathBuf>,
    /// Whether only the help is asked for.
    pub help: bool,
}

impl Arguments {
    /// Reads arguments, without the program's own name.
    ///
    /// # Errors
    /// In words, when there is an option that is not known, or more than one folder.
    pub fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, String> {
        let mut read = Self::default();
        for argument in arguments {
            match argument.to_str() {
                Some("--help" | "-h") => read.help = true,
                Some(option) if option.starts_with('-') => {
                    return Err(format!("{option} is not an option of this program"));
                }
                _ if read.workspace.is_some() => {
                    return Err("name one folder: a window shows one workspace".to_owned());
                }
                _ => read.workspace = Some(PathBuf::from(argument)),
            }
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Result<Arguments, String> {
        Arguments::read(arguments.iter().map(OsString::from))
    }

    #[test]
    fn one_folder_is_the_workspace() {
        assert_eq!(read(&[]), Ok(Arguments::default()));
        let expected = Arguments { workspace: Some("books".into()), help: false };
        assert_eq!(read(&["books"]), Ok(expected));
        assert_eq!(
            read(&["a", "b"]),
            Err("name one folder: a window shows one workspace".to_owned())
        );
    }

    #[test]
    fn an_option_that_is_not_known_is_refused() {
        assert!(read(&["--help"]).is_ok_and(|arguments| arguments.help));
        assert_eq!(
            read(&["--headless"]),
            Err("--headless is not an option of this program".to_owned())
        );
    }
}
