//! Metrics about the build of firepit, and about the kernel it found.

use super::single;
use crate::build_info::{BuildInfo, UNKNOWN, go_arch};
use firepit_exposition::names::Namespace;
use firepit_exposition::record::{Family, Samples};
use firepit_sandbox::files::beneath::Resolution;

/// The family `node_exporter_build_info`, with the constant value 1, in a namespace.
///
/// It has node_exporter's labels, for dashboards and inventories that join on them. `goversion`
/// names the compiler of the program in Go's form, without a space (`rustc1.95.0` where Go has
/// `go1.25.3`), so it cannot be mistaken for a Go version. `tags`, Go's build tags, is `unknown`
/// unless the build sets it, as for a Go build without any.
#[must_use]
pub fn node_exporter_build_info(build: &BuildInfo, namespace: &Namespace) -> Family {
    let goversion = match build.rustc {
        UNKNOWN => UNKNOWN.to_owned(),
        rustc => format!("rustc{rustc}"),
    };
    single(
        &format!("{}exporter_build_info", namespace.prefix()),
        "A metric with a constant '1' value labeled by version, revision, branch, goversion \
         from which node_exporter was built, and the goos and goarch for the build.",
        Samples::Gauge,
        &[
            ("branch", build.branch),
            ("goarch", go_arch(build.arch)),
            ("goos", build.os),
            ("goversion", &goversion),
            ("revision", build.revision),
            ("tags", build.tags),
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

/// The family `firepit_path_resolution_info`, with the constant value 1.
#[must_use]
pub fn path_resolution_info(resolution: Resolution) -> Family {
    single(
        "firepit_path_resolution_info",
        "A metric with a constant '1' value labeled by how paths of collectors are opened: openat2, \
         by this system call, or walk, segment by segment, where it is missing or denied.",
        Samples::Gauge,
        &[("method", resolution.name())],
        1.0,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUILD: BuildInfo = BuildInfo {
        version: "0.1.0",
        branch: "main",
        revision: "0123abc",
        user: "root@host",
        date: "20260102-15:04:05",
        tags: "unknown",
        rustc: "1.95.0",
        wasmtime: "48.0.8",
        baseline: "x86_64-unknown-linux-gnu",
        os: "linux",
        arch: "x86_64",
    };

    /// The single sample of a family, as label names and values.
    fn labels(family: &Family) -> Vec<(&str, &str)> {
        let Samples::Gauge(samples) = &family.samples else {
            panic!("{family:?} is no gauge");
        };
        assert_eq!(samples.len(), 1);
        assert_eq!(samples[0].value, 1.0);
        assert_eq!(family.label_names.len(), samples[0].label_values.len());
        family
            .label_names
            .iter()
            .zip(&samples[0].label_values)
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect()
    }

    #[test]
    fn node_exporters_family_is_complete() {
        let family = node_exporter_build_info(&BUILD, &Namespace::default());
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
    fn firepit_build_info_names_engine_and_baseline() {
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
        assert!(
            labels(&node_exporter_build_info(&build, &Namespace::default()))
                .contains(&("goversion", "unknown"))
        );
        assert!(labels(&build_info(&build)).contains(&("rustc", "unknown")));
    }
}
