//! Identifies this build of firepit.

use std::env::consts;

use firepit_sandbox::engine;

/// The value of unknown facts.
pub(crate) const UNKNOWN: &str = "unknown";

/// Facts about the build, for `--version` and the build-info metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuildInfo {
    /// Version, such as `0.1.0`.
    pub version: &'static str,
    /// Branch of the repository.
    pub branch: &'static str,
    /// Commit of the repository.
    pub revision: &'static str,
    /// Version of the compiler, such as `1.95.0`.
    pub rustc: &'static str,
    /// Version of the WebAssembly engine, such as `48.0.8`.
    pub wasmtime: &'static str,
    /// The CPU that built-in collectors are compiled for, such as `x86_64-unknown-linux-gnu`.
    pub baseline: &'static str,
    /// Operating system as Rust names it, such as `linux`.
    pub os: &'static str,
    /// Architecture as Rust names it, such as `x86_64`.
    pub arch: &'static str,
}

/// This build. Branch and revision come from the build's environment variables `FIREPIT_BRANCH` and
/// `FIREPIT_REVISION`, and are `unknown` if these are not set.
pub const BUILD: BuildInfo = BuildInfo {
    version: env!("CARGO_PKG_VERSION"),
    branch: or_unknown(option_env!("FIREPIT_BRANCH")),
    revision: or_unknown(option_env!("FIREPIT_REVISION")),
    rustc: or_unknown(option_env!("FIREPIT_RUSTC")),
    wasmtime: engine::WASMTIME_VERSION,
    baseline: engine::CPU_BASELINE,
    os: consts::OS,
    arch: consts::ARCH,
};

const fn or_unknown(value: Option<&'static str>) -> &'static str {
    match value {
        Some(value) => value,
        None => UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_build_is_described() {
        let build = BUILD;
        assert_eq!(build.version, env!("CARGO_PKG_VERSION"));
        assert_eq!(build.os, consts::OS);
        for version in [build.wasmtime, build.rustc] {
            assert!(
                version.starts_with(|c: char| c.is_ascii_digit()),
                "{version}"
            );
        }
    }
}
