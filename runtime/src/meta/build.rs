//! Which build of firepit this is.

use std::env::consts;

use super::single;
use crate::engine;
use crate::record::{Family, Samples};

const UNKNOWN: &str = "unknown";

/// What a build knows of itself: for `--version` and for the build-info metrics.
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
    /// The CPU that collectors are compiled for, such as `x86_64-unknown-linux-gnu`.
    pub baseline: &'static str,
    /// Operating system as Rust names it, such as `linux`.
    pub os: &'static str,
    /// Architecture as Rust names it, such as `x86_64`.
    pub arch: &'static str,
}

/// This build. Branch and revision come from the environment of the build: `FIREPIT_BRANCH` and
/// `FIREPIT_REVISION`; what nobody set is `unknown`.
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

/// The family `node_exporter_build_info`, with the constant value 1.
///
/// It has node_exporter's labels, for dashboards and inventories that join on them. Its
/// `goversion` names the compiler that built the program as Go names its own, without a space
/// (`rustc1.95.0` where Go has `go1.25.3`): nobody can take it for a Go version. `tags`, Go's build
/// tags, is `unknown`, as it is for a Go build that has none.
#[must_use]
pub fn node_exporter_build_info(build: &BuildInfo) -> Family {
    let goversion = match build.rustc {
        UNKNOWN => UNKNOWN.to_owned(),
        rustc => format!("rustc{rustc}"),
    };
    single(
        "node_exporter_build_info",
        "A metric with a constant '1' value labeled by version, revision, branch, goversion \
         from which node_exporter was built, and the goos and goarch for the build.",
        Samples::Gauge,
        &[
            ("branch", build.branch),
            ("goarch", go_arch(build.arch)),
            ("goos", build.os),
            ("goversion", &goversion),
            ("revision", build.revision),
            ("tags", UNKNOWN),
            ("version", build.version),
        ],
        1.0,
    )
}

/// The family `firepit_build_info`, with the constant value 1.
#[must_use]
pub fn build_info(build: &BuildInfo) -> Family {
    single(
        "firepit_build_info",
        "A metric with a constant '1' value labeled by version and revision of firepit, the \
         rustc that built it, the wasmtime that runs its collectors, and the CPU baseline that \
         they are compiled for.",
        Samples::Gauge,
        &[
            ("baseline", build.baseline),
            ("revision", build.revision),
            ("rustc", build.rustc),
            ("version", build.version),
            ("wasmtime", build.wasmtime),
        ],
        1.0,
    )
}

/// An architecture's name in Go, where it differs from Rust's.
fn go_arch(arch: &str) -> &str {
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

    const BUILD: BuildInfo = BuildInfo {
        version: "0.1.0",
        branch: "main",
        revision: "0123abc",
        rustc: "1.95.0",
        wasmtime: "48.0.8",
        baseline: "x86_64-unknown-linux-gnu",
        os: "linux",
        arch: "x86_64",
    };

    /// The one sample of a family, as label names and values.
    fn labels(family: &Family) -> Vec<(&str, &str)> {
        let Samples::Gauge(samples) = &family.samples else {
            panic!("{family:?} is no gauge");
        };
        assert_eq!(samples.len(), 1);
        assert_eq!(samples[0].value, 1.0);
        assert_eq!(family.label_names.len(), samples[0].label_values.len());
        (family.label_names.iter())
            .zip(&samples[0].label_values)
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect()
    }

    #[test]
    fn node_exporters_family_is_complete() {
        let family = node_exporter_build_info(&BUILD);
        assert_eq!(family.name, "node_exporter_build_info");
        assert_eq!(
            family.help,
            "A metric with a constant '1' value labeled by version, revision, branch, goversion from which node_exporter was built, and the goos and goarch for the build."
        );
        let expected = [
            ("branch", "main"),
            ("goarch", "amd64"),
            ("goos", "linux"),
            ("goversion", "rustc1.95.0"),
            ("revision", "0123abc"),
            ("tags", "unknown"),
            ("version", "0.1.0"),
        ];
        assert_eq!(labels(&family), expected);
    }

    #[test]
    fn our_family_names_engine_and_baseline() {
        let family = build_info(&BUILD);
        assert_eq!(family.name, "firepit_build_info");
        let expected = [
            ("baseline", "x86_64-unknown-linux-gnu"),
            ("revision", "0123abc"),
            ("rustc", "1.95.0"),
            ("version", "0.1.0"),
            ("wasmtime", "48.0.8"),
        ];
        assert_eq!(labels(&family), expected);
    }

    #[test]
    fn an_unknown_compiler_stays_unknown() {
        let build = BuildInfo {
            rustc: "unknown",
            ..BUILD
        };
        assert!(labels(&node_exporter_build_info(&build)).contains(&("goversion", "unknown")));
        assert!(labels(&build_info(&build)).contains(&("rustc", "unknown")));
    }

    #[test]
    fn architectures_have_their_go_names() {
        assert_eq!(go_arch("x86_64"), "amd64");
        assert_eq!(go_arch("aarch64"), "arm64");
        assert_eq!(go_arch("riscv64"), "riscv64");
    }

    #[test]
    fn this_build_is_described() {
        let build = super::BUILD;
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
