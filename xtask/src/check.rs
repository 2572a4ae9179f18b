//! `cargo xtask check`: the steps of CI, with their durations.

use std::{path::Path, process::Command, time::Instant};

use anyhow::{Context, Result, bail};

use crate::{
    apt, cmd, container, dist, examples,
    guests::{self, PROFILE, TARGET, Which},
    installed, manifests,
    pages::{self, Fresh},
    stage, test, tidy,
    toolchain::{self, Toolchain},
    workspace::Workspace,
};

/// The result of a step that did not fail.
enum Outcome {
    Passed,
    /// Skipped, and why.
    Skipped(&'static str),
}

type Step = (&'static str, fn(&Workspace) -> Result<Outcome>);

/// Cheap steps first. All native steps build optimised, like the tests, so that build scripts,
/// macros and (for clippy and doc) the metadata of all dependencies are built once.
const STEPS: [Step; 15] = [
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
    ("manifests", manifests),
    ("dist", dist),
    ("container", container),
    ("packages", packages),
];

/// A checker against node_exporter's end-to-end fixtures, outside of the repository.
const CONFORMANCE: &str = "../shared/e2e/conformance";

/// Small hosts from public bug reports, with expected output, outside of the repository.
const CASES: &str = "../shared/cases/run";

/// Runs every step, even after a failure, and prints a table.
///
/// # Errors
/// A step failed.
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

/// Programs that single tests need, with Debian's packages of them. A test without its program is
/// skipped.
const PROGRAMS: [(&str, &str); 11] = [
    ("dbus-daemon", "dbus-daemon"),
    ("dbus-send", "dbus-bin"),
    ("fish", "fish"),
    ("groff", "groff-base"),
    ("man", "man-db"),
    ("mandoc", "mandoc"),
    ("runsvdir", "runit"),
    ("mkfs.btrfs", "btrfs-progs"),
    ("strace", "strace"),
    ("systemd-analyze", "systemd"),
    ("zsh", "zsh"),
];

/// A module of Debian's Python that tests need, with its package.
const PYTHON_MODULE: (&str, &str) = ("dbusmock", "python3-dbusmock");

/// Installs those that are missing.
fn install_programs() {
    let missing = PROGRAMS
        .iter()
        .filter(|(name, _)| cmd::in_path(name).is_none());
    let mut packages: Vec<&str> = missing.map(|(_, package)| *package).collect();
    let (module, package) = PYTHON_MODULE;
    let mut import = Command::new("/usr/bin/python3");
    import.args(["-c", &format!("import {module}")]);
    if !cmd::succeeds(&mut import) {
        packages.push(package);
    }
    if packages.is_empty() {
        return;
    }
    if let Err(error) = apt::install(&packages) {
        let packages = packages.join(", ");
        eprintln!("check: tests that need {packages} are skipped: {error:#}");
    }
}

fn tests(workspace: &Workspace) -> Result<Outcome> {
    install_programs();
    // One run names every failing test.
    test::test(workspace, &["--no-fail-fast".to_owned()])?;
    Ok(Outcome::Passed)
}

fn clippy(workspace: &Workspace) -> Result<Outcome> {
    let mut cargo = workspace.cargo();
    cargo.args(["clippy", "--release", "--all-targets"]);
    cargo.args(workspace.selection()?);
    cargo.args(["--", "-D", "warnings"]);
    passed(&mut cargo)
}

/// Lints the guests for their own target, which includes the wasm side of the SDK.
fn clippy_guests(workspace: &Workspace) -> Result<Outcome> {
    if toolchain::choose(&workspace.staged())? != Toolchain::Rustup {
        return Ok(Outcome::Skipped("clippy needs the std of its own compiler"));
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
            Outcome::Skipped("the families: node_exporter's fixtures are missing")
        }
    })
}

fn conformance(workspace: &Workspace) -> Result<Outcome> {
    let program = workspace.root().join(CONFORMANCE);
    if !program.is_file() {
        return Ok(Outcome::Skipped("the checker is missing"));
    }
    let firepit = stage::binary(workspace, "firepit")?;
    conforms(&program, &firepit)?;
    Ok(Outcome::Passed)
}

fn conforms(checker: &Path, firepit: &Path) -> Result<()> {
    let mut command = Command::new(checker);
    // Includes the order: the page must be the same file.
    command.args(["--byte-exact", "--show"]).arg(firepit);
    cmd::run(&mut command).context("output differs from node_exporter's")
}

fn cases(workspace: &Workspace) -> Result<Outcome> {
    let program = workspace.root().join(CASES);
    if !program.is_file() {
        return Ok(Outcome::Skipped("the cases are missing"));
    }
    let firepit = stage::binary(workspace, "firepit")?;
    cmd::run(Command::new(&program).arg(&firepit)).context("hosts from bug reports")?;
    Ok(Outcome::Passed)
}

/// Hostile modules, clients and files at once, for this number of seconds.
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

/// Builds the program of a release for this machine, and tests what depends on how it is built.
fn dist(workspace: &Workspace) -> Result<Outcome> {
    let firepit = dist::here(workspace)?;
    test::release(workspace, &firepit)?;
    let checker = workspace.root().join(CONFORMANCE);
    if checker.is_file() {
        conforms(&checker, &firepit)?;
    }
    Ok(Outcome::Passed)
}

/// Installs the packages of the dist build in containers.
fn packages(workspace: &Workspace) -> Result<Outcome> {
    Ok(match installed::check(workspace, "")? {
        None => Outcome::Passed,
        Some(why) => Outcome::Skipped(why),
    })
}

fn passed(command: &mut Command) -> Result<Outcome> {
    cmd::run(command)?;
    Ok(Outcome::Passed)
}

fn manifests(workspace: &Workspace) -> Result<Outcome> {
    manifests::check(workspace).map(outcome)
}

fn container(workspace: &Workspace) -> Result<Outcome> {
    container::trial(workspace).map(outcome)
}

fn outcome(skipped: Option<&'static str>) -> Outcome {
    skipped.map_or(Outcome::Passed, Outcome::Skipped)
}
