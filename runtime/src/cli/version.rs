//! Which build of firepit this is.
//!
//! Branch, revision and compiler come from the environment of the build: `FIREPIT_BRANCH`,
//! `FIREPIT_REVISION` and `FIREPIT_RUSTC`. What nobody set is `unknown`.

use std::env::consts;

/// What a build knows of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuildInfo {
    /// Version, such as `0.1.0`.
    pub version: &'static str,
    /// Branch of the repository.
    pub branch: &'static str,
    /// Commit of the repository.
    pub revision: &'static str,
    /// Version of the compiler.
    pub rustc: &'static str,
    /// Operating system, such as `linux`.
    pub os: &'static str,
    /// Architecture, such as `x86_64`.
    pub arch: &'static str,
}

/// This build.
pub const BUILD: BuildInfo = BuildInfo {
    version: env!("CARGO_PKG_VERSION"),
    branch: or_unknown(option_env!("FIREPIT_BRANCH")),
    revision: or_unknown(option_env!("FIREPIT_REVISION")),
    rustc: or_unknown(option_env!("FIREPIT_RUSTC")),
    os: consts::OS,
    arch: consts::ARCH,
};

const fn or_unknown(value: Option<&'static str>) -> &'static str {
    match value {
        Some(value) => value,
        None => "unknown",
    }
}

/// What `--version` prints behind the program's name, in node_exporter's form.
pub(super) fn text() -> String {
    let BuildInfo {
        version,
        branch,
        revision,
        rustc,
        os,
        arch,
    } = BUILD;
    format!(
        "version {version} (branch: {branch}, revision: {revision})\n  \
         rust version:     {rustc}\n  platform:         {os}/{arch}"
    )
}
