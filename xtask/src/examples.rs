//! `cargo xtask examples`: builds the modules in `examples/` with the tools of their languages.
//!
//! The examples are outside of the workspace, like a third-party module, and are built as their
//! README says. The results are `target/staged/examples/NAME.wasm`, for tests, each with a digest
//! of its inputs.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::{
    cmd,
    files::{beside, write_if_changed},
    guests::TARGET,
    toolchain,
    workspace::Workspace,
};

mod tools;

/// A directory of `examples/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Example {
    Rust,
    Python,
    C,
}

impl Example {
    const ALL: [Self; 3] = [Self::Rust, Self::Python, Self::C];

    /// The name of the directory and of the staged module.
    fn name(self) -> &'static str {
        match self {
            Self::Rust => "rust-std",
            Self::Python => "python",
            Self::C => "c",
        }
    }

    /// Versions of the tools, if this program selects them.
    fn tools(self) -> &'static str {
        match self {
            Self::Rust => "",
            Self::Python => tools::COMPONENTIZE_PY,
            Self::C => tools::WIT_BINDGEN.version,
        }
    }

    /// Tests and builds it; returns the path of the module.
    fn build(self, workspace: &Workspace, directory: &Path, output: &Path) -> Result<PathBuf> {
        match self {
            Self::Rust => rust(workspace, directory, output),
            Self::Python => python(workspace, directory, output),
            Self::C => c(workspace, directory, output),
        }
    }
}

/// The directory of staged modules.
pub(crate) fn directory(workspace: &Workspace) -> PathBuf {
    workspace.staged().join("examples")
}

/// Builds the examples with changed inputs; all of them if `names` is empty. Installs missing
/// tools.
///
/// # Errors
/// An example does not exist, a tool cannot be installed, or a test or build fails.
pub(crate) fn examples(workspace: &Workspace, names: &[String]) -> Result<()> {
    for example in chosen(names)? {
        let name = example.name();
        let source = workspace.root().join("examples").join(name);
        let module = directory(workspace).join(format!("{name}.wasm"));
        let note = module.with_extension("digest");
        let digest = digest(example, &[&source, &workspace.root().join("wit")])?;
        if module.is_file() && fs::read(&note).is_ok_and(|old| old == digest.as_bytes()) {
            println!("examples: {name} is up to date");
            continue;
        }
        println!("examples: building {name}");
        let output = workspace.root().join("target/examples").join(name);
        fs::create_dir_all(&output)?;
        let built = example
            .build(workspace, &source, &output)
            .with_context(|| format!("example {name}"))?;
        stage(&built, &module)?;
        // Written last, so that an interrupted run is repeated.
        write_if_changed(&note, digest.as_bytes())?;
    }
    Ok(())
}

fn chosen(names: &[String]) -> Result<Vec<Example>> {
    if names.is_empty() {
        return Ok(Example::ALL.to_vec());
    }
    let one = |name: &String| {
        let found = Example::ALL.into_iter().find(|e| e.name() == name);
        let known = Example::ALL.map(Example::name).join(", ");
        found.with_context(|| format!("no example `{name}`; the examples are {known}"))
    };
    names.iter().map(one).collect()
}

fn rust(workspace: &Workspace, directory: &Path, output: &Path) -> Result<PathBuf> {
    let toolchain = toolchain::choose(&workspace.staged())?;
    let cargo = |subcommand| {
        let mut cargo = workspace.cargo();
        // One profile for both, so that dependencies of macros are compiled once.
        cargo.args([subcommand, "--release", "--locked"]);
        cargo.current_dir(directory).env("CARGO_TARGET_DIR", output);
        cargo
    };
    cmd::run(&mut cargo("test"))?;
    let mut build = cargo("build");
    build.args(["--target", TARGET]);
    toolchain.apply(&mut build, &[]);
    cmd::run(&mut build)?;
    only_module(&output.join(TARGET).join("release"))
}

