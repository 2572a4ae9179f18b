//! `cargo xtask`: what the project's build needs beyond cargo itself.
//!
//! The way of a build, one module per stage:
//!
//! - `toolchain`: find or fetch a compiler for the guests
//! - `guests`: find and build the wasm components
//! - `stage`: copy them to `target/staged`, precompile the collectors into the bundle
//! - `examples`: build the modules in `examples/` with the tools of their languages
//! - `run`, `test`, `pages`, `check`: what is done with the result
//!
//! and beside it `new_collector` (creates the crate of a collector), `tidy` (rules about the source tree), `prometheus` and `apt` (tools that are
//! fetched), `workspace` (paths and package selection), `cmd` (running commands).

use std::process::ExitCode;

use anyhow::Result;

use crate::{guests::Which, workspace::Workspace};

mod toolchain;

mod guests;

mod stage;

mod examples;

mod check;
mod new_collector;
mod pages;
mod run;
mod test;
mod tidy;

mod apt;
mod prometheus;

mod cmd;
mod workspace;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  run [-- FLAGS]   build everything that is missing, then start firepit with FLAGS
  test [-- ARGS]   build everything that is missing, then run all tests;
                   ARGS go to `cargo test`, such as a test's name
  under-load [SECONDS]
                   swap modules under load, and tell what came of it
  new-collector NAME [GROUP]
                   create the crate of a new collector and register it
  collectors       write the pages about collectors, in docs/collectors
  costs            measure what each collector costs here, and write docs/costs.md
  check            what CI runs: format, tidy, tests, clippy, documentation, pages,
                   conformance
  wasm DIR         build the package in DIR to wasm, with the compiler that builds the guests
  guests           build, precompile and stage the guests; does nothing when they are fresh
  examples [NAME...]
                   build the modules in `examples/`, which are not part of the workspace
  tidy             only the rules about the source tree

environment
  FIREPIT_GUEST_TOOLCHAIN=rustup|debian   take this way to a guest compiler and no other
  FIREPIT_PROMETHEUS, FIREPIT_PROMTOOL    programs for the tests, instead of those found
  FIREPIT_PEER                            a node_exporter for the tests to compare with,
                                          instead of Debian's, which may be missing
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

/// Runs one command; `None` when there is no such command, or none with these arguments.
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
        "new-collector" => match arguments {
            [name] => new_collector::new_collector(&workspace, name, None),
            [name, group] => new_collector::new_collector(&workspace, name, Some(group)),
            _ => return None,
        },
        "help" | "--help" | "-h" => {
            print!("{USAGE}");
            Ok(())
        }
        _ if !arguments.is_empty() => return None,
        "collectors" => pages::collectors(&workspace),
        "costs" => pages::costs(&workspace),
        "check" => check::check(&workspace),
        "guests" => stage::guests(&workspace, Which::All),
        "tidy" => tidy::tidy(&workspace),
        _ => return None,
    };
    Some(outcome)
}
