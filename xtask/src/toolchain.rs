//! Finds the compiler that builds the guests.
//!
//! There are two sources of a compiler for `wasm32-wasip2`. The first is rustup: the target is
//! installed, or can be added. The second works without rustup's servers: Debian packages a newer
//! rustc (`rustc-web`) with the source of std, and std is then built with the guests. In both cases
//! the linkers come from the toolchain that runs cargo.

use std::{
    env,
    ffi::OsString,
    fmt, fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, bail};

use crate::{apt, cmd, guests::TARGET};

/// Environment variable: `rustup` or `debian` selects that source.
const CHOICE_VARIABLE: &str = "FIREPIT_GUEST_TOOLCHAIN";

/// Long enough for a download of about 20 MB; unreachable servers may never answer.
const RUSTUP_LIMIT: Duration = Duration::from_secs(120);

const DEBIAN_PACKAGES: [&str; 3] = ["rustc-web", "rust-web-src", "wasi-libc"];
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_STD: &str = "/usr/lib/rustlib/src/rust/library/std/Cargo.toml";
const DEBIAN_LIBC: &str = "/usr/lib/wasm32-wasi";
const DEBIAN_LIBC_FILE: &str = "/usr/lib/wasm32-wasi/libc.a";

/// Rust 1.85 was the first with edition 2024.
const OLDEST_MINOR: u32 = 85;

/// A source of the compiler.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// The toolchain that runs cargo has the target.
    Rustup,
    /// Debian's rustc with std built from source, and linkers in this directory.
    Debian { linkers: PathBuf },
}

impl Toolchain {
    /// Sets up a cargo command that builds guests with `rustflags`.
    pub(crate) fn apply(&self, cargo: &mut Command, rustflags: &str) {
        // Takes precedence over RUSTFLAGS, and applies to native builds only.
        cargo.env_remove("CARGO_ENCODED_RUSTFLAGS");
        let Self::Debian { linkers } = self else {
            cargo.env("RUSTFLAGS", rustflags);
            return;
        };
        let mut path = OsString::from(linkers);
        if let Some(rest) = env::var_os("PATH") {
            path.push(":");
            path.push(rest);
        }
        cargo.args(["-Zbuild-std=std,panic_abort", "--ignore-rust-version"]);
        cargo.env("RUSTFLAGS", format!("-L {DEBIAN_LIBC} {rustflags}"));
        cargo.env("RUSTC", DEBIAN_RUSTC);
        // Only used to unlock -Zbuild-std.
        cargo.env("RUSTC_BOOTSTRAP", "1");
        cargo.env("PATH", path);
        cargo.env(
            "CARGO_TARGET_WASM32_WASIP2_LINKER",
            linkers.join("wasm-component-ld"),
        );
    }
}

impl fmt::Display for Toolchain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rustup => "this toolchain's wasm32-wasip2",
            Self::Debian { .. } => "Debian's rustc, std from source",
        })
    }
}

/// Finds a compiler, installs missing parts, and prints one line with the choice and the reason.
///
/// `staged` keeps a marker if rustup's servers were unreachable, so that only the first run waits
/// for them.
///
/// # Errors
/// Neither source works. The message names what to install.
pub(crate) fn choose(staged: &Path) -> Result<Toolchain> {
    let forced = env::var(CHOICE_VARIABLE).ok();
    let (toolchain, why) = match forced.as_deref() {
        None => either(&staged.join("rustup-unreachable"))?,
        Some("rustup") => rustup()?,
        Some("debian") => (debian()?, format!("requested by {CHOICE_VARIABLE}")),
        Some(other) => bail!("{CHOICE_VARIABLE} must be `rustup` or `debian`, not `{other}`"),
    };
    println!("guests: built with {toolchain} ({why})");
    Ok(toolchain)
}

type Choice = (Toolchain, String);

fn either(note: &Path) -> Result<Choice> {
    if note.exists() && !installed() && missing().is_empty() {
        let why = format!("rustup could not add {TARGET} before");
        return Ok((debian()?, why));
    }
    let no_rustup = match rustup() {
        Ok(choice) => return Ok(choice),
        Err(error) => error,
    };
    match debian() {
        Ok(toolchain) => {
            if let Some(directory) = note.parent() {
                fs::create_dir_all(directory)?;
            }
            fs::write(note, format!("{no_rustup:#}\n"))?;
            Ok((toolchain, format!("{no_rustup:#}")))
        }
        Err(no_debian) => bail!(neither(&no_rustup, &no_debian)),
    }
}

fn neither(no_rustup: &anyhow::Error, no_debian: &anyhow::Error) -> String {
    format!(
        "guests need a compiler for {TARGET}, and neither way to one is open\n  \
         with rustup: {no_rustup:#}\n  \
         with Debian's packages: {no_debian:#}\n\
         run one of these, then the same command again:\n  \
         rustup target add {TARGET}\n  \
         apt-get install --no-install-recommends {}    (as root)",
        DEBIAN_PACKAGES.join(" ")
    )
}