fn python(workspace: &Workspace, directory: &Path, output: &Path) -> Result<PathBuf> {
    let tools = tools::python(workspace)?;
    let mut test = Command::new(tools.join("python3"));
    cmd::run(
        test.args(["-B", "-m", "doctest", "parse.py"])
            .current_dir(directory),
    )?;
    let module = output.join("module.wasm");
    let mut build = Command::new(tools.join("componentize-py"));
    build.args(["-d", "../../wit", "-w", "collector", "componentize", "app"]);
    build.arg("-o").arg(&module).current_dir(directory);
    cmd::run(&mut build)?;
    Ok(module)
}

fn c(workspace: &Workspace, directory: &Path, output: &Path) -> Result<PathBuf> {
    let wit_bindgen = tools::c(workspace)?;
    // make does not know about changed tools or a changed contract.
    fs::remove_dir_all(output)?;
    let mut make = Command::new("make");
    make.arg(variable("OUT", output));
    make.arg(variable("WIT_BINDGEN", &wit_bindgen));
    cmd::run(make.current_dir(directory))?;
    only_module(output)
}

fn variable(name: &str, path: &Path) -> std::ffi::OsString {
    let mut assignment = std::ffi::OsString::from(name);
    assignment.push("=");
    assignment.push(path);
    assignment
}

/// The single module in a directory, named after the collector.
fn only_module(directory: &Path) -> Result<PathBuf> {
    let mut modules = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "wasm")
        {
            modules.push(path);
        }
    }
    let count = modules.len();
    match modules.pop() {
        Some(module) if count == 1 => Ok(module),
        _ => bail!("{count} modules in {}, not one", directory.display()),
    }
}

fn stage(built: &Path, module: &Path) -> Result<()> {
    if let Some(directory) = module.parent() {
        fs::create_dir_all(directory)?;
    }
    let temporary = beside(module);
    fs::copy(built, &temporary).with_context(|| built.display().to_string())?;
    fs::rename(&temporary, module)?;
    Ok(())
}

/// The inputs of a module: source files, and versions of the tools.
fn digest(example: Example, directories: &[&Path]) -> Result<String> {
    let mut hasher = Sha256::new_with_prefix(example.tools());
    for directory in directories {
        for path in files(directory)? {
            let bytes = fs::read(&path).with_context(|| path.display().to_string())?;
            let name = path.strip_prefix(directory)?.to_string_lossy();
            hasher.update(format!("\n{name} {}\n", bytes.len()));
            hasher.update(bytes);
        }
    }
    let mut text = String::new();
    for byte in hasher.finalize() {
        write!(text, "{byte:02x}")?;
    }
    Ok(text)
}

/// The files below a directory in sorted order, without results of manual builds.
fn files(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut entries = Vec::new();
    for entry in fs::read_dir(directory).with_context(|| directory.display().to_string())? {
        entries.push(entry?.path());
    }
    entries.sort();
    for path in entries {
        if !path.is_dir() {
            found.push(path);
        } else if !(path.ends_with("target") || path.ends_with("__pycache__")) {
            found.append(&mut files(&path)?);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_select_examples() {
        assert_eq!(chosen(&[]).unwrap(), Example::ALL);
        let chosen_c = chosen(&["c".into(), "python".into()]).unwrap();
        assert_eq!(chosen_c, [Example::C, Example::Python]);
        let error = chosen(&["go".into()]).unwrap_err().to_string();
        assert_eq!(
            error,
            "no example `go`; the examples are rust-std, python, c"
        );
    }

    #[test]
    fn every_directory_is_an_example_and_documented() {
        let examples = Workspace::here().unwrap().root().join("examples");
        for entry in fs::read_dir(&examples).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                let known = Example::ALL.iter().any(|e| path.ends_with(e.name()));
                assert!(known, "{}", path.display());
                assert!(path.join("README.md").is_file(), "{}", path.display());
            }
        }
    }

    #[test]
    fn digest_depends_on_sources_and_tools() {
        let root = Workspace::here().unwrap().root().to_owned();
        let (c, wit) = (root.join("examples/c"), root.join("wit"));
        let one = digest(Example::C, &[&c, &wit]).unwrap();
        assert_eq!(one.len(), 64);
        assert_eq!(one, digest(Example::C, &[&c, &wit]).unwrap());
        assert_ne!(one, digest(Example::Python, &[&c, &wit]).unwrap());
        assert_ne!(one, digest(Example::C, &[&c]).unwrap());
    }
}
