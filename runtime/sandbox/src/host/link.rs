//! Links imports. A guest may import only what is listed here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use wasmtime::Engine;
use wasmtime::component::types::{self, ComponentItem};
use wasmtime::component::{Component, HasData, HasSelf, InstancePre, Linker, ResourceTable};
use wasmtime_wasi::cli::{WasiCli, WasiCliView as _};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView as _};
use wasmtime_wasi::p2::bindings::{cli, clocks, filesystem, random, sync};
use wasmtime_wasi::random::WasiRandom;
use wasmtime_wasi_io::bindings::wasi::io;

use super::State;
use super::deny;
use crate::contract::firepit::collector;
use crate::contract::table::{PACKAGE, SYSTEM, for_each_grant};
use crate::contract::versions;
use crate::grants::{ImportClass, Interface};
use firepit_exposition::escape::truncated;

/// Why the imports of a module cannot be linked.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// No collector can import it.
    #[error("it imports {0}, which no collector can have")]
    Unknown(String),
    /// More items than any language's runtime imports.
    #[error("its imports have more than {0} functions and types")]
    TooMany(usize),
    /// A later version of the contract may have it.
    #[error("it uses {what} of firepit:collector@{version}")]
    Later {
        /// An interface, or an interface and its function.
        what: String,
        /// The version that the import names.
        version: String,
    },
    /// An import's type differs from the host's.
    #[error("{0}")]
    Type(String),
}

impl From<wasmtime::Error> for LinkError {
    fn from(error: wasmtime::Error) -> Self {
        Self::Type(engine_message(&error))
    }
}

/// An error message of the engine, truncated.
pub(crate) fn engine_message(error: &wasmtime::Error) -> String {
    truncated(MAX_ENGINE_MESSAGE, &format!("{error:#}"))
}

/// Maximum number of functions and types of all imported interfaces together. All of WASI 0.2 has
/// about 400.
const MAX_ITEMS: usize = 5_000;

/// Maximum characters of a name in a message.
const MAX_NAMED: usize = 200;

/// Maximum characters of an engine's message. It may contain names that the guest chose.
const MAX_ENGINE_MESSAGE: usize = 500;

/// Linkers, one per set of granted interfaces in use.
pub(crate) struct Linkers {
    engine: Engine,
    by_grants: Mutex<BTreeMap<BTreeSet<Interface>, Linker<State>>>,
}

impl Linkers {
    pub(crate) fn new(engine: &Engine) -> Self {
        Self {
            engine: engine.clone(),
            by_grants: Mutex::default(),
        }
    }

    /// Links every import of a component: to the host's functions if granted, to stubs that fail
    /// otherwise.
    pub(crate) fn link(
        &self,
        component: &Component,
        granted: &BTreeSet<Interface>,
    ) -> Result<InstancePre<State>, LinkError> {
        let imports = component.component_type();
        check(&self.engine, &imports, granted)?;
        let is_denied = |import: &str| !is_linked(import, granted);
        let has_denied = imports
            .imports(&self.engine)
            .any(|(name, _)| is_denied(name));
        let mut linkers = self
            .by_grants
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let granted_linker = match linkers.get(granted) {
            Some(linker) => linker,
            None => {
                let linker = linker(&self.engine, granted)?;
                linkers.entry(granted.clone()).or_insert(linker)
            }
        };
        if !has_denied {
            return Ok(granted_linker.instantiate_pre(component)?);
        }
        let mut linker = granted_linker.clone();
        deny::deny_imports(&mut linker, &imports, is_denied)?;
        Ok(linker.instantiate_pre(component)?)
    }
}

