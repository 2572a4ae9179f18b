//! `cargo xtask check`: what CI runs, step by step, with the time that each step takes.

use std::{process::Command, time::Instant};

use anyhow::{Context, Result, bail};

use crate::{
    cmd, examples,
    guests::{self, PROFILE, TARGET, Which},
    pages::{self, Fresh},
    stage, test, tidy,
    toolchain::{self, Toolchain},
    workspace::Workspace,
};

/// What a step came to, if it did not fail.
enum Outcome {
    Passed,
    /// Not run, and why.
    Skipped(&'static str),
}

type Step = (&'static str, fn(&Workspace) -> Result<Outcome>);

/// Cheap steps first. All native steps build optimised, as the tests do: so build scripts, macros
/// and (for clippy and doc) the metadata of all dependencies are made once.
const STEPS: [Step; 11] = [
    ("format", format),
    ("tidy", tidy_up),
    ("examples", examples),
    ("test", tests),
    ("clippy", clippy),
    ("clippy guests", clippy_guests),
    ("doc", doc),
    ("pages", fresh_pages),
    ("conformance", conformance),
    ("cases", cases),
    ("siege", siege),
];

/// A checker against node_exporter's own end-to-end fixtures; it is kept beside the repository.
const CONFORMANCE: &str = "../shared/e2e/conformance";

/// Small hosts from public bug reports, with the right answers; they are kept there too.
const CASES: &str = "../shared/cases/run";

/// Runs every step, also after one that failed, and prints a table of them.
///
/// # Errors
/// When a step failed.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let mut table = Vec::new();
    let mut failed = Vec::new();
    for (name, step) in STEPS {
        println!("check: {name}");
        let start = Instant::now();
        let result = match step(workspace) {
            Ok(Outcome::Passed) => "passed".to_owned(),
            Ok(Outcome::Skipped(why)) => format!("skipped: {why}"),
            Err(error) => {
                eprintln!("check: {name}: {error:#}");
                failed.push(name);
                "FAILED".to_owned()
            }
        };
        let seconds = start.elapsed().as_secs_f64();
        table.push(format!("{name:<14} {seconds:>7.1} s  {result}"));
    }
    println!("\n{}", table.join("\n"));
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

fn format(workspace: &Workspace) -> Result<Outcome> {
    cmd::run(workspace.cargo().args(["fmt", "--all", "--check"]))?;
    let mut example = workspace.cargo();
    example.args(["fmt", "--manifest-path", "examples/rust-std/Cargo.toml"]);
    passed(example.arg("--check"))
}

fn tidy_up(workspace: &Workspace) -> Result<Outcome> {
    tidy::tidy(workspace)?;
    Ok(Outcome::Passed)
}

fn examples(workspace: &Workspace) -> Result<Outcome> {
    examples::examples(workspace, &[])?;
    Ok(Outcome::Passed)
}

fn tests(workspace: &Workspace) -> Result<Outcome> {
    test::test(workspace, &[])?;
    Ok(Outcome::Passed)
}

fn clippy(workspace: &Workspace) -> Result<Outcome> {
    let mut cargo = workspace.cargo();
    cargo.args(["clippy", "--release", "--all-targets"]);
    cargo.args(workspace.selection()?);
    cargo.args(["--", "-D", "warnings"]);
    passed(&mut cargo)
}

/// The guests once more for their own target, where also the wasm side of the SDK is compiled.
fn clippy_guests(workspace: &Workspace) -> Result<Outcome> {
    if toolchain::choose(&workspace.staged())? != Toolchain::Rustup {
        return Ok(Outcome::Skipped("clippy knows no other compiler's std"));
    }
    let guests = guests::find(workspace.root(), Which::All)?;
    let mut cargo = workspace.cargo();
    cargo.args(["clippy", "--profile", PROFILE, "--target", TARGET]);
    cargo.args(guests.iter().flat_map(|guest| ["-p", &guest.package]));
    cargo.args(["--", "-D", "warnings"]);
    cargo.env("CARGO_TARGET_DIR", workspace.guests_target());
    passed(&mut cargo)
}

fn doc(workspace: &Workspace) -> Result<Outcome> {
    let mut cargo = workspace.cargo();
    cargo.args(["doc", "--release", "--no-deps"]);
    cargo.args(workspace.selection()?);
    cargo.env("RUSTDOCFLAGS", "-D warnings");
    passed(&mut cargo)
}

fn fresh_pages(workspace: &Workspace) -> Result<Outcome> {
    Ok(match pages::are_fresh(workspace)? {
        Fresh::All => Outcome::Passed,
        Fresh::AllButFamilies => {
            Outcome::Skipped("the families: node_exporter's fixtures are not here")
        }
    })
}

fn conformance(workspace: &Workspace) -> Result<Outcome> {
    let program = workspace.root().join(CONFORMANCE);
    if !program.is_file() {
        return Ok(Outcome::Skipped("the checker is not here"));
    }
    let firepit = stage::binary(workspace, "firepit")?;
    let mut command = Command::new(&program);
    // In order, too: the page is to be the same file.
    command.args(["--byte-exact", "--show"]).arg(&firepit);
    cmd::run(&mut command).context("output differs from node_exporter's")?;
    Ok(Outcome::Passed)
}

fn cases(workspace: &Workspace) -> Result<Outcome> {
    let program = workspace.root().join(CASES);
    if !program.is_file() {
        return Ok(Outcome::Skipped("the cases are not here"));
    }
    let firepit = stage::binary(workspace, "firepit")?;
    cmd::run(Command::new(&program).arg(&firepit)).context("hosts from bug reports")?;
    Ok(Outcome::Passed)
}

/// Hostile modules, clients and files at once, for so many seconds.
const SIEGE_SECONDS: &str = "30";

fn siege(workspace: &Workspace) -> Result<Outcome> {
    let firepit = stage::binary(workspace, "firepit")?;
    let guests = stage::directory(workspace, guests::Kind::Test);
    let mut command = Command::new(workspace.root().join("scripts/siege"));
    command.args(["--seconds", SIEGE_SECONDS]);
    command.arg("--binary").arg(&firepit);
    command.arg("--guests").arg(&guests);
    cmd::run(&mut command).context("firepit under siege")?;
    Ok(Outcome::Passed)
}

fn passed(command: &mut Command) -> Result<Outcome> {
    cmd::run(command)?;
    Ok(Outcome::Passed)
}
