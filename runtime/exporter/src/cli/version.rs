//! The output of `--version`.

use crate::build_info::{BUILD, BuildInfo, go_arch};

/// The text after the program's name, in the form of Prometheus programs, and two lines of ours.
pub(super) fn text() -> String {
    let BuildInfo {
        version,
        branch,
        revision,
        user,
        date,
        tags,
        rustc,
        wasmtime,
        baseline,
        os,
        arch,
    } = BUILD;
    let arch = go_arch(arch);
    format!(
        "version {version} (branch: {branch}, revision: {revision})\n  \
         build user:       {user}\n  \
         build date:       {date}\n  \
         rust version:     {rustc}\n  \
         platform:         {os}/{arch}\n  \
         tags:             {tags}\n  \
         wasmtime version: {wasmtime}\n  \
         cpu baseline:     {baseline}"
    )
}
