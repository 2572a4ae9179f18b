//! What stands behind imports that a guest was not granted: functions that end the call.
//!
//! Runtimes of languages import far more than a collector uses, so an import by itself is no reason
//! to turn a module away. It is told as what it is once it is used.

use wasmtime::component::types::{self, ComponentItem};
use wasmtime::component::{Linker, ResourceType};

use super::{State, stop};
use crate::failure::Failure;
use crate::shown::line;

/// Characters of a name in a message. The guest may call a function what it likes.
const MOST_NAMED: usize = 100;

/// The type of all resources of refused interfaces. No value of it ever exists: every function that
/// could make one refuses.
struct Refused;

/// Defines all that refused interfaces have, in the form in which the guest imports it.
pub(super) fn refuse(
    linker: &mut Linker<State>,
    imports: &types::Component,
    is_refused: impl Fn(&str) -> bool,
) -> wasmtime::Result<()> {
    let engine = linker.engine().clone();
    // A resource belongs to the interface that shows it first. Those after it mean the same one,
    // such as streams of `wasi:io` in `wasi:sockets`: there it must not be another one.
    let mut introduced: Vec<ResourceType> = Vec::new();
    for (import, item) in imports.imports(&engine) {
        // Interfaces are instances. What else is called so is left to the linker's complaint.
        let ComponentItem::ComponentInstance(interface) = item.ty else {
            continue;
        };
        let refused = is_refused(import);
        for (name, item) in interface.exports(&engine) {
            match item.ty {
                ComponentItem::Resource(resource) if !introduced.contains(&resource) => {
                    introduced.push(resource);
                    if refused {
                        let ty = ResourceType::host::<Refused>();
                        linker.instance(import)?.resource(name, ty, |_, _| Ok(()))?;
                    }
                }
                ComponentItem::ComponentFunc(_) if refused => function(linker, import, name)?,
                _ => {}
            }
        }
    }
    Ok(())
}

/// Defines one function that refuses.
pub(super) fn function(
    linker: &mut Linker<State>,
    import: &str,
    name: &str,
) -> wasmtime::Result<()> {
    let (interface, _version) = import.split_once('@').unwrap_or((import, ""));
    let called = format!("{} {}", line(MOST_NAMED, interface), line(MOST_NAMED, name));
    linker.instance(import)?.func_new(name, move |_, _, _, _| {
        Err(stop(Failure::Denied(called.clone())))
    })
}
