//! `firepit new NAME`: the project of a collector to begin with.

use std::process::ExitCode;

use anyhow::Context as _;
use firepit::cli::NewArgs;
use firepit::project::{Project, ProjectError};
use firepit::start::Program;

pub(crate) fn new(program: &Program, args: &NewArgs) -> anyhow::Result<ExitCode> {
    let builtin: Vec<&str> = program.builtins().collect();
    match Project::write(args, &builtin) {
        Ok(project) => {
            super::print(project.next_steps().as_bytes()).context("cannot write to stdout")?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => refuse(error),
    }
}

fn refuse(error: ProjectError) -> anyhow::Result<ExitCode> {
    let usage = error.is_usage();
    let error = anyhow::Error::from(error);
    if !usage {
        return Err(error);
    }
    eprintln!("firepit: error: {error:#}");
    Ok(ExitCode::from(crate::USAGE))
}
