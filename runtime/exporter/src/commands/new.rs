//! `firepit new NAME`: the project of a new collector.

use std::process::ExitCode;

use anyhow::Context as _;
use firepit::app::Program;
use firepit_sandbox::descriptor::check_name;
use firepit_scaffold::{Project, Request};

pub(crate) fn new(program: &Program, request: &Request) -> anyhow::Result<ExitCode> {
    if let Err(error) = check_name(&request.name) {
        return Ok(refuse(&error));
    }
    let builtin: Vec<&str> = program.builtins().collect();
    match Project::write(request, &builtin) {
        Ok(project) => {
            super::print(project.next_steps().as_bytes()).context("cannot write to stdout")?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) if error.is_usage() => Ok(refuse(&error)),
        Err(error) => Err(error.into()),
    }
}

fn refuse(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("firepit: error: {error}");
    ExitCode::from(crate::USAGE)
}
