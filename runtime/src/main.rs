//! The `firepit` program: load, then serve, scrape once, or inspect a module.

mod command;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Context as _;
use firepit::cli::Command;
use firepit::start::{Program, StartError};

/// The standard collectors, precompiled: `cargo xtask guests` makes them.
const BUNDLE: &[u8] = include_bytes!(env!("FIREPIT_BUNDLE"));

/// A wrong command line, as clap and most programs have it.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    run().unwrap_or_else(|error| {
        eprintln!("firepit: error: {error:#}");
        ExitCode::FAILURE
    })
}

fn run() -> anyhow::Result<ExitCode> {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the asynchronous runtime")?;
    let entered = runtime.enter();
    let program = match Program::load(BUNDLE, &arguments, runtime.handle()) {
        Ok(program) => program,
        Err(error) => return refuse(error),
    };
    firepit::logging::init(&program.config.log).context("cannot set up logging")?;
    if let Command::Inspect { module } = &program.config.command {
        return command::inspect(&program, module);
    }
    command::tell_about_start(&program);
    let (config, crew, registry) = match program.registry() {
        Ok(parts) => parts,
        Err(error) => return refuse(error),
    };
    drop(entered);
    match config.command {
        Command::Scrape => runtime.block_on(command::scrape(&config, crew, registry)),
        Command::Serve | Command::Inspect { .. } => {
            runtime.block_on(command::serve(&config, crew, registry))
        }
    }
}

fn refuse(error: StartError) -> anyhow::Result<ExitCode> {
    if let StartError::Usage(error) = &error {
        error.exit();
    }
    let usage = error.is_usage();
    let error = anyhow::Error::from(error);
    if !usage {
        return Err(error);
    }
    eprintln!("firepit: error: {error:#}; see `firepit --help`");
    Ok(ExitCode::from(USAGE))
}
