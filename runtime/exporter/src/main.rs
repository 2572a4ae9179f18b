//! The `firepit` program: loads collectors and settings, then runs the command.

mod commands;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Context as _;
use firepit::activation::{self, Activation};
use firepit::app::{Program, StartError};
use firepit::cli::{self, Command};
use firepit::service::Variables;
use firepit::web::WebConfig;
use firepit_exposition::escape::escaped;
use firepit_sandbox::module::Compiler;

/// The standard collectors, precompiled by `cargo xtask guests`.
static BUNDLE: &Paged<[u8]> = &Paged(*include_bytes!(env!("FIREPIT_BUNDLE")));

/// Aligned to a page, as code that runs in place has to be: `bundle::ALIGNMENT`, the largest alignment that
/// occurs.
#[repr(C, align(65536))]
struct Paged<T: ?Sized>(T);

/// Exit status of a wrong command line, as in clap and most programs.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    if let Some(ended) = firepit_sandbox::module::compile_child() {
        return ended;
    }
    // SAFETY: the process has one thread so far, and has opened nothing.
    let activation = unsafe { Activation::take() };
    // SAFETY: as above.
    let of_service = unsafe { activation::take_variables(Variables::NAMES) };
    firepit::memory::heap::configure();
    firepit::name_service::configure();
    firepit_sandbox::fd_limit::raise();
    let arguments: Vec<OsString> = std::env::args_os().collect();
    run(&arguments, activation, of_service.into()).unwrap_or_else(|error| {
        // It may contain text from a module.
        eprintln!("firepit: error: {}", escaped(&format!("{error:#}")));
        ExitCode::FAILURE
    })
}

fn run(
    arguments: &[OsString],
    activation: Activation,
    of_service: Variables,
) -> anyhow::Result<ExitCode> {
    if let Some(command) = cli::without_collectors(arguments) {
        return independent(&command);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the asynchronous runtime")?;
    let entered = runtime.enter();
    let program = match Program::load(&BUNDLE.0, Compiler::child(), arguments, runtime.handle()) {
        Ok(program) => program,
        Err(error) => return refuse(error),
    };
    if let Command::Migrate(migration) = &program.config.command {
        return commands::migrate(migration);
    }
    let mut log = program.config.log;
    if matches!(
        program.config.command,
        Command::CheckConfig { is_quiet: true }
    ) {
        log.level = log.level.min(tracing::Level::WARN);
    }
    firepit::logging::init(&log).context("cannot set up logging")?;
    for warning in &program.config.warnings {
        tracing::warn!("{warning}");
    }
    match &program.config.command {
        Command::Inspect { module, new: None } => return commands::inspect(&program, module),
        Command::Inspect {
            module,
            new: Some(new),
        } => return commands::compare(&program, module, new),
        Command::Approve(arguments) => return commands::approve(&program, arguments),
        Command::Run(arguments) => return commands::run(&program, arguments),
        Command::New(arguments) => return commands::new(&program, arguments),
        Command::Deploy(target) => return commands::deploy(&program, *target, arguments),
        Command::Print(text) => return commands::text(text),
        Command::PrintCollectors => return commands::print_collectors(&program),
        command @ (Command::Health { .. } | Command::Diff(_)) => return independent(command),
        Command::Migrate(_) | Command::Serve | Command::Scrape | Command::CheckConfig { .. } => {}
    }
    let web_config = match program.web_config() {
        Ok(web_config) => web_config,
        Err(error) => return refuse(error),
    };
    for note in web_config.iter().flat_map(WebConfig::notes) {
        tracing::warn!("{note}");
    }
    let (config, executor, catalog) = match program.catalog() {
        Ok(parts) => parts,
        Err(error) => return refuse(error),
    };
    drop(entered);
    match config.command {
        Command::CheckConfig { is_quiet } => commands::check_config(&catalog, is_quiet),
        Command::Scrape => runtime.block_on(commands::scrape(&config, executor, &catalog)),
        _ => {
            let given = commands::Given {
                activation,
                of_service,
                web_config,
            };
            runtime.block_on(commands::serve(&config, executor, catalog, given))
        }
    }
}

/// The commands that need no collectors.
fn independent(command: &Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Health { target, timeout } => commands::health(target, *timeout),
        Command::Diff(arguments) => commands::diff(arguments),
        _ => Ok(ExitCode::from(USAGE)),
    }
}

fn refuse(error: StartError) -> anyhow::Result<ExitCode> {
    if let StartError::Usage(error) = &error {
        error.exit();
    }
    if !error.is_usage() {
        return Err(error.into());
    }
    // Problems of the configuration file have a line each.
    let has_lines = matches!(error, StartError::Config(_) | StartError::WebConfig(_));
    let text = format!("{:#}", anyhow::Error::from(error));
    if has_lines {
        eprintln!("firepit: error: {text}")
    } else {
        eprintln!("firepit: error: {}", escaped(&text))
    }
    Ok(ExitCode::from(USAGE))
}
