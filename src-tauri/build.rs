//! Prepares the window's context: configuration, permissions, icons.

fn main() {
    #[cfg(feature = "window")]
    tauri_build::build();
}
