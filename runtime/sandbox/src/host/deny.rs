//! Stubs for imports that a guest was not granted: functions that fail when called.
//!
//! Language runtimes import far more than a collector uses, so an import alone is no reason to
//! reject a module. The call fails with `denied` when it is made.

use wasmtime::component::types::{self, ComponentItem};
use wasmtime::component::{Linker, ResourceType};

use super::{State, stop};
use crate::failure::Failure;
use firepit_exposition::escape::truncated;

/// Maximum characters of a name in a message. The guest chooses function names.
const MAX_NAMED: usize = 100;

/// The type of all resources of denied interfaces. It has no values: every function that could
/// create one fails.
struct DeniedResource;

/// Defines all functions and resources of denied interfaces, with the types that the guest imports.
pub(super) fn deny_imports(
    linker: &mut Linker<State>,
    imports: &types::Component,
    is_denied: impl Fn(&str) -> bool,
) -> wasmtime::Result<()> {
    let engine = linker.engine().clone();
    // The first interface that exports a resource owns it. Later interfaces refer to the same
    // resource, such as streams of `wasi:io` in `wasi:sockets`, so they must not define another
    // one.
    let mut introduced: Vec<ResourceType> = Vec::new();
    for (import, item) in imports.imports(&engine) {
        // Interfaces are instances. The linker reports other items under such a name.
        let ComponentItem::ComponentInstance(interface) = item.ty else {
            continue;
        };
        let denied = is_denied(import);
        for (name, item) in interface.exports(&engine) {
            match item.ty {
                ComponentItem::Resource(resource) if !introduced.contains(&resource) => {
                    introduced.push(resource);
                    if denied {
                        let ty = ResourceType::host::<DeniedResource>();
                        linker.instance(import)?.resource(name, ty, |_, _| Ok(()))?;
                    }
                }
                ComponentItem::ComponentFunc(_) if denied => deny_function(linker, import, name)?,
                _ => {}
            }
        }
    }
    Ok(())
}

/// Defines a function that fails.
pub(super) fn deny_function(
    linker: &mut Linker<State>,
    import: &str,
    name: &str,
) -> wasmtime::Result<()> {
    let (interface, _version) = import.split_once('@').unwrap_or((import, ""));
    let name_in_message = format!(
        "{} {}",
        truncated(MAX_NAMED, interface),
        truncated(MAX_NAMED, name)
    );
    linker.instance(import)?.func_new(name, move |_, _, _, _| {
        Err(stop(Failure::Denied(name_in_message.clone())))
    })
}
