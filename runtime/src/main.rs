//! The `firepit` program: load, then do what the command says.

mod command;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Context as _;
use firepit::cli::Command;
use firepit::load::Compiler;
use firepit::shown::escaped;
use firepit::start::{Program, StartError};

/// The standard collectors, precompiled: `cargo xtask guests` makes them.
static BUNDLE: &Paged<[u8]> = &Paged(*include_bytes!(env!("FIREPIT_BUNDLE")));

/// Lies at a multiple of a page, as code that runs in place has to: `bundle::ALIGNMENT`, of which
/// this is the largest that occurs.
#[repr(C, align(65536))]
struct Paged<T: ?Sized>(T);

/// A wrong command line, as clap and most programs have it.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    if let Some(ended) = firepit::load::compile_child() {
        return ended;
    }
    firepit::heap::settle();
    firepit::descriptors::raise();
    let arguments: Vec<OsString> = std::env::args_os().collect();
    run(&arguments).unwrap_or_else(|error| {
        // A module's own words may be among it.
        eprintln!("firepit: error: {}", escaped(&format!("{error:#}")));
        ExitCode::FAILURE
    })
}

fn run(arguments: &[OsString]) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the asynchronous runtime")?;
    let entered = runtime.enter();
    let program = match Program::load(&BUNDLE.0, Compiler::child(), arguments, runtime.handle()) {
        Ok(program) => program,
        Err(error) => return refuse(error),
    };
    firepit::logging::init(&program.config.log).context("cannot set up logging")?;
    for warning in &program.config.warnings {
        tracing::warn!("{warning}");
    }
    match &program.config.command {
        Command::Inspect { module, new: None } => return command::inspect(&program, module),
        Command::Inspect {
            module,
            new: Some(new),
        } => return command::compare(&program, module, new),
        Command::Approve(arguments) => return command::approve(&program, arguments),
        Command::Run(arguments) => return command::run(&program, arguments),
        Command::New(arguments) => return command::new(&program, arguments),
        Command::Serve | Command::Scrape | Command::CheckConfig => {}
    }
    let (config, crew, catalog) = match program.catalog() {
        Ok(parts) => parts,
        Err(error) => return refuse(error),
    };
    drop(entered);
    match config.command {
        Command::CheckConfig => command::check_config(&catalog),
        Command::Scrape => runtime.block_on(command::scrape(&config, crew, &catalog)),
        _ => runtime.block_on(command::serve(&config, crew, catalog)),
    }
}

fn refuse(error: StartError) -> anyhow::Result<ExitCode> {
    if let StartError::Usage(error) = &error {
        error.exit();
    }
    if !error.is_usage() {
        return Err(error.into());
    }
    // What is wrong in the configuration file has a line for each problem.
    let has_lines = matches!(error, StartError::Config(_));
    let text = format!("{:#}", anyhow::Error::from(error));
    match has_lines {
        true => eprintln!("firepit: error: {text}"),
        false => eprintln!("firepit: error: {}", escaped(&text)),
    }
    Ok(ExitCode::from(USAGE))
}