/// Checks for imports that cannot be linked, for clearer messages than the engine's.
fn check(
    engine: &Engine,
    imports: &types::Component,
    granted: &BTreeSet<Interface>,
) -> Result<(), LinkError> {
    let mut items = 0;
    for (import, item) in imports.imports(engine) {
        if ImportClass::of(import) == ImportClass::Unknown {
            return Err(unknown(import));
        }
        let ComponentItem::ComponentInstance(interface) = item.ty else {
            continue;
        };
        items += interface.exports(engine).len();
        if items > MAX_ITEMS {
            return Err(LinkError::TooMany(MAX_ITEMS));
        }
        if is_linked(import, granted) {
            nothing_later(engine, import, &interface)?;
        }
    }
    Ok(())
}

fn unknown(import: &str) -> LinkError {
    match versions::later(import) {
        None => LinkError::Unknown(short(import)),
        Some((interface, version)) => LinkError::Later {
            what: short(interface),
            version: short(version),
        },
    }
}

/// Rejects functions that this version of an interface does not have.
fn nothing_later(
    engine: &Engine,
    import: &str,
    interface: &types::ComponentInstance,
) -> Result<(), LinkError> {
    let Some((name, version)) = versions::later(import) else {
        return Ok(());
    };
    for (function, item) in interface.exports(engine) {
        let is_function = matches!(item.ty, ComponentItem::ComponentFunc(_));
        if is_function && !versions::has(name, function) {
            return Err(LinkError::Later {
                what: format!("{name} {}", short(function)),
                version: short(version),
            });
        }
    }
    Ok(())
}

/// A name chosen by the guest, truncated.
fn short(name: &str) -> String {
    truncated(MAX_NAMED, name)
}

/// Whether an import is linked to the host's functions.
fn is_linked(import: &str, granted: &BTreeSet<Interface>) -> bool {
    match ImportClass::of(import) {
        ImportClass::Nothing => true,
        ImportClass::Grant(interface) => granted.contains(&interface),
        ImportClass::System => granted.iter().any(|it| it.is_of_system()),
        ImportClass::Never | ImportClass::Unknown => false,
    }
}

type Add = fn(&mut Linker<State>) -> wasmtime::Result<()>;

/// The interface whose functions are granted one by one, with its version.
fn system() -> String {
    format!("{PACKAGE}{SYSTEM}@{}", versions::OWN)
}

macro_rules! add_to_linker {
    ($linker:ident, $variant:ident, [interface $module:ident]) => {
        collector::$module::add_to_linker::<State, HasSelf<State>>($linker, |state| {
            state.using(Interface::$variant)
        })?;
    };
    ($linker:ident, $variant:ident, [function $function:literal]) => {};
}

