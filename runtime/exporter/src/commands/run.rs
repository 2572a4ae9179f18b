//! `firepit run MODULE`: runs one collector in its sandbox. Its metrics go to stdout, what it did and used
//! to stderr.

mod report;

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use firepit::app::{Program, StartError};
use firepit::cli::RunArgs;
use firepit::collectors::Setup;
use firepit::dry_run::{DryRun, DryRunError, MAX_RUNS, Plan, settings};
use firepit::transform::Transform;
use firepit_exposition::names::Names;
use firepit_sandbox::failure::Failure;
use firepit_sandbox::files::Roots;
use firepit_sandbox::grants::{Addresses, ConnectProblem, Interface, Policy, Reads, is_address};
use firepit_sandbox::module::Described;
use firepit_sandbox::session::{SessionConfig, SetupError};

/// Arguments that do not fit the collector.
#[derive(Debug, thiserror::Error)]
enum Misuse {
    #[error(
        "no built-in collector is called {name:?}; there are {known} (write a file as ./{name})"
    )]
    NoSuchCollector { name: String, known: String },
    #[error("--repeat must be at most {MAX_RUNS}")]
    TooManyRuns,
    #[error(
        "--grant {grant}: neither a path pattern, which begins with / or with an option in \
         braces, nor an address, which begins with tcp:, udp: or unix:, nor an interface; the \
         interfaces are {known}"
    )]
    Grant { grant: String, known: String },
    #[error("--grant {grant}: {problem}")]
    Address {
        grant: String,
        problem: ConnectProblem,
    },
}

