//! `firepit run MODULE`: one collector by itself in its sandbox. Its metrics go to stdout, and what
//! it did and what that cost to stderr.

mod report;

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use firepit::cli::RunArgs;
use firepit::collector::Setup;
use firepit::failure::Failure;
use firepit::files::{RootPaths, Roots};
use firepit::grants::{Interface, Names, Policy, Reads};
use firepit::modules::Loaded;
use firepit::rehearsal::{MOST_RUNS, Plan, Rehearsal, RehearsalError, settings};
use firepit::start::{Program, StartError};

/// Words of the command line that do not fit the collector.
#[derive(Debug, thiserror::Error)]
enum Misuse {
    #[error(
        "this firepit has no collector {name:?} built in; it has {known} (a file is written ./{name})"
    )]
    NoSuchCollector { name: String, known: String },
    #[error("--repeat takes {MOST_RUNS} at most")]
    TooManyRuns,
    #[error(
        "--grant {grant}: neither a pattern of paths, which begins with / or with an option in \
         braces, nor an interface; the interfaces are {known}"
    )]
    Grant { grant: String, known: String },
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
    let Loaded { module, descriptor } = &*loaded;
    let plan = Plan {
        module,
        descriptor,
        setup,
    };
    let record = args.record.as_deref();
    let mut rehearsal = match Rehearsal::new(plan, record, &program.loader, &program.crew) {
        Ok(rehearsal) => rehearsal,
        Err(error) => return Unready::from(error).end(),
    };
    let report = rehearsal.run(args.repeat);
    super::print(&report.page).context("cannot write to stdout")?;
    let mut text = report::text(module, descriptor, &report);
    let recorded = rehearsal.write_recording();
    if let (Some(directory), Ok(left_out)) = (&args.record, &recorded) {
        text += &report::recorded(directory, *left_out);
    }
    // Without anybody who reads it, the page was still printed.
    let _ = std::io::stderr().write_all(text.as_bytes());
    recorded?;
    Ok(match (&report.last, report.fault()) {
        (Ok(()) | Err(Failure::NoData), None) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// Why a module does not run by hand.
pub(super) enum Unready {
    /// The command line does not fit the collector.
    Misuse(Box<dyn std::error::Error>),
    /// The collector cannot be set up.
    Refused(StartError),
    /// The system says no.
    Other(anyhow::Error),
}

impl Unready {
    fn misuse(error: impl std::error::Error + 'static) -> Self {
        Self::Misuse(Box::new(error))
    }

    /// Tells it, where it is not an error of the whole program.
    pub(super) fn end(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Misuse(error) => Ok(misuse(&*error)),
            Self::Refused(error) => crate::refuse(error),
            Self::Other(error) => Err(error),
        }
    }
}

impl From<RehearsalError> for Unready {
    fn from(error: RehearsalError) -> Self {
        match error {
            RehearsalError::Setup(error) => {
                Self::Refused(StartError::Collector(Arc::new(error.into())))
            }
            RehearsalError::Record(error) => Self::Other(error.into()),
        }
    }
}

/// What a run needs beside the module. Its grants are those of `--grant`, on top of `base` or of what
/// the operator decided.
pub(super) fn setup(
    program: &Program,
    loaded: &Loaded,
    args: &RunArgs,
    base: Option<Policy>,
) -> Result<Setup, Unready> {
    if args.repeat > MOST_RUNS {
        return Err(Unready::misuse(Misuse::TooManyRuns));
    }
    let decision = program.decide(loaded).map_err(Unready::misuse)?;
    let settings = settings(&loaded.descriptor, decision.settings, &args.options);
    let settings = settings.map_err(Unready::misuse)?;
    let policy = policy(&args.grants, base.unwrap_or(decision.policy));
    let mut policy = policy.map_err(Unready::misuse)?;
    if program.builtin(&loaded.descriptor.name).is_some() {
        // The file of a built-in collector: whoever works on it wants to see its metrics. No scrape
        // takes it in, since its name is taken.
        policy.names = Names::All;
    }
    let roots = roots(program, args.replay.as_deref()).map_err(Unready::Refused)?;
    Ok(
        Setup::new(settings, policy, Arc::new(roots), decision.limits)
            .lifetime(decision.lifetime)
            .prefix(decision.prefix),
    )
}

/// The word as the name of a built-in collector; none where it is that of a file.
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

/// What the module may ask for: what it may otherwise, or with `--grant` the patterns that are named
/// there, and the interfaces beside those that every module has.
fn policy(grants: &[String], mut policy: Policy) -> Result<Policy, Misuse> {
    let (patterns, interfaces): (Vec<&String>, Vec<&String>) =
        (grants.iter()).partition(|grant| grant.starts_with(['/', '{']));
    if !patterns.is_empty() {
        policy.reads = Reads::Only(patterns.into_iter().cloned().collect());
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
    let paths = RootPaths {
        procfs: paths.procfs.clone(),
        sysfs: paths.sysfs.clone(),
        rootfs: paths.rootfs.clone(),
        udev_data: paths.udev_data.clone(),
    };
    Ok(match replay {
        Some(recording) => Roots::replay(recording, &paths)?,
        None => Roots::open(&paths)?,
    })
}