macro_rules! add_granted {
    ($($(#[$doc:meta])* $variant:ident $name:literal $purpose:literal $what:tt,)*) => {
        /// Links the granted interfaces of the contract, and `types`.
        fn add_contract(
            linker: &mut Linker<State>,
            granted: &BTreeSet<Interface>,
        ) -> wasmtime::Result<()> {
            collector::types::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?;
            $(if granted.contains(&Interface::$variant) {
                add_to_linker!(linker, $variant, $what);
            })*
            if granted.iter().any(|it| it.is_of_system()) {
                collector::system::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?;
                deny_rest_of_system(linker, granted)?;
            }
            Ok(())
        }
    };
}

for_each_grant!(add_granted);

/// The interfaces of WASI that the host implements. Its [`ImportClass`] decides whether a guest
/// gets one.
const WASI: [(&str, Add); 20] = [
    ("wasi:filesystem/types@0.2.0", |l| {
        sync::filesystem::types::add_to_linker::<State, HasSelf<State>>(l, |state| {
            state.using(Interface::Files)
        })
    }),
    ("wasi:filesystem/preopens@0.2.0", |l| {
        filesystem::preopens::add_to_linker::<State, HasSelf<State>>(l, |state| {
            state.using(Interface::Files)
        })
    }),
    ("wasi:io/error@0.2.0", |l| {
        io::error::add_to_linker::<State, Streams>(l, State::resources)
    }),
    ("wasi:io/poll@0.2.0", |l| {
        sync::io::poll::add_to_linker::<State, HasSelf<State>>(l, |state| state)
    }),
    ("wasi:io/streams@0.2.0", |l| {
        sync::io::streams::add_to_linker::<State, Streams>(l, State::resources)
    }),
    ("wasi:clocks/wall-clock@0.2.0", |l| {
        clocks::wall_clock::add_to_linker::<State, WasiClocks>(l, |state| {
            State::clocks(state.using(Interface::Clocks))
        })
    }),
    ("wasi:clocks/monotonic-clock@0.2.0", |l| {
        clocks::monotonic_clock::add_to_linker::<State, HasSelf<State>>(l, |state| {
            state.using(Interface::Clocks)
        })
    }),
    ("wasi:random/random@0.2.0", |l| {
        random::random::add_to_linker::<State, WasiRandom>(l, |state| {
            State::random(state.using(Interface::Random))
        })
    }),
    ("wasi:random/insecure@0.2.0", |l| {
        random::insecure::add_to_linker::<State, WasiRandom>(l, |state| {
            State::random(state.using(Interface::Random))
        })
    }),
    ("wasi:random/insecure-seed@0.2.0", |l| {
        random::insecure_seed::add_to_linker::<State, WasiRandom>(l, |state| {
            State::random(state.using(Interface::Random))
        })
    }),
    ("wasi:cli/exit@0.2.0", |l| {
        cli::exit::add_to_linker::<State, WasiCli>(l, State::cli)
    }),
    ("wasi:cli/environment@0.2.0", |l| {
        cli::environment::add_to_linker::<State, WasiCli>(l, State::cli)
    }),
    ("wasi:cli/stdin@0.2.0", |l| {
        cli::stdin::add_to_linker::<State, WasiCli>(l, State::cli)
    }),
    ("wasi:cli/stdout@0.2.0", |l| {
        cli::stdout::add_to_linker::<State, WasiCli>(l, State::cli)
    }),
    ("wasi:cli/stderr@0.2.0", |l| {
        cli::stderr::add_to_linker::<State, WasiCli>(l, State::cli)
    }),
    ("wasi:cli/terminal-input@0.2.0", |l| {
        cli::terminal_input::add_to_linker::<State, WasiCli>(l, State::cli)
    }),
    ("wasi:cli/terminal-output@0.2.0", |l| {
        cli::terminal_output::add_to_linker::<State, WasiCli>(l, State::cli)
    }),
    ("wasi:cli/terminal-stdin@0.2.0", |l| {
        cli::terminal_stdin::add_to_linker::<State, WasiCli>(l, State::cli)
    }),
    ("wasi:cli/terminal-stdout@0.2.0", |l| {
        cli::terminal_stdout::add_to_linker::<State, WasiCli>(l, State::cli)
    }),
    ("wasi:cli/terminal-stderr@0.2.0", |l| {
        cli::terminal_stderr::add_to_linker::<State, WasiCli>(l, State::cli)
    }),
];

struct Streams;

impl HasData for Streams {
    type Data<'a> = &'a mut ResourceTable;
}

/// A linker with the granted interfaces only.
fn linker(engine: &Engine, granted: &BTreeSet<Interface>) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    add_contract(&mut linker, granted)?;
    for (interface, add) in WASI {
        if is_linked(interface, granted) {
            add(&mut linker)?;
        }
    }
    Ok(linker)
}

/// Replaces the functions of `system` that are not granted with stubs that fail.
fn deny_rest_of_system(
    linker: &mut Linker<State>,
    granted: &BTreeSet<Interface>,
) -> wasmtime::Result<()> {
    let system = system();
    linker.allow_shadowing(true);
    for function in versions::functions(SYSTEM) {
        if !is_linked(&format!("{system}#{function}"), granted) {
            deny::deny_function(linker, &system, &function)?;
        }
    }
    linker.allow_shadowing(false);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_linked_wasi_interface_can_be_granted() {
        let all = Interface::ALL.iter().copied().collect();
        for (interface, _) in WASI {
            assert!(is_linked(interface, &all), "{interface}");
        }
    }
}
