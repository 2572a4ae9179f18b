//! `cargo xtask`: build steps beyond cargo.
//!
//! Stages of a build, one module each:
//!
//! - `toolchain`: finds or installs a compiler for the guests
//! - `guests`: finds and builds the wasm components
//! - `stage`: copies them to `target/staged`
//! - `bundle`: precompiles the collectors into one file
//! - `examples`: builds the modules in `examples/` with the tools of their languages
//! - `dist`, `package`: build the files of a release
//! - `installed`: installs the packages in containers
//! - `run`, `test`, `pages`, `container`, `manifests`, `check`: use the result
//!
//! Other modules: `new_collector` (creates the crate of a collector), `tidy` (rules about the
//! source tree), `prometheus`, `apt` and `cargo_install` (downloaded tools), `workspace` (paths and
//! package selection), `prefixes` (paths that must not get into results), `files` and `cmd`
//! (replacing files, running commands).

use std::process::ExitCode;

use anyhow::Result;

use crate::{guests::Which, workspace::Workspace};

mod toolchain;

mod guests;

mod bundle;
mod stage;

mod examples;

mod dist;
mod package;

mod check;
mod container;
mod installed;
mod manifests;
mod new_collector;
mod pages;
mod run;
mod services;
mod test;
mod tidy;

mod apt;
mod cargo_install;
mod prometheus;

mod cmd;
mod files;
mod prefixes;
mod workspace;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  run [-- FLAGS]   build everything that is missing, then start firepit with FLAGS
  test [-- ARGS]   build everything that is missing, then run all tests;
                   ARGS go to `cargo test`, such as a test's name
  under-load [SECONDS]
                   swap modules under load, and report the results
  new-collector NAME [GROUP]
                   create the crate of a new collector and register it
  collectors       write the pages about collectors, in docs/collectors
  reference        write the tables in docs/flags.md and docs/configuration.md
  costs            measure the costs of each collector here, and write docs/costs.md
  check            the steps of CI: format, tidy, tests, clippy, documentation, pages,
                   conformance
  container [trial]
                   build the images of the programs in target/dist; or start the image for
                   this machine without any privilege, and scrape it
  manifests        validate the manifests for Kubernetes
  wasm DIR         build the package in DIR to wasm, with the compiler of the guests
  guests           build, precompile and stage the guests, if they changed
  examples [NAME...]
                   build the modules in `examples/`, which are not part of the workspace
  dist [amd64|arm64]
                   build the static program for one architecture or both, with checksums
                   and bills of materials, in target/dist
  package [amd64|arm64]
                   package what `dist` built: Debian, RPM and an archive, in target/dist
  test-packages [SCENARIO]
                   install the packages in containers, use, upgrade and remove them
  tidy             check the rules about the source tree

environment
  FIREPIT_GUEST_TOOLCHAIN=rustup|debian   use this source of the guest compiler
  FIREPIT_PROMETHEUS, FIREPIT_PROMTOOL    programs for the tests
  FIREPIT_PEER                            node_exporter, for tests that compare with it,
                                          if it is not the one of Debian
";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let mut rest: Vec<String> = arguments.collect();
    if rest.first().is_some_and(|first| first == "--") {
        rest.remove(0);
    }
    match execute(&command, &rest) {
        None => {
            eprint!("{USAGE}");
            ExitCode::from(2)
        }
        Some(Ok(())) => ExitCode::SUCCESS,
        Some(Err(error)) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs one command; `None` if the command does not exist, or does not take these arguments.
fn execute(command: &str, arguments: &[String]) -> Option<Result<()>> {
    let workspace = match Workspace::here() {
        Ok(workspace) => workspace,
        Err(error) => return Some(Err(error)),
    };
    let outcome = match command {
        "run" => run::run(&workspace, arguments),
        "test" => test::test(&workspace, arguments),
        "under-load" => test::under_load(&workspace, arguments),
        "examples" => examples::examples(&workspace, arguments),
        "wasm" => match arguments {
            [directory] => guests::build_elsewhere(&workspace, directory.as_ref()),
            _ => return None,
        },
        "container" => match arguments {
            [] => container::container(&workspace),
            [trial] if trial == "trial" => report(container::trial(&workspace)),
            _ => return None,
        },
        "new-collector" => match arguments {
            [name] => new_collector::new_collector(&workspace, name, None),
            [name, group] => new_collector::new_collector(&workspace, name, Some(group)),
            _ => return None,
        },
        "dist" => match arguments {
            [] => dist::dist(&workspace, None),
            [name] if dist::knows(name) => dist::dist(&workspace, Some(name)),
            _ => return None,
        },
        "package" => match arguments {
            [] => package::package(&workspace, None),
            [name] if package::architecture(name).is_some() => {
                package::package(&workspace, Some(name))
            }
            _ => return None,
        },
        "test-packages" => match arguments {
            [] => installed::command(&workspace, None),
            [only] => installed::command(&workspace, Some(only)),
            _ => return None,
        },
        "help" | "--help" | "-h" => {
            print!("{USAGE}");
            Ok(())
        }
        _ if !arguments.is_empty() => return None,
        "collectors" => pages::collectors(&workspace),
        "costs" => pages::costs(&workspace),
        "reference" => pages::reference(&workspace),
        "check" => check::check(&workspace),
        "manifests" => report(manifests::check(&workspace)),
        "guests" => stage::guests(&workspace, Which::All),
        "tidy" => tidy::tidy(&workspace),
        _ => return None,
    };
    Some(outcome)
}

/// Says why a check was not possible, if it was not.
fn report(checked: Result<Option<&'static str>>) -> Result<()> {
    if let Some(why) = checked? {
        println!("skipped: {why}");
    }
    Ok(())
}
