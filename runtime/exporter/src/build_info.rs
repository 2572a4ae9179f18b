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
    /// User and host of the build, such as `root@builder`.
    pub user: &'static str,
    /// Date of the build, such as `20260102-15:04:05`.
    pub date: &'static str,
    /// Tags of the build.
    pub tags: &'static str,
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

/// This build. What a package says of its build comes from the build's environment variables
/// `FIREPIT_BRANCH`, `FIREPIT_REVISION`, `FIREPIT_BUILD_USER`, `FIREPIT_BUILD_DATE` and
/// `FIREPIT_BUILD_TAGS`. Each is `unknown` if it is not set, so a build depends on its source alone.
pub const BUILD: BuildInfo = BuildInfo {
    version: env!("CARGO_PKG_VERSION"),
    branch: or_unknown(option_env!("FIREPIT_BRANCH")),
    revision: or_unknown(option_env!("FIREPIT_REVISION")),
    user: or_unknown(option_env!("FIREPIT_BUILD_USER")),
    date: or_unknown(option_env!("FIREPIT_BUILD_DATE")),
    tags: or_unknown(option_env!("FIREPIT_BUILD_TAGS")),
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

/// The Go name of an architecture, if it differs from Rust's.
pub(crate) fn go_arch(arch: &str) -> &str {
    match arch {
        "x86_64" => "amd64",
        "x86" => "386",
        "aarch64" => "arm64",
        "loongarch64" => "loong64",
        "powerpc64" if cfg!(target_endian = "little") => "ppc64le",
        "powerpc64" => "ppc64",
        same => same,
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

    #[test]
    fn architectures_have_their_go_names() {
        assert_eq!(go_arch("x86_64"), "amd64");
        assert_eq!(go_arch("aarch64"), "arm64");
        assert_eq!(go_arch("riscv64"), "riscv64");
    }
}