pub(crate) fn run(program: &Program, args: &RunArgs) -> anyhow::Result<ExitCode> {
    let loaded = match builtin_name(&args.module) {
        None => Arc::new(program.inspect(&args.module)?),
        Some(name) => match program.builtin(name) {
            Some(loaded) => loaded,
            None => return Ok(misuse(&no_such(program, name))),
        },
    };
    let setup = match setup(program, &loaded, args, None) {
        Ok(setup) => setup,
        Err(unready) => return unready.end(),
    };
    let Described { module, descriptor } = &*loaded;
    let plan = Plan {
        record: args.record.as_deref(),
        replay: args.replay.as_deref(),
        ..Plan::new(module, descriptor)
    };
    let mut dry_run = match DryRun::new(plan, setup, &program.loader, &program.executor) {
        Ok(dry_run) => dry_run,
        Err(error) => return unready(error).end(),
    };
    let report = dry_run.run(args.repeat);
    super::print(&report.page).context("cannot write to stdout")?;
    let mut text = report::text(module, descriptor, &report);
    let recorded = dry_run.write_recording();
    if let (Some(directory), Ok(left_out)) = (&args.record, &recorded) {
        text += &report::recorded(directory, *left_out);
    }
    // Even if stderr is closed, the metrics were printed.
    let _ = std::io::stderr().write_all(text.as_bytes());
    recorded?;
    Ok(match (&report.last, report.fault()) {
        (Ok(()) | Err(Failure::NoData), None) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// Why a module cannot be run.
pub(super) enum Unready {
    /// The command line does not fit the collector.
    Misuse(Box<dyn std::error::Error>),
    /// The collector cannot be set up.
    Refused(StartError),
    /// A system error.
    Other(anyhow::Error),
}

impl Unready {
    fn misuse(error: impl std::error::Error + 'static) -> Self {
        Self::Misuse(Box::new(error))
    }

    /// Prints it, unless it is an error of the whole program.
    pub(super) fn end(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Misuse(error) => Ok(misuse(&*error)),
            Self::Refused(error) => crate::refuse(error),
            Self::Other(error) => Err(error),
        }
    }
}

impl From<DryRunError> for Unready {
    fn from(error: DryRunError) -> Self {
        match error {
            DryRunError::Setup(error) => {
                Self::Refused(StartError::Collector(Arc::new(error.into())))
            }
            DryRunError::Record(error) => Self::Other(error.into()),
            DryRunError::Replay(error) => Self::Other(error.into()),
        }
    }
}

/// The error of a setup. If a missing grant is the cause, it names the argument that helps.
fn unready(error: DryRunError) -> Unready {
    let remedy = match &error {
        DryRunError::Setup(SetupError::Configure { source, .. }) => remedy(source),
        _ => None,
    };
    match remedy {
        Some(remedy) => Unready::Other(anyhow!("{:#}; {remedy}", anyhow::Error::from(error))),
        None => error.into(),
    }
}

/// How to permit a call that failed because its interface was not granted.
fn remedy(failure: &Failure) -> Option<String> {
    let Failure::Denied(call) = failure else {
        return None;
    };
    let remedy = match Interface::of_call(call)? {
        Interface::Connections => "--grant ADDRESS to grant a connection".to_owned(),
        interface => format!("--grant {} to grant it", interface.name()),
    };
    Some(format!("pass {remedy} to this run"))
}

/// What a run needs besides the module. The patterns and interfaces of `--grant` are added to `base`, or to
/// what the operator decided.
pub(super) fn setup(
    program: &Program,
    loaded: &Described,
    args: &RunArgs,
    base: Option<Policy>,
) -> Result<Setup, Unready> {
    if args.repeat > MAX_RUNS {
        return Err(Unready::misuse(Misuse::TooManyRuns));
    }
    let decision = program.decide(loaded).map_err(Unready::misuse)?;
    let settings = settings(&loaded.descriptor, decision.settings, &args.options);
    let settings = settings.map_err(Unready::misuse)?;
    let policy = policy(&args.grants, base.unwrap_or(decision.policy));
    let mut policy = policy.map_err(Unready::misuse)?;
    if program.builtin(&loaded.descriptor.name).is_some() {
        // A file of a built-in collector may use all of its names, so that its developer sees its
        // metrics. No scrape loads it, because its name is taken.
        policy.names = Names::All;
    }
    let roots = roots(program, args.replay.as_deref()).map_err(Unready::Refused)?;
    let session = SessionConfig::new(settings, policy, Arc::new(roots), decision.limits);
    let transform = Transform::new(
        &loaded.module.source,
        &loaded.descriptor,
        &program.config.scrape.builtin_names,
    );
    let transform = transform.prefix(decision.prefix).labels(decision.labels);
    Ok(Setup::new(session.lifetime(decision.lifetime)).transform(transform))
}

/// The argument as the name of a built-in collector; `None` if it is a file.
fn builtin_name(word: &Path) -> Option<&str> {
    let text = word.to_str()?;
    (!text.contains('/') && !text.ends_with(".wasm")).then_some(text)
}

fn no_such(program: &Program, name: &str) -> Misuse {
    let known: Vec<&str> = program.builtins().collect();
    Misuse::NoSuchCollector {
        name: name.to_owned(),
        known: known.join(", "),
    }
}

fn misuse(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("firepit: error: {error}; see `firepit --help`");
    ExitCode::from(crate::USAGE)
}

/// What the module may ask for: its policy, with the patterns of `--grant` instead of its own, the same
/// with addresses, and with additional interfaces.
fn policy(grants: &[String], mut policy: Policy) -> Result<Policy, Misuse> {
    let (addresses, others): (Vec<&String>, Vec<&String>) =
        grants.iter().partition(|grant| is_address(grant));
    let (patterns, interfaces): (Vec<&String>, Vec<&String>) = others
        .into_iter()
        .partition(|grant| grant.starts_with(['/', '{']));
    if !patterns.is_empty() {
        policy.reads = Reads::Only(patterns.into_iter().cloned().collect());
    }
    if !addresses.is_empty() {
        for address in &addresses {
            Addresses::check(address).map_err(|problem| Misuse::Address {
                grant: (*address).clone(),
                problem,
            })?;
        }
        policy.grant_connects(addresses.into_iter().cloned().collect());
    }
    for name in interfaces {
        let named = Interface::parse(name);
        if named.is_empty() {
            return Err(Misuse::Grant {
                grant: name.clone(),
                known: Interface::names().join(", "),
            });
        }
        policy.interfaces.extend(named);
    }
    Ok(policy)
}

fn roots(program: &Program, replay: Option<&Path>) -> Result<Roots, StartError> {
    let paths = &program.config.paths;
    Ok(match replay {
        Some(recording) => Roots::replay(recording, paths)?,
        None => Roots::open(paths)?,
    })
}
