//! `scrip-desktop`: Scrip in a window.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

use scrip_desktop::Arguments;

fn main() -> ExitCode {
    let arguments = match Arguments::read(std::env::args_os().skip(1)) {
        Ok(arguments) => arguments,
        Err(message) => return arguments_failed(&message),
    };
    if arguments.help {
        return show_help();
    }
    #[cfg(target_os = "linux")]
    start_again_without_dmabuf();
    match scrip_desktop::run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error.to_string()),
    }
}

/// WebKitGTK scrolls several times slower, or shows nothing, when it hands frames over by DMABUF on
/// machines without a graphics card. It reads the variable as it starts, so the program starts itself
/// again with it; whoever sets it decides.
#[cfg(target_os = "linux")]
fn start_again_without_dmabuf() {
    use std::os::unix::process::CommandExt;

    const VARIABLE: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
    if std::env::var_os(VARIABLE).is_some() {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    // It returns only when it could not; then the window opens as it can.
    let _ = std::process::Command::new(program)
        .args(std::env::args_os().skip(1))
        .env(VARIABLE, "1")
        .exec();
}

#[expect(clippy::print_stdout, reason = "help is asked for in a terminal")]
fn show_help() -> ExitCode {
    println!("{}", scrip_desktop::arguments::HELP);
    ExitCode::SUCCESS
}

#[expect(clippy::print_stderr, reason = "there is no window yet to say it in")]
fn arguments_failed(message: &str) -> ExitCode {
    eprintln!("scrip-desktop: {message}\n\n{}", scrip_desktop::arguments::HELP);
    ExitCode::from(2)
}

#[expect(clippy::print_stderr, reason = "there is no window to say it in")]
fn failed(message: &str) -> ExitCode {
    eprintln!(
        "scrip-desktop: the window cannot open: {message}. Check that this machine has a display and \
         the system's web view (on Debian: libwebkit2gtk-4.1-0), then start it again."
    );
    ExitCode::from(7)
}