/// The first source: the target is installed, or rustup installs it.
fn rustup() -> Result<Choice> {
    if installed() {
        return Ok((Toolchain::Rustup, "already installed".into()));
    }
    if cmd::in_path("rustup").is_none() {
        bail!("this toolchain has no {TARGET}, and rustup is not installed to add it");
    }
    println!("guests: adding {TARGET} to this toolchain");
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add", TARGET]);
    cmd::run_limited(&mut rustup, RUSTUP_LIMIT)?;
    if !installed() {
        bail!("rustup added {TARGET}, but not to the toolchain in use");
    }
    Ok((Toolchain::Rustup, "added by rustup".into()))
}

/// Whether the toolchain that runs cargo has std for the target.
fn installed() -> bool {
    let std = |sysroot: PathBuf| sysroot.join("lib/rustlib").join(TARGET).join("lib");
    sysroot().is_ok_and(|sysroot| std(sysroot).is_dir())
}

/// The second source: Debian's packages are installed, or apt installs them.
fn debian() -> Result<Toolchain> {
    let linkers = linkers()?;
    let missing = missing();
    if !missing.is_empty() {
        println!("guests: installing {}", DEBIAN_PACKAGES.join(", "));
        apt::install(&DEBIAN_PACKAGES)?;
        if let Some(still) = self::missing().first() {
            bail!("after the installation of Debian's packages, {still}");
        }
    }
    Ok(Toolchain::Debian { linkers })
}

/// Missing parts of Debian's toolchain.
fn missing() -> Vec<String> {
    let mut missing = Vec::new();
    match cmd::output(Command::new(DEBIAN_RUSTC).arg("--version")) {
        Err(_) => missing.push(format!("{DEBIAN_RUSTC} is missing")),
        Ok(version) if minor(&version).is_none_or(|minor| minor < OLDEST_MINOR) => {
            missing.push(format!("{DEBIAN_RUSTC} is too old ({version})"));
        }
        Ok(_) => {}
    }
    for path in [DEBIAN_STD, DEBIAN_LIBC_FILE] {
        if !Path::new(path).exists() {
            missing.push(format!("{path} is missing"));
        }
    }
    missing
}

/// The 96 in `rustc 1.96.0 (ac68faa20 2026-05-25)`.
fn minor(version: &str) -> Option<u32> {
    let number = version.strip_prefix("rustc 1.")?;
    number.split('.').next()?.parse().ok()
}

/// The directory of `wasm-component-ld` and `rust-lld` in the toolchain that runs cargo.
fn linkers() -> Result<PathBuf> {
    let verbose = cmd::output(rustc().arg("-vV"))?;
    let host = verbose
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .context("rustc does not report its host")?;
    let directory = sysroot()?.join("lib/rustlib").join(host).join("bin");
    for linker in ["wasm-component-ld", "rust-lld"] {
        if !directory.join(linker).is_file() {
            bail!("this toolchain has no {linker}; toolchains from rust-lang.org have it");
        }
    }
    Ok(directory)
}

fn sysroot() -> Result<PathBuf> {
    cmd::output(rustc().args(["--print", "sysroot"])).map(PathBuf::from)
}

fn rustc() -> Command {
    Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(toolchain: &Toolchain, name: &str) -> Option<String> {
        let mut cargo = Command::new("cargo");
        toolchain.apply(&mut cargo, "-C x=y");
        let value = cargo.get_envs().find(|(key, _)| *key == name)?.1?;
        Some(value.to_string_lossy().into_owned())
    }

    #[test]
    fn versions_of_rustc() {
        assert_eq!(minor("rustc 1.96.0 (ac68faa20 2026-05-25)"), Some(96));
        assert_eq!(minor("rustc 1.63.0"), Some(63));
        assert_eq!(minor("rustc 2.0.0"), None);
        assert_eq!(minor(""), None);
    }

    #[test]
    fn rustup_leaves_the_compiler_alone() {
        assert_eq!(set(&Toolchain::Rustup, "RUSTFLAGS").unwrap(), "-C x=y");
        assert_eq!(set(&Toolchain::Rustup, "RUSTC"), None);
        assert_eq!(set(&Toolchain::Rustup, "RUSTC_BOOTSTRAP"), None);
    }

    #[test]
    fn debian_brings_compiler_libc_and_linker() {
        let debian = Toolchain::Debian {
            linkers: "/l".into(),
        };
        assert_eq!(
            set(&debian, "RUSTFLAGS").unwrap(),
            "-L /usr/lib/wasm32-wasi -C x=y"
        );
        assert_eq!(set(&debian, "RUSTC").unwrap(), "/usr/bin/rustc");
        let linker = set(&debian, "CARGO_TARGET_WASM32_WASIP2_LINKER").unwrap();
        assert_eq!(linker, "/l/wasm-component-ld");
        assert!(set(&debian, "PATH").unwrap().starts_with("/l:"));
    }

    #[test]
    fn message_names_both_ways_and_what_to_install() {
        let text = neither(&anyhow::anyhow!("a hangs"), &anyhow::anyhow!("b fails"));
        for part in [
            "a hangs",
            "b fails",
            "rustup target add wasm32-wasip2",
            "rustc-web rust-web-src wasi-libc",
        ] {
            assert!(text.contains(part), "{text}");
        }
    }
}
