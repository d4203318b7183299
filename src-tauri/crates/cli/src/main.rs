//! `scrip`: the finance desk for credits, without a window.
//!
//! Parses arguments, calls one use case of `scrip-app`, and renders. No business rule lives here.

mod args;
mod commands;
mod edge;
mod failure;
mod output;
mod text;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let args = args::Args::parse();
    let mut out = output::Output::new(args.json, args.quiet);
    let runtime =
        match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => {
                out.error(&format!("the program cannot start its threads: {error}"));
                return ExitCode::from(7);
            }
        };
    match runtime.block_on(commands::run(&args, &mut out)) {
        Ok(code) => code,
        Err(failure) => failure.report(&mut out),
    }
}
