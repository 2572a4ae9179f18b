//! The output of `--version`.

use crate::build_info::{BUILD, BuildInfo};

/// The text after the program's name, in node_exporter's form.
pub(super) fn text() -> String {
    let BuildInfo {
        version,
        branch,
        revision,
        rustc,
        wasmtime,
        baseline,
        os,
        arch,
    } = BUILD;
    format!(
        "version {version} (branch: {branch}, revision: {revision})\n  \
         rust version:     {rustc}\n  \
         wasmtime version: {wasmtime}\n  \
         cpu baseline:     {baseline}\n  \
         platform:         {os}/{arch}"
    )
}
