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
    pub(crate) fn apply(&self, cargo: &mut Command, rustflags: &[String]) {
        let Self::Debian { linkers } = self else {
            encode(cargo, rustflags);
            return;
        };
        let mut path = OsString::from(linkers);
        if let Some(rest) = env::var_os("PATH") {
            path.push(":");
            path.push(rest);
        }
        cargo.args(["-Zbuild-std=std,panic_abort", "--ignore-rust-version"]);
        let libc = ["-L".to_owned(), DEBIAN_LIBC.to_owned()];
        encode(cargo, &[&libc, rustflags].concat());
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

/// Sets the flags of rustc, in place of those in the environment, which are for native builds.
pub(crate) fn encode(cargo: &mut Command, rustflags: &[String]) {
    cargo.env_remove("RUSTFLAGS");
    // Unlike RUSTFLAGS, it may contain paths with spaces.
    cargo.env("CARGO_ENCODED_RUSTFLAGS", rustflags.join("\x1f"));
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
    if note.exists() && !installed(TARGET) && missing().is_empty() {
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
    let why = match add(TARGET)? {
        Added::Before => "already installed",
        Added::Now => "added by rustup",
    };
    Ok((Toolchain::Rustup, why.into()))
}

/// When the toolchain got std for a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Added {
    Before,
    Now,
}

/// Gives the toolchain that runs cargo std for a target, with rustup.
///
/// # Errors
/// It is missing, and rustup cannot add it.
pub(crate) fn add(target: &str) -> Result<Added> {
    if installed(target) {
        return Ok(Added::Before);
    }
    if cmd::in_path("rustup").is_none() {
        bail!("this toolchain has no {target}, and rustup is not installed to add it");
    }
    println!("adding {target} to this toolchain");
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add", target]);
    cmd::run_limited(&mut rustup, RUSTUP_LIMIT)?;
    if !installed(target) {
        bail!("rustup added {target}, but not to the toolchain in use");
    }
    Ok(Added::Now)
}

/// Whether the toolchain that runs cargo has std for a target.
fn installed(target: &str) -> bool {
    let std = |sysroot: PathBuf| sysroot.join("lib/rustlib").join(target).join("lib");
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
    let host = fact("host")?;
    let directory = sysroot()?.join("lib/rustlib").join(host).join("bin");
    for linker in ["wasm-component-ld", "rust-lld"] {
        if !directory.join(linker).is_file() {
            bail!("this toolchain has no {linker}; toolchains from rust-lang.org have it");
        }
    }
    Ok(directory)
}

/// The commit that rustc was built from.
///
/// # Errors
/// rustc cannot be run, or does not say.
pub(crate) fn commit() -> Result<String> {
    fact("commit-hash")
}

/// The version of rustc and its std.
///
/// # Errors
/// rustc cannot be run, or does not say.
pub(crate) fn release() -> Result<String> {
    fact("release")
}

/// What rustc says about itself.
fn fact(name: &str) -> Result<String> {
    let verbose = cmd::output(rustc().arg("-vV"))?;
    let found = verbose
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let found = found.with_context(|| format!("rustc does not report its {name}"))?;
    Ok(found.to_owned())
}

/// The directory of the toolchain that runs cargo.
///
/// # Errors
/// rustc cannot be run.
pub(crate) fn sysroot() -> Result<PathBuf> {
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
        toolchain.apply(&mut cargo, &["-Cx=y".to_owned()]);
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
        let flags = set(&Toolchain::Rustup, "CARGO_ENCODED_RUSTFLAGS");
        assert_eq!(flags.unwrap(), "-Cx=y");
        assert_eq!(set(&Toolchain::Rustup, "RUSTC"), None);
        assert_eq!(set(&Toolchain::Rustup, "RUSTC_BOOTSTRAP"), None);
    }

    #[test]
    fn debian_brings_compiler_libc_and_linker() {
        let debian = Toolchain::Debian {
            linkers: "/l".into(),
        };
        assert_eq!(
            set(&debian, "CARGO_ENCODED_RUSTFLAGS").unwrap(),
            "-L\x1f/usr/lib/wasm32-wasi\x1f-Cx=y"
        );
        assert_eq!(set(&debian, "RUSTC").unwrap(), "/usr/bin/rustc");
        let linker = set(&debian, "CARGO_TARGET_WASM32_WASIP2_LINKER").unwrap();
        assert_eq!(linker, "/l/wasm-component-ld");
        assert!(set(&debian, "PATH").unwrap().starts_with("/l:"));
    }

    #[test]
    fn message_names_both_toolchains_and_their_packages() {
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
