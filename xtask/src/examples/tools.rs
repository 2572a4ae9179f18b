//! The tools of the examples' languages: installed ones, or downloads in `target/tools`.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::{
    apt,
    cargo_install::{Program, cargo_install},
    cmd,
    workspace::Workspace,
};

/// The version on PyPI. It includes a CPython for WebAssembly.
pub(super) const COMPONENTIZE_PY: &str = "0.25.1";

/// Its version may differ from that of the crate in the workspace.
pub(super) const WIT_BINDGEN: Program = Program {
    package: "wit-bindgen-cli",
    name: "wit-bindgen",
    version: "0.61.1",
    features: "c",
};

const C_PACKAGES: [&str; 5] = [
    "clang",
    "libclang-rt-dev-wasm32",
    "lld",
    "make",
    "wasi-libc",
];

/// The programs of a virtual environment with componentize-py.
pub(super) fn python(workspace: &Workspace) -> Result<PathBuf> {
    let environment = workspace
        .tools()
        .join(format!("componentize-py-{COMPONENTIZE_PY}"));
    let programs = environment.join("bin");
    if !programs.join("componentize-py").is_file() {
        println!("examples: installing componentize-py");
        create_environment(&environment)
            .context("the example needs Python 3.10 or newer with `venv` and `pip`")?;
        let mut pip = Command::new(programs.join("python3"));
        pip.args(["-m", "pip", "install", "--quiet"]);
        cmd::run(pip.arg(format!("componentize-py=={COMPONENTIZE_PY}")))?;
    }
    Ok(programs)
}

/// Debian's Python has `venv` in a separate package.
fn create_environment(environment: &Path) -> Result<()> {
    let create = || {
        let mut python = Command::new("python3");
        cmd::run(python.args(["-m", "venv", "--clear"]).arg(environment))
    };
    let Err(first) = create() else {
        return Ok(());
    };
    apt::install(&["python3-venv"]).with_context(|| format!("{first:#}"))?;
    create()
}

/// The `wit-bindgen` that generates C; clang, its libraries and make are installed too.
pub(super) fn c(workspace: &Workspace) -> Result<PathBuf> {
    if !has_c() {
        let packages = C_PACKAGES.join(" ");
        println!("examples: installing {packages}");
        apt::install(&C_PACKAGES)
            .with_context(|| format!("the example needs Debian's packages {packages}"))?;
    }
    cargo_install(workspace, &WIT_BINDGEN)
}

/// Whether clang can compile to WebAssembly for WASI.
fn has_c() -> bool {
    let mut clang = Command::new("clang");
    clang.args(["--target=wasm32-wasi", "--rtlib=compiler-rt"]);
    let builtins = cmd::output(clang.arg("--print-libgcc-file-name"));
    builtins.is_ok_and(|file| Path::new(&file).is_file())
        && Path::new("/usr/lib/wasm32-wasi/libc.a").is_file()
        && ["wasm-ld", "make"]
            .iter()
            .all(|program| cmd::in_path(program).is_some())
}
